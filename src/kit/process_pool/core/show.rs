//! The view: what of the pool's state others can see.

use super::super::chunk::Chunk;
use super::super::slot::Slot;
use super::super::view::{PoolView, WorkerState, WorkerView};
use super::Core;

impl Core {
    /// A snapshot of everything that a screen or a test may ask for. Its cost is one small copy
    /// for each worker.
    pub fn view(&self) -> PoolView {
        PoolView {
            workers: self.slots.iter().map(view_of).collect(),
            limit: self.limit,
            queued: self.queued,
            lost: self.lost.iter().map(|chunk| chunk.items.len()).sum(),
            retried: self.retried,
            gone: self.gone.clone(),
            gone_earlier: self.gone_earlier,
            shortage: self.shortage.clone(),
            broken: self.broken.clone(),
            closed: self.closing,
            ended: self.ended,
            milestones: self.milestones,
        }
    }

    pub fn ready(&self) -> usize {
        self.slots.iter().filter(|slot| is_ready(slot)).count()
    }
}

/// The hello comes from the worker and its pid from the fork server, in either order: a worker
/// is shown as ready when both are known, so that one without a pid is never shown as running.
fn is_ready(slot: &Slot) -> bool {
    slot.is_ready() && !slot.is_asked_for()
}

/// A slot's state as one word. The order of the arms decides: an end is shown before anything
/// else, and a worker with a chunk is running even if it is still starting.
fn view_of(slot: &Slot) -> WorkerView {
    let tasks = |chunk: &Chunk| chunk.items.iter().map(|item| item.id).collect();
    let ready_ns = slot.ready_ns.filter(|_| is_ready(slot));
    let state = match &slot.held {
        _ if slot.retiring => WorkerState::Ending,
        Some(chunk) if slot.stopped => WorkerState::Stopped(tasks(chunk)),
        Some(chunk) => WorkerState::Running(tasks(chunk)),
        None if ready_ns.is_none() => WorkerState::Starting,
        None => WorkerState::Idle,
    };
    WorkerView {
        name: slot.name.clone(),
        pid: slot.process.pid(),
        state,
        done: slot.done,
        start_ns: ready_ns.map(|ready| ready.saturating_sub(slot.asked_ns)),
    }
}
