//! A lab with a terminal: which keys go there, which come back, and the size it gets.

use std::path::PathBuf;

use super::app_harness::AppHarness;
use crate::app::live::actions::AppEffect;
use crate::app::live::focus::InputContext;
use crate::app::live::state::{App, CurrentScreen};
use crate::app::live::time;
use crate::app::live::typing::fit;
use crate::kit::event::{Stamped, What};
use crate::lab::{
    self, Action, ActionKind, Command, Detail, Entry, Info, Interrupt, Key, Lab, Session, Settings,
    TerminalInput, With,
};
use crate::scene::{Body, Height, Panel, Scene};

#[derive(Debug)]
struct Typed;

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(tag = "event", rename = "typed.did")]
struct Did {
    what: String,
}

impl Lab for Typed {
    const INFO: Info = Info {
        id: "typed",
        title: "A lab with a terminal",
        tab: &["Typed"],
        question: "What is typed?",
        lesson: "Everything.",
        controls: &[],
    };
    type Fact = Did;
    type Command = TerminalInput;
    type State = Vec<String>;

    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        loop {
            session.command()?;
        }
    }

    fn effect(command: &Command<TerminalInput>, _: &Settings, _: &Settings) -> lab::Effect<Did> {
        let what = match command {
            Command::Do(TerminalInput::Typed(text)) => text.clone(),
            Command::Do(TerminalInput::Size { columns, rows }) => format!("{columns}x{rows}"),
            Command::Set { .. } => String::new(),
        };
        lab::Effect::Emit(Did { what })
    }

    fn state(_: &Settings) -> Vec<String> {
        Vec::new()
    }

    fn apply(state: &mut Vec<String>, event: &Stamped<Did>) {
        if let What::Fact(Did { what }) = &event.what {
            state.push(what.clone());
        }
    }

    /// Its terminal is gone with the end of input.
    fn actions(state: &Vec<String>) -> Vec<Action<TerminalInput>> {
        let kind = ActionKind::Terminal(With::new(|input| input));
        let action = Action::new(Key::Char('i'), "type", kind);
        let ended = state.iter().any(|one| one == "\u{4}");
        (!ended).then_some(action).into_iter().collect()
    }

    fn scene(state: &Vec<String>, _: Detail) -> Scene {
        let mut scene = Scene::new("Typed");
        let lines = state.iter().map(|one| one.as_str().into()).collect();
        let fill = Height::Fill { min: 3, weight: 1 };
        scene.row(fill, vec![Panel::titled("Above", Body::Lines(Vec::new()))]);
        scene.row(fill, vec![Panel::titled("Output", Body::Tail(lines))]);
        scene
    }

    fn result(state: &Vec<String>) -> serde_json::Value {
        serde_json::json!({ "did": state })
    }
}

static TYPED: Entry = Entry::of::<Typed>();

/// The lab on the whole screen, drawn once.
fn opened() -> AppHarness {
    let settings = || Settings::defaults(TYPED.info, 1, PathBuf::new(), true);
    let labs = vec![(TYPED, settings()), (TYPED, settings())];
    let mut harness = AppHarness::closed(labs, Some(0));
    harness.app.open(harness.now);
    harness.draw(80, 24);
    harness
}

/// What the terminal has got since the last time.
fn got(harness: &AppHarness, before: usize) -> Vec<String> {
    harness.did(0).split_off(before)
}

#[test]
fn with_the_keyboard_in_the_terminal_every_key_is_typed_there() {
    let mut harness = opened();
    harness.press("x q");
    assert!(got(&harness, 0).is_empty(), "before, no key is");
    harness.press("i");
    assert_eq!(harness.app.keyboard(), InputContext::Terminal);
    for (name, sent) in [
        ("q", "q"),
        ("?", "?"),
        ("space", " "),
        ("2", "2"),
        ("enter", "\r"),
        ("tab", "\t"),
        ("shift-tab", "\u{1b}[Z"),
        ("backspace", "\u{7f}"),
        ("delete", "\u{1b}[3~"),
        ("up", "\u{1b}[A"),
        ("left", "\u{1b}[D"),
        ("home", "\u{1b}[H"),
        ("pgdn", "\u{1b}[6~"),
        ("ctrl-c", "\u{3}"),
        ("ctrl-u", "\u{15}"),
        ("ctrl-l", "\u{c}"),
        ("ctrl-z", "\u{1a}"),
        ("ctrl-\\", "\u{1c}"),
        // As it comes from a terminal that sends it as the byte alone.
        ("ctrl-4", "\u{1c}"),
        ("ctrl-7", "\u{1f}"),
        ("ctrl-2", "\0"),
        ("é", "é"),
    ] {
        let before = harness.did(0).len();
        let effect = harness.press(name);
        assert!(effect.is_none(), "{name}: {effect:?}");
        assert_eq!(got(&harness, before), [sent], "{name}");
    }
    let before = harness.did(0).len();
    harness.paste("two\nlines");
    assert_eq!(got(&harness, before), ["two\rlines"]);
    assert_eq!(harness.app.at, CurrentScreen::Lab(0));
    assert!(harness.app.overlay.is_none());
    harness.press("esc");
    assert!(matches!(harness.press("ctrl-z"), Some(AppEffect::Stop)), "the shell is in reach");
    assert!(matches!(harness.press("ctrl-l"), Some(AppEffect::Redraw)));
}

