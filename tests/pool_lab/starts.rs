//! Which process starts the workers, by the parent of each that the system gives.

use rustix::process::getpid;

use crate::warm::{of, taps};
use crate::{Lab, kills};

/// A field of `/proc/PID/stat` by its number in `proc_pid_stat(5)`, from 3 on.
fn field(pid: u64, number: usize) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    fields.split(' ').nth(number - 3).unwrap().parse().unwrap()
}

fn parent(pid: u64) -> u64 {
    field(pid, 4)
}

/// The workers of the warm pool.
fn workers(lab: &mut Lab) -> Vec<u64> {
    let offered = kills(lab.run()).into_iter();
    let killed = offered.filter(|(_, text)| text.starts_with("SIGKILL"));
    killed.map(|(_, text)| text.split(' ').nth(3).unwrap().parse().unwrap()).collect()
}

#[test]
fn a_plan_of_spawn_starts_its_workers_itself() {
    let mut lab = Lab::open(&[("sizes", "3"), ("repeat", "1"), ("start", "spawn")], true);
    lab.until("the warm pool", |lab| workers(lab).len() == 3);
    let own = u64::from(getpid().as_raw_nonzero().get().unsigned_abs());
    assert!(workers(&mut lab).into_iter().all(|pid| parent(pid) == own));
    lab.end_and_look();
}

#[test]
fn a_fork_server_is_reported_after_its_first_worker_and_starts_all_others() {
    // Before the first pool is measured, one thread sleeps.
    let set = [("sizes", "3"), ("repeat", "1"), ("start", "forkserver"), ("work", "sleep:50ms")];
    let mut lab = Lab::open(&set, true);
    let events = taps(&mut lab);
    lab.until("the fork server", |_| !of(&events, "server").is_empty());
    let server = of(&events, "server")[0]["pid"].as_u64().unwrap();
    let own = u64::from(getpid().as_raw_nonzero().get().unsigned_abs());
    assert_eq!(parent(server), own);
    // Page faults of children that it has waited for.
    let first_worker = field(server, 11);
    assert!(first_worker > 0, "no worker came out of it before it was reported");
    lab.until("the warm pool", |lab| workers(lab).len() == 3);
    assert!(workers(&mut lab).into_iter().all(|pid| parent(pid) == server));
    lab.end_and_look();
}
