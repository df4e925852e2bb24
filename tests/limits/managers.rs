//! A manager's server whose descriptors run out.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use serde_json::json;
use threadbare::kit::limit::Limit;
use threadbare::kit::manager::{Manager, ManagerError};
use threadbare::kit::stop::Stop;

use crate::alone::alone;
use crate::common::program;

fn soon() -> Limit {
    Limit::within(Duration::from_secs(30))
}

/// Sets how many descriptors may be open; gives how many it were before.
fn descriptors(most: Option<u64>) -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let limit = Rlimit { current: most, maximum };
    setrlimit(Resource::Nofile, limit).unwrap();
    current
}

/// Starts a manager with room for few clients; this process has its own limit again then.
fn cramped() -> Manager {
    let before = descriptors(Some(40));
    let manager = Manager::start(program(), &soon()).unwrap();
    descriptors(before);
    manager
}

#[test]
fn one_client_too_many_is_refused_with_the_cause_and_costs_the_others_nothing() {
    alone(
        "managers::one_client_too_many_is_refused_with_the_cause_and_costs_the_others_nothing",
        || {
            let manager = cramped();
            let first = manager.client(soon()).unwrap();
            let list = first.make_list().unwrap();
            let (mut clients, mut refused) = (Vec::new(), 0);
            for n in 0..48 {
                let client = manager.client(soon()).unwrap();
                match client.list(list.id()).push(json!(n)) {
                    Ok(()) => clients.push(client),
                    Err(ManagerError::Refused(refusal)) => {
                        assert_eq!(refusal.kind, "OSError");
                        let why = &refusal.message;
                        assert!(why.contains("Too many open files"), "{why}");
                        refused += 1;
                    }
                    Err(other) => panic!("{other}"),
                }
            }
            assert!(refused > 8 && clients.len() > 16, "{refused} were refused");
            assert_eq!(list.len().unwrap(), clients.len());
            // All that were let in are still served, and with room again the next is.
            for client in &clients {
                assert_eq!(client.list(list.id()).len().unwrap(), clients.len());
            }
            clients.truncate(4);
            let next = manager.client(soon()).unwrap();
            next.list(list.id()).push(json!("next")).unwrap();
            assert!(manager.pid().is_some());
        },
    );
}

#[test]
fn a_manager_whose_server_is_gone_reports_that() {
    let manager = Manager::start(program(), &soon()).unwrap();
    let pid = i32::try_from(manager.pid().unwrap()).unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while manager.pid().is_some() {
        assert!(Instant::now() < deadline, "it still has a pid");
        Stop::new().sleep(Duration::from_millis(1));
    }
    match manager.client(soon()) {
        Err(ManagerError::Ended(why)) => assert!(why.contains("SIGKILL"), "{why}"),
        other => panic!("{other:?}"),
    }
}
