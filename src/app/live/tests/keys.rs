//! Every key of the table, in every place where it works, pressed on the real loop: what
//! it changes, in numbers where there are any. The walk has its own list of the keys, so
//! that one that is added, lost, or exchanged with another is seen.

use std::collections::BTreeSet;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::loop_harness::{LoopHarness, Observed, app};
use crate::app::live::document::Kind;
use crate::app::live::focus::InputContext;
use crate::app::live::keymap::{Binding, Key, ProgramAction, TABLE};
use crate::app::live::message::{ExitReason, Message};
use crate::app::live::overlay::{Menu, Overlay, Prompt, Purpose};
use crate::app::live::slot::LabSlot;
use crate::app::live::state::{App, CurrentScreen};
use crate::ui::ThemeName;

/// What a key of the walk is to do in a place.
type Check = fn(Key, InputContext);

const DASHBOARD: &[InputContext] = &[InputContext::Dashboard];
const LAB: &[InputContext] = &[InputContext::Lab];
const VIEWS: &[InputContext] = &[InputContext::Dashboard, InputContext::Lab];
const READING: &[InputContext] = &[InputContext::Reading];
const MENU: &[InputContext] = &[InputContext::Menu];
const PROMPT: &[InputContext] = &[InputContext::Prompt];
const SCROLLED: &[InputContext] =
    &[InputContext::Dashboard, InputContext::Lab, InputContext::Reading];
const NO_PROMPT: &[InputContext] =
    &[InputContext::Dashboard, InputContext::Lab, InputContext::Reading, InputContext::Menu];
const ANYWHERE: &[InputContext] = &[
    InputContext::Dashboard,
    InputContext::Lab,
    InputContext::Reading,
    InputContext::Menu,
    InputContext::Prompt,
];

/// All keys of the program by their names, where they work, and what they do there.
const WALK: &[(&str, &[InputContext], Check)] = &[
    ("1 2 3 4 5 6 7 8 9", VIEWS, screen),
    ("tab shift-tab", VIEWS, turn),
    ("enter", DASHBOARD, expand),
    ("enter", MENU, choose),
    ("enter", PROMPT, accept),
    ("up down", MENU, highlight),
    ("up down pgup pgdn", SCROLLED, scroll),
    ("esc ?", READING, close),
    ("esc", MENU, close),
    ("esc", PROMPT, cancel),
    ("esc", LAB, back),
    ("space", VIEWS, freeze),
    ("r R", VIEWS, restart),
    ("e", VIEWS, save),
    (", . home end", LAB, time),
    ("+ = -", LAB, zoom),
    ("/", VIEWS, find),
    ("g", VIEWS, lesson),
    ("t", VIEWS, theme),
    ("?", VIEWS, help),
    ("ctrl-l", ANYWHERE, redraw),
    ("ctrl-z", ANYWHERE, suspend),
    ("q", NO_PROMPT, quit),
    ("ctrl-c", ANYWHERE, quit),
];

/// Every key of the walk in every place of it.
fn steps() -> impl Iterator<Item = (Key, InputContext, Check)> {
    WALK.iter().flat_map(|&(names, contexts, check)| {
        let keys = names.split(' ').map(|name| name.parse().unwrap());
        keys.flat_map(move |key| contexts.iter().map(move |place| (key, *place, check)))
    })
}

#[test]
fn the_walk_has_every_key_of_the_table_and_no_other() {
    let walked: BTreeSet<_> =
        steps().map(|(key, place, _)| format!("{key} in {place:?}")).collect();
    // The keys of recordings are tried on one, and so is that of the code: no toy shows any.
    let of_recordings = |row: &&Binding| {
        use ProgramAction::{Faster, Listing, Pause, Slower};
        matches!(row.action, Pause | Slower | Faster | Listing)
    };
    let rows = TABLE.iter().filter(|row| !of_recordings(row)).flat_map(|row| {
        let keys = row.keys.iter();
        keys.flat_map(|key| row.contexts.iter().map(move |place| (key, place)))
    });
    let bound: BTreeSet<_> = rows.map(|(key, place)| format!("{key} in {place:?}")).collect();
    assert_eq!(walked, bound);
}

#[test]
fn every_key_has_its_effect_in_every_place() {
    for (key, place, check) in steps() {
        eprintln!("{key} in {place:?}");
        check(key, place);
    }
}

