//! A lost update by a fixed schedule: for tests and documentation pictures only. The
//! program is really run, step by step, so the snapshots are those of a live run.

use std::sync::Arc;

use super::super::super::experiment::setup::Setup;
use super::super::super::experiment::snapshot::Snapshot;
use super::super::super::facts::Fact;
use crate::kit::event::{LaneEvent, LaneId, LaneKind, Stamped, What};
use crate::kit::explore::{Config, Replay, RunView, ScheduleStep, Trace, explore};
use crate::programs::{self, code};

/// The first thread reads, the second does all of its work, the first continues with the
/// value that it had read.
const SCHEDULE: [u8; 6] = [0, 1, 1, 1, 0, 0];

pub fn events() -> Vec<Stamped<Fact>> {
    let started =
        LaneEvent::Started { name: "main".into(), kind: LaneKind::Thread { os_tid: 4800 } };
    let facts = facts().into_iter().map(What::Fact);
    let whats = std::iter::once(What::Lane(started)).chain(facts);
    (0..)
        .zip(whats)
        .map(|(at, what)| Stamped { at: at * 1_000_000, lane: LaneId(0), what })
        .collect()
}

fn facts() -> Vec<Fact> {
    let program = programs::ALL[0];
    let setup = Setup { program, case: program.usual() };
    let mut facts = vec![Fact::Program { setup }];
    let schedule = SCHEDULE.map(ScheduleStep::Thread).to_vec();
    let config = Config::default();
    let replayed =
        explore(Replay::new(schedule), Arc::clone(&program.prepare(setup.case)), &config);
    if let Some(found) = replayed.scheduler.found {
        let trace = found.trace;
        facts.extend((0..trace.len()).map(|steps| Fact::Snapshot(Box::new(held(&trace, steps)))));
        let view = RunView {
            ready: trace.at(trace.len()).ready(),
            switches: found.switches,
            end: Some(found.end),
            undone: Vec::new(),
            refused: None,
            version: 0,
            trace,
        };
        let code = code::encode(program, setup.case, &view.trace);
        facts.push(Fact::Snapshot(Box::new(Snapshot::of(&view, code))));
    }
    facts
}

fn held(trace: &Trace, steps: usize) -> Snapshot {
    Snapshot::after(trace, steps, trace.at(steps).ready(), String::new())
}
