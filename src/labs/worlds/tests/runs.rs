//! Real runs as far as they go without a program to start: what is measured in which
//! order, and what a user's orders do.

use std::sync::OnceLock;
use std::time::Instant;

use super::super::experiment::work::{Task, serve};
use super::super::settings::{Answer, N};
use super::*;
use crate::kit::event::{Ending, LaneEvent};
use crate::kit::python::Python;
use crate::kit::recorder::{EventReader, recorder};
use crate::kit::stop::Stop;
use crate::kit::stream::Server;
use crate::lab::SessionHandle;

/// Reached only when something hangs: a pass takes minutes on a machine with much else to do.
const LIMIT: Duration = Duration::from_mins(3);

struct Real {
    lab: SessionHandle<ThreadsOrProcesses>,
    reader: EventReader<Fact>,
    facts: Vec<Fact>,
    lanes: Vec<String>,
    endings: Vec<Ending>,
}

impl Real {
    fn start(set: &[(&str, &str)], live: bool) -> Self {
        let mut settings = settings();
        for (key, text) in set {
            settings.set(&ThreadsOrProcesses::INFO, key, text).unwrap();
        }
        settings.live = live;
        settings.cores = 2;
        let (recorder, reader) = recorder();
        Self {
            lab: SessionHandle::start(settings, recorder).unwrap(),
            reader,
            facts: Vec::new(),
            lanes: Vec::new(),
            endings: Vec::new(),
        }
    }

    fn until(&mut self, what: &str, holds: impl Fn(&[Fact]) -> bool) {
        let began = Instant::now();
        while !holds(&self.facts) {
            assert!(began.elapsed() < LIMIT, "no {what}: {:#?}", self.facts);
            self.reader.wait(Duration::from_millis(20));
            let Self { facts, lanes, endings, reader, .. } = self;
            reader.drain(10_000, |event| match event.what {
                What::Fact(fact) => facts.push(fact),
                What::Lane(LaneEvent::Started { name, .. }) => lanes.push(name.to_string()),
                What::Lane(LaneEvent::Ended(ending)) => endings.push(ending),
                What::Lane(_) => {}
            });
        }
    }

    fn answer(&mut self, question: usize, answer: usize) {
        self.lab.command(Command::Do(Answer { question, answer }));
    }
}

