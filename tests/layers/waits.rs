//! What waits for the outside can be stopped: labs call nothing that blocks as long as
//! another process likes, or for ever. The kit has such waits with a limit.

use super::source::Source;
use super::{assert_none, planted, sources};

/// What may wait without end, and what to use instead.
const BLOCKING: &[(&str, &str)] = &[
    ("Command::new", "a process pool, or kit::python"),
    (".output()", "a process pool, or kit::python"),
    (".wait()", "a wait with a Limit"),
    (".recv()", "recv_timeout, or select! with the stop request"),
    ("Condvar", "the kit's conditions"),
    ("Limit::FOREVER", "Limit::until(stop)"),
    ("thread::sleep", "Stop::sleep"),
    ("thread::park", "Stop::sleep"),
    ("TcpStream", "kit::stream"),
    ("TcpListener", "kit::stream"),
    ("UnixStream", "kit::pipe"),
    ("UnixListener", "kit::pipe"),
    (".accept()", "an accept with a Limit"),
    (".incoming()", "an accept with a Limit"),
    ("stdin()", "nothing: labs have no input"),
    ("wire::read", "Process::wait_hello"),
    ("read_to_end", "kit::stream::Limited"),
    ("read_to_string", "kit::stream::Limited"),
    ("read_line", "kit::stream::Limited"),
    ("File::open", "nothing: opening a FIFO waits for its other end"),
    ("OpenOptions", "nothing: opening a FIFO waits for its other end"),
    ("fs::read(", "nothing: opening a FIFO waits for its other end"),
];

/// Runs in a worker process, which is killed when its lab is stopped.
const WORKER: &str = "in a worker process, which ends with its pool";
/// A primitive of the kit, in a thread with a seam.
const STEPPED: &str = "a wait of the kit that the play's stop request ends";
const PROC: &str = "a file of /proc never blocks";

/// Files that may call something of the list all the same, and why that ends.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("factorial/run.rs", ".wait()", "the gate is set on every way out of a round"),
    (
        "failures/experiment/worker_fns.rs",
        "Command::new",
        "started and not waited for; its worker's group is killed",
    ),
    ("failures/experiment/injection/worker_fns.rs", "Limit::FOREVER", WORKER),
    (
        "failures/experiment/techniques/logging.rs",
        "OpenOptions",
        "a file in memory of this program",
    ),
    (
        "failures/experiment/techniques/logging.rs",
        "read_to_string",
        "a file in memory of this program",
    ),
    ("session/mod.rs", ".recv()", "each command and the end of the run send something"),
    ("sync/experiment/process_context.rs", "Limit::FOREVER", WORKER),
    (
        "sync/experiment/costs.rs",
        ".recv()",
        "the sender is used or dropped as soon as all are there",
    ),
    ("sync/experiment/thread_run.rs", ".recv()", "the sender is dropped as soon as all are there"),
    ("sync/experiment/tools/barrier.rs", ".wait()", STEPPED),
    ("sync/experiment/tools/event.rs", ".wait()", STEPPED),
    ("sync/experiment/tools/process_array.rs", "Limit::FOREVER", WORKER),
    ("sync/experiment/tools/process_barrier.rs", "Limit::FOREVER", WORKER),
    ("sync/experiment/tools/process_condition.rs", "Limit::FOREVER", WORKER),
    ("sync/experiment/tools/process_event.rs", "Limit::FOREVER", WORKER),
    ("sync/experiment/tools/process_lock.rs", "Limit::FOREVER", WORKER),
    ("sync/experiment/tools/process_manager.rs", "Limit::FOREVER", WORKER),
    ("sync/experiment/tools/process_pipe.rs", "Limit::FOREVER", WORKER),
    ("sync/experiment/tools/process_queue.rs", "Limit::FOREVER", WORKER),
    ("sync/experiment/tools/process_semaphore.rs", "Limit::FOREVER", WORKER),
    ("sync/experiment/tools/process_value.rs", "Limit::FOREVER", WORKER),
    (
        "worlds/experiment/costs.rs",
        ".recv()",
        "the partner is a thread of ours that answers or drops its sender",
    ),
    ("worlds/experiment/costs.rs", "read_to_string", PROC),
    ("worlds/experiment/worker_fns.rs", "Limit::FOREVER", WORKER),
    ("worlds/experiment/worker_fns.rs", "File::open", WORKER),
    ("worlds/experiment/worker_fns.rs", "OpenOptions", WORKER),
    ("worlds/experiment/work.rs", "File::open", "this program's own file, which is a regular one"),
    ("worlds/experiment/work.rs", "read_to_string", PROC),
];

