//! What an observed pool reports in the lanes of its workers.

use super::*;

#[test]
fn a_task_is_seen_to_be_queued_before_a_worker_can_begin_it() {
    let (recorder, mut reader) = recorder::<()>();
    let _sink_guard = crate::kit::recorder::set_sink(Rc::new(recorder.lane("main")));
    let lanes = recorder.clone();
    let observer: Observer = Arc::new(move |name: &str| Rc::new(lanes.lane(name)));
    let pool = ThreadPool::builder(1).observer(observer).build().unwrap();
    let future = pool.submit(|| ()).unwrap();
    // Its lane has gathered nothing that it has not sent.
    let mut queued = 0;
    reader.drain(1000, |event| {
        queued += usize::from(matches!(event.what, What::Lane(LaneEvent::TaskQueued { .. })));
    });
    assert_eq!(queued, 1);
    assert_eq!(future.result(&soon()), Ok(()));
}

/// No thread has a stack as large as all memory.
#[test]
fn a_task_that_is_refused_is_not_seen_as_queued() {
    let (recorder, mut reader) = recorder::<()>();
    let _sink_guard = crate::kit::recorder::set_sink(Rc::new(recorder.lane("main")));
    let lanes = recorder.clone();
    let observer: Observer = Arc::new(move |name: &str| Rc::new(lanes.lane(name)));
    let builder = || ThreadPool::builder(1).observer(Arc::clone(&observer));
    let (ended, without) = (builder().build().unwrap(), builder().stack_size(1 << 48));
    ended.shutdown(Shutdown::Drain);
    let without = without.build().unwrap();
    for pool in [&ended, &without] {
        assert!(pool.submit(|| ()).is_err());
        assert!(pool.map_chunked(0..4, 2, |_| ()).is_err());
    }
    with_sink(|sink| sink.flush());
    let mut queued = 0;
    reader.drain(1000, |event| {
        queued += usize::from(matches!(event.what, What::Lane(LaneEvent::TaskQueued { .. })));
    });
    assert_eq!(queued, 0);
}

#[test]
fn an_observed_pool_reports_the_life_of_its_workers_and_tasks() {
    let (recorder, mut reader) = recorder::<()>();
    let lanes = recorder.clone();
    let observer: Observer = Arc::new(move |name: &str| Rc::new(lanes.lane(name)));
    let pool = ThreadPool::builder(1).observer(observer).build().unwrap();
    let results = pool.map(0..3, |n| assert_ne!(n, 1)).unwrap();
    assert_eq!(results.filter(Result::is_err).count(), 1);
    drop(pool);
    let mut reported = Vec::new();
    reader.drain(1000, |event| {
        if let What::Lane(what) = event.what {
            reported.push(what);
        }
    });
    let ended = |wanted: fn(&TaskOutcome) -> bool| {
        reported
            .iter()
            .filter(|what| matches!(what, LaneEvent::TaskEnded { outcome, .. } if wanted(outcome)))
            .count()
    };
    assert_eq!(ended(|outcome| *outcome == TaskOutcome::Finished), 2);
    assert_eq!(ended(|outcome| matches!(outcome, TaskOutcome::Failed { .. })), 1);
    assert!(reported.contains(&LaneEvent::Ended(Ending::Returned)));
}

/// Each task under its number and label, from its submission to its end.
#[test]
fn each_task_is_reported_under_its_own_number_and_label() {
    let (recorder, mut reader) = recorder::<()>();
    let _sink_guard = crate::kit::recorder::set_sink(Rc::new(recorder.lane("main")));
    let lanes = recorder.clone();
    let observer: Observer = Arc::new(move |name: &str| Rc::new(lanes.lane(name)));
    let pool = ThreadPool::builder(1).observer(observer).build().unwrap();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let first = pool.submit_as("first", move || wait.recv().unwrap());
    let second = pool.submit_as("second", || ());
    let third = pool.submit_as("third", || assert_eq!(1, 2, "on purpose"));
    assert!(second.unwrap().cancel());
    pool.spawn(|| ()).unwrap();
    go.send(()).unwrap();
    first.unwrap().result(&soon()).unwrap();
    third.unwrap().wait(&soon()).unwrap();
    until(|| pool.view()[0].done == 4);
    drop(pool);
    let mut reported = Vec::new();
    reader.drain(1000, |event| match event.what {
        What::Lane(LaneEvent::TaskQueued { task, label }) => {
            reported.push(format!("{task} {label} queued"));
        }
        What::Lane(LaneEvent::TaskStarted { task, label }) => {
            reported.push(format!("{task} {label} started"));
        }
        What::Lane(LaneEvent::TaskEnded { task, outcome }) => reported.push(match outcome {
            TaskOutcome::Failed { error } => {
                format!("{task} failed: {}", error.contains("on purpose"))
            }
            other => format!("{task} {other:?}"),
        }),
        _ => {}
    });
    reported.sort();
    assert_eq!(
        reported,
        [
            "0 Finished",
            "0 first queued",
            "0 first started",
            "1 Cancelled",
            "1 second queued",
            "2 failed: true",
            "2 third queued",
            "2 third started",
        ]
    );
}

