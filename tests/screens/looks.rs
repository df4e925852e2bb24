//! What snapshots of text cannot show: tones, colours, and what a click on each place means.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Color;
use threadbare::scene::{Body, Height, Panel, Scene, Screen, Tone, View, line};
use threadbare::ui::{self, Charset, ColorDepth, Hit, Theme, ThemeName};

use super::{dark, draw, fixtures, row};

/// The dark theme's colours, each with a letter of its own.
const INKS: [(u32, char); 12] = [
    (0xc8_d0d9, '.'), // plain
    (0x7f_8995, 'd'), // dim
    (0xf2_f6fa, 's'), // strong, or selected
    (0x78_c98b, 'g'), // good
    (0x6c_b2f5, 'a'), // active
    (0xe2_c15c, 'w'), // waiting
    (0xf0_9a55, 'c'), // caution
    (0xff_7a72, 'b'), // broken
    (0xb9_9cf5, 'k'), // accent: a key
    (0x5f_d0c0, '6'), // the sixth of a series
    (0x3c_4653, '-'), // frame
    (0xa4_b3c2, '8'), // the eighth of a series
];
const GROUND: Color = Color::Rgb(0x0f, 0x13, 0x18);
const CHOSEN: Color = Color::Rgb(0x2c, 0x38, 0x50);

/// A letter for the colour, as a capital on the ground of what is chosen; blanks have none.
fn ink(cell: &Cell) -> char {
    let Color::Rgb(r, g, b) = cell.fg else {
        return '?';
    };
    let rgb = u32::from_be_bytes([0, r, g, b]);
    let known = INKS.iter().find(|(known, _)| *known == rgb);
    let letter = known.map_or('?', |(_, letter)| *letter);
    match cell.bg {
        CHOSEN => letter.to_ascii_uppercase(),
        GROUND if cell.symbol() == " " => ' ',
        GROUND => letter,
        _ => '?',
    }
}

/// Each line, and under it the letters of its colours.
fn coloured(buf: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buf.area.height {
        let inks: String = (0..buf.area.width).map(|x| ink(&buf[(x, y)])).collect();
        for line in [row(buf, y), inks] {
            out += line.trim_end();
            out += "\n";
        }
    }
    out
}

#[test]
fn each_thing_has_the_tone_of_its_meaning() {
    for (name, screen, width, height) in [
        ("dashboard", fixtures::dashboard(), 100, 30),
        ("lab", fixtures::lab(), 110, 44),
        ("others", fixtures::others(), 110, 38),
        ("help", fixtures::help(), 100, 26),
        ("lesson", fixtures::lesson(), 84, 36),
        ("menu", fixtures::menu(), 80, 20),
        ("prompt", fixtures::prompt(), 80, 20),
    ] {
        let buf = ui::to_buffer(&screen, &dark(), width, height);
        insta::assert_snapshot!(format!("tones_{name}"), coloured(&buf));
    }
}

/// Every place of a screen that means something: its corner, its size, and how much of it
/// lies on top.
fn places(screen: &Screen, width: u16, height: u16) -> String {
    let (_, hits) = draw(screen, &dark(), width, height);
    let mut seen: BTreeMap<String, (u16, u16, u16, u16, u32)> = BTreeMap::new();
    for y in 0..height {
        for x in 0..width {
            let Some(hit) = hits.at(x, y) else { continue };
            let pane = hits.pane_at(x, y);
            let what = match hit {
                Hit::Lanes { pane, per_column } => {
                    format!("lanes of pane {pane}, {per_column} ns a column")
                }
                hit => format!("{hit:?}"),
            };
            let what = match pane {
                Some(pane) => format!("{what}, pane {pane}"),
                None => what,
            };
            let place = seen.entry(what).or_insert((x, y, x, y, 0));
            *place = (place.0.min(x), place.1.min(y), place.2.max(x), place.3.max(y), place.4 + 1);
        }
    }
    let lines = seen.into_iter().map(|(what, (left, top, right, bottom, cells))| {
        let (columns, rows) = (right - left + 1, bottom - top + 1);
        format!("{left},{top} {columns}x{rows} ({cells}) {what}\n")
    });
    let limits: Vec<_> = (0..4).map(|pane| hits.pane_limit(pane)).collect();
    let (overlay, cursor) = (hits.overlay_limit(), hits.cursor());
    lines.collect::<String>()
        + &format!("scroll {limits:?}, overlay {overlay}, cursor {cursor:?}\n")
}

