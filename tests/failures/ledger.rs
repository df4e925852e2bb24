//! What became of every task under each fault, in a pool of each policy.

use serde_json::Value;

use crate::{assert_empty, run};

const TASKS: u64 = 24;
const POLICIES: [&str; 3] = ["forget", "fail-all", "retry"];

/// What a fault does to its worker.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// The task fails, the worker lives.
    Fails,
    /// The task takes its worker along, any thread that tries it.
    Deadly,
    /// The worker dies once; the task is innocent.
    Once,
    /// The worker pauses.
    Pauses,
    /// The task never ends by itself.
    Forever,
}

/// Each fault with its cause after the worker's pid.
const FAULTS: [(&str, Kind, &str); 12] = [
    ("panic", Kind::Fails, "continues; its task raised an exception (a panic in Rust): "),
    ("exit-0", Kind::Deadly, "exited with code 0"),
    ("exit-3", Kind::Deadly, "exited with code 3"),
    ("abort", Kind::Deadly, "was killed by SIGABRT"),
    ("segv", Kind::Deadly, "was killed by SIGSEGV"),
    ("term", Kind::Once, "was killed by SIGTERM"),
    ("kill", Kind::Once, "was killed by SIGKILL"),
    ("stop-cont", Kind::Pauses, "was stopped by SIGSTOP and continued after SIGCONT"),
    ("memory", Kind::Deadly, "was killed by SIGABRT"),
    ("loop", Kind::Forever, ""),
    ("lock-holder", Kind::Deadly, "was killed by SIGKILL"),
    ("half-message", Kind::Deadly, "ended within a frame, after 36 of 72 bytes"),
];

#[test]
fn each_fault_has_its_ledger_and_its_cause_under_each_policy() {
    let place = tempfile::tempdir().unwrap();
    let output = run(place.path(), "json", &[]).output().unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*report), (Some(0), ""));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["result"]["not_run"], serde_json::json!([]));
    let techniques = report["result"]["techniques"].as_array().unwrap();
    assert!(techniques.iter().all(|one| one["worked"] == true), "{techniques:?}");
    let mut outcome = report["result"]["faults"].as_array().unwrap().iter();
    for (fault, kind, cause) in FAULTS {
        for policy in POLICIES {
            let outcome = outcome.next().unwrap();
            assert_eq!((&outcome["fault"], &outcome["policy"]), (&fault.into(), &policy.into()));
            assert_ledger(outcome, kind, policy);
            assert_times(outcome, kind, report["elapsed_ms"].as_f64().unwrap());
            assert_cause(outcome, kind, policy, cause);
        }
    }
    assert!(outcome.next().is_none());
    assert_shutdowns(&report["result"]["shutdowns"]);
    let took = report["result"]["shutdowns"].as_array().unwrap().iter();
    let took: f64 = took.map(|shutdown| shutdown["took_ms"].as_f64().unwrap()).sum();
    // A process takes longer to end than this, in any unit but the right one.
    assert!(took > 0.1 && took < report["elapsed_ms"].as_f64().unwrap());
    assert_empty(place.path());
}

fn assert_ledger(outcome: &Value, kind: Kind, policy: &str) {
    let figure = |key: &str| outcome[key].as_u64().unwrap();
    let [completed, failed, retried, lost] = ["completed", "failed", "retried", "lost"].map(figure);
    assert_eq!(completed + failed + lost, TASKS, "{outcome}");
    let (least_failed, expected) = match (kind, policy) {
        (Kind::Fails, _) => (1, (Some(1), 0, 0)),
        (Kind::Pauses, _) => (0, (Some(0), 0, 0)),
        (Kind::Forever, "forget" | "fail-all") | (Kind::Deadly | Kind::Once, "forget") => {
            (0, (Some(0), 0, 1))
        }
        // Whatever else was pending then fails with it.
        (Kind::Deadly | Kind::Once, "fail-all") => (1, (None, 0, 0)),
        (Kind::Deadly | Kind::Forever, _) => (1, (Some(1), 2, 0)),
        (Kind::Once, _) => (0, (Some(0), 1, 0)),
    };
    assert!(failed >= least_failed, "{outcome}");
    let exactly = expected.0.map_or(failed, |failed| failed);
    assert_eq!((failed, retried, lost), (exactly, expected.1, expected.2), "{outcome}");
    assert_eq!(outcome["waited_ms"].as_f64().is_some(), lost > 0, "{outcome}");
    let unnoticed = kind == Kind::Forever && policy != "retry";
    assert_eq!(outcome["noticed_ms"].as_f64().is_none(), unnoticed, "{outcome}");
}

