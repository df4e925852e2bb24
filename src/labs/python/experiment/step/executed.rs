//! A schedule as it was run, as plain data, from which each moment of it follows.
//!
//! ```text
//! Execution ── reader::read ──▶   threads, steps, objects     one for each schedule that was run
//!                                      │ at(n)
//!                                      ▼
//!                                   Moment: values, and each thread's next step, after n steps
//! ```
//!
//! A thread says at its scheduling point what it will do next, and does that and nothing else when
//! it is its turn. So its next step at any moment is the next one of it that the trace has.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::level::Level;
use crate::printable::Printable;

/// Where the user is, and in which schedule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stepped {
    /// The schedule, if it is another one than before: a long one takes megabytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executed: Option<Arc<Executed>>,
    /// Steps taken.
    pub at: usize,
    /// Why the last step was not taken, or what else went wrong; empty for nothing.
    pub note: Printable,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Searched {
    pub text: Printable,
    /// A schedule that fails is shown.
    pub failing: bool,
}

/// A schedule that was run to its end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Executed {
    /// In the order in which they were started; the first is the main thread.
    pub threads: Vec<Printable>,
    pub steps: Vec<ExecutedStep>,
    /// Threads that wait for ever in the end, each by the step that it cannot take.
    pub stuck: Vec<ExecutedStep>,
    pub objects: Vec<Object>,
    /// How it ended, as a clause.
    pub end: Printable,
    pub failed: bool,
    /// The last lines of what it wrote.
    pub output: Vec<Printable>,
    /// The schedule, for `explore --replay`.
    pub code: Printable,
    /// It has more steps than can be shown.
    pub cut: bool,
}

/// What one thread does when it is its turn, up to its next scheduling point.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExecutedStep {
    /// Its position among the threads.
    pub thread: usize,
    /// A bit for each of the first 64 threads that could have been next.
    pub ready: u64,
    /// What it does, short: it stands in a column of its thread. Where that is more than a name
    /// says, the number of its line.
    pub text: Printable,
    /// What else it does on the way, without a choice, such as to release a lock.
    pub also: Vec<Printable>,
    /// The line in the script's main file; 0 for none.
    pub line: u32,
    /// What the step made of which objects, by their positions.
    pub changes: Vec<(usize, Printable)>,
    pub waits_for: WaitsFor,
    /// The thread before it could have gone on and had to give way.
    pub preempts: bool,
    /// The interpreter itself may switch there.
    pub natural: bool,
    /// Steps of the trace before it, for [`super::super::super::run::step`].
    #[serde(skip)]
    pub before: usize,
}

/// What a thread needs for its next step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum WaitsFor {
    #[default]
    Nothing,
    /// A lock, by its position among the objects.
    Lock(usize),
    /// The end of this thread.
    End(usize),
    /// That its time is up: no other thread can go on.
    Time,
    /// A lock of the library's own.
    Unknown,
}

/// A lock or a variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Object {
    pub name: Printable,
    /// What it was before the first step; of a lock the name of its holder. Empty while there is
    /// no such variable.
    pub value: Printable,
    pub is_lock: bool,
    /// The position of the thread in whose innermost function it is local.
    #[serde(default)]
    pub local: Option<usize>,
}

/// What an object is at a moment.
#[derive(Clone, Debug)]
pub struct ObjectAt<'e> {
    pub value: &'e Printable,
    /// The position of the last step that gave it another value, and what it was before; `None`
    /// if none has.
    pub changed: Option<(usize, &'e Printable)>,
}

/// The state after some of the steps.
pub struct Moment<'e> {
    /// By the positions of the objects.
    pub values: Vec<ObjectAt<'e>>,
    /// Steps taken.
    pub taken: usize,
    /// Each thread's next step; `None` of one that has no more, or whose end was not seen.
    pub next: Vec<Option<&'e ExecutedStep>>,
    /// The step that is taken if no other is chosen, which has who can go on; none at the end.
    default: Option<&'e ExecutedStep>,
    /// Whether a thread has begun yet.
    pub started: Vec<bool>,
}

impl Executed {
    /// Whether all that it refers to is there; that of a recording need not be.
    pub fn is_sound(&self) -> bool {
        let objects = self.objects.len();
        let mut locals = self.objects.iter().filter_map(|object| object.local);
        locals.all(|thread| thread < self.threads.len())
            && self.steps.iter().chain(&self.stuck).all(|step| {
                let waits = !matches!(step.waits_for, WaitsFor::Lock(lock) if lock >= objects);
                let changes = step.changes.iter().all(|(object, _)| *object < objects);
                step.thread < self.threads.len() && waits && changes
            })
    }

    /// The state after the first `taken` steps.
    pub fn at(&self, taken: usize) -> Moment<'_> {
        let (before, after) = self.steps.split_at(taken.min(self.steps.len()));
        let first = self.objects.iter().map(|one| ObjectAt { value: &one.value, changed: None });
        let mut values: Vec<_> = first.collect();
        for (n, step) in before.iter().enumerate() {
            for (object, value) in &step.changes {
                if let Some(known) = values.get_mut(*object) {
                    *known = ObjectAt { value, changed: Some((n, known.value)) };
                }
            }
        }
        let mut next = vec![None; self.threads.len()];
        for step in after.iter().chain(&self.stuck) {
            next[step.thread].get_or_insert(step);
        }
        let decided = || before.iter().chain(after.first());
        let ready = decided().fold(1, |ready, step| ready | step.ready);
        let mut started: Vec<_> = (0..next.len()).map(|thread| is_in(ready, thread)).collect();
        decided().for_each(|step| started[step.thread] = true);
        Moment { values, taken: before.len(), next, default: after.first(), started }
    }

    /// How strong the evidence of the first `taken` steps is.
    pub fn level(&self, taken: usize) -> Level {
        let mut forced = self.steps.iter().take(taken).filter(|step| step.preempts);
        match forced.next() {
            None => Level::Unforced,
            Some(first) if first.natural && forced.all(|step| step.natural) => Level::Natural,
            Some(_) => Level::Bytecodes,
        }
    }
}

impl Moment<'_> {
    /// Whether a thread can take its next step.
    pub fn can_go(&self, thread: usize) -> bool {
        self.default.is_some_and(|step| step.can_go(thread))
    }
}

impl ExecutedStep {
    /// Whether a thread could have been the one that took it.
    pub fn can_go(&self, thread: usize) -> bool {
        is_in(self.ready, thread)
    }
}

/// Whether a thread is one of these first 64.
fn is_in(threads: u64, thread: usize) -> bool {
    thread < 64 && threads >> thread & 1 == 1
}
