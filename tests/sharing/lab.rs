//! The lab that runs these tools, with the real program and its worker processes.

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use threadbare::kit::pipe::{Exit, Source, wait};
use threadbare::lab::{Command as LabCommand, Entry, Recorded, Run, Settings};
use threadbare::labs;

use crate::common::{program, soon, until};

fn run(settings: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(["run", "sync"]);
    for setting in settings {
        command.args(["--set", setting]);
    }
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// Runs a tool in its correct use and in each misuse: the first is right, and each misuse is
/// caught.
#[track_caller]
fn check(tool: &str, misuse: &[&str]) {
    for (workers, ops) in [(2, 1), (3, 40)] {
        let (workers, ops) = (format!("workers={workers}"), format!("ops={ops}"));
        let output = run(&[&format!("tool={tool}"), "misuse=all", &workers, &ops])
            .args(["--format", "json"])
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let result = &report["result"];
        assert_eq!(result["not_run"], serde_json::json!([]));
        let outcomes = result["tools"].as_array().unwrap();
        let mut caught = Vec::new();
        for outcome in outcomes {
            assert_eq!(outcome["expected"], outcome["got"], "{outcome:#}");
            let used = &outcome["misuse"];
            if let Some(name) = used["name"].as_str() {
                assert_ne!(used["expected"], used["got"], "{outcome:#}");
                assert!(used["finding"].is_string(), "{outcome:#}");
                caught.push(name);
            }
            let costs = [&outcome["cost_ns"], &outcome["cost_contended_ns"]];
            let measured = |cost: &&Value| cost["median"].as_f64() > Some(0.0);
            assert!(costs.iter().any(measured), "{outcome:#}");
            assert_eq!(outcome["world"], "processes");
        }
        assert_eq!(caught, misuse, "{workers}, {ops}");
    }
}

#[test]
fn the_lock_loses_nothing_and_a_dead_owner_is_reported() {
    check("process-lock", &["dead-owner", "skip"]);
}

#[test]
fn the_condition_hands_each_item_over_once() {
    check("process-condition", &["early", "if"]);
}

#[test]
fn the_semaphore_admits_as_many_as_it_has_permits() {
    check("process-semaphore", &["over-release"]);
}

#[test]
fn the_event_lets_all_through() {
    check("process-event", &["no-wait"]);
}

#[test]
fn the_barrier_lets_none_through_before_all_have_come() {
    check("process-barrier", &["skip", "too-many"]);
}

#[test]
fn the_queue_gives_each_item_once() {
    check("process-queue", &["closed", "too-many-task-done"]);
}

#[test]
fn the_pipe_keeps_messages_whole() {
    check("process-pipe", &["both-send", "wrong-way"]);
}

#[test]
fn the_manager_owns_what_all_change() {
    check("process-manager", &["missing", "nested-copy", "no-lock"]);
}

#[test]
fn the_value_counts_whole() {
    check("process-value", &["unlocked"]);
}

#[test]
fn the_array_keeps_its_sum() {
    check("process-array", &["unlocked"]);
}

/// The events of one run with three workers.
fn events(tool: &str, misuse: &str) -> Vec<Value> {
    let (tool, misuse) = (format!("tool={tool}"), format!("misuse={misuse}"));
    let mut command = run(&[&tool, &misuse, "workers=3", "ops=5"]);
    let output = command.args(["--format", "jsonl"]).output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let events = lines.lines().map(|line| serde_json::from_str(line).unwrap());
    events.filter(|event: &Value| event["event"].is_string()).collect()
}

fn of<'a>(events: &'a [Value], name: &'a str) -> impl Iterator<Item = &'a Value> {
    events.iter().filter(move |event| event["event"] == name)
}

#[test]
fn the_lanes_of_processes_show_what_they_wait_for_and_how_they_end() {
    let events = events("process-lock", "dead-owner");
    let victim = of(&events, "thread.start").find(|start| start["name"] == "adder-1").unwrap();
    assert_eq!(victim["kind"], "process");
    let victim = &victim["lane_id"];
    // The others name it as the holder that they wait for.
    assert!(of(&events, "lock.want").any(|want| want["holder"] == *victim));
    let ends: Vec<_> = of(&events, "thread.end")
        .filter(|end| end["lane"] != "main")
        .map(|end| (end["lane_id"] == *victim, end["ending"].as_str().unwrap()))
        .collect();
    assert_eq!(ends.len(), 3);
    for (is_victim, ending) in ends {
        assert_eq!(ending, if is_victim { "killed" } else { "exited" });
    }
    // What it took it never gave back; the others gave back whatever they took.
    let count = |name, lane: &Value| of(&events, name).filter(|it| it["lane_id"] == *lane).count();
    assert_eq!((count("lock.got", victim), count("lock.rel", victim)), (1, 0));
    for start in of(&events, "thread.start").filter(|start| start["kind"] == "process") {
        let lane = &start["lane_id"];
        if lane != victim {
            assert_eq!((count("lock.got", lane), count("lock.rel", lane)), (5, 5));
        }
    }
}

#[test]
fn a_run_that_is_interrupted_leaves_no_process() {
    for tool in ["process-lock", "process-pipe", "process-manager"] {
        let tool = format!("tool={tool}");
        let mut lab = run(&[&tool, "misuse=off", "ops=100000", "pace=10ms", "workers=4"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut workers = Vec::new();
        until("four workers at least", || {
            workers = children(lab.id());
            workers.len() >= 4
        });
        let exits: Vec<_> = workers.iter().filter_map(|pid| Exit::of(*pid).ok()).collect();
        let pid = Pid::from_raw(i32::try_from(lab.id()).unwrap()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
        for exit in exits.into_iter().chain(Exit::of(lab.id())) {
            wait(&mut [Source::Exit(&exit)], &soon()).unwrap();
        }
        lab.wait().unwrap();
    }
}

/// A run on the live screen, and its events so far.
struct Live {
    run: Box<dyn Run>,
    events: Arc<Mutex<Vec<Value>>>,
}

impl Live {
    /// The lock between three processes; at this pace its run would take a minute and a half.
    fn start(misuse: &str) -> Self {
        let entry = sync();
        let mut settings = Settings::defaults(entry.info, 1, program().to_owned(), true);
        for (key, value) in [
            ("tool", "process-lock"),
            ("misuse", misuse),
            ("workers", "3"),
            ("ops", "100"),
            ("pace", "300ms"),
        ] {
            settings.set(entry.info, key, value).unwrap();
        }
        let mut run = entry.open(settings).unwrap();
        let events = Arc::new(Mutex::new(Vec::<Value>::new()));
        let seen = Arc::clone(&events);
        run.tap(Box::new(move |record| {
            seen.lock().unwrap().push(match record.what {
                Recorded::Lane(event) => serde_json::to_value(event).unwrap(),
                Recorded::Fact(fact) => fact.to_json(),
            });
        }));
        Self { run, events }
    }

    /// Waits for the first event of that name.
    fn until(&mut self, name: &str) -> Value {
        let mut found = None;
        until(name, || {
            while self.run.drain(1_000) == 1_000 {}
            found = of(&self.events.lock().unwrap(), name).next().cloned();
            found.is_some()
        });
        found.unwrap()
    }
}

fn sync() -> &'static Entry {
    labs::ALL.iter().find(|entry| entry.info.id == "sync").unwrap()
}

#[test]
fn a_new_pace_acts_within_a_run_of_processes() {
    let mut live = Live::start("off");
    let pace = sync().info.control("pace").unwrap();
    let none = LabCommand::Set { key: pace.key(), value: pace.read("0ms").unwrap() };
    live.until("lock.got");
    live.run.command(none);
    live.until("sync.outcome");
    let events = live.events.lock().unwrap();
    assert_eq!(of(&events, "sync.run").count(), 1, "it was not interrupted");
}

#[test]
fn a_process_that_dies_ends_the_run_of_a_misuse_that_kills_none() {
    let mut live = Live::start("skip");
    live.until("lock.got");
    let events = live.events.lock().unwrap().clone();
    let adder = of(&events, "thread.start").find(|start| start["name"] == "adder-2").unwrap();
    let pid = i32::try_from(adder["pid"].as_u64().unwrap()).unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    let failed = live.until("sync.failed");
    assert_eq!(failed["what"], "process-lock, skip");
    assert!(failed["why"].as_str().unwrap().starts_with("adder-2: "), "{failed}");
}

/// The processes that a process has started, by whichever of its threads.
fn children(pid: u32) -> Vec<u32> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    let of = |thread: std::fs::DirEntry| std::fs::read_to_string(thread.path().join("children"));
    let lists: Vec<_> = threads.flatten().filter_map(|thread| of(thread).ok()).collect();
    let pids = lists.iter().flat_map(|list| list.split_whitespace());
    pids.filter_map(|pid| pid.parse().ok()).collect()
}
