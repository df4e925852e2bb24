//! What stands in a cell: marks that combine, wide characters, texts that just fit.

use super::super::frame::{self, Border, Title};
use super::super::palette::nearest;
use super::super::time;
use super::*;
use crate::scene::Span;

fn cells(buf: &Buffer, count: u16) -> Vec<String> {
    (0..count).map(|x| buf[(x, 0)].symbol().to_owned()).collect()
}

fn put(text: &str) -> (u16, Vec<String>) {
    let mut end = 0;
    let buf = drawn(6, 1, |canvas| {
        let plain = canvas.tone(Tone::Plain);
        end = canvas.put(1, 0, text, plain);
    });
    (end, cells(&buf, 6))
}

#[test]
fn marks_combine_with_the_character_before_them_up_to_three() {
    let of = |cells: [&str; 6]| cells.map(str::to_owned).to_vec();
    assert_eq!(put("ae\u{301}b"), (4, of([" ", "a", "e\u{301}", "b", " ", " "])));
    // Each character has its own count of marks.
    let (a, b) = ("a\u{301}\u{302}\u{303}", "b\u{304}\u{305}\u{306}");
    let text = format!("{a}\u{307}{b}\u{308}");
    assert_eq!(put(&text), (3, of([" ", a, b, " ", " ", " "])));
    // A mark of a wide character stands with it, not on its second half.
    assert_eq!(put("語\u{301}x"), (4, of([" ", "語\u{301}", " ", "x", " ", " "])));
    // On a blank, and with nothing before it, there is none.
    assert_eq!(put(" \u{301}x"), (3, of([" ", " ", "x", " ", " ", " "])));
    assert_eq!(put("\u{301}x"), (2, of([" ", "x", " ", " ", " ", " "])));
    let buf = drawn(3, 1, |canvas| {
        let plain = canvas.tone(Tone::Plain);
        canvas.put(0, 0, "\u{301}y\u{302}", plain);
    });
    assert_eq!(cells(&buf, 3), ["y\u{302}", " ", " "]);
    // What is wider than its place is left out as a whole.
    assert_eq!(put("abcd語"), (5, of([" ", "a", "b", "c", "d", " "])));
}

#[test]
fn a_line_of_spans_says_where_it_was_cut() {
    let line = |columns: u16, texts: &[&str]| {
        let spans: Vec<_> = texts.iter().map(|text| Span::from(*text)).collect();
        let mut end = 0;
        let buf = drawn(12, 1, |canvas| end = canvas.spans(2, 0, columns, &spans));
        (end, symbols(&buf, 0))
    };
    let of = |end, text: &str| (end, text.to_owned());
    assert_eq!(line(9, &["three", "four"]), of(11, "  threefour"));
    assert_eq!(line(7, &["three", "four"]), of(9, "  threef…"));
    assert_eq!(line(5, &["three", "four"]), of(7, "  thre…"));
    assert_eq!(line(5, &["three", ""]), of(7, "  three"));
    assert_eq!(line(4, &["three", "four"]), of(6, "  thr…"));
    assert_eq!(line(90, &["three", "four", "five"]), of(12, "  threefour…"));
}

#[test]
fn a_window_leaves_no_half_of_a_wide_character_beside_it() {
    let buf = drawn(8, 1, |canvas| {
        let strong = canvas.tone(Tone::Strong);
        canvas.put(0, 0, "a語bcdef", strong);
        canvas.part(2, 0, 3, 1).clear();
    });
    assert_eq!(cells(&buf, 8), ["a", " ", " ", " ", " ", "d", "e", "f"]);
    assert_eq!((style(&buf[(0, 0)]), style(&buf[(3, 0)])), (['s', 'b'], ['.', ' ']));
}

#[test]
fn behind_a_window_everything_is_dim_and_nothing_stands_out() {
    let buf = drawn(6, 1, |canvas| {
        let (broken, selected) = (canvas.tone(Tone::Broken), canvas.theme.selected);
        canvas.put(0, 0, "abcd", broken);
        canvas.tint(2, 0, 2, selected);
        canvas.dim_all();
    });
    let theme = theme();
    for x in 0..6 {
        let cell = &buf[(x, 0)];
        assert_eq!(style(cell), ['d', ' '], "column {x}");
        assert_eq!(Some(cell.bg), theme.base.bg, "column {x}");
    }
    assert_eq!(symbols(&buf, 0), "abcd");
}

