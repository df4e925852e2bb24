//! Figures and sentences of small programs, each counted by hand.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use super::super::*;
use super::programs::{counter, philosophers};
use super::{search, search_in};
use crate::kit::barrier::Barrier;
use crate::kit::event_flag::Event;
use crate::kit::explore::query::{Query, asking, first_state};
use crate::kit::semaphore::Semaphore;
use crate::kit::traced_atomic::TracedAtomic;

/// Two threads that read, add and write stand in 19 states before the last step: by how far
/// each is, and by what it read where the other may have written before. From 9 of them both
/// can go on, from 10 one can: 28 ways, of which 18 lead to a state for the first time; the
/// other 10 end a run each.
#[test]
fn states_runs_and_ways_are_those_counted_by_hand() {
    let scheduler = Search::new(Method::Merged, Limits::default()).keeping_tree();
    let mut found = explore(scheduler, counter(2), &Config::default()).scheduler;
    assert_eq!((found.states(), found.runs()), (19, 10));
    let tree = found.take_tree().unwrap();
    let lost = tree.at(&code::decode("ab3a2").unwrap()).unwrap();
    assert_eq!(lost.end, Some(Leaf::Failed("lost_update")));
    assert_eq!((lost.total, lost.failed, lost.ways), (1, 1, 2));
    let kept = tree.at(&code::decode("a3b3").unwrap()).unwrap();
    assert_eq!((kept.total, kept.failed, kept.ways), (1, 0, 1));
    // After each has read.
    let both = tree.at(&code::decode("ab").unwrap()).unwrap();
    assert_eq!((both.total, both.failed, both.ways), (6, 6, 2));
}

#[test]
fn fewer_states_are_remembered_where_that_is_the_limit_and_nothing_is_lost_by_it() {
    let limits = Limits { states: 3, ..Limits::default() };
    let found = search_in(&counter(2), Method::Merged, limits, Memory::Sc);
    assert_eq!(found.states(), 3);
    assert_eq!((found.totals().total, found.totals().failed()), (20, 18));
}

fn searched(program: &Arc<dyn Program>, strategy: Strategy) -> (Report, Snapshot) {
    let options = SearchOptions { strategy, seed: 7, limits: Limits::default() };
    let progress = Progress::default();
    let found = run_search(program, options, &Config::default(), &progress);
    (found, progress.get())
}

#[test]
fn a_report_holds_what_its_search_found_and_is_updated_meanwhile() {
    let (all, _) = searched(&counter(2), Strategy::All);
    assert_eq!((all.states, all.runs, all.cut_off), (19, 10, 0));
    let program = counter(2);
    for strategy in [Strategy::Random { runs: 40 }, Strategy::Pct { runs: 40, depth: 3 }] {
        let (found, reported) = searched(&program, strategy);
        let (program, config) = (Arc::clone(&program), Config::default());
        let stats = if let Strategy::Pct { runs, depth } = strategy {
            explore(Pct::new(7, runs, depth), program, &config).scheduler.stats
        } else {
            explore(Random::new(7, 40), program, &config).scheduler.stats
        };
        assert!(stats.failed > 0 && stats.failed < 40, "{strategy:?}: {stats:?}");
        assert_eq!(found.failures, u128::from(stats.failed), "{strategy:?}");
        assert_eq!((found.runs, found.schedules, found.states), (40, 40, 0));
        let schedule = |found: Option<Found>| found.map(|found| found.schedule());
        assert_eq!(schedule(found.simplest), schedule(stats.simplest));
        let reported = (reported.runs, reported.states, reported.covered, reported.failed);
        assert_eq!(reported, (40, 0, 40, u128::from(stats.failed)), "{strategy:?}");
    }
    let config = Config::default();
    config.stop.request();
    let options = SearchOptions {
        strategy: Strategy::Random { runs: 40 },
        seed: 7,
        limits: Limits::default(),
    };
    let stopped = run_search(&program, options, &config, &Progress::default());
    assert_eq!((stopped.runs, stopped.schedules), (0, 0));
    let why: Vec<_> = stopped.incomplete.into_iter().collect();
    assert_eq!(why, [Incomplete::Sampled, Incomplete::Stopped]);
}

