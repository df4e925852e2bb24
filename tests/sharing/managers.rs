//! A manager's server process and its clients in others.

use serde_json::{Value, json};
use threadbare::kit::manager::{Client, Id, Item, Manager, ManagerError};
use threadbare::kit::pipe::{Exit, Source, wait};
use threadbare::kit::shared;

use crate::common::{SharedTest, end_all, in_processes, program, soon, until};

/// A role with the address of the server and the id of the object.
fn directions(role: &str, manager: &Manager, id: Id) -> String {
    let id = serde_json::to_string(&id).unwrap();
    format!("{role}@{}@{id}", manager.address())
}

fn directed(role: &str) -> (&str, Client, Id) {
    let [role, address, id] = role.split('@').collect::<Vec<_>>()[..] else { panic!("{role}") };
    let client = Client::connect(address, soon()).unwrap();
    (role, client, serde_json::from_str(id).unwrap())
}

fn start(test: &SharedTest, role: &str, manager: &Manager, id: Id) -> crate::common::TestProcess {
    test.start(&directions(role, manager, id))
}

fn shared(item: Item) -> Id {
    match item {
        Item::Shared(id) => id,
        Item::Value(value) => panic!("{value} is a copy"),
    }
}

#[test]
fn nested_objects_are_shared_by_all_and_nested_values_are_copies() {
    in_processes(
        0,
        |test| {
            let manager = Manager::start(program(), &soon()).unwrap();
            let client = manager.client(soon()).unwrap();
            let (outer, inner) = (client.make_list().unwrap(), client.make_list().unwrap());
            let dict = client.make_dict().unwrap();
            outer.push(json!([0])).unwrap();
            outer.push(inner.shared()).unwrap();
            outer.push(dict.shared()).unwrap();
            dict.set("inner", inner.shared()).unwrap();
            start(test, "changes", &manager, outer.id()).end();
            assert_eq!(outer.copy().unwrap(), json!([[0], ["a", "b"], {"inner": ["a", "b"]}]));
            assert_eq!(inner.copy().unwrap(), json!(["a", "b"]));
        },
        |_, role| {
            let (_, client, id) = directed(role);
            let outer = client.list(id);
            let Item::Value(Value::Array(mut copy)) = outer.get(0).unwrap() else {
                panic!("no copy")
            };
            copy.push(json!("lost"));
            let inner = client.list(shared(outer.get(1).unwrap()));
            inner.push("a").unwrap();
            let dict = client.dict(shared(outer.get(2).unwrap()));
            let same = client.list(shared(dict.get("inner").unwrap()));
            assert_eq!(same.id(), inner.id());
            same.push("b").unwrap();
        },
    );
}

#[test]
fn additions_of_many_processes_to_a_managed_dict_need_a_lock_and_are_all_there_with_it() {
    const EACH: usize = 25;
    in_processes(
        shared::Lock::CELLS,
        |test| {
            let manager = Manager::start(program(), &soon()).unwrap();
            let client = manager.client(soon()).unwrap();
            let dict = client.make_dict().unwrap();
            dict.set("n", 0).unwrap();
            let adders = (0..4).map(|_| start(test, "adder", &manager, dict.id()));
            end_all(adders.collect());
            assert_eq!(dict.get("n").unwrap(), Item::from(4 * EACH));
        },
        |test, role| {
            let (_, client, id) = directed(role);
            let (dict, lock) = (client.dict(id), shared::Lock::new(&mut test.layout()));
            for _ in 0..EACH {
                lock.acquire(&soon()).unwrap();
                let Item::Value(n) = dict.get("n").unwrap() else { panic!("no number") };
                dict.set("n", n.as_u64().unwrap() + 1).unwrap();
                lock.release().unwrap();
            }
        },
    );
}

#[test]
fn an_error_reaches_the_client_with_its_type_and_the_server_lives_on() {
    in_processes(
        0,
        |test| {
            let manager = Manager::start(program(), &soon()).unwrap();
            let client = manager.client(soon()).unwrap();
            let list = client.make_list().unwrap();
            let pid = manager.pid();
            start(test, "errs", &manager, list.id()).end();
            assert_eq!(manager.pid(), pid);
            assert_eq!(list.copy().unwrap(), json!(["after the error"]));
        },
        |_, role| {
            let (_, client, id) = directed(role);
            let error = client.list(id).get(7).unwrap_err();
            let text = error.to_string();
            let ManagerError::Refused(refusal) = error else { panic!("{text}") };
            assert_eq!(refusal.kind, "IndexError");
            assert_eq!(text, "IndexError: the list has no place 7");
            client.list(id).push("after the error").unwrap();
        },
    );
}

#[test]
fn texts_bytes_nothing_and_floats_come_back_as_they_were() {
    let values = || {
        [
            json!("text \u{1f9f5} \0"),
            json!((0..=255).collect::<Vec<u8>>()),
            Value::Null,
            json!(0.1 + 0.2),
            json!(f64::MAX),
            json!({"nested": [true, -1]}),
        ]
    };
    in_processes(
        0,
        |test| {
            let manager = Manager::start(program(), &soon()).unwrap();
            let client = manager.client(soon()).unwrap();
            let list = client.make_list().unwrap();
            start(test, "puts", &manager, list.id()).end();
            assert_eq!(list.copy().unwrap(), json!(values()));
        },
        |_, role| {
            let (_, client, id) = directed(role);
            for value in values() {
                client.list(id).push(value).unwrap();
            }
        },
    );
}

#[test]
fn a_client_that_is_killed_disturbs_no_other() {
    in_processes(
        0,
        |test| {
            let manager = Manager::start(program(), &soon()).unwrap();
            let client = manager.client(soon()).unwrap();
            let list = client.make_list().unwrap();
            for n in 1..=5 {
                let target = start(test, "target", &manager, list.id());
                until("it calls", || list.len().unwrap() >= 100 * n);
                target.kill();
            }
            list.push("after").unwrap();
        },
        |_, role| {
            let (_, client, id) = directed(role);
            loop {
                client.list(id).push("x").unwrap();
            }
        },
    );
}

#[test]
fn the_server_ends_with_its_owner_however_that_ends() {
    in_processes(
        0,
        |test| {
            for how in ["drops", "is killed"] {
                let (exit, address) = owned(test, how);
                wait(&mut [Source::Exit(&exit)], &soon()).unwrap();
                assert!(Client::connect(&address, soon()).is_err(), "{how}");
            }
        },
        |test, role| {
            let (role, mut home) = crate::pipes::connected(role);
            let manager = Manager::start(program(), &soon()).unwrap();
            let place = format!("{}@{}", manager.pid().unwrap(), manager.address());
            home.send(place.as_bytes(), &soon()).unwrap();
            home.recv(&soon()).unwrap();
            if role == "drops" {
                drop(manager);
            }
            test.wait_for(0);
        },
    );
}

/// Starts an owner, lets it end, and gives what its server was.
fn owned(test: &SharedTest, how: &str) -> (Exit, String) {
    let (owner, mut pipe) = crate::pipes::start(test, how);
    let place = String::from_utf8(pipe.recv(&soon()).unwrap()).unwrap();
    let (pid, address) = place.split_once('@').unwrap();
    let exit = Exit::of(pid.parse().unwrap()).unwrap();
    Client::connect(address, soon()).unwrap();
    pipe.send(b"go on", &soon()).unwrap();
    if how == "is killed" {
        owner.kill();
    } else {
        wait(&mut [Source::Exit(&exit)], &soon()).unwrap();
        owner.kill();
    }
    (exit, address.to_owned())
}
