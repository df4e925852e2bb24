//! When a fault is injected, into which worker, and when it counts as noticed: pools and
//! tasks in the states that the test sets.

use std::sync::Mutex;

use super::*;
use crate::kit::child::Death;
use crate::kit::process_pool::Gone;

/// Beyond any pid that the system gives: a signal to it reaches no process.
const PID: u32 = 1 << 30;

fn worker(number: u32, state: WorkerState) -> WorkerView {
    let name = format!("worker {number}").into();
    WorkerView { name, pid: PID + number, state, done: 0, start_ns: None }
}

/// Workers 1 and 2, the latter in this state.
fn view(state: WorkerState) -> PoolView {
    let workers = vec![worker(1, WorkerState::Running(vec![3])), worker(2, state)];
    PoolView { workers, ..PoolView::default() }
}

fn working() -> PoolView {
    view(WorkerState::Running(vec![4]))
}

fn with_gone(gone: &[(u32, i32, bool)]) -> PoolView {
    let gone = gone.iter().map(|(number, code, expected)| Gone {
        pid: PID + number,
        death: Death::Exited(*code),
        cause: format!("exited with code {code}").into(),
        expected: *expected,
    });
    PoolView { gone: Arc::new(gone.collect()), ..working() }
}

/// The target's task, started by worker 2.
fn running(started: Instant) -> TaskState {
    let worker = Some("worker 2".into());
    let times = Times { queued: started, started: Some(started), ended: None, worker };
    TaskState { status: Running, error: None, times }
}

fn failed(started: Instant, ended: Option<Instant>) -> TaskState {
    let times = Times { ended, ..running(started).times };
    TaskState { status: Failed, error: None, times }
}

