//! What the mouse does, in numbers.

use crossterm::event::{MouseButton, MouseEventKind};

use super::desk::Desk;
use crate::app::live::overlay::Overlay;
use crate::app::live::state::Where;
use crate::ui::Hit;

const DOWN: MouseEventKind = MouseEventKind::ScrollDown;
const UP: MouseEventKind = MouseEventKind::ScrollUp;
const DRAG: MouseEventKind = MouseEventKind::Drag(MouseButton::Left);

/// A place in a pane of the dashboard.
fn in_pane(desk: &Desk, wanted: usize) -> (u16, u16) {
    let (width, height) = desk.app.size;
    let mut all = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    all.find(|(x, y)| desk.app.hits.pane_at(*x, *y) == Some(wanted))
        .expect("no such pane")
}

/// A place in the lanes, and how long each of their columns is.
fn in_lanes(desk: &Desk) -> ((u16, u16), u64) {
    let (width, height) = desk.app.size;
    let mut all = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let found = all.find_map(|(x, y)| match desk.app.hits.at(x, y) {
        Some(Hit::Lanes { per_column, .. }) => Some(((x, y), *per_column)),
        _ => None,
    });
    found.expect("no lanes")
}

fn scrolled(desk: &Desk) -> Vec<u16> {
    desk.app
        .slots
        .iter()
        .map(|slot| slot.scroll.compact)
        .collect()
}

#[test]
fn the_wheel_scrolls_the_pane_under_it_by_three_lines() {
    let mut desk = Desk::new(None);
    let at = in_pane(&desk, 1);
    desk.mouse(DOWN, at);
    desk.mouse(DOWN, at);
    assert_eq!(scrolled(&desk), [0, 6, 0, 0]);
    desk.mouse(UP, at);
    assert_eq!(scrolled(&desk), [0, 3, 0, 0]);
    assert_eq!(desk.app.focus, 0, "and chooses none");
    let shown = match desk.screen().view {
        crate::scene::View::Dashboard(panes) => panes,
        crate::scene::View::Single(_) => panic!("no dashboard"),
    };
    let shown: Vec<_> = shown
        .iter()
        .map(|pane| (pane.scroll, pane.focused))
        .collect();
    assert_eq!(shown, [(0, true), (3, false), (0, false)]);
    // Beside all panes it is the chosen one's.
    desk.press("tab tab");
    desk.mouse(DOWN, (0, 0));
    assert_eq!(scrolled(&desk), [0, 3, 3, 0]);
    desk.press("down pgdn up");
    assert_eq!(scrolled(&desk), [0, 3, 13, 0]);
}

#[test]
fn a_lab_on_the_whole_screen_scrolls_itself() {
    let mut desk = Desk::new(Some(2));
    desk.press("down down");
    desk.mouse(DOWN, (5, 5));
    let full: Vec<_> = desk.app.slots.iter().map(|slot| slot.scroll.full).collect();
    assert_eq!(full, [0, 0, 5, 0]);
    assert_eq!(scrolled(&desk), [0; 4]);
    let crate::scene::View::Single(pane) = desk.screen().view else {
        panic!("no lab")
    };
    assert_eq!(pane.scroll, 5);
}

#[test]
fn over_help_the_wheel_scrolls_it_alone_and_a_click_in_it_does_nothing() {
    let mut desk = Desk::new(None);
    desk.press("?");
    let (width, height) = (80, 14);
    desk.draw(width, height);
    let most = desk.app.hits.overlay_limit();
    assert!(most > 3, "it is too high: {most}");
    let middle = (width / 2, height / 2);
    desk.mouse(DOWN, middle);
    let scroll = |desk: &Desk| match &desk.app.overlay {
        Some(Overlay::Help { scroll, .. }) => *scroll,
        other => panic!("no help: {other:?}"),
    };
    assert_eq!((scroll(&desk), scrolled(&desk)), (3, vec![0; 4]));
    for _ in 0..99 {
        desk.mouse(DOWN, middle);
    }
    assert_eq!(scroll(&desk), most);
    desk.click(middle);
    assert_eq!(scroll(&desk), most);
}

#[test]
fn a_click_chooses_what_it_is_on() {
    let mut desk = Desk::new(None);
    let third = in_pane(&desk, 2);
    desk.click(third);
    assert_eq!(desk.app.focus, 2);
    let tab = desk.find("5 Obey");
    desk.click(tab);
    assert_eq!(desk.app.at, Where::Lab(3));
    desk.draw(120, 40);
    desk.press("c");
    let item = desk.find("the three");
    desk.click(item);
    assert_eq!(desk.did(3), ["three"]);
}

#[test]
fn lanes_follow_the_mouse_column_by_column_while_it_is_held() {
    let mut desk = Desk::new(Some(0));
    desk.press("x");
    desk.draw(120, 110);
    desk.press("space");
    desk.draw(120, 110);
    let ((x, y), per_column) = in_lanes(&desk);
    let now = desk.app.frozen.as_ref().unwrap().at[0];
    assert!(per_column > 1 && now > per_column * 6, "{per_column} {now}");
    let until = |desk: &Desk| desk.app.slots[0].look.until;
    desk.click((x + 1, y));
    desk.mouse(DRAG, (x + 3, y));
    assert_eq!(until(&desk), Some(now - 2 * per_column));
    desk.mouse(DRAG, (x + 6, y));
    assert_eq!(until(&desk), Some(now - 5 * per_column));
    desk.mouse(DRAG, (x + 5, y));
    assert_eq!(until(&desk), Some(now - 4 * per_column));
    desk.mouse(MouseEventKind::Up(MouseButton::Left), (x + 5, y));
    desk.mouse(DRAG, (x, y));
    assert_eq!(until(&desk), Some(now - 4 * per_column), "it was let go");
}
