//! What the manager lets others see.

use super::super::view::{View, WorkerState, WorkerView};
use super::{Chunk, Manager, Slot};

impl Manager {
    pub(super) fn show(&self, ended: bool) {
        let mut view = self.shared.view();
        *view = View {
            workers: self.slots.iter().map(look).collect(),
            limit: self.limit,
            queued: self.queue.iter().map(|chunk| chunk.items.len()).sum(),
            lost: self.lost.iter().map(|chunk| chunk.items.len()).sum(),
            retried: self.retried,
            gone: self.gone.clone(),
            broken: self.broken.clone(),
            closed: view.closed || self.closing,
            ended,
            milestones: self.milestones,
        };
        drop(view);
        self.shared.changed.notify_all();
    }
}

fn look(slot: &Slot) -> WorkerView {
    let tasks = |chunk: &Chunk| chunk.items.iter().map(|item| item.id).collect();
    // The hello comes from the worker, its pid from the fork server: both are waited for.
    let pid = slot.process.pid();
    let ready_ns = slot.ready_ns.filter(|_| pid != 0);
    let state = match &slot.held {
        _ if slot.retiring => WorkerState::Ending,
        Some(chunk) if slot.stopped => WorkerState::Stopped(tasks(chunk)),
        Some(chunk) => WorkerState::Running(tasks(chunk)),
        None if ready_ns.is_none() => WorkerState::Starting,
        None => WorkerState::Idle,
    };
    WorkerView {
        name: slot.name.clone(),
        pid,
        state,
        done: slot.done,
        start_ns: ready_ns.map(|ready| ready.saturating_sub(slot.asked_ns)),
    }
}
