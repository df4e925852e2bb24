//! What each key changes, by its name in the walk.

use super::*;

/// 1 is the dashboard, and there are four labs; a lab's own key goes first in its place.
pub fn screen(key: Key, place: InputContext) {
    let Key::Char(digit) = key else { panic!("{key}") };
    let here = match place {
        InputContext::Dashboard => CurrentScreen::Dashboard,
        _ => CurrentScreen::Lab(0),
    };
    let wanted = match (digit, place) {
        ('1', _) => CurrentScreen::Dashboard,
        ('3', InputContext::Lab) => here,
        ('2'..='5', _) => CurrentScreen::Lab(usize::from(digit as u8 - b'2')),
        _ => here,
    };
    assert_eq!(Case::roomy(place).after(&[key]).app.at, wanted);
}

pub fn turn(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[key]);
    let panel = left.slot().panel.as_ref().map(|panel| panel.title.as_str());
    match (key, place) {
        (Key::Tab, InputContext::Dashboard) => assert_eq!(left.app.focus, 1),
        (_, InputContext::Dashboard) => assert_eq!(left.app.focus, 2),
        (Key::Tab, _) => assert_eq!(panel, Some("Timeline")),
        _ => assert_eq!(panel, Some("Lock contention by holder")),
    }
}

pub fn enlarge(key: Key, place: InputContext) {
    let zoomed = |left: Left| left.slot().panel.as_ref().map(|panel| panel.zoomed);
    assert_eq!(zoomed(Case::roomy(place).after(&[Key::Tab, key])), Some(true));
    assert_eq!(zoomed(Case::roomy(place).after(&[Key::Tab, key, key])), Some(false));
    // Without a choice only one of them acts.
    let first = (key == Key::Char('z')).then_some(true);
    assert_eq!(zoomed(Case::roomy(place).after(&[key])), first);
}

pub fn step_by_step(key: Key, place: InputContext) {
    let case = Case::roomy(place).press(&[key]);
    case.harness.until_text("<pause>");
    assert_eq!(case.after(&[]).app.at, CurrentScreen::Lab(0));
}

pub fn expand(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[Key::Tab, key]);
    assert_eq!(left.app.at, CurrentScreen::Lab(1));
}

pub fn choose(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[Key::Down, key]);
    assert_eq!(left.seen.saved, [Some(DocumentKind::ALL[1])]);
    assert!(left.app.overlay.is_none());
}

pub fn accept(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[Key::Char('z'), key]);
    assert_eq!(left.slot().view.filter, "z");
    assert!(left.app.overlay.is_none());
}

pub fn highlight(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[Key::Down, Key::Down, key]);
    assert_eq!(left.menu().selected, if key == Key::Up { 1 } else { 3 });
}

pub fn highlight_found(key: Key, _: InputContext) {
    let left = Case::help().after(&[Key::Char('/'), Key::Char('e'), Key::Down, Key::Down, key]);
    assert!(left.help().typing);
    assert_eq!(left.help().selected, if key == Key::Up { 1 } else { 3 });
}

pub fn page_of_help(key: Key, _: InputContext) {
    let left = Case::help().after(&[Key::PageDown, Key::Down, key]);
    assert_eq!(left.help().selected, if key == Key::PageUp { 1 } else { 21 });
}

pub fn close_help(key: Key, _: InputContext) {
    assert!(Case::help().after(&[key]).app.overlay.is_none());
}

pub fn search(key: Key, _: InputContext) {
    let left = Case::help().after(&[key, Key::Char('f'), Key::Char('r'), Key::Char('e')]);
    let found = left.help().found();
    let found: Vec<_> = found.iter().flat_map(|group| &group.keys).map(|hint| &*hint.key).collect();
    assert_eq!(found, ["space"]);
    // It is run by enter.
    let run = [key, Key::Char('f'), Key::Char('r'), Key::Char('e'), Key::Enter];
    let case = Case::help().press(&run);
    case.harness.until_text("as of");
    assert!(case.after(&[]).app.overlay.is_none());
}

/// From the line that twelve steps down lead to.
pub fn scroll(key: Key, place: InputContext) {
    let left = Case::low(place).press(&[Key::Down; 12]).after(&[key]);
    let (most, scrolled) = match (place, &left.app.overlay) {
        (_, Some(Overlay::Lesson { scroll, .. })) => (left.app.hits.overlay_limit(), *scroll),
        (InputContext::Dashboard, _) => (left.app.hits.pane_limit(0), left.slot().scroll.compact),
        _ => (left.app.hits.pane_limit(0), left.slot().scroll.full),
    };
    assert!(most > 13, "the picture is too high: {most}");
    let wanted = match key {
        Key::Up => 11,
        Key::Down => 13,
        Key::PageUp => 2,
        _ => most.min(22),
    };
    assert_eq!(scrolled, wanted, "{key} in {place:?}");
}

#[test]
fn where_all_of_a_lab_shows_the_story_is_scrolled() {
    let back = |keys: &[Key]| {
        let case = Case::at(InputContext::Lab, 60);
        case.harness.press("xxl");
        case.harness.until_text("<lock=off>");
        case.after(keys).slot().view.story_back
    };
    assert_eq!(back(&[Key::Up]), 1);
    assert_eq!(back(&[Key::Up, Key::Up, Key::Down]), 1);
    assert_eq!(back(&[Key::PageUp]), 3, "there are four sentences");
    assert_eq!(back(&[Key::PageUp, Key::PageDown]), 0);
}

