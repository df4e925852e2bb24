//! Records a run of each lab to `assets/recordings/`, for the pictures and for tests. The runs
//! are real, so their times are those of the machine.
//!
//! `cargo build --release && cargo run --release --example record [LAB]...`

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use threadbare::lab::{ActionKind, Command, End, Entry, Key, RecordingWriter, Run, Settings};
use threadbare::labs;

/// What is run of each lab: short, and with what the lab is about in it.
const RUNS: [(&str, &[(&str, &str)]); 7] = [
    ("list", &[("lock", "off"), ("ops", "8"), ("pause", "20ms"), ("window", "delay:20ms")]),
    ("factorial", &[("workers", "4"), ("pace", "20ms"), ("fail", "7"), ("cancel", "9")]),
    ("pool", &[("sizes", "2,4"), ("repeat", "7"), ("work", "spin:2ms")]),
    ("worlds", &[("n", "2"), ("size", "5ms")]),
    ("sync", &[("tool", "lock"), ("workers", "3"), ("ops", "20")]),
    ("failures", &[("fault", "kill"), ("lines", "100"), ("tasks", "12")]),
    ("steps", &[("program", "counter")]),
];
/// The keys of the steps that lose an update: both threads load before either stores.
const STEPS: &str = "122211";
/// How long a run may emit nothing until its threads are taken to wait for the user.
const QUIET: Duration = Duration::from_millis(50);

fn main() -> io::Result<()> {
    let wanted: Vec<_> = std::env::args().skip(1).collect();
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/recordings");
    for entry in labs::ALL {
        let id = entry.info.id;
        if wanted.is_empty() || wanted.iter().any(|lab| lab == id) {
            record(entry, &assets.join(format!("{id}.jsonl")))?;
        }
    }
    Ok(())
}

fn record(entry: &Entry, path: &Path) -> io::Result<()> {
    // The program beside this one starts as worker processes.
    let program = std::env::current_exe()?.with_file_name("../threadbare");
    let mut settings = Settings::defaults(entry.info, 42, program, entry.info.id == "steps");
    let set = RUNS.iter().find(|(id, _)| *id == entry.info.id).map_or(&[][..], |(_, set)| set);
    for (key, value) in set {
        settings.set(entry.info, key, value).map_err(io::Error::other)?;
    }
    let mut run = entry.open(settings).map_err(io::Error::other)?;
    let out = BufWriter::new(File::create(path)?);
    let writer = RecordingWriter::begin(out, entry.info.id, run.settings())?;
    let writer = Arc::new(Mutex::new(Some(writer)));
    let taps = Arc::clone(&writer);
    run.tap(Box::new(move |record| {
        let mut writer = taps.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Err(error)) = writer.as_mut().map(|writer| writer.event(record)) {
            eprintln!("{error}");
            *writer = None;
        }
    }));
    follow(run.as_mut());
    let elapsed_ns = run.now();
    run.stop();
    while run.drain(1000) > 0 {}
    // Its last event may come while its threads are stopped.
    let elapsed_ns = elapsed_ns.max(run.latest());
    let end =
        End { elapsed_ns, dropped_events: run.dropped(), stopped_by: None, result: run.result() };
    let writer = writer.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(writer) = writer {
        writer.end(end)?;
        println!("{}", path.display());
    }
    Ok(())
}

/// Drains the run to its end; where the user has to do something first, presses the keys.
fn follow(run: &mut dyn Run) {
    let live = run.settings().live;
    let mut keys = STEPS.chars();
    let mut key = keys.next();
    while !run.finished() {
        run.wait(QUIET);
        if run.drain(1000) > 0 {
            continue;
        }
        // Nothing more comes: the threads stand before their next steps.
        let Some(wanted) = key.filter(|_| live) else {
            if live {
                return;
            }
            continue;
        };
        let action = run.actions().into_iter().find(|action| action.key == Key::Char(wanted));
        if let Some(ActionKind::Press(command)) = action.map(|action| action.kind) {
            run.command(Command::Do(command));
            key = keys.next();
        }
    }
}