/// The first thread writes last: without a switch the second one goes first.
#[test]
fn the_simplest_failure_is_that_with_the_fewest_switches() {
    let program: Arc<dyn Program> = Arc::new(|| {
        let word = Arc::new(TracedAtomic::new("word", 0));
        let (first, second) = (Arc::clone(&word), Arc::clone(&word));
        Plan::new()
            .thread("first", move || {
                crate::kit::step::local("think");
                first.store(1, Relaxed);
                Ok(())
            })
            .thread("second", move || {
                second.store(2, Relaxed);
                Ok(())
            })
            .at_end(move |_| match word.peek() {
                1 => Err(Broken::new("first", "the first was last")),
                _ => Ok(()),
            })
    });
    let found = simplest_failure(&program, &Limits::default(), &Config::default()).unwrap();
    assert_eq!((found.switches, code::encode(&found.schedule())), (0, "ba2".to_owned()));
    let (all, _) = searched(&program, Strategy::All);
    let simplest = all.simplest.unwrap();
    assert_eq!((simplest.switches, simplest.trace.len()), (0, 3));
    assert_eq!((all.schedules, all.failures), (3, 2));
    // Fewer switches go before fewer steps.
    let shorter = Found {
        switches: 1,
        trace: Trace::new(simplest.trace.at(0), simplest.trace.steps()[..2].to_vec()),
        ..simplest.clone()
    };
    assert!(simplest.is_simpler_than(&shorter) && !shorter.is_simpler_than(&simplest));
    for (program, switches) in
        [(counter(2), 1), (philosophers(2, false), 1), (philosophers(3, false), 1)]
    {
        let (all, _) = searched(&program, Strategy::All);
        assert_eq!(all.simplest.map(|found| found.switches), Some(switches));
    }
}

#[test]
fn a_schedule_is_cut_to_what_is_not_implied_and_bounded() {
    let found = search(&counter(2), Method::Plain);
    let simplest = found.simplest().unwrap();
    assert_eq!(code::encode(&simplest.schedule()), "a2b3a");
    assert_eq!(code::encode(&code::essential(&simplest.trace)), "a2b");
    assert_eq!(code::decode("a10000").unwrap().len(), 10_000);
    let bad = |text| code::decode(text).unwrap_err().to_string();
    let most = "more than the 10000 steps that a run may take";
    assert_eq!(bad("a10001"), format!("character 1: {most}"));
    assert_eq!(bad("b3a9998"), format!("character 3: {most}"));
    assert_eq!(bad("a12-"), "character 4: `-` is neither a thread's letter nor a count");
}

/// How the failure of two threads with two atomics is explained when they take their steps
/// in this schedule.
fn explained(
    a: fn(&TracedAtomic, &TracedAtomic),
    b: fn(&TracedAtomic, &TracedAtomic),
    schedule: &str,
) -> (Option<Conflict>, String) {
    let program: Arc<dyn Program> = Arc::new(move || {
        let both = Arc::new((TracedAtomic::new("x", 0), TracedAtomic::new("y", 0)));
        let (one, other) = (Arc::clone(&both), both);
        Plan::new()
            .thread("a", move || {
                a(&one.0, &one.1);
                Ok(())
            })
            .thread("b", move || {
                b(&other.0, &other.1);
                Ok(())
            })
            .at_end(|_| Err(Broken::new("always", "so it is")))
    });
    let replay = Replay::new(code::decode(schedule).unwrap());
    let found = explore(replay, program, &Config::default()).scheduler.found.unwrap();
    assert_eq!(code::encode(&found.schedule()), schedule);
    let why = why(&found).unwrap();
    (why.conflict, why.text)
}

