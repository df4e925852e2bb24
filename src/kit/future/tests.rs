//! What Python's test suite asks of futures, and a little more.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::kit::stop::Stop;

/// Long enough for the slowest machine; reached only when something hangs.
const LONG: Duration = Duration::from_secs(30);

fn soon() -> Limit {
    Limit::within(LONG)
}

fn worker() -> Arc<str> {
    "w".into()
}

fn failed() -> TaskError {
    TaskError::Panicked { message: "no".into(), place: "here:1".into(), worker: worker() }
}

#[test]
fn a_result_is_there_for_everyone_who_asks() {
    let (promise, future) = future();
    assert_eq!(future.status(), Status::Pending);
    assert!(promise.start(&worker()));
    assert_eq!(future.status(), Status::Running);
    promise.complete(Ok(7));
    assert_eq!((future.result(&soon()), future.result(&Limit::now())), (Ok(7), Ok(7)));
    assert_eq!(future.status(), Status::Finished);
}

#[test]
fn a_result_moves_out_once() {
    let (promise, future) = future();
    promise.complete(Ok(vec![1]));
    assert_eq!(future.take(&soon()), Ok(vec![1]));
    assert_eq!(future.take(&soon()), Err(TaskError::Taken.into()));
}

#[test]
fn a_wait_that_gives_up_leaves_the_task_alone() {
    let (promise, future) = future();
    promise.start(&worker());
    assert_eq!(
        future.result(&Limit::within(Duration::from_millis(5))),
        Err(Timeout::Elapsed.into())
    );
    promise.complete(Ok(1));
    assert_eq!(future.result(&soon()), Ok(1));
}

#[test]
fn a_wait_can_be_stopped() {
    let (_promise, future) = future::<u32>();
    let stop = Stop::new();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| future.result(&Limit::until(&stop)));
        stop.request();
        assert_eq!(waiter.join().unwrap(), Err(Timeout::Stopped.into()));
    });
}

#[test]
fn only_what_does_not_run_yet_can_be_cancelled() {
    let (pending, one) = future::<u32>();
    assert!(one.cancel() && one.cancel());
    assert!(!pending.start(&worker()));
    assert_eq!((one.status(), one.error()), (Status::Cancelled, Some(TaskError::Cancelled)));
    let (running, two) = future();
    running.start(&worker());
    assert!(!two.cancel());
    running.complete(Ok(2));
    assert!(!two.cancel());
    assert_eq!(two.result(&soon()), Ok(2));
}

#[test]
fn a_cancel_wakes_a_thread_that_waits() {
    let (_promise, future) = future::<u32>();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| future.result(&soon()));
        while future.shared.state.lock().waiters == 0 {
            std::thread::yield_now();
        }
        future.cancel();
        assert_eq!(waiter.join().unwrap(), Err(TaskError::Cancelled.into()));
    });
}

#[test]
fn a_forgotten_promise_fails_its_future() {
    let (promise, future) = future::<u32>();
    drop(promise);
    assert_eq!(future.result(&soon()), Err(TaskError::Abandoned.into()));
}

#[test]
fn callbacks_run_once_each_and_a_panic_in_one_harms_no_thread() {
    let (promise, future) = future();
    let calls = Arc::new(AtomicUsize::new(0));
    let count = |calls: &Arc<AtomicUsize>| {
        let calls = Arc::clone(calls);
        move |_: &Future<u32>| {
            calls.fetch_add(1, Ordering::SeqCst);
        }
    };
    future.on_done(count(&calls));
    future.on_done(|_| panic!("in a callback"));
    future.on_done(count(&calls));
    promise.complete(Ok(1));
    future.on_done(count(&calls));
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    future.on_done(|_| panic!("in a late callback"));
    let panics: Vec<_> =
        future.callback_panics().iter().map(|panic| panic.message.to_string()).collect();
    assert_eq!(panics, ["in a callback", "in a late callback"]);
    assert_eq!(future.result(&soon()), Ok(1));
}

