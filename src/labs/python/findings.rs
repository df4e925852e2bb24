//! What the run means, in plain sentences made from its figures. Pure.

use super::facts::ThreadEnd;
use super::state::State;
use super::story::ended;
use crate::scene::Weight;
use crate::scene::units::{count, plural};

type Sentence = (Weight, String);

/// The most important first: what went wrong, then what limits what was seen, then the rest.
pub fn findings(state: &State) -> Vec<Sentence> {
    let mut all = Vec::new();
    all.extend(deadlock(state));
    all.extend(exit(state));
    all.extend(raised(state));
    all.extend(lost(state));
    all.extend(contended(state));
    all.extend(level(state));
    all
}

fn deadlock(state: &State) -> Option<Sentence> {
    let circle = state.outcome.as_ref()?.deadlock.as_ref()?;
    let each = circle
        .iter()
        .map(|step| format!("{} waits for {}, held by {}", step.thread, step.wants, step.held_by));
    let each: Vec<_> = each.collect();
    Some((Weight::Broken, format!("**Deadlock**: {}.", each.join(", "))))
}

fn exit(state: &State) -> Option<Sentence> {
    let outcome = state.outcome.as_ref()?;
    if outcome.stopped {
        let text = format!("{} still ran when the run had to end, and was stopped.", state.name());
        return Some((Weight::Caution, text));
    }
    let fine = outcome.exit.code == Some(0);
    let weight = if fine { Weight::Fine } else { Weight::Broken };
    Some((weight, format!("{} {}.", state.name(), ended(outcome.exit))))
}

fn raised(state: &State) -> Option<Sentence> {
    let threads = state.figures.threads.iter();
    let mut raised = threads.filter(|thread| thread.ended == Some(ThreadEnd::Raised));
    let first = raised.next()?;
    let error = first.error.as_deref().unwrap_or("an exception");
    let at = first.error_at.as_deref().map_or_else(String::new, |place| format!(" at {place}"));
    let more = match raised.count() {
        0 => String::new(),
        n => format!(", and {} ended so too", plural(n as u64, "other thread")),
    };
    let text = format!("{} was ended by **{error}**{at}{more}.", first.name);
    Some((Weight::Broken, text))
}

fn lost(state: &State) -> Option<Sentence> {
    let lost = state.figures.lost_records;
    let text = format!(
        "**{}** were lost because the script was faster than the reader: the figures of locks are too low.",
        plural(lost, "record")
    );
    (lost > 0).then_some((Weight::Caution, text))
}

/// The lock that was waited for most often.
fn contended(state: &State) -> Option<Sentence> {
    let locks = state.figures.locks.iter().filter(|lock| lock.contended > 0);
    let worst = locks.max_by_key(|lock| lock.contended)?;
    let text = format!(
        "{} had to be waited for in **{} of {}** acquisitions.",
        worst.name,
        count(worst.contended),
        count(worst.acquires)
    );
    Some((Weight::Fact, text))
}

/// What kind of evidence this is. It stands on the screen at all times.
fn level(state: &State) -> Option<Sentence> {
    let interpreter = state.interpreter.as_ref()?;
    let text = format!(
        "Watched passively (level L0) under CPython {}: a race that this interpreter hides does not show here.",
        interpreter.version
    );
    Some((Weight::Fact, text))
}
