//! What the manager does with what workers send.

use crate::kit::clock::monotonic_ns;
use crate::kit::event::{LaneEvent, TaskOutcome};
use crate::kit::wire::{Frame, Kind};

use super::super::Policy;
use super::super::chunk::{Answer, Chunk, task_error};
use super::{GRACE, INITIALIZER, Manager};

impl Manager {
    pub(super) fn take_in(&mut self, at: usize, frame: &Frame) {
        let slot = &mut self.slots[at];
        match frame.kind {
            Kind::Hello => {
                let now = monotonic_ns();
                slot.ready_ns = Some(now);
                self.milestones.ready = now;
                self.false_starts = 0;
            }
            Kind::Answer if frame.payload.starts_with(&INITIALIZER.to_le_bytes()) => {
                let result = Answer::read(&frame.payload)
                    .and_then(|answer| answer.results.into_iter().next());
                if let Some(Err(error)) = result {
                    self.break_down(&format!(
                        "the initializer failed in {}: {error}",
                        self.slots[at].name
                    ));
                }
            }
            Kind::Answer => match slot.take_answer(&frame.payload) {
                Ok((chunk, answer)) => self.settle(at, chunk, answer),
                Err(why) => slot.broken = Some(why),
            },
            other => {
                slot.broken = Some(format!("sent {other:?}, which is not for a worker to send"));
            }
        }
    }

    fn settle(&mut self, at: usize, chunk: Chunk, answer: Answer) {
        self.milestones.computed = self.milestones.computed.max(answer.ended);
        self.milestones.received = monotonic_ns();
        let slot = &mut self.slots[at];
        slot.done += chunk.items.len() as u64;
        if self
            .how
            .tasks_per_worker
            .is_some_and(|most| slot.done >= most)
        {
            slot.retire(GRACE);
        }
        let mut unreadable = None;
        for (item, result) in chunk.items.into_iter().zip(answer.results) {
            let task = item.id;
            match result {
                Ok(bytes) => {
                    let outcome = TaskOutcome::Finished;
                    slot.tell(|| LaneEvent::TaskEnded { task, outcome });
                    if !item.promise.finish(&bytes) {
                        unreadable = Some(format!(
                            "the result of {} #{task} could not be read",
                            chunk.job
                        ));
                    }
                }
                Err(error) => {
                    let error = task_error(error, &slot.name);
                    slot.tell(|| LaneEvent::TaskEnded {
                        task,
                        outcome: TaskOutcome::Failed {
                            error: error.to_string().into(),
                        },
                    });
                    item.promise.fail(error);
                }
            }
        }
        slot.rest();
        // Python's pool breaks; the others keep the fault to its own future.
        if let (Some(why), Policy::Break) = (unreadable, self.how.policy) {
            self.break_down(&why);
        }
    }
}
