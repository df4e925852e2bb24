//! What holds for any events of lanes.

use proptest::prelude::*;

use super::*;
use crate::kit::event::{Pause, SampledState, TaskOutcome};
use crate::timeline::history::History;

const LANES: u32 = 4;
const LOCKS: u32 = 3;

fn resource() -> impl Strategy<Value = ResourceId> {
    (0..LOCKS).prop_map(ResourceId)
}

/// Anything that may happen in the life of a lane, whether it makes sense or not.
fn event() -> impl Strategy<Value = LaneEvent> {
    let task = (0..5u64).boxed();
    prop_oneof![
        4 => (resource(), prop::option::of((0..LANES + 1).prop_map(LaneId)))
            .prop_map(|(resource, holder)| LaneEvent::Waiting { resource, holder }),
        4 => (resource(), 1..3u32)
            .prop_map(|(resource, depth)| LaneEvent::Acquired { resource, depth }),
        4 => (resource(), 0..2u32)
            .prop_map(|(resource, depth)| LaneEvent::Released { resource, depth }),
        1 => resource().prop_map(|resource| LaneEvent::GaveUp { resource, why: "no".into() }),
        1 => Just(LaneEvent::Running),
        1 => Just(LaneEvent::Idle),
        1 => Just(LaneEvent::Sampled { state: SampledState::Gil }),
        1 => Just(LaneEvent::Paused),
        1 => Just(LaneEvent::Resumed),
        1 => Just(LaneEvent::Line { line: 3 }),
        1 => Just(LaneEvent::Sleeping { pause: Pause::Pace, for_ns: 9 }),
        1 => resource().prop_map(|resource| LaneEvent::Step {
            resource,
            verb: "load".into(),
            value: None,
        }),
        1 => Just(LaneEvent::Mark { label: text("+1") }),
        1 => task.clone().prop_map(|task| LaneEvent::TaskQueued { task, label: text("t") }),
        1 => task.clone().prop_map(|task| LaneEvent::TaskStarted { task, label: text("t") }),
        1 => task.prop_map(|task| LaneEvent::TaskEnded { task, outcome: TaskOutcome::Finished }),
    ]
}

/// Lives of a few lanes: what happens in each and how much later than the event before.
fn lives() -> impl Strategy<Value = Vec<Vec<(u64, LaneEvent)>>> {
    let life = prop::collection::vec((0..1000u64, event()), 0..60);
    prop::collection::vec(life, LANES as usize).prop_map(|mut lives| {
        for life in &mut lives {
            let mut at = 0;
            for (time, _) in life.iter_mut() {
                at += *time;
                *time = at;
            }
            life.push((at + 10, ended()));
        }
        lives
    })
}

/// The lives of lanes, one event at a time: `picks` gives the lane of each event; what is
/// left over comes lane by lane.
fn reported(lives: &[Vec<(u64, LaneEvent)>], picks: &[usize]) -> Timeline {
    let mut script = Script::with(&["a", "b", "c", "d"], &["A", "B", "C"]);
    let mut next = vec![0; lives.len()];
    let the_rest = (0..lives.len()).flat_map(|lane| vec![lane; lives[lane].len()]);
    for lane in picks.iter().map(|pick| pick % lives.len()).chain(the_rest) {
        if let Some((at, what)) = lives[lane].get(next[lane]) {
            script.timeline.apply(*at, LaneId(u32::try_from(lane).unwrap()), what);
            next[lane] += 1;
        }
    }
    script.timeline
}

fn waited(timeline: &Timeline) -> u64 {
    let lanes = timeline.histories(0);
    let intervals = lanes.iter().flat_map(|lane| &lane.intervals);
    // What the kernel says of a thread names no resource, so there is nothing to charge it to.
    let waits = intervals
        .filter(|interval| interval.activity == Activity::Waiting && interval.resource.is_some());
    waits.map(|wait| wait.to - wait.from).sum()
}

