//! What each tool between processes reports of all its uses: the plan, the structure inside at
//! the end, the outcome, and which costs were measured.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::program;

/// The events of a run of the lab, and its pid.
fn events(settings: &[&str]) -> (Vec<Value>, u32) {
    let mut command = Command::new(program());
    command.args(["run", "sync", "--format", "jsonl"]);
    command.args(settings.iter().flat_map(|setting| ["--set", setting]));
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let lab = command.stdout(Stdio::piped()).spawn().unwrap();
    let pid = lab.id();
    let output = lab.wait_with_output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let events = lines.lines().map(|line| serde_json::from_str(line).unwrap());
    let events = events.filter(|event: &Value| event["event"].is_string());
    (events.collect(), pid)
}

fn texts(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|text| text.as_str().unwrap()).collect()
}

fn pairs(list: &Value) -> impl Iterator<Item = (&str, &str)> {
    let list = list.as_array().unwrap().iter().map(texts);
    list.map(|pair| (pair[0], pair[1]))
}

fn structure(event: &Value) -> String {
    let figures = event["figures"].as_array().unwrap().iter();
    let figures = figures.map(|pair| {
        let figure = pair[1].as_str().map_or_else(|| pair[1].to_string(), str::to_owned);
        format!("{} = {figure}", pair[0].as_str().unwrap())
    });
    let slots = pairs(&event["slots"]).map(|(text, label)| format!("[{text}/{label}]"));
    let line = texts(&event["waiting"]).join(" ");
    let figures = figures.collect::<Vec<_>>().join(", ");
    format!("{figures} | waiting: {line} | {}", slots.collect::<String>())
}

/// Writes `name` for each number `number` in `text`; the 1 of `adder-1` is none.
fn named(text: &str, number: i64, name: &str) -> String {
    let number = number.to_string();
    let mut words: Vec<_> = text.split(' ').map(str::to_owned).collect();
    for word in &mut words {
        let bare = word.trim_matches([',', ';', ':', '"', '}']).to_owned();
        if bare == number {
            *word = word.replace(&bare, name);
        }
    }
    words.join(" ")
}

/// The number of the first words of `text` that are one.
fn first_number(text: &str) -> i64 {
    let words = text.split([' ', ',', '"']).filter_map(|word| word.parse().ok());
    words.into_iter().next().unwrap()
}

/// An outcome as text. N stands in it for the figures that differ from run to run: what is
/// there and what is missing, after a check that the two agree.
fn outcome(event: &Value, snapshot: &str, pid: u32) -> String {
    let (tool, misuse) = (event["tool"].as_str().unwrap(), event["misuse"].as_str());
    let fields = &event["outcome"];
    let text = |key: &str| fields[key].as_str().unwrap_or("-").to_owned();
    let (expected, mut got, mut finding) = (text("expected"), text("got"), text("finding"));
    let mut snapshot = snapshot.to_owned();
    let differs = match (tool, misuse) {
        ("process-lock", Some("skip"))
        | ("process-value", Some(_))
        | ("process-manager", Some("no-lock")) => Some(20),
        _ => None,
    };
    if let Some(all) = differs {
        let correct = first_number(&got);
        let lost = all - correct;
        assert!(lost > 0 && finding.contains(&format!("{lost} of {all} ")), "{event:#}");
        for text in [&mut snapshot, &mut got, &mut finding] {
            *text = named(&named(text, correct, "N"), lost, "N");
        }
    }
    match (tool, misuse) {
        ("process-array", Some(_)) => {
            let off = first_number(&got) - 600;
            assert!([-1, 1].contains(&off), "{event:#}");
            got = named(&got, 600 + off, "G");
            snapshot =
                named(&snapshot, 600 + off, "G").replace(&format!("[{}/1]", 100 + off), "[G/1]");
            finding = finding.replace(&format!("{off:+} of"), "+G of");
        }
        ("process-lock", Some("dead-owner")) => {
            // Any process may be the next.
            let words: Vec<_> = finding.split(' ').collect();
            let next = words.iter().position(|word| *word == "got").unwrap() - 1;
            let holder = words.iter().position(|word| *word == "holder").unwrap() + 1;
            let next = words[next].to_owned();
            assert!(next.starts_with("adder-") && next != "adder-1", "{finding}");
            let tid: u32 = words[holder].parse().unwrap();
            assert!(tid > 1 && tid != pid, "{finding}");
            finding = named(&finding, tid.into(), "TID").replace(&next, "another");
        }
        ("process-queue", Some("closed")) => {
            let correct = first_number(&got);
            let lost = format!("{0} puts were refused, {0} of 8 items", 8 - correct);
            finding = finding.replace(&lost, "N puts were refused, N of 8 items");
            got = got.replace(&format!("{correct} of 8"), "N of 8");
            snapshot = snapshot.replace(&format!("done = {correct} "), "done = N ");
        }
        ("process-semaphore", None) => {
            let most = snapshot.split("most so far = ").nth(1).map(first_number);
            assert!((1..=2).contains(&most.unwrap()), "{snapshot}");
            snapshot = snapshot.replace(&format!("far = {},", most.unwrap()), "far = MOST,");
        }
        ("process-manager", _) => {
            let server = first_number(&snapshot);
            assert!(server > 1 && server != i64::from(pid), "{snapshot}");
            snapshot = named(&snapshot, server, "PID");
        }
        _ => {}
    }
    let (operations, order) = (&fields["operations"], texts(&fields["order"]).len());
    let order = if misuse.is_none() { format!(", {order} in order") } else { String::new() };
    format!(
        "{tool} {misuse:?}: {operations} operations{order}\n  {snapshot}\n  {expected} | {got}\n  {finding}"
    )
}

