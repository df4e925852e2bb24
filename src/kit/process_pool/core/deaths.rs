//! What the pool does when a worker dies, and when the pool itself breaks.

use std::sync::Arc;

use super::super::chunk::{Chunk, Verdict};
use super::super::slot::Slot;
use super::super::view::{GONE_KEPT, Gone};
use super::{Core, FALSE_STARTS, Policy};
use crate::kit::child::Death;
use crate::kit::event::{LaneEvent, Stream, TaskOutcome};
use crate::kit::future::TaskError;

impl Core {
    /// A worker has ended: everything it sent is taken in first.
    pub fn handle_exit(&mut self, at: usize, death: Death) {
        let mut frames = Vec::new();
        while !self.slots[at].read_some(true, &mut frames) {}
        self.take_frames(at, frames);
        let mut slot = self.slots.remove(at);
        slot.read_output(Stream::Stdout);
        slot.read_output(Stream::Stderr);
        let pid = slot.process.pid();
        let expected = slot.retiring && slot.held.is_none();
        let cause: Arc<str> = slot.cause(death).into();
        self.remember(Gone { pid, death, cause: Arc::clone(&cause), expected });
        mark_lost(&mut slot, &cause);
        slot.end_lane(death);
        if !expected {
            self.handle_death(slot.held.take(), pid, &cause, slot.is_ready());
        }
    }

    /// Keeps the last ends, and counts those before.
    fn remember(&mut self, gone: Gone) {
        let kept = Arc::make_mut(&mut self.gone);
        if kept.len() == GONE_KEPT {
            kept.pop_front();
            self.gone_earlier += 1;
        }
        kept.push_back(gone);
    }

    /// A worker died that was not to: the policy says what becomes of its work.
    fn handle_death(
        &mut self,
        mut held: Option<Chunk>,
        pid: u32,
        cause: &Arc<str>,
        was_ready: bool,
    ) {
        if !was_ready {
            self.false_starts += 1;
            // It cannot have begun what was waiting for it.
            if let Some(chunk) = held.take() {
                self.give_back(chunk);
            }
        }
        match (self.how.policy, held) {
            (Policy::Break, held) => {
                if let Some(chunk) = held {
                    self.fail(chunk, pid, cause);
                }
                self.break_down(&format!("worker {pid} {cause}"));
            }
            (Policy::Replace { retries }, Some(chunk)) if chunk.attempts <= retries => {
                self.retried += chunk.items.len();
                self.queued += chunk.items.len();
                self.queue.push_front(chunk);
            }
            (Policy::Replace { .. }, Some(chunk)) => self.fail(chunk, pid, cause),
            (Policy::Lose, Some(chunk)) => self.lost.push(chunk),
            (Policy::Replace { .. } | Policy::Lose, None) => {}
        }
        if self.false_starts >= FALSE_STARTS {
            self.break_down(&format!(
                "{FALSE_STARTS} workers in a row died before they were ready; the last one {cause}"
            ));
        }
    }

    /// Puts back what was given to a worker that never came to it, as if it had not been.
    pub fn give_back(&mut self, mut chunk: Chunk) {
        chunk.attempts -= 1;
        self.queued += chunk.items.len();
        self.queue.push_front(chunk);
    }

    /// Its tasks fail, because the worker that held them died.
    fn fail(&mut self, chunk: Chunk, pid: u32, cause: &Arc<str>) {
        let attempts = chunk.attempts;
        self.settled.extend(chunk.settle(|task| {
            Verdict::Error(TaskError::WorkerDied {
                task: Arc::clone(task),
                pid,
                cause: cause.into(),
                attempts,
            })
        }));
    }

    /// The pool is of no use any more: everything that waits fails, each with its own error.
    pub fn break_down(&mut self, reason: &str) {
        if self.broken.is_none() {
            let reason: Arc<str> = reason.into();
            self.broken = Some(Arc::clone(&reason));
            self.clear_queue(|task| refusal(task, &reason));
            self.end_all(&reason);
        }
    }

    /// Ends all workers at once; what they hold fails.
    pub fn end_all(&mut self, reason: &Arc<str>) {
        for slot in &mut self.slots {
            mark_lost(slot, reason);
            if let Some(chunk) = slot.held.take() {
                self.settled.extend(chunk.settle(|task| refusal(task, reason)));
            }
            slot.retiring = true;
            slot.kill();
        }
    }
}

fn refusal(task: &Arc<str>, reason: &Arc<str>) -> Verdict {
    Verdict::Error(TaskError::Broken { task: Arc::clone(task), reason: reason.into() })
}

/// Emits that the worker will not finish what it holds.
fn mark_lost(slot: &mut Slot, cause: &Arc<str>) {
    let held = slot.held.iter().flat_map(|chunk| &chunk.items);
    for task in held.map(|item| item.id).collect::<Vec<_>>() {
        slot.emit(|| LaneEvent::TaskEnded {
            task,
            outcome: TaskOutcome::Lost { cause: cause.into() },
        });
    }
}
