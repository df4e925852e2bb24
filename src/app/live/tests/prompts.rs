//! What is typed, found, chosen and told, and what stays of it.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::desk::Desk;
use crate::app::live::message::Message;
use crate::app::live::overlay::Overlay;
use crate::app::live::save::Kind;
use crate::app::live::state::{Drag, Where};
use crate::app::live::update::Effect;
use crate::scene::{self, Line, Tone, View};

fn typed(desk: &Desk) -> &str {
    match &desk.app.overlay {
        Some(Overlay::Prompt(prompt)) => &prompt.text,
        other => panic!("no line of input: {other:?}"),
    }
}

fn told(desk: &Desk) -> (String, Tone) {
    let text = desk.screen().notice.expect("nothing is told").text;
    (text.to_string(), text.0[0].tone)
}

#[test]
fn a_line_of_input_is_edited_as_lines_are() {
    let mut desk = Desk::new(Some(0));
    desk.press("a");
    let empty = scene::Overlay::Prompt {
        label: "how many".to_owned(),
        text: String::new(),
        hint: "a number".to_owned(),
    };
    assert_eq!(desk.screen().overlay, Some(empty));
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
                "f5" => desk.paste("f5"),
                key => drop(desk.press(key)),
            }
        }
        assert_eq!(typed(&desk), text, "{keys}");
    }
    desk.press("ctrl-u");
    desk.paste("a\u{7}b\tc\nsecond");
    assert_eq!(typed(&desk), "abc", "one line of text");
    desk.paste(&"x".repeat(300));
    assert_eq!(typed(&desk).len(), 200, "and no more");
    desk.press("ctrl-u 7 5 enter");
    assert_eq!(desk.did(0), ["asked:75"]);
    assert!(desk.app.overlay.is_none());
}

#[test]
fn a_key_that_is_let_go_does_nothing() {
    let mut desk = Desk::new(Some(0));
    for kind in [
        KeyEventKind::Release,
        KeyEventKind::Press,
        KeyEventKind::Repeat,
    ] {
        let event = KeyEvent::new_with_kind(KeyCode::Char('x'), KeyModifiers::NONE, kind);
        desk.send(Message::Input(Event::Key(event)));
    }
    assert_eq!(desk.did(0), ["work", "work"]);
}

#[test]
fn a_filter_is_in_force_while_typed_and_goes_back_to_the_one_before() {
    let mut desk = Desk::new(None);
    desk.press("tab / w o r");
    assert_eq!(desk.app.at, Where::Lab(1));
    let filter = |desk: &Desk| desk.app.slots[1].look.filter.clone();
    assert_eq!(filter(&desk), "wor");
    desk.paste("king");
    assert_eq!(
        (filter(&desk).as_str(), typed(&desk)),
        ("working", "working")
    );
    desk.press("backspace backspace backspace enter");
    assert_eq!(filter(&desk), "work");
    desk.press("/");
    assert_eq!(typed(&desk), "work", "it goes on from there");
    let line = scene::Overlay::Prompt {
        label: "find".to_owned(),
        text: "work".to_owned(),
        hint: "lanes and sentences with this in them".to_owned(),
    };
    assert_eq!(desk.screen().overlay, Some(line));
    desk.app.slots[1].look.story_back = 3;
    desk.press("s");
    assert_eq!(desk.app.slots[1].look.story_back, 0, "from the newest");
    assert_eq!(filter(&desk), "works");
    desk.press("esc");
    assert_eq!(filter(&desk), "work");
}

#[test]
fn what_lies_over_the_view_is_of_the_chosen_lab() {
    let mut desk = Desk::new(Some(2));
    desk.press("g");
    let lesson = scene::Overlay::Lesson {
        title: "An obedient lab".to_owned(),
        markdown: "**Does it obey?**\n\nIt does.".to_owned(),
        scroll: 0,
    };
    assert_eq!(desk.screen().overlay, Some(lesson));
    desk.press("esc e");
    let menu = |title: &str, items: &[&str], selected| {
        scene::Overlay::Menu(scene::Menu {
            title: title.to_owned(),
            items: items.iter().map(|item| Line::from(*item)).collect(),
            selected,
            hint: "up/down and enter, or a click; esc closes".to_owned(),
        })
    };
    let save = [
        "the story and the outcome, as text",
        "the figures, as JSON",
        "the lanes, as a trace for Perfetto",
        "this screen, as an SVG picture",
    ];
    let title = "Save from An obedient lab";
    assert_eq!(desk.screen().overlay, Some(menu(title, &save, 0)));
    for kind in [Kind::Text, Kind::Json, Kind::Trace, Kind::Picture] {
        let effect = desk.press("enter");
        assert!(matches!(effect, Some(Effect::Save(saved)) if saved == kind));
        let downs = Kind::ALL.iter().position(|one| *one == kind).unwrap() + 1;
        desk.press("e");
        for _ in 0..downs {
            desk.press("down");
        }
    }
    desk.press("esc c up");
    let which = ["the one", "the two", "the three"];
    assert_eq!(desk.screen().overlay, Some(menu("Which", &which, 2)));
    desk.press("enter");
    assert_eq!(desk.did(2), ["three"]);
    desk.press("c down down down enter");
    assert_eq!(desk.did(2), ["three", "one"], "round at the end");
    desk.press("?");
    let Some(scene::Overlay::Help { groups, scroll: 0 }) = desk.screen().overlay else {
        panic!("no help")
    };
    assert_eq!(groups[0].title, "An obedient lab");
}

