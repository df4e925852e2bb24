//! Runs that a user steps through, schedules as text, and reports.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::*;
use super::programs::{counter, list, philosophers, store_buffering};
use crate::kit::model::{OpResult, State};

/// Waits for a view that `holds`.
fn seen(handle: &StepHandle, holds: impl Fn(&RunView) -> bool) -> Arc<RunView> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(view) = handle.view().filter(|view| holds(view)) {
            return view;
        }
        assert!(Instant::now() < deadline, "never seen: {:?}", handle.view());
        std::thread::yield_now();
    }
}

/// Makes a move and waits for the view that follows from it.
fn make(handle: &StepHandle, user_move: UserMove) -> Arc<RunView> {
    let version = handle.view().map_or(0, |view| view.version);
    handle.make(user_move);
    seen(handle, |view| view.version > version)
}

/// Runs a program whose steps `user` takes.
fn stepped(program: Arc<dyn Program>, user: impl FnOnce(&StepHandle)) {
    let (scheduler, handle) = InteractiveScheduler::new();
    std::thread::scope(|scope| {
        let run = scope.spawn(|| explore(scheduler, program, &Config::default()));
        seen(&handle, |_| true);
        user(&handle);
        drop(handle);
        assert_eq!(run.join().unwrap().fault, None);
    });
}

#[test]
fn a_lost_update_is_made_and_undone_step_by_step() {
    let (a, b) = (ScheduleStep::Thread(0), ScheduleStep::Thread(1));
    stepped(counter(2), |handle| {
        for choice in [a, b, b, b, a] {
            assert_eq!(make(handle, UserMove::Step(choice)).end, None);
        }
        let lost = make(handle, UserMove::Step(a));
        assert!(matches!(&lost.end, Some(End::Broken(broken)) if broken.kind == "lost_update"));
        assert_eq!((lost.switches, lost.trace.len()), (1, 6));
        // Back to before the first thread's store: the other's update is there.
        let before = make(handle, UserMove::Undo);
        let model = before.trace.at(before.trace.len());
        let count = model.find("count").unwrap();
        assert_eq!(model.state(count), &State::Atomic(1));
        assert_eq!((before.end.clone(), before.undone.len()), (None, 1));
        let start = make(handle, UserMove::Seek(0));
        assert_eq!((start.trace.len(), start.undone.len()), (0, 6));
        let again = make(handle, UserMove::Redo);
        assert_eq!((again.trace.len(), again.undone.len()), (1, 5));
        let middle = make(handle, UserMove::Seek(4));
        assert_eq!((middle.trace.len(), middle.undone.len()), (4, 2));
        let end = make(handle, UserMove::Seek(6));
        assert!(end.end.is_some());
        // Another step from the middle forgets what was undone.
        make(handle, UserMove::Seek(1));
        let other = make(handle, UserMove::Step(a));
        assert!(other.undone.is_empty());
    });
}

#[test]
fn what_cannot_be_done_is_refused_and_nothing_is_lost() {
    stepped(philosophers(2, false), |handle| {
        make(handle, UserMove::Step(ScheduleStep::Thread(0)));
        make(handle, UserMove::Step(ScheduleStep::Thread(1)));
        let stuck = handle.view().unwrap();
        assert_eq!(stuck.end, Some(End::Deadlock { cycle: vec![0, 1] }));
        let refused = make(handle, UserMove::Step(ScheduleStep::Thread(0)));
        assert_eq!(refused.refused, Some(UserMove::Step(ScheduleStep::Thread(0))));
        let back = make(handle, UserMove::Undo);
        assert_eq!(back.end, None);
        let refused = make(handle, UserMove::Step(ScheduleStep::Thread(7)));
        assert_eq!(refused.refused, Some(UserMove::Step(ScheduleStep::Thread(7))));
        assert_eq!(refused.trace.len(), 1);
    });
}

