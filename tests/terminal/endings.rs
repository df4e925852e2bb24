//! However the program ends, the terminal is as it was, and the status says why.

use std::process::Command;

use rustix::process::Signal;

use crate::driver::{Setup, Tty};

/// What the program is doing when the end comes.
#[derive(Clone, Copy, Debug)]
enum State {
    Starting,
    Drawing,
    Frozen,
    Overlay,
    Resizing,
}

const STATES: [State; 5] =
    [State::Starting, State::Drawing, State::Frozen, State::Overlay, State::Resizing];

fn bring_into(state: State) -> Tty {
    let mut tty = Setup::default().start();
    match state {
        State::Starting => {}
        State::Drawing => tty.until_open(),
        State::Frozen => {
            tty.until_open();
            tty.send(" ");
            tty.until_text(". later");
        }
        State::Overlay => {
            tty.until_open();
            tty.send("?");
            tty.until_text("Keys");
        }
        State::Resizing => {
            tty.until_open();
            for n in 0..200 {
                tty.resize(40 + n % 80, 10 + n % 30);
            }
        }
    }
    tty
}

/// Signals that the program sees and ends by in its own time: its status is 128 + n.
/// 34 and 64 are the first and the last that are free for any use.
const SEEN: [i32; 15] = [1, 2, 3, 10, 12, 14, 15, 16, 24, 26, 27, 29, 30, 34, 64];
/// Signals of a failed instruction, and the one of a file that is too large when somebody
/// else sends it: the program ends by the signal itself.
const FATAL: [(i32, &str); 8] = [
    (4, "Illegal instruction"),
    (5, "Trace/breakpoint trap"),
    (6, "Aborted"),
    (7, "Bus error"),
    (8, "Floating point exception"),
    (11, "Segmentation fault"),
    (25, "File size limit exceeded"),
    (31, "Bad system call"),
];

