//! The bytes that a frame becomes.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Style, Stylize};
use ratatui::text::Line;

use super::*;

/// What is written for these frames of one line each.
fn written(frames: &[Line<'_>]) -> String {
    let (near, mut far) = UnixStream::pair().unwrap();
    let writer = Writer::open(near.try_clone().unwrap().into(), Box::new(|_| ())).unwrap();
    let writer = Arc::new(writer);
    writer.begin(b"");
    let mut backend = Tty::new(Arc::clone(&writer), near.into());
    let mut before = Buffer::empty(Rect::new(0, 0, 20, 2));
    for line in frames {
        let mut after = Buffer::empty(Rect::new(0, 0, 20, 2));
        after.set_line(0, 1, line, 20);
        backend.draw(before.diff(&after).into_iter()).unwrap();
        backend.flush().unwrap();
        before = after;
    }
    writer.finish(b"#", Duration::from_secs(30));
    drop((backend, writer));
    let mut all = String::new();
    far.read_to_string(&mut all).unwrap();
    all.trim_end_matches('#').replace('\x1b', "^")
}

#[test]
fn plain_text_is_one_move_and_the_text() {
    assert_eq!(written(&["héllo ─ 日本".into()]), "^[2;1Hhéllo^[7G─^[9G日^[11G本");
}

#[test]
fn an_unchanged_frame_is_no_byte() {
    let line = || Line::from("same".bold());
    assert_eq!(written(&[line(), line()]), written(&[line()]));
}

#[test]
fn a_changed_figure_is_only_the_figure() {
    let all = written(&["count 17".into(), "count 18".into()]);
    assert_eq!(all, "^[2;1Hcount^[7G17^[2;8H8");
}

#[test]
fn styles_are_set_once_and_put_back() {
    let line: Line<'_> = vec!["ab".red(), "c".red().bold(), "d".into()].into();
    assert_eq!(written(&[line]), "^[2;1H^[31mab^[1mc^[0md");
}

#[test]
fn what_is_switched_off_leaves_the_rest_as_it_is() {
    let line: Line<'_> = vec![
        "a".red().bold().dim(),
        "b".red().dim(),
        "c".red().crossed_out(),
        "d".red().reversed(),
        "e".red(),
    ]
    .into();
    assert_eq!(written(&[line]), "^[2;1H^[1;2;31ma^[22;2mb^[22;9mc^[29;7md^[27me^[0m");
}

#[test]
fn a_blank_has_no_style_but_what_shows_on_it() {
    let line: Line<'_> =
        vec!["a".red().bold(), "  ".blue(), "b".red().bold(), " ".underlined(), " ".on_red()]
            .into();
    assert_eq!(written(&[line]), "^[2;1H^[1;31ma  b^[22;4;39m ^[24;41m ^[0m");
    let frames = [Line::from("abc"), vec!["x".red(), " ".into(), "y".red()].into()];
    assert_eq!(written(&frames), "^[2;1Habc^[2;1H^[31mx y^[0m");
}

#[test]
fn without_colours_reverse_is_written_and_no_colour() {
    let line: Line<'_> = vec!["a".reversed(), "b".into()].into();
    assert_eq!(written(&[line]), "^[2;1H^[7ma^[0mb");
}

#[test]
fn each_depth_of_colour_has_its_codes() {
    let style = |colour| Style::new().fg(colour).bg(colour);
    for (colour, codes) in [
        (Color::DarkGray, "90;100"),
        (Color::Indexed(200), "38;5;200;48;5;200"),
        (Color::Rgb(1, 2, 3), "38;2;1;2;3;48;2;1;2;3"),
    ] {
        let all = written(&[Line::styled("x", style(colour))]);
        assert_eq!(all, format!("^[2;1H^[{codes}mx^[0m"));
    }
}

#[test]
fn text_cannot_command_the_terminal() {
    let mut cell = Cell::default();
    cell.set_symbol("\x1b[2J");
    let (near, mut far) = UnixStream::pair().unwrap();
    let writer =
        Arc::new(Writer::open(near.try_clone().unwrap().into(), Box::new(|_| ())).unwrap());
    writer.begin(b"");
    let mut backend = Tty::new(Arc::clone(&writer), near.into());
    backend.draw([(0, 0, &cell)].into_iter()).unwrap();
    backend.flush().unwrap();
    writer.finish(b"#", Duration::from_secs(30));
    drop((backend, writer));
    let mut all = String::new();
    far.read_to_string(&mut all).unwrap();
    assert_eq!(all, "\x1b[1;1H #");
}

#[test]
fn a_device_that_is_no_terminal_has_no_size() {
    let (near, _far) = UnixStream::pair().unwrap();
    let writer =
        Arc::new(Writer::open(near.try_clone().unwrap().into(), Box::new(|_| ())).unwrap());
    assert!(Terminal::new(Tty::new(writer, near.into())).is_err());
}

