//! What the terminal can show: colours, characters, sizes.

use std::time::Duration;

use crate::driver::{Setup, Tty};

/// The parameters of all SGR sequences written.
fn colours(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut found = Vec::new();
    for part in text.split("\x1b[").skip(1) {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != ';');
        if let Some(end) = end.filter(|end| part[*end..].starts_with('m')) {
            found.extend(part[..end].split(';').map(str::to_owned));
        }
    }
    found
}

fn is_colour(code: &str) -> bool {
    matches!(code.parse(), Ok(30..=49 | 90..=107u16))
}

fn one_run(setup: Setup) -> Tty {
    let mut tty = setup.start();
    tty.until_open();
    tty.send("?");
    tty.until_text("Keys");
    tty.send("\x1b");
    tty.until("the view", |seen| !seen.has("Keys"));
    tty.send("\r");
    tty.until_text("esc back");
    tty.send("q");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
    tty
}

#[test]
fn without_colour_no_colour_is_written_and_the_choice_shows() {
    for setup in [
        Setup::default().env("NO_COLOR", "1"),
        Setup::default().args(&["--no-color"]),
        Setup::default().args(&["--theme", "mono"]),
    ] {
        let tty = one_run(setup);
        let written = colours(&tty.seen().bytes);
        assert!(!written.iter().any(|code| is_colour(code)), "{written:?}");
        // Something tells the selected tab: reverse, bold or underline.
        assert!(written.iter().any(|code| ["1", "4", "7"].contains(&code.as_str())));
    }
    let tty = one_run(Setup::default());
    assert!(colours(&tty.seen().bytes).iter().any(|code| is_colour(code)));
}

#[test]
fn ascii_is_ascii() {
    for setup in [
        Setup::default().env("LANG", "C"),
        Setup::default().args(&["--ascii"]),
        Setup::default().env("TERM", "linux"),
    ] {
        let tty = one_run(setup);
        let seen = tty.seen();
        assert!(seen.bytes.is_ascii(), "{}", seen.text());
    }
    assert!(!one_run(Setup::default()).seen().bytes.is_ascii());
}

#[test]
fn any_size_works() {
    for (columns, rows) in [(0, 0), (1, 1), (2, 5), (5, 20), (20, 5), (80, 24), (500, 200)] {
        let mut tty = Setup::default().size(columns, rows).start();
        // More than what the terminal is entered with.
        tty.until("a frame", |seen| seen.bytes.len() > 50);
        if columns >= 20 && rows >= 5 {
            tty.until_text("quit");
        }
        tty.send("q");
        assert_eq!(tty.exit().exit_code(), 0, "{columns}x{rows}");
        tty.assert_restored();
    }
}

#[test]
fn the_terminal_is_never_asked_anything() {
    let tty = one_run(Setup::default());
    let seen = tty.seen();
    for question in [b"\x1b[6n".as_slice(), b"\x1b[c", b"\x1b[?u", b"\x1b]11;?"] {
        assert_eq!(seen.count(question), 0, "{}", question.escape_ascii());
    }
}

#[test]
fn a_frozen_picture_writes_nothing() {
    // The key for the code is offered with the second picture of a lab: the first one, if that was
    // frozen, would be followed by one more.
    let frozen =
        [("1", "Process pool"), ("2", "▸ Python"), ("6", "▸ Python")].map(|(screen, shows)| {
            let mut tty = Setup::default().start();
            tty.until_open();
            tty.send(screen);
            tty.until_text(shows);
            tty.send(" ");
            tty.until_text(". later");
            tty.settle();
            let before = tty.seen().bytes.len();
            (screen, tty, before)
        });
    // The labs go on meanwhile.
    std::thread::park_timeout(Duration::from_secs(10));
    for (screen, mut tty, before) in frozen {
        let written = tty.seen().bytes[before..].escape_ascii().to_string();
        assert_eq!(written, "", "on screen {screen}");
        tty.send("q");
        assert_eq!(tty.exit().exit_code(), 0);
    }
}
