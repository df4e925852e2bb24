//! What the pool does with the frames that workers send.
//!
//! A frame comes from another process, which may be broken or may be written by a task.
//! Whatever does not fit is noted in the slot's `broken`; the worker is then killed and its
//! death names that as the cause.

use super::super::chunk::{Chunk, ChunkAnswer, Settlement, Verdict, task_error};
use super::super::output::foreign_line;
use super::{Core, GRACE, INITIALIZER, Policy};
use crate::kit::clock::monotonic_ns;
use crate::kit::event::{LaneEvent, TaskOutcome};
use crate::kit::wire::{Frame, Kind};

impl Core {
    /// Takes in one frame of the worker at `at`. Whatever it does, the slot stays at its place:
    /// frames that follow in the same batch are still for it.
    pub fn take_frame(&mut self, at: usize, frame: &Frame) {
        let slot = &mut self.slots[at];
        match frame.kind {
            // A second hello is not for a worker to send and falls through to the last arm.
            Kind::Hello if slot.hello_ns.is_none() => {
                slot.hello_ns = Some(monotonic_ns());
                if self.config.initializer.is_none() {
                    self.mark_ready(at);
                }
            }
            // The initializer has no chunk in the slot: its answer is known by its number
            // alone.
            Kind::Answer if frame.payload.starts_with(&INITIALIZER.to_le_bytes()) => {
                let answer = ChunkAnswer::read(&frame.payload);
                match answer.and_then(|answer| answer.results.into_iter().next()) {
                    Some(Ok(_)) => self.mark_ready(at),
                    // As in `ProcessPoolExecutor`: a worker without its initializer cannot be
                    // trusted with a task, and the next one would most likely fail in the same
                    // way.
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
                slot.broken = Some(format!("could not continue ({why})"));
            }
            other => {
                slot.broken = Some(format!("sent {other:?}, which is not for a worker to send"));
            }
        }
    }

    /// The worker can work: its start has succeeded, so the count of failed starts in a row
    /// ends.
    fn mark_ready(&mut self, at: usize) {
        let now = monotonic_ns();
        self.milestones.ready = now;
        self.false_starts = 0;
        let slot = &mut self.slots[at];
        slot.ready_ns = Some(now);
        // Its lane has begun as one that runs.
        if slot.is_idle() {
            slot.report_idle();
        }
    }

    /// Ends the tasks of a chunk with the worker's answer. Their promises are noted, not
    /// settled.
    fn settle(&mut self, at: usize, chunk: Chunk, answer: ChunkAnswer) {
        // Answers of two workers may be read in another order than they were computed in.
        self.milestones.computed = self.milestones.computed.max(answer.ended);
        self.milestones.received = monotonic_ns();
        let slot = &mut self.slots[at];
        // Before the next chunk is given out in `advance`, so that a worker that is used up
        // gets none.
        slot.done += chunk.items.len() as u64;
        let most = self.config.tasks_per_worker;
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
                label: format!("{} #{task}", chunk.function).into(),
                promise: item.promise,
                verdict,
            });
        }
        slot.report_idle();
    }

    /// A result cannot be decoded here. Python's pool breaks, because its result queue is of no
    /// use after that; under the other policies the error stays with its own future.
    pub fn reject(&mut self, task: &str) {
        if self.config.policy == Policy::FailAll {
            self.break_down(&format!("the result of {task} could not be read"));
        }
    }
}
