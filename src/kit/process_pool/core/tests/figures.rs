//! Each figure of a pool has one right value after what was sent.

use super::*;

#[test]
fn tasks_are_counted_where_they_are() {
    let mut pool = Scripted::new(builder(2, Policy::Replace { retries: 1 }));
    let three = pool.submit(0..3);
    let two = pool.submit(3..5);
    let four = pool.submit(5..9);
    let queued = |pool: &Scripted| pool.core.view().queued;
    assert_eq!((queued(&pool), pool.states()), (9, vec![]));
    let (first, second) = (pool.requested(), pool.requested());
    let running = |range: std::ops::Range<u64>| WorkerState::Running(range.collect());
    // Handed over at once, to be there when the workers are.
    assert_eq!(queued(&pool), 4);
    assert_eq!(pool.states(), [running(0..3), running(3..5)]);
    assert_eq!(pool.core.ready(), 0);
    for worker in [&first, &second] {
        pool.forked(worker.number, pid(worker.number), "");
        pool.read_server();
        pool.hello(worker);
    }
    let view = pool.core.view();
    assert_eq!((view.ready(), pool.core.ready(), view.limit), (2, 2, 2));
    assert_eq!([PID, PID + 1], [view.workers[0].pid, view.workers[1].pid]);
    assert_eq!(view.workers[1].name.as_ref(), "worker 1");

    pool.answer(&first, 0, 3, 5_000);
    assert!(three.iter().all(|task| task.take(&Limit::now()) == Ok(7)));
    assert_eq!((queued(&pool), pool.states()[0].clone()), (0, running(5..9)));
    let done = |pool: &Scripted| -> Vec<_> {
        let workers = pool.core.view().workers;
        workers.iter().map(|worker| worker.done).collect()
    };
    assert_eq!(done(&pool), [3, 0]);
    assert_eq!(pool.core.view().milestones.computed, 5_000);

    pool.ended(second.number, KILLED);
    let view = pool.core.view();
    assert_eq!((view.queued, view.retried, view.lost), (2, 2, 0));
    let gone = &view.gone[0];
    let reported = (gone.pid, gone.death, &*gone.cause, gone.expected);
    assert_eq!(reported, (PID + 1, KILLED, "was killed by SIGKILL", false));

    let third = pool.started();
    assert_eq!((third.number, queued(&pool)), (2, 0));
    // An earlier moment than the one before: the last counts.
    pool.answer(&third, 3, 2, 4_000);
    assert_eq!(done(&pool), [3, 2]);
    assert_eq!(pool.core.view().milestones.computed, 5_000);
    assert!(two.iter().all(|task| task.status() == Status::Finished));

    // A second death of one task is one too many.
    pool.submit(9..10);
    pool.ended(third.number, KILLED);
    assert_eq!((queued(&pool), pool.core.view().retried), (1, 3));
    let fourth = pool.started();
    pool.ended(fourth.number, KILLED);
    assert_eq!((queued(&pool), pool.core.view().retried), (0, 3));

    pool.core.close(Shutdown::Drain);
    assert_eq!(pool.states(), [running(5..9)]);
    pool.answer(&first, 5, 4, 6_000);
    assert!(four.iter().all(Future::is_done));
    assert_eq!(done(&pool), [7]);
    assert_eq!(pool.states(), [WorkerState::Ending]);
    pool.ended(first.number, Death::Exited(0));
    let view = pool.core.view();
    assert!(view.gone[3].expected && view.closed && pool.core.is_over());
}

#[test]
fn what_a_closed_queue_and_a_losing_pool_leave_is_counted() {
    let mut pool = Scripted::new(builder(1, Policy::Forget));
    let lost = pool.submit(0..2);
    let queued = pool.submit(2..7);
    let worker = pool.started();
    assert_eq!(pool.core.view().queued, 5);
    pool.ended(worker.number, KILLED);
    let view = pool.core.view();
    assert_eq!((view.lost, view.queued, view.retried), (2, 5, 0));
    assert_eq!(lost[0].status(), Status::Running);
    pool.core.close(Shutdown::Cancel);
    pool.settle();
    assert_eq!(pool.core.view().queued, 0);
    assert!(queued.iter().all(|task| task.status() == Status::Cancelled));
}

