//! The process pool lab with real processes: what holds in every run, and what is left
//! behind when it is stopped.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "pool_lab/events.rs"]
mod events;
#[path = "pool_lab/starts.rs"]
mod starts;
#[path = "pool_lab/warm.rs"]
mod warm;

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use threadbare::kit::event::{LaneEvent, LaneKind};
use threadbare::lab::{
    ActionKind, AnyCommand, Command, Detail, Entry, Key, Recorded, Run, Settings, ViewOptions,
};
use threadbare::labs;

const EXTRA_TIME: Duration = Duration::from_secs(30);

/// A run, and the pids of the processes that it reported.
struct Lab {
    run: Option<Box<dyn Run>>,
    started: Receiver<u32>,
    pids: Vec<u32>,
}

impl Lab {
    fn open(set: &[(&str, &str)], live: bool) -> Self {
        let entry: &Entry = labs::ALL.iter().find(|entry| entry.info.id == "pool").unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_threadbare")).to_owned();
        let mut settings = Settings::defaults(entry.info, 1, program, live);
        for (key, value) in
            [("python", "off"), ("repeat", "2"), ("break_even", "off")].iter().chain(set)
        {
            settings.set(entry.info, key, value).unwrap();
        }
        let mut run = entry.open(settings).unwrap();
        let (sender, started) = channel();
        run.tap(Box::new(move |record| {
            if let Recorded::Lane(LaneEvent::Started { kind: LaneKind::Process { pid }, .. }) =
                record.what
            {
                let _ = sender.send(*pid);
            }
        }));
        Self { run: Some(run), started, pids: Vec::new() }
    }

    fn run(&mut self) -> &mut dyn Run {
        self.run.as_mut().unwrap().as_mut()
    }

    /// Drains the run until this holds.
    #[track_caller]
    fn until(&mut self, what: &str, holds: impl Fn(&mut Self) -> bool) {
        let deadline = Instant::now() + EXTRA_TIME;
        while !holds(self) {
            assert!(Instant::now() < deadline, "waited in vain for: {what}");
            self.run().wait(Duration::from_millis(10));
            while self.run().drain(1000) == 1000 {}
            self.pids.extend(self.started.try_iter());
        }
    }

    fn story(&mut self) -> Vec<String> {
        self.run().story().iter().map(|line| line.text.to_string()).collect()
    }

    fn sentence(&mut self, text: &str) -> bool {
        self.story().iter().any(|line| line.contains(text))
    }

    /// Drops the run; afterwards none of its processes may exist, not even as a zombie.
    #[track_caller]
    fn end_and_look(mut self) {
        let began = Instant::now();
        self.run = None;
        assert!(began.elapsed() < EXTRA_TIME, "it did not stop what it was at");
        let alive = |pid: &&u32| Path::new(&format!("/proc/{pid}")).exists();
        let left: Vec<_> = self.pids.iter().filter(alive).collect();
        assert!(left.is_empty(), "left behind: {left:?}");
    }
}

fn result(set: &[(&str, &str)]) -> Value {
    let mut lab = Lab::open(set, false);
    lab.until("the end of the run", |lab| lab.run().finished());
    let result = lab.run().result();
    assert!(!lab.pids.is_empty());
    lab.end_and_look();
    result
}

