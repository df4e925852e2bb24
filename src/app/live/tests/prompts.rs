//! What is typed, found, chosen and notified, and what stays of it.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::app_harness::{AppHarness, SIZE};
use crate::app::live::actions::AppEffect;
use crate::app::live::document::DocumentKind;
use crate::app::live::message::Message;
use crate::app::live::overlay::Overlay;
use crate::app::live::state::{CurrentScreen, Drag};
use crate::scene::{self, Label, Line, Tone, View};

fn typed(harness: &AppHarness) -> &str {
    match &harness.app.overlay {
        Some(Overlay::Prompt(prompt)) => &prompt.text,
        other => panic!("no line of input: {other:?}"),
    }
}

fn reported(harness: &AppHarness) -> (String, Tone) {
    let text = harness.screen().notice.expect("nothing is told").text;
    (text.to_string(), text.0[0].tone)
}

#[test]
fn a_line_of_input_is_edited_as_lines_are() {
    let mut harness = AppHarness::new(Some(0));
    harness.press("a");
    let empty = scene::Overlay::Prompt {
        label: "how many".into(),
        text: String::new(),
        hint: "a number".into(),
    };
    assert_eq!(harness.screen().overlay, Some(empty));
    for (keys, text) in [
        ("o n e space t w o space space t e n", "one two  ten"),
        ("ctrl-w", "one two  "),
        ("backspace", "one two "),
        ("ctrl-w", "one "),
        ("6 ctrl-w ctrl-w", ""),
        ("a b c ctrl-u", ""),
        ("left up down tab f5", "f5"),
    ] {
        for key in keys.split(' ') {
            match key {
                "f5" => harness.paste("f5"),
                key => drop(harness.press(key)),
            }
        }
        assert_eq!(typed(&harness), text, "{keys}");
    }
    harness.press("ctrl-u");
    harness.paste("a\u{7}b\tc\nsecond");
    assert_eq!(typed(&harness), "abc", "one line of text");
    harness.paste(&"x".repeat(300));
    assert_eq!(typed(&harness).len(), 200, "and no more");
    harness.press("ctrl-u 7 5 enter");
    assert_eq!(harness.did(0), ["asked:75"]);
    assert!(harness.app.overlay.is_none());
}

#[test]
fn a_key_that_is_let_go_does_nothing() {
    let mut harness = AppHarness::new(Some(0));
    for kind in [KeyEventKind::Release, KeyEventKind::Press, KeyEventKind::Repeat] {
        let event = KeyEvent::new_with_kind(KeyCode::Char('x'), KeyModifiers::NONE, kind);
        harness.send(Message::Input(Event::Key(event)));
    }
    assert_eq!(harness.did(0), ["work", "work"]);
}

#[test]
fn a_filter_is_in_force_while_typed_and_goes_back_to_the_one_before() {
    let mut harness = AppHarness::new(None);
    harness.press("tab /");
    assert!(harness.app.overlay.is_none(), "the dashboard has no filter");
    harness.press("enter / w o r");
    assert_eq!(harness.app.at, CurrentScreen::Lab(1));
    let filter = |harness: &AppHarness| harness.app.slots[1].view.filter.clone();
    assert_eq!(filter(&harness), "wor");
    harness.paste("king");
    assert_eq!((filter(&harness).as_str(), typed(&harness)), ("working", "working"));
    harness.press("backspace backspace backspace enter");
    assert_eq!(filter(&harness), "work");
    harness.press("/");
    assert_eq!(typed(&harness), "work", "it goes on from there");
    let line = scene::Overlay::Prompt {
        label: "find".into(),
        text: "work".to_owned(),
        hint: Label::new("lanes and sentences with this in them").or("lanes, sentences"),
    };
    assert_eq!(harness.screen().overlay, Some(line));
    harness.app.slots[1].view.story_back = 3;
    harness.press("s");
    assert_eq!(harness.app.slots[1].view.story_back, 0, "from the newest");
    assert_eq!(filter(&harness), "works");
    harness.press("esc");
    assert_eq!(filter(&harness), "work");
}

