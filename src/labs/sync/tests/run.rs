//! Real runs: each tool used correctly and misused, commands while it runs, and an end at
//! any time.

use std::time::Instant;

use super::super::experiment::step_mode::StepCommand;
use super::super::run::next_to_measure;
use super::super::settings::{PACE, SyncCommand, TOOL, Tools};
use super::*;
use crate::kit::event::LaneEvent;
use crate::kit::recorder::{EventReader, recorder};
use crate::lab::{ActionKind, Command, Entry, Run, SessionHandle};

/// Generous: others may compile on the same machine.
const LIMIT: Duration = Duration::from_secs(30);

/// Every run of a tool, correct use and misuses, is as it must be.
fn runs(tool: &str) {
    let run = run_to_end(&[("tool", tool), ("ops", "20"), ("workers", "3")]);
    let result = run.result();
    assert_eq!(result["not_run"], serde_json::json!([]));
    let runs = result["tools"].as_array().unwrap();
    assert_eq!(runs.len(), 1 + experiment::tools::named(tool).unwrap().misuses.len());
    for run in runs {
        assert_eq!(run["tool"], tool);
        assert_eq!(run["expected"], run["got"], "{run:#}");
        let proof = run["proof"].as_str().unwrap();
        assert!(proof.starts_with("holds in all "), "{run:#}");
        let misuse = &run["misuse"];
        if !misuse.is_null() {
            assert_ne!(misuse["expected"], misuse["got"], "{run:#}");
            assert!(misuse["finding"].is_string() && misuse["code"].is_string(), "{run:#}");
        }
        assert!(run["cost_ns"]["median"].as_f64() > Some(0.0), "{run:#}");
    }
}

fn run_to_end(set: &[(&str, &str)]) -> Box<dyn Run> {
    let mut run = Entry::of::<Sync>().open(settings(set)).unwrap();
    assert!(run.drain_to_end(LIMIT), "still not done");
    run
}

fn misuse_of(run: &dyn Run) -> serde_json::Value {
    run.result()["tools"][0]["misuse"].clone()
}

#[test]
fn the_lock_counts_whole_and_each_misuse_is_caught() {
    runs("lock");
}

#[test]
fn the_rlock_may_be_taken_again_and_each_misuse_is_caught() {
    runs("rlock");
}

#[test]
fn the_semaphore_admits_as_many_as_it_has_permits_and_each_misuse_is_caught() {
    runs("semaphore");
}

#[test]
fn the_condition_hands_each_item_over_once_and_each_misuse_is_caught() {
    runs("condition");
}

#[test]
fn the_event_lets_all_through_and_each_misuse_is_caught() {
    runs("event");
}

#[test]
fn the_barrier_keeps_rounds_apart_and_each_misuse_is_caught() {
    runs("barrier");
}

#[test]
fn the_queue_hands_each_item_over_once_and_each_misuse_is_caught() {
    runs("queue");
}

#[test]
fn opposite_orders_end_in_a_circle_of_two() {
    let run = run_to_end(&[("tool", "lock"), ("misuse", "order")]);
    assert_eq!(
        misuse_of(run.as_ref())["cycle"],
        "one holds A and waits for B; two holds B and waits for A"
    );
}

#[test]
fn a_plain_lock_taken_again_is_a_circle_of_one() {
    let run = run_to_end(&[("tool", "rlock"), ("misuse", "plain-lock")]);
    let misuse = misuse_of(run.as_ref());
    assert_eq!(misuse["cycle"], "twice holds lock and waits for lock");
}

#[test]
fn a_misuse_that_the_tool_does_not_have_is_refused() {
    let settings = settings(&[("tool", "lock"), ("misuse", "pulse")]);
    let started = SessionHandle::<Sync>::start(settings, recorder().0);
    assert_eq!(started.err().unwrap().to_string(), "tool=lock has no misuse=pulse");
}

/// A live run and what it has reported so far.
struct Live {
    lab: SessionHandle<Sync>,
    reader: EventReader<Fact>,
    state: State,
    started: usize,
    ended: usize,
}

impl Live {
    fn start(set: &[(&str, &str)]) -> Self {
        let mut settings = settings(set);
        settings.live = true;
        let (recorder, reader) = recorder();
        let state = Sync::state(&settings);
        Self {
            lab: SessionHandle::start(settings, recorder).unwrap(),
            reader,
            state,
            started: 0,
            ended: 0,
        }
    }

