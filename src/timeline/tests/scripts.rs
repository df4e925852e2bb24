//! Scripted lane events give the expected lanes, waits and blame.

use super::*;
use crate::kit::event::{Pause, TaskOutcome};
use crate::scene::{EdgeKind, LaneRank, Span, Tone};

#[test]
fn a_lane_shows_what_it_does_from_start_to_end() {
    let mut script = Script::with(&["add"], &["lock"]);
    script
        .at(10, 0, wants(0, None))
        .at(15, 0, got(0))
        .at(20, 0, released(0))
        .at(30, 0, LaneEvent::Sleeping { pause: Pause::Exercise, for_ns: 5_000 })
        .at(35, 0, LaneEvent::Running)
        .at(40, 0, ended());
    assert_eq!(
        script.activities(0),
        [
            (0, 10, Activity::Running),
            (10, 15, Activity::Waiting),
            (15, 20, Activity::Holding),
            (20, 30, Activity::Running),
            (30, 35, Activity::Sleeping),
            (35, 40, Activity::Running),
        ]
    );
    assert_eq!(script.row(0).state, Span::new("returned", Tone::Good));
}

#[test]
fn a_holder_of_two_locks_holds_until_it_has_released_both() {
    let mut script = Script::with(&["add"], &["A", "B"]);
    script.at(1, 0, got(0)).at(2, 0, got(1));
    assert_eq!(script.row(0).state.text, "holding A and B");
    script.at(3, 0, released(0));
    assert_eq!(script.row(0).state.text, "holding B");
    assert_eq!(script.timeline.activity(LaneId(0)), Activity::Holding);
    script.at(4, 0, released(1));
    assert_eq!(script.timeline.activity(LaneId(0)), Activity::Running);
    assert_eq!(script.activities(0)[1], (1, 4, Activity::Holding));
}

#[test]
fn a_lock_taken_twice_is_held_until_the_outer_release() {
    let mut script = Script::with(&["add"], &["R"]);
    script.at(1, 0, got(0)).at(2, 0, got_deep(0, 2));
    assert_eq!(script.row(0).state.text, "holding R (2 deep)");
    script.at(3, 0, released_to(0, 1));
    assert_eq!(script.timeline.activity(LaneId(0)), Activity::Holding);
    script.at(4, 0, released(0));
    assert_eq!(script.timeline.activity(LaneId(0)), Activity::Running);
}

#[test]
fn a_guard_may_be_released_by_another_lane() {
    let mut script = Script::with(&["a", "b"], &["L"]);
    script.at(1, 0, got(0)).at(5, 1, released(0));
    assert_eq!(script.timeline.activity(LaneId(0)), Activity::Running);
    assert!(script.timeline.picture().holders.is_empty());
}

#[test]
fn a_lost_release_is_corrected_by_the_next_holder() {
    let mut script = Script::with(&["a", "b"], &["L"]);
    script.at(1, 0, got(0)).at(5, 1, got(0));
    assert_eq!(script.timeline.activity(LaneId(0)), Activity::Running);
    assert_eq!(script.timeline.activity(LaneId(1)), Activity::Holding);
}

#[test]
fn old_news_of_another_lane_does_not_take_a_lock_from_its_holder() {
    let mut script = Script::with(&["a", "b"], &["L"]);
    script.at(6, 1, got(0)).at(2, 0, got(0)).at(5, 0, released(0));
    assert_eq!(script.timeline.activity(LaneId(0)), Activity::Running);
    assert_eq!(script.timeline.picture().holders[&ResourceId(0)], [LaneId(1)].into());
}

#[test]
fn two_lanes_that_wait_for_each_other_are_reported_as_a_deadlock() {
    let mut script = Script::with(&["adder", "remover"], &["A", "B"]);
    script.at(1, 0, got(0)).at(1, 1, got(1)).at(2, 0, wants(1, Some(1))).at(
        3,
        1,
        wants(0, Some(0)),
    );
    let now = 200_000_000;
    assert_eq!(
        script.timeline.deadlock(now).as_deref(),
        Some("Deadlock: adder holds A and waits for B, remover holds B and waits for A")
    );
    let graph = script.timeline.waits(now);
    assert_eq!((graph.nodes.len(), graph.edges.len()), (4, 4));
    assert!(graph.edges.iter().all(|edge| edge.cycle));
    // It may still be news that the next batch of events puts right.
    assert_eq!(script.timeline.deadlock(script.at), None);
}