/// Runs `does` again in a process of its own and gives what that wrote on stderr.
fn stderr_of(test: &str, does: impl FnOnce()) -> Option<String> {
    const ALONE: &str = "THREADBARE_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        does();
        return None;
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_panic_in_a_callback_without_a_lane_goes_to_the_panic_hook_once() {
    let test =
        "kit::future::tests::a_panic_in_a_callback_without_a_lane_goes_to_the_panic_hook_once";
    let stderr = stderr_of(test, || {
        let (promise, future) = future();
        future.on_done(|_| panic!("in a callback"));
        promise.complete(Ok(1));
    });
    if let Some(stderr) = stderr {
        assert_eq!(stderr.matches("in a callback").count(), 1, "{stderr}");
        assert!(stderr.contains("future/tests.rs:"), "{stderr}");
    }
}

#[test]
fn as_completed_gives_each_once_and_done_ones_first() {
    let (promises, futures): (Vec<_>, Vec<_>) = (0..4).map(|_| future::<usize>()).unzip();
    let mut promises: Vec<_> = promises.into_iter().map(Some).collect();
    promises[2].take().unwrap().complete(Ok(2));
    let asked: Vec<_> = [0, 2, 1, 0, 2].map(|at| futures[at].clone()).into();
    let mut completed = as_completed(&asked, soon());
    let next =
        |completed: &mut AsCompleted<usize>| completed.next().unwrap().unwrap().result(&soon());
    assert_eq!(next(&mut completed), Ok(2));
    promises[1].take().unwrap().complete(Ok(1));
    assert_eq!(next(&mut completed), Ok(1));
    promises[0].take().unwrap().complete(Err(failed()));
    assert_eq!(next(&mut completed), Err(failed().into()));
    assert!(completed.next().is_none());
}

#[test]
fn a_timeout_reports_how_many_of_how_many_are_left() {
    let (promises, futures): (Vec<_>, Vec<_>) = (0..5).map(|_| future::<usize>()).unzip();
    let mut promises = promises.into_iter();
    promises.next().unwrap().complete(Ok(0));
    promises.next().unwrap().complete(Ok(1));
    let mut completed = as_completed(&futures, Limit::within(Duration::from_millis(5)));
    assert!(completed.next().unwrap().is_ok() && completed.next().unwrap().is_ok());
    let late = completed.next().unwrap().unwrap_err();
    assert_eq!(late.to_string(), "3 (of 5) futures unfinished: the time was up");
    assert!(completed.next().is_none());
    drop(promises);
}

#[test]
fn wait_parts_the_done_from_the_rest() {
    let parts = |gathered: &Gathered<u32>| (gathered.done.len(), gathered.not_done.len());
    let (one, first) = future();
    let (two, second) = future();
    let (three, third) = future();
    let all = [first, second, third.clone()];
    one.complete(Ok(1));
    // Each wait ends by itself, or at its limit, as it should: the parts are the same.
    let ends_by_itself = |when| {
        let began = Instant::now();
        let gathered = parts(&wait(&all, when, &soon()));
        assert!(began.elapsed() < LONG, "{when:?} waited for its limit");
        gathered
    };
    let ends_at_its_limit = |when| {
        let (began, limit) = (Instant::now(), Duration::from_millis(5));
        let gathered = parts(&wait(&all, when, &Limit::within(limit)));
        assert!(began.elapsed() >= limit, "{when:?} did not wait");
        gathered
    };
    assert_eq!(ends_by_itself(When::First), (1, 2));
    assert_eq!(ends_at_its_limit(When::FirstError), (1, 2), "no error yet");
    assert_eq!(ends_at_its_limit(When::All), (1, 2));
    two.complete(Err(failed()));
    assert_eq!(ends_by_itself(When::FirstError), (2, 1));
    assert_eq!(ends_at_its_limit(When::All), (2, 1));
    third.cancel();
    // Cancelled, and its pool has not noticed yet.
    assert_eq!(parts(&wait(&all, When::All, &Limit::within(Duration::from_millis(5)))), (2, 1));
    assert!(!three.start(&worker()));
    assert_eq!(parts(&wait(&all, When::All, &soon())), (3, 0));
    assert_eq!(parts(&wait(&[], When::All, &soon())), (0, 0));
}

#[test]
fn a_hundred_futures_may_finish_at_one_instant() {
    let (promises, futures): (Vec<_>, Vec<_>) = (0..100).map(|_| future::<usize>()).unzip();
    let start = Barrier::new(5);
    std::thread::scope(|scope| {
        let mut promises = promises.into_iter().enumerate();
        for _ in 0..4 {
            let mine: Vec<_> = promises.by_ref().take(25).collect();
            let start = &start;
            scope.spawn(move || {
                start.wait();
                for (n, promise) in mine {
                    promise.complete(Ok(n));
                }
            });
        }
        start.wait();
        assert_eq!(wait(&futures, When::All, &soon()).done.len(), 100);
    });
    let sum: usize = futures.iter().map(|future| future.result(&soon()).unwrap()).sum();
    assert_eq!(sum, 4950);
}

#[test]
fn moments_and_workers_of_a_task_are_its_own() {
    let (promise, task) = future::<u32>();
    let before = Instant::now();
    assert!(task.times().queued <= before && task.times().started.is_none());
    assert!(promise.start(&worker()));
    let (started, after) = (task.times().started.unwrap(), Instant::now());
    assert!(before <= started && started <= after);
    // Its worker died: another one has it, and it began when it began.
    assert!(promise.start(&"other".into()));
    let times = task.times();
    assert_eq!((times.worker.as_deref(), times.started), (Some("other"), Some(started)));
    promise.complete(Ok(1));
    assert!(task.times().ended.is_some_and(|ended| after <= ended));
    let (_promise, task) = future::<u32>();
    assert!(task.cancel());
    assert!(task.times().ended.is_some(), "cancelled is ended");
    assert_eq!(task.error(), Some(TaskError::Cancelled));
    let (promise, task) = future::<u32>();
    promise.complete(Err(TaskError::Cancelled));
    assert_eq!(task.status(), Status::Cancelled);
}

#[test]
fn an_end_wakes_all_who_wait_and_calls_back_in_order() {
    let (promise, task) = future::<u32>();
    let called = Arc::new(Mutex::new(Vec::new()));
    for n in 1..=3 {
        let called = Arc::clone(&called);
        task.on_done(move |_| called.lock().push(n));
    }
    task.on_done(|_| panic!("in a callback"));
    std::thread::scope(|scope| {
        let waiters: Vec<_> = (0..3).map(|_| scope.spawn(|| task.result(&soon()))).collect();
        let deadline = Instant::now() + LONG;
        while task.shared.state.lock().waiters < 3 {
            assert!(Instant::now() < deadline, "not all wait");
            std::thread::yield_now();
        }
        promise.complete(Ok(5));
        for waiter in waiters {
            assert_eq!(waiter.join().unwrap(), Ok(5));
        }
    });
    assert_eq!(*called.lock(), [1, 2, 3]);
    assert_eq!(task.callback_panics().len(), 1);
}

#[test]
fn a_cancelled_task_is_no_first_error() {
    let (cancelled, first) = future::<u32>();
    first.cancel();
    assert!(!cancelled.start(&worker()));
    let (failing, second) = future::<u32>();
    std::thread::scope(|scope| {
        scope.spawn(move || failing.complete(Err(failed())));
        let both = [first, second];
        let gathered = wait(&both, When::FirstError, &soon());
        assert_eq!((gathered.done.len(), gathered.not_done.len()), (2, 0));
    });
}

#[test]
fn results_that_come_too_late_cancel_what_is_left() {
    let (promises, futures): (Vec<_>, Vec<_>) = (0..3).map(|_| future::<u32>()).unzip();
    let mut results = Results::new(futures.clone()).within(Limit::now());
    assert_eq!(results.next(), Some(Err(Failure::Wait(Timeout::Elapsed))));
    let statuses: Vec<_> = futures.iter().map(Future::status).collect();
    assert_eq!(statuses, [Status::Cancelled; 3]);
    assert_eq!(results.next(), None);
    drop(promises);
}

#[test]
fn errors_say_who_what_and_where() {
    let task: Arc<str> = "square #7".into();
    let died = |attempts| TaskError::WorkerDied {
        task: Arc::clone(&task),
        pid: 12,
        cause: "was killed by SIGKILL".into(),
        attempts,
    };
    let reported = [
        failed(),
        TaskError::Failed {
            kind: "ValueError".into(),
            message: "too large".into(),
            place: "there:2".into(),
            worker: worker(),
        },
        died(1),
        died(3),
        TaskError::Broken { task: Arc::clone(&task), reason: "no more".into() },
        TaskError::Unsendable { task: Arc::clone(&task), why: "too long".into() },
        TaskError::Cancelled,
        TaskError::Abandoned,
        TaskError::Taken,
    ]
    .map(|error| error.to_string());
    assert_eq!(
        reported,
        [
            "w raised an exception (a panic in Rust) at here:1: no",
            "ValueError in w at there:2: too large",
            "worker 12 was killed by SIGKILL while it held square #7",
            "worker 12 was killed by SIGKILL while it held square #7, tried 3 times",
            "square #7 did not run: the pool is broken: no more",
            "square #7 could not be sent: too long",
            "cancelled",
            "the pool ended before the task could run",
            "the result was taken before",
        ]
    );
    let unfinished = Unfinished { left: 2, of: 5, timeout: Timeout::Elapsed };
    assert_eq!(unfinished.to_string(), "2 (of 5) futures unfinished: the time was up");
}
