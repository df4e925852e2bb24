//! How far each key scrolls, and which keys a window, a menu and a line of input take.

use super::app_harness::AppHarness;
use crate::app::live::keymap::{active_bindings, active_bindings_at, footer, help};
use crate::app::live::overlay::{Menu, Overlay};

/// Presses each key, with the position after it.
fn walk(harness: &mut AppHarness, position: impl Fn(&AppHarness) -> usize, keys: &[(&str, usize)]) {
    for (at, (key, wanted)) in keys.iter().enumerate() {
        harness.press(key);
        assert_eq!(position(harness), *wanted, "{at}: {key}");
    }
}

/// By one line and by ten, each in its direction.
const LINES: [(&str, usize); 6] =
    [("pgdn", 10), ("pgdn", 20), ("down", 21), ("pgup", 11), ("up", 10), ("pgup", 0)];

#[test]
fn a_page_is_ten_lines_in_whatever_is_read() {
    let mut harness = AppHarness::new(Some(0));
    assert!(harness.app.hits.pane_limit(0) > 21);
    walk(&mut harness, |harness| harness.app.slots[0].scroll.full.into(), &LINES);
    let scroll = |harness: &AppHarness| match &harness.app.overlay {
        Some(Overlay::Help(help)) => help.selected,
        Some(Overlay::Lesson { scroll, .. }) => (*scroll).into(),
        other => panic!("nothing to read: {other:?}"),
    };
    harness.press("?");
    walk(&mut harness, scroll, &LINES);
    harness.press("esc");
    let markdown = "A line.\n\n".repeat(30);
    harness.app.overlay = Some(Overlay::Lesson { title: String::new(), markdown, scroll: 0 });
    harness.draw(40, 12);
    walk(&mut harness, scroll, &LINES);
    let mut board = AppHarness::new(None);
    assert!(board.app.hits.pane_limit(0) > 21);
    walk(&mut board, |harness| harness.app.slots[0].scroll.compact.into(), &LINES);
}

/// Its position counts back from the latest sentence.
#[test]
fn a_page_of_the_story_is_ten_sentences() {
    let mut harness = AppHarness::new(Some(0));
    for _ in 0..30 {
        harness.press("x");
    }
    harness.draw(120, 110);
    assert_eq!(harness.app.hits.pane_limit(0), 0);
    let back = |harness: &AppHarness| harness.app.slots[0].view.story_back;
    let keys = [("pgup", 10), ("pgup", 20), ("up", 21), ("pgdn", 11), ("down", 10), ("pgdn", 0)];
    walk(&mut harness, back, &keys);
}

#[test]
fn in_a_menu_only_up_and_down_move_the_choice_and_help_does_not_open() {
    let mut harness = AppHarness::new(Some(0));
    harness.press("e");
    let chosen = |harness: &AppHarness| match &harness.app.overlay {
        Some(Overlay::Menu(Menu { selected, .. })) => *selected,
        other => panic!("no menu: {other:?}"),
    };
    let keys = [
        ("down", 1),
        ("pgdn", 1),
        ("home", 1),
        ("?", 1),
        ("g", 1),
        ("up", 0),
        ("pgup", 0),
        ("end", 0),
        ("up", 4),
    ];
    walk(&mut harness, chosen, &keys);
}

#[test]
fn in_a_line_of_input_the_key_of_the_help_is_a_character() {
    let mut harness = AppHarness::new(Some(0));
    harness.press("/ ? g pgup home end");
    assert_eq!(harness.app.slots[0].view.filter, "?g");
    assert!(matches!(harness.app.overlay, Some(Overlay::Prompt(_))));
}

#[test]
fn help_lists_the_keys_of_the_view_that_it_was_opened_on() {
    for start in [None, Some(0)] {
        let mut harness = AppHarness::new(start);
        let below = help("An obedient lab", &active_bindings(&harness.app));
        harness.press("?");
        let Some(Overlay::Help(help_of)) = &harness.app.overlay else { panic!("no help") };
        assert_eq!(help_of.groups, below);
        // While it is open, the keys are others.
        let app = &harness.app;
        assert_ne!(help("An obedient lab", &active_bindings(app)), below);
        let view = active_bindings_at(app, app.view_context());
        assert_eq!(help("An obedient lab", &view), below);
    }
}

#[test]
fn footer_and_help_show_the_first_key_of_each_direction() {
    let harness = AppHarness::new(Some(0));
    let all = active_bindings(&harness.app);
    let hint = footer(&all).into_iter().find(|hint| hint.label == "size").unwrap();
    assert_eq!((hint.key.as_str(), hint.press.as_str()), ("left/right", "right"));
    let keys = help("", &all).remove(0).keys;
    let hint = keys.into_iter().find(|hint| hint.label == "size: how large").unwrap();
    assert_eq!((hint.key.as_str(), hint.press.as_str()), ("left/right", "right"));
    // The second key of each does the same.
    let mut harness = harness;
    harness.press("> < <");
    assert_eq!(harness.did(0), ["size=4", "size=2", "size=1"]);
}
