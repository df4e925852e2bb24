//! Sentences for the facts of the lab.

use super::experiment::figures::name;
use super::experiment::plan::Plan;
use super::facts::Fact;
use super::settings::Timing;
use super::state::State;
use crate::kit::event::{Stamped, What};
use crate::lab::Sentence;
use crate::scene::units::{nanos, whole_nanos};
use crate::scene::{Tone, capitalised};

/// The sentence of an event; `None` if the story leaves it out: the start of a run is on
/// screen already, and a batch on the warm pool would be one sentence each second. Called
/// before the event is applied, so `state` is that before it.
pub fn describe(state: &State, event: &Stamped<Fact>) -> Option<Sentence> {
    let What::Fact(fact) = &event.what else {
        return None;
    };
    let sentence = |text: String, tone| Some(Sentence::new(text, tone));
    match fact {
        Fact::Began { plan } => sentence(began(plan), Tone::Plain),
        Fact::Measured(sample) => {
            let (variant, total) = (name(sample.variant), nanos(sample.total_ns));
            let pids = match sample.pids.as_slice() {
                [] => String::new(),
                [pid] => format!(", pid {pid}"),
                [first, rest @ ..] => format!(", pid {first} and {} more", rest.len()),
            };
            sentence(capitalised(&format!("{variant}: {total}{pids}")), Tone::Plain)
        }
        Fact::Void { variant, why } => {
            sentence(capitalised(&format!("{}: no figure: {why}", name(*variant))), Tone::Caution)
        }
        Fact::NotRun { what, why } => {
            sentence(capitalised(&format!("{what} could not be run: {why}")), Tone::Caution)
        }
        Fact::Python { version: Some(version), start, .. } => {
            sentence(format!("Compared with CPython {version}, start method {start}"), Tone::Dim)
        }
        Fact::Python { why: Some(why), .. } => {
            sentence(format!("No CPython: {why}"), Tone::Caution)
        }
        Fact::Server { pid, took_ns } => sentence(
            format!("started the fork server, pid {pid}, in {}", whole_nanos(*took_ns)),
            Tone::Dim,
        ),
        Fact::BreakEven(found) => sentence(super::findings::break_even(*found), Tone::Good),
        Fact::Load(load) => sentence(format!("Meanwhile {load}"), Tone::Dim),
        Fact::Killing { pid, signal } => {
            sentence(format!("sent {signal} to process {pid}"), Tone::Caution)
        }
        Fact::Outcome { text, lost } => {
            sentence(text.to_string(), if *lost == 0 { Tone::Good } else { Tone::Broken })
        }
        Fact::PlanChanged { plan } if plan.timing == state.plan.timing => None,
        Fact::PlanChanged { plan } => sentence(timing_changed(plan), Tone::Dim),
        _ => None,
    }
}

fn began(plan: &Plan) -> String {
    let sizes: Vec<_> = plan.sizes.iter().map(usize::to_string).collect();
    format!(
        "Measuring {} times: {} {}..{}, sizes {}",
        plan.repeat,
        plan.task(),
        plan.from,
        plan.to,
        sizes.join(", ")
    )
}

fn timing_changed(plan: &Plan) -> String {
    match plan.timing {
        Timing::Whole => {
            "Timing: start-up included; creating and joining the pool count".to_owned()
        }
        Timing::Warm => "Timing: warm pool; creating and joining the pool do not count".to_owned(),
    }
}
