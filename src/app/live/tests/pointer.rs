//! What the mouse does, in numbers.

use crossterm::event::{MouseButton, MouseEventKind};

use super::app_harness::AppHarness;
use crate::app::live::actions::AppEffect;
use crate::app::live::document::DocumentKind;
use crate::app::live::focus::titles;
use crate::app::live::overlay::Overlay;
use crate::app::live::state::CurrentScreen;
use crate::scene::View;
use crate::ui::Hit;

const DOWN: MouseEventKind = MouseEventKind::ScrollDown;
const UP: MouseEventKind = MouseEventKind::ScrollUp;
const DRAG: MouseEventKind = MouseEventKind::Drag(MouseButton::Left);

/// A place in a pane of the dashboard.
fn in_pane(harness: &AppHarness, wanted: usize) -> (u16, u16) {
    let (width, height) = harness.app.size;
    let mut all = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    all.find(|(x, y)| harness.app.hits.pane_at(*x, *y) == Some(wanted)).expect("no such pane")
}

/// A place in the lanes, and how long each of their columns is.
fn in_lanes(harness: &AppHarness) -> ((u16, u16), u64) {
    let (width, height) = harness.app.size;
    let mut all = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let found = all.find_map(|(x, y)| match harness.app.hits.at(x, y) {
        Some(Hit::Lanes { per_column, .. }) => Some(((x, y), *per_column)),
        _ => None,
    });
    found.expect("no lanes")
}

fn scrolled(harness: &AppHarness) -> Vec<u16> {
    harness.app.slots.iter().map(|slot| slot.scroll.compact).collect()
}

#[test]
fn the_wheel_scrolls_the_pane_under_it_by_three_lines() {
    let mut harness = AppHarness::new(None);
    let at = in_pane(&harness, 1);
    harness.mouse(DOWN, at);
    harness.mouse(DOWN, at);
    assert_eq!(scrolled(&harness), [0, 6, 0, 0]);
    harness.mouse(UP, at);
    assert_eq!(scrolled(&harness), [0, 3, 0, 0]);
    assert_eq!(harness.app.focus, 0, "and chooses none");
    let shown = match harness.screen().view {
        crate::scene::View::Dashboard(panes) => panes,
        crate::scene::View::Single(_) => panic!("no dashboard"),
    };
    let shown: Vec<_> = shown.iter().map(|pane| (pane.scroll, pane.focused)).collect();
    assert_eq!(shown, [(0, true), (3, false), (0, false)]);
    // Beside all panes it is the chosen one's.
    harness.press("tab tab");
    harness.mouse(DOWN, (0, 0));
    assert_eq!(scrolled(&harness), [0, 3, 3, 0]);
    harness.press("down pgdn up");
    assert_eq!(scrolled(&harness), [0, 3, 13, 0]);
}

#[test]
fn a_lab_on_the_whole_screen_scrolls_itself() {
    let mut harness = AppHarness::new(Some(2));
    harness.press("down down");
    harness.mouse(DOWN, (5, 5));
    let full: Vec<_> = harness.app.slots.iter().map(|slot| slot.scroll.full).collect();
    assert_eq!(full, [0, 0, 5, 0]);
    assert_eq!(scrolled(&harness), [0; 4]);
    let crate::scene::View::Single(pane) = harness.screen().view else { panic!("no lab") };
    assert_eq!(pane.scroll, 5);
}

#[test]
fn over_help_the_wheel_moves_its_choice_alone_and_a_click_runs_what_it_is_on() {
    let mut harness = AppHarness::new(None);
    harness.press("?");
    harness.draw(80, 14);
    let middle = (40, 7);
    harness.mouse(DOWN, middle);
    let chosen = |harness: &AppHarness| match &harness.app.overlay {
        Some(Overlay::Help(help)) => help.selected,
        other => panic!("no help: {other:?}"),
    };
    assert_eq!((chosen(&harness), scrolled(&harness)), (3, vec![0; 4]));
    for _ in 0..99 {
        harness.mouse(DOWN, middle);
    }
    let quit = harness.draw(80, 14);
    assert!(quit.contains("end the program"), "{quit}");
    harness.mouse(UP, middle);
    // On the frame.
    let (x, y) = harness.find("Keys");
    harness.click((x, y));
    assert!(harness.app.overlay.is_some());
    let theme = harness.find("next theme");
    harness.click(theme);
    assert!(harness.app.overlay.is_none());
    assert_eq!(harness.app.look.theme, crate::ui::ThemeName::Mono.next(), "a click runs it");
}