#[test]
fn an_interview_asks_one_question_after_the_other_and_then_answers() {
    let mut harness = AppHarness::new(Some(1));
    let menu = |harness: &AppHarness| match harness.screen().overlay {
        Some(scene::Overlay::Menu(menu)) => (menu.title.to_string(), menu.items.len()),
        other => panic!("no question: {other:?}"),
    };
    harness.press("i");
    assert_eq!(menu(&harness), ("1 of 2: Which size".to_owned(), 2));
    harness.press("down enter");
    assert_eq!(menu(&harness), ("2 of 2: Which colour".to_owned(), 2));
    assert_eq!(harness.did(1), ["size=small"]);
    harness.press("enter");
    assert_eq!(harness.did(1), ["size=small", "colour=red"]);
    let answer = |harness: &AppHarness| match harness.screen().overlay {
        Some(scene::Overlay::Answer(pane)) => pane.scene.title.to_string(),
        other => panic!("no answer: {other:?}"),
    };
    assert_eq!(answer(&harness), "small and red");
    harness.press("esc");
    assert_eq!(harness.screen().overlay, None);
    // Given up in the middle, it begins again with its first question.
    harness.press("i enter esc i");
    assert_eq!(menu(&harness), ("1 of 2: Which size".to_owned(), 2));
}

#[test]
fn what_lies_over_the_view_is_of_the_chosen_lab() {
    let mut harness = AppHarness::new(Some(2));
    harness.press("g");
    let lesson = scene::Overlay::Lesson {
        title: "An obedient lab".to_owned(),
        markdown: "It does.".to_owned(),
        scroll: 0,
    };
    assert_eq!(harness.screen().overlay, Some(lesson));
    harness.press("esc e");
    let menu = |title: &str, items: &[&str], selected| {
        scene::Overlay::Menu(scene::Menu {
            title: title.into(),
            items: items.iter().map(|item| Line::from(*item)).collect(),
            selected,
            hint: Label::new("up/down and enter, or a click; esc closes").or("enter takes it"),
        })
    };
    let save = [
        "the story and the outcome, as text",
        "the figures, as JSON",
        "the lanes, as a trace for Perfetto",
        "this screen, as an SVG picture",
        "the last seconds of it, as a moving SVG picture",
    ];
    let title = "Save from An obedient lab";
    assert_eq!(harness.screen().overlay, Some(menu(title, &save, 0)));
    for kind in DocumentKind::ALL {
        let effect = harness.press("enter");
        assert!(matches!(effect, Some(AppEffect::Save(saved)) if saved == kind));
        let downs = DocumentKind::ALL.iter().position(|one| *one == kind).unwrap() + 1;
        harness.press("e");
        for _ in 0..downs {
            harness.press("down");
        }
    }
    harness.press("esc c up");
    let which = ["the one", "the two", "the three"];
    assert_eq!(harness.screen().overlay, Some(menu("Which", &which, 2)));
    harness.press("enter");
    assert_eq!(harness.did(2), ["three"]);
    harness.press("c down down down enter");
    assert_eq!(harness.did(2), ["three", "one"], "round at the end");
    harness.press("?");
    let Some(scene::Overlay::Help { groups, selected: 0, search: None }) = harness.screen().overlay
    else {
        panic!("no help")
    };
    assert_eq!(groups[0].title, "An obedient lab");
}

#[test]
fn a_notice_stays_for_five_seconds_or_until_a_key() {
    let mut harness = AppHarness::new(Some(0));
    harness.press("y");
    assert_eq!(reported(&harness), ("copied: a code".to_owned(), Tone::Accent));
    harness.later(4_999);
    assert_eq!(reported(&harness).0, "copied: a code");
    harness.later(1);
    assert!(reported(&harness).0.contains(" s  main started as thread "));
    harness.send(Message::Notice("saved a.txt".to_owned()));
    assert_eq!(reported(&harness), ("saved a.txt".to_owned(), Tone::Plain));
    harness.press("g");
    assert!(reported(&harness).0.contains(" s  main started as thread "));
}

#[test]
fn a_new_seed_is_the_one_that_the_notice_shows() {
    let mut harness = AppHarness::new(None);
    harness.press("tab x R");
    let seed = harness.app.slots[1].settings().seed;
    let run = harness.app.slots[1].run().unwrap().settings().seed;
    assert_eq!((run, reported(&harness).0), (seed, format!("a new run with seed {seed}")));
    assert_ne!(seed, 41);
    assert!((1..1_000_000).contains(&seed));
    assert!(harness.did(1).is_empty());
    assert_eq!(harness.app.slots[0].settings().seed, 40);
}