#[test]
fn each_place_means_what_it_shows() {
    let mut all = String::new();
    for (name, screen, width, height) in [
        ("dashboard, wide", fixtures::dashboard(), 120, 40),
        ("dashboard, narrow", fixtures::dashboard(), 70, 20),
        ("lab", fixtures::lab(), 120, 50),
        ("lab, short", fixtures::lab(), 90, 24),
        ("help", fixtures::help(), 50, 14),
        ("lesson", fixtures::lesson(), 60, 16),
        ("menu", fixtures::menu(), 80, 20),
        ("prompt", fixtures::prompt(), 80, 20),
    ] {
        let places = places(&screen, width, height);
        let _ = writeln!(
            all,
            "{name}, {width}x{height}
{places}"
        );
    }
    insta::assert_snapshot!("places", all);
}

const TONES: [(Tone, &str); 19] = [
    (Tone::Plain, "plain"),
    (Tone::Dim, "dim"),
    (Tone::Strong, "strong"),
    (Tone::Good, "good"),
    (Tone::Active, "active"),
    (Tone::Waiting, "waiting"),
    (Tone::Caution, "caution"),
    (Tone::Broken, "broken"),
    (Tone::Accent, "accent"),
    (Tone::Series(0), "series 0"),
    (Tone::Series(1), "series 1"),
    (Tone::Series(2), "series 2"),
    (Tone::Series(3), "series 3"),
    (Tone::Series(4), "series 4"),
    (Tone::Series(5), "series 5"),
    (Tone::Series(6), "series 6"),
    (Tone::Series(7), "series 7"),
    (Tone::Series(8), "series 8"),
    (Tone::Series(12), "series 12"),
];

fn style(cell: &Cell) -> String {
    let weight = match cell.modifier {
        m if m.is_empty() => String::new(),
        m => format!(" {m:?}"),
    };
    format!("{} on {}{weight}", cell.fg, cell.bg)
}

/// Where a word stands.
fn find(buf: &Buffer, word: &str) -> (u16, u16) {
    let at = |y: u16| {
        let row = row(buf, y);
        let before = row.find(word)?;
        Some((u16::try_from(row[..before].chars().count()).unwrap(), y))
    };
    (0..buf.area.height).find_map(at).unwrap()
}

#[test]
fn each_tone_of_each_theme_looks_as_it_should() {
    let mut scene = Scene::new("Tones");
    let lines = TONES.map(|(tone, name)| line([(format!("[{name}]"), tone)]));
    scene.row(Height::Lines(19), vec![Panel::bare(Body::Lines(lines.into()))]);
    let framed = Panel::titled("Framed", Body::Lines(Vec::new()));
    scene.row(Height::Lines(2), vec![framed]);
    let mut screen = fixtures::lab();
    let View::Single(pane) = &mut screen.view else { unreachable!("a lab stands alone") };
    pane.scene = scene;
    let mut all = String::new();
    for name in ThemeName::ALL {
        for depth in [ColorDepth::None, ColorDepth::Ansi16, ColorDepth::Ansi256, ColorDepth::True] {
            let theme = Theme::new(name, depth, Charset::Unicode);
            assert_eq!((theme.name(), theme.depth()), (name, depth));
            let buf = ui::to_buffer(&screen, &theme, 100, 30);
            let coloured = theme.has_colour();
            let _ = writeln!(all, "{name}, {depth:?}, coloured {coloured}");
            let words = TONES.map(|(_, name)| format!("[{name}]"));
            let words = words.iter().map(String::as_str);
            for word in words.chain(["List", "▸", "Tones", "╭", "Dashboard"]) {
                let (x, y) = find(&buf, word);
                let looks = style(&buf[(x, y)]);
                let _ = writeln!(all, "  {:10} {looks}", word.trim_matches(['[', ']', ' ']));
            }
        }
    }
    insta::assert_snapshot!("themes", all);
}
