//! Screens as a terminal would show them: snapshots of made-up ones, and what holds
//! for any screen at any size.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bodies;
mod explained;
mod figures;
mod fixtures;
mod gallery;
mod lessons;
mod looks;
mod strategy;

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use threadbare::scene::{Screen, View, Weight};
use threadbare::ui::{self, Charset, ColorDepth, Hit, Hits, Theme, ThemeName};
use unicode_width::UnicodeWidthStr;

fn dark() -> Theme {
    Theme::new(ThemeName::Dark, ColorDepth::True, Charset::Unicode)
}

fn ascii() -> Theme {
    Theme::new(ThemeName::Dark, ColorDepth::True, Charset::Ascii)
}

fn no_colour() -> Theme {
    Theme::new(ThemeName::Dark, ColorDepth::None, Charset::Unicode)
}

/// Draws as the program does, through a terminal.
fn draw(screen: &Screen, theme: &Theme, width: u16, height: u16) -> (Buffer, Hits) {
    let mut terminal =
        Terminal::new(TestBackend::new(width, height)).expect("a test backend refuses nothing");
    let mut hits = Hits::default();
    terminal
        .draw(|frame| hits = ui::draw(frame, screen, theme))
        .expect("a test backend refuses nothing");
    (terminal.backend().buffer().clone(), hits)
}

fn row(buf: &Buffer, y: u16) -> String {
    (0..buf.area.width).map(|x| buf[(x, y)].symbol()).collect()
}

fn text(buf: &Buffer) -> String {
    let rows = (0..buf.area.height).map(|y| row(buf, y).trim_end().to_owned() + "\n");
    rows.collect()
}

/// Weights of the characters, under each line that has any.
fn weights(buf: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buf.area.height {
        let signs: String = (0..buf.area.width)
            .map(|x| match buf[(x, y)].modifier {
                m if m.contains(Modifier::BOLD | Modifier::UNDERLINED) => 'U',
                m if m.contains(Modifier::BOLD) => 'B',
                m if m.contains(Modifier::DIM) => 'd',
                _ => ' ',
            })
            .collect();
        out += row(buf, y).trim_end();
        out += "\n";
        out += signs.trim_end();
        out += "\n";
    }
    out
}

#[test]
fn dashboard() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let buf = ui::to_buffer(&fixtures::dashboard(), &dark(), width, height);
        insta::assert_snapshot!(format!("dashboard_{width}x{height}"), text(&buf));
    }
}

#[test]
fn one_lab() {
    for (width, height) in [(80, 24), (120, 50)] {
        let buf = ui::to_buffer(&fixtures::lab(), &dark(), width, height);
        insta::assert_snapshot!(format!("lab_{width}x{height}"), text(&buf));
    }
    insta::assert_snapshot!("others", text(&ui::to_buffer(&fixtures::others(), &dark(), 120, 40)));
}

#[test]
fn a_crowd_of_workers() {
    let draw = |width, height| text(&ui::to_buffer(&fixtures::crowd(), &dark(), width, height));
    insta::assert_snapshot!("crowd_80x24", draw(80, 24));
    insta::assert_snapshot!("crowd_200x60", draw(200, 60));
}

#[test]
fn overlays() {
    for (name, screen) in [
        ("help", fixtures::help()),
        ("lesson", fixtures::lesson()),
        ("menu", fixtures::menu()),
        ("prompt", fixtures::prompt()),
    ] {
        insta::assert_snapshot!(name, text(&ui::to_buffer(&screen, &dark(), 100, 28)));
    }
}

#[test]
fn plain_terminals() {
    let lab = fixtures::lab();
    insta::assert_snapshot!("ascii", text(&ui::to_buffer(&lab, &ascii(), 120, 40)));
    let dashboard = ui::to_buffer(&fixtures::dashboard(), &no_colour(), 80, 24);
    insta::assert_snapshot!("no_colour", weights(&dashboard));
}

