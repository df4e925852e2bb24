//! The lines that the threads execute, as shown: this lab's own Rust in short, and
//! the Python of the exercise. Must not know who is where.

/// A line of the shown code that a thread can be at: those of [`ADDER`], and on
/// from there those of [`REMOVER`], from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Place {
    AppendLock = 1,
    AppendLoad,
    AppendWindow,
    AppendSlot,
    AppendStore,
    AppendPause,
    RemoveLock,
    RemoveLoad,
    RemoveFirst,
    RemoveWindow,
    RemoveEmpty,
    RemoveShift,
    RemoveStore,
    RemovePause,
}

/// What runs here; see `shared.rs` and `worker.rs`. Orders and errors are left out.
pub(super) const ADDER: [&str; 6] = [
    "let guard = on.then(|| lock.lock());",
    "let n = length.load();",
    "window.pass();",
    "slot[n].store(value);",
    "length.store(n + 1);",
    "drop(guard); sleep(pause);",
];

pub(super) const REMOVER: [&str; 8] = [
    "let guard = on.then(|| lock.lock());",
    "let n = length.load();",
    "let first = (n > 0).then(|| slot[0].load());",
    "window.pass();",
    "let Some(first) = first else { continue };",
    "for i in 1..n { slot[i-1] = slot[i] }",
    "length.store(n - 1);",
    "drop(guard); sleep(pause);",
];

/// The exercise, an adder and a remover.
pub(super) const PYTHON: [&str; 9] = [
    "with lock:                       # add",
    "    shared_list.append(number)",
    "time.sleep(0.5)",
    "with lock:                       # remove",
    "    if shared_list:",
    "        number = shared_list.pop(0)",
    "    else:",
    "        print(\"List is empty, ...\")",
    "time.sleep(0.5)",
];

impl Place {
    pub(super) fn line(self) -> u16 {
        self as u16
    }
}

/// The line of [`PYTHON`], from 1, that a line of the shown Rust belongs to.
pub(super) fn python_line(rust: u16) -> Option<u16> {
    Some(match rust {
        1 => 1,
        2..=5 => 2,
        6 => 3,
        7 => 4,
        8 => 5,
        9..=10 | 12..=13 => 6,
        11 => 8,
        14 => 9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_the_line_that_it_is_called_after() {
        let all: Vec<_> = ADDER.into_iter().chain(REMOVER).collect();
        for (place, text, python) in [
            (Place::AppendLock, "lock.lock", "with lock"),
            (Place::AppendLoad, "length.load", "append"),
            (Place::AppendWindow, "window", "append"),
            (Place::AppendSlot, "slot[n].store", "append"),
            (Place::AppendStore, "n + 1", "append"),
            (Place::AppendPause, "sleep", "sleep"),
            (Place::RemoveLock, "lock.lock", "with lock"),
            (Place::RemoveLoad, "length.load", "if shared_list"),
            (Place::RemoveEmpty, "else { continue }", "print"),
            (Place::RemoveFirst, "slot[0].load", "pop(0)"),
            (Place::RemoveWindow, "window", "pop(0)"),
            (Place::RemoveShift, "for i", "pop(0)"),
            (Place::RemoveStore, "n - 1", "pop(0)"),
            (Place::RemovePause, "sleep", "sleep"),
        ] {
            let line = place.line();
            let shown = all[usize::from(line) - 1];
            assert!(shown.contains(text), "{place:?}: {shown}");
            let shown = PYTHON[usize::from(python_line(line).unwrap()) - 1];
            assert!(shown.contains(python), "{place:?}: {shown}");
        }
    }
}
