//! How worker processes end, and what they do when no process reads what they write.

use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use threadbare::kit::child::Death;
use threadbare::kit::process_pool::worker_fns::{Exit, Raise, Square};
use threadbare::kit::process_pool::{Policy, ProcessPool, Shutdown};
use threadbare::kit::wire::{self, Kind, pack};

use crate::common::{program, soon, until};

/// How the process of a pool ends that `does` something.
fn death(does: impl FnOnce(&ProcessPool)) -> Death {
    let builder = ProcessPool::builder(program(), 1).policy(Policy::Replace { retries: 0 });
    let pool = builder.build().unwrap();
    does(&pool);
    until("it has ended", || !pool.view().gone.is_empty());
    pool.view().gone[0].death
}

#[test]
fn each_end_has_its_code() {
    let exit = |code: u64| {
        death(move |pool| {
            let _ = pool.submit::<Exit>(&code).unwrap().wait(&soon());
        })
    };
    let raise = |signal: u64| {
        death(move |pool| {
            let _ = pool.submit::<Raise>(&signal).unwrap().wait(&soon());
        })
    };
    let told_to = death(|pool| {
        pool.submit::<Square>(&1).unwrap().wait(&soon()).unwrap();
        pool.shutdown(Shutdown::Drain);
    });
    let table = [
        (told_to, Death::Exited(0), 0),
        (exit(0), Death::Exited(0), 0),
        (exit(3), Death::Exited(3), 3),
        (exit(255), Death::Exited(255), 255),
        (raise(15), Death::Signalled(15), 143),
        (raise(9), Death::Signalled(9), 137),
        (raise(11), Death::Signalled(11), 139),
    ];
    for (got, expected, code) in table {
        assert_eq!((got, got.code()), (expected, Some(code)));
    }
}

/// A chunk of one task.
fn chunk(function: &str, input: &[u8]) -> Vec<u8> {
    let mut chunk = 7u64.to_le_bytes().to_vec();
    pack::put_bytes(&mut chunk, function.as_bytes());
    chunk.extend(1u32.to_le_bytes());
    pack::put_bytes(&mut chunk, input);
    chunk
}

#[test]
fn a_worker_whose_outputs_are_closed_does_its_work_and_ends_well() {
    for closed in ["stdout", "stderr", "both"] {
        let (mut socket, theirs) = UnixStream::pair().unwrap();
        let mut worker = Command::new(program())
            .args(["child", "worker"])
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // No process reads what it writes there.
        let (out, err) = (worker.stdout.take(), worker.stderr.take());
        let _open = match closed {
            "stdout" => (None, err),
            "stderr" => (out, None),
            _ => (None, None),
        };
        let hello = wire::read(&mut socket).unwrap().unwrap();
        assert_eq!(hello.kind, Kind::Hello);
        for chunk in [chunk("noise", &3u64.to_le_bytes()), chunk("square", &5u64.to_le_bytes())] {
            let frame = wire::encode(Kind::Chunk, &chunk).unwrap();
            socket.write_all(&frame).unwrap();
            assert_eq!(wire::read(&mut socket).unwrap().unwrap().kind, Kind::Answer);
        }
        drop(socket);
        let mut status = None;
        until("the worker's end", || {
            status = worker.try_wait().unwrap();
            status.is_some()
        });
        assert_eq!(status.unwrap().code(), Some(0), "{closed}");
    }
}
