//! What the program does beside the screen, with the notice of it: files, the clipboard, a
//! stop that is not possible; and the line that it prints instead of a screen.

use crate::driver::{Setup, Tty};

/// Opens the lab of steps in `place`; `before` runs in the shell first.
fn start(place: &str, before: &str) -> Tty {
    let script =
        format!("cd {place} && {before} exec \"$0\" open steps --seed 42 --set program=counter");
    let tty = Setup::default().script(&script).start();
    tty.until_open();
    tty.until_text("load count");
    tty
}

fn end(mut tty: Tty) {
    tty.send("q");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
}

#[test]
fn what_is_saved_is_named_with_its_path() {
    let place = tempfile::tempdir().unwrap();
    let mut tty = start(place.path().to_str().unwrap(), "");
    for name in ["threadbare-steps-seed-42.txt", "threadbare-steps-seed-42-2.txt"] {
        tty.send("e");
        tty.until_text("Save from");
        tty.send("\r");
        let path = place.path().join(name);
        tty.until_text(&format!("saved {}", path.display()));
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("seed 42") && text.contains("program=counter"), "{text}");
    }
    end(tty);
}

#[test]
fn what_cannot_be_saved_is_reported_with_the_reason() {
    let place = tempfile::tempdir().unwrap();
    let inner = place.path().join("gone");
    std::fs::create_dir(&inner).unwrap();
    let mut tty = start(inner.to_str().unwrap(), "rmdir ../gone &&");
    tty.send("e");
    tty.until_text("Save from");
    tty.send("\r");
    tty.until_text("not saved: no such file or directory");
    end(tty);
}

#[test]
fn what_is_copied_goes_to_the_terminals_clipboard() {
    let mut tty = start("/", "");
    tty.send("1");
    tty.until_text("step 1 of 1");
    tty.send("c");
    tty.until_text("copied: ");
    // Base64 of the text that the notice quotes.
    tty.until("the clipboard", |seen| seen.count(b"\x1b]52;c;") == 1);
    let seen = tty.seen();
    let text = seen.text();
    let (_, code) = text.split_once("copied: ").unwrap();
    let code = code.split_whitespace().next().unwrap();
    let wanted = format!("\x1b]52;c;{}\x1b\\", base64(code.as_bytes()));
    assert_eq!(seen.count(wanted.as_bytes()), 1, "{code}");
    drop(seen);
    end(tty);
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let bits =
            (0..3).fold(0, |bits, at| (bits << 8) | usize::from(*part.get(at).unwrap_or(&0)));
        for at in 0..4 {
            let digit = char::from(DIGITS[(bits >> (18 - 6 * at)) & 63]);
            text.push(if at > part.len() { '=' } else { digit });
        }
    }
    text
}

#[test]
fn without_job_control_a_stop_is_refused_with_a_notice() {
    let mut tty = start("/", "trap '' TSTP;");
    tty.send("\x1a");
    tty.until_text("this program was started without job control");
    end(tty);
}

#[test]
fn a_terminal_that_is_of_no_use_is_named_with_what_is_wrong_with_it() {
    let other = "`threadbare run LAB` needs none";
    for (term, why) in [
        ("", "TERM is not set, so nothing is known about the terminal"),
        ("dumb", "TERM is `dumb`, a terminal that cannot move its cursor"),
    ] {
        let tty = Setup::default().size(200, 24).env("TERM", term).start();
        assert_eq!(tty.exit().exit_code(), 2);
        tty.until_text(&format!("threadbare: no screen: terminal: {why}; {other}"));
    }
}

#[test]
fn a_usual_configuration_that_cannot_be_read_is_reported_in_the_first_picture() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("threadbare/config.toml");
    std::fs::create_dir_all(&folder).unwrap();
    let script = format!("XDG_CONFIG_HOME={} exec \"$0\"", place.path().display());
    let tty = Setup::default().size(200, 30).script(&script).start();
    tty.until_open();
    let why = format!("cannot read configuration: {}: is a directory", folder.display());
    tty.until_text(&format!("threadbare: {why}"));
    end(tty);
}