#[test]
fn a_click_chooses_what_it_is_on() {
    let mut harness = AppHarness::new(None);
    let third = in_pane(&harness, 2);
    harness.click(third);
    assert_eq!(harness.app.focus, 2);
    let tab = harness.find("5 Obey");
    harness.click(tab);
    assert_eq!(harness.app.at, CurrentScreen::Lab(3));
    harness.draw(120, 40);
    harness.press("c");
    let item = harness.find("the three");
    harness.click(item);
    assert_eq!(harness.did(3), ["three"]);
}

#[test]
fn lanes_follow_the_mouse_column_by_column_while_it_is_held() {
    let mut harness = AppHarness::new(Some(0));
    harness.press("x");
    harness.draw(120, 110);
    harness.press("space");
    harness.draw(120, 110);
    let ((x, y), per_column) = in_lanes(&harness);
    let now = at(&harness).unwrap();
    assert!(per_column > 1 && now > per_column * 6, "{per_column} {now}");
    harness.click((x + 1, y));
    harness.mouse(DRAG, (x + 3, y));
    assert_eq!(at(&harness), Some(now - 2 * per_column));
    harness.mouse(DRAG, (x + 6, y));
    assert_eq!(at(&harness), Some(now - 5 * per_column));
    harness.mouse(DRAG, (x + 5, y));
    assert_eq!(at(&harness), Some(now - 4 * per_column));
    harness.mouse(MouseEventKind::Up(MouseButton::Left), (x + 5, y));
    harness.mouse(DRAG, (x, y));
    assert_eq!(at(&harness), Some(now - 4 * per_column), "it was let go");
}

/// The moment that is shown.
fn at(harness: &AppHarness) -> Option<u64> {
    Some(harness.app.slots[0].run()?.playhead()?.at)
}

#[test]
fn the_line_of_time_is_clicked_and_dragged() {
    let mut harness = AppHarness::new(Some(0));
    harness.press("space");
    harness.draw(120, 24);
    let end = at(&harness).unwrap();
    let moments: Vec<_> = (0..120)
        .filter_map(|x| match harness.app.hits.at(x, 22) {
            Some(Hit::Moment(moment)) => Some((x, *moment)),
            _ => None,
        })
        .collect();
    let (first, last) = (moments[0], moments[moments.len() - 1]);
    assert_eq!((moments.len(), first.1, last.1), (30, 0, end));
    harness.click((first.0, 22));
    assert_eq!(at(&harness), Some(0));
    harness.mouse(DRAG, (moments[10].0, 22));
    assert_eq!(at(&harness), Some(moments[10].1));
}

/// A place in a panel.
fn in_panel(harness: &AppHarness, title: &str) -> (u16, u16) {
    let View::Single(pane) = &harness.app.shown.view else { panic!("no lab") };
    let titles = titles(&pane.scene);
    let wanted = titles.iter().position(|one| *one == title).expect("no such panel");
    let (width, height) = harness.app.size;
    let mut all = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    all.find(|(x, y)| harness.app.hits.panel_at(*x, *y) == Some(wanted)).expect("not drawn")
}

fn panel(harness: &AppHarness) -> Option<(&str, bool)> {
    let panel = harness.app.slots[0].panel.as_ref()?;
    Some((panel.title.as_str(), panel.zoomed))
}

