//! What a worker's lane has of its frames, its output and its end, and what its pool says of
//! a worker that was stopped or asked to end.

use std::fs::File;
use std::process::Command;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, WaitId, WaitIdOptions, kill_process, waitid};

use super::*;
use crate::kit::event::TaskOutcome;
use crate::kit::process_pool::core::CHECK_INTERVAL;

/// The events of all lanes of a pool in words, in their order.
#[derive(Clone, Default)]
struct Lanes(Arc<Mutex<Vec<String>>>);

impl Lanes {
    fn pool(&self, policy: Policy, workers: usize) -> Scripted {
        let sink = self.clone();
        let observer = Arc::new(move |_: &_, _| Box::new(sink.clone()) as Box<_>);
        Scripted::new(builder(workers, policy).observer(observer))
    }

    fn take(&self) -> Vec<String> {
        take(&mut *self.0.lock().unwrap())
    }
}

impl EventSink for Lanes {
    fn id(&self) -> LaneId {
        LaneId(0)
    }
    fn emit(&self, what: LaneEvent) {
        self.0.lock().unwrap().push(match what {
            LaneEvent::Idle => "idle".to_owned(),
            LaneEvent::Said { stream, text } => format!("{stream:?}: {text}|"),
            LaneEvent::Sent { bytes, .. } => format!("sent {bytes}"),
            LaneEvent::Received { bytes, .. } => format!("received {bytes}"),
            LaneEvent::TaskStarted { task, .. } => format!("started {task}"),
            LaneEvent::TaskEnded { task, outcome: TaskOutcome::Lost { cause } } => {
                format!("lost {task}: {cause}")
            }
            LaneEvent::TaskEnded { task, .. } => format!("ended {task}"),
            other => format!("{other:?}"),
        });
    }
    fn emit_reliable(&self, what: LaneEvent) {
        self.0.lock().unwrap().push("reliably".to_owned());
        self.emit(what);
    }
    fn flush(&self) {
        self.0.lock().unwrap().push("flush".to_owned());
    }
    fn resource(&self, _: &str, _: ResourceKind) -> ResourceId {
        ResourceId(0)
    }
}

const STOPPED: &str = "Ended(Stopped)";

#[test]
fn a_lane_has_the_bytes_of_each_frame_and_rests_after_its_tasks() {
    let lanes = Lanes::default();
    let mut pool = lanes.pool(Policy::FailAll, 1);
    pool.submit(0..2);
    let worker = pool.started();
    let sent = format!("sent {}", worker.receive().size());
    let hello = format!("received {}", wire::encode(Kind::Hello, &[]).unwrap().len());
    let mut lane = lanes.take();
    // The tasks wait in its socket before it has a lane, which knows of them, not of the bytes.
    lane.retain(|event| !event.starts_with("sent"));
    assert_eq!(lane, ["started 0", "started 1", &hello]);
    pool.answer(&worker, 0, 2, 1);
    let lane = lanes.take();
    assert_eq!(lane[1..], ["ended 0", "ended 1", "idle", "flush"]);
    // The same two tasks under numbers of the same length.
    pool.submit(2..4);
    assert_eq!(lanes.take(), ["started 2", "started 3", &sent]);
    assert_eq!(format!("sent {}", worker.receive().size()), sent);
}

#[test]
fn a_lane_that_begins_without_a_task_is_idle() {
    let lanes = Lanes::default();
    let mut pool = lanes.pool(Policy::FailAll, 1);
    pool.core.prestart();
    pool.started();
    assert_eq!(lanes.take()[1..], ["idle", "flush"]);
}

#[test]
fn the_end_of_a_worker_is_sent_reliably_after_its_last_task() {
    let lanes = Lanes::default();
    let mut pool = lanes.pool(Policy::FailAll, 2);
    pool.submit(0..2);
    pool.submit(2..3);
    let (first, second) = (pool.started(), pool.started());
    lanes.take();
    pool.ended(first.number, KILLED);
    let killed = "was killed by SIGKILL";
    let broken = format!("lost 2: worker {PID} {killed}");
    let ended = format!("{:?}", LaneEvent::Ended(KILLED.into()));
    let lost = [0, 1].map(|task| format!("lost {task}: {killed}"));
    // Without output there is nothing to flush.
    assert_eq!(lanes.take(), [&lost[0], &lost[1], "reliably", &*ended, &*broken]);
    // Its task is lost already, and it was the pool that killed it.
    pool.ended(second.number, KILLED);
    assert_eq!(lanes.take(), ["reliably", STOPPED]);
}

#[test]
fn a_manager_that_panicked_leaves_no_lane_open() {
    let lanes = Lanes::default();
    let mut pool = lanes.pool(Policy::FailAll, 2);
    pool.submit(0..1);
    let _worker = pool.started();
    lanes.take();
    pool.core.on_manager_panic("boom");
    assert_eq!(lanes.take(), ["lost 0: boom", "reliably", STOPPED]);
}

#[test]
fn only_an_end_that_was_asked_for_is_expected() {
    let mut pool = Scripted::new(builder(2, Policy::Replace { retries: 0 }));
    pool.core.prestart();
    let (idle, busy) = (pool.started(), pool.started());
    pool.ended(idle.number, Death::Exited(0));
    pool.submit(0..1);
    pool.core.close(Shutdown::Terminate);
    pool.ended(busy.number, KILLED);
    let gone = pool.core.view().gone;
    assert_eq!([gone[0].expected, gone[1].expected], [false, true]);
}