#[test]
fn an_operation_is_finished_in_one_move_and_a_code_is_replayed() {
    stepped(list(2, false), |handle| {
        let one = make(handle, UserMove::Finish(0));
        assert_eq!(one.trace.len(), 3);
        let replayed = make(handle, UserMove::Replay(code::decode("ab3a").unwrap()));
        assert_eq!(replayed.trace.len(), 5);
        let astray = make(handle, UserMove::Replay(code::decode("a100").unwrap()));
        assert_eq!(astray.refused, Some(UserMove::Step(ScheduleStep::Thread(0))));
        assert_eq!(astray.trace.len(), 6);
    });
}

#[test]
fn leaving_in_the_middle_a_thousand_times_leaves_no_thread() {
    let program = list(2, true);
    for _ in 0..1000 {
        let (scheduler, handle) = InteractiveScheduler::new();
        handle.make(UserMove::Step(ScheduleStep::Thread(0)));
        handle.make(UserMove::Step(ScheduleStep::Thread(0)));
        drop(handle);
        // Returns only after its threads were joined.
        let outcome = explore(scheduler, Arc::clone(&program), &Config::default());
        assert_eq!(outcome.fault, None);
    }
    assert_eq!(Arc::strong_count(&program), 1);
}

#[test]
fn schedules_are_text_and_back() {
    for text in ["0", "a", "ab3a2", "zZA", "a12b"] {
        assert_eq!(code::encode(&code::decode(text).unwrap()), text);
    }
    assert!(code::decode("a2-").unwrap_err().to_string().starts_with("character 3:"));
    assert!(code::decode("a99999999999999999999").is_err());
    assert!(code::decode("3a").is_err());
}

#[test]
fn the_essential_part_of_a_schedule_leads_to_the_same_end() {
    let programs = [
        (counter(2), Memory::Sc),
        (list(3, false), Memory::Sc),
        (philosophers(3, false), Memory::Sc),
        (store_buffering(false), Memory::Tso),
    ];
    for (program, memory) in programs {
        let config = Config { memory, ..Config::default() };
        let found = simplest_failure(&program, &Limits::default(), &config).unwrap();
        let short = code::essential(&found.trace);
        assert!(short.len() <= found.trace.len());
        let text = code::encode(&short);
        let replay = Replay::new(code::decode(&text).unwrap());
        let again = explore(replay, program, &config).scheduler.found.unwrap();
        assert_eq!((again.end, again.trace.len()), (found.end, found.trace.len()), "{text}");
    }
}

#[test]
fn a_report_counts_all_and_shows_the_simplest_failure() {
    let options = |strategy| SearchOptions { strategy, seed: 1, limits: Limits::default() };
    let config = Config::default();
    let progress = Progress::default();
    let all = run_search(&list(3, false), options(Strategy::All), &config, &progress);
    assert_eq!((all.schedules, all.failures, all.is_complete()), (48_620, 48_600, true));
    assert_eq!(all.kinds, [("lost_update", 48_600)]);
    assert_eq!(all.simplest.map(|found| found.switches), Some(1));
    assert_eq!(progress.get().covered, 48_620);
    let proved = run_search(&list(3, true), options(Strategy::All), &config, &progress);
    assert_eq!((proved.schedules, proved.failures, proved.is_complete()), (20, 0, true));
    assert!(proved.simplest.is_none());
    let random =
        run_search(&list(3, false), options(Strategy::Random { runs: 50 }), &config, &progress);
    assert_eq!((random.schedules, random.is_complete()), (50, false));
}

#[test]
fn a_scheduler_is_asked_what_the_next_step_would_find() {
    stepped(counter(2), |handle| {
        let view = make(handle, UserMove::Step(ScheduleStep::Thread(1)));
        let model = view.trace.at(1);
        assert_eq!(model.would_find(0), Some(OpResult::Value(0)));
        assert_eq!(model.next(1).map(|next| next.op.verb()), Some("add 1"));
    });
}
