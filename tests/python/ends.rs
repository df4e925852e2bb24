//! However a run ends, nothing of it is left: no process and no file.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use threadbare::kit::proc_stat;
use threadbare::scene::NotRun;

use crate::act::opened;
use crate::figures::written;
use crate::{DEADLINE, python, threadbare, wait_until, watched};

/// Whether a process runs; one that ended and is not reaped does not.
pub fn runs(pid: u32) -> bool {
    proc_stat::state_of(pid).is_ok_and(|state| !matches!(state, 'Z' | 'X'))
}

/// Folders of runs of this process of threadbare that are left.
fn folders(pid: u32) -> usize {
    let of = |path: &str| {
        let names = std::fs::read_dir(path).into_iter().flatten().flatten();
        let start = format!("threadbare-run-{pid}-");
        names.filter(|one| one.file_name().to_string_lossy().starts_with(&start)).count()
    };
    of("/dev/shm") + of(&std::env::temp_dir().to_string_lossy())
}

/// A run whose script writes its number and that of a child, and then stays.
fn started(text: &str, args: &[&str]) -> (tempfile::TempDir, Child, Vec<u32>) {
    let (folder, path) = written(text);
    let pids = folder.path().join("pids");
    let mut args = args.to_vec();
    args.extend([path.to_str().unwrap(), pids.to_str().unwrap()]);
    let child = threadbare(&python(), &args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let read = || std::fs::read_to_string(&pids).unwrap_or_default();
    wait_until("the script starts", || read().ends_with('\n'));
    let pids = read().split_whitespace().map(|pid| pid.parse().unwrap()).collect();
    (folder, child, pids)
}

const STAYS: &str = "\
import os, subprocess, sys, time
child = subprocess.Popen(['sleep', '3600'])
with open(sys.argv[1], 'w') as file: print(os.getpid(), child.pid, file=file)
try:
    time.sleep(3600)
except KeyboardInterrupt:
    print('interrupted', flush=True)
    raise
";

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn ended(child: Child) -> (Option<i32>, Value) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

#[test]
fn a_signal_interrupts_the_script_and_reports_what_was_seen() {
    let (_folder, child, pids) = started(STAYS, &[]);
    let pid = child.id();
    send(&child, Signal::TERM);
    let (code, object) = ended(child);
    assert_eq!(code, Some(128 + 15));
    let result = &object["result"];
    assert_eq!(result["stdout"], "interrupted\n", "{object}");
    assert_eq!(result["exit"], json!({ "signal": 2 }));
    assert_eq!(result["threads"][0]["error"], "KeyboardInterrupt");
    for pid in pids {
        wait_until("it ends", || !runs(pid));
    }
    assert_eq!(folders(pid), 0);
}

#[test]
fn a_script_that_does_not_stop_is_killed_when_the_time_is_up() {
    let text = STAYS.replace("    raise\n", "    time.sleep(3600)\n");
    let (_folder, child, pids) = started(&text, &["--timeout", "1s"]);
    let pid = child.id();
    let (code, object) = ended(child);
    assert_eq!((code, &object["stopped_by"]), (Some(1), &json!("timeout")));
    assert_eq!(object["result"]["exit"], json!({ "signal": 9 }));
    assert_eq!(object["result"]["threads"][0]["ended"], "killed");
    for pid in pids {
        wait_until("it ends", || !runs(pid));
    }
    assert_eq!(folders(pid), 0);
}

#[test]
fn a_killed_threadbare_takes_the_script_with_it() {
    // One that is in its process group, and one that has left it and is watched.
    let text = STAYS.replace("import os", "import multiprocessing, os").replace(
        "with open",
        "\
def leaves(pid):
    os.setsid()
    pid.value = os.getpid()
    time.sleep(3600)
pid = multiprocessing.get_context('fork').Value('i', 0)
multiprocessing.get_context('fork').Process(target=leaves, args=(pid,), daemon=True).start()
while not pid.value: time.sleep(0.001)
with open",
    );
    let text = text.replace("child.pid, file", "child.pid, pid.value, file");
    let (_folder, child, pids) = started(&text, &[]);
    let pid = child.id();
    send(&child, Signal::KILL);
    let _ = ended(child);
    assert_eq!(pids.len(), 3);
    for pid in pids {
        wait_until("it ends", || !runs(pid));
    }
    wait_until("the folder is removed", || folders(pid) == 0);
}

#[test]
fn what_a_script_leaves_behind_ends_with_it() {
    let (_folder, child, pids) = started(&STAYS.replace("3600)", "0)"), &[]);
    let (code, object) = ended(child);
    assert_eq!((code, &object["result"]["exit"]), (Some(0), &json!({ "code": 0 })));
    wait_until("the child ends", || !runs(pids[1]));
}

#[test]
fn a_deadlock_is_named_with_its_circle() {
    let (_folder, path) = written(
        "\
import threading
first, second, both = threading.Lock(), threading.Lock(), threading.Barrier(2)
one = threading.Lock()
two = threading.Lock()
def takes(a, b):
    with a:
        both.wait()
        with b: pass
threading.Thread(target=takes, args=(one, two), name='A').start()
threading.Thread(target=takes, args=(two, one), name='B').start()
",
    );
    let args = ["--timeout", "2s", path.to_str().unwrap()];
    let output = threadbare(&python(), &args).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    let circle = json!([
        { "thread": "A", "wants": "two", "held_by": "B" },
        { "thread": "B", "wants": "one", "held_by": "A" },
    ]);
    assert_eq!(object["result"]["deadlock"], circle, "{object}");
    assert_eq!(object["findings"][0]["weight"], "broken");
}

#[test]
fn a_script_that_ends_by_itself_leaves_no_folder() {
    let (_folder, path) = written("import os\nprint(os.getppid())\n");
    let result = watched(&python(), &path, &[]);
    let ours: u32 = result["stdout"].as_str().unwrap().trim().parse().unwrap();
    assert_eq!(folders(ours), 0);
    assert!(!Path::new(&format!("/proc/{ours}")).exists());
}

#[test]
fn a_reader_that_takes_nothing_does_not_keep_the_script() {
    let (_folder, path) = written("for n in range(200_000): print('line', n)\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadbare"));
    command.args(["run", "--timeout", "3s"]).arg(&path);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut first = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut first).unwrap();
    assert!(first.starts_with("threadbare "), "{first}");
    wait_until("it ends", || child.try_wait().unwrap().is_some());
}