#[test]
fn a_worker_that_ends_because_it_was_asked_to_has_no_fault_to_name() {
    let mut pool = Scripted::new(builder(1, Policy::FailAll));
    pool.core.prestart();
    let worker = pool.requested();
    pool.forked(worker.number, pid(worker.number), "");
    pool.read_server();
    File::from(worker.stderr).write_all(b"no matter\n").unwrap();
    pool.core.close(Shutdown::Drain);
    pool.ended(worker.number, Death::Exited(0));
    let gone = &pool.core.view().gone[0];
    assert_eq!((&*gone.cause, gone.expected), ("exited with code 0", true));
}

#[test]
fn the_last_words_before_a_worker_is_ready_are_those_on_its_standard_error() {
    let mut pool = Scripted::new(builder(1, Policy::Replace { retries: 0 }));
    pool.core.prestart();
    let worker = pool.requested();
    pool.forked(worker.number, pid(worker.number), "");
    pool.read_server();
    File::from(worker.stderr).write_all(b"first\nno memory\n").unwrap();
    pool.core.take_in(&[WatchSource::Worker(worker.number, Part::Stderr)]);
    File::from(worker.stdout).write_all(b"welcome\n").unwrap();
    pool.core.take_in(&[WatchSource::Worker(worker.number, Part::Stdout)]);
    pool.ended(worker.number, Death::Exited(1));
    let cause = &pool.core.view().gone[0].cause;
    assert_eq!(&**cause, "exited with code 1 before it was ready: no memory");
}

#[test]
fn a_line_without_its_end_counts_once_its_worker_is_dead() {
    let lanes = Lanes::default();
    let mut pool = lanes.pool(Policy::Replace { retries: 0 }, 1);
    pool.core.prestart();
    let worker = pool.requested();
    pool.forked(worker.number, pid(worker.number), "");
    pool.read_server();
    // As a child of the worker keeps them open that outlives it.
    let (mut out, mut err) = (File::from(worker.stdout), File::from(worker.stderr));
    out.write_all(b"half a line").unwrap();
    err.write_all(b"first\nno memory").unwrap();
    pool.ended(worker.number, Death::Exited(1));
    let cause = &pool.core.view().gone[0].cause;
    assert_eq!(&**cause, "exited with code 1 before it was ready: no memory");
    drop((out, err));
}

#[test]
fn lines_are_whole_however_they_arrive_and_without_blanks_at_their_end() {
    let lanes = Lanes::default();
    let mut pool = lanes.pool(Policy::FailAll, 1);
    pool.core.prestart();
    let worker = pool.started();
    lanes.take();
    let (mut out, mut err) = (File::from(worker.stdout), File::from(worker.stderr));
    let read = |pool: &mut Scripted, part| {
        pool.core.take_in(&[WatchSource::Worker(worker.number, part)]);
        let mut lines = lanes.take();
        lines.retain(|event| event != "flush");
        lines
    };
    out.write_all(b"one \t\r\n  tw").unwrap();
    err.write_all(b"else").unwrap();
    assert_eq!(read(&mut pool, Part::Stdout), ["Stdout: one|"]);
    assert_eq!(read(&mut pool, Part::Stderr), [""; 0]);
    out.write_all(b"o\nthree\nfo").unwrap();
    assert_eq!(read(&mut pool, Part::Stdout), ["Stdout:   two|", "Stdout: three|"]);
    out.write_all(b"ur ").unwrap();
    assert_eq!(read(&mut pool, Part::Stdout), [""; 0]);
    drop((out, err));
    // A child that another test has just forked may still hold the ends for a moment.
    for pipe in [&pool.core.slots[0].process.stdout, &pool.core.slots[0].process.stderr] {
        let closed = PollFd::new(pipe.as_ref().unwrap(), PollFlags::empty());
        poll(&mut [closed], None).unwrap();
    }
    assert_eq!(read(&mut pool, Part::Stdout), ["Stdout: four|"]);
    assert_eq!(read(&mut pool, Part::Stderr), ["Stderr: else|"]);
}

#[test]
fn a_worker_with_a_task_is_shown_as_stopped_while_the_kernel_holds_it() {
    let mut pool = Scripted::new(builder(1, Policy::FailAll));
    pool.submit(0..1);
    let worker = pool.requested();
    let mut process = Command::new("sleep").arg("1000").spawn().unwrap();
    pool.forked(worker.number, process.id(), "");
    pool.read_server();
    pool.hello(&worker);
    let sleeper = Pid::from_child(&process);
    let mut after = |signal, change| {
        kill_process(sleeper, signal).unwrap();
        waitid(WaitId::Pid(sleeper), change).unwrap();
        pool.core.checked = Instant::now().checked_sub(CHECK_INTERVAL).unwrap();
        pool.core.take_in(&[]);
        pool.states()
    };
    let stopped = after(Signal::STOP, WaitIdOptions::STOPPED);
    let running = after(Signal::CONT, WaitIdOptions::CONTINUED);
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(stopped, [WorkerState::Stopped(vec![0])]);
    assert_eq!(running, [WorkerState::Running(vec![0])]);
}

#[test]
fn a_worker_that_has_answered_is_not_shown_as_stopped_with_its_next_task() {
    let mut pool = Scripted::new(builder(1, Policy::FailAll));
    let _futures = [pool.submit(0..1), pool.submit(1..2)];
    let worker = pool.started();
    pool.core.slots[0].stopped = true;
    assert_eq!(pool.states(), [WorkerState::Stopped(vec![0])]);
    pool.answer(&worker, 0, 1, 0);
    assert_eq!(pool.states(), [WorkerState::Running(vec![1])]);
}