#[test]
fn too_small() {
    let line = |width, height| text(&ui::to_buffer(&fixtures::lab(), &dark(), width, height));
    assert_eq!(line(19, 2), "too small\n\n");
    assert_eq!(line(60, 4), "too small: needs 20x5\n\n\n\n");
    assert_eq!(line(1, 1), "!\n");
    assert_eq!(line(0, 0), "");
}

/// What holds for each drawing.
fn check(screen: &Screen, theme: &Theme, width: u16, height: u16) -> Result<(), String> {
    let (buf, hits) = draw(screen, theme, width, height);
    let at = |x, y| format!("at {x},{y} of {width}x{height}");
    for y in 0..height {
        for x in 0..width {
            let cell = &buf[(x, y)];
            let symbol = cell.symbol();
            let columns = UnicodeWidthStr::width(symbol);
            if symbol.chars().any(strategy::is_harmful) {
                return Err(format!("harmful {symbol:?} {}", at(x, y)));
            }
            if !(1..=2).contains(&columns) || usize::from(x) + columns > usize::from(width) {
                return Err(format!("{symbol:?} takes {columns} columns {}", at(x, y)));
            }
            if theme.charset() == Charset::Ascii && !symbol.is_ascii() {
                return Err(format!("{symbol:?} is not ASCII {}", at(x, y)));
            }
            let coloured = cell.fg != Color::Reset || cell.bg != Color::Reset;
            if !theme.has_colour() && coloured {
                return Err(format!("a colour {}", at(x, y)));
            }
        }
    }
    if width < 20 || height < 5 {
        let wanted = if width < 5 { "!" } else { "small" };
        if width > 0 && height > 0 && !row(&buf, 0).contains(wanted) {
            return Err(format!("does not say that {width}x{height} is too small"));
        }
        return Ok(());
    }
    let footer = row(&buf, height - 1);
    if !footer.contains("q quit") {
        return Err(format!("no way out at {width}x{height}: {footer:?}"));
    }
    let quit = (0..width).any(|x| hits.at(x, height - 1) == Some(&Hit::Key("q".to_owned())));
    if quit { Ok(()) } else { Err(format!("`q quit` cannot be clicked at {width}x{height}")) }
}

#[test]
fn every_size_has_a_picture_and_a_way_out() {
    let screens = fixtures::all();
    let themes = [dark(), ascii(), no_colour()];
    for width in 0..60u16 {
        for height in 0..40u16 {
            // Each size meets each screen at one of its neighbours.
            let turn = usize::from(width + 7 * height);
            let screen = &screens[turn % screens.len()];
            check(screen, &themes[turn / 3 % 3], width, height).unwrap();
        }
    }
    for screen in &screens {
        check(screen, &dark(), 1000, 1000).unwrap();
    }
}

proptest! {
    // More with PROPTEST_CASES=100000.
    #[test]
    fn any_screen_at_any_size(
        screen in strategy::screen(),
        theme in strategy::theme(),
        (width, height) in (0..130u16, 0..50u16),
    ) {
        check(&screen, &theme, width, height).map_err(TestCaseError::fail)?;
    }
}

#[test]
fn findings_survive_where_room_is_short() {
    let Screen { view: View::Dashboard(panes), .. } = fixtures::dashboard() else {
        unreachable!("the dashboard has panes")
    };
    // Title, one line of findings, nothing else: three panes in six lines, header, footer, notice.
    let buf = ui::to_buffer(&fixtures::dashboard(), &dark(), 80, 9);
    for pane in panes {
        let finding = &pane.scene.findings[0].text;
        let shown = text(&buf).lines().any(|line| line.contains(&finding[..40]));
        assert!(shown, "lost: {finding}\n{}", text(&buf));
    }
}

