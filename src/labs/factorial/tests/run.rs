//! Real runs: what holds in every one of them, whatever the timing.

use std::time::{Duration, Instant};

use dashu_int::UBig;

use super::super::FactorialPool;
use super::super::facts::Fact;
use super::super::settings::{FactorialCommand, ORDER, Order, PACE, WORKERS};
use super::super::state::State;
use super::settings;
use crate::kit::event::{LaneEvent, LaneId, LaneKind, Stamped, What};
use crate::kit::future::Status;
use crate::kit::recorder::{EventReader, recorder};
use crate::lab::{Command, Lab, SessionHandle};
use crate::scene::Activity;

/// Something to wait for, and its name.
type Moment = (&'static str, fn(&Ran) -> bool);

/// A real run, driven by hand.
struct Ran {
    lab: Option<SessionHandle<FactorialPool>>,
    reader: EventReader<Fact>,
    state: State,
    seen: Vec<Stamped<Fact>>,
}

impl Ran {
    fn start(set: &[(&str, &str)], live: bool) -> Self {
        let mut settings = settings(set);
        settings.live = live;
        let (recorder, reader) = recorder();
        let state = FactorialPool::state(&settings);
        let lab = SessionHandle::start(settings, recorder).unwrap();
        Self { lab: Some(lab), reader, state, seen: Vec::new() }
    }

    fn drain(&mut self) {
        let Self { reader, state, seen, .. } = self;
        reader.drain(usize::MAX, |event| {
            state.apply(&event);
            seen.push(event);
        });
    }

    /// Folds events in until this holds.
    fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !holds(self) {
            assert!(Instant::now() < deadline, "waited in vain for: {what}");
            self.reader.wait(Duration::from_millis(10));
            self.drain();
        }
    }

    fn command(&mut self, command: Command<FactorialCommand>) {
        self.lab.as_mut().unwrap().command(command);
    }

    fn emitted_any(&self, wanted: impl Fn(&Fact) -> bool) -> bool {
        self.seen.iter().any(|event| matches!(&event.what, What::Fact(fact) if wanted(fact)))
    }

    /// The pauses of workers since the event `since`, in ns, and whether the worker ran after
    /// each; waits for `many` of them.
    fn pauses(&mut self, since: usize, many: usize) -> Vec<(u64, bool)> {
        let over = |run: &Self| -> Vec<_> {
            let events = &run.seen[since..];
            let begun = events.iter().enumerate().filter_map(|(at, event)| {
                let mut later = events[at + 1..].iter();
                let next = later.find(|it| it.lane == event.lane)?;
                let ran = matches!(next.what, What::Lane(LaneEvent::Running));
                match event.what {
                    // The driver thread pauses as well, between two rounds.
                    What::Lane(LaneEvent::Sleeping { for_ns, .. }) if event.lane != LaneId(0) => {
                        Some((for_ns, ran))
                    }
                    _ => None,
                }
            });
            begun.collect()
        };
        self.until("the pauses are over", |run| over(run).len() >= many);
        over(self)
    }

    /// Drops the lab; how many threads reported that they began, and that they ended.
    fn end(mut self) -> (usize, usize) {
        self.lab = None;
        self.drain();
        let count = |wanted: fn(&LaneEvent) -> bool| {
            let lanes = self
                .seen
                .iter()
                .filter(|event| matches!(&event.what, What::Lane(what) if wanted(what)));
            lanes.count()
        };
        (
            count(|what| matches!(what, LaneEvent::Started { kind: LaneKind::Thread { .. }, .. })),
            count(|what| matches!(what, LaneEvent::Ended(_))),
        )
    }
}

/// A run from start to end.
fn ran(set: &[(&str, &str)]) -> State {
    let mut run = Ran::start(set, false);
    run.until("the end of the run", |run| run.state.finished());
    run.state
}

