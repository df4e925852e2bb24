//! Tasks on their way to a worker and back: some items of one job in one message.

use std::sync::Arc;

use crate::kit::child::{JobError, Payload};
use crate::kit::future::{Promise, TaskError};
use crate::kit::panics;
use crate::kit::wire::pack;

/// A promise without the type of its value.
pub(super) trait Settle: Send {
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
        // A panic here would take the manager along.
        let value = panics::capture(|| T::decode(bytes)).ok().flatten();
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

/// One task.
pub(super) struct Item {
    pub(super) id: u64,
    pub(super) input: Vec<u8>,
    pub(super) promise: Box<dyn Settle>,
}

/// Tasks that travel together.
pub(super) struct Chunk {
    pub(super) id: u64,
    pub(super) job: &'static str,
    pub(super) items: Vec<Item>,
    /// How often it was given to a worker.
    pub(super) attempts: u32,
}

impl Chunk {
    /// How the task is called in messages: `square #7`.
    pub(super) fn label(&self, item: &Item) -> Arc<str> {
        format!("{} #{}", self.job, item.id).into()
    }

    /// Drops what was cancelled, marks the rest as running, and writes it down for the
    /// worker; `None` if nothing is left.
    pub(super) fn begin(&mut self, worker: &Arc<str>) -> Option<Vec<u8>> {
        self.items.retain(|item| item.promise.start(worker));
        if self.items.is_empty() {
            return None;
        }
        self.attempts += 1;
        let mut payload = self.id.to_le_bytes().to_vec();
        pack::put_bytes(&mut payload, self.job.as_bytes());
        let count = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        payload.extend_from_slice(&count.to_le_bytes());
        for item in &self.items {
            pack::put_bytes(&mut payload, &item.input);
        }
        Some(payload)
    }

    /// Fails all of its tasks, each with its own error.
    pub(super) fn fail(self, mut error: impl FnMut(Arc<str>) -> TaskError) {
        let labels: Vec<_> = self.items.iter().map(|item| self.label(item)).collect();
        for (item, label) in self.items.into_iter().zip(labels) {
            item.promise.fail(error(label));
        }
    }

    /// Cancels all of its tasks that do not run yet.
    pub(super) fn cancel(self) {
        for item in self.items {
            item.promise.cancel();
        }
    }
}

/// A worker's answer to a chunk.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) chunk: u64,
    /// When the worker had done all of it, by the monotonic clock that all processes
    /// share, in nanoseconds.
    pub(super) ended: u64,
    pub(super) results: Vec<Result<Vec<u8>, JobError>>,
}

impl Answer {
    /// `None` if the bytes are no answer.
    pub(super) fn read(mut bytes: &[u8]) -> Option<Self> {
        let bytes = &mut bytes;
        let (chunk, ended) = (pack::take_u64(bytes)?, pack::take_u64(bytes)?);
        let count = pack::take_u32(bytes)?;
        // As many as there are, not as many as were declared: nothing is reserved unseen.
        let mut results = Vec::new();
        for _ in 0..count {
            results.push(read_result(bytes)?);
        }
        bytes.is_empty().then_some(Self {
            chunk,
            ended,
            results,
        })
    }
}

fn read_result(bytes: &mut &[u8]) -> Option<Result<Vec<u8>, JobError>> {
    match pack::take::<1>(bytes)? {
        [0] => pack::take_bytes(bytes).map(|output| Ok(output.to_vec())),
        [1] => {
            let (kind, message, place) = (
                pack::take_text(bytes)?,
                pack::take_text(bytes)?,
                pack::take_text(bytes)?,
            );
            Some(Err(JobError {
                kind,
                message,
                place,
            }))
        }
        _ => None,
    }
}

/// What a job's error is to the holder of the future.
pub(super) fn task_error(error: JobError, worker: &Arc<str>) -> TaskError {
    let (message, place, worker) = (error.message.into(), error.place.into(), Arc::clone(worker));
    if error.kind == JobError::PANIC {
        TaskError::Panicked {
            message,
            place,
            worker,
        }
    } else {
        TaskError::Failed {
            kind: error.kind.into(),
            message,
            place,
            worker,
        }
    }
}
