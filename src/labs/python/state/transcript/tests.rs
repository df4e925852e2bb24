//! What programs print on terminals, and what they could print to do harm.

use proptest::prelude::*;

use super::*;

/// The lines as texts.
fn texts(transcript: &Transcript) -> Vec<String> {
    let lines = transcript.lines(LINES, false);
    lines.iter().map(|line| line.0.iter().map(|span| span.text.as_str()).collect()).collect()
}

fn shown(text: &str) -> Vec<String> {
    let mut transcript = Transcript::default();
    transcript.write(text, Tone::Plain);
    texts(&transcript)
}

#[test]
fn a_line_that_is_written_again_shows_its_last_state() {
    for (written, lines) in [
        ("10%\r20%\rdone\nnext\n", &["done", "next"][..]),
        ("a long line\rshort", &["shortg line"]),
        ("a long line\r\x1b[Kshort", &["short"]),
        ("abc\x08\x08X", &["aXc"]),
        ("a\tb\n12345678\tc", &["a       b", "12345678        c"]),
        // Two progress bars.
        ("one 1\ntwo 1\x1b[A\rone 2\n\rtwo 2", &["one 2", "two 2"]),
        ("top\n\n\n\x1b[2Aa1\x1b[2B\r\x1b[2Aa2\x1b[2B\rend", &["top", "a2", "", "end"]),
        ("one\ntwo\nthree\x1b[2F\x1b[2Knew\x1b[E\x1b[Gtop", &["new", "top", "three"]),
        // A line editor that inserts and deletes.
        ("ac\x1b[D\x1b[@b\x1b[2D\x1b[P", &["bc"]),
        ("xxxx\x1b[3D\x1b[1K", &["  xx"]),
        // A screen that is cleared and filled again.
        ("old\nold\x1b[H\x1b[2Jnew\x1b[3;2Hlow", &["new", "", " low"]),
        ("one\ntwo\nthree\x1b[A\x1b[J", &["one", "two"]),
    ] {
        assert_eq!(shown(written), lines, "{written:?}");
    }
}

#[test]
fn colours_are_tones_and_other_sequences_do_nothing() {
    let mut transcript = Transcript::default();
    let text = "a\x1b[31mred\x1b[39;1mbold\x1b[0m\x1b[38;5;2mb\x1b[38;2;1;2;3mc\x1b[2md\x1b[m\
        \x1b]0;title\x07\x1b]8;;http://x\x1b\\e\x1b[?1049h\x1b[?25l\x1bP1$r\x1b\\\x1b(0\x07f";
    transcript.write(text, Tone::Plain);
    let line = transcript.lines(1, false).remove(0);
    let spans = line.0.iter().map(|span| (span.text.as_str(), span.tone));
    let expected = [
        ("a", Tone::Plain),
        ("red", Tone::Broken),
        ("bold", Tone::Strong),
        ("bc", Tone::Plain),
        ("d", Tone::Dim),
        ("ef", Tone::Plain),
    ];
    assert_eq!(spans.collect::<Vec<_>>(), expected);
}

#[test]
fn the_cursor_is_where_the_next_character_goes() {
    let mut transcript = Transcript::default();
    let last = |transcript: &Transcript| {
        let line = transcript.lines(1, true).remove(0);
        line.0.iter().map(|span| span.text.to_string()).collect::<String>()
    };
    transcript.write("name? ", Tone::Plain);
    assert_eq!(last(&transcript), "name? ▏");
    transcript.write("Eve\x08\x08", Tone::Plain);
    assert_eq!(last(&transcript), "name? E▏ve");
    transcript.write("\n", Tone::Plain);
    assert_eq!(last(&transcript), "▏");
}

#[test]
fn what_is_missing_is_named_where_it_is_missing() {
    let long = "x".repeat(COLUMNS + 1234);
    let line = shown(&long).remove(0);
    assert!(line.ends_with("xx… 1,234 more characters"), "{line}");
    let mut transcript = Transcript::default();
    // In the middle of a sequence, of which the rest is gone.
    transcript.write("before\x1b[3", Tone::Plain);
    transcript.skip(5000);
    transcript.write("after", Tone::Plain);
    assert_eq!(texts(&transcript), ["before", "… 5,000 bytes not shown", "after"]);
    let flood = "line\n".repeat(LOOKED);
    let lines = shown(&flood);
    assert_eq!((lines.len(), &*lines[LINES - 1]), (LINES, "line"));
}

#[test]
fn a_snapshot_does_not_change_with_what_is_written_later() {
    let mut transcript = Transcript::default();
    transcript.write("one", Tone::Plain);
    let before = transcript.clone();
    transcript.write(" more", Tone::Plain);
    assert_eq!((texts(&before), texts(&transcript)), (vec!["one".into()], vec!["one more".into()]));
}

proptest! {
    #[test]
    fn whatever_is_written_memory_is_bounded_and_nothing_acts_on_a_terminal(
        parts in prop::collection::vec(
            prop_oneof![
                "\\PC{0,8}",
                "\u{1b}\\[[0-9;:?]{0,8}[@-~]",
                any::<char>().prop_map(String::from),
                Just("\u{1b}".to_owned()),
                Just("\u{1b}[65535E\u{1b}[65535C\u{1b}[65535@".to_owned()),
                Just("\t".repeat(2000)),
            ],
            0..60,
        )
    ) {
        let mut transcript = Transcript::default();
        for part in parts {
            transcript.write(&part, Tone::Plain);
        }
        prop_assert!(transcript.page.rows.len() <= LINES);
        prop_assert!(transcript.page.rows.iter().all(|row| row.cells.len() <= COLUMNS));
        for line in transcript.lines(LINES, true) {
            for span in line.0 {
                prop_assert!(span.text.chars().all(crate::printable::is_printable));
            }
        }
    }
}
