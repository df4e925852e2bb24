//! What became of every task under each blow, in a pool of each policy.

use serde_json::Value;

use crate::{assert_empty, run};

const TASKS: u64 = 24;
const POLICIES: [&str; 3] = ["lose", "break", "supervise"];

/// What a blow does to its worker.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// The task fails, the worker lives.
    Fails,
    /// The task takes its worker along, whoever tries it.
    Deadly,
    /// The worker dies once; the task is innocent.
    Once,
    /// The worker pauses.
    Pauses,
    /// The task never ends by itself.
    Forever,
}

/// Each blow with its cause after the worker's pid.
const BLOWS: [(&str, Kind, &str); 12] = [
    ("panic", Kind::Fails, "lives on; its task panicked: "),
    ("exit-0", Kind::Deadly, "exited with code 0"),
    ("exit-3", Kind::Deadly, "exited with code 3"),
    ("abort", Kind::Deadly, "was killed by SIGABRT"),
    ("segv", Kind::Deadly, "was killed by SIGSEGV"),
    ("term", Kind::Once, "was killed by SIGTERM"),
    ("kill", Kind::Once, "was killed by SIGKILL"),
    (
        "stop-cont",
        Kind::Pauses,
        "was stopped by SIGSTOP and went on after SIGCONT",
    ),
    ("memory", Kind::Deadly, "was killed by SIGABRT"),
    ("loop", Kind::Forever, ""),
    ("lock-holder", Kind::Deadly, "was killed by SIGKILL"),
    (
        "half-message",
        Kind::Deadly,
        "ended within a frame, after 36 of 72 bytes",
    ),
];

#[test]
fn each_blow_has_its_ledger_and_its_cause_under_each_policy() {
    let place = tempfile::tempdir().unwrap();
    let output = run(place.path(), "json", &[]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*told), (Some(0), ""));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["result"]["not_done"], serde_json::json!([]));
    let techniques = told["result"]["techniques"].as_array().unwrap();
    assert!(
        techniques.iter().all(|one| one["held"] == true),
        "{techniques:?}"
    );
    let mut struck = told["result"]["blows"].as_array().unwrap().iter();
    for (blow, kind, cause) in BLOWS {
        for policy in POLICIES {
            let struck = struck.next().unwrap();
            assert_eq!(
                (&struck["blow"], &struck["policy"]),
                (&blow.into(), &policy.into())
            );
            assert_ledger(struck, kind, policy);
            assert_times(struck, kind, told["elapsed_ms"].as_f64().unwrap());
            assert_cause(struck, kind, policy, cause);
        }
    }
    assert!(struck.next().is_none());
    assert_endings(&told["result"]["endings"]);
    let took = told["result"]["endings"].as_array().unwrap().iter();
    let took: f64 = took.map(|ending| ending["took_ms"].as_f64().unwrap()).sum();
    // A process takes longer to end than this, in any unit but the right one.
    assert!(took > 0.1 && took < told["elapsed_ms"].as_f64().unwrap());
    assert_empty(place.path());
}

fn assert_ledger(struck: &Value, kind: Kind, policy: &str) {
    let figure = |key: &str| struck[key].as_u64().unwrap();
    let [completed, failed, retried, lost] = ["completed", "failed", "retried", "lost"].map(figure);
    assert_eq!(completed + failed + lost, TASKS, "{struck}");
    let (least_failed, expected) = match (kind, policy) {
        (Kind::Fails, _) => (1, (Some(1), 0, 0)),
        (Kind::Pauses, _) => (0, (Some(0), 0, 0)),
        (Kind::Forever, "lose" | "break") | (Kind::Deadly | Kind::Once, "lose") => {
            (0, (Some(0), 0, 1))
        }
        // Whatever else was pending then fails with it.
        (Kind::Deadly | Kind::Once, "break") => (1, (None, 0, 0)),
        (Kind::Deadly | Kind::Forever, _) => (1, (Some(1), 2, 0)),
        (Kind::Once, _) => (0, (Some(0), 1, 0)),
    };
    assert!(failed >= least_failed, "{struck}");
    let exactly = expected.0.map_or(failed, |failed| failed);
    assert_eq!(
        (failed, retried, lost),
        (exactly, expected.1, expected.2),
        "{struck}"
    );
    assert_eq!(struck["waited_ms"].as_f64().is_some(), lost > 0, "{struck}");
    let unnoticed = kind == Kind::Forever && policy != "supervise";
    assert_eq!(
        struck["noticed_ms"].as_f64().is_none(),
        unnoticed,
        "{struck}"
    );
}

