//! Pictures of what is drawn, cell by cell: texts, tones and modifiers.

mod bodies;
mod cells;
mod charts;
mod heroes;
mod learning;
mod overlays;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::canvas::Canvas;
use super::{Charset, ColorDepth, Theme, ThemeName, ascii, markdown};
use crate::scene::Tone;

fn theme() -> Theme {
    Theme::new(ThemeName::Dark, ColorDepth::True, Charset::Unicode)
}

/// What is drawn on a blank place of this size.
fn drawn(width: u16, height: u16, draw: impl FnOnce(&mut Canvas<'_>)) -> Buffer {
    let (theme, mut zones) = (theme(), Vec::new());
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    draw(&mut Canvas::new(&mut buf, &mut zones, &theme));
    buf
}

fn symbols(buf: &Buffer, y: u16) -> String {
    let cells = (0..buf.area.width).map(|x| buf[(x, y)].symbol());
    cells.collect::<String>().trim_end().to_owned()
}

/// A letter for the tone and one for the modifiers: `b`old, `i`talic, `u`nderlined, `2` of them.
fn style(cell: &Cell) -> [char; 2] {
    const TONES: [(Tone, char); 9] = [
        (Tone::Plain, '.'),
        (Tone::Dim, 'd'),
        (Tone::Strong, 's'),
        (Tone::Good, 'g'),
        (Tone::Active, 'a'),
        (Tone::Waiting, 'w'),
        (Tone::Caution, 'c'),
        (Tone::Broken, 'x'),
        (Tone::Accent, 'k'),
    ];
    let theme = theme();
    let known = TONES.iter().find(|(tone, _)| theme.tone(*tone).fg == Some(cell.fg));
    let modifier = match cell.modifier {
        Modifier::BOLD => 'b',
        Modifier::ITALIC => 'i',
        Modifier::UNDERLINED => 'u',
        other if other.is_empty() => ' ',
        _ => '2',
    };
    [known.map_or('?', |(_, letter)| *letter), modifier]
}

/// Each line, under it the letters of its tones, and of its modifiers where it has any.
fn picture(buf: &Buffer) -> String {
    let mut lines = Vec::new();
    for y in 0..buf.area.height {
        let styles = (0..buf.area.width).map(|x| match buf[(x, y)].symbol() {
            " " => [' ', ' '],
            _ => style(&buf[(x, y)]),
        });
        let (tones, modifiers): (String, String) = styles.map(|[tone, how]| (tone, how)).unzip();
        lines.extend([symbols(buf, y), tones.trim_end().to_owned()]);
        if !modifiers.trim().is_empty() {
            lines.push(modifiers.trim_end().to_owned());
        }
    }
    lines.join("\n")
}

const DOCUMENT: &str = "\
# What a *lock* does

Two threads **must not** be *inside* at once, **_ever_**; see
[the lesson](https://example.org) and `Lock::new`.  \nA hard break is a new line.

1. first of a numbered list, long enough to be broken
2. second
   - inner point, long enough to be broken here too
   - another

> A quotation that is long enough for two lines of it.

```rust
let guard = lock.lock(); // a line that is too long
drop(guard);
```

- `code` in a point

7. a list that begins at seven
8. and goes on

* loose

  its second paragraph

* next

| tool | waits | holds |
|------|-------|-------|
| Lock | 3 ms | 12 ms |
| Semaphore | 250 ms | 1 s |

---

The <b>end</b>.
";

#[test]
fn each_part_of_a_lesson_is_drawn_in_its_form() {
    for width in [34, 90] {
        let height = u16::try_from(markdown::height(DOCUMENT, width)).unwrap();
        let all = drawn(width, height, |canvas| markdown::draw(canvas, DOCUMENT, 0));
        insta::assert_snapshot!(format!("lesson_{width}"), picture(&all));
        // Scrolled by three lines it is the same from the fourth on.
        let rest = drawn(width, height, |canvas| markdown::draw(canvas, DOCUMENT, 3));
        let from =
            |buf: &Buffer, first| (first..height).map(|y| symbols(buf, y)).collect::<Vec<_>>();
        assert_eq!(from(&rest, 0)[..usize::from(height) - 3], from(&all, 3));
    }
}

#[test]
fn a_narrow_lesson_keeps_its_words_and_indents_no_further_than_the_middle() {
    let markdown = "- one\n  - two\n    - three\n      - four long words of it\n\n> quoted words\n";
    let height = u16::try_from(markdown::height(markdown, 12)).unwrap();
    let buf = drawn(12, height, |canvas| markdown::draw(canvas, markdown, 0));
    let lines: Vec<_> = (0..height).map(|y| symbols(&buf, y)).collect();
    // Half of twelve columns is the most that a line is indented; four are left for text.
    let expected =
        ["• one", "  • two", "    • three", "      • four", "        long", "        word"];
    assert_eq!(lines[..6], expected);
    assert_eq!(lines[6..], ["        s of", "        it", "", "│ quoted", "│ words"]);
}

/// Every character that has a form of its own in seven bits, and the form.
#[test]
fn seven_bits_show_the_nearest_form_of_each_character() {
    let forms = [
        ("─╌┄–—−‐‑░", "-"),
        ("━═▒", "="),
        ("│┃║▏▎▍╎┆┊", "|"),
        ("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┠┨┝┥", "+"),
        ("█▌▐▋▊▉■▙▟", "#"),
        ("▓", "%"),
        ("▄▖▗▂▃", "_"),
        ("▁·∙•", "."),
        ("▅▆○◌◦°◷", "o"),
        ("▇▀", "O"),
        ("►▶▸›»→⇒⟶≥", ">"),
        ("◀◂‹«←≤", "<"),
        ("≈∼…±", "~"),
        ("●◆⚑", "*"),
        ("✓✔↓▼▾", "v"),
        ("↑▴⏎↵", "^"),
        ("✗✘×⊗✕✖", "x"),
        ("†✝☠‡", "X"),
        ("⊘÷", "/"),
        ("∅ø⁰₀", "0"),
        ("▲⚠¡≠", "!"),
        ("≡", "="),
        ("∞⁸₈", "8"),
        ("“”„″", "\""),
        ("‘’‚′", "'"),
        ("\u{a0}\u{2009}\u{202f}\u{2007}", " "),
        ("µμùúûü", "u"),
        ("¹₁", "1"),
        ("²₂", "2"),
        ("³₃", "3"),
        ("⁴₄", "4"),
        ("⁵₅", "5"),
        ("⁶₆", "6"),
        ("⁷₇", "7"),
        ("⁹₉", "9"),
        ("⁻", "-"),
        ("ⁿñ", "n"),
        ("àáâãäå", "a"),
        ("ç", "c"),
        ("èéêë", "e"),
        ("ìíîï", "i"),
        ("òóôõö", "o"),
        ("ÀÁÂÃÄÅ", "A"),
        ("Ç", "C"),
        ("ÈÉÊË", "E"),
        ("ÌÍÎÏ", "I"),
        ("Ñ", "N"),
        ("ÒÓÔÕÖ", "O"),
        ("ÙÚÛÜ", "U"),
        ("ß", "s"),
        ("語€æĀ", "?"),
        ("aZ~ ", ""),
    ];
    for (characters, form) in forms {
        let count = u16::try_from(characters.chars().count()).unwrap();
        let mut buf = Buffer::empty(Rect::new(0, 0, count, 1));
        for (x, c) in (0..).zip(characters.chars()) {
            buf[(x, 0)].set_char(c);
        }
        ascii::translate(&mut buf);
        let read: String = (0..count).map(|x| buf[(x, 0)].symbol()).collect();
        let expected =
            if form.is_empty() { characters.to_owned() } else { form.repeat(usize::from(count)) };
        assert_eq!(read, expected, "of {characters}");
    }
    let mut buf = Buffer::empty(Rect::new(0, 0, 1, 1));
    buf[(0, 0)].set_symbol("e\u{301}");
    ascii::translate(&mut buf);
    assert_eq!(buf[(0, 0)].symbol(), "e", "without its mark");
}