#[test]
fn all_values_are_those_of_the_definition() {
    let state = ran(&[("from", "0"), ("to", "200"), ("workers", "8")]);
    let mut product = UBig::ONE;
    for settled in state.settled() {
        product *= settled.n.max(1);
        assert_eq!(settled.value.as_deref(), Some(product.to_string().as_str()), "{}!", settled.n);
    }
    assert_eq!(state.settled().count(), 201);
    assert_eq!(state.completed.len(), 201);
    assert!(state.summary.as_ref().unwrap().wrong.is_empty());
}

#[test]
fn those_and_only_those_fail_and_are_cancelled() {
    for workers in ["1", "2", "64"] {
        let set = [("to", "30"), ("workers", workers), ("fail", "4,7"), ("cancel", "1,9,30")];
        let state = ran(&set);
        for settled in state.settled() {
            let expected = match settled.n {
                4 | 7 => Status::Failed,
                1 | 9 | 30 => Status::Cancelled,
                _ => Status::Finished,
            };
            assert_eq!(settled.state, expected, "{}! with {workers} workers", settled.n);
            assert_eq!(settled.worker.is_none(), expected == Status::Cancelled);
            let error = format!("{}! was set to fail", settled.n);
            assert_eq!(
                settled.error.as_ref().is_some_and(|text| text.contains(&error)),
                expected == Status::Failed
            );
        }
    }
}

#[test]
fn a_cancelled_task_never_starts_on_any_worker() {
    let mut run = Ran::start(&[("cancel", "1,2,3"), ("to", "5")], false);
    run.until("the end of the run", |run| run.state.finished());
    let started = run.seen.iter().filter_map(|event| match &event.what {
        What::Lane(LaneEvent::TaskStarted { label, .. }) => Some(label.to_string()),
        _ => None,
    });
    let mut started: Vec<_> = started.collect();
    started.sort();
    assert_eq!(started, ["4!", "5!"]);
}

#[test]
fn times_fit_into_each_other() {
    let state = ran(&[("from", "500"), ("to", "600"), ("workers", "3")]);
    let wall = state.summary.as_ref().unwrap().wall_ns;
    for settled in state.settled() {
        let (ran, computed) = (settled.ran_ns.unwrap(), settled.computed_ns.unwrap());
        assert!(computed <= ran && ran <= wall, "{settled:?}");
    }
}

#[test]
fn a_run_stopped_at_any_moment_ends_and_leaves_no_thread() {
    let set = [("from", "30000"), ("to", "30100"), ("workers", "8")];
    let moments: [Moment; 4] = [
        ("nothing", |_| true),
        ("the round", |run| run.emitted_any(|fact| matches!(fact, Fact::Began { .. }))),
        ("all submitted", |run| run.emitted_any(|fact| matches!(fact, Fact::Opened { .. }))),
        ("a task done", |run| !run.state.completed.is_empty()),
    ];
    for (what, moment) in moments {
        let mut run = Ran::start(&set, true);
        run.until(what, moment);
        let (began, ended) = run.end();
        assert_eq!(began, ended, "stopped after {what}");
    }
}

#[test]
fn a_stop_ends_a_pause_at_once() {
    let mut run = Ran::start(&[("pace", "10s"), ("cancel", "5")], true);
    run.until("a paused worker", |run| {
        run.state.workers.iter().any(|worker| worker.activity == Activity::Sleeping)
    });
    let began = Instant::now();
    let (started, ended) = run.end();
    assert_eq!(started, ended);
    assert!(began.elapsed() < Duration::from_secs(9), "the pause was slept through");
}

#[test]
fn another_number_of_workers_takes_effect_with_a_new_round() {
    let at_work = |run: &Ran, workers: usize| {
        let all = &run.state.workers;
        let sleeping = |worker: &_| matches!(worker, Activity::Sleeping);
        all.len() == workers && all.iter().all(|worker| sleeping(&worker.activity))
    };
    let mut run = Ran::start(&[("pace", "10s"), ("workers", "5")], true);
    run.until("five workers at work", |run| at_work(run, 5));
    run.command(Command::set(WORKERS, 3));
    run.until("three workers at work", |run| run.state.plan.workers == 3 && at_work(run, 3));
    let pools = run.seen.iter().filter_map(|event| match event.what {
        What::Fact(Fact::Pool { workers }) => Some(workers),
        _ => None,
    });
    assert_eq!(pools.collect::<Vec<_>>(), [5, 3]);
    // Main, five workers and then three: no more came.
    assert_eq!(run.end(), (9, 9));
}