#[test]
fn who_waits_for_a_deadlock_is_no_part_of_it() {
    let mut script = Script::with(&["a", "b", "c"], &["A", "B"]);
    script.at(1, 0, got(0)).at(1, 1, got(1)).at(2, 0, wants(1, None)).at(3, 1, wants(0, None)).at(
        4,
        2,
        wants(0, None),
    );
    let now = 1_000_000_000;
    let graph = script.timeline.waits(now);
    let waits = graph.edges.iter().filter(|e| e.kind == EdgeKind::WaitsFor);
    let cycle: Vec<_> = waits.map(|edge| edge.cycle).collect();
    assert_eq!(cycle, [true, true, false]);
    assert_eq!(script.timeline.picture().stuck().len(), 3);
}

#[test]
fn a_lane_that_waits_for_its_own_lock_is_a_circle_of_one() {
    let mut script = Script::with(&["a"], &["L"]);
    script.at(1, 0, got(0)).at(2, 0, wants(0, Some(0)));
    assert_eq!(
        script.timeline.deadlock(1_000_000_000).as_deref(),
        Some("Deadlock: a waits for L, which it holds itself")
    );
}

#[test]
fn a_permit_that_somebody_can_give_back_is_no_deadlock() {
    let mut script = Script::with(&["a", "b", "c"], &["L"]);
    script
        .at(0, 0, defined(1, "S", ResourceKind::Semaphore))
        .at(1, 0, got(1))
        .at(1, 1, got(1))
        .at(2, 2, got(0))
        .at(3, 2, wants(1, None))
        .at(4, 0, wants(0, None));
    let now = 1_000_000_000;
    assert_eq!(script.timeline.deadlock(now), None, "b can still release S");
    script.at(5, 1, wants(0, None));
    assert!(script.timeline.deadlock(now).is_some());
}

#[test]
fn a_lock_whose_holder_was_killed_is_waited_for_in_vain() {
    let mut script = Script::with(&["worker-1", "worker-2"], &["L"]);
    script.at(1, 0, got(0)).at(2, 1, wants(0, Some(0))).at(3, 0, killed());
    assert_eq!(
        script.timeline.deadlock(1_000_000_000).as_deref(),
        Some("worker-2 waits for L for ever: worker-1 held it when it died")
    );
}

#[test]
fn a_thread_that_returns_holds_nothing_any_more() {
    let mut script = Script::with(&["a", "b"], &["L"]);
    script.at(1, 0, got(0)).at(2, 1, wants(0, Some(0))).at(3, 0, ended());
    assert_eq!(script.timeline.deadlock(1_000_000_000), None);
}

#[test]
fn a_wait_is_charged_to_the_holder_of_each_part_of_it() {
    let mut script = Script::with(&["a", "b", "c"], &["L"]);
    script
        .at(1, 0, got(0))
        .at(10, 2, wants(0, Some(0)))
        .at(14, 0, released(0))
        .at(14, 1, got(0))
        .at(15, 2, wants(0, Some(1)))
        .at(35, 1, released(0))
        .at(35, 2, got(0));
    let accounts: Vec<_> = script
        .timeline
        .ledger()
        .accounts()
        .map(|(charge, account)| {
            (charge.waiter.to_string(), charge.holder.as_deref().map(str::to_owned), account.total)
        })
        .collect();
    let charged = |holder: &str, ns| ("c".to_owned(), Some(holder.to_owned()), ns);
    assert_eq!(accounts, [charged("a", 5_000), charged("b", 20_000)]);
    let table = script.timeline.blame(script.at);
    let dearest: Vec<_> = table.rows[0].iter().map(|cell| cell.text.as_str()).collect();
    assert_eq!(dearest[..5], ["c", "b", "L", "20.0 µs", "20.0 µs"]);
}

#[test]
fn a_wait_under_way_is_blamed_so_far() {
    let mut script = Script::with(&["a", "b"], &["L"]);
    script.at(1, 0, got(0)).at(2, 1, wants(0, Some(0)));
    let table = script.timeline.blame(1_002_000);
    assert_eq!(table.rows[0][3].text, "1.00 ms");
    assert_eq!(script.timeline.ledger().total(), 0);
}

#[test]
fn a_lane_that_comes_back_under_its_name_goes_on_in_its_row() {
    let mut script = Script::with(&["add"], &[]);
    script.at(10, 0, ended()).at(20, 1, started("add")).at(30, 1, LaneEvent::Idle).at(
        40,
        1,
        ended(),
    );
    let chart = script.timeline.lanes(script.at, 0, 0, "");
    assert_eq!(chart.lanes.len(), 1);
    assert_eq!(
        script.activities(0),
        [(0, 10, Activity::Running), (20, 30, Activity::Running), (30, 40, Activity::Idle)]
    );
}