/// As the terminal sends it.
pub fn message(key: Key) -> Message {
    let (code, with) = match key {
        Key::Char(c) => (KeyCode::Char(c), KeyModifiers::NONE),
        Key::Ctrl(c) => (KeyCode::Char(c), KeyModifiers::CONTROL),
        Key::Space => (KeyCode::Char(' '), KeyModifiers::NONE),
        Key::Enter => (KeyCode::Enter, KeyModifiers::NONE),
        Key::Esc => (KeyCode::Esc, KeyModifiers::NONE),
        Key::Tab => (KeyCode::Tab, KeyModifiers::NONE),
        Key::BackTab => (KeyCode::BackTab, KeyModifiers::SHIFT),
        Key::Backspace => (KeyCode::Backspace, KeyModifiers::NONE),
        Key::Left => (KeyCode::Left, KeyModifiers::NONE),
        Key::Right => (KeyCode::Right, KeyModifiers::NONE),
        Key::Up => (KeyCode::Up, KeyModifiers::NONE),
        Key::Down => (KeyCode::Down, KeyModifiers::NONE),
        Key::Home => (KeyCode::Home, KeyModifiers::NONE),
        Key::End => (KeyCode::End, KeyModifiers::NONE),
        Key::PageUp => (KeyCode::PageUp, KeyModifiers::NONE),
        Key::PageDown => (KeyCode::PageDown, KeyModifiers::NONE),
    };
    Message::Input(Event::Key(KeyEvent::new(code, with)))
}

/// What a key is pressed on.
struct Case {
    harness: LoopHarness,
}

/// The state when the loop has ended, and what was seen outside.
struct Left {
    app: App,
    seen: Observed,
}

impl Case {
    /// A place on a picture of this height, with the first toy in front.
    fn at(place: InputContext, height: u16) -> Self {
        let start = (place != InputContext::Dashboard).then_some(0);
        let harness = LoopHarness::open(app(start), 120, height);
        harness.until_text("noise 0");
        // What lies over the view is drawn before it is used.
        let (key, text) = match place {
            InputContext::Dashboard | InputContext::Lab => ("", "noise 0"),
            InputContext::Reading => ("?", "Keys"),
            InputContext::Menu => ("e", "Save from"),
            InputContext::Prompt => ("/", "find"),
        };
        harness.press(key);
        harness.until_text(text);
        Self { harness }
    }

    /// On a picture that has room for all of it.
    fn roomy(place: InputContext) -> Self {
        Self::at(place, 30)
    }

    /// The first toy on a picture that is too low for all that it shows.
    fn low(place: InputContext) -> Self {
        let case = Self::at(place, 9);
        if place != InputContext::Reading {
            case.harness.press(&"x".repeat(19));
            case.harness.press("l");
            // Emitted last, it stands first.
            case.harness.until_text("<lock=off>");
        }
        case
    }

    /// The lanes of a picture that stands still, and that shows less than all.
    fn lanes() -> Self {
        let case = Self::roomy(InputContext::Lab);
        case.harness.press("x");
        case.harness.until_text("<work>");
        case.harness.press(" ");
        case.harness.until_text("frozen");
        let before = case.harness.until("a picture", |seen| Some(seen.frames));
        case.harness.press("+");
        case.harness.until("the lanes closer", |seen| (seen.frames > before).then_some(()));
        case
    }

    fn press(self, keys: &[Key]) -> Self {
        for key in keys {
            self.harness.send(message(*key));
        }
        self
    }

    /// Presses them and ends.
    fn after(self, keys: &[Key]) -> Left {
        let (_, app, seen) = self.press(keys).harness.end();
        Left { app, seen }
    }

    /// Presses it, and waits until everything was drawn afresh because of it.
    fn redrawn_by(self, key: Key) -> Left {
        let before = self.harness.until("a picture", |seen| Some(seen.clears));
        let case = self.press(&[key]);
        case.harness.until("all drawn afresh", |seen| (seen.clears > before).then_some(()));
        case.after(&[])
    }
}

impl Left {
    fn slot(&self) -> &LabSlot {
        &self.app.slots[0]
    }

    fn menu(&self) -> &Menu {
        match &self.app.overlay {
            Some(Overlay::Menu(menu)) => menu,
            other => panic!("no menu: {other:?}"),
        }
    }

    fn prompt(&self) -> &Prompt {
        match &self.app.overlay {
            Some(Overlay::Prompt(prompt)) => prompt,
            other => panic!("no line of input: {other:?}"),
        }
    }
}

/// 1 is the dashboard, and there are four labs; a lab's own key goes first in its place.
fn screen(key: Key, place: InputContext) {
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

fn turn(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[key]);
    match (key, place) {
        (Key::Tab, InputContext::Dashboard) => assert_eq!(left.app.focus, 1),
        (_, InputContext::Dashboard) => assert_eq!(left.app.focus, 2),
        (Key::Tab, _) => assert_eq!(left.app.at, CurrentScreen::Lab(1)),
        _ => assert_eq!(left.app.at, CurrentScreen::Dashboard),
    }
}

fn expand(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[Key::Tab, key]);
    assert_eq!(left.app.at, CurrentScreen::Lab(1));
}

fn choose(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[Key::Down, key]);
    assert_eq!(left.seen.saved, [Kind::ALL[1]]);
    assert!(left.app.overlay.is_none());
}

fn accept(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[Key::Char('z'), key]);
    assert_eq!(left.slot().look.filter, "z");
    assert!(left.app.overlay.is_none());
}

fn highlight(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[Key::Down, Key::Down, key]);
    assert_eq!(left.menu().selected, if key == Key::Up { 1 } else { 3 });
}

