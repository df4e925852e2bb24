//! Whichever worker gets a fault, and whenever the program ends, no process, descriptor, thread
//! or file is left.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{WaitOptions, getpid, set_child_subreaper, wait};
use threadbare::kit::stop::Stop;
use threadbare::lab::{Command as LabCommand, Entry, Recorded, Run, Settings};
use threadbare::labs;

use crate::{assert_empty, offered, run, with_cores};

/// Long enough for the slowest machine; reached only when something hangs.
const TIMEOUT: Duration = Duration::from_secs(30);
/// What this very program is reported to do when a test starts it once more.
const ROLE: &str = "THREADBARE_TEST_ROLE";
/// Rounds of all faults, under all policies, in each of the labs that run side by side.
const ROUNDS: &str = "THREADBARE_TEST_ROUNDS";
const LABS: usize = 4;

/// Kinds of faults.
const FAULTS: usize = 12;

/// Runs the calling test once more, alone in a process that may leave core files.
fn again(test: &str, role: &str, rounds: usize) {
    let place = tempfile::tempdir().unwrap();
    let output = with_cores(&std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--include-ignored"])
        .env(ROLE, role)
        .env(ROUNDS, rounds.to_string())
        .env("TMPDIR", place.path())
        .current_dir(place.path())
        .output()
        .unwrap();
    let outputs = [output.stdout, output.stderr]
        .map(|expected_text| String::from_utf8_lossy(&expected_text).into_owned());
    assert!(output.status.success(), "{}\n{}", outputs[0], outputs[1]);
    assert_empty(place.path());
}

fn is_again() -> bool {
    std::env::var_os(ROLE).is_some()
}

// S, Y05
#[test]
fn a_round_of_faults_leaves_nothing() {
    if is_again() {
        return inject_all();
    }
    again("remains::a_round_of_faults_leaves_nothing", "deal", 1);
}

#[test]
#[ignore = "a minute: for the release suite"]
fn fifty_faults_of_every_kind_leave_nothing() {
    if is_again() {
        return inject_all();
    }
    again("remains::fifty_faults_of_every_kind_leave_nothing", "deal", 50_usize.div_ceil(LABS));
}

/// A lab that runs live, and how many pools were targeted in it.
struct Lab {
    run: Box<dyn Run>,
    outcome: Arc<AtomicUsize>,
}

impl Lab {
    fn open() -> Self {
        let is_ours = |entry: &&Entry| entry.info.id == "failures";
        let entry = labs::ALL.iter().find(is_ours).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_threadbare")).to_owned();
        let mut settings = Settings::defaults(entry.info, 1, program, true);
        for (key, value) in [("lines", "1"), ("workers", "2"), ("tasks", "6")] {
            settings.set(entry.info, key, value).unwrap();
        }
        let mut run = entry.open(settings).unwrap();
        let outcome = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&outcome);
        run.tap(Box::new(move |record| {
            if let Recorded::Fact(fact) = record.what {
                let is_outcome = fact.to_json()["event"] == "failures.outcome";
                count.fetch_add(is_outcome.into(), Ordering::Relaxed);
            }
        }));
        Self { run, outcome }
    }

    fn inject(&mut self, fault: usize) {
        let faults = offered(self.run.as_ref(), 'k');
        assert_eq!(faults.len(), FAULTS);
        self.run.command(LabCommand::Do(faults[fault].0.clone()));
    }

    fn outcome(&mut self) -> usize {
        while self.run.drain(1000) == 1000 {}
        self.outcome.load(Ordering::Relaxed)
    }
}

fn count(folder: &str) -> usize {
    Path::new(folder).read_dir().unwrap().count()
}

/// Deals all faults a given number of times, in several labs at once, and looks at what is left.
fn inject_all() {
    set_child_subreaper(Some(getpid())).unwrap();
    let rounds: usize = std::env::var(ROUNDS).unwrap().parse().unwrap();
    let before = (count("/proc/self/fd"), count("/proc/self/task"));
    let mut labs: Vec<_> = (0..LABS).map(|_| Lab::open()).collect();
    for round in 0..rounds {
        for fault in 0..FAULTS {
            for lab in &mut labs {
                lab.inject(fault);
            }
        }
        // Three pools each.
        let expected = 3 * FAULTS * (round + 1);
        until("all are struck", || labs.iter_mut().all(|lab| lab.outcome() >= expected));
    }
    drop(labs);
    until("no process is left", no_descendant);
    assert_eq!((count("/proc/self/fd"), count("/proc/self/task")), before);
}

/// Whether no descendant is left, now that orphans among them have become ours.
fn no_descendant() -> bool {
    matches!(wait(WaitOptions::NOHANG), Err(Errno::CHILD))
}

#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + 2 * TIMEOUT;
    while !holds() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        Stop::new().sleep(Duration::from_millis(5));
    }
}

/// A fault, and what the program reports when it is in the midst of it.
const MOMENTS: [(&str, &str); 5] = [
    ("stop-cont", "\"stopped\""),
    ("loop", "\"failures.pool\""),
    ("memory", "\"failures.pool\""),
    ("kill", "was killed by SIGKILL"),
    ("lock-holder", "was killed by SIGKILL"),
];

#[test]
fn a_program_that_is_killed_in_the_middle_leaves_no_process() {
    const TEST: &str = "remains::a_program_that_is_killed_in_the_middle_leaves_no_process";
    if !is_again() {
        return again(TEST, "launcher", 0);
    }
    set_child_subreaper(Some(getpid())).unwrap();
    let place = std::env::current_dir().unwrap();
    for (fault, expected_text) in MOMENTS {
        kill_when(run(&place, "jsonl", &[&format!("fault={fault}")]), fault, expected_text);
        until("no process is left", no_descendant);
    }
}

/// Kills the program as soon as it reports of this fault and that.
fn kill_when(mut program: Command, fault: &str, expected_text: &str) {
    let mut child = program.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let begins = format!("\"fault\":\"{fault}\"");
    let reached = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .any(|line| line.contains(&begins) && line.contains(expected_text));
    assert!(reached, "{fault} ended without a word of {expected_text}");
    child.kill().unwrap();
    child.wait().unwrap();
}
