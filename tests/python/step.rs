//! The script's source on the screen, and its schedules one step at a time.

use threadbare::lab::{Detail, Run, ViewOptions};
use threadbare::scene::{Body, Code};

use crate::act::opened;
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
