//! What a scripted run becomes, number by number.

use super::*;
use crate::kit::event::{Ending, LaneEvent, ResourceId, ResourceKind, TaskOutcome};

fn traced() -> Value {
    let mut timeline = Timeline::new();
    let lock = ResourceId(0);
    let start = |name: &str, kind| LaneEvent::Started { name: name.into(), kind };
    let lock_named = LaneEvent::Defined {
        resource: lock,
        name: "list \"lock\"".into(),
        kind: ResourceKind::Lock,
    };
    let label: std::sync::Arc<str> = "7!".into();
    let wants = LaneEvent::Waiting { resource: lock, holder: Some(LaneId(0)) };
    let got = LaneEvent::Acquired { resource: lock, depth: 1 };
    let released = LaneEvent::Released { resource: lock, depth: 0 };
    let queued = LaneEvent::TaskQueued { task: 1, label: label.clone() };
    let started = LaneEvent::TaskStarted { task: 1, label };
    let ended = LaneEvent::TaskEnded { task: 1, outcome: TaskOutcome::Finished };
    for (at, lane, what) in [
        (0, 0, start("add-1", LaneKind::Thread { os_tid: 11 })),
        (0, 1, start("worker", LaneKind::Process { pid: 77 })),
        (1, 0, lock_named),
        (1_000, 0, got.clone()),
        (2_000, 1, wants),
        (5_000, 0, released),
        (5_500, 1, got),
        (6_000, 0, LaneEvent::Mark { label: "+64".into() }),
        (6_000, 0, queued),
        (7_000, 0, started),
        (8_000, 0, ended),
    ] {
        timeline.apply(at, LaneId(lane), &what);
    }
    let about = About { title: "threadbare list".into(), pid: 10, notes: json!({ "seed": 42 }) };
    let mut out = Vec::new();
    write(&mut out, &about, &timeline, 9_000).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn with(trace: &Value, phase: &str) -> Vec<Value> {
    let events = trace["traceEvents"].as_array().unwrap().iter();
    events.filter(|event| event["ph"] == phase).cloned().collect()
}

#[test]
fn threads_and_processes_have_tracks_by_the_systems_numbers() {
    let trace = traced();
    let names: Vec<_> = with(&trace, "M")
        .iter()
        .filter(|event| event["name"] != "thread_sort_index")
        .map(|event| {
            let args = event["args"]["name"].as_str().unwrap().to_owned();
            (event["pid"].as_u64().unwrap(), event["tid"].as_u64().unwrap(), args)
        })
        .collect();
    assert_eq!(
        names,
        [
            (10, 10, "threadbare list".to_owned()),
            (10, 11, "add-1".to_owned()),
            (77, 77, "worker".to_owned()),
            (77, 77, "worker".to_owned()),
        ]
    );
    assert_eq!(trace["otherData"]["seed"], 42);
    assert_eq!(trace["otherData"]["short_slices_merged"], false);
}

#[test]
fn slices_of_a_track_follow_each_other() {
    let trace = traced();
    let slices = with(&trace, "X");
    let of = |tid: u64| -> Vec<_> {
        let own = slices.iter().filter(|slice| slice["tid"] == tid);
        own.map(|s| {
            (s["name"].as_str().unwrap(), s["ts"].as_f64().unwrap(), s["dur"].as_f64().unwrap())
        })
        .collect()
    };
    assert_eq!(
        of(11),
        [("running", 0.0, 1.0), ("holding list \"lock\"", 1.0, 4.0), ("running", 5.0, 4.0),]
    );
    assert_eq!(of(77)[1], ("waiting for list \"lock\"", 2.0, 3.5));
}

#[test]
fn an_arrow_leads_from_the_release_to_the_acquisition() {
    let trace = traced();
    let (from, to) = (with(&trace, "s"), with(&trace, "f"));
    assert_eq!((from.len(), to.len()), (1, 1));
    assert_eq!(from[0]["id"], to[0]["id"]);
    assert_eq!((&from[0]["tid"], &from[0]["ts"]), (&json!(11), &json!(4.999)));
    assert_eq!((&to[0]["tid"], &to[0]["ts"]), (&json!(77), &json!(5.5)));
}

#[test]
fn marks_and_tasks_are_there() {
    let trace = traced();
    assert_eq!(with(&trace, "i")[0]["name"], "+");
    let (begun, ended) = (with(&trace, "b"), with(&trace, "e"));
    let names: Vec<_> = begun.iter().map(|e| e["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["7! queued", "7! run"]);
    assert_eq!(ended[1]["ts"], 8.0);
}

/// Every event of a short run with a thread, a process whose number comes again, a task
/// for each, one that waits, one that was cancelled, and a handoff; written down by hand.
#[test]
fn each_number_of_a_trace_is_known() {
    let mut timeline = Timeline::new();
    let start = |name: &str, kind| LaneEvent::Started { name: name.into(), kind };
    let lock = ResourceId(4);
    let queued = |task| LaneEvent::TaskQueued { task, label: format!("t{task}").into() };
    let begun = |task| LaneEvent::TaskStarted { task, label: format!("t{task}").into() };
    let got = LaneEvent::Acquired { resource: lock, depth: 1 };
    for (at, lane, what) in [
        (1_500, 3, start("main", LaneKind::Thread { os_tid: 11 })),
        (2_000, 5, start("w1", LaneKind::Process { pid: 77 })),
        (
            2_001,
            3,
            LaneEvent::Defined { resource: lock, name: "L".into(), kind: ResourceKind::Lock },
        ),
        (2_500, 3, queued(8)),
        (2_600, 3, queued(9)),
        (2_700, 3, queued(10)),
        (2_800, 3, queued(11)),
        (3_000, 5, begun(8)),
        (3_250, 3, got.clone()),
        (3_500, 5, LaneEvent::Waiting { resource: lock, holder: Some(LaneId(3)) }),
        (4_000, 3, LaneEvent::Released { resource: lock, depth: 0 }),
        (4_125, 5, got),
        (4_200, 5, LaneEvent::Mark { label: "!".into() }),
        (4_250, 5, LaneEvent::Released { resource: lock, depth: 0 }),
        (
            4_500,
            5,
            LaneEvent::TaskEnded { task: 8, outcome: TaskOutcome::Failed { error: "no".into() } },
        ),
        (4_600, 5, LaneEvent::TaskEnded { task: 11, outcome: TaskOutcome::Cancelled }),
        (5_000, 5, LaneEvent::Ended(Ending::Exited { code: 1 })),
        (6_000, 7, start("w2", LaneKind::Process { pid: 77 })),
        (6_500, 7, begun(9)),
    ] {
        timeline.apply(at, LaneId(lane), &what);
    }
    let about = About { title: "threadbare x".into(), pid: 10, notes: json!({ "seed": 1 }) };
    let mut out = Vec::new();
    write(&mut out, &about, &timeline, 9_000).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text, KNOWN);
}

const KNOWN: &str = r#"{"traceEvents":[
{"args":{"name":"threadbare x"},"name":"process_name","ph":"M","pid":10,"tid":10},
{"args":{"name":"main"},"name":"thread_name","ph":"M","pid":10,"tid":11},
{"args":{"sort_index":3},"name":"thread_sort_index","ph":"M","pid":10,"tid":11},
{"cat":"running","dur":1.75,"name":"running","ph":"X","pid":10,"tid":11,"ts":1.5},
{"cat":"holding","dur":0.75,"name":"holding L","ph":"X","pid":10,"tid":11,"ts":3.25},
{"cat":"running","dur":5.0,"name":"running","ph":"X","pid":10,"tid":11,"ts":4.0},
{"args":{"name":"w1"},"name":"process_name","ph":"M","pid":77,"tid":77},
{"args":{"name":"w1"},"name":"thread_name","ph":"M","pid":77,"tid":77},
{"args":{"sort_index":5},"name":"thread_sort_index","ph":"M","pid":77,"tid":77},
{"cat":"running","dur":1.5,"name":"running","ph":"X","pid":77,"tid":77,"ts":2.0},
{"cat":"waiting","dur":0.625,"name":"waiting for L","ph":"X","pid":77,"tid":77,"ts":3.5},
{"cat":"holding","dur":0.125,"name":"holding L","ph":"X","pid":77,"tid":77,"ts":4.125},
{"cat":"running","dur":0.75,"name":"running","ph":"X","pid":77,"tid":77,"ts":4.25},
{"cat":"mark","name":"!","ph":"i","pid":77,"s":"t","tid":77,"ts":4.2},
{"cat":"mark","name":"x","ph":"i","pid":77,"s":"t","tid":77,"ts":4.5},
{"cat":"mark","name":"x","ph":"i","pid":77,"s":"t","tid":77,"ts":5.0},
{"args":{"name":"w2"},"name":"process_name","ph":"M","pid":77,"tid":1073741831},
{"args":{"name":"w2"},"name":"thread_name","ph":"M","pid":77,"tid":1073741831},
{"args":{"sort_index":7},"name":"thread_sort_index","ph":"M","pid":77,"tid":1073741831},
{"cat":"running","dur":3.0,"name":"running","ph":"X","pid":77,"tid":1073741831,"ts":6.0},
{"cat":"hand-over","id":0,"name":"hand-over of L","ph":"s","pid":10,"tid":11,"ts":3.999},
{"bp":"e","cat":"hand-over","id":0,"name":"hand-over of L","ph":"f","pid":77,"tid":77,"ts":4.125},
{"args":{"state":"failed"},"cat":"task","id":8,"name":"t8 queued","ph":"b","pid":77,"tid":77,"ts":2.5},
{"args":{"state":"failed"},"cat":"task","id":8,"name":"t8 queued","ph":"e","pid":77,"tid":77,"ts":3.0},
{"args":{"state":"failed"},"cat":"task","id":8,"name":"t8 run","ph":"b","pid":77,"tid":77,"ts":3.0},
{"args":{"state":"failed"},"cat":"task","id":8,"name":"t8 run","ph":"e","pid":77,"tid":77,"ts":4.5},
{"args":{"state":"running"},"cat":"task","id":9,"name":"t9 queued","ph":"b","pid":77,"tid":1073741831,"ts":2.6},
{"args":{"state":"running"},"cat":"task","id":9,"name":"t9 queued","ph":"e","pid":77,"tid":1073741831,"ts":6.5},
{"args":{"state":"running"},"cat":"task","id":9,"name":"t9 run","ph":"b","pid":77,"tid":1073741831,"ts":6.5},
{"args":{"state":"running"},"cat":"task","id":9,"name":"t9 run","ph":"e","pid":77,"tid":1073741831,"ts":9.0},
{"args":{"state":"waiting"},"cat":"task","id":10,"name":"t10 queued","ph":"b","pid":10,"tid":10,"ts":2.7},
{"args":{"state":"waiting"},"cat":"task","id":10,"name":"t10 queued","ph":"e","pid":10,"tid":10,"ts":9.0},
{"args":{"state":"cancelled"},"cat":"task","id":11,"name":"t11 queued","ph":"b","pid":10,"tid":10,"ts":2.8},
{"args":{"state":"cancelled"},"cat":"task","id":11,"name":"t11 queued","ph":"e","pid":10,"tid":10,"ts":4.6}
],"displayTimeUnit":"ns","otherData":{"seed":1,"short_slices_merged":false}}
"#;