#[test]
fn a_failure_is_explained_by_the_latest_look_and_the_latest_change_of_the_same_thing() {
    let conflict = |read, change, act| Some(Conflict { read, change, act });
    // Two changes: the later one was overwritten.
    let (found, text) = explained(
        |x, _| {
            x.load(Relaxed);
            x.store(9, Relaxed);
        },
        |x, _| {
            x.store(1, Relaxed);
            x.store(2, Relaxed);
        },
        "ab2a",
    );
    assert_eq!(found, conflict(0, 2, Some(3)));
    assert_eq!(text, "a found 0 in x, then b made it 2, then a wrote 9 over it: so it is");
    // Two looks: the later one was stale.
    let (found, _) = explained(
        |x, _| {
            x.load(Relaxed);
            x.load(Relaxed);
            x.store(9, Relaxed);
        },
        |x, _| {
            x.store(1, Relaxed);
            x.store(2, Relaxed);
        },
        "ababa",
    );
    assert_eq!(found, conflict(2, 3, Some(4)));
    // A look at the thing itself goes before a later one at another.
    let (found, _) = explained(
        |x, y| {
            x.load(Relaxed);
            y.load(Relaxed);
            x.store(9, Relaxed);
        },
        |x, y| {
            x.store(1, Relaxed);
            y.store(2, Relaxed);
        },
        "ababa",
    );
    assert_eq!(found, conflict(0, 1, Some(4)));
    // Another thing alone.
    let (found, text) = explained(
        |x, y| {
            y.load(Relaxed);
            x.store(9, Relaxed);
        },
        |_, y| y.store(2, Relaxed),
        "aba",
    );
    assert_eq!(found, conflict(0, 1, Some(2)));
    assert_eq!(
        text,
        "a found 0 in y, then b made it 2, and a went on as if nothing had happened: so it is"
    );
    // What was made again what it was is no change, and what no thread acts on came too early.
    let (found, text) = explained(
        |x, _| {
            x.load(Relaxed);
        },
        |x, _| x.store(0, Relaxed),
        "ab",
    );
    assert_eq!((found, &*text), (None, "so it is"));
    let (found, text) = explained(
        |x, _| {
            x.load(Relaxed);
        },
        |x, _| x.store(5, Relaxed),
        "ab",
    );
    assert_eq!(found, conflict(0, 1, None));
    assert_eq!(text, "a found 0 in x before b made it 5: so it is");
}

#[test]
fn of_those_who_wait_for_what_no_thread_will_do_none_has_ended() {
    let program: Arc<dyn Program> = Arc::new(|| {
        let permits = Arc::new(Semaphore::new("permits", 0));
        let plan = Plan::new().thread("early", || {
            crate::kit::step::local("nothing");
            Ok(())
        });
        plan.thread("late", move || permits.acquire())
    });
    let found = simplest_failure(&program, &Limits::default(), &Config::default()).unwrap();
    let text = why(&found).unwrap().text;
    assert_eq!(text, "late waits for permits, and no thread is left to end it");
}

#[test]
fn things_of_every_kind_can_be_asked_for_their_value() {
    let program: Arc<dyn Program> = Arc::new(|| {
        let _things = (
            Arc::new(Semaphore::new("two", 2)),
            Arc::new(Semaphore::new("none", 0)),
            Arc::new(Event::new("gate")),
            Arc::new(Barrier::new("meeting", 3)),
        );
        let word = Arc::new(TracedAtomic::new("word", 5));
        Plan::new().thread("only", move || {
            word.load(SeqCst);
            Ok(())
        })
    });
    let model = first_state(&program, &Config::default()).unwrap().unwrap();
    let holds = |text: &str| Query::read(text, &model).unwrap().holds(&model);
    for text in [
        "two == 2",
        "none == 0",
        "gate == 0",
        "meeting == 0",
        "word == 5",
        "word <= 5",
        "word >= 5",
        "!(word < 5)",
        "!(word > 5)",
        "word <= 6",
        "word >= 4",
        "!waits(only)",
        "!done(only)",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in ["word <= 4", "word >= 6", "two == 1", "word != 5"] {
        assert!(!holds(text), "{text}");
    }
    let reached = |program: &Arc<dyn Program>, text: &str| {
        let model = first_state(program, &Config::default()).unwrap().unwrap();
        let query = Query::read(text, &model).unwrap();
        search(&asking(Arc::clone(program), query), Method::Merged).totals().failed()
    };
    assert_eq!(reached(&counter(2), "ever waits(adder[0])"), 0, "it never does");
    assert_eq!(reached(&counter(2), "count >= 2"), 2);
}

#[test]
fn the_next_step_of_a_thread_stands_at_its_line() {
    static LINE: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let program: Arc<dyn Program> = Arc::new(|| {
        let word = TracedAtomic::new("word", 5);
        Plan::new().thread("only", move || {
            LINE.store(line!() + 1, SeqCst);
            word.load(SeqCst);
            Ok(())
        })
    });
    let model = first_state(&program, &Config::default()).unwrap().unwrap();
    assert_eq!(model.next(0).map(|next| next.line), Some(LINE.load(SeqCst)));
}