#[test]
fn two_living_lanes_of_one_name_have_a_row_each() {
    let script = Script::with(&["w", "w"], &[]);
    assert_eq!(script.timeline.lanes(1, 0, 0, "").lanes.len(), 2);
}

#[test]
fn a_release_and_the_acquisition_it_allowed_are_a_handoff() {
    let mut script = Script::with(&["a", "b"], &["L"]);
    script.at(1, 0, got(0)).at(2, 1, wants(0, Some(0))).at(5, 0, released(0)).at(6, 1, got(0));
    let handoffs: Vec<_> = script.timeline.handoffs().collect();
    assert_eq!(handoffs.len(), 1);
    assert_eq!((handoffs[0].from, handoffs[0].released), (LaneId(0), 5_000));
    assert_eq!((handoffs[0].to, handoffs[0].acquired), (LaneId(1), 6_000));
}

#[test]
fn a_paced_lane_stands_before_its_step() {
    let mut script = Script::with(&["a"], &[]);
    script
        .at(0, 0, defined(0, "length", ResourceKind::Variable))
        .at(1, 0, LaneEvent::Step { resource: ResourceId(0), verb: "store".into(), value: Some(3) })
        .at(1, 0, LaneEvent::Sleeping { pause: Pause::Pace, for_ns: 1 });
    assert_eq!(script.row(0).state.text, "before store 3 to length");
    assert_eq!(script.row(0).activity, Activity::Paused);
    script.at(9, 0, LaneEvent::Running);
    assert_eq!(script.row(0).activity, Activity::Running);
}

#[test]
fn the_filter_and_the_window_choose_what_is_shown() {
    let mut script = Script::with(&["add-1", "remove-1"], &["L"]);
    script.at(10, 0, got(0)).at(20, 0, released(0)).at(30, 0, LaneEvent::Idle);
    let chart = script.timeline.lanes(30_000, 10_000, 12_000, "ADD");
    assert_eq!((chart.from, chart.to), (8_000, 18_000));
    assert_eq!(chart.lanes.len(), 1);
    let segments: Vec<_> = chart.lanes[0].segments.iter().map(|s| (s.from, s.to)).collect();
    assert_eq!(segments, [(8_000, 10_000), (10_000, 18_000)]);
}

#[test]
fn every_event_is_a_sentence() {
    let mut script = Script::with(&["add-1", "remove-1"], &["list-lock"]);
    script.at(1, 0, got(0)).at(2, 1, wants(0, Some(0))).at(
        3,
        0,
        LaneEvent::TaskQueued { task: 7, label: text("7!") },
    );
    let sentence = |what: LaneEvent| script.timeline.describe(5_000, LaneId(1), &what);
    assert_eq!(sentence(got(0)), "got list-lock after a wait of 3.00 µs");
    assert_eq!(sentence(wants(0, Some(0))), "waits for list-lock, held by add-1");
    assert_eq!(sentence(released(0)), "released list-lock");
    assert_eq!(sentence(killed()), "was killed by SIGKILL");
    assert_eq!(
        sentence(LaneEvent::TaskEnded {
            task: 7,
            outcome: TaskOutcome::Failed { error: "boom".into() }
        }),
        "failed at 7!: boom"
    );
    assert_eq!(
        sentence(LaneEvent::Sleeping { pause: Pause::Window, for_ns: 50_000_000 }),
        "is sleeping 50.0 ms to widen the race window"
    );
    assert_eq!(script.timeline.sentence(5_000, LaneId(1), &LaneEvent::Running), None);
    // A wait that goes on is not reported again when its holder changes.
    assert_eq!(script.timeline.sentence(5_000, LaneId(1), &wants(0, None)), None);
    assert!(script.timeline.sentence(5_000, LaneId(0), &wants(0, None)).is_some());
}

#[test]
fn tasks_are_followed_from_queue_to_end() {
    let mut script = Script::with(&["w1"], &[]);
    script.at(1, 0, LaneEvent::TaskQueued { task: 1, label: text("5!") }).at(
        4,
        0,
        LaneEvent::TaskStarted { task: 1, label: text("5!") },
    );
    assert_eq!(script.row(0).state.text, "running 5!");
    script.at(9, 0, LaneEvent::TaskEnded { task: 1, outcome: TaskOutcome::Finished });
    let times = [Some(1), Some(4), Some(9)];
    assert_eq!(script.tasks(), [("5!", Some(TaskOutcome::Finished), Some(0), times)]);
    assert_eq!(script.row(0).state.text, "running");
}

