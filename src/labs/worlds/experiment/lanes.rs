//! What the threads of the latest run did, moment by moment: under the GIL model, and without
//! it. Pure.
//!
//! Only the first round of a pass has lanes, so a picture of them lasts until the next pass.
//! Both runs are shown over the same length of time, or a short one would look as long.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::kit::event::{LaneEvent, LaneId};
use crate::scene::{Activity, LaneChart, LaneRow, Segment, Span, units};
use crate::timeline::Timeline;

use super::kinds::{Strategy, Work};
use crate::lab::Words as _;

/// The lanes of one run of threads, folded.
#[derive(Clone, Debug, Default)]
pub struct ThreadLanes {
    timeline: Timeline,
    /// Its lanes by their names, and from when to when the run was.
    lanes: BTreeMap<Arc<str>, LaneId>,
    span: Range<u64>,
}

impl ThreadLanes {
    /// Folds an event, if it is one of a thread that does this work by this strategy, as its name
    /// says, or of one that is known by its start. A name that starts again begins another run:
    /// some threads of a run may have ended before the last of them starts.
    pub fn apply(&mut self, at: u64, lane: LaneId, what: &LaneEvent, of: (Work, Strategy)) {
        if let LaneEvent::Started { name, .. } = what {
            if !name.starts_with(&prefix(of.0, of.1)) {
                return;
            }
            if self.lanes.is_empty() || self.lanes.contains_key(name) {
                *self = Self { span: at..at, ..Self::default() };
            }
            self.lanes.insert(Arc::clone(name), lane);
        } else if !self.lanes.values().any(|known| *known == lane) {
            return;
        }
        self.span.end = at.max(self.span.end);
        self.timeline.apply(at, lane, what);
    }

    /// How long it took from the first start to the last end, in ns; `None` before a run.
    fn length(&self) -> Option<u64> {
        let length = self.span.end - self.span.start;
        (length > 0).then_some(length)
    }

    /// The lanes over `length` ns from the first start on, by their numbers.
    fn chart(&self, length: u64, strategy: Strategy) -> LaneChart {
        let own = self.span.end - self.span.start;
        let mut chart = self.timeline.lanes(self.span.end, own.max(1), 0, "");
        chart.from = self.span.start;
        chart.to = self.span.start + length;
        chart.lanes.iter_mut().for_each(|lane| simplify(lane, strategy));
        chart.sort_by_number();
        chart
    }
}

/// The name of threads of this work and strategy, without their numbers.
pub fn prefix(work: Work, strategy: Strategy) -> String {
    format!("{}-{}-", work.word(), strategy.word())
}

/// The charts of two runs, one under the lock and one without, of one scale; `None` for one that
/// has not been run.
pub fn charts(gil: &ThreadLanes, threads: &ThreadLanes) -> [Option<LaneChart>; 2] {
    let length = gil.length().max(threads.length());
    let chart = |lanes: &ThreadLanes, strategy| {
        lanes.length().and(length).map(|length| lanes.chart(length, strategy))
    };
    [chart(gil, Strategy::Gil), chart(threads, Strategy::Threads)]
}