#[test]
fn an_injected_failure_panics_one_task_and_no_more() {
    let mut run = Ran::start(&[("to", "20"), ("workers", "2")], true);
    run.command(Command::Do(FactorialCommand::PanicInNextTask));
    run.until("a failure", |run| {
        run.emitted_any(
            |fact| matches!(fact, Fact::Settled(settled) if settled.state == Status::Failed),
        )
    });
    run.until("the round's end", |run| run.state.summary.is_some());
    let failed: Vec<_> = run.state.settled().filter_map(|settled| settled.error.clone()).collect();
    assert_eq!(failed.len(), 1);
    assert!(failed[0].contains("a failure was injected"), "{}", failed[0]);
}

#[test]
fn what_cannot_be_done_is_refused_in_one_sentence() {
    let refused = |set: &[(&str, &str)]| {
        let started = SessionHandle::<FactorialPool>::start(settings(set), recorder().0);
        started.err().unwrap().to_string()
    };
    assert_eq!(refused(&[("from", "11")]), "from=11 is larger than to=10");
    assert_eq!(
        refused(&[("to", "100000")]),
        "the factorials from=1 to=100000 have 21743 million digits together; 256 million are allowed"
    );
}

#[test]
fn settings_take_effect_in_the_middle_and_the_pool_stays() {
    let mut run = Ran::start(&[("to", "3"), ("workers", "2"), ("pace", "1ms")], true);
    run.until("the pause between rounds", |run| run.state.pause_ns.is_some());
    assert_eq!(run.state.pause_ns, Some(1_500_000_000));
    assert_eq!(run.pauses(0, 3), [(1_000_000, true); 3]);
    run.command(Command::set(ORDER, Order::Completed));
    run.command(Command::set(PACE, Duration::from_millis(2)));
    run.until("both settings", |run| {
        run.state.plan.by_completion && run.state.plan.pace_ns == 2_000_000
    });
    run.command(Command::Do(FactorialCommand::PanicInNextTask));
    run.until("it is armed", |run| run.emitted_any(|fact| matches!(fact, Fact::Armed)));
    // The next round from its beginning.
    let (since, round) = (run.seen.len(), run.state.round);
    run.until("the end of the next round", |run| {
        run.state.round > round && run.state.summary.is_some()
    });
    assert_eq!(run.pauses(since, 3), [(2_000_000, true); 3]);
    let made = |event: &Stamped<Fact>| match event.what {
        What::Fact(Fact::Opened { made, .. }) => Some(made),
        _ => None,
    };
    let made: Vec<_> = run.seen.iter().filter_map(made).collect();
    assert!(made[0] && made.len() > 1 && !made[1..].contains(&true));
    let pools = |fact: &&Stamped<Fact>| matches!(fact.what, What::Fact(Fact::Pool { .. }));
    assert_eq!(run.seen.iter().filter(pools).count(), 1);
}

/// Workers can only be held back by a new pool: each round with a task to cancel has one.
#[test]
fn what_is_to_be_cancelled_is_so_in_each_round() {
    let mut run = Ran::start(&[("to", "3"), ("workers", "1"), ("cancel", "2")], true);
    run.until("the second round's end", |run| run.state.round == 2 && run.state.summary.is_some());
    let mut lines = Vec::new();
    for event in &run.seen {
        match &event.what {
            What::Fact(Fact::Pool { workers }) => lines.push(format!("pool {workers}")),
            What::Fact(Fact::Opened { made, .. }) => lines.push(format!("made {made}")),
            What::Fact(Fact::Joined { took_ns }) => lines.push(format!("joined {}", *took_ns > 0)),
            What::Fact(Fact::Settled(task)) => lines.push(format!("{} {:?}", task.n, task.state)),
            _ => {}
        }
    }
    let round = |lines: &[String]| {
        let all = lines.iter().map(String::as_str);
        assert_eq!(
            all.collect::<Vec<_>>(),
            ["pool 1", "made true", "1 Finished", "2 Cancelled", "3 Finished"]
        );
    };
    round(&lines[..5]);
    assert_eq!(lines[5], "joined true");
    round(&lines[6..]);
}