#[test]
fn every_finding_can_be_scrolled_to() {
    let mut screen = fixtures::lab();
    let ends: Vec<String> = (0..9).map(|i| format!("end{i}")).collect();
    for (width, height) in [(80, 24), (120, 40), (30, 8), (60, 14)] {
        let View::Single(pane) = &mut screen.view else { unreachable!("a lab stands alone") };
        pane.scroll = 0;
        pane.scene.findings.clear();
        for end in &ends {
            let text = format!("Something that takes more than one line to be told {end}");
            pane.scene.finding(Weight::Caution, text);
        }
        let limit = draw(&screen, &dark(), width, height).1.pane_limit(0);
        let mut seen = String::new();
        for scroll in 0..=limit {
            let View::Single(pane) = &mut screen.view else { unreachable!("a lab stands alone") };
            pane.scroll = scroll;
            seen += &text(&draw(&screen, &dark(), width, height).0);
        }
        for end in &ends {
            assert!(seen.contains(end), "{end} is lost at {width}x{height}");
        }
    }
}

#[test]
fn a_click_finds_what_it_points_at() {
    let (buf, hits) = draw(&fixtures::dashboard(), &dark(), 120, 40);
    let point = |wanted: &str| {
        (0..40u16)
            .find_map(|y| {
                let row = row(&buf, y);
                let before = row.find(wanted)?;
                Some((u16::try_from(row[..before].chars().count()).unwrap(), y))
            })
            .unwrap()
    };
    let hit = |wanted| {
        let (x, y) = point(wanted);
        hits.at(x, y).cloned()
    };
    assert_eq!(hit("Worlds"), Some(Hit::Tab(4)));
    assert_eq!(hit("Factorial pool"), Some(Hit::Pane(1)));
    assert_eq!(hit("8 processes"), Some(Hit::Pane(2)));
    assert_eq!(hit("freeze"), Some(Hit::Key("space".to_owned())));
}

#[test]
fn under_an_overlay_nothing_else_is_hit() {
    let (buf, hits) = draw(&fixtures::menu(), &dark(), 100, 28);
    let items = (0..28).flat_map(|y| (0..100).map(move |x| (x, y)));
    let count =
        |wanted: &Hit| items.clone().filter(|(x, y)| hits.at(*x, *y) == Some(wanted)).count();
    assert!(count(&Hit::Item(1)) > 20, "{}", text(&buf));
    assert_eq!(count(&Hit::Pane(0)), 0);
    assert!(count(&Hit::Beside) > 0);
    assert_eq!(hits.pane_at(1, 5), None);
}

#[test]
fn what_is_taller_than_its_place_scrolls_to_its_end() {
    let mut screen = fixtures::lab();
    let limit = draw(&screen, &dark(), 80, 20).1.pane_limit(0);
    assert!(limit > 0);
    let View::Single(pane) = &mut screen.view else { unreachable!("a lab stands alone") };
    pane.scroll = limit;
    let (end, _) = draw(&screen, &dark(), 80, 20);
    assert!(
        text(&end).contains("killed by SIGKILL") || text(&end).contains("Lock contention"),
        "{}",
        text(&end)
    );
    // Scrolling on changes nothing.
    let View::Single(pane) = &mut screen.view else { unreachable!("a lab stands alone") };
    pane.scroll = u16::MAX;
    assert_eq!(draw(&screen, &dark(), 80, 20).0, end);
}

#[test]
fn without_colour_the_focus_and_the_choice_show() {
    let buf = ui::to_buffer(&fixtures::dashboard(), &no_colour(), 120, 40);
    assert!(row(&buf, 0).contains("[1 Dashboard]"));
    assert!(row(&buf, 1).starts_with("┏━ ▸ Shared list"), "{}", row(&buf, 1));
    let menu = ui::to_buffer(&fixtures::menu(), &no_colour(), 100, 28);
    assert!(text(&menu).contains("▸ worker 1  pid 4711  SIGTERM"));
}

#[test]
fn the_cursor_stands_where_one_types() {
    let (_, hits) = draw(&fixtures::prompt(), &dark(), 80, 24);
    let (x, y) = hits.cursor().unwrap();
    assert_eq!(y, 22);
    assert_eq!(usize::from(x), " find remove-1".len());
}

#[test]
fn to_buffer_draws_what_the_terminal_shows() {
    for screen in fixtures::all() {
        let (buf, _) = draw(&screen, &dark(), 90, 30);
        assert_eq!(ui::to_buffer(&screen, &dark(), 90, 30), buf);
    }
}
