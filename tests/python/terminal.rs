//! The terminal that a script has on the screen: what it is for the script, what is typed in it,
//! and that nothing is left when it is gone.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use threadbare::lab::{ActionKind, Command, Detail, Run, TerminalInput, ViewOptions};

use crate::act::{opened, until_written};
use crate::ends::runs;
use crate::figures::written;
use crate::{DEADLINE, interpreters, python, wait_until};

/// Sends this to the script's terminal.
fn input(run: &mut dyn Run, input: &TerminalInput) {
    let mut actions = run.actions().into_iter();
    let command = actions.find_map(|action| match action.kind {
        ActionKind::Terminal(terminal) => Some(terminal.command(input.clone())),
        _ => None,
    });
    run.command(Command::Do(command.unwrap()));
}

fn typed(run: &mut dyn Run, text: &str) {
    input(run, &TerminalInput::Typed(text.to_owned()));
}

/// Follows the run to the end of the script.
fn ended(run: &mut dyn Run) -> Value {
    assert!(run.drain_to_end(DEADLINE));
    run.result()
}

/// A script with these lines after `import os, sys, time` that runs as on the screen.
fn started(python: &Path, text: &str) -> (tempfile::TempDir, Box<dyn Run>) {
    let (folder, path) = written(&format!("import os, sys, time\n{text}"));
    let run = opened(python, &path);
    (folder, run)
}