/// A fact without what differs from run to run.
fn text(fact: &Fact) -> String {
    match fact {
        Fact::Progress { what, done, of } => format!("{done}/{of} {what}"),
        Fact::Cost { cost, samples } => {
            assert!(samples.iter().all(|us| *us >= 0.0 && us.is_finite()));
            format!("  {}: {} samples", cost.field(), samples.len())
        }
        Fact::Timed { round, work, strategy, n, switches, .. } => {
            let texts = switches.is_some();
            format!("  {round} {work:?} {strategy:?} n {n}, switches {texts}")
        }
        Fact::TaskAmount { work, runtime, amount } => {
            let computes = amount.rounds > 0;
            let requests = amount.requests;
            format!("  {work:?} {runtime:?}: computes {computes}, {requests} requests")
        }
        Fact::Load(load) => format!("  load, of cores {}", load.cores > 0),
        // A task is named only if it was there before the pool broke.
        Fact::Failed { what, why } => {
            let cause = why.rsplit("did not run: ").next();
            format!("  {what} failed: {}", cause.unwrap_or_default())
        }
        other => format!("  {other:?}"),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn everything_is_measured_in_its_order_and_what_could_not_be_is_reported() {
    let set = [("n", "3"), ("size", "8ms"), ("work", "mixed"), ("python", "off")];
    let mut real = Real::start(&set, false);
    real.until("end", |facts| facts.contains(&Fact::Done));
    // Across two cores only where there are two.
    let two_cores = |line: &&String| !line.contains("two_cores") && !line.contains("two cores");
    let texts: Vec<_> = real.facts.iter().map(text).collect();
    let texts: Vec<_> = texts.iter().filter(two_cores).map(String::as_str).collect();
    insta::assert_snapshot!("run", texts.join("\n"));
    // Watched in the first round alone.
    let mut lanes = real.lanes.clone();
    lanes.sort_unstable();
    let each = |strategy| [1, 2, 3].map(|at| format!("mixed-{strategy}-{at}"));
    let expected = ["gil", "threads"].map(each).concat();
    assert_eq!(lanes[1..], expected, "after the main thread");
    let returned = real.endings.iter();
    let returned = returned.filter(|ending| **ending == Ending::Returned);
    assert!(returned.count() >= 6, "{:?}", real.endings);
    // 3 shares of 2 requests, each of which waits for 2 ms, one after the other.
    let serial = real.facts.iter().filter_map(|fact| match fact {
        Fact::Timed { strategy, ns, .. } if *strategy == Strategy::Serial => Some(*ns),
        _ => None,
    });
    assert!(serial.min().unwrap() >= 3 * 2 * 2_000_000);
}

#[test]
fn rounds_go_on_until_the_settings_change_and_answers_are_taken() {
    let set = [("n", "2"), ("size", "1ms"), ("work", "io"), ("python", "off")];
    let mut real = Real::start(&set, true);
    real.answer(2, 1);
    let has_round = |facts: &[Fact], number, of| {
        let mut all = facts.iter();
        all.any(|fact| matches!(fact, Fact::Timed { round, n, .. } if (*round, *n) == (number, of)))
    };
    let began = |facts: &[Fact]| {
        let began = facts.iter().filter_map(|fact| match fact {
            Fact::Began { n } => Some(*n),
            _ => None,
        });
        began.collect::<Vec<_>>()
    };
    // The second pass has no beginning of its own.
    real.until("second pass", |facts| has_round(facts, 10, 2));
    assert_eq!(began(&real.facts), [2]);
    assert!(real.facts.contains(&Fact::Done), "the first pass was over");
    let serial = real.facts.iter().filter_map(|fact| match fact {
        Fact::Timed { round, strategy: Strategy::Serial, .. } => Some(*round),
        _ => None,
    });
    let serial: Vec<_> = serial.collect();
    assert_eq!(serial, (0..serial.len()).collect::<Vec<_>>(), "one after the other");
    let answers = real.facts.iter().filter_map(|fact| match fact {
        Fact::Answered { question, answer } => Some((*question, *answer)),
        _ => None,
    });
    assert_eq!(answers.collect::<Vec<_>>(), [(2, 1)]);
    real.lab.command(Command::set(N, 3));
    real.until("first round again", |facts| has_round(facts, 0, 3));
    assert_eq!(began(&real.facts), [2, 3]);
}

#[test]
fn rounds_of_cpython_go_on_through_all_passes_too() {
    let set = [("n", "1"), ("size", "1ms"), ("work", "io")];
    let mut real = Real::start(&set, true);
    let passes = |facts: &[Fact]| facts.iter().filter(|fact| **fact == Fact::Done).count();
    real.until("second pass", |facts| passes(facts) == 2);
    if Python::find().is_none() {
        return;
    }
    let rounds = |strategy| {
        let rounds = real.facts.iter().filter_map(move |fact| match fact {
            Fact::Timed { round, strategy: of, .. } if *of == strategy => Some(*round),
            _ => None,
        });
        rounds.collect::<Vec<_>>()
    };
    let ours = rounds(Strategy::Serial);
    assert!(ours.contains(&9), "{ours:?}");
    assert_eq!(rounds(Strategy::PythonSerial), ours);
}

#[cfg(target_os = "linux")]
#[test]
fn a_share_counts_its_own_switches_and_waits_for_each_answer() {
    let (stop, over) = (Stop::new(), Stop::new());
    let listener = Server::bind().unwrap();
    let (server, fault) = (listener.address(), OnceLock::new());
    let task = Task { rounds: 1, requests: 5, server, file: std::env::current_exe().unwrap() };
    let none = Task { requests: 0, ..task.clone() };
    let (done, took, after_sleeps) = std::thread::scope(|scope| {
        scope.spawn(|| serve(listener, &over, &fault));
        let waits = || {
            let began = Instant::now();
            (task.run(None, &stop), began.elapsed())
        };
        let sleeps_first = || {
            (0..400).for_each(|_| {
                stop.sleep(Duration::from_micros(1));
            });
            none.run(None, &stop)
        };
        let (done, took) = scope.spawn(waits).join().unwrap();
        let after_sleeps = scope.spawn(sleeps_first).join().unwrap();
        over.request();
        (done, took, after_sleeps)
    });
    let done = done.unwrap();
    // It sleeps for each of the answers, and each comes 2 ms late.
    assert!(took >= Duration::from_millis(10), "{took:?}");
    assert_eq!(done.bytes, 5 * 64 * 1024);
    assert!(done.voluntary >= 5, "{done:?}");
    // What the thread did before is not the share's.
    let after_sleeps = after_sleeps.unwrap();
    assert!(after_sleeps.voluntary < 300, "{after_sleeps:?}");
}