#[track_caller]
fn check_bars(result: &Value, sizes: &[u64]) {
    let bars = result["bars"].as_array().unwrap();
    let of = |mode: &str| -> Vec<_> {
        let same = bars.iter().filter(|bar| bar["mode"] == mode);
        same.map(|bar| bar["size"].as_u64().unwrap()).collect()
    };
    assert_eq!(of("serial"), [1]);
    assert_eq!(of("threads"), sizes);
    assert_eq!(of("processes"), sizes);
    let squares: Vec<u64> = (1..=10).map(|n| n * n).collect();
    for bar in bars {
        assert_eq!(bar["results"], serde_json::json!(squares), "{bar}");
        for run in bar["runs"].as_array().unwrap() {
            let (total, sum) =
                (run["total_ms"].as_f64().unwrap(), run["parts_sum_ms"].as_f64().unwrap());
            assert!((total - sum).abs() <= 0.02 * total, "{run}");
        }
        let part = |name: &str| bar["parts_ms"][name].as_f64().unwrap();
        let sum: f64 = ["create", "send", "compute", "return", "join"].map(part).iter().sum();
        let total = bar["total_ms"]["median"].as_f64().unwrap();
        assert!((total - sum).abs() <= 0.02 * total, "{bar}");
        if bar["mode"] == "processes" {
            let mut pids: Vec<_> =
                bar["pids"].as_array().unwrap().iter().map(|pid| pid.as_u64().unwrap()).collect();
            pids.sort_unstable();
            pids.dedup();
            assert_eq!(pids.len() as u64, bar["size"].as_u64().unwrap(), "{bar}");
        }
    }
    assert_eq!(result["wrong_runs"], 0);
}

#[test]
fn each_bar_has_right_results_own_pids_and_parts_that_add_up() {
    check_bars(&result(&[("sizes", "1,2,4")]), &[1, 2, 4]);
}

#[test]
fn with_workers_started_by_exec_each_bar_is_as_right() {
    check_bars(&result(&[("sizes", "3"), ("start", "spawn")]), &[3]);
}

#[test]
fn more_workers_than_tasks_and_every_chunk_give_the_same_squares() {
    for chunk in ["1", "3", "10", "1000"] {
        check_bars(&result(&[("sizes", "16"), ("chunk", chunk), ("repeat", "1")]), &[16]);
    }
}

#[test]
fn tasks_that_sleep_wait_at_the_same_time() {
    let set = [("sizes", "10"), ("work", "sleep:100ms"), ("repeat", "1")];
    let result = result(&set);
    let compute = |mode: &str| {
        let bars = result["bars"].as_array().unwrap();
        let bar = bars.iter().find(|bar| bar["mode"] == mode).unwrap();
        bar["parts_ms"]["compute"].as_f64().unwrap()
    };
    assert!(compute("serial") >= 1000.0);
    // On any machine, however busy: what matters is that the waits overlap at all.
    assert!(compute("processes") < compute("serial"), "{result}");
}

#[test]
fn cpython_is_measured_by_running_it() {
    if !std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .any(|folder| folder.join("python3").is_file())
    {
        return;
    }
    let result = result(&[("sizes", "2"), ("python", "auto"), ("repeat", "1")]);
    let bars = result["bars"].as_array().unwrap();
    let cpython = bars.iter().find(|bar| bar["mode"] == "python").unwrap();
    assert_eq!(cpython["results"][9], 100);
    assert_eq!(cpython["pids"].as_array().unwrap().len(), 2);
    assert_eq!(result["python"]["start"], "fork");
    assert!(result["python"]["version"].as_str().unwrap().starts_with('3'));
}

#[test]
fn a_run_stopped_in_the_middle_leaves_no_process() {
    for start in ["spawn", "forkserver"] {
        for moment in 0..4 {
            // The plain loop sleeps first; a stop ends that as well.
            let work = if moment == 0 { "sleep:10s" } else { "square" };
            let mut lab = Lab::open(&[("sizes", "4,8"), ("start", start), ("work", work)], true);
            lab.until("some processes", |lab| lab.pids.len() >= moment * 3);
            lab.end_and_look();
        }
    }
}

#[test]
fn another_setting_interrupts_a_long_measurement() {
    let mut lab = Lab::open(&[("work", "sleep:10s"), ("sizes", "2")], true);
    lab.until("the start", |lab| lab.sentence("Measuring 2 times: sleep 10.0 s"));
    let work = lab.run().info().control("work").unwrap();
    let value = work.read("square").unwrap();
    lab.run().command(Command::Set { key: "work", value });
    lab.until("the other measurement", |lab| {
        lab.sentence("Measuring 2 times: square") && lab.sentence("2 processes:")
    });
    lab.end_and_look();
}

