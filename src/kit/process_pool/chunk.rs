//! Tasks on their way to a worker and back: some items for one worker function in one message.
//!
//! A chunk as bytes, all numbers little-endian (see [`pack`]):
//!
//! ```text
//!   Chunk    number u64 | function | count u32 | count times: input
//!   Answer   number u64 | time of the end u64 | count u32 | count times: result
//!   result   0 output  or  1 kind message place
//! ```
//!
//! A name, text, input and output are byte strings with their length (u32) in front. An answer
//! comes from another process and is foreign: everything in it is checked when it is read, and
//! made printable before it is kept.

use std::borrow::Cow;
use std::sync::Arc;

use crate::kit::child::payload::decode;
use crate::kit::child::{Payload, WorkerFnError};
use crate::kit::future::{Promise, TaskError};
use crate::kit::panics;
use crate::kit::wire::pack;
use crate::printable::Printable;

/// A promise without the type of its value, so that one queue can hold tasks of all functions.
pub trait Settle: Send {
    /// Marks the task as running on `worker`. `false` if it was cancelled and must not run.
    /// Called under the pool's lock.
    fn start(&self, worker: &Arc<str>) -> bool;
    /// Completes it with the bytes of a result; `false` if they do not decode to such a value,
    /// and then the future has that error.
    fn finish(self: Box<Self>, bytes: &[u8]) -> bool;
    fn fail(self: Box<Self>, error: TaskError);
    fn cancel(&self);
}

impl<T: Payload> Settle for Promise<T> {
    fn start(&self, worker: &Arc<str>) -> bool {
        Self::start(self, worker)
    }

    fn finish(self: Box<Self>, bytes: &[u8]) -> bool {
        // `decode` runs foreign code, the value's own `Deserialize`. A panic in it would end
        // the pool's manager.
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

/// A promise and how it is to be completed. Completing it runs callbacks of other code, so it
/// is only noted while the pool's lock is held and carried out when that is free.
pub struct Settlement {
    /// The task in messages: function and number, such as `square #7`.
    pub label: Arc<str>,
    pub promise: Box<dyn Settle>,
    pub verdict: Verdict,
}

/// How a task ended, from the pool's point of view.
pub enum Verdict {
    /// The worker's result, still encoded: only the promise knows its type.
    Value(Vec<u8>),
    /// The task's own error, or the reason why no worker can finish it: its worker died, its
    /// pool broke, or its chunk is too long to be sent.
    Error(TaskError),
    /// It waited in the queue of a pool that was shut down. Its future is cancelled as by a
    /// caller, and so is not taken for a failure of the task.
    Cancelled,
}

impl Settlement {
    /// Completes the promise. `false` if the result could not be read. Must be called without
    /// the pool's lock.
    pub fn carry_out(self) -> bool {
        match self.verdict {
            Verdict::Value(bytes) => return self.promise.finish(&bytes),
            Verdict::Error(error) => self.promise.fail(error),
            Verdict::Cancelled => self.promise.cancel(),
        }
        true
    }
}

/// One task: its number, its encoded input, and the promise of its result.
pub struct ChunkItem {
    pub id: u64,
    /// Its name in events, such as `square(7)`; that of the function where no one listens.
    pub label: Cow<'static, str>,
    pub input: Vec<u8>,
    pub promise: Box<dyn Settle>,
}

/// Tasks that travel together: the unit of the queue, of a worker's attention and of a retry.
pub struct Chunk {
    /// The number of its first task. Together with the count of items it identifies the answer.
    pub id: u64,
    pub function: &'static str,
    pub items: Vec<ChunkItem>,
    /// How often it was given to a worker that may have begun it. Compared with the retries of
    /// [`Policy::Replace`](super::Policy::Replace).
    pub attempts: u32,
}

impl Chunk {
    /// Prepares the chunk for a worker: drops items that were cancelled, marks the others as
    /// running, counts the attempt and returns the encoded message. `None` if no item is left.
    pub fn begin(&mut self, worker: &Arc<str>) -> Option<Vec<u8>> {
        self.items.retain(|item| item.promise.start(worker));
        if self.items.is_empty() {
            return None;
        }
        // After the cancelled items are gone, so that a chunk that is dropped whole was not
        // attempted.
        self.attempts += 1;
        let inputs: usize = self.items.iter().map(|item| 4 + item.input.len()).sum();
        let mut payload = Vec::with_capacity(16 + self.function.len() + inputs);
        payload.extend_from_slice(&self.id.to_le_bytes());
        pack::put_bytes(&mut payload, self.function.as_bytes());
        // More than 2³² items would not fit into a frame: `send` refuses it as too long.
        let count = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        payload.extend_from_slice(&count.to_le_bytes());
        for item in &self.items {
            pack::put_bytes(&mut payload, &item.input);
        }
        Some(payload)
    }

    /// Ends all its tasks; `verdict` gets the label of each and decides how. Lazy: the caller
    /// must consume the iterator.
    pub fn settle(
        self,
        mut verdict: impl FnMut(&Arc<str>) -> Verdict,
    ) -> impl Iterator<Item = Settlement> {
        self.items.into_iter().map(move |item| {
            let label: Arc<str> = format!("{} #{}", self.function, item.id).into();
            Settlement { verdict: verdict(&label), label, promise: item.promise }
        })
    }
}

/// A worker's answer to a chunk, decoded as far as the pool needs it. That it belongs to the
/// chunk of its slot is checked by the slot, which knows what it gave out.
#[derive(Debug)]
pub struct ChunkAnswer {
    pub chunk: u64,
    /// When the worker had done all of it, in nanoseconds of `CLOCK_MONOTONIC`, which all
    /// processes of a machine share.
    pub ended: u64,
    /// One for each item, in their order.
    pub results: Vec<Result<Vec<u8>, WorkerFnError>>,
}

impl ChunkAnswer {
    /// Decodes an answer. `None` if the bytes are no answer, or if any are left over. The
    /// results stay encoded: only their promises know the types.
    pub fn read(mut bytes: &[u8]) -> Option<Self> {
        let bytes = &mut bytes;
        let (chunk, ended) = (pack::take_u64(bytes)?, pack::take_u64(bytes)?);
        let count = pack::take_u32(bytes)?;
        // Grows with what is there, not with what was declared: a wrong count cannot reserve
        // memory.
        let mut results = Vec::new();
        for _ in 0..count {
            results.push(read_result(bytes)?);
        }
        bytes.is_empty().then_some(Self { chunk, ended, results })
    }
}

/// One result: a mark of one byte, then the output or the three texts of an error.
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

/// What a worker function's error is to the holder of the future: its texts made printable,
/// and its worker named.
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
