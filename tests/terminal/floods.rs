//! Floods of input: resizes, pastes, reports of the mouse, nonsense.

use crate::driver::Setup;

#[test]
fn a_storm_of_resizes_ends_in_the_right_picture() {
    let mut tty = Setup::default().start();
    tty.until_open();
    tty.send(" ");
    tty.until_text(". later");
    // Drawn afresh in one piece; the end of the piece is marked.
    let clear = b"\x1b[2J";
    let clears = tty.seen().count(clear);
    tty.send("\x0c");
    tty.until("a fresh picture", |seen| {
        let rest = seen.bytes.rsplitn(2, |byte| *byte == b'J').next();
        let whole = rest.is_some_and(|rest| rest.windows(8).any(|end| end == b"\x1b[?2026l"));
        seen.count(clear) > clears && whole
    });
    let fresh = tty.seen().text();
    for n in 0..2000u16 {
        tty.resize(2 + n * 7 % 150, 2 + n * 3 % 60);
    }
    tty.resize(100, 30);
    tty.until("the same picture", |seen| seen.text() == fresh);
    tty.send("q");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
}

#[test]
fn a_paste_commands_nothing() {
    let mut tty = Setup::default().start();
    tty.until_open();
    let mut paste = b"\x1b[200~".to_vec();
    paste.extend(b"q\rq\n2r3 x/".iter().cycle().take(1 << 20));
    paste.extend(b"\x1b[201~");
    tty.send(&paste);
    tty.send("?");
    tty.until_text("Keys");
    tty.send("\x1b");
    tty.until("the dashboard", |seen| !seen.has("Keys"));
    tty.send("q");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
}

#[test]
fn a_paste_fills_a_line_of_input() {
    let mut tty = Setup::default().start();
    tty.until_open();
    tty.send("2/");
    tty.until_text("find");
    tty.send("\x1b[200~add-1\nremove\x1b[201~");
    tty.until_text("add-1");
    tty.send("\x1b");
    tty.send("\x03");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
}

#[test]
fn a_flood_of_mouse_reports_does_not_hold_up_a_key() {
    let mut tty = Setup::default().start();
    tty.until_open();
    let mut reports = Vec::new();
    for n in 0..10_000 {
        let (x, y) = (1 + n % 100, 1 + n % 25);
        reports.extend(format!("\x1b[<{};{x};{y}M", [32, 64, 65, 35][n % 4]).into_bytes());
    }
    tty.send(&reports);
    tty.send("?");
    tty.until_text("Keys");
    tty.send("qq");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
}

#[test]
fn nonsense_is_survived() {
    let mut tty = Setup::default().start();
    tty.until_open();
    // No seed is needed: the same nonsense each time, without the bytes that end the program.
    let mut state = 42u32;
    let mut nonsense = Vec::new();
    while nonsense.len() < 10_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let byte = (state >> 24) as u8;
        if !matches!(byte, b'q' | 0x03 | 0x1a | b'e' | b'\r' | b'\n') {
            nonsense.push(byte);
        }
    }
    tty.send(&nonsense);
    // Ends whatever sequence was begun last, an unfinished paste among them.
    tty.send("\x1b[201~\x1b");
    tty.send("\x03");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
}

#[test]
fn a_paste_that_never_ends_does_not_take_the_keyboard() {
    // The key comes after the pause that ends the paste: the help answers it.
    for begun in ["\x1b[200~hello", "\x1b[<0;5", "\x1b[<", "\x1b[?", "\x1b[1;"] {
        let mut tty = Setup::default().start();
        tty.until_open();
        tty.send("2/");
        tty.until_text("find");
        tty.send(begun);
        if begun.ends_with("hello") {
            tty.until_text("hello");
        }
        // In a line of input `q` would be text.
        tty.send("\x03");
        assert_eq!(tty.exit().exit_code(), 0, "{begun:?}");
        tty.assert_restored();
    }
}

#[test]
fn ctrl_c_within_a_paste_that_never_ends_counts() {
    let mut tty = Setup::default().start();
    tty.until_open();
    tty.send("\x1b[200~hello\x03");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
}