    fn drain(&mut self) {
        let Self { reader, state, started, ended, .. } = self;
        reader.drain(10_000, |event| {
            *started += usize::from(matches!(event.what, What::Lane(LaneEvent::Started { .. })));
            *ended += usize::from(matches!(event.what, What::Lane(LaneEvent::Ended(_))));
            Sync::apply(state, &event);
        });
    }

    fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            assert!(began.elapsed() < LIMIT, "no {what}");
            self.reader.wait(Duration::from_millis(20));
            self.drain();
        }
    }

    fn press(&mut self, key: char) {
        let mut actions = Sync::actions(&self.state).into_iter();
        let action = actions.find(|action| action.key == Key::Char(key));
        let Some(ActionKind::Press(command) | ActionKind::StepByStep(command)) =
            action.map(|action| action.kind)
        else {
            panic!("{key} does nothing");
        };
        self.lab.command(Command::Do(command));
    }

    fn press_x(&mut self) {
        self.press('x');
    }

    /// Drops the lab; every thread that has begun must have ended.
    fn end(self) {
        let Self { lab, mut reader, mut started, mut ended, .. } = self;
        drop(lab);
        let mut count = |event: crate::kit::event::Stamped<Fact>| match event.what {
            What::Lane(LaneEvent::Started { .. }) => started += 1,
            What::Lane(LaneEvent::Ended(_)) => ended += 1,
            _ => {}
        };
        while reader.drain(10_000, &mut count) > 0 {}
        assert_eq!(started, ended);
    }
}

#[test]
fn the_key_goes_through_the_misuses_and_back_to_the_correct_use() {
    let mut live = Live::start(&[("tool", "event"), ("misuse", "off"), ("pace", "0ms")]);
    live.until("right play", |live| live.state.current.is_some());
    for misuse in [Some("no-wait"), Some("pulse"), None] {
        live.press_x();
        live.until("next use", |live| live.state.misuse == misuse);
    }
    live.end();
}

#[test]
fn another_tool_runs_at_once_with_its_correct_use() {
    let mut live = Live::start(&[("tool", "lock"), ("misuse", "skip"), ("pace", "2s")]);
    live.until("slow play", |live| live.state.misuse == Some("skip"));
    live.lab.command(Command::set(TOOL, Tools::One(experiment::tools::named("barrier").unwrap())));
    live.until("the barrier", |live| live.state.current.is_some_and(|tool| tool.id == "barrier"));
    assert_eq!(live.state.misuse, None);
    live.end();
}

#[test]
fn costs_are_measured_of_the_chosen_tools_and_then_of_those_of_their_world() {
    let tool = |id| experiment::tools::named(id).unwrap();
    let mut measured = Vec::new();
    let chosen = [tool("queue")];
    while let Some(next) = next_to_measure(&chosen, &measured) {
        measured.push(next.id);
    }
    let threads = ["queue", "lock", "rlock", "condition", "semaphore", "event", "barrier"];
    assert_eq!(measured, threads);
    let of_processes = next_to_measure(&[tool("process-queue")], &["process-queue"]);
    assert_eq!(of_processes.map(|tool| tool.id), Some("process-lock"));
}

#[test]
fn a_new_pace_acts_within_the_run() {
    let mut live = Live::start(&[("tool", "lock"), ("misuse", "off"), ("pace", "2s")]);
    live.until("the threads", |live| live.started > 4);
    live.lab.command(Command::set(PACE, Duration::ZERO));
    live.until("the outcome", |live| live.state.latest().is_some());
    // No run was stopped for it: driver thread and four adders.
    assert_eq!((live.started, live.ended), (5, 4));
    live.end();
}

#[test]
fn a_deadlock_stays_to_be_seen_and_ends_on_a_stop_request() {
    let mut live = Live::start(&[("tool", "lock"), ("misuse", "order"), ("pace", "0ms")]);
    live.until("standstill", |live| live.state.stuck.is_some());
    assert!(live.state.stuck.as_ref().unwrap().circle, "a circle");
    live.end();
}

#[test]
fn the_line_of_a_condition_is_of_those_who_wait_for_it() {
    let mut live = Live::start(&[("tool", "condition"), ("misuse", "early"), ("pace", "0ms")]);
    live.until("standstill", |live| live.state.stuck.is_some());
    let figures = &live.state.snapshot.figures;
    let line = figures.iter().find(|(name, _)| name == "condition").map(|(_, line)| line);
    let waiter = experiment::tool::Figure::Value("waiter waiting".to_owned());
    assert_eq!(line, Some(&waiter));
    live.end();
}