/// Calls `test` with an injection of this fault that has not begun, of two other tasks.
fn with(fault: &str, policy: Policy, test: impl FnOnce(&mut Injection<'_>)) -> Vec<PoolSnapshot> {
    let (program, stop) = (Path::new("/bin/true"), Stop::new());
    let pool = ProcessPool::builder(program, 1).build().unwrap();
    let region = Region::create(SharedData::CELLS).unwrap();
    let shared = SharedData::new(&mut region.layout());
    let reports = Mutex::new(Vec::new());
    let injector = Injector {
        program,
        workers: 2,
        tasks: 3,
        stop: &stop,
        observer: Arc::new(|_, _| unreachable!()),
        report: &|snapshot| reports.lock().unwrap().push(snapshot),
    };
    test(&mut Injection {
        injector: &injector,
        pool: &pool,
        shared: &shared,
        fault: Fault::find(fault).unwrap(),
        policy,
        others: [Finished, Finished].map(probe).into(),
        target: probe(Finished),
        injected: None,
        noticed: None,
        resumed: false,
        attempt: None,
        ended: 0,
        waiting_since: None,
        gave_up: false,
        last_report: None,
    });
    reports.into_inner().unwrap()
}

fn ago(time: Duration) -> Instant {
    Instant::now().checked_sub(time).unwrap()
}

const LONG_AGO: Duration = Duration::from_mins(1);

#[test]
fn a_fault_from_outside_is_injected_now_into_the_worker_that_has_the_target() {
    for fault in ["kill", "term", "stop-cont"] {
        with(fault, Policy::Retry, |injection| {
            let mut waits = running(ago(LONG_AGO));
            waits.times.started = None;
            injection.injection(&working(), &waits);
            let gone = PoolView { workers: vec![worker(1, WorkerState::Idle)], ..working() };
            injection.injection(&gone, &running(ago(LONG_AGO)));
            assert_eq!(injection.injected, None, "{fault}");
            let before = Instant::now();
            injection.injection(&working(), &running(ago(LONG_AGO)));
            let (injected, pid) = injection.injected.unwrap();
            assert!(injected >= before, "{fault}");
            assert_eq!(pid, PID + 2, "{fault}");
            // Once only.
            injection.injection(&working(), &running(ago(LONG_AGO)));
            assert_eq!(injection.injected, Some((injected, pid)), "{fault}");
        });
    }
}

#[test]
fn a_fault_of_the_task_itself_counts_from_its_start() {
    for fault in ["panic", "exit-3", "memory", "loop", "lock-holder", "half-message"] {
        with(fault, Policy::Forget, |injection| {
            let started = ago(LONG_AGO);
            injection.injection(&working(), &running(started));
            assert_eq!(injection.injected, Some((started, PID + 2)), "{fault}");
        });
        with(fault, Policy::Forget, |injection| {
            let started = ago(LONG_AGO);
            injection.injection(&PoolView::default(), &running(started));
            assert_eq!(injection.injected, Some((started, 0)), "{fault}: its worker is gone");
        });
    }
}

#[test]
fn a_fault_is_noticed_with_the_tasks_end_a_death_or_the_pools_and_not_before() {
    let started = ago(LONG_AGO);
    let ended = started + Duration::from_millis(7);
    with("exit-3", Policy::Forget, |injection| {
        injection.notice(&with_gone(&[(1, 0, false)]), &failed(started, Some(ended)));
        assert_eq!(injection.noticed, None, "nothing is injected yet");
        injection.injected = Some((started, PID + 2));
        injection.notice(&with_gone(&[(1, 0, true)]), &running(started));
        assert_eq!(injection.noticed, None, "that worker was asked to end");
        injection.notice(&working(), &failed(started, Some(ended)));
        assert_eq!(injection.noticed, Some(ended));
        injection.notice(&with_gone(&[(1, 3, false)]), &running(started));
        assert_eq!(injection.noticed, Some(ended), "the first counts");
    });
    let broken = PoolView { broken: Some("of a death".into()), ..working() };
    let now: [(PoolView, TaskState); 3] = [
        (with_gone(&[(1, 0, true), (2, 3, false)]), running(started)),
        (broken, running(started)),
        (working(), failed(started, None)),
    ];
    for (view, target) in now {
        with("exit-3", Policy::Forget, |injection| {
            injection.injected = Some((started, PID + 2));
            let before = Instant::now();
            injection.notice(&view, &target);
            assert!(injection.noticed.unwrap() >= before);
        });
    }
    with("stop-cont", Policy::Forget, |injection| {
        injection.injected = Some((started, PID + 2));
        injection.notice(&with_gone(&[(2, 3, false)]), &failed(started, Some(ended)));
        assert_eq!(injection.noticed, None, "only the stop counts");
    });
}

#[test]
fn a_stopped_worker_goes_on_as_soon_as_it_is_seen_or_after_its_time() {
    with("stop-cont", Policy::Retry, |injection| {
        injection.injection(&working(), &running(ago(LONG_AGO)));
        assert!(!injection.resumed && injection.noticed.is_none());
        let before = Instant::now();
        injection.injection(&view(WorkerState::Stopped(vec![4])), &running(ago(LONG_AGO)));
        assert!(injection.resumed);
        let noticed = injection.noticed.unwrap();
        assert!(noticed >= before);
        injection.injection(&view(WorkerState::Stopped(vec![4])), &running(ago(LONG_AGO)));
        assert_eq!(injection.noticed, Some(noticed));
    });
    with("stop-cont", Policy::Retry, |injection| {
        injection.injected = Some((ago(STOP_LIMIT), PID + 2));
        injection.injection(&working(), &running(ago(LONG_AGO)));
        assert!(injection.resumed);
        assert_eq!(injection.noticed, None, "nobody saw the stop");
    });
}

#[test]
fn each_attempt_of_a_supervisor_ends_at_its_own_limit() {
    with("loop", Policy::Retry, |injection| {
        // The first counts from the task's start.
        let over = running(ago(TASK_LIMIT + Duration::from_millis(1)));
        let gone = PoolView { workers: vec![worker(1, WorkerState::Idle)], ..working() };
        injection.injection(&gone, &over);
        assert_eq!((injection.ended, injection.noticed), (0, None));
        injection.injection(&working(), &over);
        let noticed = injection.noticed;
        assert!(noticed.is_some());
        injection.injection(&working(), &over);
        assert_eq!(injection.ended, 1, "each attempt is ended once");
        // The next, on another worker, counts from when it is seen.
        let mut next = over;
        next.times.worker = Some("worker 1".into());
        let before = Instant::now();
        injection.injection(&working(), &next);
        let attempt = injection.attempt.as_mut().unwrap();
        assert!(attempt.since >= before && &*attempt.worker == "worker 1");
        attempt.since = ago(TASK_LIMIT + Duration::from_millis(1));
        injection.injection(&working(), &next);
        assert_eq!((injection.ended, injection.noticed), (2, noticed), "noticed at the first");
    });
    with("loop", Policy::FailAll, |injection| {
        injection.injection(&working(), &running(ago(LONG_AGO)));
        assert_eq!(injection.ended, 0, "no supervisor, no limit");
    });
}

#[test]
fn a_lost_task_is_waited_for_until_the_time_is_up() {
    let reports = with("kill", Policy::Forget, |injection| {
        assert!(injection.is_over(), "nothing is open");
        assert!(!injection.shared.fired.is_set());
        injection.others[1] = probe(Pending);
        assert!(!injection.is_over());
        assert!(injection.waiting_since.is_some());
        injection.waiting_since = Some(ago(LOST_TASK_TIMEOUT + Duration::from_millis(1)));
        injection.noticed = Some(Instant::now());
        assert!(injection.is_over() && injection.gave_up);
        assert!(injection.shared.fired.is_set(), "who waits for the fault goes on");
        injection.others[1] = probe(Cancelled);
        assert!(injection.is_over());
        assert_eq!(injection.waiting_since, None, "what was missing has come");
    });
    let shown: Vec<_> = reports.iter().map(|of| (of.done, of.of, of.waits_ms.is_some())).collect();
    assert_eq!(shown, [(3, 3, false), (2, 3, false), (2, 3, true), (3, 3, false)]);
    assert!(reports[2].waits_ms >= Some(250) && reports[2].waits_ms.unwrap() % 10 == 0);
}

#[test]
fn the_cause_names_the_worker_and_what_became_of_it() {
    let cause = |fault: &str, policy, error: Option<TaskError>, gone: &[(u32, i32, bool)]| {
        let mut cause = String::new();
        with(fault, policy, |injection| {
            injection.injected = Some((Instant::now(), PID + 2));
            injection.ended = 5;
            injection.target = Box::new(move || TaskState {
                error: error.clone(),
                ..failed(Instant::now(), None)
            });
            cause = injection.cause(&with_gone(gone));
            injection.resumed = true;
            let resumed = "was stopped by SIGSTOP and continued after SIGCONT";
            let resumed = format!("worker {} {resumed}", PID + 2);
            assert_eq!(injection.cause(&with_gone(gone)), resumed);
        });
        let pid = |number: u32| (PID + number).to_string();
        (1..=4).fold(cause, |cause, number| cause.replace(&pid(number), &format!("#{number}")))
    };
    let gone = [(1, 0, true), (4, 9, false), (3, 7, false)];
    let died = |attempts| {
        let (task, cause) = ("exit #3".into(), "exited with code 3".into());
        Some(TaskError::WorkerDied { task, pid: PID + 3, cause, attempts })
    };
    let (message, place) = ("on purpose".into(), "worker_fns.rs:7".into());
    let panicked = Some(TaskError::Panicked { message, place, worker: "worker 2".into() });
    for (error, of, expected) in [
        (
            panicked,
            &gone[..],
            "worker #2 continues; its task raised an exception (a panic in Rust): on purpose",
        ),
        (died(3), &gone, "worker #3 exited with code 3, the last of 3: given up"),
        (died(2), &gone, "worker #3 exited with code 3, the last of 2: given up"),
        (died(1), &gone, "worker #4 exited with code 9"),
        (None, &gone, "worker #4 exited with code 9"),
        (Some(TaskError::Cancelled), &gone[..1], "cancelled"),
        (None, &gone[..1], "nothing happened"),
    ] {
        assert_eq!(cause("exit-3", Policy::Retry, error, of), expected);
    }
    assert_eq!(
        cause("loop", Policy::Retry, died(3), &gone),
        "worker #4 exited with code 9 after its 150 ms, 5 times: given up after 2 retries"
    );
    for policy in [Policy::Forget, Policy::FailAll] {
        assert_eq!(
            cause("loop", policy, None, &gone),
            "worker #2 computes and never ends; no supervisor limits its time"
        );
    }
}