/// The six steps of the cube and the 24 greys, as every terminal has them.
fn xterm(index: u8) -> [i32; 3] {
    const STEPS: [i32; 6] = [0, 95, 135, 175, 215, 255];
    match index {
        0..16 => unreachable!("these can be changed by the user"),
        16..232 => {
            let at = index - 16;
            [at / 36, at / 6 % 6, at % 6].map(|step| STEPS[usize::from(step)])
        }
        232.. => [8 + 10 * i32::from(index - 232); 3],
    }
}

#[test]
fn each_grey_has_the_nearest_of_256_colours() {
    for grey in 0..=255u8 {
        let off = |index| {
            (xterm(index)[0] - i32::from(grey)).abs()
                + (xterm(index)[1] - xterm(index)[0]).abs() * 1000
                + (xterm(index)[2] - xterm(index)[0]).abs() * 1000
        };
        let best = (16..=255).map(off).min().unwrap();
        let found = nearest(u32::from_be_bytes([0, grey, grey, grey]));
        assert_eq!(off(found), best, "grey {grey}: {found}");
    }
    for index in 16..232u8 {
        let [r, g, b] = xterm(index).map(|part| u8::try_from(part).unwrap());
        assert_eq!(xterm(nearest(u32::from_be_bytes([0, r, g, b]))), xterm(index));
    }
}

#[test]
fn moments_and_ticks_have_the_unit_of_the_last_one() {
    let stamps = [
        (0, 999, "0 ns"),
        (7, 1_000, "0.007 µs"),
        (1_999, 999_999, "1.999 µs"),
        (1_234_567, 1_234_567, "1.234 ms"),
        (59_999_999, 1_000_000_000, "0.059 s"),
        (61_000_500_000, 61_000_500_000, "61.000 s"),
    ];
    for (at, last, shown) in stamps {
        assert_eq!(time::stamp(at, last), shown);
    }
    let ticks = [
        (20, 90, 10, "20 ns"),
        (2_500, 5_000, 500, "2.5 µs"),
        (3_000_000, 8_000_000, 1_000_000, "3 ms"),
        (3_050_000, 8_000_000, 50_000, "3.05 ms"),
        (2_000_000_000, 8_000_000_000, 200_000_000, "2.0 s"),
    ];
    for (at, last, step, shown) in ticks {
        assert_eq!(time::tick(at, last, step), shown);
    }
    let steps = [1, 2, 4, 5, 6, 9, 10, 11, 20, 21, 50, 51, 999, 1_000, 1_001];
    let round = [1, 2, 5, 5, 10, 10, 10, 20, 20, 50, 50, 100, 1_000, 1_000, 2_000];
    assert_eq!(steps.map(time::step), round);
}

#[test]
fn of_what_is_in_force_a_part_shows_where_there_is_no_room_for_all() {
    let top = |width| {
        let badges = [Span::from("unlocked"), Span::from("window=yield")];
        let text = crate::scene::Label::new("the list").or("list");
        let title = Title { text: &text, badges: &badges, note: None, focused: false };
        symbols(
            &drawn(width, 4, |canvas| {
                frame::draw(canvas, &title, Border::Framed);
            }),
            0,
        )
    };
    assert_eq!(
        [9, 17, 25, 29, 40].map(top),
        [
            "╭─ li… ─╮",
            "╭─ the list ────╮",
            "╭─ list ─ window=yield ─╮",
            "╭─ the list ─ window=yield ─╮",
            "╭─ the list ─ unlocked · window=yield ─╮",
        ]
    );
}

#[test]
fn a_note_that_may_be_left_out_leaves_no_gap() {
    let (text, note) =
        (crate::scene::Label::new("title"), crate::scene::Label::new("long note").or(""));
    let title = Title { text: &text, badges: &[], note: Some(&note), focused: false };
    let top = |width| {
        symbols(
            &drawn(width, 3, |canvas| {
                frame::draw(canvas, &title, Border::Framed);
            }),
            0,
        )
    };
    assert_eq!([24, 16].map(top), ["╭─ title ── long note ─╮", "╭─ title ──────╮"]);
}
