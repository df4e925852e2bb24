//! What a pool makes of starts that come early, late, not at all, or to a bad end.

use super::*;

#[test]
fn the_fork_servers_answer_is_received_however_early_it_comes() {
    let mut pool = Scripted::new(builder(1, Policy::FailAll));
    // Before it was asked, which no real one can do.
    pool.forked(0, PID, "");
    pool.core.prestart();
    assert_eq!(pool.requested().number, 0);
    pool.read_server();
    assert_eq!(pool.core.view().workers[0].pid, PID);
}

#[test]
fn a_refused_fork_gives_its_tasks_back_and_is_tried_again_soon() {
    let mut pool = Scripted::new(builder(2, Policy::FailAll));
    pool.submit(0..1);
    let waiting = pool.submit(1..2);
    let (first, second) = (pool.requested(), pool.requested());
    pool.forked(first.number, PID, "");
    pool.forked(second.number, 0, NO_FORK);
    pool.read_server();
    pool.hello(&first);
    let view = pool.core.view();
    assert_eq!((view.workers.len(), view.queued, view.retried), (1, 1, 0));
    assert_eq!(view.shortage.as_deref(), Some(NO_FORK));
    assert!(view.broken.is_none() && view.gone.is_empty());
    // Not at once, but without being asked.
    assert!(pool.core.hold_off.is_some() && pool.core.due() <= pool.core.hold_off);
    pool.core.hold_off = Some(Instant::now() + Duration::from_mins(1));
    assert!(pool.core.spawn_request().is_none() && pool.core.view().workers.len() == 1);
    pool.core.hold_off = Some(Instant::now());
    let third = pool.started();
    assert_eq!(pool.core.view().shortage, None);
    pool.answer(&third, 1, 1, 1);
    assert_eq!(waiting[0].take(&Limit::now()), Ok(7));
}

#[test]
fn a_pool_that_wants_all_its_workers_breaks_without_one_of_them() {
    let mut pool = Scripted::new(builder(2, Policy::Replace { retries: 9 }));
    let task = pool.submit(0..1);
    pool.core.prestart();
    let (first, second) = (pool.requested(), pool.requested());
    pool.forked(first.number, PID, "");
    pool.forked(second.number, 0, NO_FORK);
    pool.read_server();
    let reason = format!("no worker could be started after the first 1 of 2: {NO_FORK}");
    assert_eq!(pool.broken(), reason);
    assert!(error(&task[0]).ends_with(&reason), "{}", error(&task[0]));

    let mut pool = Scripted::new(builder(2, Policy::Replace { retries: 9 }));
    let task = pool.submit(0..1);
    let worker = pool.requested();
    pool.forked(worker.number, 0, NO_FORK);
    pool.read_server();
    assert_eq!(pool.broken(), format!("no worker could be started: {NO_FORK}"));
    assert!(error(&task[0]).contains("square #0 did not run"));
}

#[test]
fn a_full_line_is_waited_for_only_while_an_answer_is_due() {
    let mut pool = Scripted::new(builder(2, Policy::FailAll));
    pool.fill_line();
    pool.submit(0..1);
    assert!(pool.core.spawn_request().is_none());
    let reason = "no worker could be started: Resource temporarily unavailable";
    assert_eq!(pool.broken(), reason);

    let mut pool = Scripted::new(builder(2, Policy::FailAll));
    pool.submit(0..1);
    let first = pool.requested();
    let filled = pool.fill_line();
    pool.submit(1..2);
    assert!(pool.core.spawn_request().is_none() && !pool.core.wants_worker());
    assert_eq!((pool.core.view().workers.len(), pool.core.view().queued), (1, 1));
    (&pool.server).read_exact(&mut vec![0; filled]).unwrap();
    pool.forked(first.number, PID, "");
    pool.read_server();
    assert_eq!(pool.started().number, 2);
    assert_eq!(pool.core.view().queued, 0);
}

#[test]
fn a_fork_server_that_owes_an_answer_for_too_long_breaks_the_pool() {
    let overdue = |answers: bool| {
        let mut pool = Scripted::new(builder(1, Policy::FailAll));
        pool.core.prestart();
        let worker = pool.requested();
        assert!(pool.core.due().is_some(), "it is looked at from time to time");
        if answers {
            pool.forked(worker.number, PID, "");
        }
        pool.core.slots[0].asked_ns = 0;
        pool.core.checked -= CHECK_INTERVAL;
        pool.core.take_in(&[]);
        pool.core.view().broken
    };
    let reason = "the fork server has not answered for 10 s";
    assert_eq!(overdue(false).as_deref(), Some(reason));
    assert_eq!(overdue(true), None);
}

#[test]
fn a_fork_server_without_room_for_the_pool_reports_so() {
    let mut pool = Scripted::new(builder(1, Policy::FailAll));
    pool.core.prestart();
    pool.requested();
    pool.forked(crate::kit::child::NO_LINK, 0, "no room");
    pool.read_server();
    assert_eq!(pool.broken(), "no room");
    assert!(pool.core.view().workers.is_empty());
}