/// What is noticed is noticed within the run; what is lost is waited for as long as is said,
/// and an attempt without end is ended at its limit, not before.
fn assert_times(struck: &Value, kind: Kind, elapsed_ms: f64) {
    let within = |key: &str, least: f64| {
        if let Some(ms) = struck[key].as_f64() {
            assert!((least..elapsed_ms).contains(&ms), "{key}: {struck}");
        }
    };
    within(
        "noticed_ms",
        if kind == Kind::Forever { 150.0 } else { 0.0 },
    );
    within("waited_ms", 250.0);
}

fn assert_cause(struck: &Value, kind: Kind, policy: &str, cause: &str) {
    let told = struck["cause"].as_str().unwrap();
    let (pid, told) = told
        .strip_prefix("worker ")
        .unwrap()
        .split_once(' ')
        .unwrap();
    assert!(pid.parse::<u32>().unwrap() > 0, "{struck}");
    let cause = match (kind, policy) {
        (Kind::Forever, "supervise") => "was killed by SIGKILL after its 150 ms, 3 times",
        (Kind::Forever, _) => "computes and never ends",
        _ => cause,
    };
    assert!(told.starts_with(cause), "{struck}");
    let given_up = matches!(kind, Kind::Deadly | Kind::Forever) && policy == "supervise";
    assert_eq!(told.contains("given up"), given_up, "{struck}");
    if struck["blow"] == "memory" {
        let words = struck["last_words"].as_str().unwrap();
        assert!(words.starts_with("memory allocation of "), "{words}");
    }
    if struck["blow"] == "lock-holder" && policy != "break" {
        assert!(told.ends_with("counted on to 23"), "{struck}");
        let (_, heirs) = told.split_once("; ").unwrap();
        let heirs = heirs.split(' ').next().unwrap().parse::<u32>().unwrap();
        // Each death with the lock in hand has one heir, if anybody comes after it.
        let most = if policy == "lose" { 1 } else { 3 };
        assert!((1..=most).contains(&heirs), "{struck}");
    }
}

/// What each ending made of 24 tasks, or of the one that does not end.
fn assert_endings(endings: &Value) {
    let endings = endings.as_array().unwrap();
    let names: Vec<_> = endings.iter().map(|ending| &ending["how"]).collect();
    assert_eq!(
        names,
        ["drain", "cancel", "ctrl-c", "stuck-worker", "stubborn"]
    );
    for ending in endings {
        let figure = |key: &str| ending[key].as_u64().unwrap();
        let [completed, cancelled, failed] = ["completed", "cancelled", "failed"].map(figure);
        assert_eq!(figure("left"), 0, "{ending}");
        let note = ending["note"].as_str().unwrap();
        match ending["how"].as_str().unwrap() {
            "drain" => assert_eq!(completed, TASKS, "{ending}"),
            "cancel" => {
                assert_eq!((completed + cancelled, failed), (TASKS, 0), "{ending}");
                assert!(cancelled > 0, "{ending}");
            }
            "ctrl-c" => {
                assert_eq!(completed + cancelled + failed, TASKS, "{ending}");
                assert!(note.starts_with("4 of 4 workers"), "{ending}");
            }
            "stuck-worker" => assert!(note.contains("still ran"), "{ending}"),
            _ => assert!(note.contains("was still there"), "{ending}"),
        }
    }
}

#[test]
fn a_blow_and_a_policy_can_be_picked() {
    let place = tempfile::tempdir().unwrap();
    let settings = ["blow=kill", "policy=supervise", "workers=2", "tasks=2"];
    let output = run(place.path(), "json", &settings).output().unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let blows = told["result"]["blows"].as_array().unwrap();
    assert_eq!(blows.len(), 1);
    assert_eq!(
        (&blows[0]["completed"], &blows[0]["retried"]),
        (&2.into(), &1.into())
    );
}
