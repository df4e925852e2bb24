//! Lists and dicts in a server: copies, shared objects, errors.

use std::time::Duration;

use serde_json::{Value, json};

use super::store::{Answer, Call};
use super::*;
use crate::kit::threads::scope;

/// Runs `test` with the address of a server on a thread of its own.
fn served(test: impl FnOnce(&str)) {
    let listener = Listener::bind().unwrap();
    let address = listener.address().to_owned();
    let (ours, theirs) = Connection::pair().unwrap();
    scope(|scope| {
        scope.spawn("server", move || server::serve(&listener, theirs).unwrap()).unwrap();
        // Closed also when the test fails, or the server would not end.
        let _ours = ours;
        test(&address);
    });
}

fn connect(address: &str) -> Client {
    Client::connect(address, Limit::within(Duration::from_secs(30))).unwrap()
}

#[test]
fn values_come_back_as_they_were() {
    served(|address| {
        let client = connect(address);
        let list = client.make_list().unwrap();
        let bytes: Vec<u8> = (0..=255).collect();
        let values = [
            Value::Null,
            json!(true),
            json!(-7),
            json!(u64::MAX),
            json!(0.1 + 0.2),
            json!(f64::MIN_POSITIVE),
            json!("text, \u{1f9f5} and \0"),
            json!(bytes),
            json!({"a": [1, {"b": null}]}),
        ];
        for value in &values {
            list.push(value.clone()).unwrap();
        }
        assert_eq!(list.len().unwrap(), values.len());
        assert_eq!(list.copy().unwrap(), json!(values));
        for (at, value) in values.iter().enumerate() {
            assert_eq!(list.get(at).unwrap(), Item::Value(value.clone()));
        }
    });
}

#[test]
fn a_nested_value_is_a_copy_and_a_nested_object_is_shared() {
    served(|address| {
        let (one, two) = (connect(address), connect(address));
        let outer = one.make_list().unwrap();
        outer.push(json!([1])).unwrap();
        let inner = one.make_list().unwrap();
        outer.push(inner.shared()).unwrap();
        // A copy is changed, and the list does not know.
        let Item::Value(Value::Array(mut copy)) = outer.get(0).unwrap() else {
            panic!("not a copy")
        };
        copy.push(json!(2));
        assert_eq!(outer.get(0).unwrap(), Item::Value(json!([1])));
        // The object itself is changed, by another client, and everyone knows.
        let Item::Shared(id) = two.list(outer.id()).get(1).unwrap() else { panic!("not shared") };
        two.list(id).push(2).unwrap();
        assert_eq!(inner.copy().unwrap(), json!([2]));
        assert_eq!(outer.copy().unwrap(), json!([[1], [2]]));
    });
}

#[test]
fn dicts_hold_objects_under_names() {
    served(|address| {
        let client = connect(address);
        let dict = client.make_dict().unwrap();
        let list = client.make_list().unwrap();
        dict.set("list", list.shared()).unwrap();
        dict.set("number", 1).unwrap();
        dict.set("number", 2).unwrap();
        list.push("x").unwrap();
        assert_eq!(dict.keys().unwrap(), ["list", "number"]);
        assert_eq!(dict.copy().unwrap(), json!({"list": ["x"], "number": 2}));
        assert_eq!(dict.remove("number").unwrap(), Item::from(2));
        assert_eq!(dict.len().unwrap(), 1);
        list.set(0, "y").unwrap();
        assert_eq!(list.remove(0).unwrap(), Item::from("y"));
        assert!(list.is_empty().unwrap());
    });
}

#[test]
fn errors_reach_the_client_with_their_type_and_the_server_lives_on() {
    served(|address| {
        let client = connect(address);
        let (list, dict) = (client.make_list().unwrap(), client.make_dict().unwrap());
        let errors = [
            list.get(3).map(drop),
            list.set(0, 1),
            dict.get("nobody").map(drop),
            client.list(dict.id()).push(1),
            client.dict(list.id()).get("x").map(drop),
            client.dict(list.id()).keys().map(drop),
            list.push(Item::Shared(serde_json::from_str("99").unwrap())),
        ];
        let kinds: Vec<_> = errors
            .into_iter()
            .map(|error| match error {
                Err(ManagerError::Refused(refusal)) => refusal.kind,
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(
            kinds,
            [
                "IndexError",
                "IndexError",
                "KeyError",
                "AttributeError",
                "TypeError",
                "AttributeError",
                "KeyError"
            ]
        );
        list.push(1).unwrap();
        assert_eq!(list.copy().unwrap(), json!([1]));
    });
}

#[test]
fn an_object_within_itself_is_an_error_and_no_end_of_the_server() {
    served(|address| {
        let client = connect(address);
        let list = client.make_list().unwrap();
        list.push(list.shared()).unwrap();
        let copy = list.copy();
        assert!(
            matches!(&copy, Err(ManagerError::Refused(refusal)) if refusal.kind == "RecursionError"),
            "{copy:?}"
        );
        assert_eq!(list.len().unwrap(), 1);
    });
}

#[test]
fn what_cannot_be_read_is_refused_and_a_client_that_goes_is_forgotten() {
    served(|address| {
        let soon = Limit::within(Duration::from_secs(30));
        let mut rude = Connection::connect(address).unwrap();
        rude.send(b"this is no call", &soon).unwrap();
        let reply: server::Reply = serde_json::from_slice(&rude.recv(&soon).unwrap()).unwrap();
        assert_eq!(reply.unwrap_err().kind, "DecodeError");
        drop(rude);
        connect(address).make_list().unwrap();
    });
}

#[test]
fn clients_on_many_threads_lose_nothing() {
    served(|address| {
        let client = connect(address);
        let list = client.make_list().unwrap();
        let id = list.id();
        scope(|scope| {
            for who in 0..4 {
                let push = move || {
                    let client = connect(address);
                    for n in 0..50 {
                        client.list(id).push(who * 50 + n).unwrap();
                    }
                };
                scope.spawn(&format!("client-{who}"), push).unwrap();
            }
        });
        let Value::Array(mut all) = list.copy().unwrap() else { panic!("no list") };
        all.sort_by_key(Value::as_i64);
        assert_eq!(Value::Array(all), json!((0..200).collect::<Vec<_>>()));
    });
}

#[test]
fn the_server_ends_when_its_owner_does() {
    let mut left = String::new();
    served(|address| left = address.to_owned());
    assert!(Client::connect(&left, Limit::FOREVER).is_err());
}

#[test]
fn a_copy_that_would_double_with_each_level_is_refused() {
    let mut store = store::Store::default();
    let mut inner = Item::Value(json!(1));
    for _ in 0..21 {
        let Ok(Answer::Made(list)) = store.answer(Call::MakeList) else { panic!("no list") };
        for _ in 0..2 {
            store.answer(Call::Push(list, inner.clone())).unwrap();
        }
        inner = Item::Shared(list);
    }
    let Item::Shared(outer) = inner else { panic!("no list") };
    let refused = store.answer(Call::Copy(outer)).unwrap_err();
    assert_eq!(refused.kind, "MemoryError");
    assert_eq!(refused.message, "the copy would have more than 1000000 items");
}