#[test]
fn memory_is_bounded_whatever_comes_and_goes() {
    let mut script = Script::new();
    for round in 0..6_000u32 {
        let at = u64::from(round) * 100;
        let lock = round;
        script
            .at(at, round, started(&format!("worker {round}")))
            .at(at, round, defined(lock, &format!("lock {round}"), ResourceKind::Lock))
            .at(at + 1, round, wants(lock, None))
            .at(at + 2, round, got(lock))
            .at(at + 3, round, LaneEvent::TaskQueued { task: round.into(), label: text("task") })
            .at(at + 4, round, released(lock))
            .at(at + 5, round, killed());
    }
    let timeline = &script.timeline;
    assert!(timeline.lanes.len() <= 2048 && timeline.named.len() <= 2048);
    assert!(timeline.resources.iter().count() <= 4096);
    assert!(timeline.tasks().count() <= 4096);
    assert!(timeline.ledger().accounts().count() <= 128);
    assert!(timeline.handoffs().count() <= ROOM);
    assert_eq!(timeline.ledger().total(), 6_000 * 1_000, "but every wait counts");
    let latest = timeline.lanes(script.at, 1_000_000, 0, "").lanes;
    assert_eq!(latest.last().map(|lane| lane.name.as_str()), Some("worker 5999"));
}

#[test]
fn intervals_of_all_lanes_together_have_their_room() {
    let mut script = Script::new();
    for lane in 0..1024 {
        script.at(0, lane, started(&format!("worker {lane}")));
    }
    for update in 0..400u64 {
        for lane in 0..1024 {
            let what = if update % 2 == 0 { LaneEvent::Idle } else { LaneEvent::Running };
            script.at(update + 1, lane, what);
        }
    }
    let histories = script.timeline.histories(script.at);
    let kept: usize = histories.iter().map(|lane| lane.intervals.len()).sum();
    assert!(kept <= 2 * ROOM, "{kept}");
    assert!(histories.iter().all(|lane| lane.coarse && lane.intervals[0].from == 0));
}

#[test]
fn lanes_stay_in_the_order_of_their_starts_and_those_that_live_are_known() {
    let mut script = Script::new();
    for (lane, name) in [(0, "main"), (1, "w1"), (2, "w2"), (3, "w3")] {
        script.at(0, lane, started(name));
    }
    script.at(1, 1, ended());
    let chart = script.timeline.lanes(script.at, 0, 0, "");
    let ranks: Vec<_> = chart.lanes.iter().map(|lane| (lane.name.as_str(), lane.rank)).collect();
    let (living, ended) = (LaneRank::Living, LaneRank::Ended);
    assert_eq!(ranks, [("main", living), ("w1", ended), ("w2", living), ("w3", living)]);
}

#[test]
fn each_thread_has_a_colour_of_its_own_and_the_driver_none() {
    let tones = |names: &[&str]| {
        let script = Script::with(names, &[]);
        let lanes = script.timeline.lanes(script.at, 0, 0, "").lanes;
        lanes.iter().map(|lane| lane.tone).collect::<Vec<_>>()
    };
    let own = Tone::of_thread;
    assert_eq!(tones(&["main", "a", "b"]), [Tone::Dim, own(0), own(1)]);
    assert_eq!(tones(&["a", "main", "b"]), [own(0), Tone::Dim, own(1)]);
    assert_eq!(tones(&["a", "b"]), [own(0), own(1)]);
    let mut driven = Timeline::driven_by("script");
    for (id, name) in (0..).zip(["main", "script", "a"]) {
        driven.apply(0, LaneId(id), &started(name));
    }
    assert_eq!([0, 1, 2].map(|id| driven.tone_of(LaneId(id))), [own(0), Tone::Dim, own(1)]);
}

#[test]
fn a_snapshot_keeps_the_latest_tasks_and_every_lock() {
    let mut script = Script::new();
    script.at(0, 0, started("a")).at(0, 0, defined(0, "list", ResourceKind::Lock));
    for task in 1..=1_000_u32 {
        let label = text("task");
        script.at(u64::from(task), 0, defined(task, "future", ResourceKind::Future)).at(
            u64::from(task),
            0,
            LaneEvent::TaskQueued { task: task.into(), label },
        );
    }
    let snapshot = script.timeline.snapshot();
    let tasks: Vec<_> = snapshot.tasks().map(|(id, _)| id).collect();
    assert_eq!((tasks.len(), tasks.last()), (256, Some(&1_000)));
    assert_eq!(&*snapshot.resource(ResourceId(0)), "list");
    assert_eq!(&*snapshot.resource(ResourceId(1_000)), "future");
    assert!(snapshot.resources.iter().count() <= 258);
}
