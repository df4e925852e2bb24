//! What a run reports while it goes on: stages, pools, workers and their lanes.

use serde_json::{Value, json};

use crate::run;

fn events(settings: &[&str]) -> Vec<Value> {
    let place = tempfile::tempdir().unwrap();
    let output = run(place.path(), "jsonl", settings).output().unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*report), (Some(0), ""));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of<'a>(events: &'a [Value], name: &str) -> Vec<&'a Value> {
    let named = |event: &&Value| event["event"] == name;
    events.iter().filter(named).collect()
}

/// The workers of a pool as reported: pid and what it does.
fn workers(pool: &Value) -> Vec<(u64, &Value)> {
    let workers = pool["workers"].as_array().unwrap().iter();
    workers.map(|worker| (worker["pid"].as_u64().unwrap(), &worker["activity"])).collect()
}

#[test]
fn progress_techniques_and_pools_come_in_their_order_and_under_their_names() {
    let settings = ["fault=kill", "tasks=12", "workers=3"];
    let events = events(&settings);
    let stages: Vec<_> = of(&events, "failures.progress")
        .into_iter()
        .map(|stage| (&stage["what"], &stage["done"], &stage["of"], &stage["workers"]))
        .collect();
    let titles = [
        "catch inside the worker",
        "log from everywhere at once",
        "the future carries the error",
        "cleanup that always runs",
        "a failure under a lock",
        "flags and cancellation",
        "SIGKILL from outside",
        "drain: work off the queue",
        "cancel what waits",
        "Ctrl-C: end everything now",
        "a worker that never ends",
        "a worker that ignores signals",
    ]
    .map(Value::from);
    let numbers: Vec<_> = (0..12).map(Value::from).collect();
    let (twelve, three) = (json!(12), json!(3));
    let expected = titles.iter().zip(&numbers);
    let expected: Vec<_> =
        expected.map(|(title, number)| (title, number, &twelve, &three)).collect();
    assert_eq!(stages, expected);
    assert_techniques(&events);
    assert_eq!(of(&events, "failures.done").len(), 1);
    for policy in ["forget", "fail-all", "retry"] {
        assert_pool(&events, policy);
    }
    let shutdown = lanes(&events, "shutdown ");
    assert_eq!(shutdown.len(), 5 * 3, "{shutdown:?}");
    assert_shutdowns(&events, &shutdown);
}

/// What each of the shutdowns of 3 workers made of its tasks, what is noted of it, and that
/// only the shutdown itself counts as its time.
fn assert_shutdowns(events: &[Value], closing: &[u64]) {
    let stages = of(events, "failures.progress").into_iter().skip(7);
    let shutdowns = of(events, "failures.shutdown");
    assert_eq!(shutdowns.len(), 5);
    for (stage, shutdown) in stages.zip(shutdowns) {
        let figure = |key: &str| shutdown[key].as_u64().unwrap();
        let [completed, cancelled, failed] = ["completed", "cancelled", "failed"].map(figure);
        let note = shutdown["note"].as_str().unwrap();
        let prepared = match shutdown["mode"].as_str().unwrap() {
            "drain" => {
                assert_eq!((completed, cancelled, failed), (24, 0, 0), "{shutdown}");
                assert_eq!(note, "24 of 24 callers got a result");
                0.0
            }
            "cancel" => {
                assert_eq!((completed + cancelled, failed), (24, 0), "{shutdown}");
                let begun = if completed == 1 { "1 task" } else { &format!("{completed} tasks") };
                assert_eq!(note, format!("{begun} that had begun were allowed to finish"));
                0.0
            }
            "ctrl-c" => {
                // Where something waits, each worker has a task, which fails with it.
                let all = (completed + cancelled + failed, failed);
                assert_eq!(all, (24, if cancelled > 0 { 3 } else { failed }), "{shutdown}");
                assert_eq!(
                    note,
                    "3 of 3 workers stand in process groups of their own: the key reaches the \
                     program alone, and it ends them"
                );
                0.0
            }
            "stuck-worker" => {
                assert_eq!((completed, cancelled, failed), (0, 0, 1), "{shutdown}");
                assert_eq!(note, "asked to end, it still ran after 200 ms; then it was killed");
                200.0
            }
            _ => {
                assert_eq!((completed, cancelled, failed), (1, 0, 0), "{shutdown}");
                let pids: Vec<u64> = note.split(' ').filter_map(|word| word.parse().ok()).collect();
                let [200, worker, child] = pids[..] else { panic!("{note}") };
                assert!(closing.contains(&worker) && !closing.contains(&child), "{note}");
                assert_eq!(
                    note,
                    format!(
                        "200 ms after SIGTERM worker {worker} with its child {child} was still \
                         there; then it was killed"
                    )
                );
                200.0
            }
        };
        let at = |event: &Value| event["t_ns"].as_f64().unwrap() / 1e6;
        let took = shutdown["took_ms"].as_f64().unwrap();
        assert!(took + prepared < at(shutdown) - at(stage), "{shutdown}");
    }
}