fn whole(tool: &str) -> String {
    let tool = format!("tool={tool}");
    let (events, pid) = events(&[&tool, "misuse=all", "workers=5", "ops=4"]);
    let (mut lines, mut snapshot) = (Vec::new(), String::new());
    for event in &events {
        match event["event"].as_str().unwrap() {
            "sync.snapshot" => snapshot = structure(event),
            "sync.progress" => lines.push(format!("{} of {}", event["done"], event["of"])),
            "sync.outcome" => lines.push(outcome(event, &snapshot, pid)),
            "sync.cost" => {
                for cost in event["costs"].as_array().unwrap() {
                    let samples = cost["samples"].as_array().unwrap();
                    // How long depends on the machine: an event that is set is one load.
                    let ns = samples.iter().map(|ns| ns.as_f64().unwrap());
                    assert!(ns.clone().all(|ns| ns > 0.0 && ns < 1e9), "{cost:#}");
                    let several = cost["contended"].as_bool().unwrap();
                    let label = cost["label"].as_str().unwrap();
                    lines.push(format!("{label}, several {several}: {} samples", samples.len()));
                }
            }
            "sync.failed" | "sync.stuck" => lines.push(event.to_string()),
            _ => {}
        }
    }
    lines.join("\n")
}

/// A test for each tool, with 5 workers of 4 operations each.
macro_rules! outcomes_of {
    ($($test:ident: $tool:literal,)*) => { $(
        #[test]
        fn $test() {
            insta::assert_snapshot!($tool, whole($tool));
        }
    )* };
}

outcomes_of! {
    the_lock_whole: "process-lock",
    the_condition_whole: "process-condition",
    the_semaphore_whole: "process-semaphore",
    the_event_whole: "process-event",
    the_barrier_whole: "process-barrier",
    the_queue_whole: "process-queue",
    the_pipe_whole: "process-pipe",
    the_manager_whole: "process-manager",
    the_value_whole: "process-value",
    the_array_whole: "process-array",
}

/// Each step is slowed, the holder is named, and no process is shown as waiting and holding at
/// once.
#[test]
fn a_run_that_is_slowed_can_be_followed() {
    for tool in ["process-lock", "process-value", "process-array"] {
        let set = format!("tool={tool}");
        let (events, _) = events(&[&set, "misuse=off", "workers=2", "ops=3", "pace=40ms"]);
        let at = |name: &str| {
            let event = events.iter().find(|event| event["event"] == name).unwrap();
            event["t_ns"].as_u64().unwrap()
        };
        // Six operations, one after the other, each with a pause under the lock.
        let took = at("sync.outcome") - at("sync.run");
        assert!(took >= 6 * 40_000_000, "{tool} took {took} ns");
        let names = [1, 2].map(|number| match tool {
            "process-array" => format!("mover-{number}"),
            _ => format!("adder-{number}"),
        });
        let mut seen = [false, false];
        for snapshot in events.iter().filter(|event| event["event"] == "sync.snapshot") {
            let mut figures = snapshot["figures"].as_array().unwrap().iter();
            let lock = figures.find(|figure| figure[0] == "lock").unwrap();
            let holder = lock[1]["holder"].as_str();
            let waiting = texts(&snapshot["waiting"]);
            for (at, name) in names.iter().enumerate() {
                seen[at] |= holder == Some(name) && waiting.iter().all(|one| *one != name);
            }
            let known = holder.is_none_or(|holder| names.iter().any(|name| name == holder));
            assert!(known, "{lock}");
        }
        assert_eq!(seen, [true, true], "{tool}: {events:#?}");
    }
}