pub fn close(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[key]);
    assert!(left.app.overlay.is_none());
    assert_eq!(left.app.at, CurrentScreen::Lab(0));
}

/// As it was before, whatever was typed.
pub fn cancel(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[Key::Char('z'), key]);
    assert!(left.app.overlay.is_none());
    assert_eq!(left.slot().view.filter, "");
}

/// Out of a large panel, of the past, of a filter, of a panel, and of the lab: one at a time.
pub fn back(key: Key, place: InputContext) {
    let keys = [Key::Char('/'), Key::Char('w'), Key::Enter, Key::Tab, Key::Char('z')];
    let state = |times: usize| {
        let left = Case::frozen(place).press(&keys).press(&vec![key; times]).drawn_after(&[]);
        let panel = left.slot().panel.as_ref().map(|panel| panel.zoomed);
        let past = left.seen.text.contains("as of");
        (panel, past, left.slot().view.filter.clone(), left.app.at)
    };
    let (lab, w, none) = (CurrentScreen::Lab(0), "w".to_owned(), String::new());
    assert_eq!(state(0), (Some(true), true, w.clone(), lab));
    assert_eq!(state(1), (Some(false), true, w.clone(), lab));
    assert_eq!(state(2), (Some(false), false, w, lab));
    assert_eq!(state(3), (Some(false), false, none.clone(), lab));
    assert_eq!(state(4), (None, false, none.clone(), lab));
    assert_eq!(state(5), (None, false, none, CurrentScreen::Dashboard));
}

#[test]
fn the_way_back_ends_no_run() {
    let harness = LoopHarness::open(app(Some(3)), 120, 30);
    harness.until_text("noise 0");
    harness.press("x");
    harness.until_text("<work>");
    harness.send(message(Key::Esc));
    harness.until_text("1 leads to the dashboard, and ends this run");
    assert!(harness.text().contains("<work>"), "the dashboard does not show this lab");
    harness.quit();
}

pub fn freeze(key: Key, place: InputContext) {
    let past = |keys: &[Key]| Case::roomy(place).drawn_after(keys).seen.text.contains("as of");
    assert!(past(&[key]));
    assert!(!past(&[key, key]));
}

/// Restarts with the same seed, or with another.
pub fn restart(key: Key, place: InputContext) {
    let case = Case::roomy(place);
    case.harness.press("x");
    case.harness.until_text("<work>");
    let case = case.press(&[key]);
    case.harness.until_gone("<work>");
    let same = case.after(&[]).slot().settings().seed == 42;
    assert_eq!(same, key == Key::Char('r'));
}

pub fn save(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[key]);
    assert_eq!(left.menu().items.len(), DocumentKind::ALL.len());
    assert_eq!(left.menu().title, "Save from Toy");
}

/// A quarter of what shows is one step; the past begins at 0.
pub fn time(key: Key, place: InputContext) {
    let (earlier, later) = (Key::Char(','), Key::Char('.'));
    let keys = match key {
        Key::Char(',') => vec![Key::Home, later, later, later, key],
        Key::Char('.') => vec![Key::Home, key, key],
        Key::End => vec![Key::Home, later, key],
        _ => vec![earlier, key],
    };
    if place == InputContext::Dashboard {
        let left = Case::roomy(place).drawn_after(&[key]);
        assert_eq!(left.seen.text.contains("as of"), matches!(key, Key::Char(',') | Key::Home));
        return;
    }
    let left = Case::frozen(place).press(&[Key::Char('+')]).drawn_after(&keys);
    let step = left.slot().view.span / 4;
    match key {
        Key::End => assert!(!left.seen.text.contains("as of"), "{}", left.seen.text),
        Key::Home => assert!(left.seen.text.contains("as of 0 s"), "{}", left.seen.text),
        _ => assert_eq!(left.chart().1, 2 * step, "{key}"),
    }
}

/// Half of what shows, or twice as much: at first that is all.
pub fn zoom(key: Key, place: InputContext) {
    let left = Case::frozen(place).drawn_after(&[key]);
    let (all, span) = (left.chart().1.min(USUAL_SPAN), left.slot().view.span);
    assert_eq!(span, if key == Key::Char('-') { all * 2 } else { all / 2 }, "{key}");
}

pub fn find(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[key]);
    assert_eq!(left.app.at, CurrentScreen::Lab(0));
    assert!(matches!(left.prompt().purpose, Purpose::Find { .. }));
}

pub fn lesson(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[key]);
    let Some(Overlay::Lesson { markdown, .. }) = left.app.overlay else { panic!("no lesson") };
    assert!(markdown.contains("Look for **bold** words."));
}

pub fn theme(key: Key, place: InputContext) {
    let left = Case::roomy(place).redrawn_by(key);
    assert_eq!(left.app.look.theme, ThemeName::Mono.next());
}

pub fn help(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[key]);
    assert_eq!(left.help().selected, 0);
}

pub fn redraw(key: Key, place: InputContext) {
    let before = Case::roomy(place).after(&[]);
    let left = Case::roomy(place).redrawn_by(key);
    let theme = |left: &Left| left.app.look.theme;
    assert_eq!(theme(&left), theme(&before));
}

pub fn suspend(key: Key, place: InputContext) {
    assert_eq!(Case::roomy(place).after(&[key]).seen.stops, 1);
}

pub fn quit(key: Key, place: InputContext) {
    let case = Case::roomy(place).press(&[key]);
    assert!(matches!(case.harness.quit_by_itself(), ExitReason::Quit));
}