#[test]
fn a_new_run_is_looked_at_again() {
    let mut harness = AppHarness::new(Some(0));
    harness.press("/ w enter r");
    assert_eq!(harness.app.slots[0].view, crate::lab::ViewOptions::default());
}

#[test]
fn leaving_a_screen_leaves_all_that_belonged_to_it() {
    let mut harness = AppHarness::new(Some(1));
    harness.press("x space");
    harness.draw(120, 24);
    harness.app.drag = Some(Drag { x: 3, per_column: 7 });
    harness.press("?");
    harness.app.sentence = Some((Line::from("worked"), harness.now));
    harness.app.go(CurrentScreen::Dashboard, harness.now);
    assert!(harness.app.overlay.is_none());
    assert!(!harness.app.looks_back() && harness.app.drag.is_none());
    assert!(harness.app.slots[1].run().unwrap().playhead().is_none());
    assert!(harness.app.sentence.is_none());
}

#[test]
fn the_pane_of_the_lab_that_was_left_is_chosen_if_it_has_one() {
    for (lab, focus) in [(0, 0), (1, 1), (2, 2)] {
        let mut harness = AppHarness::new(Some(lab));
        harness.press("esc");
        assert_eq!((harness.app.at, harness.app.focus), (CurrentScreen::Dashboard, focus));
    }
    let mut harness = AppHarness::new(Some(3));
    harness.press("esc 1");
    assert_eq!((harness.app.at, harness.app.focus), (CurrentScreen::Dashboard, 0));
}

#[test]
fn out_of_the_past_the_newest_sentence_shows_again() {
    let mut harness = AppHarness::new(Some(0));
    harness.press("home");
    assert!(harness.app.looks_back());
    harness.app.slots[0].view.story_back = 2;
    harness.press("end");
    assert!(!harness.app.looks_back());
    assert_eq!(harness.app.slots[0].view, crate::lab::ViewOptions::default());
}

#[test]
fn a_step_takes_what_contradicts_it_back_to_its_default() {
    let mut harness = AppHarness::new(Some(0));
    let set = |harness: &AppHarness, key| {
        let mut all = harness.app.slots[0].settings().iter();
        all.find(|(known, _)| *known == key).unwrap().1.to_string()
    };
    // Four deep it cannot lock, and the default is to lock: four is passed over.
    harness.press("]");
    assert_eq!(reported(&harness).0, "depth: no further");
    assert_eq!(set(&harness, "depth"), "2");
    // Large it cannot be one deep: the depth gives way, and goes first.
    harness.press("[");
    assert_eq!(reported(&harness), ("depth: 1".to_owned(), Tone::Accent));
    harness.press("right");
    assert_eq!(reported(&harness).0, "size: 4 · depth: 2");
    assert_eq!(harness.did(0), ["depth=1", "depth=2", "size=4"]);
    assert_eq!((set(&harness, "size"), set(&harness, "depth")), ("4".to_owned(), "2".to_owned()));
    harness.press("right");
    assert_eq!(reported(&harness).0, "size: no further");
    harness.press("l l r");
    assert_eq!((set(&harness, "size"), set(&harness, "lock")), ("4".to_owned(), "on".to_owned()));
    assert_eq!(harness.app.slots[0].run().unwrap().settings().get(SIZE), 4);
    assert!(harness.did(0).is_empty());
}

#[test]
fn a_lab_that_is_not_there_reports_why_and_what_it_would_ask() {
    let scene = |harness: &AppHarness| match harness.screen().view {
        View::Single(pane) => pane.scene,
        View::Dashboard(_) => panic!("no lab"),
    };
    let closed = AppHarness::with(Some(0), &[("hidden", "on")]);
    let text = format!("{:?}", scene(&closed).rows);
    assert!(text.contains("Does it obey?"), "{text}");
    let reported = &scene(&closed).findings[0];
    assert_eq!(reported.text, "it is hidden; r tries again");
    assert_eq!(reported.weight, scene::Weight::Broken);
    let mut broken = AppHarness::new(Some(0));
    broken.press("b");
    let reported = scene(&broken).findings[0].text.to_string();
    let (what, place) = reported.split_once(" (").unwrap();
    assert_eq!(what, "a bug ended this lab: broken in two");
    assert!(place.contains("app_harness.rs:") && place.ends_with("); r tries again"), "{reported}");
}
