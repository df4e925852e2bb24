//! The table of states: which states a merged search has met, and where the steps that were
//! taken there lead. One search and its [`Expander`](super::expander::Expander)s share it.
//!
//! Nothing in it depends on who wrote it, or when: a state's key, what is ready there and
//! where a step leads are facts about the program. A searcher that needs a fact that is not
//! there yet runs the program to find it.
//!
//! ```text
//! slots     │ 0 │ 2 │ 0 │ 1 │ ...     number of a record plus one, at a place given by its key
//!                 ╲   ╱
//! records   │ 0: key, ready {a, b}, parent 0, first edge 0 │ 1: key, ready {b}, ... │ ...
//!                                              ╱
//! edges     │ to 1 │ untried │ ended: held │ ...    one for each step of `ready`, in its order
//! ```
//!
//! A record has 32 bytes, an edge 4, a slot 4, and there are 1.3 to 2.7 slots for a record.

use parking_lot::{Condvar, Mutex};

use crate::kit::explore::key::Key;
use crate::kit::explore::model_state::ModelState;
use crate::kit::explore::schedule::{ScheduleStep, StepSet};

/// The number of a state in the table, in the order in which states were met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateId(pub u32);

/// A step at a state: the pair that an edge stands for.
pub type Choice = (StateId, ScheduleStep);

/// What is known of a step at a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Nothing, or that a run is on its way along it.
    Unknown,
    /// It leads to this state, in which these steps are ready.
    To { state: StateId, key: Key, ready: StepSet },
    /// It ends the run, with a failure of that kind or without one.
    Ended(Option<&'static str>),
}

/// Edges are numbers: that of the state that the step leads to, or one of these.
const UNTRIED: u32 = u32::MAX;
/// A run has been started along it; its result is not there yet, and may never come.
const CLAIMED: u32 = u32::MAX - 1;
/// The run ended without a failure. Those with a failure have the numbers below: this one
/// minus one, minus the number of the kind in `Table::kinds`.
const HELD: u32 = u32::MAX - 2;
/// No more edges than this, and so no more states: it leaves room for the numbers above.
const MOST_EDGES: usize = u32::MAX as usize - 1_000;

/// A state that was met.
#[derive(Debug)]
struct Record {
    key: Key,
    ready: StepSet,
    /// The state from which this one was first met; the first state is its own parent. Gives
    /// a schedule that leads here.
    parent: u32,
    /// Where its edges begin in `Table::edges`.
    first_edge: u32,
}

/// What is behind the mutex.
#[derive(Debug, Default)]
struct Table {
    records: Vec<Record>,
    edges: Vec<u32>,
    /// A hash table with open addressing and linear probing; 0 is an empty slot. Its length
    /// is a power of two.
    slots: Vec<u32>,
    /// The kinds of failure, in the order in which runs met them: an order of this table only.
    kinds: Vec<&'static str>,
    /// No state before this one has an untried edge.
    cursor: usize,
    /// Threads that wait for an untried edge.
    waiting: usize,
    closed: bool,
}

/// See the module. All methods may be called from any thread; each holds the mutex for some
/// 100 ns, but for [`States::claim_untried`], which waits.
#[derive(Debug, Default)]
pub struct States {
    table: Mutex<Table>,
    /// Notified when there may be an untried edge, and at the end.
    opened: Condvar,
}

impl States {
    /// The state of `key`, to which `from` leads, and whether it is new: then it is entered. Only
    /// the steps `kept` of those `ready` are to be tried there. `None` if the table is full.
    pub fn open(
        &self,
        from: Option<Choice>,
        key: Key,
        ready: StepSet,
        kept: StepSet,
    ) -> Option<(StateId, bool)> {
        let mut table = self.table.lock();
        let (state, new) = match table.find(key) {
            Ok(state) => (state, false),
            Err(_) if table.edges.len() >= MOST_EDGES => return None,
            Err(slot) => {
                let parent = from.map_or(StateId(0), |(parent, _)| parent);
                (table.insert(slot, parent, key, ready, kept), true)
            }
        };
        if let Some(from) = from {
            table.set(from, state.0);
        }
        if new && table.waiting > 0 {
            self.opened.notify_all();
        }
        Some((state, new))
    }

    /// Records that a step ends the run.
    pub fn end(&self, from: Choice, kind: Option<&'static str>) {
        let mut table = self.table.lock();
        let edge = kind.map_or(HELD, |kind| HELD - 1 - table.kind(kind));
        table.set(from, edge);
    }

    /// Records that a run along this edge has begun, so that no other searcher begins one.
    pub fn claim(&self, (state, choice): Choice) {
        let mut table = self.table.lock();
        let edge = table.edge(state, choice);
        if table.edges[edge] == UNTRIED {
            table.edges[edge] = CLAIMED;
        }
    }

    /// What is known of a step at a state.
    pub fn follow(&self, (state, choice): Choice) -> Edge {
        let table = self.table.lock();
        match table.edges[table.edge(state, choice)] {
            UNTRIED | CLAIMED => Edge::Unknown,
            HELD => Edge::Ended(None),
            kind if kind as usize > MOST_EDGES => {
                Edge::Ended(Some(table.kinds[(HELD - 1 - kind) as usize]))
            }
            state => {
                let Record { key, ready, .. } = table.records[state as usize];
                Edge::To { state: StateId(state), key, ready }
            }
        }
    }

