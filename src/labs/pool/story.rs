//! What the engine says, as sentences.

use super::figures::nanos as to_f64;
use super::plan::{Plan, Stopwatch};
use super::scene::name;
use super::state::{Fact, State};
use crate::kit::event::{Stamped, What};
use crate::lab::Sentence;
use crate::scene::Tone;
use crate::scene::units::nanos;

/// What the engine says, as the story's sentences.
pub(super) fn describe(state: &State, event: &Stamped<Fact>) -> Option<Sentence> {
    let What::Fact(fact) = &event.what else {
        return None;
    };
    let told = |text: String, tone| Some(Sentence::new(text, tone));
    match fact {
        Fact::Began { plan } => told(began(plan), Tone::Plain),
        Fact::Measured(sample) => {
            let (who, total) = (name(sample.who), nanos(sample.total_ns));
            let pids = match sample.pids.as_slice() {
                [] => String::new(),
                pids => format!(
                    ", pids {}",
                    pids.iter()
                        .map(u32::to_string)
                        .collect::<Vec<_>>()
                        .join(" ")
                ),
            };
            told(format!("{who}: {total}{pids}"), Tone::Plain)
        }
        Fact::Void { who, why } => told(format!("{}: no figure: {why}", name(*who)), Tone::Caution),
        Fact::NotRun { what, why } => {
            told(format!("{what} could not be run: {why}"), Tone::Caution)
        }
        Fact::Python {
            version: Some(version),
            start,
            ..
        } => told(
            format!("the peer is CPython {version}, start method {start}"),
            Tone::Dim,
        ),
        Fact::Python { why: Some(why), .. } => told(format!("no CPython: {why}"), Tone::Caution),
        Fact::Server { pid, took_ns } => told(
            format!(
                "started the fork server, pid {pid}, in {}",
                nanos(to_f64(*took_ns))
            ),
            Tone::Dim,
        ),
        Fact::BreakEven(found) => told(super::findings::break_even(*found), Tone::Good),
        Fact::Load(load) => told(format!("meanwhile {load}"), Tone::Dim),
        Fact::Killing { pid, signal } => {
            told(format!("sent {signal} to process {pid}"), Tone::Caution)
        }
        Fact::Outcome { text, lost } => told(
            text.to_string(),
            if *lost == 0 { Tone::Good } else { Tone::Broken },
        ),
        Fact::Moved { plan } if *plan == state.plan => None,
        Fact::Moved { plan } => told(moved(plan), Tone::Dim),
        _ => None,
    }
}

fn began(plan: &Plan) -> String {
    let sizes: Vec<_> = plan.sizes.iter().map(usize::to_string).collect();
    format!(
        "measuring {} times: {} {}..{}, sizes {}",
        plan.repeat,
        plan.task(),
        plan.from,
        plan.to,
        sizes.join(", ")
    )
}

fn moved(plan: &Plan) -> String {
    match plan.stopwatch {
        Stopwatch::Whole => {
            "the stopwatch stands outside the pool: creating and joining it count".to_owned()
        }
        Stopwatch::Living => {
            "the stopwatch stands inside the pool: creating and joining it do not count".to_owned()
        }
    }
}