#[test]
fn a_click_gives_a_panel_the_keyboard_and_a_double_click_the_screen() {
    let mut harness = AppHarness::new(Some(0));
    harness.draw(120, 110);
    let graph = in_panel(&harness, "Wait-for graph");
    harness.click(graph);
    assert_eq!(panel(&harness), Some(("Wait-for graph", false)));
    harness.later(399);
    harness.click(graph);
    assert_eq!(panel(&harness), Some(("Wait-for graph", true)));
    let drawn = harness.draw(120, 110);
    assert!(!drawn.contains("Story") && drawn.contains("Wait-for graph"), "{drawn}");
    harness.press("esc esc");
    assert_eq!(panel(&harness), None);
    // Too slow, and on two of them.
    harness.draw(120, 110);
    harness.click(graph);
    harness.later(400);
    harness.click(graph);
    let findings = in_panel(&harness, "Findings");
    harness.click(findings);
    assert_eq!(panel(&harness), Some(("Findings", false)));
    let mut dashboard = AppHarness::new(None);
    let second = in_pane(&dashboard, 1);
    dashboard.click(second);
    dashboard.click(second);
    assert_eq!(dashboard.app.at, CurrentScreen::Lab(1));
}

#[test]
fn the_wheel_scrolls_the_panel_under_it_and_then_the_lab() {
    let mut harness = AppHarness::new(Some(0));
    for _ in 0..5 {
        harness.press("x");
    }
    // Not all of the lab shows, and its story least of all.
    harness.press("end");
    harness.draw(120, 40);
    for _ in 0..40 {
        harness.mouse(DOWN, (5, 5));
    }
    harness.draw(120, 40);
    let scroll = harness.app.slots[0].scroll.full;
    assert!(scroll > 0);
    let story = in_panel(&harness, "Story");
    harness.mouse(UP, story);
    assert_eq!(
        (harness.app.slots[0].view.story_back, harness.app.slots[0].scroll.full),
        (3, scroll)
    );
    harness.mouse(DOWN, story);
    harness.mouse(UP, (5, 2));
    assert_eq!(
        (harness.app.slots[0].view.story_back, harness.app.slots[0].scroll.full),
        (0, scroll - 3)
    );
}

/// What lies over the view is not drawn yet, so the last frame still has the panes there.
#[test]
fn the_wheel_is_for_what_lies_over_the_view_also_before_that_is_drawn() {
    for (key, chosen) in [("/", None), ("e", Some(1)), ("g", None)] {
        let mut harness = AppHarness::new(Some(1));
        let at = in_pane(&harness, 0);
        harness.mouse(DOWN, at);
        harness.press(key);
        harness.mouse(DOWN, at);
        assert_eq!(harness.app.slots[1].scroll.full, 3, "under `{key}`");
        let menu = match &harness.app.overlay {
            Some(Overlay::Menu(menu)) => Some(menu.selected),
            _ => None,
        };
        assert_eq!(menu, chosen);
    }
}

#[test]
fn beside_a_window_and_above_a_line_of_input_the_wheel_scrolls_no_pane() {
    for key in ["?", "e", "/"] {
        let mut harness = AppHarness::new(Some(1));
        harness.press(key);
        harness.draw(120, 24);
        harness.mouse(DOWN, (1, 3));
        assert_eq!(harness.app.slots[1].scroll.full, 0, "under `{key}`");
    }
}

#[test]
fn a_click_on_a_lab_that_has_the_whole_screen_changes_no_choice_of_the_dashboard() {
    let mut harness = AppHarness::new(None);
    harness.press("tab tab enter");
    assert_eq!(harness.app.at, CurrentScreen::Lab(2));
    harness.draw(120, 24);
    let at = in_pane(&harness, 0);
    harness.click(at);
    assert_eq!((harness.app.at, harness.app.focus), (CurrentScreen::Lab(2), 2));
}

#[test]
fn a_click_in_a_menu_that_is_scrolled_chooses_the_item_that_stands_there() {
    for (downs, label, wanted) in [
        (3, "as an SVG picture", DocumentKind::Picture),
        (3, "as a trace", DocumentKind::Trace),
        (2, "as JSON", DocumentKind::Json),
    ] {
        let mut harness = AppHarness::new(Some(0));
        harness.press("e");
        for _ in 0..downs {
            harness.press("down");
        }
        // Room for two of the four items.
        let drawn = harness.draw(60, 5);
        assert!(!drawn.contains("as text"), "{drawn}");
        let item = harness.find(label);
        let effect = harness.click(item);
        assert!(matches!(effect, Some(AppEffect::Save(kind)) if kind == wanted), "{effect:?}");
    }
}