    /// Claims an edge that no run was along, and returns the choices that lead over it from the
    /// first state. The oldest one: a search in depth tries it last. Waits until there is
    /// one; `None` when the table was closed, or has `most` states.
    pub fn claim_untried(&self, most: usize) -> Option<Vec<Choice>> {
        let mut table = self.table.lock();
        while !table.closed && table.records.len() < most {
            if let Some(choice) = table.claim_first() {
                return Some(table.schedule(choice));
            }
            table.waiting += 1;
            self.opened.wait(&mut table);
            table.waiting -= 1;
        }
        None
    }

    #[cfg(test)]
    pub fn waits(&self) -> bool {
        self.table.lock().waiting > 0
    }

    /// Ends the waits for untried edges, for good.
    pub fn close(&self) {
        self.table.lock().closed = true;
        self.opened.notify_all();
    }
}

impl Table {
    /// The state of a key, or the slot for it.
    fn find(&self, key: Key) -> Result<StateId, usize> {
        let mask = self.slots.len().wrapping_sub(1);
        #[expect(clippy::cast_possible_truncation, reason = "any bits of a hash will do")]
        let mut at = key.short() as usize & mask;
        loop {
            match self.slots.get(at) {
                None | Some(0) => return Err(at),
                Some(&number) if self.records[number as usize - 1].key == key => {
                    return Ok(StateId(number - 1));
                }
                Some(_) => at = (at + 1) & mask,
            }
        }
    }

    fn insert(
        &mut self,
        slot: usize,
        parent: StateId,
        key: Key,
        ready: StepSet,
        kept: StepSet,
    ) -> StateId {
        let number = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        let first_edge = u32::try_from(self.edges.len()).unwrap_or(u32::MAX);
        self.records.push(Record { key, ready, parent: parent.0, first_edge });
        let edge = |step| if kept.contains(step) { UNTRIED } else { CLAIMED };
        self.edges.extend(ready.into_iter().map(edge));
        if self.records.len() * 4 > self.slots.len() * 3 {
            self.grow();
        } else {
            self.slots[slot] = number + 1;
        }
        StateId(number)
    }

    /// Doubles the slots and enters all records again.
    fn grow(&mut self) {
        self.slots = vec![0; (self.slots.len() * 2).max(64)];
        for number in (1..).take(self.records.len()) {
            let key = self.records[number as usize - 1].key;
            if let Err(slot) = self.find(key) {
                self.slots[slot] = number;
            }
        }
    }

    /// The place of an edge in `edges`.
    fn edge(&self, state: StateId, choice: ScheduleStep) -> usize {
        let record = &self.records[state.0 as usize];
        record.first_edge as usize + record.ready.rank(choice)
    }

    /// Sets where a step leads. A fact, so it is the same if it is set again.
    fn set(&mut self, (state, choice): Choice, edge: u32) {
        let at = self.edge(state, choice);
        self.edges[at] = edge;
    }

    /// The number of a kind of failure.
    fn kind(&mut self, kind: &'static str) -> u32 {
        let known = self.kinds.iter().position(|&it| it == kind);
        let number = known.unwrap_or_else(|| {
            self.kinds.push(kind);
            self.kinds.len() - 1
        });
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// Claims the first untried edge; `None` if there is none at present.
    fn claim_first(&mut self) -> Option<Choice> {
        while let Some(record) = self.records.get(self.cursor) {
            let first = record.first_edge as usize;
            let edges = &mut self.edges[first..first + record.ready.len()];
            if let Some(untried) = edges.iter().position(|&edge| edge == UNTRIED) {
                edges[untried] = CLAIMED;
                let state = u32::try_from(self.cursor).unwrap_or(u32::MAX);
                return Some((StateId(state), record.ready.nth(untried)?));
            }
            self.cursor += 1;
        }
        None
    }

    /// The choices from the first state to `last`, that included: along the steps by which
    /// each state was first met.
    fn schedule(&self, last: Choice) -> Vec<Choice> {
        let mut schedule = vec![last];
        let mut state = last.0.0;
        while state != 0 {
            let parent = self.records[state as usize].parent;
            let Record { ready, first_edge, .. } = self.records[parent as usize];
            let edges = &self.edges[first_edge as usize..];
            let step = ready.into_iter().zip(edges).find(|&(_, &edge)| edge == state);
            // Set together with the parent, and never changed.
            let Some((step, _)) = step else { unreachable!("no step leads to a state") };
            schedule.push((StateId(parent), step));
            state = parent;
        }
        schedule.reverse();
        schedule
    }
}

/// The key under which the future of a state is remembered. Under a bound, what can still
/// happen also depends on the switches left, and on which thread's going on is no switch.
pub fn search_key(
    model: &ModelState,
    last: Option<ScheduleStep>,
    switches: u32,
    bound: Option<u32>,
) -> Key {
    let mut key = model.key();
    if bound.is_some() {
        key.take(u64::from(switches));
        key.take(last.map_or(u64::MAX, |last| last.thread() as u64));
    }
    key
}
