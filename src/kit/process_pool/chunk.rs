//! Tasks on their way to a worker and back: some items of one job in one message.

use std::sync::Arc;

use crate::kit::child::payload::decode;
use crate::kit::child::{Payload, WorkerFnError};
use crate::kit::future::{Promise, TaskError};
use crate::kit::panics;
use crate::kit::wire::pack;
use crate::printable::Printable;

/// A promise without the type of its value.
pub trait Settle: Send {
    /// `false` if it was cancelled and must not run.
    fn start(&self, worker: &Arc<str>) -> bool;
    /// Completes it with the bytes of a result; `false` if they are no such value.
    fn finish(self: Box<Self>, bytes: &[u8]) -> bool;
    fn fail(self: Box<Self>, error: TaskError);
    fn cancel(&self);
}

impl<T: Payload> Settle for Promise<T> {
    fn start(&self, worker: &Arc<str>) -> bool {
        Self::start(self, worker)
    }

    fn finish(self: Box<Self>, bytes: &[u8]) -> bool {
        // A panic here would take the pool's manager along.
        let value = panics::capture(|| decode::<T>(bytes)).ok().flatten();
        let readable = value.is_some();
        self.complete(value.ok_or_else(|| TaskError::Unsendable {
            task: "the task".into(),
            why: format!("its result of {} bytes could not be read", bytes.len()).into(),
        }));
        readable
    }

    fn fail(self: Box<Self>, error: TaskError) {
        self.complete(Err(error));
    }

    fn cancel(&self) {
        self.future().cancel();
    }
}

/// A promise and what becomes of it. A thread that settles it runs other people's callbacks, so
/// that waits until no lock is held.
pub struct Settlement {
    /// How the task is called in messages.
    pub label: Arc<str>,
    pub promise: Box<dyn Settle>,
    pub verdict: Verdict,
}

pub enum Verdict {
    Value(Vec<u8>),
    Error(TaskError),
    Cancelled,
}

impl Settlement {
    /// `false` if the value could not be read.
    pub fn carry_out(self) -> bool {
        match self.verdict {
            Verdict::Value(bytes) => return self.promise.finish(&bytes),
            Verdict::Error(error) => self.promise.fail(error),
            Verdict::Cancelled => self.promise.cancel(),
        }
        true
    }
}

/// One task.
pub struct ChunkItem {
    pub id: u64,
    pub input: Vec<u8>,
    pub promise: Box<dyn Settle>,
}

/// Tasks that travel together.
pub struct Chunk {
    pub id: u64,
    pub job: &'static str,
    pub items: Vec<ChunkItem>,
    /// How often it was given to a worker.
    pub attempts: u32,
}

impl Chunk {
    /// Drops what was cancelled, marks the rest as running, and writes it down for the
    /// worker; `None` if nothing is left.
    pub fn begin(&mut self, worker: &Arc<str>) -> Option<Vec<u8>> {
        self.items.retain(|item| item.promise.start(worker));
        if self.items.is_empty() {
            return None;
        }
        self.attempts += 1;
        let inputs: usize = self.items.iter().map(|item| 4 + item.input.len()).sum();
        let mut payload = Vec::with_capacity(16 + self.job.len() + inputs);
        payload.extend_from_slice(&self.id.to_le_bytes());
        pack::put_bytes(&mut payload, self.job.as_bytes());
        let count = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        payload.extend_from_slice(&count.to_le_bytes());
        for item in &self.items {
            pack::put_bytes(&mut payload, &item.input);
        }
        Some(payload)
    }

    /// Its tasks with their verdicts, which may look at what each is called.
    pub fn settle(
        self,
        mut verdict: impl FnMut(&Arc<str>) -> Verdict,
    ) -> impl Iterator<Item = Settlement> {
        self.items.into_iter().map(move |item| {
            let label: Arc<str> = format!("{} #{}", self.job, item.id).into();
            Settlement { verdict: verdict(&label), label, promise: item.promise }
        })
    }
}

/// A worker's answer to a chunk.
#[derive(Debug)]
pub struct ChunkAnswer {
    pub chunk: u64,
    /// When the worker had done all of it, by the monotonic clock that all processes
    /// share, in nanoseconds.
    pub ended: u64,
    pub results: Vec<Result<Vec<u8>, WorkerFnError>>,
}

impl ChunkAnswer {
    /// `None` if the bytes are no answer.
    pub fn read(mut bytes: &[u8]) -> Option<Self> {
        let bytes = &mut bytes;
        let (chunk, ended) = (pack::take_u64(bytes)?, pack::take_u64(bytes)?);
        let count = pack::take_u32(bytes)?;
        // As many as there are, not as many as were declared: nothing is reserved unseen.
        let mut results = Vec::new();
        for _ in 0..count {
            results.push(read_result(bytes)?);
        }
        bytes.is_empty().then_some(Self { chunk, ended, results })
    }
}

fn read_result(bytes: &mut &[u8]) -> Option<Result<Vec<u8>, WorkerFnError>> {
    match pack::take::<1>(bytes)? {
        [0] => pack::take_bytes(bytes).map(|output| Ok(output.to_vec())),
        [1] => {
            let (kind, message, place) =
                (pack::take_text(bytes)?, pack::take_text(bytes)?, pack::take_text(bytes)?);
            Some(Err(WorkerFnError { kind, message, place }))
        }
        _ => None,
    }
}

/// What a job's error is to the holder of the future.
pub fn task_error(error: WorkerFnError, worker: &Arc<str>) -> TaskError {
    let foreign = |text: String| Printable::foreign(&text);
    let (message, place) = (foreign(error.message), foreign(error.place));
    let worker = Arc::clone(worker);
    if error.kind == WorkerFnError::PANIC {
        TaskError::Panicked { message, place, worker }
    } else {
        TaskError::Failed { kind: foreign(error.kind), message, place, worker }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_answer_of_noise_is_none_or_harmless(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Some(answer) = ChunkAnswer::read(&bytes) {
                prop_assert!(answer.results.len() <= bytes.len());
            }
        }

        #[test]
        fn a_true_answer_with_flipped_bits_never_panics(
            outputs in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..5),
            at in any::<prop::sample::Index>(),
            bit in 0u8..8,
        ) {
            let mut bytes = [7u64.to_le_bytes(), 9u64.to_le_bytes()].concat();
            bytes.extend(u32::try_from(outputs.len()).unwrap().to_le_bytes());
            for output in &outputs {
                bytes.push(0);
                pack::put_bytes(&mut bytes, output);
            }
            let answer = ChunkAnswer::read(&bytes).unwrap();
            prop_assert_eq!((answer.chunk, answer.ended), (7, 9));
            let back: Vec<_> = answer.results.into_iter().map(Result::unwrap).collect();
            prop_assert_eq!(back, outputs);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let _ = ChunkAnswer::read(&bytes);
        }
    }
}
