//! The guide: five questions about a task, and what follows for it on this machine.
//!
//! The verdict is a rule of thumb; beside each of its reasons stands what was measured here, if
//! anything was. Pure.
//!
//! ```text
//! others must survive a crash, or it computes under a GIL ─▶ processes
//! it waits, tens of thousands at once                     ─▶ async
//! otherwise                                               ─▶ threads
//! ```

use crate::scene::units;

use super::super::experiment::cost::{Cost, Placement, Transport};
use super::super::experiment::interview::{
    ALL_CHANGE_IT, GIL, HARDLY_ANY, OTHERS_SURVIVE, QUESTIONS, TENS_OF_THOUSANDS, WAITS,
};
use super::super::state::{State, Strategy, Work};

/// What to use, `threads`, `processes` or `async`, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    pub verdict: &'static str,
    pub reasons: Vec<Reason>,
}

/// One reason as a general sentence, and the figures of this machine that belong to it; empty
/// before they are measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub why: String,
    pub measured: String,
}

/// The advice; `None` until all questions are answered. Figures that are measured later
/// stand beside its reasons, but do not change its verdict, which follows from the answers
/// alone.
pub fn advice(state: &State) -> Option<Advice> {
    let mut answers = [0; QUESTIONS.len()];
    for (slot, answer) in answers.iter_mut().zip(state.answers) {
        *slot = answer?;
    }
    let [kind, number, language, sharing, crash] = answers;
    // A task that does both about equally computes as well: it needs cores.
    let (computes, waits) = (kind != WAITS, kind == WAITS);
    let has_gil = language == GIL;
    let verdict = if crash == OTHERS_SURVIVE || (computes && has_gil) {
        "processes"
    } else if waits && number == TENS_OF_THOUSANDS {
        "async"
    } else {
        "threads"
    };
    let mut reasons = Vec::new();
    if computes {
        reasons.push(computing(state, has_gil));
    }
    if waits {
        reasons.push(waiting(state, number));
    }
    if crash == OTHERS_SURVIVE {
        reasons.push(crashing(state));
    }
    if sharing != HARDLY_ANY {
        reasons.push(sharing_data(state, verdict, sharing));
    }
    reasons.push(starting(state));
    Some(Advice { verdict, reasons })
}

fn crashing(state: &State) -> Reason {
    let measured = state.isolation.as_ref().map(|seen| {
        let pool = if seen.process_pool_survived { "survived" } else { "broke" };
        format!(
            "A worker process {}, and the pool {pool}. The program of a thread that did the same {}.",
            seen.worker_exit, seen.threads_exit
        )
    });
    Reason {
        why: "A process can crash alone; a thread that crashes ends its whole program.".to_owned(),
        measured: measured.unwrap_or_default(),
    }
}

/// What threads and processes gain here when they compute, in the language of the answer.
/// For CPython with its GIL the threads under the model stand for its threads.
fn computing(state: &State, has_gil: bool) -> Reason {
    let (strategy, name) = if has_gil {
        (Strategy::Gil, "Threads under the GIL model")
    } else {
        (Strategy::Threads, "Threads")
    };
    let measured = state
        .verdict(Work::Cpu, strategy)
        .zip(state.verdict(Work::Cpu, Strategy::Processes))
        .map(|(threads, processes)| {
            format!("Compared with serial: {name} {threads}; processes {processes}.")
        });
    let cores = state.cores;
    Reason {
        why: if has_gil {
            format!(
                "Computing needs cores ({cores} here), and the GIL lets one thread of a process compute at a time."
            )
        } else {
            format!("Computing needs cores ({cores} here); threads and processes use them alike.")
        },
        measured: measured.unwrap_or_default(),
    }
}

/// What threads gain here when they wait, and what many of them take in memory: for tens
/// of thousands of waiting tasks the memory decides.
fn waiting(state: &State, number: usize) -> Reason {
    let many = number == TENS_OF_THOUSANDS;
    let speedup = state.verdict(Work::Io, Strategy::Threads).map_or_else(String::new, |verdict| {
        format!("{} threads that wait, compared with serial: {verdict}. ", state.n)
    });
    let memory =
        state.cost(Cost::ThreadMemoryKib).filter(|_| many).map_or_else(String::new, |kib| {
            format!("10,000 waiting threads take {:.0} MiB.", kib.lower_quartile * 1e4 / 1024.0)
        });
    Reason {
        why: if many {
            "Waiting needs no core; but each waiting thread needs memory, and an async task hardly any."
        } else {
            "Waiting needs no core, so many can wait at once, under the GIL too."
        }
        .to_owned(),
        measured: format!("{speedup}{memory}").trim_end().to_owned(),
    }
}

/// What sharing data costs: messages between processes, and locks for what all of them
/// change.
fn sharing_data(state: &State, verdict: &str, sharing: usize) -> Reason {
    let trip = |place| {
        let trip = state.cost(Cost::RoundTripUs(Transport::Socket, place))?;
        Some(units::nanos(trip.lower_quartile * 1e3))
    };
    let placed = trip(Placement::OneCore).map(|one| match trip(Placement::TwoCores) {
        Some(two) => format!("A message there and back: {one} on one core, {two} across two."),
        None => format!("A message there and back: {one}."),
    });
    let changed = if sharing == ALL_CHANGE_IT {
        " What all of them change needs a lock in either case."
    } else {
        ""
    };
    match verdict {
        "processes" => Reason {
            why: format!(
                "Processes share nothing by themselves: data travels in messages.{changed}"
            ),
            measured: placed.unwrap_or_default(),
        },
        _ => Reason {
            why: format!(
                "Threads and tasks see the same memory: to share costs nothing by itself.{changed}"
            ),
            measured: String::new(),
        },
    }
}

fn starting(state: &State) -> Reason {
    let start = |cost: Cost| state.cost(cost).map(|start| units::nanos(start.lower_quartile * 1e3));
    let measured = start(Cost::ThreadStartUs)
        .zip(start(Cost::ProcessStartUs))
        .map(|(thread, process)| format!("To start a thread: {thread}; a process: {process}."));
    Reason {
        why: "To start one costs time: a pool pays it once.".to_owned(),
        measured: measured.unwrap_or_default(),
    }
}