/// Nothing can be typed in the past, so the keys are those that lead back from it, and none is
/// typed unseen in the present that follows.
#[test]
fn to_go_back_in_time_takes_the_keyboard_away_from_the_terminal() {
    type Way = (&'static str, fn(&mut App));
    let ways: [Way; 4] = [
        ("a drag of the timeline", |app| time::pan(app, -1)),
        ("a click on a moment", |app| time::seek(app, 1)),
        ("the earliest moment", time::oldest),
        ("a stop of the picture", time::freeze),
    ];
    for (way, go) in ways {
        let mut harness = opened();
        harness.press("i");
        go(&mut harness.app);
        assert!(harness.app.looks_back(), "{way}");
        assert_eq!(harness.app.keyboard(), InputContext::Lab, "{way}");
        let footer = harness.screen().footer;
        assert!(footer.iter().any(|hint| *hint.label == *"live"), "{way}: {footer:?}");
        let before = harness.did(0).len();
        harness.press("x space x");
        assert!(!harness.app.looks_back() && got(&harness, before).is_empty(), "{way}");
        harness.press("i x");
        assert_eq!(got(&harness, before), ["x"], "{way}");
    }
    // To be at the present and to stay there is no way back.
    let mut harness = opened();
    harness.press("i");
    time::newest(&mut harness.app);
    assert_eq!(harness.app.keyboard(), InputContext::Terminal);
}

#[test]
fn escape_gives_the_keyboard_back_and_the_footer_says_so() {
    let mut harness = opened();
    harness.press("i");
    let hints = |harness: &AppHarness| {
        let hints = harness.screen().footer.into_iter();
        hints.map(|hint| format!("{} {}", hint.key, hint.label)).collect::<Vec<_>>()
    };
    assert_eq!(hints(&harness), ["esc back", "enter send", "ctrl-c stop", "ctrl-d eof"]);
    assert!(harness.draw(80, 24).contains("esc back"));
    harness.press("esc");
    assert_eq!(harness.app.keyboard(), InputContext::Lab);
    assert!(harness.app.slots[0].panel.is_none());
    let before = harness.did(0).len();
    harness.press("x 2");
    assert!(got(&harness, before).is_empty());
    // An enlarged panel stays so; another screen takes the keyboard with it.
    harness.app.go(CurrentScreen::Lab(0), harness.now);
    harness.draw(80, 24);
    harness.press("tab tab enter");
    harness.draw(80, 24);
    harness.press("i a esc");
    assert!(harness.app.slots[0].panel.as_ref().is_some_and(|panel| panel.zoomed));
    harness.press("i");
    harness.app.go(CurrentScreen::Lab(1), harness.now);
    assert_eq!(harness.app.keyboard(), InputContext::Lab);
}

#[test]
fn keys_that_come_after_the_end_press_nothing() {
    let mut harness = opened();
    harness.press("i ctrl-d");
    let before = harness.did(0).len();
    assert!(harness.press("q 2 enter q").is_none());
    assert!(got(&harness, before).is_empty());
    assert_eq!(harness.app.at, CurrentScreen::Lab(0));
    harness.press("esc");
    assert!(matches!(harness.press("q"), Some(AppEffect::End(_))));
}

#[test]
fn a_click_on_another_panel_takes_the_keyboard_away_from_the_terminal() {
    let mut harness = opened();
    let (output, above) = (harness.find("Output"), harness.find("Above"));
    harness.press("i");
    harness.click(output);
    assert!(harness.app.terminal.typing);
    harness.click(above);
    assert!(!harness.app.terminal.typing);
}

#[test]
fn the_terminal_has_the_size_of_its_panel() {
    let mut harness = opened();
    let drawn = |harness: &mut AppHarness, columns, rows| {
        harness.draw(columns, rows);
        let before = harness.did(0).len();
        fit(&mut harness.app);
        harness.draw(columns, rows);
        fit(&mut harness.app);
        harness.app.advance(harness.now);
        let (inside, sizes) = (harness.app.hits.panel(1).inside, got(harness, before));
        assert!((columns - 8..columns).contains(&inside.0) && inside.1 >= 3, "{inside:?}");
        (sizes, vec![format!("{}x{}", inside.0, inside.1)])
    };
    for columns in [80, 120] {
        let (sizes, expected) = drawn(&mut harness, columns, 24);
        assert_eq!(sizes, expected);
        assert!(drawn(&mut harness, columns, 24).0.is_empty(), "once");
    }
}
