//! Recordings of real runs of all labs, with the built binary for their worker processes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(target_os = "linux")]

mod heroes;
mod hostile;

use std::io::BufReader;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use threadbare::lab::{
    Detail, End, Entry, PlaybackCommand, Recording, RecordingWriter, Run, Settings, ViewOptions,
};
use threadbare::labs;
use threadbare::scene::{LogLine, Scene};

const TIMEOUT: Duration = Duration::from_mins(2);

/// A run of each lab that does all that the lab does, in a second or a few.
const RUNS: [(&str, &[(&str, &str)]); 9] = [
    ("list", &[("lock", "off"), ("pause", "1ms"), ("window", "delay:2ms"), ("rounds", "2")]),
    ("list", &[("lock", "on"), ("pause", "0ms"), ("ops", "1000"), ("rounds", "20")]),
    ("factorial", &[("workers", "3"), ("fail", "3"), ("cancel", "9"), ("to", "25")]),
    ("pool", &[("sizes", "2"), ("repeat", "3"), ("break_even", "off")]),
    ("worlds", &[("n", "2"), ("size", "1ms"), ("work", "mixed")]),
    ("sync", &[("tool", "lock"), ("ops", "20")]),
    ("sync", &[("tool", "process-queue"), ("ops", "5")]),
    ("failures", &[("fault", "kill"), ("lines", "20"), ("tasks", "8")]),
    ("steps", &[("program", "philosophers")]),
];

/// All that the rest of the program can see of a run at its end.
#[derive(Debug, PartialEq)]
struct View {
    settings: Vec<(&'static str, String)>,
    scenes: [Scene; 2],
    story: Vec<LogLine>,
    summary: Vec<String>,
    result: Value,
    counts: [u64; 2],
    histories: String,
}

fn view(run: &dyn Run) -> View {
    let settings = run.settings().iter().map(|(key, value)| (key, value.to_string()));
    // The driver thread is over, so the clock moves nothing.
    let scene = |detail| Scene { calm: false, ..run.scene(detail, &ViewOptions::default()) };
    View {
        settings: settings.collect(),
        scenes: [Detail::Compact, Detail::Full].map(scene),
        story: run.story().iter().cloned().collect(),
        summary: run.summary(),
        result: run.result(),
        counts: [run.events(), run.dropped()],
        histories: format!("{:?}", run.timeline().histories(run.now())),
    }
}

/// Records all that is drained of a run until it ends.
fn record(entry: &Entry, run: &mut dyn Run) -> Vec<u8> {
    let writer = RecordingWriter::begin(Vec::new(), entry.info.id, run.settings()).unwrap();
    let writer = Arc::new(Mutex::new(Some(writer)));
    let taps = Arc::clone(&writer);
    run.tap(Box::new(move |record| {
        taps.lock().unwrap().as_mut().unwrap().event(record).unwrap();
    }));
    assert!(run.drain_to_end(TIMEOUT), "{} does not end", entry.info.id);
    let elapsed_ns = run.now();
    run.stop();
    while run.drain(1000) > 0 {}
    let writer = writer.lock().unwrap().take().unwrap();
    // Its last event may come while its threads are stopped.
    let elapsed_ns = elapsed_ns.max(run.latest());
    let end =
        End { elapsed_ns, dropped_events: run.dropped(), stopped_by: None, result: run.result() };
    writer.end(end).unwrap()
}

fn live(id: &str, set: &[(&str, &str)]) -> (&'static Entry, Box<dyn Run>) {
    let entry = labs::ALL.iter().find(|entry| entry.info.id == id).unwrap();
    let program = env!("CARGO_BIN_EXE_threadbare").into();
    let mut settings = Settings::defaults(entry.info, 7, program, false);
    for (key, value) in set {
        settings.set(entry.info, key, value).unwrap();
    }
    let run = entry.open(settings).unwrap();
    (entry, run)
}

fn read(file: &[u8]) -> Recording {
    Entry::read(labs::ALL, &mut BufReader::new(file)).unwrap()
}

/// The run at its end.
fn at_end(recording: &Recording) -> Box<dyn Run> {
    let mut run = recording.open();
    run.play(PlaybackCommand::Seek(u64::MAX));
    while run.drain(1000) > 0 {}
    assert!(run.finished());
    run
}

/// The lines but the first, which has the time of the recording in it.
fn events(file: &[u8]) -> Vec<&str> {
    std::str::from_utf8(file).unwrap().lines().skip(1).collect()
}

/// The recordings that the pictures of the documentation are made of, by lab.
fn documented() -> impl Iterator<Item = (&'static Entry, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/recordings");
    labs::ALL.iter().map(move |entry| {
        let file = std::fs::read(format!("{folder}/{}.jsonl", entry.info.id)).unwrap();
        (entry, file)
    })
}

#[test]
fn the_recordings_of_the_documentation_can_be_read_and_nothing_of_them_is_lost() {
    for (entry, file) in documented() {
        let recording = read(&file);
        let played = at_end(&recording);
        let end: Value = serde_json::from_str(events(&file).last().unwrap()).unwrap();
        assert_eq!(played.result(), end["end"]["result"], "{}", entry.info.id);
        let mut again = recording.open();
        again.play(PlaybackCommand::Seek(u64::MAX));
        let again = record(entry, again.as_mut());
        let but_the_end = |file| {
            let mut lines = events(file);
            lines.pop();
            lines.join("\n")
        };
        assert_eq!(but_the_end(&again), but_the_end(&file), "{}", entry.info.id);
    }
}

#[test]
fn a_recording_folds_to_what_the_run_was() {
    for (id, set) in RUNS {
        let (entry, mut run) = live(id, set);
        let file = record(entry, run.as_mut());
        let recording = read(&file);
        let mut played = at_end(&recording);
        assert_eq!(view(played.as_ref()), view(run.as_ref()), "{id} {set:?}");
        // From the beginning again: what was folded before leaves nothing behind.
        played.play(PlaybackCommand::Seek(0));
        played.drain(10);
        played.play(PlaybackCommand::Seek(u64::MAX));
        while played.drain(1000) > 0 {}
        assert_eq!(view(played.as_ref()), view(run.as_ref()), "{id} {set:?}");
        // And recorded again: nothing was lost on the way through the file.
        let mut again = recording.open();
        again.play(PlaybackCommand::Seek(u64::MAX));
        assert_eq!(events(&record(entry, again.as_mut())), events(&file), "{id} {set:?}");
    }
}