/// What is noticed is noticed within the run; what is lost is waited for as long as is reported,
/// and an attempt without end is ended at its limit, not before.
fn assert_times(outcome: &Value, kind: Kind, elapsed_ms: f64) {
    let within = |key: &str, least: f64| {
        if let Some(ms) = outcome[key].as_f64() {
            assert!((least..elapsed_ms).contains(&ms), "{key}: {outcome}");
        }
    };
    within("noticed_ms", if kind == Kind::Forever { 150.0 } else { 0.0 });
    within("waited_ms", 250.0);
}

fn assert_cause(outcome: &Value, kind: Kind, policy: &str, cause: &str) {
    let report = outcome["cause"].as_str().unwrap();
    let (pid, report) = report.strip_prefix("worker ").unwrap().split_once(' ').unwrap();
    assert!(pid.parse::<u32>().unwrap() > 0, "{outcome}");
    let cause = match (kind, policy) {
        (Kind::Forever, "retry") => "was killed by SIGKILL after its 150 ms, 3 times",
        (Kind::Forever, _) => "computes and never ends",
        _ => cause,
    };
    assert!(report.starts_with(cause), "{outcome}");
    let given_up = matches!(kind, Kind::Deadly | Kind::Forever) && policy == "retry";
    assert_eq!(report.contains("given up"), given_up, "{outcome}");
    if outcome["fault"] == "memory" {
        let words = outcome["last_line"].as_str().unwrap();
        assert!(words.starts_with("memory allocation of "), "{words}");
    }
    if outcome["fault"] == "lock-holder" && policy != "fail-all" {
        assert!(report.ends_with("the count continued to 23"), "{outcome}");
        let (_, recovered) = report.split_once("; ").unwrap();
        let recovered = recovered.split(' ').next().unwrap().parse::<u32>().unwrap();
        // Each death with the lock in hand has one heir, if anybody comes after it.
        let most = if policy == "forget" { 1 } else { 3 };
        assert!((1..=most).contains(&recovered), "{outcome}");
    }
}

/// What each shutdown made of 24 tasks, or of the one that does not end.
fn assert_shutdowns(shutdowns: &Value) {
    let shutdowns = shutdowns.as_array().unwrap();
    let names: Vec<_> = shutdowns.iter().map(|shutdown| &shutdown["mode"]).collect();
    assert_eq!(names, ["drain", "cancel", "ctrl-c", "stuck-worker", "ignored-signals"]);
    for shutdown in shutdowns {
        let figure = |key: &str| shutdown[key].as_u64().unwrap();
        let [completed, cancelled, failed] = ["completed", "cancelled", "failed"].map(figure);
        assert_eq!(figure("left"), 0, "{shutdown}");
        let note = shutdown["note"].as_str().unwrap();
        match shutdown["mode"].as_str().unwrap() {
            "drain" => assert_eq!(completed, TASKS, "{shutdown}"),
            "cancel" => {
                assert_eq!((completed + cancelled, failed), (TASKS, 0), "{shutdown}");
                assert!(cancelled > 0, "{shutdown}");
            }
            "ctrl-c" => {
                assert_eq!(completed + cancelled + failed, TASKS, "{shutdown}");
                assert!(note.starts_with("4 of 4 workers"), "{shutdown}");
            }
            "stuck-worker" => assert!(note.contains("still ran"), "{shutdown}"),
            _ => assert!(note.contains("was still there"), "{shutdown}"),
        }
    }
}

#[test]
fn a_fault_and_a_policy_can_be_picked() {
    let place = tempfile::tempdir().unwrap();
    let settings = ["fault=kill", "policy=retry", "workers=2", "tasks=2"];
    let output = run(place.path(), "json", &settings).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let faults = report["result"]["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 1);
    assert_eq!((&faults[0]["completed"], &faults[0]["retried"]), (&2.into(), &1.into()));
}
