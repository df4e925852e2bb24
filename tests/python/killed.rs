//! A process of the script that the user kills.

use std::time::Duration;

use serde_json::json;
use threadbare::lab::Run;

use crate::act::{choose, opened, until_result};
use crate::figures::{named, written};
use crate::{DEADLINE, interpreters, python, wait_until};

fn found(run: &dyn Run, texts: &[&str]) {
    let findings = run.findings();
    let has = |text: &&str| findings.iter().any(|one| one.text.contains(*text));
    assert!(texts.iter().all(has), "{findings:?}");
}

const EXECUTOR: &str = "\
import os, time
from concurrent.futures import ProcessPoolExecutor
def work(n):
    open(__file__ + '.begun', 'w').close()
    while not os.path.exists(__file__ + '.go'):
        time.sleep(0.01)
if __name__ == '__main__':
    with ProcessPoolExecutor(1) as pool:
        futures = [pool.submit(work, n) for n in range(3)]
        print({type(future.exception()).__name__ for future in futures})
";

#[test]
fn an_executor_notices_that_its_worker_was_killed() {
    for python in interpreters() {
        let (_folder, path) = written(EXECUTOR);
        let mut run = opened(&python, &path);
        // Before that a submission could fail, or the worker not be at a task yet.
        let begun = path.with_extension("py.begun");
        until_result(run.as_mut(), "a task", |result| {
            result["executors"][0]["tasks"] == 3 && begun.exists()
        });
        choose(run.as_mut(), 'k', "Process-1)");
        assert!(run.drain_to_end(DEADLINE));
        let (result, about) = (run.result(), python.display());
        assert_eq!(result["stdout"], "{'BrokenProcessPool'}\n", "{about}: {result}");
        found(run.as_ref(), &["Process-1 (process", "pool noticed and failed 3 of 3 tasks"]);
        let pid = result["killed"][0].as_u64().unwrap();
        let processes = result["processes"].as_array().unwrap();
        let killed = processes.iter().find(|one| one["pid"] == pid).unwrap();
        assert_eq!(killed["exit"], json!({ "signal": 9 }), "{about}");
    }
}

const POOL: &str = "\
import os, time
from multiprocessing import Pool
def work(n):
    open(__file__ + '.%d' % n, 'w').close()
    while n == 1 and not os.path.exists(__file__ + '.go'):
        time.sleep(0.01)
if __name__ == '__main__':
    with Pool(2) as pool:
        pool.map(work, range(3), chunksize=1)
";

#[test]
fn a_pool_waits_for_ever_for_the_task_of_a_worker_that_was_killed() {
    let (_folder, path) = written(POOL);
    let mut run = opened(&python(), &path);
    let begun = path.with_extension("py.1");
    until_result(run.as_mut(), "all but one", |result| {
        result["pools"][0]["done"] == 2 && begun.exists()
    });
    // The one that is at it has the task in its lane, as soon as its records are read.
    let mut name = None;
    wait_until("the last", || {
        run.wait(Duration::from_millis(20));
        run.drain(1000);
        let timeline = run.timeline();
        let mut at_work = timeline.tasks().filter(|(_, task)| task.ended.is_none());
        let lane = at_work.find_map(|(_, task)| task.worker);
        name = lane.map(|lane| timeline.name(lane).to_owned());
        name.is_some()
    });
    let name = name.unwrap();
    choose(run.as_mut(), 'k', &format!("({name})"));
    until_result(run.as_mut(), "lost", |result| {
        let workers = result["processes"].as_array().unwrap();
        workers.iter().any(|one| one["lost"] == "chunk 2")
    });
    found(run.as_ref(), &["chunk 2 was lost", "2 of 3 chunks are done", "waits for ever"]);
    // It goes on waiting, with a new worker, until it is stopped.
    until_result(run.as_mut(), "another", |result| {
        result["processes"].as_array().unwrap().len() == 3
    });
    assert!(!run.finished());
    let result = run.result();
    let worker = named(&result["processes"], &name);
    assert_eq!(worker["exit"], json!({ "signal": 9 }));
}

const LEAVES: &str = "\
import multiprocessing, os, signal, sys
def work(how):
    if how == 'exit': sys.exit(4)
    if how == 'kill': os.kill(os.getpid(), signal.SIGKILL)
    return how
if __name__ == '__main__':
    with multiprocessing.Pool(2) as pool:
        got = pool.map_async(work, ['HOW'])
        try: got.get(timeout=1)
        except multiprocessing.TimeoutError: print('nothing')
";

#[test]
fn a_task_that_ends_its_worker_is_said_to_be_lost() {
    for (how, end) in [("exit", "ended with exit code 4"), ("kill", "was killed by SIGKILL")] {
        let (_folder, path) = written(&LEAVES.replace("HOW", how));
        let mut run = opened(&python(), &path);
        assert!(run.drain_to_end(DEADLINE));
        found(run.as_ref(), &[end, "but task 1 was lost", "0 of 1 chunk are done"]);
    }
}
