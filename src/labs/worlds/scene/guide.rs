//! The guide: five questions about a task, and what follows for it on this machine.
//!
//! The verdict is a rule of thumb; its reasons are figures measured here, and general
//! sentences where nothing was measured yet. Pure.
//!
//! ```text
//! others must survive a crash, or it computes under a GIL ─▶ processes
//! it waits, tens of thousands at once                     ─▶ async
//! otherwise                                               ─▶ threads
//! ```

use crate::scene::units;

use super::super::experiment::cost::{Cost, Placement, Transport};
use super::super::experiment::questions::QUESTIONS;
use super::super::state::{State, Strategy, Work};

/// What to use, `threads`, `processes` or `async`, and why, in sentences. The reasons
/// come with figures of this machine where there are any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    pub verdict: &'static str,
    pub reasons: Vec<String>,
}

/// The advice; `None` until all questions are answered. Figures that are measured later
/// change its reasons, but not its verdict, which follows from the answers alone.
pub fn advice(state: &State) -> Option<Advice> {
    let mut answers = [0; QUESTIONS.len()];
    for (slot, answer) in answers.iter_mut().zip(state.answers) {
        *slot = answer?;
    }
    // By the indices of the answers; see [`QUESTIONS`].
    let [kind, number, language, sharing, crash] = answers;
    // A task that does both about equally computes as well: it needs cores.
    let (computes, waits) = (kind != 1, kind == 1);
    let has_gil = language == 1;
    let verdict = if crash == 1 || (computes && has_gil) {
        "processes"
    } else if waits && number == 2 {
        "async"
    } else {
        "threads"
    };
    let mut reasons = Vec::new();
    if crash == 1 {
        reasons.push(crash_reason(state));
    }
    if computes {
        reasons.push(computing_reason(state, has_gil));
    }
    if waits {
        reasons.push(waiting_reason(state, number));
    }
    if sharing > 0 {
        reasons.push(sharing_reason(state, verdict, sharing));
    }
    reasons.push(cost_reason(state));
    Some(Advice { verdict, reasons })
}

fn crash_reason(state: &State) -> String {
    match &state.isolation {
        Some(seen) => format!(
            "A worker process {} and the pool {}; the program in which a thread did the same {} as a whole.",
            seen.worker_exit,
            if seen.process_pool_survived { "survived" } else { "broke" },
            seen.threads_exit
        ),
        None => {
            "A process can crash alone; a thread that crashes ends its whole program.".to_owned()
        }
    }
}

/// What threads and processes gain here when they compute, in the language of the answer.
/// For CPython with its GIL the threads under the model stand for its threads.
fn computing_reason(state: &State, has_gil: bool) -> String {
    let strategy = if has_gil { Strategy::Gil } else { Strategy::Threads };
    let name = if has_gil { "under a global lock, threads" } else { "threads" };
    match (state.verdict(Work::Cpu, strategy), state.verdict(Work::Cpu, Strategy::Processes)) {
        (Some(threads), Some(processes)) => format!(
            "Computing on {} cores, compared with one after the other: {name} {threads}; processes {processes}.",
            state.cores
        ),
        _ => format!("Computing needs cores: {name} share {} here.", state.cores),
    }
}

/// What threads gain here when they wait, and what many of them take in memory: for tens
/// of thousands of waiting tasks the memory decides.
fn waiting_reason(state: &State, number: usize) -> String {
    let speedup = state.verdict(Work::Io, Strategy::Threads).map_or_else(String::new, |verdict| {
        format!("; {} threads, compared with one: {verdict}", state.n)
    });
    let memory =
        state.cost(Cost::ThreadMemoryKib).filter(|_| number == 2).map_or_else(String::new, |kib| {
            format!(
                "; but 10,000 waiting threads take {:.0} MiB here, which async tasks do not",
                kib.median * 1e4 / 1024.0
            )
        });
    format!("Waiting needs no core{speedup}{memory}.")
}

/// What sharing data costs: messages between processes, and locks for what all of them
/// change.
fn sharing_reason(state: &State, verdict: &str, sharing: usize) -> String {
    let trip = |place| {
        let trip = state.cost(Cost::RoundTripUs(Transport::Socket, place))?;
        Some(units::nanos(trip.lower_quartile * 1e3))
    };
    let placed = trip(Placement::OneCore).map(|one| match trip(Placement::TwoCores) {
        Some(two) => format!("{one} on one core and {two} across two"),
        None => format!("{one} on one core"),
    });
    let changed = if sharing == 2 {
        ", and whatever all of them change needs a lock in either world"
    } else {
        ""
    };
    match (verdict, placed) {
        ("processes", trip) => {
            let trip = trip.map_or_else(|| "time".to_owned(), |trip| format!("{trip} here"));
            format!(
                "Processes share nothing by themselves: each message there and back costs {trip}{changed}."
            )
        }
        _ => format!(
            "Threads and tasks see the same memory, so sharing costs nothing by itself{changed}."
        ),
    }
}

fn cost_reason(state: &State) -> String {
    let start = |cost: Cost| state.cost(cost).map(|start| units::nanos(start.lower_quartile * 1e3));
    match (start(Cost::ThreadStartUs), start(Cost::ProcessStartUs)) {
        (Some(thread), Some(process)) => {
            format!(
                "To start one costs {thread} (thread) or {process} (process): a pool pays that once."
            )
        }
        _ => "To start one costs time: a pool pays it once.".to_owned(),
    }
}