#[test]
fn the_timing_changes_at_once_and_disturbs_no_measurement() {
    let mut lab = Lab::open(&[("work", "sleep:10s"), ("sizes", "2")], true);
    lab.until("the start", |lab| lab.sentence("Measuring 2 times"));
    let timing = lab.run().info().control("timing").unwrap();
    let value = timing.read("warm").unwrap();
    lab.run().command(Command::Set { key: "timing", value });
    lab.until("the timing of the warm pool", |lab| {
        let scene = lab.run().scene(Detail::Compact, &ViewOptions::default());
        scene.badges.iter().any(|badge| badge.text == "timing: warm pool")
    });
    assert_eq!(lab.story().iter().filter(|line| line.contains("Measuring")).count(), 1);
    lab.end_and_look();
}

/// What is offered to kill workers, each with its text.
fn kills(run: &mut dyn Run) -> Vec<(AnyCommand, String)> {
    let actions = run.actions().into_iter();
    let mut kills = actions.filter(|action| action.key == Key::Char('k'));
    match kills.next().map(|action| action.kind) {
        Some(ActionKind::Choose { items, .. }) => items,
        _ => Vec::new(),
    }
}

#[test]
fn a_killed_worker_of_the_warm_pool_is_replaced_and_reported() {
    let mut lab = Lab::open(&[("sizes", "2"), ("repeat", "1")], true);
    let sigkill =
        |lab: &mut Lab| kills(lab.run()).into_iter().find(|(_, text)| text.starts_with("SIGKILL"));
    lab.until("a worker to kill", |lab| sigkill(lab).is_some());
    let (command, text) = sigkill(&mut lab).unwrap();
    // As in `SIGKILL to process 4001 (process 1)`.
    let pid = text.split(' ').nth(3).unwrap().to_owned();
    lab.run().command(Command::Do(command));
    let sentence = format!("Process {pid} was killed by SIGKILL");
    lab.until("the outcome", |lab| lab.sentence(&sentence));
    lab.until("a successor", |lab| sigkill(lab).is_some_and(|(_, text)| !text.contains(&pid)));
    lab.end_and_look();
}

#[test]
fn the_break_even_is_looked_for_within_bounds() {
    let result = result(&[("sizes", "2"), ("repeat", "1"), ("break_even", "on")]);
    let tried = result["break_even_tried"].as_array().unwrap();
    assert!((1..20).contains(&tried.len()), "{tried:?}");
    for row in tried {
        let (work_us, serial_ms) = (&row["work_us"], &row["serial_ms"]);
        // One thread needs its time on a core for each of the 10 tasks.
        let least_ms = work_us.as_f64().unwrap() / 1e3 * 10.0;
        assert!(serial_ms.as_f64().unwrap() >= least_ms && row["size"] == 2, "{row}");
    }
    let won = |row: &&Value| row["compared_with_serial"]["verdict"] == "faster";
    let works = tried.iter().filter(won).map(|row| row["work_us"].as_f64().unwrap());
    let lost = |row: &&Value| row["compared_with_serial"]["verdict"] == "slower";
    let lost = tried.iter().filter(lost).map(|row| row["work_us"].as_f64());
    let (least, most) = (works.min_by(f64::total_cmp), lost.flatten().max_by(f64::total_cmp));
    // A win at less work than a loss contradicts it: on a loaded machine that happens.
    if least.zip(most).is_none_or(|(won, lost)| lost < won) {
        assert_eq!(result["break_even_us"].as_f64(), least);
        assert_eq!(result["break_even_not_below_us"].as_f64(), most);
    } else {
        assert!(result["break_even_us"].is_null(), "{result}");
    }
}