proptest! {
    #[test]
    fn intervals_of_a_lane_cover_its_life_without_overlap(
        lives in lives(),
        picks in prop::collection::vec(0..100usize, 0..200),
    ) {
        let timeline = reported(&lives, &picks);
        for (lane, life) in timeline.histories(0).iter().zip(&lives) {
            let ends: Vec<_> = lane.intervals.iter().map(|s| (s.from, s.to)).collect();
            prop_assert!(ends.iter().all(|(from, to)| from < to));
            prop_assert!(ends.windows(2).all(|pair| pair[0].1 == pair[1].0));
            let last = life.last().unwrap().0;
            prop_assert_eq!(ends.first().map(|ends| ends.0), Some(0));
            // Events of other lanes may end a hold later than the lane's own latest event.
            prop_assert!(ends.last().unwrap().1 >= last);
        }
    }

    #[test]
    fn what_is_charged_is_what_was_waited(
        lives in lives(),
        picks in prop::collection::vec(0..100usize, 0..200),
    ) {
        let timeline = reported(&lives, &picks);
        prop_assert_eq!(timeline.ledger().total(), waited(&timeline));
        let accounts: u64 = timeline.ledger().accounts().map(|(_, account)| account.total).sum();
        prop_assert_eq!(accounts, timeline.ledger().total());
    }

    #[test]
    fn the_order_among_lanes_does_not_change_how_long_each_waited(
        lives in lives(),
        picks in prop::collection::vec(0..100usize, 0..200),
        others in prop::collection::vec(0..100usize, 0..200),
    ) {
        let (one, two) = (reported(&lives, &picks), reported(&lives, &others));
        prop_assert_eq!(one.ledger().total(), two.ledger().total());
    }

    #[test]
    fn no_view_shows_more_than_the_lane_did(
        lives in lives(),
        from in 0..30_000u64,
        span in 1..30_000u64,
    ) {
        let timeline = reported(&lives, &[]);
        let chart = timeline.lanes(u64::MAX, span, from, "");
        prop_assert!(chart.from <= chart.to);
        for lane in &chart.lanes {
            let ends: Vec<_> = lane.segments.iter().map(|s| (s.from, s.to)).collect();
            prop_assert!(ends.iter().all(|(a, b)| chart.from <= *a && a < b && *b <= chart.to));
            prop_assert!(ends.windows(2).all(|pair| pair[0].1 <= pair[1].0));
            prop_assert!(lane.marks.iter().all(|m| chart.from <= m.at && m.at < chart.to));
        }
    }

    #[test]
    fn a_long_history_keeps_its_life_in_little_room(
        turns in prop::collection::vec((1..2_000u64, 0..4usize), 1..4_000),
        room in 128..512usize,
    ) {
        let mut history = History::default();
        let (mut at, mut last) = (0, 0);
        for (later, activity) in turns {
            at += later;
            history.update(at, Activity::ALL[activity], None, room);
            last = last.max(history.intervals(at).count());
        }
        let kept: Vec<_> = history.intervals(at + 1).collect();
        prop_assert!(last <= room + 2, "{} in {}", last, room);
        prop_assert!(kept.windows(2).all(|pair| pair[0].to == pair[1].from));
        prop_assert_eq!(kept.last().map(|s| s.to), Some(at + 1));
    }

    #[test]
    fn who_is_stuck_agrees_with_trying_every_set_of_lanes(waits in waits()) {
        let waiting: Vec<_> = waits.waiting.keys().copied().collect();
        let mut stuck = std::collections::BTreeSet::new();
        for set in 0..1u32 << waiting.len() {
            let inside: std::collections::BTreeSet<_> = waiting
                .iter()
                .enumerate()
                .filter(|(i, _)| set >> i & 1 == 1)
                .map(|(_, lane)| *lane)
                .collect();
            // A set that no lane outside of it can free.
            let lost = |lane: &LaneId| {
                let holders = waits.holders.get(&waits.waiting[lane]);
                holders.is_some_and(|all| {
                    !all.is_empty()
                        && all.iter().all(|h| inside.contains(h) || waits.dead.contains(h))
                })
            };
            if inside.iter().all(lost) {
                stuck.extend(inside);
            }
        }
        prop_assert_eq!(waits.stuck(), stuck);
    }

    #[test]
    fn cycles_agree_with_following_every_path(waits in waits()) {
        let stuck = waits.stuck();
        let blocked_by = |a: LaneId, b: LaneId| {
            stuck.contains(&a)
                && stuck.contains(&b)
                && waits.holders.get(&waits.waiting[&a]).is_some_and(|all| all.contains(&b))
        };
        let lanes: Vec<_> = (0..8).map(LaneId).collect();
        let mut reach: std::collections::BTreeSet<_> = lanes
            .iter()
            .flat_map(|a| lanes.iter().map(|b| (*a, *b)))
            .filter(|(a, b)| blocked_by(*a, *b))
            .collect();
        for via in &lanes {
            for a in &lanes {
                for b in &lanes {
                    if reach.contains(&(*a, *via)) && reach.contains(&(*via, *b)) {
                        reach.insert((*a, *b));
                    }
                }
            }
        }
        let cycles = waits.cycles();
        for cycle in &cycles {
            let next = cycle.iter().cycle().skip(1);
            prop_assert!(cycle.iter().zip(next).all(|(a, b)| blocked_by(*a, *b)), "{:?}", cycle);
        }
        for lane in &lanes {
            let on_one = cycles.iter().any(|cycle| cycle.contains(lane));
            prop_assert_eq!(on_one, reach.contains(&(*lane, *lane)), "{:?}", lane);
        }
    }
}

fn waits() -> impl Strategy<Value = Waits> {
    let lane = || (0..8u32).prop_map(LaneId);
    let lock = || (0..6u32).prop_map(ResourceId);
    let holders = prop_oneof![
        3 => prop::collection::btree_set(lane(), 1),
        1 => prop::collection::btree_set(lane(), 2..4),
    ];
    (
        prop::collection::btree_map(lock(), holders, 0..6),
        prop::collection::btree_map(lane(), lock(), 0..8),
        prop::collection::btree_set(lane(), 0..2),
    )
        .prop_map(|(holders, mut waiting, dead)| {
            waiting.retain(|lane, _| !dead.contains(lane));
            Waits { holders, waiting, dead }
        })
}
