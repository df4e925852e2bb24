//! The lines that the threads execute, as shown: this lab's own Rust in short, and the
//! Python of the exercise.
//!
//! The threads report the number of the line that they are at, and the screen marks it in
//! both listings. A line here therefore has to stand for the code that really runs in
//! `worker.rs` and `shared.rs`; the test below checks what can be checked of that.

/// A line of [`RUST`] that a thread can be at. The discriminant is the number of the
/// line, from 1, so the order of the variants is the order of the listing.
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

/// What runs here, an adder and a remover; see `worker.rs` and `shared.rs`. Memory orders
/// and errors are left out, and each half is a loop: its last line leads to its first.
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

/// The exercise, likewise: an adder and a remover. Its `append` and `pop(0)` are single
/// calls, which hide the load and the store that the Rust shows.
pub const PYTHON: [&str; 14] = [
    "for number in numbers:          # add",
    "    with lock:",
    "        shared_list.append(number)",
    "        print(f\"Added {number}\")",
    "    time.sleep(pause)",
    "",
    "for _ in range(10):             # remove",
    "    with lock:",
    "        if shared_list:",
    "            number = shared_list.pop(0)",
    "            print(f\"Removed {number}\")",
    "        else:",
    "            print(\"List is empty, cannot remove\")",
    "    time.sleep(pause)",
];

impl SourceLine {
    /// Its number in [`RUST`], from 1: what a lane's `Line` event contains.
    pub fn line(self) -> u16 {
        self as u16
    }
}

/// The line of [`PYTHON`] that a line of [`RUST`] belongs to, both from 1; `None` for a
/// number that is no line of [`RUST`]. Several lines of Rust are one of Python: all that
/// a call hides.
pub fn python_line(rust: u16) -> Option<u16> {
    Some(match rust {
        1 => 2,
        2..=5 => 3,
        6 => 5,
        7 => 8,
        8 => 9,
        // Line 11 is where the remover finds the list empty; the lines around it are its
        // `pop(0)`.
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
