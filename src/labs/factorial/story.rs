//! Sentences for the facts of the lab. Tasks themselves are described by the lane events
//! that all labs have in common.

use super::facts::Fact;
use super::state::State;
use crate::kit::event::{Stamped, What};
use crate::lab::Sentence;
use crate::scene::units::{plural, whole_nanos};
use crate::scene::{Tone, capitalised};

pub fn describe(state: &State, event: &Stamped<Fact>) -> Option<Sentence> {
    let What::Fact(fact) = &event.what else {
        return None;
    };
    let time = whole_nanos;
    let (text, tone) = match fact {
        Fact::Pool { workers } => {
            (format!("made a pool of up to {}", plural(*workers as u64, "thread")), Tone::Dim)
        }
        Fact::Began { round, plan } => {
            let tasks = plural(plan.tasks() as u64, "task");
            (format!("Round {round}: {tasks}, {}! to {}!", plan.from, plan.to), Tone::Plain)
        }
        Fact::Cancelled { n } => {
            (format!("cancelled {n}! while it was pending: no worker will take it"), Tone::Dim)
        }
        Fact::Ended(summary) => {
            let wall = time(summary.wall_ns);
            (format!("Round {} over: the tasks took {wall}", state.round), Tone::Good)
        }
        Fact::Joined { took_ns } => {
            (format!("joined all threads in {}", time(*took_ns)), Tone::Dim)
        }
        Fact::Armed => {
            ("The next task that starts will raise an exception".to_owned(), Tone::Caution)
        }
        Fact::NotRun { what, why } => {
            (capitalised(&format!("{what} could not be run: {why}")), Tone::Caution)
        }
        Fact::Opened { .. }
        | Fact::Settled(_)
        | Fact::RoundPause { .. }
        | Fact::Changed { .. }
        | Fact::Tick => return None,
    };
    Some(Sentence::new(text, tone))
}
