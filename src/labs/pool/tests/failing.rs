//! What is reported where nothing can be started: a program that does not exist.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::*;
use crate::lab::Recorded;

/// The facts of a live run without a program, until the warm pool has failed.
fn facts(set: &[(&str, &str)]) -> Vec<String> {
    let mut settings = settings(set);
    settings.program = "/nowhere/threadbare".into();
    settings.live = true;
    let mut run = Entry::of::<ProcessPoolLab>().open(settings).unwrap();
    let facts = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&facts);
    run.tap(Box::new(move |record| {
        let Recorded::Fact(fact) = record.what else { return };
        let fact = fact.to_json();
        let of = |key: &str| fact[key].to_string().replace('"', "");
        let line = match fact["event"].as_str().unwrap() {
            "bar.void" => {
                let variant = &fact["variant"];
                format!("void {} {}: {}", variant["mode"], variant["size"], of("why"))
            }
            "part.void" => format!("{}: {}", of("what"), of("why")),
            "kill.outcome" => format!("{} lost: {}", of("lost"), of("text")),
            "python" => format!("python: {} {}", of("version"), of("why")),
            _ => return,
        };
        seen.lock().unwrap().push(line.replace('"', ""));
    }));
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        run.wait(Duration::from_millis(10));
        while run.drain(1000) == 1000 {}
        let facts = facts.lock().unwrap();
        if facts.iter().any(|line| line.contains("lost: ")) {
            return facts.clone();
        }
        assert!(Instant::now() < deadline, "{facts:?}");
    }
}

const SET: [(&str, &str); 5] =
    [("sizes", "2,3"), ("repeat", "2"), ("to", "7"), ("python", "off"), ("break_even", "on")];

#[test]
fn a_fork_server_that_does_not_start_voids_all_that_needs_it() {
    let facts = facts(&[&SET[..], &[("start", "forkserver")]].concat());
    let (first, rest) = facts.split_first().unwrap();
    assert!(first.starts_with("the fork server: ") && first.contains("No such file"), "{first}");
    let none = "the fork server does not run";
    assert_eq!(
        rest,
        [
            &*format!("void processes 2: {none}"),
            &*format!("void processes 3: {none}"),
            &*format!("void processes 2: {none}"),
            &*format!("void processes 3: {none}"),
            "the search for the break-even: no pool of processes was measured",
            &*format!("7 lost: The warm pool failed and is created again: {none}"),
        ]
    );
}

#[test]
fn a_program_that_does_not_start_voids_its_bars_alone() {
    let facts = facts(&[&SET[..], &[("start", "spawn")]].concat());
    let (last, before) = facts.split_last().unwrap();
    assert!(last.starts_with("7 lost: The warm pool failed and is created again: "), "{last}");
    assert!(last.contains("No such file"), "{last}");
    let (search, voids) = before.split_last().unwrap();
    assert_eq!(search, "the search for the break-even: no pool of processes was measured");
    let sizes: Vec<_> = voids.iter().map(|line| line.split(": ").next().unwrap()).collect();
    let expected = ["void processes 2", "void processes 3", "void processes 2", "void processes 3"];
    assert_eq!(sizes, expected);
    assert!(voids.iter().all(|line| line.contains("No such file")), "{voids:?}");
}
