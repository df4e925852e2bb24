//! The threads of a run, from outside: started when a round needs them, parked
//! between rounds, let go when one needs fewer. Must not know what a round comes to.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::fact::{Fact, ThreadCounts};
use super::op::{Role, Who};
use super::shared::SharedList;
use super::worker::{Bench, Counters, Loan, StartLine, Turn, Worker};
use crate::kit::recorder::Recorder;
use crate::kit::stop::Stop;
use crate::kit::threads::ThreadGroup;

/// One thread, from outside.
#[derive(Debug)]
struct Hand {
    who: Who,
    counters: Arc<Counters>,
    /// Dropped to let the thread go.
    turns: Option<Sender<Loan>>,
    thread: ThreadGroup,
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.turns = None;
        // Its panic was told as its lane's ending.
        let _ = self.thread.join();
    }
}

/// All threads of a run. Dropping it lets all of them go and joins them.
#[derive(Debug)]
pub(super) struct Staff {
    bench: Arc<Bench>,
    recorder: Recorder<Fact>,
    clock_cost: f64,
    /// In the order of their places: adders, then removers.
    hands: Vec<Hand>,
    /// What came back from the round before, to be used again.
    spare: Vec<Turn>,
}

impl Staff {
    pub(super) fn new(bench: Arc<Bench>, recorder: Recorder<Fact>, clock_cost: f64) -> Self {
        Self {
            bench,
            recorder,
            clock_cost,
            hands: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// Sees to it that exactly so many threads are there.
    pub(super) fn keep(&mut self, adders: u8, removers: u8) -> Result<(), String> {
        let adders = (1..=adders).map(Who::adder);
        let wanted: Vec<_> = adders.chain((1..=removers).map(Who::remover)).collect();
        self.hands.retain(|hand| wanted.contains(&hand.who));
        for (place, who) in wanted.into_iter().enumerate() {
            if self.hands.get(place).is_none_or(|hand| hand.who != who) {
                let hand = self.hire(who)?;
                self.hands.insert(place, hand);
            }
        }
        Ok(())
    }

    fn hire(&self, who: Who) -> Result<Hand, String> {
        let (turns, orders) = bounded(1);
        let counters = Arc::new(Counters::default());
        let (bench, count) = (Arc::clone(&self.bench), Arc::clone(&counters));
        let cost = self.clock_cost;
        let mut thread = ThreadGroup::new("list", Stop::new());
        thread
            .spawn(&who.to_string(), &self.recorder, move |lane, _| {
                Worker::new(who, &bench, &count, lane, cost).work(&orders);
            })
            .map_err(|why| format!("no thread for {who}: {why}"))?;
        Ok(Hand {
            who,
            counters,
            turns: Some(turns),
            thread,
        })
    }

    /// Gives every thread its turn of `ops` operations on `list`; adders append what
    /// `values` gives. The turns come back through the receiver, which ends when
    /// none is out any more.
    pub(super) fn send_out(
        &mut self,
        list: &Arc<SharedList>,
        ops: usize,
        values: &[i64],
    ) -> Receiver<Turn> {
        let (back, returned) = unbounded();
        let line = Arc::new(StartLine::new(self.hands.len()));
        let mut parts = values.chunks(ops.max(1));
        for (place, hand) in self.hands.iter().enumerate() {
            let mut turn = self.spare.pop().unwrap_or_default();
            turn.begin(place, ops);
            if hand.who.role == Role::Adder {
                turn.values
                    .extend_from_slice(parts.next().unwrap_or_default());
            }
            let loan = Loan {
                turn,
                list: Arc::clone(list),
                line: Arc::clone(&line),
                back: back.clone(),
            };
            if let Some(turns) = &hand.turns {
                // A thread that is gone brings nothing back, which is noticed.
                let _ = turns.send(loan);
            }
        }
        returned
    }

    /// Takes turns back, to be used again.
    pub(super) fn take_back(&mut self, turns: Vec<Turn>) {
        self.spare = turns;
    }

    pub(super) fn who(&self) -> impl ExactSizeIterator<Item = Who> {
        self.hands.iter().map(|hand| hand.who)
    }

    /// What each thread has done since it began.
    pub(super) fn counts(&self) -> Vec<(Who, ThreadCounts)> {
        let count = |hand: &Hand| (hand.who, hand.counters.read());
        self.hands.iter().map(count).collect()
    }
}