fn within_labs(source: &Source) -> Option<&str> {
    let inside = source.path.strip_prefix("src/lab");
    let inside = inside.and_then(|rest| rest.strip_prefix("s/").or(rest.strip_prefix('/')));
    inside.filter(|_| !source.is_test())
}

/// The calls of the list that this file makes, as far as it is a lab's.
fn calls(source: &Source) -> Vec<&'static (&'static str, &'static str)> {
    if within_labs(source).is_none() {
        return Vec::new();
    }
    // An import is no call.
    let code = source.code();
    let code: Vec<_> = code.lines().filter(|line| !line.trim_start().starts_with("use ")).collect();
    let made = |call: &&(&str, &str)| code.iter().any(|line| line.contains(call.0));
    BLOCKING.iter().filter(made).collect()
}

fn is_excepted(source: &Source, call: &str) -> bool {
    let file = within_labs(source).unwrap_or_default();
    let same = |(path, excepted, _): &&(&str, &str, &str)| *path == file && *excepted == call;
    EXCEPTIONS.iter().any(|exception| same(&exception))
}

fn wait_rule(source: &Source) -> Vec<String> {
    calls(source)
        .into_iter()
        .filter(|(call, _)| !is_excepted(source, call))
        .map(|(call, instead)| format!("`{call}` may wait without end; use {instead}"))
        .collect()
}

#[test]
fn labs_wait_for_nothing_that_cannot_be_stopped() {
    let found = |source: &Source| {
        let faults = wait_rule(source).into_iter();
        faults.map(|fault| format!("{}: {fault}", source.path)).collect::<Vec<_>>()
    };
    assert_none(&sources().iter().flat_map(found).collect::<Vec<_>>());
}

#[test]
fn every_exception_is_one_that_is_needed() {
    let sources = sources();
    let needed = |(path, call, _): &&(&str, &str, &str)| {
        let own = sources.iter().find(|source| within_labs(source) == Some(path));
        own.is_some_and(|source| calls(source).iter().any(|(made, _)| made == call))
    };
    let stale: Vec<_> = EXCEPTIONS
        .iter()
        .filter(|exception| !needed(exception))
        .map(|(path, call, _)| format!("{path} does not call `{call}` any more"))
        .collect();
    assert_none(&stale);
}

#[test]
fn a_wait_that_cannot_be_stopped_is_found() {
    let found = |path, text| planted(path, text, wait_rule).len();
    assert_eq!(found("src/labs/x/engine.rs", "child.wait()?;"), 1);
    assert_eq!(found("src/labs/x/engine.rs", "future.wait(&limit)?;"), 0);
    assert_eq!(found("src/lab/runner.rs", "orders.recv().ok()"), 1);
    assert_eq!(found("src/labs/x.rs", "Command::new(\"cat\").output()"), 2);
    assert_eq!(found("src/labs/x.rs", "File::open(path)"), 1);
    assert_eq!(found("src/labs/x.rs", "TcpStream::connect(there)"), 1);
    assert_eq!(found("src/labs/x.rs", "// child.wait()\nuse std::net::TcpStream;"), 0);
    assert_eq!(found("src/labs/x/tests.rs", "child.wait()"), 0);
    assert_eq!(found("src/kit/x.rs", "child.wait()"), 0);
    assert_eq!(found("src/labs/worlds/experiment/work.rs", "File::open(path)"), 0);
    assert_eq!(found("src/labs/worlds/experiment/work.rs", "stream.recv()"), 1);
}