/// What the lanes of a pool's workers say on their stderr while it does `work`.
fn emitted_in_lanes(work: impl FnOnce(Builder)) -> Vec<String> {
    let (recorder, mut reader) = recorder::<()>();
    let observer: Observer = Arc::new(move |name: &str| Rc::new(recorder.lane(name)));
    work(ThreadPool::builder(1).observer(observer));
    let mut said = Vec::new();
    reader.drain(1000, |event| {
        if let What::Lane(LaneEvent::Said { text, .. }) = event.what {
            said.push(text.to_string());
        }
    });
    said
}

#[test]
fn a_panic_that_no_future_keeps_is_reported_in_the_workers_lane() {
    let said = emitted_in_lanes(|builder| {
        let builder = builder.initializer(|| panic!("not ready"));
        let (pool, latch) = (builder.build().unwrap(), Latch::default());
        let pass = latch.clone();
        let task = pool.submit(move || pass.wait()).unwrap();
        task.on_done(|_| panic!("in a callback"));
        latch.open();
        pool.spawn(|| panic!("without a future")).unwrap();
        assert_eq!(task.result(&soon()), Ok(()));
        drop(pool);
        let panics = task.callback_panics();
        assert_eq!(panics.len(), 1);
        assert_eq!(&*panics[0].message, "in a callback");
        assert!(panics[0].place.contains("observed.rs:"), "{panics:?}");
    });
    let expected = [
        ("the initializer of a worker raised an exception (a panic in Rust) at ", "not ready"),
        ("a completion callback raised an exception (a panic in Rust) at ", "in a callback"),
        ("a task without a future raised an exception (a panic in Rust) at ", "without a future"),
    ];
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for (line, (what, message)) in said.iter().zip(expected) {
        assert!(line.starts_with(what) && line.ends_with(message), "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Whatever is submitted, cancelled and made to fail: each task ends exactly once, as
    /// its future says.
    #[test]
    fn each_task_ends_exactly_once(
        plan in prop::collection::vec((any::<bool>(), any::<bool>()), 1..60),
        workers in 1usize..5,
        how in prop::sample::select(vec![Shutdown::Drain, Shutdown::Cancel]),
    ) {
        let pool = ThreadPool::new(workers).unwrap();
        let runs: Vec<_> = plan.iter().map(|_| Arc::new(AtomicU32::new(0))).collect();
        let futures: Vec<_> = plan.iter().zip(&runs).map(|((fails, cancelled), run)| {
            let (fails, run) = (*fails, Arc::clone(run));
            let future = pool.submit(move || {
                run.fetch_add(1, Ordering::SeqCst);
                assert!(!fails, "as planned");
            }).unwrap();
            if *cancelled {
                future.cancel();
            }
            future
        }).collect();
        pool.shutdown(how);
        for ((future, run), (fails, _)) in futures.iter().zip(&runs).zip(&plan) {
            let expected = match future.status() {
                Status::Cancelled => 0,
                Status::Failed => { prop_assert!(*fails); 1 }
                Status::Finished => { prop_assert!(!*fails); 1 }
                unfinished => return Err(TestCaseError::fail(format!("{unfinished:?} after shutdown"))),
            };
            prop_assert_eq!(run.load(Ordering::SeqCst), expected);
        }
        let names: HashSet<_> = pool.view().into_iter().map(|view| view.name).collect();
        prop_assert!(names.len() <= workers);
    }
}
