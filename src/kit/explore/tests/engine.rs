//! What the engine does with programs that end badly or do not keep the rules.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::mpsc;
use std::time::Duration;

use super::*;
use crate::kit::lock::Lock;
use crate::kit::model::State;
use crate::kit::stop::Stop;
use crate::kit::traced_atomic::TracedAtomic;

/// Counts how many are alive.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, SeqCst);
        Self(Arc::clone(alive))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// Ends every run at its third step.
struct Quitter {
    left: u32,
    steps: u32,
    ended: u32,
}

impl Scheduler for Quitter {
    fn begin(&mut self) -> bool {
        self.steps = 0;
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }

    fn choose(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep> {
        self.steps += 1;
        now.ready.first().filter(|_| self.steps < 4)
    }

    fn end(&mut self, finding: &Finding<'_>) {
        self.ended += u32::from(*finding.end == End::Stopped);
    }
}

#[test]
fn aborted_runs_run_all_destructors_and_free_their_locks() {
    let alive = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&alive);
    let program = move || {
        let lock = Arc::new(Lock::new("lock"));
        ["one", "two"].into_iter().fold(Plan::new(), |plan, name| {
            let (lock, captured) = (lock.clone(), Counted::new(&counted));
            let alive = Arc::clone(&counted);
            plan.thread(name, move || {
                let _captured = captured;
                let _local = Counted::new(&alive);
                for _ in 0..10 {
                    let _guard = lock.lock()?;
                    crate::kit::step::local("work");
                }
                Ok(())
            })
        })
    };
    let quitter = Quitter { left: 2001, steps: 0, ended: 0 };
    let outcome = explore(quitter, Arc::new(program), &Config::default());
    assert_eq!(outcome.fault, None);
    assert_eq!(outcome.scheduler.ended, 2000);
    assert_eq!(alive.load(SeqCst), 0);
}

#[test]
fn a_panic_is_a_finding_and_nothing_is_printed() {
    let program: Arc<dyn Program> = Arc::new(|| {
        let word = Arc::new(TracedAtomic::new("word", 0));
        let other = Arc::clone(&word);
        Plan::new()
            .thread("writer", move || {
                word.store(1, Relaxed);
                Ok(())
            })
            .thread("reader", move || {
                assert_eq!(other.load(Relaxed), 1, "not written yet");
                Ok(())
            })
    });
    let found = search(&program, Method::Plain);
    assert_eq!(counted(&found), (2, 1));
    let end = &found.simplest().unwrap().end;
    assert!(
        matches!(end, End::Panicked { thread: 1, message } if message.contains("not written yet")),
        "{end:?}"
    );
}

#[test]
fn a_thread_that_does_not_come_to_its_next_step_is_named() {
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(parking_lot::Mutex::new(released));
    let program = move || {
        let released = Arc::clone(&released);
        Plan::new().thread("stray", move || {
            crate::kit::step::local("first");
            let _ = released.lock().recv();
            Ok(())
        })
    };
    let config = Config { watchdog: Duration::from_millis(20), ..Config::default() };
    let outcome = explore(Replay::new(Vec::new()), Arc::new(program), &config);
    let thread = "stray".into();
    assert_eq!(outcome.fault, Some(Fault::Stuck { thread }));
    drop(release);
}

#[test]
fn what_is_changed_without_a_step_is_noticed() {
    let program = || {
        let word = Arc::new(TracedAtomic::new("word", 0));
        Plan::new().thread("cheat", move || {
            crate::kit::step::local("first");
            word.put(5);
            word.load(Relaxed);
            Ok(())
        })
    };
    let outcome = explore(Replay::new(Vec::new()), Arc::new(program), &Config::default());
    assert!(matches!(outcome.fault, Some(Fault::Diverged { .. })));
}

#[test]
fn a_thing_made_by_a_thread_is_refused_by_name() {
    let program = || {
        Plan::new().thread("maker", || {
            TracedAtomic::new("late", 0).load(Relaxed);
            Ok(())
        })
    };
    let outcome = explore(Replay::new(Vec::new()), Arc::new(program), &Config::default());
    let (thread, object) = ("maker".into(), "late".into());
    assert_eq!(outcome.fault, Some(Fault::UnknownObject { thread, object }));
}

