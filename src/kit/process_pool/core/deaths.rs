//! What the pool does when a worker ends, and when the pool itself breaks.
//!
//! Both ways to learn of an end, the pidfd of a spawned worker and the report of a fork server,
//! lead to `handle_exit`. A death that was not expected goes to `handle_death`, which applies
//! the [`Policy`].

use std::sync::Arc;

use super::super::chunk::{Chunk, Verdict};
use super::super::slot::Slot;
use super::super::view::{GONE_KEPT, Gone};
use super::{Core, FALSE_STARTS, Policy};
use crate::kit::child::Death;
use crate::kit::event::{Ending, LaneEvent, TaskOutcome};
use crate::kit::future::TaskError;
use crate::printable::Printable;

impl Core {
    /// The worker at `at` has ended and is reaped. Takes in everything that it sent, removes
    /// its slot, and applies the policy to its chunk if it should not have ended.
    pub fn handle_exit(&mut self, at: usize, death: Death) {
        let mut frames = Vec::new();
        // An answer in the socket counts, however the worker ended after it: the task was done,
        // and doing it again would be wrong.
        while !self.slots[at].read_some(true, &mut frames) {}
        self.take_frames(at, frames);
        let mut slot = self.slots.remove(at);
        slot.finish_output();
        let pid = slot.process.pid();
        // A worker retires without a chunk, and `end_all` takes the chunk of those that it
        // kills.
        let expected = slot.retiring && slot.held.is_none();
        let cause: Arc<str> = slot.cause(death).into();
        self.remember(Gone { pid, death, cause: Arc::clone(&cause), expected });
        mark_lost(&mut slot, &cause);
        // The signal by which the pool itself ended it is no news.
        let by_pool = expected && slot.killed.is_some();
        slot.end_lane(if by_pool { Ending::Stopped } else { death.into() });
        if !expected {
            self.handle_death(slot.held.take(), pid, &cause, slot.is_ready());
        }
    }

    /// Keeps the last ends one by one, and counts those before. The list is copied only if a
    /// view still shares it.
    fn remember(&mut self, gone: Gone) {
        let kept = Arc::make_mut(&mut self.gone);
        if kept.len() == GONE_KEPT {
            kept.pop_front();
            self.gone_earlier += 1;
        }
        kept.push_back(gone);
    }

    /// A worker died that should not have: the policy decides about its chunk `held`.
    fn handle_death(
        &mut self,
        mut held: Option<Chunk>,
        pid: u32,
        cause: &Arc<str>,
        was_ready: bool,
    ) {
        if !was_ready {
            self.false_starts += 1;
            // It cannot have begun the chunk that waited in its socket.
            if let Some(chunk) = held.take() {
                self.give_back(chunk);
            }
        }
        match (self.config.policy, held) {
            (Policy::FailAll, held) => {
                if let Some(chunk) = held {
                    self.fail(chunk, pid, cause);
                }
                self.break_down(&format!("worker {pid} {cause}"));
            }
            // `attempts` counts this one already, so `retries` of 0 means that it was the only
            // one.
            (Policy::Replace { retries }, Some(chunk)) if chunk.attempts <= retries => {
                self.retried += chunk.items.len();
                self.queued += chunk.items.len();
                self.queue.push_front(chunk);
            }
            (Policy::Replace { .. }, Some(chunk)) => self.fail(chunk, pid, cause),
            (Policy::Forget, Some(chunk)) => self.lost.push(chunk),
            (Policy::Replace { .. } | Policy::Forget, None) => {}
        }
        // Without this limit a program that cannot start would be started for ever.
        if self.false_starts >= FALSE_STARTS {
            self.break_down(&format!(
                "{FALSE_STARTS} workers in a row died before they were ready; the last one {cause}"
            ));
        }
    }

    /// Puts a chunk back that its worker never began, to the front and as if it had not been
    /// given out.
    pub fn give_back(&mut self, mut chunk: Chunk) {
        chunk.attempts -= 1;
        self.queued += chunk.items.len();
        self.queue.push_front(chunk);
    }

    /// Ends the tasks of a chunk with the death of the worker that had it. The error names pid,
    /// cause and the number of attempts.
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

    /// The pool is of no use any more: each waiting and running task fails with this reason,
    /// and all workers are killed. The first reason stays.
    pub fn break_down(&mut self, reason: &str) {
        if self.broken.is_none() {
            // The tasks and the pool itself then report it in the same words.
            let reason: Arc<str> = Printable::from(reason).into();
            self.broken = Some(Arc::clone(&reason));
            self.clear_queue(|task| refusal(task, &reason));
            self.end_all(&reason);
        }
    }

    /// Kills all workers; the tasks that they have fail. The slots stay until the ends are
    /// known, so that each worker is reaped.
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

/// The error of a task that a broken or terminated pool did not finish.
fn refusal(task: &Arc<str>, reason: &Arc<str>) -> Verdict {
    Verdict::Error(TaskError::Broken { task: Arc::clone(task), reason: reason.into() })
}

/// Emits for each of the worker's tasks that it will not finish it. Every task that was emitted
/// as started ends on the same lane in this way or with its result.
fn mark_lost(slot: &mut Slot, cause: &Arc<str>) {
    let held = slot.held.iter().flat_map(|chunk| &chunk.items);
    for task in held.map(|item| item.id).collect::<Vec<_>>() {
        slot.emit(|| LaneEvent::TaskEnded {
            task,
            outcome: TaskOutcome::Lost { cause: cause.into() },
        });
    }
}