#[test]
fn time_goes_on_on_the_screen_while_a_task_does() {
    let mut run = Ran::start(&[("pace", "10s"), ("workers", "1")], true);
    run.until("a tick", |run| run.emitted_any(|fact| matches!(fact, Fact::Tick)));
}

/// One thread cannot have a core for longer than the time that goes by.
#[test]
fn the_time_on_a_core_is_that_of_each_task_alone() {
    let state = ran(&[("from", "3000"), ("to", "3100"), ("workers", "1")]);
    let cpu: u64 = state.settled().filter_map(|task| task.cpu_ns).sum();
    let wall = state.summary.as_ref().unwrap().wall_ns;
    assert!(0 < cpu && cpu < 2 * wall, "{cpu} of {wall}");
    assert!(state.joined_ns > Some(0) && state.created_ns > Some(0));
}

/// The facts in between lie within the time, and the run began before it.
#[test]
fn the_pool_is_open_after_the_time_that_is_reported() {
    let mut run = Ran::start(&[("to", "6"), ("cancel", "2,5")], false);
    run.until("the end of the run", |run| run.state.finished());
    let at = |wanted: fn(&Fact) -> bool| {
        let of = |event: &&Stamped<Fact>| matches!(&event.what, What::Fact(fact) if wanted(fact));
        run.seen.iter().rfind(of).unwrap().at
    };
    let began = at(|fact| matches!(fact, Fact::Began { .. }));
    let cancelled = at(|fact| matches!(fact, Fact::Cancelled { n: 5 }));
    let opened = at(|fact| matches!(fact, Fact::Opened { .. }));
    let took = run.state.created_ns.unwrap();
    assert!((cancelled - began..=opened).contains(&took), "{began} {cancelled} {opened}: {took}");
}

#[test]
fn another_pace_is_that_of_the_next_task_of_the_same_round() {
    // At the first pace the round would take longer than is waited for.
    let mut run = Ran::start(&[("to", "60"), ("workers", "1"), ("pace", "1s")], true);
    run.until("a paused worker", |run| {
        run.state.workers.iter().any(|worker| worker.activity == Activity::Sleeping)
    });
    run.command(Command::set(PACE, Duration::from_millis(3)));
    run.until("the other pace", |run| {
        let paused = |event: &Stamped<Fact>| {
            matches!(event.what, What::Lane(LaneEvent::Sleeping { for_ns: 3_000_000, .. }))
        };
        run.seen.iter().any(paused)
    });
    assert_eq!((run.state.round, run.state.summary.is_none()), (1, true));
}

#[test]
fn while_tasks_pause_each_future_is_read_as_soon_as_it_is_done() {
    // 1! is done at once, and the others take longer than is waited for.
    let set = [("to", "5"), ("workers", "1"), ("cancel", "1"), ("pace", "10s")];
    let mut run = Ran::start(&set, true);
    run.until("what became of 1!", |run| run.state.settled().any(|task| task.n == 1));
    assert_eq!((run.state.round, run.state.summary.is_none()), (1, true));
}

#[test]
fn the_main_thread_is_idle_between_the_last_submission_and_the_first_result() {
    let mut run = Ran::start(&[("to", "3")], false);
    run.until("the end of the run", |run| run.state.finished());
    let words = run.seen.iter().filter(|event| event.lane == LaneId(0));
    let words = words.filter_map(|event| match &event.what {
        What::Fact(Fact::Opened { .. }) => Some("opened"),
        What::Fact(Fact::Settled(_)) => Some("settled"),
        What::Lane(LaneEvent::Idle) => Some("idle"),
        _ => None,
    });
    let words: Vec<_> = words.collect();
    assert_eq!(words, ["opened", "idle", "settled", "settled", "settled"]);
}
