//! Job control: stopping gives the shell its terminal, continuing takes it again.

use rustix::process::{Pid, Signal, kill_process};

use crate::driver::{ENTER, Setup, Tty, assert_same};

/// A shell with job control that prints when its job has stopped, and continues it when
/// it gets a line. 148 is a stop by the terminal's stop signal, 147 by one that no
/// program can catch.
const SHELL: &str = "set -m; \"$0\"; s=$?
    while [ $s = 148 ] || [ $s = 147 ]; do echo \"stopped $((n = n + 1))\"; read x; fg > /dev/null; s=$?; done
    echo \"ended $s\"";

fn stopped(tty: &Tty, times: usize) {
    tty.until_text(&format!("stopped {times}"));
    tty.settle();
    assert_same(&tty.before, &tty.settings());
    let seen = tty.seen();
    assert!(!seen.screen().alternate_screen());
    assert!(!seen.screen().hide_cursor());
    assert!(!seen.screen().bracketed_paste());
    assert_eq!(seen.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None);
}

/// The program's process; the driver knows the shell's.
fn job(tty: &Tty) -> Pid {
    let shell = tty.pid.as_raw_nonzero();
    let path = format!("/proc/{shell}/task/{shell}/children");
    let children = std::fs::read_to_string(path).unwrap();
    let first = children.split_whitespace().next().unwrap();
    Pid::from_raw(first.parse().unwrap()).unwrap()
}

#[test]
fn stopping_and_continuing_many_times() {
    let mut tty = Setup::default().script(SHELL).start();
    for round in 1..=10 {
        tty.until_open();
        if round % 2 == 0 {
            tty.send("\x1a");
        } else {
            kill_process(job(&tty), Signal::TSTP).unwrap();
        }
        stopped(&tty, round);
        tty.send("\n");
    }
    tty.until_open();
    tty.send("q");
    tty.until_text("ended 0");
    tty.exit();
    tty.assert_restored();
}

#[test]
fn stopping_works_wherever_the_keyboard_is() {
    let mut tty = Setup::default().script(SHELL).start();
    for (round, keys) in ["?", "/", " "].into_iter().enumerate() {
        tty.until_open();
        tty.send(keys);
        tty.send("\x1a");
        stopped(&tty, round + 1);
        tty.send("\n");
    }
    tty.until_open();
    tty.send("\x03");
    tty.until_text("ended 0");
}

#[test]
fn after_a_stop_that_no_program_can_catch_the_terminal_is_taken_again() {
    let mut tty = Setup::default().script(SHELL).start();
    tty.until_open();
    kill_process(job(&tty), Signal::STOP).unwrap();
    // Nobody gave the terminal back, so the shell writes over the picture.
    tty.until("the shell", |seen| seen.count(b"stopped 1") == 1);
    tty.send("\n");
    tty.until("the picture again", |seen| seen.count(ENTER) == 2 && seen.has("quit"));
    tty.send("q");
    tty.until_text("ended 0");
    tty.exit();
    tty.settle();
    assert_same(&tty.before, &tty.settings());
    assert!(!tty.seen().screen().alternate_screen());
}

#[test]
fn where_no_shell_could_continue_it_a_stop_is_dropped() {
    // The program leads its session, so there is no shell with job control.
    let mut tty = Setup::default().start();
    tty.until_open();
    tty.send("\x1a");
    tty.until("the picture again", |seen| seen.count(ENTER) == 2 && seen.has("quit"));
    tty.send("q");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
}

#[test]
fn an_end_before_the_screen_is_entered_again_leaves_it_once_no_more() {
    let setup = Setup::default().env("THREADBARE_FAULT", "enter:abort");
    let mut tty = setup.script(SHELL).start();
    for round in 1..=2 {
        tty.until_open();
        tty.send("\x1a");
        stopped(&tty, round);
        tty.send("\n");
    }
    tty.until_text("ended 134");
    tty.exit();
    tty.assert_restored();
    assert_eq!(tty.seen().count(ENTER), 2);
}
