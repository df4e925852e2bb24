//! The threads of a run, as the driver sees them: started when a round needs them, parked
//! at their channel between rounds, ended when a round needs fewer.
//!
//! Threads are kept from round to round because starting one takes longer than a short
//! round. Only the driver calls this; nothing here waits for a thread except ending it,
//! which happens between rounds, when the thread waits for a batch.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::super::facts::{Fact, ThreadCounts};
use super::op::{Role, WorkerId};
use super::shared::SharedList;
use super::worker::{Assignment, Batch, Controls, Counters, StartBarrier, Worker};
use crate::kit::recorder::Recorder;
use crate::kit::stop::Stop;
use crate::kit::threads::ThreadGroup;
use crate::lab::Interrupt;

/// One thread, from outside. Dropping it ends the thread and waits for it.
#[derive(Debug)]
struct WorkerHandle {
    who: WorkerId,
    counters: Arc<Counters>,
    /// The only sender, so dropping it closes the channel, which ends the thread after
    /// its batch. `None` only during the drop.
    batches: Option<Sender<Assignment>>,
    /// A group of one, which can be ended without the others. Its stop is never requested
    /// before it is joined: the thread sees the stop of the run, through the step
    /// controller.
    thread: ThreadGroup,
}

impl Drop for WorkerHandle {
    fn drop(&mut self) {
        // Before the join, which would otherwise wait for ever for a thread that waits
        // for a batch.
        self.batches = None;
        // A panic was already reported as the end of its lane.
        let _ = self.thread.join();
    }
}

/// All threads of a run. Dropping it ends and joins all of them, one after the other:
/// after a stop that takes as long as the slowest needs to see it.
#[derive(Debug)]
pub struct Workers {
    controls: Arc<Controls>,
    recorder: Recorder<Fact>,
    clock_cost: f64,
    /// In the order of their numbers in the versions: adders, then removers.
    handles: Vec<WorkerHandle>,
    /// Batches of the round before, to be used again: their memory has the right size
    /// already.
    spare: Vec<Batch>,
}

impl Workers {
    /// Makes a set without threads; `clock_cost` is what one reading of the clock costs,
    /// in ns.
    pub fn new(controls: Arc<Controls>, recorder: Recorder<Fact>, clock_cost: f64) -> Self {
        Self { controls, recorder, clock_cost, handles: Vec::new(), spare: Vec::new() }
    }

    /// Starts and ends threads until there are exactly these numbers of them. Only
    /// between rounds: ending a thread waits for its batch.
    ///
    /// # Errors
    /// [`Interrupt::Failed`] if the system has no thread left. Those started so far stay.
    pub fn resize(&mut self, adders: u8, removers: u8) -> Result<(), Interrupt> {
        let adders = (1..=adders).map(WorkerId::adder);
        let wanted: Vec<_> = adders.chain((1..=removers).map(WorkerId::remover)).collect();
        // After this, what is left is a part of `wanted` in the same order, so a gap is
        // found by comparing place by place.
        self.handles.retain(|handle| wanted.contains(&handle.who));
        for (index, who) in wanted.into_iter().enumerate() {
            if self.handles.get(index).is_none_or(|handle| handle.who != who) {
                let handle = self.spawn(who)?;
                self.handles.insert(index, handle);
            }
        }
        Ok(())
    }

    /// Starts a thread with a lane of its own, named like the thread of the experiment.
    /// It waits at its channel until a round assigns it a batch.
    fn spawn(&self, who: WorkerId) -> Result<WorkerHandle, Interrupt> {
        // A round assigns one batch to each thread and collects it before the next, so
        // the sender never waits.
        let (batches, assignments) = bounded(1);
        let counters = Arc::new(Counters::default());
        let (controls, count) = (Arc::clone(&self.controls), Arc::clone(&counters));
        let cost = self.clock_cost;
        let mut thread = ThreadGroup::new("list", Stop::new());
        thread
            .spawn(&who.to_string(), &self.recorder, move |lane, _| {
                Worker::new(who, &controls, &count, lane, cost).work(&assignments);
            })
            .map_err(|why| Interrupt::Failed(format!("no thread for {who}: {why}")))?;
        Ok(WorkerHandle { who, counters, batches: Some(batches), thread })
    }

    /// Sends every thread its batch of `ops` operations on `list`; adders append what
    /// `values` contains, `ops` values each. The batches come back through the receiver,
    /// which disconnects when none is outstanding any more.
    pub fn assign(
        &mut self,
        list: &Arc<SharedList>,
        ops: usize,
        values: &[i64],
    ) -> Receiver<Batch> {
        let (back, returned) = unbounded();
        let barrier = Arc::new(StartBarrier::new(self.handles.len()));
        let mut parts = values.chunks(ops.max(1));
        for (index, handle) in self.handles.iter().enumerate() {
            let mut batch = self.spare.pop().unwrap_or_default();
            batch.begin(index, ops);
            if handle.who.role == Role::Adder {
                batch.values.extend_from_slice(parts.next().unwrap_or_default());
            }
            let assignment = Assignment {
                batch,
                list: Arc::clone(list),
                barrier: Arc::clone(&barrier),
                back: back.clone(),
            };
            if let Some(batches) = &handle.batches {
                // A thread that is gone does not return its batch, and the driver sees
                // that.
                let _ = batches.send(assignment);
            }
        }
        returned
    }

    pub fn recycle(&mut self, batches: Vec<Batch>) {
        self.spare = batches;
    }

    pub fn who(&self) -> impl ExactSizeIterator<Item = WorkerId> {
        self.handles.iter().map(|handle| handle.who)
    }

    /// What each thread has done since it started. Possible at any time, also while the
    /// threads work: the counters are exact atomics, of which each operation is counted
    /// when it has ended.
    pub fn counts(&self) -> Vec<(WorkerId, ThreadCounts)> {
        let count = |handle: &WorkerHandle| (handle.who, handle.counters.read());
        self.handles.iter().map(count).collect()
    }
}