#[test]
fn a_start_lasts_from_the_request_to_readiness() {
    let mut pool = Scripted::new(builder(1, Policy::FailAll));
    let before = monotonic_ns();
    pool.core.prestart();
    let worker = pool.requested();
    let asked = pool.core.slots[0].asked_ns;
    assert!((before..=monotonic_ns()).contains(&asked));
    // The hello comes first, and the worker is not ready before its pid is known.
    pool.hello(&worker);
    let ready = pool.core.view().milestones.ready;
    assert_eq!(pool.core.view().milestones.spawned, 0);
    assert_eq!(pool.core.view().workers[0].start_ns, None);
    assert_eq!(pool.states(), [WorkerState::Starting]);
    let heard = monotonic_ns();
    assert!((asked..=heard).contains(&ready));
    pool.forked(0, PID, "");
    pool.read_server();
    assert_eq!(pool.core.view().workers[0].start_ns, Some(ready - asked));
    assert_eq!(pool.states(), [WorkerState::Idle]);
    let spawned = pool.core.view().milestones.spawned;
    assert!((heard..=monotonic_ns()).contains(&spawned));
}

/// When each event of one kind was emitted.
#[derive(Clone, Default)]
struct Moments(Arc<Mutex<Vec<(&'static str, u64)>>>);

impl EventSink for Moments {
    fn id(&self) -> LaneId {
        LaneId(0)
    }
    fn emit(&self, what: LaneEvent) {
        let name = match what {
            LaneEvent::TaskStarted { .. } => "started",
            LaneEvent::Sent { .. } => "sent",
            LaneEvent::Received { .. } => "received",
            LaneEvent::TaskEnded { .. } => "ended",
            _ => return,
        };
        self.0.lock().unwrap().push((name, monotonic_ns()));
    }
    fn emit_reliable(&self, what: LaneEvent) {
        self.emit(what);
    }
    fn flush(&self) {}
    fn resource(&self, _: &str, _: ResourceKind) -> ResourceId {
        ResourceId(0)
    }
}

#[test]
fn each_milestone_lies_between_what_comes_before_and_after_it() {
    let moments = Moments::default();
    let sink = moments.clone();
    let before = monotonic_ns();
    let how = builder(1, Policy::FailAll).observer(Arc::new(move |_, _| Box::new(sink.clone())));
    let mut pool = Scripted::new(how);
    let made = pool.core.view().milestones.made;
    assert!((before..=monotonic_ns()).contains(&made));
    pool.core.prestart();
    let worker = pool.started();
    moments.0.lock().unwrap().clear();
    pool.submit(0..1);
    let milestones = pool.core.view().milestones;
    let [("started", started), ("sent", sent)] = moments.0.lock().unwrap()[..] else {
        panic!("{:?}", moments.0)
    };
    // Stamped before a byte is written: the worker cannot have computed before.
    assert!((started..=sent).contains(&milestones.sent), "{milestones:?}");
    assert_eq!((milestones.computed, milestones.received), (0, 0));
    pool.answer(&worker, 0, 1, 1);
    let milestones = pool.core.view().milestones;
    let [_, _, ("received", received), ("ended", ended)] = moments.0.lock().unwrap()[..] else {
        panic!("{:?}", moments.0)
    };
    assert_eq!(milestones.computed, 1);
    assert!((received..=ended).contains(&milestones.received));
    assert_eq!(milestones.ended, 0);
    pool.core.end();
    assert!(pool.core.view().milestones.ended >= ended);
}

#[test]
fn the_last_ends_are_remembered_and_the_others_counted() {
    let mut pool = Scripted::new(builder(1, Policy::Replace { retries: 0 }));
    pool.core.prestart();
    for number in 0..GONE_KEPT as u64 + 6 {
        let worker = pool.started();
        drop(worker);
        pool.ended(number, KILLED);
    }
    let view = pool.core.view();
    assert_eq!((view.gone.len(), view.gone_earlier), (GONE_KEPT, 6));
    assert_eq!(view.gone.front().unwrap().pid, PID + 6);
    assert!(view.broken.is_none());
}

#[test]
fn a_worker_is_ready_once_it_has_reported_so_and_leaves_after_its_last_task() {
    let mut pool = Scripted::new(builder(1, Policy::FailAll).tasks_per_worker(2));
    pool.submit(0..1);
    let worker = pool.requested();
    pool.forked(worker.number, pid(worker.number), "");
    pool.read_server();
    let view = pool.core.view();
    assert_eq!((view.ready(), pool.core.ready(), view.workers[0].start_ns), (0, 0, None));
    pool.hello(&worker);
    assert_eq!(pool.core.view().ready(), 1);
    pool.answer(&worker, 0, 1, 1_000);
    assert_eq!(pool.states(), [WorkerState::Idle]);
    pool.submit(1..2);
    pool.answer(&worker, 1, 1, 2_000);
    assert_eq!(pool.states(), [WorkerState::Ending]);
}
