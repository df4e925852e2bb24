//! What watching a Python script costs, beside the script alone, and what the search for the
//! order that breaks it costs, beside frontrun.
//!
//! `cargo bench --bench python`, with the interpreter that `python3` on the path is. Where
//! frontrun is not installed for it (`pip install frontrun`), its lines are missing.

#![allow(clippy::pedantic, clippy::unwrap_used, missing_debug_implementations)]

mod common;
#[path = "../tests/terminal/driver.rs"]
#[expect(dead_code, reason = "the tests ask for more than this")]
mod driver;

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use common::{Goals, Rival, Spread, table, timed};
use driver::Setup;
use rustix::time::{ClockId, clock_gettime};
use tempfile::TempDir;
use threadbare::kit::proc_stat::resident_kib;

const ROUNDS: usize = 15;
/// Between two looks at the memory of a program.
const LOOK: Duration = Duration::from_millis(20);
/// For what takes a tenth of a second or more.
const FEW_ROUNDS: usize = 7;
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/common/python/");
const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/");

fn main() {
    let Some(python) = common::python() else {
        println!("there is no python3");
        return;
    };
    let folder = TempDir::new().unwrap();
    let bench = Bench { python, folder };
    let mut goals = Goals::new("python");
    bench.starts(&mut goals);
    bench.whole_scripts(&mut goals);
    bench.locks(&mut goals);
    bench.failures(&mut goals);
    bench.searches(&mut goals);
    bench.memory(&mut goals);
    goals.print();
}

struct Bench {
    python: PathBuf,
    folder: TempDir,
}

impl Bench {
    /// The script alone.
    fn plain(&self, script: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(script).args(arguments);
        quiet(command)
    }

    /// The script under the command of ours that these words are.
    fn ours(&self, words: &[&str], script: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_threadbare"));
        command.args(words).arg("--set").arg(self.setting()).arg(script).args(arguments);
        quiet(command)
    }

    fn setting(&self) -> String {
        format!("python={}", self.python.display())
    }

    /// Where scripts write what they measured themselves.
    fn written(&self) -> PathBuf {
        self.folder.path().join("written")
    }

    /// From the start of a command to the first line of the script.
    fn starts(&self, goals: &mut Goals) {
        let script = format!("{SCRIPTS}first_line.py");
        let written = self.written();
        let file = written.to_str().unwrap();
        let since_start = |run: &dyn Fn()| {
            let _ = fs::remove_file(&written);
            let began = now();
            run();
            Duration::from_nanos(fs::read_to_string(&written).unwrap().parse::<u64>().unwrap())
                - began
        };
        let on_screen = || {
            let words = ["open", "--set", &self.setting(), &script, file].map(str::to_owned);
            let tty = Setup::default().args(&words.each_ref().map(String::as_str)).start();
            tty.until("the first line", |_| {
                fs::metadata(&written).is_ok_and(|file| file.len() > 0)
            });
        };
        let mut rivals = [
            Rival::new("CPython alone", || since_start(&|| done(self.plain(&script, &[file])))),
            Rival::new("threadbare run", || {
                since_start(&|| done(self.ours(&["run"], &script, &[file])))
            }),
            Rival::new("threadbare open, on a terminal", || since_start(&on_screen)),
        ];
        let times = table("from the start to the script's first line", ROUNDS, 1, &mut rivals);
        for (at, what) in [(1, "run"), (2, "open")] {
            let over = times[at].over(&times[0], 1e6);
            goals.add(&format!("{what}: start over CPython's own (ms)"), over, 25.0);
        }
    }

    /// The exercise's programs: with their pauses, as students write them, and without.
    fn whole_scripts(&self, goals: &mut Goals) {
        let list = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/common/list.py").to_owned();
        let example = |name| format!("{EXAMPLES}{name}.py");
        let rounds = ["1", "1", "100000"];
        for (what, script, arguments, goal) in [
            ("shared list, with its pauses", example("shared_list"), &[][..], 1.15),
            ("shared list, 100,000 rounds", list, &rounds, 4.3),
            ("thread pool of factorials", example("factorial_pool"), &[], 1.5),
            ("process pools of squares", example("square_pool"), &[], 1.8),
        ] {
            let mut rivals = [
                Rival::new("CPython alone", || timed(|| done(self.plain(&script, arguments)))),
                Rival::new("watched by threadbare run", || {
                    timed(|| done(self.ours(&["run"], &script, arguments)))
                }),
            ];
            let title = format!("{what}, the whole program");
            let times = table(&title, FEW_ROUNDS, 1, &mut rivals);
            goals.add(&format!("{what}: watched, against alone"), times[1].to(&times[0]), goal);
        }
    }

