//! The lines that the threads execute, as shown: this lab's own Rust in short, and
//! the Python of the exercise. Must not know who is where.

/// A line of [`RUST`] that a thread can be at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum SourceLine {
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

/// What runs here, an adder and a remover; see `worker.rs` and `shared.rs`. Orders
/// and errors are left out.
pub const RUST: [&str; 14] = [
    "let guard = on.then(|| lock.lock()); // add",
    "let n = length.load();",
    "window.pass();",
    "slots.store(n, value);",
    "length.store(n + 1);",
    "drop(guard); sleep(pause);",
    "let guard = on.then(|| lock.lock()); // remove",
    "let n = length.load();",
    "let first = (n > 0).then(|| slots.load(0));",
    "window.pass();",
    "let Some(first) = first else { continue };",
    "slots.shift_left(n);",
    "length.store(n - 1);",
    "drop(guard); sleep(pause);",
];

/// The exercise, likewise.
pub const PYTHON: [&str; 14] = [
    "for number in numbers:          # add",
    "    with lock:",
    "        shared_list.append(number)",
    "        print(f\"Added {number}\")",
    "    time.sleep(0.5)",
    "",
    "for _ in range(10):             # remove",
    "    with lock:",
    "        if shared_list:",
    "            number = shared_list.pop(0)",
    "            print(f\"Removed {number}\")",
    "        else:",
    "            print(\"List is empty, cannot remove\")",
    "    time.sleep(0.5)",
];

impl SourceLine {
    /// Its number in [`RUST`], from 1.
    pub fn line(self) -> u16 {
        self as u16
    }
}

/// The line of [`PYTHON`] that a line of [`RUST`] belongs to, both from 1.
pub fn python_line(rust: u16) -> Option<u16> {
    Some(match rust {
        1 => 2,
        2..=5 => 3,
        6 => 5,
        7 => 8,
        8 => 9,
        9..=10 | 12..=13 => 10,
        11 => 13,
        14 => 14,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_the_line_that_it_is_called_after() {
        for (place, text, python) in [
            (SourceLine::AppendLock, "lock.lock", "with lock"),
            (SourceLine::AppendLoad, "length.load", "append"),
            (SourceLine::AppendWindow, "window", "append"),
            (SourceLine::AppendSlot, "slots.store", "append"),
            (SourceLine::AppendStore, "n + 1", "append"),
            (SourceLine::AppendPause, "sleep", "sleep"),
            (SourceLine::RemoveLock, "lock.lock", "with lock"),
            (SourceLine::RemoveLoad, "length.load", "if shared_list"),
            (SourceLine::RemoveFirst, "slots.load(0)", "pop(0)"),
            (SourceLine::RemoveWindow, "window", "pop(0)"),
            (SourceLine::RemoveEmpty, "else { continue }", "cannot remove"),
            (SourceLine::RemoveShift, "shift_left", "pop(0)"),
            (SourceLine::RemoveStore, "n - 1", "pop(0)"),
            (SourceLine::RemovePause, "sleep", "sleep"),
        ] {
            let line = place.line();
            let shown = RUST[usize::from(line) - 1];
            assert!(shown.contains(text), "{place:?}: {shown}");
            let shown = PYTHON[usize::from(python_line(line).unwrap()) - 1];
            assert!(shown.contains(python), "{place:?}: {shown}");
        }
    }
}