#[test]
fn a_process_that_has_ended_keeps_no_memory() {
    let (_folder, path) = written(
        "\
import glob, os, subprocess, sys, time
ring = next(line.split()[5] for line in open('/proc/self/maps') if '/ring.' in line)
folder = os.path.dirname(ring)
for _ in range(300):
    subprocess.run([sys.executable, '-c', 'pass'])
while len(glob.glob(folder + '/ring.*')) > 1: time.sleep(0.001)
print(sorted(name.split('.')[0] for name in os.listdir(folder)))
",
    );
    let result = watched(&python(), &path, &[]);
    let left = "['definitions', 'full', 'ring']\n";
    assert_eq!(result["stdout"].as_str().unwrap().replace(", 'shared'", ""), left, "{result}");
    assert_eq!(result["processes"].as_array().unwrap().len(), 255);
    let most = json!("processes after the first 256");
    assert!(result["not_watched"].as_array().unwrap().contains(&most), "{result}");
}

/// As many as the machine bears, if nothing stops it.
const ENDLESS: &str = "\
import os, time
for _ in range(3000):
    if os.fork() == 0: time.sleep(3600)
print('all of them')
";

#[test]
fn a_script_that_starts_processes_without_end_is_stopped_at_a_named_limit() {
    let (_folder, path) = written(ENDLESS);
    let args = ["--timeout", "2m", path.to_str().unwrap()];
    let output = threadbare(&python(), &args).stdin(Stdio::null()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let why = "it had more than 1000 processes at once";
    let line = "threadbare: could not run everything: run python: the rest of the script: ";
    assert_eq!((output.status.code(), &*stderr), (Some(1), &*format!("{line}{why}\n")));
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    let result = &object["result"];
    assert_eq!((&result["stdout"], &result["exit"]), (&json!(""), &json!({ "signal": 9 })));
    for process in result["processes"].as_array().unwrap() {
        let pid = process["pid"].as_u64().unwrap().try_into().unwrap();
        wait_until("it ends", || !runs(pid));
    }
    let mut run = opened(&python(), &path);
    assert!(run.drain_to_end(DEADLINE));
    assert_eq!(run.not_run(), [NotRun::new("the rest of the script", why)]);
}
