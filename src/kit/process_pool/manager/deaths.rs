//! What the manager does when a worker dies, and when the pool breaks.

use std::mem::take;
use std::sync::Arc;

use super::super::Policy;
use super::super::chunk::Chunk;
use super::super::view::Gone;
use super::{FALSE_STARTS, Manager, refuse};
use crate::kit::child::Death;
use crate::kit::future::TaskError;

impl Manager {
    /// A worker has ended: everything it sent is read first.
    pub(super) fn bury(&mut self, at: usize, death: Death) {
        let mut frames = Vec::new();
        self.slots[at].read_some(|_, frame| frames.push(frame));
        self.slots[at].hear();
        for frame in frames {
            self.take_in(at, &frame);
        }
        let mut slot = self.slots.swap_remove(at);
        let pid = slot.process.pid();
        let expected = slot.retiring && slot.held.is_none();
        Arc::make_mut(&mut self.gone).push(Gone {
            pid,
            death,
            expected,
        });
        let cause: Arc<str> = match &slot.broken {
            Some(why) => format!("{why} and {death}").into(),
            None => death.to_string().into(),
        };
        slot.fall_silent(death);
        if !expected {
            self.mourn(slot.held.take(), pid, &cause, slot.ready_ns.is_some());
        }
    }

    /// A worker died that was not to: the policy says what becomes of its work.
    pub(super) fn mourn(
        &mut self,
        held: Option<Chunk>,
        pid: u32,
        cause: &Arc<str>,
        was_ready: bool,
    ) {
        let died = |attempts| {
            move |task: Arc<str>| TaskError::WorkerDied {
                task,
                pid,
                cause: Arc::clone(cause),
                attempts,
            }
        };
        if !was_ready {
            self.false_starts += 1;
        }
        match (self.how.policy, held) {
            (Policy::Break, held) => {
                let reason = format!("worker {pid} {cause}");
                // Whoever hears of the death must find the pool broken already.
                self.declare_broken(&reason);
                if let Some(chunk) = held {
                    chunk.fail(died(1));
                }
                self.end_all(&reason.into());
            }
            (Policy::Replace { retries }, Some(chunk)) if chunk.attempts <= retries => {
                self.retried += chunk.items.len();
                self.queue.push_front(chunk);
            }
            (Policy::Replace { .. }, Some(chunk)) => {
                let attempts = chunk.attempts;
                chunk.fail(died(attempts));
            }
            (Policy::Lose, Some(chunk)) => self.lost.push(chunk),
            (Policy::Replace { .. } | Policy::Lose, None) => {}
        }
        if self.false_starts >= FALSE_STARTS && self.broken.is_none() {
            self.break_down(&format!(
                "{FALSE_STARTS} workers in a row died before they were ready; the last one {cause}"
            ));
        }
    }

    /// The pool is of no use any more: everything that waits fails, each with its own error.
    pub(super) fn break_down(&mut self, reason: &str) {
        if self.declare_broken(reason) {
            self.end_all(&reason.into());
        }
    }

    /// Refuses tasks from now on; `false` if the pool was broken before.
    pub(super) fn declare_broken(&mut self, reason: &str) -> bool {
        if self.broken.is_some() {
            return false;
        }
        self.broken = Some(reason.into());
        self.shared.view().broken.clone_from(&self.broken);
        true
    }

    fn end_all(&mut self, reason: &Arc<str>) {
        for chunk in take(&mut self.queue) {
            refuse(chunk, reason);
        }
        for slot in &mut self.slots {
            if let Some(chunk) = slot.held.take() {
                refuse(chunk, reason);
            }
            slot.retiring = true;
            slot.kill();
        }
    }
}