/// Shows what a thread did by whether it could run: under the lock its holder does, and one
/// that neither holds it nor waits for it is in a call that has given it up. Without it all are
/// runnable, and whether a core runs them is not seen. The row is named by the number of its thread
/// and ends with how long it was so.
fn simplify(lane: &mut LaneRow, strategy: Strategy) {
    if strategy == Strategy::Gil {
        for segment in &mut lane.segments {
            segment.activity = match segment.activity {
                Activity::Holding => Activity::Running,
                Activity::Running => Activity::Sleeping,
                other => other,
            };
        }
    }
    let running = |segment: &&Segment| segment.activity == Activity::Running;
    let ran: u64 = lane.segments.iter().filter(running).map(|it| it.to - it.from).sum();
    let number = lane.name.rsplit('-').next().unwrap_or_default();
    lane.name = format!("t{number}").into();
    let word = if strategy == Strategy::Gil { "ran" } else { "runnable" };
    lane.state = Span::from(format!("{word} {}", units::whole_nanos(ran)));
    lane.marks.clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::event::{Ending, LaneKind, ResourceId};

    const MS: u64 = 1_000_000;
    const GIL: ResourceId = ResourceId(0);

    /// Two threads of which each holds the lock for 5 ms, in turns, and another that has
    /// nothing to do with them.
    fn in_turns(lanes: &mut ThreadLanes, from: u64) {
        let mut one = |at: u64, lane: u32, what: LaneEvent| {
            lanes.apply(from + at * MS, LaneId(lane), &what, (Work::Cpu, Strategy::Gil));
        };
        let start = |name: &str| LaneEvent::Started {
            name: name.into(),
            kind: LaneKind::Thread { os_tid: 1 },
        };
        let wait = || LaneEvent::Waiting { resource: GIL, holder: None };
        let got = || LaneEvent::Acquired { resource: GIL, depth: 1 };
        let gave = || LaneEvent::Released { resource: GIL, depth: 0 };
        one(0, 8, start("cpu-gil-2"));
        one(0, 9, start("cpu-threads-1"));
        one(0, 8, got());
        one(0, 7, start("cpu-gil-1"));
        one(0, 7, wait());
        one(5, 8, gave());
        one(5, 7, got());
        one(5, 8, wait());
        one(9, 9, LaneEvent::Ended(Ending::Returned));
        one(10, 7, gave());
        one(10, 7, LaneEvent::Ended(Ending::Returned));
        one(10, 8, got());
        one(15, 8, gave());
        one(15, 8, LaneEvent::Ended(Ending::Returned));
    }

    fn described(chart: &LaneChart) -> Vec<String> {
        let lane = |lane: &LaneRow| {
            let segments = lane.segments.iter().map(|it| {
                let [from, to] = [it.from, it.to].map(|at| (at - chart.from) / MS);
                format!("{} {from}..{to}", it.activity.word())
            });
            let segments: Vec<_> = segments.collect();
            format!("{}: {}; {}", lane.name, segments.join(", "), lane.state.text)
        };
        chart.lanes.iter().map(lane).collect()
    }

    #[test]
    fn under_the_lock_one_thread_runs_at_a_time() {
        let mut gil = ThreadLanes::default();
        assert_eq!(charts(&gil, &ThreadLanes::default()), [None, None]);
        in_turns(&mut gil, 3 * MS);
        let [chart, none] = charts(&gil, &ThreadLanes::default());
        let chart = chart.unwrap();
        assert_eq!((chart.from, chart.to, none), (3 * MS, 18 * MS, None));
        assert_eq!(
            described(&chart),
            [
                "t1: waiting 0..5, running 5..10; ran 5.00 ms",
                "t2: running 0..5, waiting 5..10, running 10..15; ran 10.0 ms",
            ]
        );
    }

    #[test]
    fn the_next_run_replaces_the_last_one() {
        let mut gil = ThreadLanes::default();
        in_turns(&mut gil, 0);
        in_turns(&mut gil, 900 * MS);
        let [chart, _] = charts(&gil, &ThreadLanes::default());
        let chart = chart.unwrap();
        assert_eq!((chart.from, chart.lanes.len()), (900 * MS, 2));
        assert!(described(&chart)[0].starts_with("t1: waiting 0..5"), "{:?}", described(&chart));
    }

    #[test]
    fn both_runs_have_the_scale_of_the_longer_one() {
        let (mut gil, mut threads) = (ThreadLanes::default(), ThreadLanes::default());
        in_turns(&mut gil, 0);
        let kind = LaneKind::Thread { os_tid: 1 };
        let start = LaneEvent::Started { name: "cpu-threads-1".into(), kind };
        let of = (Work::Cpu, Strategy::Threads);
        threads.apply(40 * MS, LaneId(3), &start, of);
        threads.apply(44 * MS, LaneId(3), &LaneEvent::Ended(Ending::Returned), of);
        let [long, short] = charts(&gil, &threads).map(Option::unwrap);
        assert_eq!((long.to - long.from, short.to - short.from), (15 * MS, 15 * MS));
        assert_eq!(described(&short), ["t1: running 0..4; runnable 4.00 ms"]);
    }
}