#[test]
fn each_colour_has_its_code_as_text_and_as_ground() {
    let codes = [
        (Color::Black, "30", "40"),
        (Color::Red, "31", "41"),
        (Color::Green, "32", "42"),
        (Color::Yellow, "33", "43"),
        (Color::Blue, "34", "44"),
        (Color::Magenta, "35", "45"),
        (Color::Cyan, "36", "46"),
        (Color::Gray, "37", "47"),
        (Color::DarkGray, "90", "100"),
        (Color::LightRed, "91", "101"),
        (Color::LightGreen, "92", "102"),
        (Color::LightYellow, "93", "103"),
        (Color::LightBlue, "94", "104"),
        (Color::LightMagenta, "95", "105"),
        (Color::LightCyan, "96", "106"),
        (Color::White, "97", "107"),
        (Color::Indexed(17), "38;5;17", "48;5;17"),
        (Color::Rgb(1, 2, 3), "38;2;1;2;3", "48;2;1;2;3"),
    ];
    for (colour, text, ground) in codes {
        let line = Line::styled("ab", Style::new().fg(colour));
        assert_eq!(written(&[line]), format!("^[2;1H^[{text}mab^[0m"));
        let line = Line::styled("ab", Style::new().bg(colour));
        assert_eq!(written(&[line]), format!("^[2;1H^[{ground}mab^[0m"));
    }
}

#[test]
fn each_modifier_has_its_code() {
    for (modifier, code) in [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::ITALIC, 3),
        (Modifier::UNDERLINED, 4),
        (Modifier::SLOW_BLINK, 5),
        (Modifier::REVERSED, 7),
        (Modifier::HIDDEN, 8),
        (Modifier::CROSSED_OUT, 9),
    ] {
        let line = Line::styled("ab", Style::new().add_modifier(modifier));
        assert_eq!(written(&[line]), format!("^[2;1H^[{code}mab^[0m"));
    }
}

/// A screen of two rows on which these texts are shown one after the other: the number of bytes
/// of each, and what a terminal then shows, with its styles.
fn followed(texts: &[Line<'_>]) -> (Vec<usize>, Vec<String>) {
    let (near, far) = UnixStream::pair().unwrap();
    let writer = Writer::open(near.try_clone().unwrap().into(), Box::new(|_| ())).unwrap();
    let writer = Arc::new(writer);
    writer.begin(b"");
    let mut backend = Tty::new(Arc::clone(&writer), near.into());
    let area = Rect::new(0, 0, 60, 2);
    let mut before = Buffer::empty(area);
    let mut sizes = Vec::new();
    for text in texts {
        let mut after = Buffer::empty(area);
        after.set_line(0, 1, text, 60);
        backend.draw(before.diff(&after).into_iter()).unwrap();
        sizes.push(backend.frame.len());
        backend.flush().unwrap();
        before = after;
    }
    writer.finish(b"", Duration::from_secs(30));
    drop((backend, writer));
    let mut bytes = Vec::new();
    let mut far = far;
    far.read_to_end(&mut bytes).unwrap();
    let [rows, columns] = [2, 60].map(|size| std::num::NonZero::new(size).unwrap());
    let mut terminal = vt100::Parser::new(rows, columns, 0);
    terminal.process(&bytes);
    let cells = (0..2).flat_map(|row| (0..60).map(move |column| (row, column)));
    let cells = cells.map(|(row, column)| {
        let cell = terminal.screen().cell(row, column).unwrap();
        // What was never written looks like a space.
        let symbol = if cell.has_contents() { cell.contents() } else { " " };
        // The colour of a blank cannot be seen.
        let text = (symbol != " ").then(|| cell.fgcolor());
        format!("{symbol} {text:?} {:?}", cell.bgcolor())
    });
    (sizes, cells.collect())
}

#[test]
fn a_row_that_moves_is_moved_by_the_terminal() {
    let lane = |at: usize| {
        let all = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
        Line::from(format!("name {} state", &all[at..at + 40]))
    };
    let (sizes, shown) = followed(&[lane(0), lane(1), lane(3), lane(3)]);
    assert_eq!(shown, followed(&[lane(3)]).1);
    assert!(sizes[0] > 50 && sizes[1] < 40 && sizes[2] < 40 && sizes[3] == 0, "{sizes:?}");
}

#[test]
fn a_part_of_a_row_moves_while_another_part_changes_in_its_place() {
    let row = |at: usize, beside: &str| {
        let lane = &"abcdefghijklmnopqrstuvwxyz0123456789"[at..at + 30];
        Line::from(format!("{lane}          {beside}"))
    };
    let (sizes, shown) = followed(&[row(0, "running"), row(1, "stopped")]);
    assert_eq!(shown, followed(&[row(1, "stopped")]).1);
    assert!(sizes[1] < 45, "{sizes:?}");
}

#[test]
fn a_row_with_wide_characters_is_written_and_not_moved() {
    let lane =
        |at: usize| Line::from(format!("{}日本", &"abcdefghijklmnopqrstuvwxyz"[at..at + 24]));
    let (sizes, shown) = followed(&[lane(0), lane(1)]);
    assert_eq!(shown, followed(&[lane(1)]).1);
    assert!(sizes[1] > 24, "{sizes:?}");
}

proptest::proptest! {
    /// Whatever has moved by whatever, and whatever has changed beside it: the terminal shows
    /// the last text.
    #[test]
    fn after_any_shift_the_terminal_shows_what_was_drawn(
        texts in proptest::collection::vec((0usize..12, "[ab ]{0,6}", "[a-d]{30,44}"), 1..6),
    ) {
        let lines: Vec<_> = texts
            .iter()
            .map(|(at, name, chart)| {
                let moved: String = chart.chars().cycle().skip(*at).take(40).collect();
                let (a, b) = moved.split_at(20);
                Line::from(vec![name.clone().into(), a.to_owned().red(), b.to_owned().on_blue()])
            })
            .collect();
        let (_, shown) = followed(&lines);
        let alone = followed(&lines[lines.len() - 1..]).1;
        proptest::prop_assert_eq!(shown, alone);
    }
}
