//! What must not happen: frames at rest, frames that cannot be seen, floods that keep the
//! picture away.

use crossterm::event::{KeyCode, MouseButton, MouseEventKind};

use super::loop_harness::{LoopHarness, app, mouse};

#[test]
fn at_rest_nothing_is_drawn_and_no_thread_wakes() {
    let harness = LoopHarness::open(app(Some(0)), 100, 30);
    harness.press("E");
    harness.until_text("all is over");
    // Once it has ended, a key that changes nothing shows that all is drawn.
    harness.code(KeyCode::F(5));
    harness.press("g");
    harness.until_text("Look for bold words");
    harness.code(KeyCode::Esc);
    harness.until_gone("Look for bold words");
    let before = harness.until("a drawn picture", |seen| Some((seen.frames, seen.asked)));
    std::thread::park_timeout(std::time::Duration::from_millis(300));
    let after = harness.until("the same", |seen| Some((seen.frames, seen.asked)));
    assert_eq!(before.0, after.0, "frames were drawn");
    assert!(after.1 - before.1 < 10, "{before:?} {after:?}: somebody woke");
    harness.quit();
}

#[test]
fn a_terminal_that_does_not_read_gets_no_frames_but_keys_work() {
    let harness = LoopHarness::open(app(None), 100, 30);
    harness.until_text("noise 0");
    harness.stall(true);
    let frames = harness.until("frames", |seen| Some(seen.frames));
    harness.press("xxx?");
    harness.press(" ");
    harness.stall(false);
    harness.until_text("Keys");
    let drawn = harness.until("frames", |seen| Some(seen.frames)) - frames;
    assert!(drawn < 6, "{drawn} frames for one picture");
    assert!(matches!(harness.quit(), crate::app::live::message::ExitReason::Quit));
}

#[test]
fn noise_does_not_keep_keys_away() {
    let harness = LoopHarness::open(app(Some(0)), 100, 30);
    harness.press(&"n".repeat(50));
    harness.press("?");
    harness.until_text("Keys");
    harness.code(KeyCode::Esc);
    harness.until_gone("Keys");
    harness.quit();
}

#[test]
fn a_flood_of_messages_is_taken_in_between_few_frames() {
    let harness = LoopHarness::open(app(None), 100, 30);
    harness.until_text("noise 0");
    let frames = harness.until("frames", |seen| Some(seen.frames));
    for n in 0..20_000u16 {
        harness.send(mouse(MouseEventKind::Drag(MouseButton::Left), n % 100, n % 30));
    }
    harness.press("?");
    harness.until_text("Keys");
    let drawn = harness.until("frames", |seen| Some(seen.frames)) - frames;
    assert!(drawn < 1000, "{drawn} frames");
    harness.quit();
}

#[test]
fn any_size_and_any_change_of_it() {
    let harness = LoopHarness::open(app(None), 100, 30);
    for n in 0..400u16 {
        harness.resize(n * 7 % 130, n * 3 % 50);
    }
    harness.resize(90, 28);
    harness.until_text("q quit");
    harness.resize(1, 1);
    harness.until("the smallest picture", |seen| (seen.text.chars().count() == 2).then_some(()));
    harness.resize(20, 5);
    harness.until_text("q quit");
    harness.resize(19, 5);
    harness.until_text("too small");
    harness.quit();
}

#[test]
fn a_timing_is_drawn_calmly_and_shows_that() {
    let harness = LoopHarness::open(app(Some(0)), 100, 30);
    harness.press("m");
    harness.until_text("calm");
    harness.press("m");
    harness.until_gone("a timing runs");
    harness.quit();
}

#[test]
fn what_is_out_of_sight_and_works_is_ended_and_what_is_still_stays() {
    let harness = LoopHarness::open(app(Some(0)), 100, 30);
    harness.press("x");
    harness.until_text("<work>");
    // It has just emitted an event, so it counts as working.
    harness.press("4");
    harness.until_gone("<work>");
    // What is emitted after the return stands in a picture of the lab that it returned to.
    harness.press("2l");
    harness.until_text("<lock=off>");
    assert!(!harness.text().contains("<work>"), "{}", harness.text());
    // One that has ended stays as it is.
    harness.press("xE");
    harness.until_text("all is over");
    harness.press("4");
    harness.until_gone("<work>");
    harness.press("2");
    harness.until_text("<work>");
    harness.quit();
}
