//! What pools do when the system gives no more: one clear error, and nothing left.

use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, getuid, prlimit, setrlimit};
use threadbare::kit::child::{ForkServer, Start};
use threadbare::kit::process_pool::worker_fns::{Exit, Square};

use crate::alone::{alone, alone_unprivileged, role, through};
use crate::common::{pool, program, soon, until};

fn limit_descriptors(most: u64) {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: Some(most), maximum }).unwrap();
}

/// Changes a limit of `process`, or of this one; `None`: as far as it can be.
fn limit(process: Option<u32>, resource: Resource, most: Option<u64>) {
    let pid = process.map(|pid| Pid::from_raw(pid.try_into().unwrap()).unwrap());
    let maximum = getrlimit(resource).maximum;
    let limit = Rlimit { current: most.or(maximum), maximum };
    prlimit(pid, resource, limit).unwrap();
}

fn links(pid: u32) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    // What is closed meanwhile is not there any more.
    entries.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok()).collect()
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn a_pool_without_descriptors_reports_that_and_leaves_nothing() {
    alone("limits::a_pool_without_descriptors_reports_that_and_leaves_nothing", || {
        let starts = [Start::Spawn, Start::ForkServer(ForkServer::start(program()).unwrap())];
        let before = descriptors();
        for start in starts {
            // Room for the pool itself and a part of its workers.
            limit_descriptors(before as u64 + 16);
            let few = pool(50, &start);
            let squares =
                few.map::<Square>(&(0..200).collect::<Vec<_>>(), Some(1)).unwrap().within(soon());
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
            let error = none.submit::<Square>(&1).unwrap().result(&soon()).unwrap_err().to_string();
            assert!(
                error.contains("no worker could be started")
                    && error.contains("Too many open files"),
                "{error}"
            );
            drop(none);
            limit_descriptors(1024);
            assert_eq!(descriptors(), before);
        }
    });
}

#[test]
fn a_worker_that_cannot_be_forked_is_an_error_at_once() {
    const TEST: &str = "limits::a_worker_that_cannot_be_forked_is_an_error_at_once";
    alone_unprivileged(TEST, || {
        let server = ForkServer::start(program()).unwrap();
        for start in [Start::ForkServer(server.clone()), Start::Spawn] {
            // With their threads, which count as processes.
            let [tasks, ready, partly] = [1, 2, 4].map(|workers| pool(workers, &start));
            partly.resize(2);
            partly.prestart();
            partly.wait_ready(&soon()).unwrap();
            let forking = match start {
                Start::ForkServer(_) => Some(server.pid()),
                Start::Spawn => None,
            };
            limit(forking, Resource::Nproc, Some(1));
            let reported = |text: &str| {
                assert!(
                    text.contains("no worker could be started")
                        && text.contains("Resource temporarily unavailable"),
                    "{start:?}: {text}"
                );
            };
            let task = tasks.submit::<Square>(&3).unwrap().result(&soon());
            reported(&task.unwrap_err().to_string());
            reported(&tasks.submit::<Square>(&3).unwrap_err().to_string());
            ready.prestart();
            reported(&ready.wait_ready(&soon()).unwrap_err().to_string());
            partly.resize(4);
            partly.prestart();
            reported(&partly.wait_ready(&soon()).unwrap_err().to_string());
            reported(&partly.view().broken.unwrap());
            // It was one refusal, and no more.
            limit(forking, Resource::Nproc, None);
            let again = pool(2, &start);
            again.wait_ready(&soon()).unwrap();
            assert_eq!(again.submit::<Square>(&3).unwrap().result(&soon()), Ok(9));
        }
    });
}

#[test]
fn a_worker_needs_no_thread_of_its_own() {
    const TEST: &str = "limits::a_worker_needs_no_thread_of_its_own";
    alone_unprivileged(TEST, || {
        // Only one who runs nothing else knows how many there are.
        if getuid().as_raw() < 1_000_000 {
            return;
        }
        let server = ForkServer::start(program()).unwrap();
        let pool = pool(1, &Start::ForkServer(server.clone()));
        let threads = std::fs::read_dir("/proc/self/task").unwrap().count() as u64;
        // These, the server, and one process more: but no thread in it.
        limit(Some(server.pid()), Resource::Nproc, Some(threads + 2));
        assert_eq!(pool.submit::<Square>(&3).unwrap().result(&soon()), Ok(9));
    });
}

