//! Whatever happens to a program, its workers do not outlive it.
//!
//! Three generations: a launcher that adopts whatever is orphaned below it, a parent with
//! a pool that is killed at a bad moment, and the workers. When the launcher has no child
//! left, no process was left behind.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Instant;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait};
use threadbare::kit::child::{ForkServer, Start};
use threadbare::kit::process_pool::worker_fns::{Echo, Forever, Grandchild, SleepSquare};
use threadbare::kit::process_pool::{ProcessPool, Shutdown};

use crate::alone::{command, role};
use crate::common::{TIMEOUT, has_ended, kill_worker, pause, pool, program, soon, until};

/// What a pool does when its parent is killed, and what it is called.
type Phase = (&'static str, fn(&ProcessPool));

const TEST: &str = "orphans::a_killed_parent_leaves_no_process_behind";
const SIZES: [usize; 3] = [2, 4, 8];
const STARTS: [&str; 2] = ["spawn", "forkserver"];
/// What the parent does when it is killed.
const PHASES: [Phase; 7] = [
    ("starting", |_| ()),
    ("idle", |pool| pool.wait_ready(&soon()).unwrap()),
    ("computing", computing),
    ("sending", sending),
    ("with grandchildren", with_grandchildren),
    ("with stopped workers", with_stopped_workers),
    ("ending", ending),
];

#[test]
fn a_killed_parent_leaves_no_process_behind() {
    match role() {
        None => assert!(command(TEST, "launcher").status().unwrap().success()),
        Some(role) if role == "launcher" => launch_all(),
        Some(role) => be_parent(&role),
    }
}

/// The parent is stopped, so that it can end no process; then its fork server is killed.
#[test]
fn a_killed_fork_server_leaves_no_process_behind_while_its_pool_is_stopped() {
    const TEST: &str =
        "orphans::a_killed_fork_server_leaves_no_process_behind_while_its_pool_is_stopped";
    match role() {
        None => assert!(command(TEST, "launcher").status().unwrap().success()),
        Some(role) if role == "launcher" => {
            set_child_subreaper(Some(getpid())).unwrap();
            let mut parent = command(TEST, "parent").stdout(Stdio::piped()).spawn().unwrap();
            let mut lines = BufReader::new(parent.stdout.take().unwrap()).lines();
            let pids =
                lines.find_map(|line| line.unwrap().strip_prefix("pids ").map(str::to_owned));
            let pids: Vec<u32> =
                pids.unwrap().split_whitespace().map(|pid| pid.parse().unwrap()).collect();
            let process = |pid: u32| Pid::from_raw(pid.try_into().unwrap()).unwrap();
            kill_process(process(parent.id()), Signal::STOP).unwrap();
            kill_process(process(pids[0]), Signal::KILL).unwrap();
            until("workers and what they started have ended", || {
                let _ = wait(WaitOptions::NOHANG);
                pids[1..].iter().all(|pid| has_ended(*pid))
            });
            parent.kill().unwrap();
            parent.wait().unwrap();
        }
        Some(_) => {
            let server = ForkServer::start(program()).unwrap();
            let pool = pool(2, &Start::ForkServer(server.clone()));
            let grandchildren: Vec<u64> = (0..2)
                .map(|_| pool.submit::<Grandchild>(&()).unwrap().result(&soon()).unwrap())
                .collect();
            computing(&pool);
            let workers: Vec<u32> = pool.view().workers.iter().map(|worker| worker.pid).collect();
            assert!(kill_worker(workers[1], Signal::STOP));
            let pids = workers.iter().map(|pid| u64::from(*pid)).chain(grandchildren);
            let pids: Vec<_> = pids.map(|pid| pid.to_string()).collect();
            println!("\npids {} {}", server.pid(), pids.join(" "));
            threadbare::kit::stop::Stop::new().sleep(2 * TIMEOUT);
        }
    }
}

fn launch_all() {
    set_child_subreaper(Some(getpid())).unwrap();
    for (phase, _) in PHASES {
        for size in SIZES {
            for start in STARTS {
                launch(&format!("{phase}/{size}/{start}"));
            }
        }
    }
}

/// Starts a parent, kills it when it reports that it is ready, and waits until no process is
/// left.
fn launch(role: &str) {
    let mut parent = command(TEST, role).stdout(Stdio::piped()).spawn().unwrap();
    let ready = BufReader::new(parent.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .any(|line| line.ends_with("now"));
    assert!(ready, "the parent of {role} ended by itself");
    parent.kill().unwrap();
    parent.wait().unwrap();
    let deadline = Instant::now() + TIMEOUT;
    while !matches!(wait(WaitOptions::NOHANG), Err(Errno::CHILD)) {
        assert!(Instant::now() < deadline, "a process outlives {role}: {}", children());
        pause();
    }
}

/// Who is left, with state and command, for the message.
fn children() -> String {
    let path = format!("/proc/self/task/{}/children", std::process::id());
    let pids = std::fs::read_to_string(path).unwrap_or_default();
    let stat = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    pids.split_whitespace().map(stat).collect()
}

fn be_parent(role: &str) {
    let [phase, size, start] = role.split('/').collect::<Vec<_>>()[..] else { panic!("{role}") };
    let start = match start {
        "spawn" => Start::Spawn,
        _ => Start::ForkServer(ForkServer::start(program()).unwrap()),
    };
    let pool = pool(size.parse().unwrap(), &start);
    pool.prestart();
    let (_, reach) = PHASES.iter().find(|(name, _)| *name == phase).unwrap();
    reach(&pool);
    println!("\nnow");
    // Until it is killed; bounded, so that a failing test ends.
    threadbare::kit::stop::Stop::new().sleep(2 * TIMEOUT);
}

fn size(pool: &ProcessPool) -> usize {
    pool.view().limit
}

/// Waits until every worker holds a task.
fn all_busy(pool: &ProcessPool) {
    until("all are busy", || {
        let view = pool.view();
        view.ready() == view.limit && view.queued == 0
    });
}

fn computing(pool: &ProcessPool) {
    for _ in 0..size(pool) {
        pool.submit::<Forever>(&()).unwrap();
    }
    all_busy(pool);
}

/// More bytes than the sockets hold are on their way in both directions.
fn sending(pool: &ProcessPool) {
    for _ in 0..3 * size(pool) {
        pool.submit::<Echo>(&vec![7; 4 << 20]).unwrap();
    }
    until("it flows", || pool.view().ready() > 0);
}

fn with_grandchildren(pool: &ProcessPool) {
    for _ in 0..size(pool) {
        pool.submit::<Grandchild>(&()).unwrap().wait(&soon()).unwrap();
    }
    computing(pool);
}

fn with_stopped_workers(pool: &ProcessPool) {
    computing(pool);
    for worker in pool.view().workers {
        assert!(kill_worker(worker.pid, Signal::STOP));
    }
}

fn ending(pool: &ProcessPool) {
    for _ in 0..size(pool) {
        pool.submit::<SleepSquare>(&(60_000_000, 1)).unwrap();
    }
    all_busy(pool);
    pool.begin_shutdown(Shutdown::Drain);
}
