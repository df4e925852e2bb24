//! What pools do when the system gives no more: one clear error, and nothing left.

use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit, setrlimit};
use threadbare::kit::child::{ForkServer, Start};
use threadbare::kit::process_pool::jobs::{Exit, Square};

use crate::alone::{alone, alone_unprivileged, role, through};
use crate::common::{pool, program, soon, until};

fn limit_descriptors(most: u64) {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: Some(most),
            maximum,
        },
    )
    .unwrap();
}

/// From now on `process`, or this one, can start no process and no thread.
fn forbid_processes(process: Option<u32>) {
    let pid = process.map(|pid| Pid::from_raw(pid.try_into().unwrap()).unwrap());
    let maximum = getrlimit(Resource::Nproc).maximum;
    let limit = Rlimit {
        current: Some(1),
        maximum,
    };
    prlimit(pid, Resource::Nproc, limit).unwrap();
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

// Y09
#[test]
fn a_pool_without_descriptors_says_so_and_leaves_nothing() {
    alone(
        "walls::a_pool_without_descriptors_says_so_and_leaves_nothing",
        || {
            let starts = [
                Start::Spawn,
                Start::ForkServer(ForkServer::start(program()).unwrap()),
            ];
            let before = descriptors();
            for start in starts {
                // Room for the pool itself and a part of its workers.
                limit_descriptors(before as u64 + 16);
                let few = pool(50, &start);
                let squares = few
                    .map::<Square>(&(0..200).collect::<Vec<_>>(), Some(1))
                    .unwrap()
                    .within(soon());
                assert_eq!(
                    squares.map(Result::unwrap).sum::<u64>(),
                    (0..200).map(|n| n * n).sum::<u64>()
                );
                few.prestart();
                assert!(few.wait_ready(&soon()).is_err());
                let reason = few.view().broken.unwrap();
                assert!(
                    reason.contains("no worker could be started")
                        && reason.contains("Too many open files"),
                    "{reason}"
                );
                drop(few);
                // Room for the pool and none of its workers.
                limit_descriptors(before as u64 + 3);
                let none = pool(2, &start);
                let error = none
                    .submit::<Square>(&1)
                    .unwrap()
                    .result(&soon())
                    .unwrap_err()
                    .to_string();
                assert!(
                    error.contains("no worker could be started")
                        && error.contains("Too many open files"),
                    "{error}"
                );
                drop(none);
                limit_descriptors(1024);
                assert_eq!(descriptors(), before);
            }
        },
    );
}

#[test]
fn a_worker_that_cannot_be_forked_is_an_error_at_once() {
    const TEST: &str = "walls::a_worker_that_cannot_be_forked_is_an_error_at_once";
    alone_unprivileged(TEST, || {
        let server = ForkServer::start(program()).unwrap();
        for start in [Start::ForkServer(server.clone()), Start::Spawn] {
            // With their threads, which count as processes.
            let [tasks, ready, partly] = [1, 2, 4].map(|workers| pool(workers, &start));
            partly.resize(2);
            partly.prestart();
            partly.wait_ready(&soon()).unwrap();
            forbid_processes(match start {
                Start::ForkServer(_) => Some(server.pid()),
                Start::Spawn => None,
            });
            let told = |text: &str| {
                assert!(
                    text.contains("no worker could be started")
                        && text.contains("Resource temporarily unavailable"),
                    "{start:?}: {text}"
                );
            };
            let task = tasks.submit::<Square>(&3).unwrap().result(&soon());
            told(&task.unwrap_err().to_string());
            told(&tasks.submit::<Square>(&3).unwrap_err().to_string());
            ready.prestart();
            told(&ready.wait_ready(&soon()).unwrap_err().to_string());
            partly.resize(4);
            partly.prestart();
            told(&partly.wait_ready(&soon()).unwrap_err().to_string());
            told(&partly.view().broken.unwrap());
        }
    });
}

// K02
#[test]
fn a_program_that_ignores_its_children_loses_nothing_but_the_causes() {
    const TEST: &str = "walls::a_program_that_ignores_its_children_loses_nothing_but_the_causes";
    if role().is_none() {
        // The disposition is inherited: a line in a shell script is enough.
        let mut ignoring = Command::new("bash");
        ignoring.args(["-c", "trap '' CHLD; exec \"$0\" \"$@\""]);
        let output = through(ignoring, TEST, "ignoring").output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        return;
    }
    for start in [
        Start::Spawn,
        Start::ForkServer(ForkServer::start(program()).unwrap()),
    ] {
        let pool = pool(2, &start);
        assert_eq!(pool.submit::<Square>(&3).unwrap().result(&soon()), Ok(9));
        let error = pool
            .submit::<Exit>(&3)
            .unwrap()
            .result(&soon())
            .unwrap_err();
        assert!(
            error.to_string().contains("ended, nobody knows how"),
            "{error}"
        );
        until("the survivors are gone", || pool.view().workers.is_empty());
    }
}