/// From the line that twelve steps down lead to.
fn scroll(key: Key, place: InputContext) {
    let left = Case::low(place).press(&[Key::Down; 12]).after(&[key]);
    let (most, scrolled) = match (place, &left.app.overlay) {
        (_, Some(Overlay::Help { scroll, .. })) => (left.app.hits.overlay_limit(), *scroll),
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
        case.after(keys).slot().look.story_back
    };
    assert_eq!(back(&[Key::Up]), 1);
    assert_eq!(back(&[Key::Up, Key::Up, Key::Down]), 1);
    assert_eq!(back(&[Key::PageUp]), 3, "there are four sentences");
    assert_eq!(back(&[Key::PageUp, Key::PageDown]), 0);
}

fn close(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[key]);
    assert!(left.app.overlay.is_none());
    assert_eq!(left.app.at, CurrentScreen::Lab(0));
}

/// As it was before, whatever was typed.
fn cancel(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[Key::Char('z'), key]);
    assert!(left.app.overlay.is_none());
    assert_eq!(left.slot().look.filter, "");
}

/// Out of the past, out of a filter, out of the lab: one at a time.
fn back(key: Key, place: InputContext) {
    let past = Case::lanes().after(&[Key::Char(','), key]);
    assert_eq!(past.slot().look.until, None);
    assert_eq!(past.app.at, CurrentScreen::Lab(0));
    let find = [Key::Char('/'), Key::Char('z'), Key::Enter];
    let filtered = Case::roomy(place).press(&find).after(&[key]);
    assert_eq!(filtered.slot().look.filter, "");
    assert_eq!(filtered.app.at, CurrentScreen::Lab(0));
    let out = Case::roomy(place).after(&[key]);
    assert_eq!(out.app.at, CurrentScreen::Dashboard);
}

fn freeze(key: Key, place: InputContext) {
    assert!(Case::roomy(place).after(&[key]).app.frozen.is_some());
    assert!(Case::roomy(place).after(&[key, key]).app.frozen.is_none());
}

/// Restarts with the same seed, or with another.
fn restart(key: Key, place: InputContext) {
    let case = Case::roomy(place);
    case.harness.press("x");
    case.harness.until_text("<work>");
    let case = case.press(&[key]);
    case.harness.until_gone("<work>");
    let same = case.after(&[]).slot().settings().seed == 42;
    assert_eq!(same, key == Key::Char('r'));
}

fn save(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[key]);
    assert_eq!(left.menu().items.len(), Kind::ALL.len());
    assert_eq!(left.menu().title, "Save from Toy");
}

/// A quarter of what shows is one step; the past begins where the first interval ends.
fn time(key: Key, _: InputContext) {
    let earlier = Key::Char(',');
    let keys = match key {
        Key::Char('.') => vec![earlier, earlier, key],
        Key::End => vec![earlier, key],
        _ => vec![key],
    };
    let left = Case::lanes().after(&keys);
    let now = left.app.frozen.as_ref().unwrap().at[0];
    let look = &left.slot().look;
    let wanted = match key {
        Key::Home => Some(look.span),
        Key::End => None,
        _ => Some(now - look.span / 4),
    };
    assert_eq!(look.until, wanted, "{key}");
}

/// Half of what shows, or twice as much. How much it was is where the past begins.
fn zoom(key: Key, _: InputContext) {
    let left = Case::lanes().after(&[Key::Home, key]);
    let look = &left.slot().look;
    let before = look.until.unwrap();
    let wanted = match key {
        Key::Char('-') => before * 2,
        _ => before / 2,
    };
    assert_eq!(look.span, wanted, "{key}");
}

fn find(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[key]);
    assert_eq!(left.app.at, CurrentScreen::Lab(0));
    assert!(matches!(left.prompt().purpose, Purpose::Find { .. }));
}

fn lesson(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[key]);
    let Some(Overlay::Lesson { markdown, .. }) = left.app.overlay else { panic!("no lesson") };
    assert!(markdown.contains("Look for **bold** words."));
}

fn theme(key: Key, place: InputContext) {
    let left = Case::roomy(place).redrawn_by(key);
    assert_eq!(left.app.style.theme, ThemeName::Mono.next());
}

fn help(key: Key, place: InputContext) {
    let left = Case::roomy(place).after(&[key]);
    assert!(matches!(left.app.overlay, Some(Overlay::Help { scroll: 0, .. })));
}

fn redraw(key: Key, place: InputContext) {
    let before = Case::roomy(place).after(&[]);
    let left = Case::roomy(place).redrawn_by(key);
    let theme = |left: &Left| left.app.style.theme;
    assert_eq!(theme(&left), theme(&before));
}

fn suspend(key: Key, place: InputContext) {
    assert_eq!(Case::roomy(place).after(&[key]).seen.stops, 1);
}

fn quit(key: Key, place: InputContext) {
    let case = Case::roomy(place).press(&[key]);
    assert!(matches!(case.harness.quit_by_itself(), ExitReason::Quit));
}
