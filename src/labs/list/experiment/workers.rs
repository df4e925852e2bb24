//! The threads of a run, as the driver sees them: started when a round needs them, parked
//! between rounds, ended when one needs fewer.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::super::facts::{Fact, ThreadCounts};
use super::op::{Role, Who};
use super::shared::SharedList;
use super::worker::{Assignment, Batch, Controls, Counters, StartBarrier, Worker};
use crate::kit::recorder::Recorder;
use crate::kit::stop::Stop;
use crate::kit::threads::ThreadGroup;
use crate::lab::Interrupt;

/// One thread, from outside.
#[derive(Debug)]
struct WorkerHandle {
    who: Who,
    counters: Arc<Counters>,
    /// Dropped to end the thread.
    batches: Option<Sender<Assignment>>,
    thread: ThreadGroup,
}

impl Drop for WorkerHandle {
    fn drop(&mut self) {
        self.batches = None;
        // A panic was already reported as the end of its lane.
        let _ = self.thread.join();
    }
}

/// All threads of a run. Dropping it ends and joins all of them.
#[derive(Debug)]
pub struct Workers {
    controls: Arc<Controls>,
    recorder: Recorder<Fact>,
    clock_cost: f64,
    /// In the order of their places: adders, then removers.
    handles: Vec<WorkerHandle>,
    /// What came back from the round before, to be used again.
    spare: Vec<Batch>,
}

impl Workers {
    pub fn new(controls: Arc<Controls>, recorder: Recorder<Fact>, clock_cost: f64) -> Self {
        Self { controls, recorder, clock_cost, handles: Vec::new(), spare: Vec::new() }
    }

    /// Starts and ends threads until there are exactly these numbers of them.
    pub fn resize(&mut self, adders: u8, removers: u8) -> Result<(), Interrupt> {
        let adders = (1..=adders).map(Who::adder);
        let wanted: Vec<_> = adders.chain((1..=removers).map(Who::remover)).collect();
        self.handles.retain(|handle| wanted.contains(&handle.who));
        for (index, who) in wanted.into_iter().enumerate() {
            if self.handles.get(index).is_none_or(|handle| handle.who != who) {
                let handle = self.spawn(who)?;
                self.handles.insert(index, handle);
            }
        }
        Ok(())
    }

    fn spawn(&self, who: Who) -> Result<WorkerHandle, Interrupt> {
        let (batches, orders) = bounded(1);
        let counters = Arc::new(Counters::default());
        let (controls, count) = (Arc::clone(&self.controls), Arc::clone(&counters));
        let cost = self.clock_cost;
        let mut thread = ThreadGroup::new("list", Stop::new());
        thread
            .spawn(&who.to_string(), &self.recorder, move |lane, _| {
                Worker::new(who, &controls, &count, lane, cost).work(&orders);
            })
            .map_err(|why| Interrupt::Failed(format!("no thread for {who}: {why}")))?;
        Ok(WorkerHandle { who, counters, batches: Some(batches), thread })
    }

    /// Gives every thread its turn of `ops` operations on `list`; adders append what
    /// `values` gives. The turns come back through the receiver, which ends when
    /// none is out any more.
    pub fn assign(
        &mut self,
        list: &Arc<SharedList>,
        ops: usize,
        values: &[i64],
    ) -> Receiver<Batch> {
        let (back, returned) = unbounded();
        let line = Arc::new(StartBarrier::new(self.handles.len()));
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
                line: Arc::clone(&line),
                back: back.clone(),
            };
            if let Some(batches) = &handle.batches {
                // A thread that is gone brings nothing back, which is noticed.
                let _ = batches.send(assignment);
            }
        }
        returned
    }

    /// Takes turns back, to be used again.
    pub fn recycle(&mut self, batches: Vec<Batch>) {
        self.spare = batches;
    }

    pub fn who(&self) -> impl ExactSizeIterator<Item = Who> {
        self.handles.iter().map(|handle| handle.who)
    }

    /// What each thread has done since it began.
    pub fn counts(&self) -> Vec<(Who, ThreadCounts)> {
        let count = |handle: &WorkerHandle| (handle.who, handle.counters.read());
        self.handles.iter().map(count).collect()
    }
}