/// What those found whose answer is known.
fn assert_techniques(events: &[Value]) {
    let techniques = of(events, "failures.technique");
    let known = [
        (
            "catch",
            "9 of 9 good items done, 3 of 3 bad ones reported",
            "the thread ended at the first bad item: 3 of 9 done",
        ),
        (
            "logging",
            "8 threads and 8 processes: 16 of 16 lines whole, 0 torn, 0 out of order",
            "lines written in pieces: ",
        ),
        (
            "carry",
            "a map of 8 delivered 7 results and 1 error at its own place; from a process came: \
             ValueError: cannot divide by zero; both pools continued",
            "the error of a future that is never read stays unseen: the program continued without a message",
        ),
        (
            "cleanup",
            "after an exception in the middle: the lock was free, the file gone",
            "with cleanup as the last lines: the lock was still taken after 50 ms of waiting, \
             the file still there",
        ),
        (
            "critical",
            "seen: yes; refused: yes; repaired: the accounts hold 100 of 100 again, and the lock \
             is good for the next",
            "a thread that does not check finds 70 of 100 in the accounts",
        ),
        ("cancel", "of 40 tasks 1 failed, ", "39 of the other 39 ran"),
    ];
    assert_eq!(techniques.len(), known.len());
    for (report, (name, evidence, without)) in techniques.iter().zip(known) {
        assert_eq!((&report["name"], &report["worked"]), (&name.into(), &true.into()));
        let begins = |key: &str, text: &str| report[key].as_str().unwrap().starts_with(text);
        assert!(begins("evidence", evidence), "{report}");
        assert!(begins("without", without), "{report}");
    }
    let cancel = techniques[5]["evidence"].as_str().unwrap();
    let figures: Vec<f64> = cancel.split([' ', ',']).filter_map(|word| word.parse().ok()).collect();
    let [40.0, 1.0, cancelled, stopped, ran, given_up] = figures[..] else { panic!("{cancel}") };
    assert!((cancelled + stopped + ran - 39.0).abs() < 0.5, "{cancel}");
    // Only what runs can stop at the flag, and there are 3 workers.
    assert!(stopped < 3.5 && cancelled > 0.0, "{cancel}");
    let limit = if cancel.contains(" ms and its process") { 100.0 } else { 1.0 };
    assert!(given_up >= limit, "{cancel}");
}

/// The pids of the lanes whose names begin so.
fn lanes(events: &[Value], name: &str) -> Vec<u64> {
    let started = of(events, "thread.start").into_iter();
    let of_name = started.filter(|lane| lane["name"].as_str().unwrap().starts_with(name));
    of_name.map(|lane| lane["pid"].as_u64().unwrap()).collect()
}

/// One of 3 workers is killed while it has one of 12 tasks.
fn assert_pool(events: &[Value], policy: &str) {
    let lanes = lanes(events, &format!("{policy} "));
    let all = of(events, "failures.pool");
    let report: Vec<_> = all.into_iter().filter(|pool| pool["policy"] == policy).collect();
    let done: Vec<_> = report.iter().map(|pool| pool["done"].as_u64().unwrap()).collect();
    assert!(done.is_sorted(), "{done:?}");
    assert!(done[0] < 12, "{done:?}");
    let mut dead = None;
    for pool in &report {
        assert_eq!(pool["fault"], "kill");
        let workers = workers(pool);
        assert!(workers.iter().all(|(pid, _)| lanes.contains(pid)), "{pool} {lanes:?}");
        let died = |doing: &Value| doing.get("dead").is_some();
        if let Some((pid, doing)) = workers.iter().find(|(_, doing)| died(doing)) {
            assert_eq!(doing["dead"], "was killed by SIGKILL");
            assert_eq!(*dead.get_or_insert(*pid), *pid);
            assert!(died(workers[0].1) || workers[0].1 == "ended", "those who went first: {pool}");
        }
        if let Some(ms) = pool["waits_ms"].as_u64() {
            assert_eq!(ms % 10, 0, "{pool}");
        }
        assert!(
            policy == "fail-all" || (&pool["of"], &pool["broken"]) == (&12.into(), &false.into())
        );
    }
    let outcome = of(events, "failures.outcome").into_iter();
    let outcome = outcome.filter(|outcome| outcome["policy"] == policy).collect::<Vec<_>>();
    let [outcome] = outcome[..] else { panic!("{outcome:?}") };
    let dead = dead.expect("the dead is shown");
    assert_eq!(outcome["cause"], format!("worker {dead} was killed by SIGKILL"));
    let last = report.last().unwrap();
    assert_eq!(last["waits_ms"].is_null(), policy != "forget", "{last}");
    let ended: Vec<_> = workers(last).into_iter().filter(|(_, doing)| *doing == "ended").collect();
    let others = lanes.len() - 1;
    assert_eq!(ended.len(), others, "all but the killed one were ended: {last}");
    let (of, done) = (last["of"].as_u64().unwrap(), last["done"].as_u64().unwrap());
    match policy {
        "forget" => assert_eq!((of, done, &last["broken"]), (12, 11, &false.into())),
        "fail-all" => assert_eq!((of, &last["broken"]), (done, &true.into())),
        _ => assert_eq!((of, done, &last["broken"]), (12, 12, &false.into())),
    }
}

#[test]
fn a_stopped_worker_is_shown_as_stopped() {
    let events = events(&["fault=stop-cont", "tasks=4", "workers=2"]);
    for policy in ["forget", "fail-all", "retry"] {
        let all = of(&events, "failures.pool").into_iter();
        let mut report = all.filter(|pool| pool["policy"] == policy);
        let stopped = report.any(|pool| workers(pool).iter().any(|(_, doing)| *doing == "stopped"));
        assert!(stopped, "{policy}");
    }
}

#[test]
fn each_attempt_at_an_endless_task_has_its_own_time() {
    let events = events(&["fault=loop", "policy=retry", "tasks=2", "workers=2"]);
    let at = |name: &str| of(&events, name)[0]["t_ns"].as_u64().unwrap();
    let took = at("failures.outcome") - at("failures.fault");
    assert!(took >= 3 * 150_000_000, "{took}");
    let words = &of(&events, "failures.outcome")[0];
    assert_eq!((&words["failed"], &words["retried"]), (&1.into(), &2.into()));
}