#[test]
fn a_stop_at_any_time_leaves_no_thread() {
    let threads = experiment::tools::ALL.iter().filter(|tool| tool.world() == World::Threads);
    for tool in threads {
        for misuse in std::iter::once("off").chain(tool.misuses.iter().map(|misuse| misuse.name)) {
            let mut live = Live::start(&[("tool", tool.id), ("misuse", misuse), ("pace", "1s")]);
            live.until("a thread of the play", |live| live.started > 1);
            live.end();
        }
    }
}

/// The threads of a stepped run, and the one whose turn it is.
fn stepped(live: &Live) -> Vec<(&str, bool)> {
    let stepped = live.state.stepped.as_ref().unwrap();
    let threads = stepped.threads.iter();
    threads
        .map(|it| (it.next.as_deref().unwrap_or_default(), stepped.next.as_ref() == Some(&it.who)))
        .collect()
}

#[test]
fn a_replay_is_stepped_along_its_schedule_and_goes_on() {
    let mut live = Live::start(&[("tool", "lock"), ("misuse", "skip"), ("pace", "2s")]);
    live.until("the replay", |live| live.state.running);
    live.press('p');
    live.until("step mode", |live| live.state.stepped.is_some());
    assert_eq!(stepped(&live), [("acquire lock", true), ("load count", false)]);
    live.press('s');
    live.until("a step", |live| stepped(live) == [("load count", true), ("load count", false)]);
    live.press('1');
    live.until("another", |live| stepped(live)[0].0 == "store count = 1");
    live.press('p');
    live.until("the end of step mode", |live| live.state.stepped.is_none());
    live.lab.command(Command::set(PACE, Duration::ZERO));
    live.until("the outcome", |live| live.state.latest().is_some());
    assert_eq!(live.state.latest().unwrap().got, "2 additions, and the count is 1");
    live.end();
}

#[test]
fn step_mode_that_is_asked_for_between_two_runs_begins_with_the_next_one() {
    let mut live = Live::start(&[("tool", "lock"), ("misuse", "skip"), ("pace", "0ms")]);
    live.until("the outcome", |live| !live.state.running && live.state.latest().is_some());
    live.press('p');
    live.until("step mode", |live| live.state.stepped.is_some());
    live.end();
}

#[test]
fn step_mode_that_is_asked_for_before_a_run_begins_with_it() {
    let mut live = Live::start(&[("tool", "lock"), ("misuse", "off"), ("pace", "2s")]);
    live.until("the threads", |live| live.started > 4);
    // The second waits in the queue until the threads of the first tool have ended.
    live.lab.command(Command::set(TOOL, Tools::One(experiment::tools::named("barrier").unwrap())));
    live.lab.command(Command::Do(SyncCommand::Step(StepCommand::Next)));
    live.until("step mode", |live| {
        live.state.stepped.is_some() && live.state.current.is_some_and(|tool| tool.id == "barrier")
    });
    live.end();
}

#[test]
fn a_correct_use_is_stepped_thread_by_thread_and_goes_on() {
    let set = [("tool", "lock"), ("misuse", "off"), ("workers", "2"), ("ops", "1"), ("pace", "2s")];
    let mut live = Live::start(&set);
    live.until("both threads", |live| live.state.running && live.started == 3);
    live.press('p');
    let both = |live: &Live| live.state.stepped.as_ref().is_some_and(|it| it.threads.len() == 2);
    live.until("step mode", both);
    live.until("both stand", |live| stepped(live).iter().all(|it| it.0 == "acquire lock"));
    let reads = |live: &Live| live.state.stepped.as_ref().unwrap().threads[1].would_read.clone();
    assert_eq!(reads(&live), None, "taking a lock reads nothing");
    live.press('2');
    live.until("the second has it", |live| stepped(live)[1].0 == "load counter");
    assert_eq!(reads(&live).as_deref(), Some("0"));
    live.press('s');
    live.until("the same again", |live| stepped(live)[1].0 == "store counter = 1");
    let second = &live.state.stepped.as_ref().unwrap().threads[0];
    assert_eq!((second.ready, second.blocked_by.as_deref()), (false, Some("adder-2")));
    live.lab.command(Command::set(PACE, Duration::ZERO));
    live.press('p');
    live.until("the outcome", |live| live.state.latest().is_some());
    assert!(live.state.latest().unwrap().as_expected());
    live.end();
}
