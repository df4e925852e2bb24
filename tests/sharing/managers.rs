//! A manager's server process and its clients in others.

use serde_json::{Value, json};
use threadbare::kit::manager::{Client, Id, Item, Manager, ManagerError};
use threadbare::kit::pipe::{Exit, Source, wait};
use threadbare::kit::shared;

use crate::common::{Stage, end_all, play, program, soon, until};

/// A part's name that also says where the server and the object are.
fn directions(part: &str, manager: &Manager, id: Id) -> String {
    let id = serde_json::to_string(&id).unwrap();
    format!("{part}@{}@{id}", manager.address())
}

fn directed(part: &str) -> (&str, Client, Id) {
    let [part, address, id] = part.split('@').collect::<Vec<_>>()[..] else { panic!("{part}") };
    let client = Client::connect(address, soon()).unwrap();
    (part, client, serde_json::from_str(id).unwrap())
}

fn start(stage: &Stage, part: &str, manager: &Manager, id: Id) -> crate::common::Player {
    stage.start(&directions(part, manager, id))
}

fn shared(item: Item) -> Id {
    match item {
        Item::Shared(id) => id,
        Item::Value(value) => panic!("{value} is a copy"),
    }
}

#[test]
fn nested_objects_are_shared_by_all_and_nested_values_are_copies() {
    play(
        0,
        |stage| {
            let manager = Manager::start(program(), &soon()).unwrap();
            let client = manager.client(soon()).unwrap();
            let (outer, inner) = (client.make_list().unwrap(), client.make_list().unwrap());
            let dict = client.make_dict().unwrap();
            outer.push(json!([0])).unwrap();
            outer.push(inner.shared()).unwrap();
            outer.push(dict.shared()).unwrap();
            dict.set("inner", inner.shared()).unwrap();
            start(stage, "changes", &manager, outer.id()).end();
            assert_eq!(outer.copy().unwrap(), json!([[0], ["a", "b"], {"inner": ["a", "b"]}]));
            assert_eq!(inner.copy().unwrap(), json!(["a", "b"]));
        },
        |_, part| {
            let (_, client, id) = directed(part);
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
    play(
        shared::Lock::CELLS,
        |stage| {
            let manager = Manager::start(program(), &soon()).unwrap();
            let client = manager.client(soon()).unwrap();
            let dict = client.make_dict().unwrap();
            dict.set("n", 0).unwrap();
            let adders = (0..4).map(|_| start(stage, "adder", &manager, dict.id()));
            end_all(adders.collect());
            assert_eq!(dict.get("n").unwrap(), Item::from(4 * EACH));
        },
        |stage, part| {
            let (_, client, id) = directed(part);
            let (dict, lock) = (client.dict(id), shared::Lock::new(&mut stage.layout()));
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
    play(
        0,
        |stage| {
            let manager = Manager::start(program(), &soon()).unwrap();
            let client = manager.client(soon()).unwrap();
            let list = client.make_list().unwrap();
            let pid = manager.pid();
            start(stage, "errs", &manager, list.id()).end();
            assert_eq!(manager.pid(), pid);
            assert_eq!(list.copy().unwrap(), json!(["after the error"]));
        },
        |_, part| {
            let (_, client, id) = directed(part);
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
    play(
        0,
        |stage| {
            let manager = Manager::start(program(), &soon()).unwrap();
            let client = manager.client(soon()).unwrap();
            let list = client.make_list().unwrap();
            start(stage, "puts", &manager, list.id()).end();
            assert_eq!(list.copy().unwrap(), json!(values()));
        },
        |_, part| {
            let (_, client, id) = directed(part);
            for value in values() {
                client.list(id).push(value).unwrap();
            }
        },
    );
}

#[test]
fn a_client_that_is_killed_disturbs_nobody() {
    play(
        0,
        |stage| {
            let manager = Manager::start(program(), &soon()).unwrap();
            let client = manager.client(soon()).unwrap();
            let list = client.make_list().unwrap();
            for n in 1..=5 {
                let victim = start(stage, "victim", &manager, list.id());
                until("it calls", || list.len().unwrap() >= 100 * n);
                victim.kill();
            }
            list.push("after").unwrap();
        },
        |_, part| {
            let (_, client, id) = directed(part);
            loop {
                client.list(id).push("x").unwrap();
            }
        },
    );
}

#[test]
fn the_server_ends_with_its_owner_however_that_ends() {
    play(
        0,
        |stage| {
            for how in ["drops", "is killed"] {
                let (exit, address) = owned(stage, how);
                wait(&mut [Source::Exit(&exit)], &soon()).unwrap();
                assert!(Client::connect(&address, soon()).is_err(), "{how}");
            }
        },
        |stage, part| {
            let (part, mut home) = crate::pipes::connected(part);
            let manager = Manager::start(program(), &soon()).unwrap();
            let told = format!("{}@{}", manager.pid().unwrap(), manager.address());
            home.send(told.as_bytes(), &soon()).unwrap();
            home.recv(&soon()).unwrap();
            if part == "drops" {
                drop(manager);
            }
            stage.await_cue(0);
        },
    );
}

/// Starts an owner, lets it end, and gives what its server was.
fn owned(stage: &Stage, how: &str) -> (Exit, String) {
    let (owner, mut pipe) = crate::pipes::start(stage, how);
    let told = String::from_utf8(pipe.recv(&soon()).unwrap()).unwrap();
    let (pid, address) = told.split_once('@').unwrap();
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
