//! What was found as JSON. Fields may be added, never renamed.
//!
//! ```text
//! program, settings, search, seed     what was asked
//! schedules, states, runs             what was covered; counts beyond 64 bits are texts
//! complete, incomplete, cut_off       what was left out, and why
//! failures, kinds, shortest           what fails: how many, in which way, the simplest one
//! elapsed_ms                          wall time of the search
//! ```

use std::time::Duration;

use serde_json::{Value, json};

use super::{Question, big};
use crate::kit::explore::{Found, Memory, Report, Trace, TraceStep, why};
use crate::programs::code;
use crate::programs::describe::{effect, ending, operation};
use crate::scene::units;

pub fn run_search(question: &Question, found: &Report, elapsed: Duration) -> Value {
    let kinds = found.kinds.iter();
    let kinds: serde_json::Map<_, _> =
        kinds.map(|(kind, count)| ((*kind).to_owned(), big(*count))).collect();
    let shortest = found.simplest.as_ref().map(|simplest| {
        let mut shortest = json!({
            "code": code::encode(question.program, question.case, &simplest.trace),
            "switches": simplest.switches,
        });
        add_run(&mut shortest, simplest);
        shortest
    });
    json!({
        "program": question.program.id,
        "settings": {
            "n": question.case.n,
            question.program.repair.key: if question.case.repaired { "on" } else { "off" },
            "memory": if question.case.memory == Memory::Tso { "tso" } else { "sc" },
        },
        "search": question.search,
        "seed": question.seed,
        "schedules": big(found.schedules),
        "states": found.states,
        "runs": found.runs,
        "complete": found.is_complete(),
        "incomplete": found.incomplete.iter().map(|why| why.id()).collect::<Vec<_>>(),
        "cut_off": big(found.cut_off),
        "failures": big(found.failures),
        "kinds": kinds,
        "shortest": shortest,
        "elapsed_ms": units::in_ms(elapsed),
    })
}

/// Adds the steps of a run, how it ended, and why. Places of steps are counted from 1, as in the
/// text. `why` and `conflict` are left out where they are not known.
pub fn add_run(json: &mut Value, found: &Found) {
    json["end"] = ending(&found.end, &found.trace).into();
    json["steps"] = steps(&found.trace);
    let Some(why) = why(found) else { return };
    json["why"] = why.text.into();
    if let Some(conflict) = why.conflict {
        json["conflict"] = json!({
            "read": conflict.read + 1,
            "change": conflict.change + 1,
            "act": conflict.act.map(|act| act + 1),
        });
    }
}

fn steps(trace: &Trace) -> Value {
    let model = trace.at(0);
    let step = |frame: &TraceStep| {
        json!({
            "thread": model.thread_name(frame.choice.thread()),
            "op": operation(trace, frame),
            "effect": effect(frame),
        })
    };
    trace.steps().iter().map(step).collect()
}