#[test]
fn a_fork_server_without_descriptors_answers_and_goes_on() {
    const TEST: &str = "limits::a_fork_server_without_descriptors_answers_and_goes_on";
    alone(TEST, || {
        let server = ForkServer::start(program()).unwrap();
        let start = Start::ForkServer(server.clone());
        let idle = pool(1, &start);
        idle.wait_ready(&soon()).unwrap();
        drop(idle);
        // Its three standard ones, its control socket, and one in reserve.
        let open = 5;
        let without_pools = || {
            until("the server has seen the pool go", || links(server.pid()).len() == 5);
        };
        without_pools();
        let serve = |most: Option<u64>| limit(Some(server.pid()), Resource::Nofile, most);
        // The pool's line takes one, each worker one for good and three for a moment.
        serve(Some(open + 1 + 4));
        let few = pool(4, &start);
        let squares = few.map::<Square>(&(0..100).collect::<Vec<_>>(), Some(1));
        let squares = squares.unwrap().within(soon());
        assert_eq!(squares.map(Result::unwrap).sum::<u64>(), 328_350);
        let view = few.view();
        let why = "the fork server: it has no descriptor left";
        assert_eq!(view.shortage.as_deref(), Some(why), "{view:?}");
        assert_eq!(view.workers.len(), 2);
        let error = few.wait_ready(&soon()).unwrap_err().to_string();
        let reported =
            format!("the pool is broken: no worker could be started after the first 2 of 4: {why}");
        assert_eq!(error, reported);
        // Not even a line.
        drop(few);
        without_pools();
        serve(Some(open));
        let none = pool(1, &start).wait_ready(&soon()).unwrap_err();
        let reported = "the pool is broken: the fork server has no descriptor left";
        assert_eq!(none.to_string(), reported);
        serve(None);
        pool(4, &start).wait_ready(&soon()).unwrap();
    });
}

#[test]
fn workers_and_fork_servers_have_no_descriptors_of_others() {
    const TEST: &str = "limits::workers_and_fork_servers_have_no_descriptors_of_others";
    alone(TEST, || {
        let file = std::fs::File::open("/etc/hostname").unwrap();
        // As a shell leaves it to its commands: open, and not closed by `exec`.
        let inherited = rustix::io::dup(&file).unwrap();
        let server = ForkServer::start(program()).unwrap();
        for start in [Start::Spawn, Start::ForkServer(server.clone())] {
            let pool = pool(2, &start);
            pool.wait_ready(&soon()).unwrap();
            for worker in pool.view().workers {
                // The standard three and the socket.
                let links = links(worker.pid);
                assert_eq!(links.len(), 4, "{start:?}: {links:?}");
            }
        }
        let links = links(server.pid());
        let foreign = std::fs::read_link(format!("/proc/self/fd/{}", inherited.as_raw_fd()));
        assert!(!links.contains(&foreign.unwrap()), "{links:?}");
    });
}

#[test]
fn a_program_that_ignores_its_children_loses_nothing_but_the_causes() {
    const TEST: &str = "limits::a_program_that_ignores_its_children_loses_nothing_but_the_causes";
    if role().is_none() {
        // The disposition is inherited: a line in a shell script is enough.
        let mut ignoring = Command::new("bash");
        ignoring.args(["-c", "trap '' CHLD; exec \"$0\" \"$@\""]);
        let output = through(ignoring, TEST, "ignoring").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    for start in [Start::Spawn, Start::ForkServer(ForkServer::start(program()).unwrap())] {
        let pool = pool(2, &start);
        assert_eq!(pool.submit::<Square>(&3).unwrap().result(&soon()), Ok(9));
        let error = pool.submit::<Exit>(&3).unwrap().result(&soon()).unwrap_err();
        assert!(error.to_string().contains("ended in an unknown way"), "{error}");
        until("the survivors are gone", || pool.view().workers.is_empty());
    }
}