fn send(tty: &Tty, signal: i32) {
    let number = signal.to_string();
    let pid = tty.pid.as_raw_nonzero().to_string();
    let sent = Command::new("kill").args(["-s", &number, &pid]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn every_signal_that_asks_the_program_to_end_restores() {
    for signal in SEEN {
        // In all states those that people send; the others while it draws, and at rest.
        let states: &[_] = match signal {
            1 | 2 | 3 | 15 => &STATES,
            _ => &[State::Drawing, State::Frozen],
        };
        for &state in states {
            let tty = bring_into(state);
            send(&tty, signal);
            let status = tty.exit();
            // A signal that comes before the program does is the system's to handle.
            let early = matches!(state, State::Starting) && status.signal().is_some();
            let wanted = 128 + signal.cast_unsigned();
            assert!(
                early || status.exit_code() == wanted,
                "signal {signal} while {state:?}: {status:?}"
            );
            tty.assert_restored();
        }
    }
}

#[test]
fn every_signal_that_comes_in_the_middle_of_an_instruction_restores() {
    for (signal, name) in FATAL {
        // Not while it starts: the standard library's handler still takes the first SIGSEGV.
        for state in [State::Drawing, State::Frozen] {
            let tty = bring_into(state);
            send(&tty, signal);
            let status = tty.exit();
            assert_eq!(status.signal(), Some(name), "{signal} while {state:?}");
            tty.assert_restored();
            assert_eq!(tty.seen().count(crate::driver::LEAVE), 1, "{name}");
        }
    }
}

#[test]
fn a_fatal_signal_restores_a_terminal_that_does_not_read() {
    for (signal, name) in [(6, "Aborted"), (11, "Segmentation fault")] {
        let mut tty = Setup::default().size(200, 60).start();
        tty.until_open();
        tty.stall(true);
        for _ in 0..40 {
            tty.send("\x0c");
        }
        tty.until_stuck();
        send(&tty, signal);
        assert_eq!(tty.exit().signal(), Some(name));
        tty.stall(false);
        tty.assert_restored();
    }
}

#[test]
fn a_program_that_gives_up_restores_and_reports_why() {
    let aborted = "threadbare: aborted: out of memory, or a bug";
    for (fault, said) in [
        ("draw:abort", aborted),
        ("draw:memory", aborted),
        ("draw:overflow", "has overflowed its stack"),
    ] {
        let tty = Setup::default().env("THREADBARE_FAULT", fault).start();
        assert_eq!(tty.exit().signal(), Some("Aborted"), "{fault}");
        tty.assert_restored();
        let text = tty.seen().text();
        assert!(text.contains(said), "{fault}: {text}");
    }
}

#[test]
fn whatever_memory_there_is_the_terminal_is_restored() {
    for kilobytes in (60_000..420_000).step_by(40_000) {
        let script = format!("ulimit -v {kilobytes}; exec \"$0\"");
        let mut tty = Setup::default().script(&script).start();
        // Where the memory is enough.
        tty.send("q");
        let status = tty.exit();
        tty.assert_restored();
        let ended =
            status.signal() == Some("Aborted") || [0, 1, 101, 127].contains(&status.exit_code());
        assert!(ended, "{kilobytes} kB: {status:?} {}", tty.seen().text());
    }
}

#[test]
fn the_quit_keys_restore() {
    for (key, state) in [
        ("q", State::Drawing),
        ("q", State::Frozen),
        ("qq", State::Overlay),
        ("\x03", State::Drawing),
        ("\x03", State::Overlay),
        ("2/\x03", State::Drawing),
    ] {
        let mut tty = bring_into(state);
        tty.send(key);
        assert_eq!(tty.exit().exit_code(), 0, "{key:?} while {state:?}");
        tty.assert_restored();
        let seen = tty.seen();
        assert_eq!(seen.count(crate::driver::LEAVE), 1);
    }
}

#[test]
fn keys_typed_before_the_first_frame_are_not_lost() {
    let mut tty = bring_into(State::Starting);
    tty.send("q");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
}

#[test]
fn a_terminal_that_was_raw_already_stays_raw() {
    let mut tty = Setup::default()
        .script("stty raw -echo; stty -g > /dev/null; \"$0\"; stty -a | tr -d '\\n' | sed 's/.*\\( -\\?icanon\\).*/now\\1/'")
        .start();
    tty.until_open();
    tty.send("q");
    tty.until_text("now -icanon");
}

#[test]
fn a_panic_while_drawing_restores_and_is_readable_afterwards() {
    let tty = Setup::default().env("THREADBARE_FAULT", "draw:panic").start();
    assert_eq!(tty.exit().exit_code(), 101);
    tty.assert_restored();
    let text = tty.seen().text();
    assert!(text.contains("a fault on purpose at draw"), "{text}");
}

#[test]
fn a_panic_of_the_thread_that_sees_signals_restores_too() {
    let tty = Setup::default().env("THREADBARE_FAULT", "signals:panic").start();
    tty.until_open();
    // It passes the point once at its start and once for each signal that it sees. Signals of
    // one kind that come before it looks are one, so the size changes until the end.
    let mut columns = 90;
    let status = tty.exit_while(|| {
        columns += 1;
        tty.resize(columns, 25);
    });
    assert_eq!(status.exit_code(), 101);
    tty.assert_restored();
    let text = tty.seen().text();
    assert!(text.contains("a fault on purpose at signals"), "{text}");
}

#[test]
fn a_drawing_thread_that_is_stuck_does_not_keep_the_program_running() {
    let tty = Setup::default().env("THREADBARE_FAULT", "draw:stuck").start();
    tty.until_open();
    tty.signal(Signal::TERM);
    assert_eq!(tty.exit().exit_code(), 143);
    tty.assert_restored();
}

#[test]
fn a_terminal_that_does_not_read_does_not_keep_the_program_running() {
    for signal in [Signal::TERM, Signal::HUP] {
        let mut tty = Setup::default().size(200, 60).start();
        tty.until_open();
        tty.stall(true);
        // Full pictures fill whatever stands between.
        for _ in 0..40 {
            tty.send("\x0c");
        }
        tty.until_stuck();
        tty.signal(signal);
        let wanted = 128 + signal.as_raw().cast_unsigned();
        assert_eq!(tty.exit().exit_code(), wanted);
        tty.stall(false);
        tty.assert_restored();
    }
}

#[test]
fn the_quit_key_works_on_a_terminal_that_does_not_read() {
    let mut tty = Setup::default().size(200, 60).start();
    tty.until_open();
    tty.stall(true);
    for _ in 0..40 {
        tty.send("\x0c");
    }
    tty.until_stuck();
    tty.send("q");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.stall(false);
    tty.assert_restored();
}

#[test]
fn after_a_stall_the_picture_is_the_latest() {
    let mut tty = Setup::default().size(200, 60).start();
    tty.until_open();
    tty.stall(true);
    for _ in 0..40 {
        tty.send("\x0c");
    }
    tty.until_stuck();
    tty.send("?");
    tty.stall(false);
    tty.until_text("Keys");
    tty.send("qq");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
}

#[test]
fn the_end_of_the_terminal_is_the_end_of_the_program() {
    let plain = Setup::default();
    let ignored = Setup::default().script("trap '' HUP; exec \"$0\"");
    for setup in [plain, ignored] {
        let mut tty = setup.start();
        tty.until_open();
        tty.hang_up();
        assert_eq!(tty.exit().exit_code(), 129);
        tty.until_alone();
    }
}

#[test]
fn the_end_is_noticed_without_any_signal() {
    // The shell leads the session and ignores the hang-up, so nobody else is told.
    let mut tty = Setup::default().script("trap '' HUP; \"$0\"; echo $? > \"$STATUS\"").start();
    tty.until_open();
    tty.hang_up();
    assert_eq!(tty.exit().exit_code(), 2, "the shell cannot write its status");
}
