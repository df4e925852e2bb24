//! What the scheduler of a script controls: time, ended threads, forked processes, the library's
//! own tools.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::explored::{LOST_UPDATE, found};
use crate::figures::written;
use crate::{clean, interpreters, python};

#[test]
fn sleeps_take_no_time_and_wake_in_order() {
    let (_folder, script) = written(
        "\
import threading, time
order = []
def sleeps(n):
    time.sleep(n)
    order.append(n)
threads = [threading.Thread(target=sleeps, args=(n,)) for n in (3000, 1000, 2000)]
for t in threads: t.start()
for t in threads: t.join()
assert order == [1000, 2000, 3000], order
for look in (time.time, time.monotonic_ns):
    try:
        look(5)
        assert False, look
    except TypeError: pass
",
    );
    for python in interpreters() {
        let began = Instant::now();
        let (status, report) = found(&python, &script, &["--limit", "20"]);
        assert_eq!(status, Some(0), "{report}");
        assert!(report["incomplete"].as_array().unwrap().contains(&json!("timed")), "{report}");
        assert!(began.elapsed() < Duration::from_mins(1));
    }
}

/// Also where the library looks at the clock itself, in a loop until its time is up.
#[test]
fn time_limits_of_the_library_take_no_time() {
    let (_folder, script) = written(
        "\
import threading
assert not threading.Semaphore(0).acquire(timeout=3000)
condition = threading.Condition()
with condition:
    assert not condition.wait_for(lambda: False, timeout=3000)
try:
    threading.Barrier(2).wait(timeout=3000)
    assert False
except threading.BrokenBarrierError: pass
",
    );
    for python in interpreters() {
        let (status, report) = found(&python, &script, &["--limit", "3"]);
        assert_eq!(status, Some(0), "{}: {report}", python.display());
        assert_eq!(report["cut_off"], 0, "{}: {report}", python.display());
    }
}

/// Its priorities change where there is a choice, however much one thread does alone after that.
#[test]
fn the_search_by_priorities_changes_them_among_the_choices() {
    let once = LOST_UPDATE.replace("range(5)", "range(1)");
    let (threads, _) = once.split_once("assert").unwrap();
    let alone = "for _ in range(3000): counter\nassert counter == 2\n";
    let (_folder, script) = written(&format!("{threads}{alone}"));
    let args = ["--search", "pct", "--seed", "7", "--limit", "20"];
    let (status, report) = found(&python(), &script, &args);
    assert_eq!(status, Some(3), "{report}");
}

/// An object of a thread often lies where one that is gone has been.
#[test]
fn a_new_thread_is_not_taken_for_one_that_has_ended() {
    let (_folder, script) = written(
        "\
import threading
for _ in range(20):
    thread = threading.Thread(target=int)
    assert not thread.is_alive()
    thread.start()
    thread.join()
    del thread
",
    );
    for python in interpreters() {
        let (status, report) = found(&python, &script, &["--limit", "3"]);
        assert_eq!(status, Some(0), "{}: {report}", python.display());
    }
}

#[test]
fn a_process_that_the_script_forks_leaves_its_parents_trace_alone() {
    let (_folder, script) = written(
        "\
import os, threading
event = threading.Event()
thread = threading.Thread(target=event.wait)
thread.start()
if os.fork() == 0: os._exit(0)
os.wait()
event.set()
thread.join()
",
    );
    for python in interpreters() {
        let (status, report) = found(&python, &script, &["--search", "all"]);
        assert_eq!((status, &report["failures"]), (Some(0), &json!(0)), "{report}");
        // The child itself has a thread that will never end; the script has none.
        assert_eq!(report["incomplete"], json!(["processes"]), "{}", python.display());
    }
}

#[test]
fn nothing_is_proved_of_a_script_that_starts_processes() {
    for start in [
        "os.waitpid(os.fork() or os._exit(0), 0)",
        "subprocess.run([sys.executable, '-c', ''])",
        "child = multiprocessing.get_context('spawn').Process(target=len, args=('',))\n    \
             child.start()\n    child.join()",
    ] {
        let imports = "import multiprocessing, os, subprocess, sys, threading";
        let text = format!("{imports}\nif __name__ == '__main__':\n    {start}\n");
        let (_folder, script) = written(&text);
        for python in interpreters() {
            let (status, report) = found(&python, &script, &["--search", "all", "--limit", "5"]);
            let about = format!("{}: {report}", python.display());
            assert_eq!((status, &report["complete"]), (Some(0), &json!(false)), "{about}");
            let left_out = report["incomplete"].as_array().unwrap();
            assert!(left_out.contains(&json!("processes")), "{about}");
        }
    }
}

/// Definitions lie behind the steps, and are read however the schedule ends.
#[test]
fn a_trace_that_is_full_takes_no_step_more() {
    let folder = tempfile::tempdir().unwrap();
    let shim = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/python/shim");
    let test = "\
import sys
sys.path.insert(0, sys.argv[1])
from threadbare_shim.control import trace
trace.STEPS = 2
trace.open_in(sys.argv[2])
trace.define('first')
step = lambda: trace.step(1, 1, 1, trace.READ, 0, 1, 0, 0, 1)
assert [step() for _ in range(3)] == [True, False, False]
text = open(sys.argv[2] + '/trace', 'rb').read()[trace.HEADER + 2 * trace.STEP :]
assert text.startswith(b'first\\n'), text[:64]
";
    let mut command = Command::new(python());
    command.args(["-B", "-c", test]).arg(shim).arg(folder.path());
    clean(&mut command);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// All that waits in the library waits under control.
#[test]
fn the_librarys_own_tools_are_controlled() {
    let (_folder, script) = written(
        "\
import queue, threading
from concurrent.futures import ThreadPoolExecutor
tasks, done = queue.Queue(2), queue.SimpleQueue()
gate, event, permits = threading.Barrier(3), threading.Event(), threading.Semaphore(1)
def makes():
    gate.wait()
    for n in range(3): tasks.put(n)
    tasks.put(None)
    event.set()
def takes():
    gate.wait()
    while (n := tasks.get()) is not None:
        with permits: done.put(n * n)
threads = [threading.Thread(target=f) for f in (makes, takes)]
for t in threads: t.start()
gate.wait()
event.wait(timeout=5)
for t in threads: t.join(timeout=60)
with ThreadPoolExecutor(2) as pool:
    assert list(pool.map(pow, (2, 3), (3, 2))) == [8, 9]
assert [done.get() for _ in range(3)] == [0, 1, 4]
assert not any(t.is_alive() for t in threads)
",
    );
    for python in interpreters() {
        let (status, report) = found(&python, &script, &["--limit", "40", "--search", "random"]);
        assert_eq!(status, Some(0), "{}: {report}", python.display());
        assert_eq!((&report["schedules"], &report["cut_off"]), (&json!(40), &json!(0)));
    }
}
