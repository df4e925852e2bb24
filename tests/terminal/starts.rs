//! Starting where there is no terminal, or one that is of no use.

use std::process::{Command, Stdio};

use crate::driver::{Setup, program};

/// One line on stderr, status 2, and not one byte for a terminal.
fn refused(stdout: &[u8], stderr: &[u8], code: Option<i32>) -> String {
    let reported = String::from_utf8_lossy(stderr).into_owned();
    assert_eq!(code, Some(2), "{reported}");
    assert_eq!(reported.trim_end().lines().count(), 1, "{reported}");
    assert!(reported.contains("threadbare run"), "{reported}");
    assert!(stdout.is_empty() && !stderr.contains(&0x1b));
    reported
}

#[test]
fn without_any_terminal() {
    for args in [&[][..], &["open", "list"]] {
        let mut command = Command::new(program());
        command.args(args).env("TERM", "xterm");
        let reported = command.stdin(Stdio::null()).output().unwrap();
        refused(&reported.stdout, &reported.stderr, reported.status.code());
    }
}

#[test]
fn with_a_terminal_on_one_side_or_none() {
    // What stands in for a terminal on each side: the terminal, nothing, a pipe, closed.
    for (stdin, pipe) in [("", ""), ("< /dev/null", ""), ("", "echo |"), ("<&-", "")] {
        for stdout in ["", "> /dev/null", "| cat", ">&-"] {
            if (stdin, pipe, stdout) == ("", "", "") {
                continue;
            }
            // The status comes out of the pipeline through a file of its own.
            let script = format!(
                "d=$(mktemp -d); {pipe} {{ \"$0\" {stdin}; echo $? > $d/s; }} 2> $d/e {stdout}
                 echo \"status $(cat $d/s)\"; echo \"lines $(wc -l < $d/e)\"
                 grep -c 'threadbare run' $d/e; rm -r $d; echo done"
            );
            let tty = Setup::default().script(&script).start();
            tty.until_text("done");
            tty.exit();
            let seen = tty.seen();
            let text = seen.text();
            assert!(text.contains("status 2\nlines 1\n1\ndone"), "{stdin} {stdout}: {text}");
            assert!(!seen.bytes.contains(&0x1b), "{text}");
        }
    }
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_is_refused() {
    for term in ["", "dumb"] {
        let tty = Setup::default().env("TERM", term).start();
        let status = tty.exit();
        tty.until_text("TERM");
        let text = tty.seen().text();
        assert_eq!(status.exit_code(), 2);
        assert!(text.contains("threadbare run"), "{text}");
        assert!(!tty.seen().bytes.contains(&0x1b));
    }
}

#[test]
fn bad_arguments_never_touch_the_terminal() {
    for args in [&["--theme", "plaid"][..], &["open", "nothing"], &["--bogus"]] {
        let tty = Setup::default().args(args).start();
        assert_eq!(tty.exit().exit_code(), 2, "{args:?}");
        tty.until("a message", |seen| seen.has("threadbare: "));
        assert_eq!(tty.seen().count(crate::driver::ENTER), 0);
    }
}

#[test]
fn every_terminal_that_has_a_cursor_will_do() {
    for term in ["linux", "xterm", "xterm-direct", "screen-256color", "vt100", "unheard-of"] {
        let mut tty = Setup::default().env("TERM", term).start();
        tty.until_open();
        tty.send("q");
        assert_eq!(tty.exit().exit_code(), 0, "{term}");
        tty.assert_restored();
    }
}

#[test]
fn no_lab_wants_a_key_that_it_cannot_have() {
    for entry in threadbare::labs::ALL {
        let keys = threadbare::app::live::keys_out_of_reach(entry.info);
        assert!(keys.is_empty(), "{}: {keys:?}", entry.info.id);
    }
}
