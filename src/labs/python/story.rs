//! The facts as sentences. Pure.
//!
//! The subject of a sentence is the lane that it stands beside, which is the script: "lost counter"
//! reads as "script lost counter".

use std::time::Duration;

use super::facts::{Exit, Fact};
use crate::kit::child::Death;
use crate::kit::event::{Stamped, What};
use crate::lab::Sentence;
use crate::scene::Tone;
use crate::scene::units::{in_ns, nanos};

/// The sentence of a fact; `None` for source, figures, steps, and output, which has its own lines.
pub fn describe(event: &Stamped<Fact>) -> Option<Sentence> {
    let What::Fact(fact) = &event.what else {
        return None;
    };
    Some(match fact {
        Fact::Script { script, args } => {
            let all = std::iter::once(script).chain(args).map(AsRef::as_ref);
            let all: Vec<&str> = all.collect();
            Sentence::new(format!("starts as {}", all.join(" ")), Tone::Strong)
        }
        Fact::Interpreter(python) => {
            let gil = if python.gil { "" } else { ", without a GIL" };
            Sentence::new(format!("runs under CPython {}{gil}", python.version), Tone::Dim)
        }
        Fact::Input { wanted: true } => Sentence::new("waits for input", Tone::Waiting),
        Fact::Output { .. }
        | Fact::Source(_)
        | Fact::Terminal
        | Fact::Skipped { .. }
        | Fact::Input { wanted: false }
        | Fact::Figures(_)
        | Fact::Stepped(_)
        | Fact::Searching { .. } => return None,
        Fact::LockTaken { name, taken_away: true, .. } => {
            Sentence::new(format!("lost {name}: each acquire succeeds at once"), Tone::Caution)
        }
        Fact::LockTaken { name, .. } => Sentence::new(format!("got {name} back"), Tone::Accent),
        Fact::Paused { .. } => {
            Sentence::new("is paused: all of its processes stand still", Tone::Caution)
        }
        Fact::Resumed { paused } => {
            Sentence::new(format!("goes on after a pause of {}", time(*paused)), Tone::Accent)
        }
        Fact::Slowed { delay: Duration::ZERO } => {
            Sentence::new("runs at its own pace again", Tone::Accent)
        }
        Fact::Slowed { delay } => {
            let text = format!("is slowed down: {} after each recorded event", time(*delay));
            Sentence::new(text, Tone::Caution)
        }
        Fact::Killed { pid, name } => {
            let text = format!("lost process {pid} ({name}): you sent it SIGKILL");
            Sentence::new(text, Tone::Caution)
        }
        Fact::Searched(searched) => Sentence::new(searched.text.clone(), Tone::Strong),
        Fact::Ended(outcome) => Sentence::new(ended(outcome.exit), outcome.weight().tone()),
        Fact::Failed { why } => Sentence::new(format!("could not be run: {why}"), Tone::Caution),
    })
}

fn time(time: Duration) -> String {
    nanos(in_ns(time))
}

/// How a script ended, as the end of a sentence about it.
pub fn ended(exit: Exit) -> String {
    match (exit.signal, exit.code) {
        (Some(signal), _) => Death::Signalled(signal).to_string(),
        (None, Some(code)) => format!("ended with exit code {code}"),
        (None, None) => "ended".to_owned(),
    }
}