#[test]
fn a_check_that_panics_ends_the_exploration() {
    let program = || Plan::new().thread("one", || Ok(())).at_end(|_| panic!("a bad check"));
    let outcome = explore(Replay::new(Vec::new()), Arc::new(program), &Config::default());
    assert!(matches!(outcome.fault, Some(Fault::Panicked { message }) if message == "a bad check"));
}

#[test]
fn a_run_without_end_stops_at_the_bound() {
    let program: Arc<dyn Program> = Arc::new(|| {
        let word = Arc::new(TracedAtomic::new("word", 0));
        Plan::new().thread("spinner", move || {
            loop {
                word.load(Relaxed);
            }
        })
    });
    let config = Config { step_bound: 100, ..Config::default() };
    let scheduler = Search::new(Method::Plain, Limits::default());
    let outcome = explore(scheduler, program, &config);
    assert_eq!(outcome.fault, None);
    assert!(!outcome.scheduler.is_complete());
    assert_eq!(outcome.scheduler.runs(), 1);
}

#[test]
fn a_stop_ends_a_long_search_and_leaves_no_thread() {
    let stop = Stop::new();
    let config = Config { stop: stop.clone(), ..Config::default() };
    let progress = Progress::default();
    let scheduler = Search::new(Method::Plain, Limits::default()).reporting(progress.clone());
    let search = std::thread::scope(|scope| {
        let search = scope.spawn(|| explore(scheduler, list(5, false), &config));
        while progress.get().runs < 10 {
            std::thread::yield_now();
        }
        stop.request();
        search.join().unwrap()
    });
    assert_eq!(search.fault, None);
    assert!(!search.scheduler.is_complete());
}

/// Two threads each set and clear a flag, so that what they have found does not show
/// whether both flags were set at once.
#[test]
fn the_always_check_sees_what_the_end_no_longer_shows() {
    let program: Arc<dyn Program> = Arc::new(|| {
        let plan = (0..2).fold(Plan::new(), |plan, n| {
            let flag = Arc::new(TracedAtomic::new(("flag", n), 0));
            plan.thread(("thread", n), move || {
                flag.store(1, SeqCst);
                flag.store(0, SeqCst);
                Ok(())
            })
        });
        plan.always(|model| {
            let set = |(_, _, state): &(_, _, &State)| **state == State::Atomic(1);
            match model.objects().filter(set).count() {
                2 => Err(Broken::new("both_set", "both were set")),
                _ => Ok(()),
            }
        })
    });
    assert_eq!(counted(&search(&program, Method::Plain)), (6, 4));
    assert_eq!(counted(&search(&program, Method::Merged)), (6, 4));
    assert!(search(&program, Method::SleepSets).totals().failed() > 0);
}

/// Two ways to break a state on the way: which one comes first is no part of any value, and still
/// part of how the run is counted.
#[test]
fn kinds_that_are_judged_on_the_way_are_counted_exactly() {
    let program: Arc<dyn Program> = Arc::new(|| {
        let plan = (0..2).fold(Plan::new(), |plan, n| {
            let flag = Arc::new(TracedAtomic::new(("flag", n), 0));
            plan.thread(("thread", n), move || {
                flag.store(1, Relaxed);
                flag.store(2, Relaxed);
                Ok(())
            })
        });
        plan.always(|model| {
            let value = |name| model.atomic(model.find(name).unwrap());
            match (value("flag[0]"), value("flag[1]")) {
                (Some(1), Some(0)) => Err(Broken::new("first", "the first was first")),
                (Some(0), Some(1)) => Err(Broken::new("second", "the second was first")),
                _ => Ok(()),
            }
        })
    });
    for method in [Method::Plain, Method::Merged] {
        let found = search(&program, method);
        let kinds: Vec<_> = found.kinds().collect();
        assert_eq!(kinds, [("first", 3), ("second", 3)], "{method:?}");
    }
}
