//! Each error of the kit in its own words: a table, so that no text can take another's place.

use std::io;
use std::sync::Arc;

use super::child::Death;
use super::event::Ending;
use super::future::{Failure, TaskError};
use super::limit::Timeout;
use super::load::Load;
use super::manager::ManagerError;
use super::monitor::Refusal;
use super::pipe::PipeError;
use super::process_pool::{NotReady, PoolError};
use super::shared::QueueError;
use super::wire::{LONGEST, WireError};
use super::{shared, thread_pool};

#[test]
fn each_refusal_has_its_own_words() {
    for (error, text) in [
        (QueueError::Full.to_string(), "the queue is full"),
        (QueueError::Empty.to_string(), "the queue is empty"),
        (QueueError::Closed.to_string(), "the queue is closed"),
        (QueueError::Stopped.to_string(), "asked to stop while waiting for the queue"),
        (
            QueueError::NothingToFinish.to_string(),
            "task_done was called more often than items were put",
        ),
        (shared::NotOwner.to_string(), "the caller does not hold the lock"),
        (
            shared::OverRelease { bound: 7 }.to_string(),
            "released more often than acquired: the semaphore is bounded by 7",
        ),
        (shared::Broken.to_string(), "the barrier is broken"),
        (Refusal::Stopped.to_string(), "asked to stop"),
        (Refusal::Closed.to_string(), "the queue is closed"),
        (Refusal::Broken.to_string(), "the barrier is broken"),
        (Refusal::Misuse("not so").to_string(), "not so"),
        (Timeout::Elapsed.to_string(), "the time was up"),
        (Timeout::Stopped.to_string(), "asked to stop while waiting"),
        (PipeError::ReceiveOnly.to_string(), "this end of the pipe only receives"),
        (PipeError::SendOnly.to_string(), "this end of the pipe only sends"),
        (PipeError::End.to_string(), "the other end of the pipe is closed"),
        (PipeError::Late(Timeout::Elapsed).to_string(), "the time was up"),
        (
            PipeError::Wire(WireError::Version { theirs: 9 }).to_string(),
            "the other end speaks version 9 of the protocol, not 1",
        ),
        (PipeError::System(io::Error::other("no pipe")).to_string(), "the pipe failed: no pipe"),
        (
            ManagerError::Connection(PipeError::End).to_string(),
            "the manager cannot be asked: the other end of the pipe is closed",
        ),
        (
            ManagerError::Unreadable.to_string(),
            "the manager and its client do not understand each other",
        ),
        (ManagerError::Start("why".into()).to_string(), "the manager did not start: why"),
        (ManagerError::Ended("why".into()).to_string(), "the manager has ended: why"),
    ] {
        assert_eq!(error, text);
    }
}

#[test]
fn each_error_of_a_pool_and_its_workers_has_its_own_words() {
    use thread_pool::PoolError as ThreadPoolError;

    let (foreign, torn) =
        (WireError::Foreign { begins: b"GE\n".to_vec() }, WireError::Torn { have: 36, want: 72 });
    let broken = PoolError::Broken("worker 7 died".into());
    for (error, text) in [
        (PoolError::NoWorkers.to_string(), "a pool needs at least 1 worker, not 0"),
        (PoolError::EmptyChunk.to_string(), "a chunk needs at least 1 item, not 0"),
        (PoolError::NoTasksPerWorker.to_string(), "a worker must do at least 1 task, not 0"),
        (PoolError::ShutDown.to_string(), "the pool was shut down and takes no more tasks"),
        (broken.to_string(), "the pool is broken: worker 7 died"),
        (
            PoolError::from(io::Error::other("no descriptors")).to_string(),
            "the pool could not be made: no descriptors",
        ),
        (NotReady::Pool(broken).to_string(), "the pool is broken: worker 7 died"),
        (NotReady::from(Timeout::Stopped).to_string(), "asked to stop while waiting"),
        (ThreadPoolError::NoWorkers.to_string(), "a pool needs at least 1 worker, not 0"),
        (ThreadPoolError::EmptyChunk.to_string(), "a chunk needs at least 1 item, not 0"),
        (ThreadPoolError::ShutDown.to_string(), "the pool was shut down and takes no more tasks"),
        (
            ThreadPoolError::NoThread(io::Error::other("no room")).to_string(),
            "no worker could be started: no room",
        ),
        (foreign.to_string(), "sent something that is no frame: \"GE\\n\""),
        (WireError::Unknown { kind: 8 }.to_string(), "sent a frame of unknown kind 8"),
        (torn.to_string(), "ended within a frame, after 36 of 72 bytes"),
        (Death::Exited(3).to_string(), "exited with code 3"),
        (Death::Signalled(11).to_string(), "was killed by SIGSEGV"),
        (Death::Signalled(64).to_string(), "was killed by signal 64"),
        (Death::Unknown.to_string(), "ended in an unknown way"),
        (
            Load { others_cores: 1.44, cores: 2 }.to_string(),
            "something else used about 1.4 of 2 cores",
        ),
        (
            Load { others_cores: 0.25, cores: 1 }.to_string(),
            "something else used about 0.2 of 1 core",
        ),
    ] {
        assert_eq!(error, text);
    }
    let too_long = format!("declared a frame of 12345 bytes; {LONGEST} are allowed");
    assert_eq!(WireError::TooLong { length: 12_345 }.to_string(), too_long);
    let codes = [Death::Exited(3), Death::Signalled(11), Death::Unknown].map(Death::code);
    assert_eq!(codes, [Some(3), Some(139), None]);
    let endings = [Death::Exited(3), Death::Signalled(11), Death::Unknown].map(Ending::from);
    let expected = [Ending::Exited { code: 3 }, Ending::Killed { signal: 11 }, Ending::Unknown];
    assert_eq!(endings, expected);
}

#[test]
fn each_error_of_a_task_has_its_own_words() {
    let task: Arc<str> = "square #4".into();
    let worker: Arc<str> = "worker 6".into();
    let died = |attempts| TaskError::WorkerDied {
        task: Arc::clone(&task),
        pid: 4711,
        cause: "was killed by SIGKILL".into(),
        attempts,
    };
    let (message, place) = ("too much".into(), "worker_fns.rs:9".into());
    let (kind, again) = ("ValueError".into(), Arc::clone(&worker));
    let failed = TaskError::Failed { kind, message, place, worker: again };
    let (message, place) = ("too much".into(), "worker_fns.rs:9".into());
    for (error, text) in [
        (
            TaskError::Panicked { message, place, worker },
            "worker 6 raised an exception (a panic in Rust) at worker_fns.rs:9: too much",
        ),
        (failed, "ValueError in worker 6 at worker_fns.rs:9: too much"),
        (died(1), "worker 4711 was killed by SIGKILL while it held square #4"),
        (died(3), "worker 4711 was killed by SIGKILL while it held square #4, tried 3 times"),
        (
            TaskError::Broken { task: Arc::clone(&task), reason: "why".into() },
            "square #4 did not run: the pool is broken: why",
        ),
        (
            TaskError::Unsendable { task, why: "too long".into() },
            "square #4 could not be sent: too long",
        ),
        (TaskError::Cancelled, "cancelled"),
        (TaskError::Abandoned, "the pool ended before the task could run"),
        (TaskError::Taken, "the result was taken before"),
    ] {
        assert_eq!(error.to_string(), text);
        assert_eq!(Failure::from(error).to_string(), text);
    }
    assert_eq!(Failure::from(Timeout::Elapsed).to_string(), "the time was up");
}
