//! What must not happen: frames at rest, frames nobody can see, floods that keep the
//! picture away.

use crossterm::event::{KeyCode, MouseButton, MouseEventKind};

use super::stage::{Stage, app, mouse};

#[test]
fn at_rest_nothing_is_drawn_and_nobody_wakes() {
    let stage = Stage::open(app(Some(0)), 100, 30);
    stage.press("E");
    stage.until_text("all is over");
    // Once it has ended, a key that changes nothing shows that all is drawn.
    stage.code(KeyCode::F(5));
    stage.press("g");
    stage.until_text("Does the program");
    stage.code(KeyCode::Esc);
    stage.until_gone("Does the program");
    let before = stage.until("a drawn picture", |seen| Some((seen.frames, seen.asked)));
    std::thread::park_timeout(std::time::Duration::from_millis(300));
    let after = stage.until("the same", |seen| Some((seen.frames, seen.asked)));
    assert_eq!(before.0, after.0, "frames were drawn");
    assert!(
        after.1 - before.1 < 10,
        "{before:?} {after:?}: somebody woke"
    );
    stage.quit();
}

#[test]
fn a_terminal_that_does_not_read_gets_no_frames_but_keys_work() {
    let stage = Stage::open(app(None), 100, 30);
    stage.until_text("noise 0");
    stage.stall(true);
    let frames = stage.until("frames", |seen| Some(seen.frames));
    stage.press("xxx?");
    stage.press(" ");
    stage.stall(false);
    stage.until_text("Keys");
    let drawn = stage.until("frames", |seen| Some(seen.frames)) - frames;
    assert!(drawn < 6, "{drawn} frames for one picture");
    assert!(matches!(stage.quit(), crate::app::live::message::Why::Quit));
}

#[test]
fn noise_does_not_keep_keys_away() {
    let stage = Stage::open(app(Some(0)), 100, 30);
    stage.press(&"n".repeat(50));
    stage.press("?");
    stage.until_text("Keys");
    stage.code(KeyCode::Esc);
    stage.until_gone("Keys");
    stage.quit();
}

#[test]
fn a_flood_of_messages_is_taken_in_between_few_frames() {
    let stage = Stage::open(app(None), 100, 30);
    stage.until_text("noise 0");
    let frames = stage.until("frames", |seen| Some(seen.frames));
    for n in 0..20_000u16 {
        stage.send(mouse(
            MouseEventKind::Drag(MouseButton::Left),
            n % 100,
            n % 30,
        ));
    }
    stage.press("?");
    stage.until_text("Keys");
    let drawn = stage.until("frames", |seen| Some(seen.frames)) - frames;
    assert!(drawn < 1000, "{drawn} frames");
    stage.quit();
}

#[test]
fn any_size_and_any_change_of_it() {
    let stage = Stage::open(app(None), 100, 30);
    for n in 0..400u16 {
        stage.resize(n * 7 % 130, n * 3 % 50);
    }
    stage.resize(90, 28);
    stage.until_text("q quit");
    stage.resize(1, 1);
    stage.until("the smallest picture", |seen| {
        (seen.text.chars().count() == 2).then_some(())
    });
    stage.resize(20, 5);
    stage.until_text("q quit");
    stage.resize(19, 5);
    stage.until_text("too small");
    stage.quit();
}

#[test]
fn a_timing_is_drawn_calmly_and_says_so() {
    let stage = Stage::open(app(Some(0)), 100, 30);
    stage.press("m");
    stage.until_text("calm");
    stage.press("m");
    stage.until_gone("a timing runs");
    stage.quit();
}

#[test]
fn what_is_out_of_sight_and_works_is_ended_and_what_is_still_stays() {
    let stage = Stage::open(app(Some(0)), 100, 30);
    stage.press("x");
    stage.until_text("<work>");
    // It has just told something, so it counts as working.
    stage.press("4");
    stage.until_gone("<work>");
    // What is told after the return stands in a picture of the lab that it returned to.
    stage.press("2l");
    stage.until_text("<lock=off>");
    assert!(!stage.text().contains("<work>"), "{}", stage.text());
    // One that has ended stays as it is.
    stage.press("xE");
    stage.until_text("all is over");
    stage.press("4");
    stage.until_gone("<work>");
    stage.press("2");
    stage.until_text("<work>");
    stage.quit();
}