#[test]
fn what_is_told_stays_for_five_seconds_or_until_a_key() {
    let mut desk = Desk::new(Some(0));
    desk.press("y");
    assert_eq!(told(&desk), ("copied: a code".to_owned(), Tone::Accent));
    desk.later(4_999);
    assert_eq!(told(&desk).0, "copied: a code");
    desk.later(1);
    assert!(told(&desk).0.contains(" s  servant started as thread "));
    desk.send(Message::Told("saved a.txt".to_owned()));
    assert_eq!(told(&desk), ("saved a.txt".to_owned(), Tone::Plain));
    desk.press("g");
    assert!(told(&desk).0.contains(" s  servant started as thread "));
}

#[test]
fn a_new_seed_is_the_one_that_is_told() {
    let mut desk = Desk::new(None);
    desk.press("tab x R");
    let seed = desk.app.slots[1].settings().seed;
    let run = desk.app.slots[1].run().unwrap().settings().seed;
    assert_eq!(
        (run, told(&desk).0),
        (seed, format!("a new run with seed {seed}"))
    );
    assert_ne!(seed, 41);
    assert!((1..1_000_000).contains(&seed));
    assert!(desk.did(1).is_empty());
    assert_eq!(desk.app.slots[0].settings().seed, 40);
}

#[test]
fn a_new_run_is_looked_at_anew() {
    let mut desk = Desk::new(Some(0));
    desk.press("/ w enter space r");
    assert!(desk.app.frozen.is_none());
    assert_eq!(desk.app.slots[0].look, crate::lab::ViewOptions::default());
}

#[test]
fn leaving_a_screen_leaves_all_that_belonged_to_it() {
    let mut desk = Desk::new(Some(1));
    desk.press("x space");
    desk.draw(120, 24);
    desk.app.drag = Some(Drag {
        x: 3,
        per_column: 7,
    });
    desk.press("?");
    desk.app.sentence = Some((Line::from("worked"), desk.now));
    desk.app.go(Where::Dashboard, desk.now);
    assert!(desk.app.overlay.is_none());
    assert!(desk.app.frozen.is_none() && desk.app.drag.is_none());
    assert!(desk.app.sentence.is_none());
}

#[test]
fn the_pane_of_the_lab_that_was_left_is_chosen_if_it_has_one() {
    for (lab, focus) in [(0, 0), (1, 1), (2, 2), (3, 0)] {
        let mut desk = Desk::new(Some(lab));
        desk.press("esc");
        assert_eq!((desk.app.at, desk.app.focus), (Where::Dashboard, focus));
    }
}

#[test]
fn out_of_the_past_the_newest_sentence_shows_again() {
    let mut desk = Desk::new(Some(0));
    desk.app.slots[0].look.until = Some(5);
    desk.app.slots[0].look.story_back = 2;
    desk.press("end");
    assert_eq!(desk.app.slots[0].look, crate::lab::ViewOptions::default());
}

#[test]
fn a_step_takes_what_contradicts_it_back_to_its_default() {
    let mut desk = Desk::new(Some(0));
    let set = |desk: &Desk, key| desk.app.slots[0].settings().get(key).to_string();
    // Four deep it cannot lock, and the default is to lock: four is passed over.
    desk.press("]");
    assert_eq!(told(&desk).0, "depth: no further");
    assert_eq!(set(&desk, "depth"), "2");
    // Large it cannot be one deep: the depth gives way, and goes first.
    desk.press("[");
    assert_eq!(told(&desk), ("depth: 1".to_owned(), Tone::Accent));
    desk.press("right");
    assert_eq!(told(&desk).0, "size: 4, depth: 2");
    assert_eq!(desk.did(0), ["depth=1", "depth=2", "size=4"]);
    assert_eq!(
        (set(&desk, "size"), set(&desk, "depth")),
        ("4".to_owned(), "2".to_owned())
    );
    desk.press("right");
    assert_eq!(told(&desk).0, "size: no further");
    desk.press("l l r");
    assert_eq!(
        (set(&desk, "size"), set(&desk, "lock")),
        ("4".to_owned(), "on".to_owned())
    );
    assert_eq!(
        desk.app.slots[0].run().unwrap().settings().number("size"),
        4
    );
    assert!(desk.did(0).is_empty());
}

#[test]
fn a_lab_that_is_not_there_says_why_and_what_it_would_ask() {
    let scene = |desk: &Desk| match desk.screen().view {
        View::Single(pane) => pane.scene,
        View::Dashboard(_) => panic!("no lab"),
    };
    let closed = Desk::with(Some(0), &[("hidden", "on")]);
    let text = format!("{:?}", scene(&closed).rows);
    assert!(text.contains("Does it obey?"), "{text}");
    let told = &scene(&closed).findings[0];
    assert_eq!(told.text, "it is hidden; r tries again");
    assert_eq!(told.weight, scene::Weight::Broken);
    let mut broken = Desk::new(Some(0));
    broken.press("b");
    let told = scene(&broken).findings[0].text.to_string();
    let (what, place) = told.split_once(" (").unwrap();
    assert_eq!(what, "a bug ended this lab: broken in two");
    assert!(
        place.contains("desk.rs:") && place.ends_with("); r tries again"),
        "{told}"
    );
}
