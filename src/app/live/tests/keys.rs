//! Every key of the table, in every place where it works, pressed on the real loop: what
//! it changes, in numbers where there are any. The walk has its own list of the keys, so
//! that one that is added, lost, or exchanged with another is seen.

mod effects;

use std::collections::BTreeSet;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use self::effects::*;
use super::loop_harness::{LoopHarness, Observed, app};
use crate::app::live::document::DocumentKind;
use crate::app::live::focus::InputContext;
use crate::app::live::keymap::{Binding, Key, ProgramAction, TABLE};
use crate::app::live::message::{ExitReason, Message};
use crate::app::live::overlay::{Help, Menu, Overlay, Prompt, Purpose};
use crate::app::live::slot::LabSlot;
use crate::app::live::state::{App, CurrentScreen};
use crate::scene::{Body, View};
use crate::timeline::USUAL_SPAN;
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
const WINDOWS: &[InputContext] = &[InputContext::Reading, InputContext::Menu];
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
    ("enter z", DASHBOARD, expand),
    ("enter z", LAB, enlarge),
    ("p", DASHBOARD, step_by_step),
    ("enter", MENU, choose),
    ("enter", PROMPT, accept),
    ("up down", MENU, highlight),
    ("up down", PROMPT, highlight_found),
    ("pgup pgdn", MENU, page_of_help),
    ("up down pgup pgdn", SCROLLED, scroll),
    ("esc q", WINDOWS, close),
    ("g", READING, close),
    ("?", MENU, close_help),
    ("/", MENU, search),
    ("esc", PROMPT, cancel),
    ("esc", LAB, back),
    ("space", VIEWS, freeze),
    ("r R", VIEWS, restart),
    ("e", VIEWS, save),
    (", . home end", VIEWS, time),
    ("+ = -", LAB, zoom),
    ("/", LAB, find),
    ("g", VIEWS, lesson),
    ("t", VIEWS, theme),
    ("?", VIEWS, help),
    ("ctrl-l", ANYWHERE, redraw),
    ("ctrl-z", ANYWHERE, suspend),
    ("q", VIEWS, quit),
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
    // Those of the guided path are tried on labs that ask, and those of a terminal on one that has
    // it.
    let elsewhere = |row: &&Binding| {
        use ProgramAction::{Faster, Listing, NextLab, Pause, Predict, Slower};
        matches!(row.action, Pause | Slower | Faster | Listing | NextLab | Predict)
            || row.contexts == [InputContext::Terminal]
    };
    let rows = TABLE.iter().filter(|row| !elsewhere(row)).flat_map(|row| {
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
        Key::Delete => (KeyCode::Delete, KeyModifiers::NONE),
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
            InputContext::Reading => ("g", "Look for bold words"),
            InputContext::Menu => ("e", "Save from"),
            InputContext::Prompt => ("/", "find"),
            InputContext::Terminal => panic!("no toy has one"),
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
        // Lines are kept for the findings of each pane.
        let case = Self::at(place, if place == InputContext::Dashboard { 12 } else { 9 });
        if place != InputContext::Reading {
            case.harness.press(&"x".repeat(19));
            case.harness.press("l");
            // Emitted last, it stands first.
            case.harness.until_text("<lock=off>");
        }
        case
    }

    /// A lab whose picture stands still.
    fn frozen(place: InputContext) -> Self {
        let case = Self::roomy(place);
        case.harness.press("x");
        case.harness.until_text("<work>");
        case.harness.press(" ");
        case.harness.until_text("as of");
        case
    }

    /// The help over a lab.
    fn help() -> Self {
        let case = Self::roomy(InputContext::Lab);
        case.harness.press("?");
        case.harness.until_text("Keys");
        case
    }

    /// After these keys, with the last frame that they led to.
    fn drawn_after(self, keys: &[Key]) -> Left {
        let case = self.press(keys);
        // All keys before it have had their frame by then.
        case.harness.press("?");
        case.harness.until_text("Keys");
        case.after(&[])
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

    fn help(&self) -> &Help {
        match &self.app.overlay {
            Some(Overlay::Help(help)) => help,
            other => panic!("no help: {other:?}"),
        }
    }

    /// The interval of the timeline in the last frame.
    fn chart(&self) -> (u64, u64) {
        let View::Single(pane) = &self.app.shown.view else { panic!("no lab") };
        let chart = pane.scene.titled().find_map(|panel| match &panel.body {
            Body::Lanes(chart) => Some((chart.from, chart.to)),
            _ => None,
        });
        chart.expect("no timeline")
    }

    fn prompt(&self) -> &Prompt {
        match &self.app.overlay {
            Some(Overlay::Prompt(prompt)) => prompt,
            other => panic!("no line of input: {other:?}"),
        }
    }
}