/// The numbers of processes in the first line that was written.
fn pids(run: &mut dyn Run) -> Vec<u32> {
    until_written(run, "\n");
    let result = run.result();
    let first = result["stdout"].as_str().unwrap().lines().next().unwrap().to_owned();
    first.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

#[test]
fn a_script_has_a_terminal_of_its_own_and_is_asked_there() {
    let text = "\
print([os.isatty(fd) for fd in range(3)], os.getsid(0) == os.getpid() == os.tcgetpgrp(0))
with open('/dev/tty', 'w') as terminal: print('controlling', file=terminal)
print('error', file=sys.stderr)
print('said', input('name? '))
";
    for python in interpreters() {
        let (_folder, mut run) = started(&python, text);
        until_written(run.as_mut(), "name? ");
        typed(run.as_mut(), "Aña\x7f\x7f\x7fEve\r");
        let result = ended(run.as_mut());
        let about = python.display();
        let echo = "name? Aña\u{8} \u{8}\u{8} \u{8}\u{8} \u{8}Eve\n";
        let start = "[True, True, True] True\ncontrolling\nerror\n";
        assert_eq!(result["stdout"], format!("{start}{echo}said Eve\n"), "{about}");
        assert_eq!((&result["stderr"], &result["terminal"]), (&Value::Null, &json!(true)));
        assert_eq!(result["exit"], json!({ "code": 0 }), "{about}");
    }
}

/// Follows the run until the script is shown to wait for a key, or no longer.
fn until_asks(run: &mut dyn Run, wanted: bool, about: &str) {
    wait_until(about, || {
        run.wait(Duration::from_millis(20));
        run.drain(1000);
        let scene = run.scene(Detail::Full, &ViewOptions::default());
        let mut badges = scene.badges.iter();
        badges.any(|badge| badge.text.to_string().ends_with("waits for input")) == wanted
    });
}

#[test]
fn a_script_that_reads_its_terminal_is_shown_to_wait_for_input_until_it_has_it() {
    let thread = "\
import threading
reader = threading.Thread(target=lambda: sys.stdin.readline())
reader.start()
reader.join()
";
    let child = "\
if os.fork() == 0: os._exit(len(input()))
os.wait()
";
    let hidden = "\
import getpass
getpass.getpass()
";
    let edited = "\
import tty, select
tty.setcbreak(0)
select.select([0], [], [])
";
    for python in interpreters() {
        for text in ["input()\n", thread, child, hidden, edited] {
            let end = "print('after', flush=True)\ntime.sleep(3600)\n";
            let (_folder, mut run) = started(&python, &format!("time.sleep(0.2)\n{text}{end}"));
            let about = format!("{}: {text}", python.display());
            until_asks(run.as_mut(), true, &about);
            typed(run.as_mut(), "x\r");
            until_written(run.as_mut(), "after\n");
            until_asks(run.as_mut(), false, &about);
        }
    }
}

/// The kernel sends the signal and then discards what waits in the terminal (`termios(3)`, NOFLSH):
/// what a script prints at once may be lost. So this one leaves a file.
#[test]
fn the_keys_of_a_terminal_interrupt_and_end_the_input() {
    let text = "\
try:
    input('first? ')
except KeyboardInterrupt:
    open(__file__ + '.interrupted', 'w').close()
print(repr(sys.stdin.read()))
";
    for python in interpreters() {
        let (folder, mut run) = started(&python, text);
        until_asks(run.as_mut(), true, "it asks");
        typed(run.as_mut(), "\x03");
        let interrupted = folder.path().join("main.py.interrupted");
        wait_until("it is interrupted", || interrupted.exists());
        typed(run.as_mut(), "a line\r\x04");
        let result = ended(run.as_mut());
        let stdout = result["stdout"].as_str().unwrap();
        assert!(stdout.ends_with("'a line\\n'\n"), "{}: {stdout}", python.display());
    }
}

#[test]
fn a_terminal_has_the_size_that_it_is_given() {
    let text = "\
import signal
signal.signal(signal.SIGWINCH, lambda *_: print(*os.get_terminal_size(), flush=True))
print(*os.get_terminal_size(), flush=True)
while True: time.sleep(1)
";
    let (_folder, mut run) = started(&python(), text);
    until_written(run.as_mut(), "80 24\n");
    input(run.as_mut(), &TerminalInput::Size { columns: 100, rows: 7 });
    until_written(run.as_mut(), "100 7\n");
}

/// Children that left the script's process group, and one that left its session, too.
const CHILDREN: &str = "\
import subprocess
wait = [sys.executable, '-c', 'import time; print(flush=True); time.sleep(3600)']
def start(command, **how):
    return subprocess.Popen(command, stdout=subprocess.PIPE, **how)
own_group = start(['sleep', '3600'], preexec_fn=os.setpgrp)
deaf = start(['sh', '-c', 'trap \"\" HUP INT TERM; echo; sleep 3600'], preexec_fn=os.setpgrp)
own_session = start(wait, start_new_session=True)
for one in deaf, own_session: one.stdout.readline()
print(os.getpid(), own_group.pid, deaf.pid, own_session.pid, flush=True)
";

#[test]
fn a_run_that_is_dropped_leaves_no_process_that_the_script_has_started() {
    for end in [
        "while True: time.sleep(1)",
        "import signal\nfor n in 1, 2, 15: signal.signal(n, signal.SIG_IGN)\nwhile True: time.sleep(1)",
    ] {
        let (_folder, mut run) = started(&python(), &format!("{CHILDREN}{end}\n"));
        let pids = pids(run.as_mut());
        assert_eq!(pids.len(), 4);
        assert!(pids.iter().all(|pid| runs(*pid)));
        drop(run);
        for pid in pids {
            wait_until("it ends", || !runs(pid));
        }
    }
}

#[test]
fn what_a_script_leaves_behind_ends_with_its_terminal() {
    let (_folder, mut run) = started(&python(), CHILDREN);
    let result = ended(run.as_mut());
    assert_eq!(result["exit"], json!({ "code": 0 }));
    for pid in pids(run.as_mut()) {
        wait_until("it ends", || !runs(pid));
    }
}

#[test]
fn a_script_that_closes_its_terminal_runs_on_and_may_open_it_again() {
    let text = "\
os.closerange(0, 3)
time.sleep(0.05)
terminal = os.open('/dev/tty', os.O_RDWR)
os.write(terminal, b'again\\n')
";
    let (_folder, mut run) = started(&python(), text);
    let result = ended(run.as_mut());
    assert_eq!((&result["stdout"], &result["exit"]["code"]), (&json!("again\n"), &json!(0)));
}

#[test]
fn all_that_is_written_right_before_the_end_is_shown() {
    let text = "sys.stdout.write('x' * 8000 + '\\n' + 'y' * 2000 + '\\nend')\nsys.stdout.flush()\nos._exit(3)\n";
    let (_folder, mut run) = started(&python(), text);
    let result = ended(run.as_mut());
    let lines = format!("{}\n{}\nend", "x".repeat(8000), "y".repeat(2000));
    assert_eq!((&result["stdout"], &result["exit"]["code"]), (&json!(lines), &json!(3)));
}

#[test]
fn a_flood_of_output_is_cut_and_counted_and_can_be_stopped() {
    let text =
        "line = 'x' * 4095 + '\\n'\nfor _ in range(20_000): sys.stdout.write(line)\nprint('end')\n";
    let (_folder, mut run) = started(&python(), text);
    let result = ended(run.as_mut());
    let stdout = result["stdout"].as_str().unwrap();
    assert!(stdout.ends_with("x\nend\n") && stdout.len() <= 64 * 1024, "{}", stdout.len());
    // Each line has one byte more on a terminal.
    let cut = usize::try_from(result["stdout_cut"].as_u64().unwrap()).unwrap();
    let all = 20_000 * 4096 + "end\n".len();
    assert!((all..=all + 20_001).contains(&(cut + stdout.len())), "{cut} {}", stdout.len());
    let (_folder, mut endless) = started(&python(), "while True: print('x' * 1000)\n");
    until_written(endless.as_mut(), "xxx");
    endless.wait(Duration::from_millis(100));
    drop(endless);
}
