//! What the comparison found, as sentences. Pure.

use crate::kit::event::{Stamped, What};
use crate::lab::{Sentence, Words};
use crate::scene::{Tone, capitalised, units};

use super::experiment::interview::QUESTIONS;
use super::facts::Fact;
use super::state::State;

/// The sentence of a fact; `None` for the progress, which the screen shows as a bar, and
/// for a new beginning. Each fact is complete, but for what was measured before CPython failed.
pub fn describe(state: &State, event: &Stamped<Fact>) -> Option<Sentence> {
    let What::Fact(fact) = &event.what else {
        return None;
    };
    let sentence = match fact {
        Fact::Progress { .. } | Fact::Changed { .. } | Fact::Began { .. } => return None,
        Fact::Python { version, gil } => {
            let with = if *gil { "with its GIL" } else { "without a GIL" };
            Sentence::new(format!("found {version}, {with}"), Tone::Plain)
        }
        Fact::PythonAbsent { why } => {
            let part = state.in_part();
            Sentence::new(format!("CPython was not measured{part}: {why}"), Tone::Caution)
        }
        Fact::Timed { work, strategy, n, ns, .. } => {
            let time = units::whole_nanos(*ns);
            Sentence::new(
                format!(
                    "{} ({}) by {strategy} took {time}",
                    units::plural(*n as u64, "task"),
                    work.shown()
                ),
                Tone::Plain,
            )
        }
        Fact::TaskAmount { work, runtime, amount } => {
            let what = super::scene::amount(*runtime, *amount);
            let text = format!("A task ({}) in {runtime} is {what}", work.shown());
            Sentence::new(text, Tone::Plain)
        }
        Fact::Load(load) => Sentence::new(format!("Meanwhile {load}"), Tone::Dim),
        Fact::Cost { cost, samples } => {
            let text = format!("{}: measured {} times", cost.label(), samples.len());
            Sentence::new(capitalised(&text), Tone::Dim)
        }
        Fact::Drift(drift) => Sentence::new(
            format!(
                "Pid {} counted to {} in its own copy; ours still holds {}",
                drift.child_pid, drift.child_copy, drift.process_sees
            ),
            Tone::Plain,
        ),
        Fact::Isolation(seen) => Sentence::new(
            format!(
                "A worker process {}; a program with a crashing thread {}",
                seen.worker_exit, seen.threads_exit
            ),
            Tone::Caution,
        ),
        Fact::Failed { what, why } => Sentence::new(
            capitalised(&format!("{what} could not be measured: {why}")),
            Tone::Caution,
        ),
        Fact::Answered { question, answer } => {
            let question = QUESTIONS.get(*question)?;
            Sentence::new(
                format!("{} {}", question.text, question.answers.get(*answer)?),
                Tone::Accent,
            )
        }
        Fact::Done => Sentence::new("Everything is measured", Tone::Good),
    };
    Some(sentence)
}
