//! What the pool does with what workers send.

use super::super::chunk::{Chunk, ChunkAnswer, Settlement, Verdict, task_error};
use super::super::slot::foreign_line;
use super::{Core, GRACE, INITIALIZER, Policy};
use crate::kit::clock::monotonic_ns;
use crate::kit::event::{LaneEvent, TaskOutcome};
use crate::kit::wire::{Frame, Kind};

impl Core {
    pub fn take_frame(&mut self, at: usize, frame: &Frame) {
        let slot = &mut self.slots[at];
        match frame.kind {
            Kind::Hello if slot.hello_ns.is_none() => {
                slot.hello_ns = Some(monotonic_ns());
                if self.how.initializer.is_none() {
                    self.mark_ready(at);
                }
            }
            Kind::Answer if frame.payload.starts_with(&INITIALIZER.to_le_bytes()) => {
                let answer = ChunkAnswer::read(&frame.payload);
                match answer.and_then(|answer| answer.results.into_iter().next()) {
                    Some(Ok(_)) => self.mark_ready(at),
                    Some(Err(error)) => {
                        let name = &slot.name;
                        let reason = format!("the initializer failed in {name}: {error}");
                        self.break_down(&reason);
                    }
                    None => slot.broken = Some("sent an answer that cannot be read".to_owned()),
                }
            }
            Kind::Answer => match slot.take_answer(&frame.payload) {
                Ok((chunk, answer)) => self.settle(at, chunk, answer),
                Err(why) => slot.broken = Some(why.to_owned()),
            },
            Kind::Failed => {
                let why = foreign_line(&frame.payload);
                slot.broken = Some(format!("could not go on ({why})"));
            }
            other => {
                slot.broken = Some(format!("sent {other:?}, which is not for a worker to send"));
            }
        }
    }

    fn mark_ready(&mut self, at: usize) {
        let now = monotonic_ns();
        self.slots[at].ready_ns = Some(now);
        self.milestones.ready = now;
        self.false_starts = 0;
    }

    fn settle(&mut self, at: usize, chunk: Chunk, answer: ChunkAnswer) {
        self.milestones.computed = self.milestones.computed.max(answer.ended);
        self.milestones.received = monotonic_ns();
        let slot = &mut self.slots[at];
        slot.done += chunk.items.len() as u64;
        let most = self.how.tasks_per_worker;
        if most.is_some_and(|most| slot.done >= most) {
            slot.retire(GRACE);
        }
        for (item, result) in chunk.items.into_iter().zip(answer.results) {
            let task = item.id;
            let (outcome, verdict) = match result {
                Ok(bytes) => (TaskOutcome::Finished, Verdict::Value(bytes)),
                Err(error) => {
                    let error = task_error(error, &slot.name);
                    let outcome = TaskOutcome::Failed { error: error.to_string().into() };
                    (outcome, Verdict::Error(error))
                }
            };
            slot.emit(|| LaneEvent::TaskEnded { task, outcome });
            self.settled.push(Settlement {
                label: format!("{} #{task}", chunk.job).into(),
                promise: item.promise,
                verdict,
            });
        }
        slot.rest();
    }

    /// A result cannot be read here. Python's pool breaks; the others keep the fault to its
    /// own future.
    pub fn reject(&mut self, task: &str) {
        if self.how.policy == Policy::Break {
            self.break_down(&format!("the result of {task} could not be read"));
        }
    }
}
