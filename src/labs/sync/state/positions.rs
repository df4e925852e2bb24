//! Where the threads and processes of a run are in the code that is shown: the step that each
//! takes next, as its lane events tell it apart.
//!
//! ```text
//! thread   Step { verb, resource, value }   ──▶ "store counter = 1"
//! process  Waiting ─▶ "wait"    Acquired ─▶ "held"    Released, GaveUp ─▶ ""
//! listing  value += 1   #= store counter    ──▶ the thread stands here
//! ```

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::kit::event::{LaneEvent, LaneId, LaneKind, ResourceId};

/// What a process is at. It reports less than a thread: whether it waits, holds the tool, or
/// neither.
const WAITS: &str = "wait";
const HOLDS: &str = "held";

/// The next steps of the lanes that have not ended.
#[derive(Clone, Debug, Default)]
pub struct Positions {
    resources: HashMap<ResourceId, Arc<str>>,
    lanes: BTreeMap<LaneId, Position>,
    /// Threads and processes that have started: the number of the next one, by which it has its
    /// colour.
    started: usize,
}

#[derive(Clone, Debug)]
struct Position {
    name: Arc<str>,
    /// Its number among the threads of the run, in the order in which they started.
    number: usize,
    is_process: bool,
    /// `store counter = 1`, or one of the words for a process; empty between two steps.
    next: String,
}

impl Positions {
    pub fn apply(&mut self, lane: LaneId, event: &LaneEvent) {
        match event {
            LaneEvent::Started { name, kind } => {
                let is_process = matches!(kind, LaneKind::Process { .. });
                let (name, number) = (Arc::clone(name), self.started);
                self.started += 1;
                self.lanes.insert(lane, Position { name, number, is_process, next: String::new() });
            }
            LaneEvent::Defined { resource, name, .. } => {
                self.resources.insert(*resource, Arc::clone(name));
            }
            LaneEvent::Ended(_) => drop(self.lanes.remove(&lane)),
            _ => {
                if let Some(position) = self.lanes.get_mut(&lane) {
                    position.apply(event, &self.resources);
                }
            }
        }
    }

    /// The number and name of each lane with its next step, in the order of the lanes.
    pub fn all(&self) -> impl Iterator<Item = (usize, &str, &str)> {
        let known = self.lanes.values().filter(|position| !position.next.is_empty());
        known.map(|position| (position.number, &*position.name, position.next.as_str()))
    }
}

impl Position {
    fn apply(&mut self, event: &LaneEvent, resources: &HashMap<ResourceId, Arc<str>>) {
        let next = match event {
            LaneEvent::Step { resource, verb, value } => {
                let name = resources.get(resource).map_or("", |name| name);
                let value = value.map_or_else(String::new, |value| format!(" = {value}"));
                format!("{verb} {name}{value}")
            }
            LaneEvent::Waiting { .. } if self.is_process => WAITS.to_owned(),
            LaneEvent::Acquired { .. } if self.is_process => HOLDS.to_owned(),
            LaneEvent::Released { .. } | LaneEvent::GaveUp { .. } if self.is_process => {
                String::new()
            }
            _ => return,
        };
        self.next = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::event::{Ending, ResourceKind};

    #[test]
    fn a_thread_is_at_its_next_step_and_a_process_waits_or_holds() {
        let mut positions = Positions::default();
        let (thread, process, resource) = (LaneId(1), LaneId(2), ResourceId(0));
        let kinds = [LaneKind::Thread { os_tid: 1 }, LaneKind::Process { pid: 2 }];
        for ((lane, name), kind) in
            [(thread, "adder-1"), (process, "adder-2")].into_iter().zip(kinds)
        {
            positions.apply(lane, &LaneEvent::Started { name: name.into(), kind });
        }
        positions.apply(
            thread,
            &LaneEvent::Defined { resource, name: "counter".into(), kind: ResourceKind::Variable },
        );
        let at = |positions: &Positions| -> Vec<String> {
            positions.all().map(|(number, name, next)| format!("{number} {name}: {next}")).collect()
        };
        assert!(at(&positions).is_empty());
        let step = LaneEvent::Step { resource, verb: "store".into(), value: Some(3) };
        positions.apply(thread, &step);
        positions.apply(thread, &LaneEvent::Acquired { resource, depth: 1 });
        positions.apply(process, &LaneEvent::Waiting { resource, holder: None });
        assert_eq!(at(&positions), ["0 adder-1: store counter = 3", "1 adder-2: wait"]);
        positions.apply(process, &LaneEvent::Acquired { resource, depth: 1 });
        positions.apply(thread, &LaneEvent::Ended(Ending::Returned));
        assert_eq!(at(&positions), ["1 adder-2: held"], "with the number that it had");
        positions.apply(process, &LaneEvent::Released { resource, depth: 0 });
        assert!(at(&positions).is_empty());
    }
}
