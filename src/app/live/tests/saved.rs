//! What the files hold that the screen saves, and their names.

use std::time::Duration;

use super::app_harness::AppHarness;
use crate::app::live::compose::compose;
use crate::app::live::document::DocumentKind;
use crate::app::live::motion;
use crate::app::{picture, summary};
use crate::export::{Picture, svg};
use crate::ui;

fn harness() -> AppHarness {
    let mut harness = AppHarness::new(Some(1));
    harness.press("x l");
    harness.draw(90, 30);
    harness
}

fn written(kind: DocumentKind, harness: &mut AppHarness) -> String {
    kind.write(&mut harness.app).unwrap()
}

#[test]
fn each_kind_has_a_name_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let named = |kind: DocumentKind| {
        let path = kind.save(folder.path(), "obedient", 41, "text").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "text");
        path.file_name().unwrap().to_str().unwrap().to_owned()
    };
    let names = DocumentKind::ALL.map(named);
    let ends = ["txt", "json", "trace.json", "svg", "moving.svg"];
    assert_eq!(names, ends.map(|end| format!("threadbare-obedient-seed-41.{end}")));
    assert_eq!(named(DocumentKind::Trace), "threadbare-obedient-seed-41-2.trace.json");
    assert_eq!(named(DocumentKind::Trace), "threadbare-obedient-seed-41-3.trace.json");
}

#[test]
fn the_text_is_head_story_and_outcome() {
    let text = written(DocumentKind::Text, &mut harness());
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("threadbare ") && lines[0].contains("seed 41"), "{text}");
    assert_eq!(lines[1], "Settings: calm=on depth=2 hidden=off lock=off size=2");
    let story = lines.iter().position(|line| line.contains("started as thread"));
    let story = story.unwrap_or_else(|| panic!("no story in {text}"));
    assert_eq!(lines[story + 1..story + 3], ["main did work", "main did lock=off"]);
    assert!(lines[story + 3].starts_with("The run took "), "{text}");
    assert!(lines.contains(&"Finding (fine): 2 done"), "{text}");
    assert_eq!(lines.last(), Some(&"did 2 things"));
}

#[test]
fn the_figures_are_the_runs_own() {
    let mut harness = harness();
    let object = |text: &str| {
        let mut object: serde_json::Value = serde_json::from_str(text).unwrap();
        object["elapsed_ms"] = 0.into();
        object
    };
    let reported = written(DocumentKind::Json, &mut harness);
    assert!(reported.ends_with("}\n"));
    let run = harness.app.chosen_run().unwrap();
    assert_eq!(object(&reported), object(&summary::of(run, None).json().unwrap()));
    assert_eq!(object(&reported)["result"]["did"], serde_json::json!(["work", "lock=off"]));
    let trace: serde_json::Value =
        serde_json::from_str(&written(DocumentKind::Trace, &mut harness)).unwrap();
    assert_eq!(trace["otherData"]["lab"], "obedient");
}

#[test]
fn the_picture_is_the_screen_as_it_stands() {
    let mut harness = harness();
    harness.press("space");
    let screen = compose(&harness.app, harness.now);
    let buffer = ui::to_buffer(&screen, &harness.app.theme, 90, 30);
    let title = "threadbare: An obedient lab, seed 41".into();
    let wanted = svg::write(&picture::of(&buffer).unwrap(), &title);
    assert_eq!(written(DocumentKind::Picture, &mut harness), wanted);
    assert!(wanted.contains("as of"), "{wanted}");
}

/// How many things the lab had done, in each picture.
fn done(pictures: &[Picture]) -> Vec<char> {
    let counts = pictures.iter().map(|picture| {
        let text = picture.text();
        text.split(" done").next().and_then(|before| before.chars().next_back()).unwrap_or(' ')
    });
    counts.collect()
}

#[test]
fn a_moving_picture_shows_moments_up_to_now_and_leaves_the_screen_where_it_was() {
    for frozen in [false, true] {
        let mut harness = harness();
        if frozen {
            harness.press("space");
        }
        let at = |harness: &AppHarness| {
            let playhead = harness.app.chosen_run().unwrap().playhead();
            playhead.map(|playhead| playhead.at)
        };
        let (before, run) = (at(&harness), harness.app.chosen_run().unwrap());
        let step = Duration::from_nanos(before.unwrap_or(run.now()) / 31);
        let pictures = motion::pictures(&mut harness.app, step);
        let done = done(&pictures);
        assert_eq!((done.len(), done[0], done[31]), (32, '0', '2'), "{done:?}");
        assert!(done.is_sorted(), "{done:?}");
        assert_eq!(at(&harness), before);
        let wide = pictures.iter().map(|picture| (picture.width(), picture.height()));
        assert!(wide.into_iter().all(|size| size == (90, 30)));
    }
}
