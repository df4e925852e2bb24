//! The script's source on the screen, and its schedules one step at a time.

use std::io::BufReader;
use std::sync::{Arc, Mutex};

use threadbare::lab::{Detail, End, Entry, PlaybackCommand, RecordingWriter, Run, ViewOptions};
use threadbare::labs;
use threadbare::scene::{Body, Code, Scene};

use crate::act::{choose, opened, opened_with};
use crate::figures::written;
use crate::{interpreters, wait_until};

/// The lines of the source pane with the threads at them.
fn marks(run: &dyn Run) -> Vec<(usize, String)> {
    let scene = run.scene(Detail::Full, &ViewOptions::default());
    let panels = scene.rows.into_iter().flat_map(|row| row.panels);
    let code = panels.filter_map(|panel| match panel.body {
        Body::Code(Code { mut listings, .. }) => listings.pop(),
        _ => None,
    });
    let mut marks = Vec::new();
    for (number, line) in (1..).zip(code.flat_map(|listing| listing.lines)) {
        marks.extend(line.at.iter().map(|who| (number, who.text.to_string())));
    }
    marks
}

const BLOCKED: &str = "\
import threading
lock = threading.Lock()
def waits():
    with lock:
        pass
lock.acquire()
thread = threading.Thread(target=waits, name='waits')
thread.start()
done = threading.Event()
# The lines of the library count as those that call it.
done.wait(timeout=60)
";

#[test]
fn each_thread_is_marked_where_it_was_last_seen() {
    for python in interpreters() {
        let (_folder, path) = written(BLOCKED);
        let mut run = opened(&python, &path);
        let expected = [(4, "waits".to_owned()), (11, "MainThread".to_owned())];
        wait_until("both wait", || {
            run.wait(std::time::Duration::from_millis(20));
            run.drain(1000);
            marks(run.as_ref()) == expected
        });
        // While it runs, another text comes into its file.
        std::fs::write(&path, "pass\n").unwrap();
        wait_until("the change is seen", || {
            run.wait(std::time::Duration::from_millis(20));
            run.drain(1000);
            let scene = run.scene(Detail::Full, &ViewOptions::default());
            let mut panels = scene.rows.iter().flat_map(|row| &row.panels);
            panels.any(|panel| panel.note.starts_with("changed; "))
        });
        assert_eq!(marks(run.as_ref()), expected, "{}: of what runs", python.display());
        drop(run);
    }
}

const LONG: &str = "\
import threading
lock = threading.Lock()
def adds():
    for _ in range(50):
        with lock:
            pass
threads = [threading.Thread(target=adds) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
";

/// How many steps were taken, as it stands beside the schedule.
fn taken(run: &dyn Run) -> String {
    let scene = shown(run);
    let panels = scene.rows.iter().flat_map(|row| &row.panels);
    let notes = panels.map(|panel| panel.note.to_string());
    notes.filter(|note| note.starts_with("step ")).collect()
}

fn shown(run: &dyn Run) -> Scene {
    run.scene(Detail::Full, &ViewOptions::default())
}

#[test]
fn a_step_adds_little_to_a_recording() {
    let python = interpreters().pop().unwrap();
    let (_folder, path) = written(LONG);
    let mut run = opened_with(&python, &path, &[("mode", "step")]);
    let writer = RecordingWriter::begin(Vec::new(), "python", run.settings()).unwrap();
    let writer = Arc::new(Mutex::new(Some(writer)));
    let (sizes, taps) = (Arc::new(Mutex::new(Vec::new())), Arc::clone(&writer));
    let lengths = Arc::clone(&sizes);
    run.tap(Box::new(move |record| {
        if let threadbare::lab::Recorded::Fact(fact) = record.what {
            lengths.lock().unwrap().push(fact.to_json().to_string().len());
        }
        taps.lock().unwrap().as_mut().unwrap().event(record).unwrap();
    }));
    for step in 1..=20 {
        choose(run.as_mut(), '.', "step");
        wait_until("it is taken", || {
            run.wait(std::time::Duration::from_millis(20));
            run.drain(1000);
            taken(run.as_ref()).starts_with(&format!("step {step} of "))
        });
    }
    let sizes = std::mem::take(&mut *sizes.lock().unwrap());
    let (before, steps) = sizes.split_at(sizes.len() - 20);
    let schedule = before.iter().max().unwrap();
    assert!(*schedule > 10_000, "{before:?}");
    assert!(steps.iter().sum::<usize>() < 20 * 200, "{steps:?} after {schedule}");
    let end = End {
        elapsed_ns: run.latest(),
        dropped_events: run.dropped(),
        stopped_by: None,
        result: run.result(),
    };
    let file = writer.lock().unwrap().take().unwrap().end(end).unwrap();
    let recording = Entry::read(&[labs::SCRIPT], &mut BufReader::new(&*file)).unwrap();
    let mut played = recording.open();
    played.play(PlaybackCommand::Seek(u64::MAX));
    while played.drain(1000) > 0 {}
    assert_eq!(shown(played.as_ref()).rows, shown(run.as_ref()).rows);
}