    /// What one `with lock` costs, and whether watching changes how a lock goes round.
    fn locks(&self, goals: &mut Goals) {
        let script = format!("{SCRIPTS}locks.py");
        let written = self.written();
        let file = written.to_str().unwrap();
        let handovers = [RefCell::new(Vec::new()), RefCell::new(Vec::new())];
        let measure = |command: Command, handovers: &RefCell<Vec<f64>>| {
            done(command);
            let text = fs::read_to_string(&written).unwrap();
            let (cost, changes) = text.split_once(' ').unwrap();
            handovers.borrow_mut().push(changes.parse().unwrap());
            Duration::from_secs_f64(cost.parse::<f64>().unwrap() / 1e9)
        };
        let mut rivals = [
            Rival::new("CPython alone", || measure(self.plain(&script, &[file]), &handovers[0])),
            Rival::new("watched by threadbare run", || {
                measure(self.ours(&["run"], &script, &[file]), &handovers[1])
            }),
        ];
        let times = table("one `with lock`, one thread", FEW_ROUNDS, 1, &mut rivals);
        drop(rivals);
        goals.add("one `with lock`: watched, against alone", times[1].to(&times[0]), 7.0);
        let [alone, watched] = handovers.map(|each| each.into_inner().split_off(1));
        println!("\ntimes a second that a lock goes to the other of two threads");
        println!("  CPython alone              {}", Spread::of(alone.clone()));
        println!("  watched by threadbare run  {}", Spread::of(watched.clone()));
        let factor = |(alone, watched): (&f64, &f64)| (alone / watched).max(watched / alone);
        let factors = alone.iter().zip(&watched).map(factor).collect();
        goals.add("how a lock goes round: changed by a factor of", Spread::of(factors), 10.0);
    }

    /// To the first failure of each usual fault, and what many orders of their repairs find.
    fn failures(&self, goals: &mut Goals) {
        println!();
        let status = |words: &[&str], script: &str| {
            let mut command = self.ours(words, &format!("{EXAMPLES}{script}.py"), &[]);
            command.status().unwrap().code()
        };
        for script in ["lost_update", "check_then_act", "lock_order", "notify_before_wait"] {
            let time = || timed(|| assert_eq!(status(&["explore"], script), Some(3))).as_secs_f64();
            let times = Spread::of((0..FEW_ROUNDS).map(|_| time()).collect());
            goals.add(&format!("{script}: to its first failure (s)"), times, 2.0);
        }
        for script in ["lost_update", "check_then_act", "notify_before_wait"] {
            let words = ["explore", "--search", "random", "--limit", "2000"];
            let script = format!("{script}_mended");
            assert_eq!(status(&words, &script), Some(0));
            println!("{script}: no failure in 2,000 schedules");
        }
    }

    /// The same two programs, to the first failure of the one and to the proof of the other.
    fn searches(&self, goals: &mut Goals) {
        // It replaces locks and more before the interpreter runs, so it has a command for that.
        let peer_command = self.python.with_file_name("frontrun");
        let has_peer = peer_command.is_file();
        if !has_peer {
            println!("\nfrontrun is not installed for {}", self.python.display());
        }
        for (what, script, peer, status, goal) in [
            ("to the first lost update", "lost_update", "broken", 3, 3.0),
            ("to the proof of its repair", "lost_update_mended", "mended", 0, 5.0),
        ] {
            let script = format!("{EXAMPLES}{script}.py");
            let ours = || {
                let mut command = self.ours(&["explore", "--search", "all"], &script, &[]);
                assert_eq!(command.status().unwrap().code(), Some(status));
            };
            let mut rivals = vec![Rival::new("threadbare explore", || timed(ours))];
            if has_peer {
                let mut command = Command::new(&peer_command);
                command.arg(&self.python).arg(format!("{SCRIPTS}frontrun_peer.py")).arg(peer);
                let mut command = quiet(command);
                let mut theirs = move || assert!(command.status().unwrap().success());
                rivals.push(Rival::new("frontrun", move || timed(&mut theirs)));
            }
            let title = format!("{what}, the whole command");
            let times = table(&title, FEW_ROUNDS, 1, &mut rivals);
            if let Some(peer) = times.get(1) {
                goals.add(&format!("{what}, against frontrun"), times[0].to(peer), goal);
            }
        }
    }

    /// The largest that the program gets while it watches.
    fn memory(&self, goals: &mut Goals) {
        let script = format!("{SCRIPTS}many_threads.py");
        let mut child =
            self.ours(&["run", "--timeout", "5m"], &script, &["25000"]).spawn().unwrap();
        let mut most = 0;
        while child.try_wait().unwrap().is_none() {
            most = most.max(resident_kib(child.id()).unwrap_or(0));
            thread::park_timeout(LOOK);
        }
        let mib = most as f64 / 1024.0;
        println!("\n200 threads and 10,000,000 events watched: {mib:.1} MiB at most");
        goals.add_one("memory of 200 threads and 10,000,000 events (MiB)", mib, 30.0);
    }
}

/// The same surroundings for all, and nothing on the screen.
fn quiet(mut command: Command) -> Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn done(mut command: Command) {
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}

/// The clock that Python calls `time.monotonic_ns`.
fn now() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(now.tv_sec.cast_unsigned(), u32::try_from(now.tv_nsec).unwrap())
}
