//! A made-up measurement of one thread, two threads and pools of 2 and 8 processes: for
//! tests and documentation pictures only. The shapes are those of a real run on two
//! cores; verdicts are computed from the made-up times by the lab's own code.

use std::sync::Arc;

use super::super::experiment::figures::{Mode, Parts, Sample, Variant};
use super::super::experiment::plan::Plan;
use super::super::experiment::work::Work;
use super::super::facts::{BreakEven, Fact, Tried};
use super::super::settings::{Start, Timing};
use crate::kit::event::{Ending, LaneEvent, LaneId, LaneKind, Stamped, What};
use crate::timeline::stat::Verdict;

const MAIN: LaneId = LaneId(0);
const US: u64 = 1000;

/// Nine rounds of five variants and a search for the break-even that finds one.
pub fn events() -> Vec<Stamped<Fact>> {
    let mut story = SampleRun::default();
    let kind = LaneKind::Thread { os_tid: 4700 };
    story.lane(MAIN, LaneEvent::Started { name: "main".into(), kind });
    story.fact(Fact::Began { plan: plan() });
    story.fact(Fact::Python { version: Some("3.14.0".into()), start: "fork".into(), why: None });
    for round in 1..=9 {
        // Rounds differ a little, so that ranges and medians are not equal.
        let late = round as u64 * 10;
        story.measure(round, Mode::Serial, 1, [0, 0, 0, 2 * US, 2 * US, 2 * US]);
        story.measure(
            round,
            Mode::Threads,
            2,
            [60, 80, 95, 110, 120, 150 + late].map(|us| us * US),
        );
        story.measure(
            round,
            Mode::Processes,
            2,
            [900, 1000, 1040, 1050, 1090, 1290 + late].map(|us| us * US),
        );
        story.measure(
            round,
            Mode::Processes,
            8,
            [3600, 4100, 4200, 4230, 4300, 4600 + late].map(|us| us * US),
        );
        story.measure(
            round,
            Mode::Python,
            2,
            [6000, 6000, 6400, 6420, 6500, 7200 + late].map(|us| us * US),
        );
    }
    for (work_us, serial_us, processes_us) in
        [(100, 1000, 1600), (400, 4000, 3300), (200, 2000, 2100), (300, 3000, 2700)]
    {
        let (serial_ns, processes_ns) = (f64::from(serial_us) * 1e3, f64::from(processes_us) * 1e3);
        story.fact(Fact::Tried(Tried {
            size: 2,
            work_ns: work_us * US,
            serial_ns,
            processes_ns,
            verdict: Verdict::of(&[(serial_ns, processes_ns); 6]),
        }));
    }
    let found = BreakEven {
        size: 2,
        work_ns: Some(300 * US),
        lost_ns: Some(100 * US),
        tried_to_ns: 400 * US,
    };
    story.fact(Fact::BreakEven(found));
    story.fact(Fact::Done);
    story.events
}

#[derive(Default)]
struct SampleRun {
    events: Vec<Stamped<Fact>>,
    now: u64,
    lanes: u32,
}

impl SampleRun {
    fn lane(&mut self, lane: LaneId, what: LaneEvent) {
        self.now += 10 * US;
        self.events.push(Stamped { at: self.now, lane, what: What::Lane(what) });
    }

    fn fact(&mut self, fact: Fact) {
        self.now += 10 * US;
        self.events.push(Stamped { at: self.now, lane: MAIN, what: What::Fact(fact) });
    }

    /// One run: its start, its processes, its sample. Moments in ns since its start, as
    /// for [`Parts::cut`].
    fn measure(&mut self, round: usize, mode: Mode, size: usize, moments: [u64; 6]) {
        let variant = Variant { mode, size };
        self.fact(Fact::VariantStarted { round, variant });
        let pids = if matches!(mode, Mode::Processes | Mode::Python) {
            self.workers(size)
        } else {
            Vec::new()
        };
        let parts_ns = Parts::cut(moments);
        let results: Arc<[u64]> = (1..=10).map(|n| n * n).collect();
        self.fact(Fact::Measured(Sample {
            variant,
            total_ns: parts_ns.total(),
            parts_ns,
            pids,
            results,
        }));
    }

    /// Processes that are started and end again, each with a lane and a pid of its own;
    /// returns the pids.
    fn workers(&mut self, size: usize) -> Vec<u32> {
        let lanes: Vec<_> = (0..size)
            .map(|index| LaneId(self.lanes + 1 + u32::try_from(index).unwrap_or(0)))
            .collect();
        for lane in &lanes {
            let kind = LaneKind::Process { pid: 5000 + lane.0 };
            self.lane(
                *lane,
                LaneEvent::Started { name: format!("process {}", lane.0).into(), kind },
            );
        }
        for lane in &lanes {
            self.lane(*lane, LaneEvent::Ended(Ending::Exited { code: 0 }));
        }
        self.lanes += u32::try_from(size).unwrap_or(0);
        lanes.iter().map(|lane| 5000 + lane.0).collect()
    }
}

fn plan() -> Plan {
    Plan {
        sizes: vec![2, 8],
        from: 1,
        to: 10,
        work: Work::Square,
        repeat: 9,
        chunk: None,
        start: Start::Spawn,
        python: true,
        break_even: true,
        timing: Timing::Whole,
    }
}
