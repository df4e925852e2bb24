//! What the lab does on the screen: what is asked for comes next, with the settings of that
//! moment, and stays for its time.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use threadbare::lab::{Command, Entry, Recorded, Run, Settings};
use threadbare::labs;

use crate::offered;

/// A run, and what it reported of its course.
struct Lab {
    run: Box<dyn Run>,
    course: Arc<Mutex<Vec<String>>>,
}

/// A line for each thing that begins or ends.
fn line(event: &Value) -> Option<String> {
    let of = |key: &str| event[key].to_string().replace('"', "");
    Some(match event["event"].as_str()? {
        "failures.progress" => {
            let (what, done, all) = (of("what"), of("done"), of("of"));
            format!("{done}/{all}, {} workers: {what}", of("workers"))
        }
        "failures.technique" => format!("technique {} {}", of("name"), of("worked")),
        "failures.fault" => format!("fault {}", of("id")),
        "failures.outcome" => {
            let (fault, policy) = (of("fault"), of("policy"));
            format!("{fault} {policy}: {} completed, {} failed", of("completed"), of("failed"))
        }
        "failures.shutdown" => format!("{}: {} completed", of("mode"), of("completed")),
        "thread.sleep" => format!("sleep {} {}", of("pause"), of("for_ns")),
        _ => return None,
    })
}

impl Lab {
    fn open(set: &[(&str, &str)]) -> Self {
        let entry: &Entry = labs::ALL.iter().find(|entry| entry.info.id == "failures").unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_threadbare")).to_owned();
        let mut settings = Settings::defaults(entry.info, 1, program, true);
        for (key, value) in set {
            settings.set(entry.info, key, value).unwrap();
        }
        let mut run = entry.open(settings).unwrap();
        let course = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&course);
        run.tap(Box::new(move |record| {
            let event = match record.what {
                Recorded::Lane(event) => serde_json::to_value(event).unwrap(),
                Recorded::Fact(fact) => fact.to_json(),
            };
            seen.lock().unwrap().extend(line(&event));
        }));
        Self { run, course }
    }

    /// What was reported until the lab pauses for the next time.
    #[track_caller]
    fn until_pause(&mut self) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            while self.run.drain(1000) == 1000 {}
            let mut course = self.course.lock().unwrap();
            if course.last().is_some_and(|line| line.starts_with("sleep")) {
                return std::mem::take(&mut course);
            }
            assert!(Instant::now() < deadline, "no pause after {course:?}");
            drop(course);
            self.run.wait(Duration::from_millis(10));
        }
    }

    /// Chooses what is offered under `key` with this text.
    fn choose(&mut self, key: char, text: &str) {
        let mut offered = offered(self.run.as_ref(), key).into_iter();
        let (command, _) = offered.find(|(_, shown)| shown.eq_ignore_ascii_case(text)).unwrap();
        self.run.command(Command::Do(command));
    }

    fn set(&mut self, key: &str, value: &str) {
        let control = self.run.info().control(key).unwrap();
        let value = control.read(value).unwrap();
        self.run.command(Command::Set { key: control.key(), value });
    }
}

#[test]
fn what_is_asked_for_comes_next_with_its_settings_and_stays_for_its_time() {
    let set =
        [("workers", "2"), ("tasks", "6"), ("lines", "1"), ("policy", "retry"), ("fault", "kill")];
    let mut lab = Lab::open(&set);
    assert_eq!(
        lab.until_pause(),
        [
            "0/12, 2 workers: SIGKILL from outside",
            "fault kill",
            "kill retry: 6 completed, 0 failed",
            "sleep exercise 4000000000",
        ]
    );
    lab.choose('d', "drain: work off the queue");
    let drain = |workers: usize| {
        [
            format!("0/12, {workers} workers: drain: work off the queue"),
            "drain: 24 completed".to_owned(),
            "sleep exercise 12000000000".to_owned(),
        ]
    };
    assert_eq!(lab.until_pause(), drain(2));
    // A setting repeats what ran last.
    lab.set("workers", "3");
    assert_eq!(lab.until_pause(), drain(3));
    lab.choose('k', "exit with code 3");
    let exit = |tasks: usize| {
        [
            "0/12, 3 workers: exit with code 3".to_owned(),
            "fault exit-3".to_owned(),
            format!("exit-3 retry: {} completed, 1 failed", tasks - 1),
            "sleep exercise 12000000000".to_owned(),
        ]
    };
    assert_eq!(lab.until_pause(), exit(6));
    lab.set("tasks", "5");
    assert_eq!(lab.until_pause(), exit(5));
    lab.set("policy", "forget");
    let forgotten = lab.until_pause();
    assert_eq!(forgotten[2], "exit-3 forget: 4 completed, 0 failed");
    lab.choose('c', "flags and cancellation");
    assert_eq!(
        lab.until_pause(),
        [
            "0/12, 3 workers: flags and cancellation",
            "technique cancel true",
            "sleep exercise 12000000000",
        ]
    );
}