#[test]
fn a_death_before_the_hello_reports_the_last_line_and_costs_no_attempt() {
    let mut pool = Scripted::new(builder(1, Policy::FailAll));
    let task = pool.submit(0..1);
    let worker = pool.requested();
    pool.forked(worker.number, PID, "");
    pool.read_server();
    rustix::io::write(&worker.stderr, b"loading\nno \x1b[31mmemory\n").unwrap();
    pool.ended(worker.number, Death::Exited(127));
    let reason =
        format!(r"worker {PID} exited with code 127 before it was ready: no \u{{1b}}[31mmemory");
    assert_eq!(pool.broken(), reason);
    assert!(error(&task[0]).starts_with("square #0 did not run"));

    let mut pool = Scripted::new(builder(1, Policy::Replace { retries: 0 }));
    let task = pool.submit(0..1);
    for number in 0..9 {
        let worker = pool.requested();
        pool.forked(number, pid(number), "");
        pool.ended(number, KILLED);
        drop(worker);
    }
    assert_eq!(pool.core.view().retried, 0);
    // One that is ready ends the row, and its death is the first that concerns the task.
    let tenth = pool.started();
    assert_eq!(pool.core.false_starts, 0);
    pool.ended(tenth.number, KILLED);
    let pid = pid(tenth.number);
    let reported = format!("worker {pid} was killed by SIGKILL while it held square #0");
    assert_eq!(error(&task[0]), reported);
}

fn initialized(policy: Policy) -> Scripted {
    let how = builder(1, policy);
    let how = how.initializer::<crate::kit::process_pool::worker_fns::Square>(&3);
    Scripted::new(how.unwrap())
}

#[test]
fn a_worker_is_ready_after_its_initializer() {
    let mut pool = initialized(Policy::FailAll);
    pool.core.prestart();
    let worker = pool.started();
    assert_eq!(worker.receive().kind, Kind::Chunk);
    assert_eq!((pool.core.ready(), pool.core.view().milestones.ready), (0, 0));
    assert_eq!(pool.states(), [WorkerState::Starting]);
    pool.answer(&worker, INITIALIZER, 1, 1);
    assert_eq!((pool.core.ready(), pool.states()), (1, vec![WorkerState::Idle]));
    assert_eq!(pool.core.view().workers[0].done, 0);
}

#[test]
fn an_initializer_that_ends_its_process_is_named_and_no_task_is_blamed() {
    let mut pool = initialized(Policy::FailAll);
    let task = pool.submit(0..1);
    let worker = pool.started();
    pool.ended(worker.number, Death::Exited(3));
    let reason = format!("worker {PID} exited with code 3 in its initializer");
    assert_eq!(pool.broken(), reason);
    let reported = error(&task[0]);
    assert_eq!(reported, format!("square #0 did not run: the pool is broken: {reason}"));

    for policy in [Policy::Replace { retries: 0 }, Policy::Forget] {
        let mut pool = initialized(policy);
        let task = pool.submit(0..1);
        for number in 0..u64::from(FALSE_STARTS) {
            let worker = pool.started();
            assert_eq!(worker.number, number);
            pool.ended(number, Death::Exited(3));
        }
        let reported = error(&task[0]);
        assert!(
            reported.ends_with("the last one exited with code 3 in its initializer"),
            "{reported}"
        );
        assert_eq!((pool.core.view().retried, pool.core.view().lost), (0, 0));
    }
}

#[test]
fn the_last_line_of_an_initializer_that_ends_its_process_is_reported() {
    let mut pool = initialized(Policy::FailAll);
    pool.core.prestart();
    let worker = pool.started();
    rustix::io::write(&worker.stderr, b"loading\nno such table\n").unwrap();
    pool.ended(worker.number, Death::Exited(3));
    let reported = format!("worker {PID} exited with code 3 in its initializer: no such table");
    assert_eq!(pool.broken(), reported);
    // What a worker writes once it is ready is no reason why it is not.
    let mut pool = initialized(Policy::Forget);
    pool.core.prestart();
    let worker = pool.started();
    pool.answer(&worker, INITIALIZER, 1, 1);
    rustix::io::write(&worker.stderr, b"at work\n").unwrap();
    pool.ended(worker.number, Death::Exited(3));
    let view = pool.core.view();
    assert_eq!(&*view.gone[0].cause, "exited with code 3");
}

#[test]
fn a_worker_that_cannot_go_on_reports_why() {
    let mut pool = Scripted::new(builder(1, Policy::Replace { retries: 0 }));
    let task = pool.submit(0..1);
    let worker = pool.started();
    pool.send(&worker, Kind::Failed, b"no thread: none left");
    assert_eq!(pool.core.slots[0].killed.map(|_| ()), Some(()));
    pool.ended(worker.number, Death::Exited(2));
    let reported = error(&task[0]);
    let cause = "could not continue (no thread: none left) and exited with code 2";
    assert_eq!(reported, format!("worker {PID} {cause} while it held square #0"));
}

#[test]
fn a_worker_that_is_to_end_before_its_pid_is_known_is_killed_when_it_is() {
    let mut pool = Scripted::new(builder(1, Policy::FailAll));
    pool.core.prestart();
    let worker = pool.requested();
    pool.core.close(Shutdown::Terminate);
    assert!(!pool.core.is_over());
    // No process has this pid, so only that it is tried can be seen: the slot goes on.
    pool.forked(worker.number, PID, "");
    pool.read_server();
    pool.ended(worker.number, Death::Signalled(Signal::KILL.as_raw()));
    assert!(pool.core.is_over() && pool.core.view().gone[0].expected);
}
