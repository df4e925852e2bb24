//! What keys and clicks do, on the real loop.

use crossterm::event::{KeyCode, MouseButton, MouseEventKind};

use super::loop_harness::{LoopHarness, app, app_with, mouse};
use crate::app::live::document::DocumentKind;
use crate::app::live::message::{ExitReason, Message};

pub fn dashboard() -> LoopHarness {
    let harness = LoopHarness::open(app(None), 180, 40);
    harness.until_text("Dashboard");
    harness
}

fn lab() -> LoopHarness {
    let harness = LoopHarness::open(app(Some(0)), 180, 40);
    harness.until_text("in full");
    harness
}

#[test]
fn the_dashboard_shows_three_labs_and_the_keys_that_work() {
    let harness = dashboard();
    let text = harness.text();
    assert_eq!(text.matches("noise 0").count(), 3, "{text}");
    for wanted in ["q quit", "? help", "space freeze", "live", "seed 42"] {
        assert!(text.contains(wanted), "{wanted} in\n{text}");
    }
    assert!(matches!(harness.quit(), ExitReason::Quit));
}

#[test]
fn the_keyboard_talks_to_the_chosen_pane() {
    let harness = dashboard();
    harness.press("x");
    harness.until_text("<work>");
    harness.code(KeyCode::Tab);
    harness.press("l");
    harness.until_text("<lock=off>");
    harness.code(KeyCode::BackTab);
    harness.code(KeyCode::Right);
    harness.until_text("<size=4>");
    // The dial stops at its end and says so.
    harness.code(KeyCode::Right);
    harness.until_text("size: no further");
    harness.quit();
}

#[test]
fn a_lab_is_expanded_and_left_again() {
    let harness = dashboard();
    harness.press("x");
    harness.until_text("<work>");
    harness.code(KeyCode::Enter);
    harness.until_text("in full");
    // The same run goes on.
    harness.until_text("<work>");
    harness.code(KeyCode::Esc);
    harness.until_gone("in full");
    harness.press("4");
    harness.until_text("in full");
    harness.quit();
}

#[test]
fn threads_that_are_paused_continue_from_the_dashboard_too() {
    let harness = dashboard();
    harness.press("p");
    harness.until_text("in full");
    harness.until_text("<pause>");
    harness.code(KeyCode::Esc);
    harness.until_gone("in full");
    harness.until_text("p continue");
    harness.press("p");
    harness.until_text("<resume>");
    assert!(!harness.text().contains("in full"));
    harness.quit();
}

#[test]
fn the_expanded_lab_has_its_keys_but_not_those_that_lead_out() {
    let harness = lab();
    harness.press("3");
    harness.until_text("<third>");
    // Its wish for `q` is not granted.
    assert!(!harness.text().contains("steal"));
    harness.press("q");
    assert!(matches!(harness.quit_by_itself(), ExitReason::Quit));
}

#[test]
fn on_the_dashboard_the_digits_are_screens() {
    let harness = dashboard();
    harness.press("3");
    harness.until_text("in full");
    harness.quit();
}

#[test]
fn a_frozen_picture_stands_still_while_the_run_goes_on() {
    let harness = lab();
    // Many events that are under way while the picture is frozen.
    harness.press("n ");
    harness.until_text("as of");
    let before = harness.text();
    let frames = harness.until("frames", |seen| Some(seen.frames));
    std::thread::park_timeout(std::time::Duration::from_millis(1_500));
    assert_eq!(harness.text(), before);
    assert_eq!(harness.until("frames", |seen| Some(seen.frames)), frames);
    // Looking around in it is still possible.
    harness.code(KeyCode::Tab);
    harness.until_text("▸ Timeline");
    harness.press(" ");
    harness.until_gone("as of");
    harness.until_text("<noise>");
    harness.quit();
}

#[test]
fn the_past_is_not_changed_and_a_line_says_so() {
    let harness = lab();
    harness.press("x");
    harness.until_text("<work>");
    harness.press(" xlr");
    harness.until_text("the past cannot change");
    harness.code(KeyCode::Esc);
    harness.until_gone("as of");
    harness.press("c");
    harness.until_text("the second");
    assert_eq!(harness.text().matches("<work>").count(), 1);
    assert!(!harness.text().contains("<lock"));
    harness.quit();
}

#[test]
fn the_newest_sentence_of_all_labs_in_sight_stands_below() {
    let harness = dashboard();
    for worked in 1..=3 {
        harness.press("x");
        harness.until("work", |seen| (seen.text.matches("<work>").count() == worked).then_some(()));
        harness.code(KeyCode::Tab);
    }
    harness.press("a7");
    harness.code(KeyCode::Enter);
    harness.until_text("main did asked:7");
    harness.quit();
}

#[test]
fn restarting_starts_again_and_keeps_the_settings() {
    let harness = lab();
    harness.press("lx");
    harness.until_text("<work>");
    harness.press("r");
    harness.until_gone("<work>");
    harness.until_text("seed 42");
    // It was `off` before, so the next step is `on`.
    harness.press("l");
    harness.until_text("<lock=on>");
    harness.press("R");
    // The new seed may begin with the same digits.
    harness.until_gone("seed 42 ");
    harness.until_text("a new run with seed");
    harness.quit();
}

#[test]
fn a_question_is_answered_on_a_line_that_keys_and_pastes_fill() {
    let harness = lab();
    harness.press("a");
    harness.until_text("how many");
    harness.press("1q2");
    harness.code(KeyCode::Backspace);
    harness.paste("77\nx");
    harness.until_text("1q77");
    harness.code(KeyCode::Enter);
    harness.until_text("<asked:1q77>");
    harness.press("a");
    harness.code(KeyCode::Esc);
    harness.press("x");
    harness.until_text("<work>");
    assert_eq!(harness.text().matches("<asked").count(), 1);
    harness.quit();
}

#[test]
fn a_paste_elsewhere_does_nothing() {
    let harness = lab();
    harness.paste("qxr");
    harness.press("x");
    harness.until_text("<work>");
    assert_eq!(harness.text().matches("<work>").count(), 1);
    harness.quit();
}

#[test]
fn a_menu_is_chosen_from_by_keys_and_by_clicks() {
    let harness = lab();
    harness.press("c");
    harness.until_text("the second");
    harness.code(KeyCode::Down);
    harness.code(KeyCode::Enter);
    harness.until_text("<second>");
    harness.press("c");
    harness.until_text("the first");
    harness.click("the first");
    harness.until_text("<first>");
    harness.quit();
}

#[test]
fn text_is_copied_and_a_notice_shows_it() {
    let harness = lab();
    harness.press("y");
    harness.until("the copy", |seen| (seen.copied == ["a code"]).then_some(()));
    harness.until_text("copied: a code");
    harness.quit();
}

#[test]
fn what_a_run_emitted_can_be_saved() {
    let harness = lab();
    harness.press("e");
    harness.until_text("Save from Toy");
    harness.code(KeyCode::Down);
    harness.code(KeyCode::Enter);
    harness.until("the file", |seen| (seen.saved == [Some(DocumentKind::ALL[1])]).then_some(()));
    harness.quit();
}

#[test]
fn the_filter_works_while_it_is_typed_and_cancels() {
    let harness = lab();
    harness.until_text("main");
    harness.press("/nobody");
    harness.until_gone("main ");
    harness.code(KeyCode::Esc);
    harness.until_text("main ");
    harness.press("/mai");
    harness.code(KeyCode::Enter);
    harness.until_text("only \"mai\"");
    harness.code(KeyCode::Esc);
    harness.until_gone("only \"mai\"");
    harness.quit();
}

#[test]
fn lesson_and_help_open_scroll_and_close() {
    let harness = dashboard();
    harness.press("g");
    harness.until_text("Look for bold words.");
    harness.code(KeyCode::Esc);
    harness.until_gone("Look for bold words");
    harness.press("?");
    harness.until_text("Keys");
    harness.code(KeyCode::PageDown);
    harness.press("?");
    harness.until_gone("Keys");
    // Keys of the view do nothing while something lies over it.
    harness.press("gx");
    harness.code(KeyCode::Esc);
    harness.press("l");
    harness.until_text("<lock=off>");
    assert!(!harness.text().contains("<work>"));
    harness.quit();
}

#[test]
fn time_is_looked_back_on_and_left_again() {
    let harness = lab();
    harness.press("x");
    harness.until_text("did work");
    harness.code(KeyCode::Home);
    // Everything is of the moment that is looked at.
    harness.until_text("as of 0 s");
    assert!(!harness.text().contains("work"), "{}", harness.text());
    harness.code(KeyCode::End);
    harness.until_gone("as of");
    assert!(harness.text().contains("<work>"));
    harness.press(",");
    harness.until_text("as of");
    harness.code(KeyCode::Esc);
    harness.until_gone("as of");
    harness.until_text("in full");
    harness.press("-");
    harness.quit();
}

#[test]
fn the_theme_changes() {
    let harness = dashboard();
    harness.press("t");
    harness.until_text("theme: dark");
    harness.quit();
}

#[test]
fn everything_can_be_clicked() {
    let harness = dashboard();
    harness.click("space freeze");
    harness.until_text("as of");
    harness.click("space live");
    harness.until_gone("as of");
    let (x, y) = harness.find("3 Toy");
    harness.send(mouse(MouseEventKind::Down(MouseButton::Left), x, y));
    harness.until_text("in full");
    harness.click("esc back");
    harness.until_gone("in full");
    harness.click("? help");
    harness.until_text("Keys");
    harness.send(mouse(MouseEventKind::ScrollDown, 50, 20));
    // Beside it closes it.
    harness.send(mouse(MouseEventKind::Down(MouseButton::Left), 1, 2));
    harness.until_gone("Keys");
    harness.quit();
}

#[test]
fn lanes_are_dragged() {
    let harness = lab();
    harness.until_text("main");
    let (x, y) = harness.find("main");
    let x = x + 30;
    harness.send(mouse(MouseEventKind::Down(MouseButton::Left), x, y));
    harness.send(mouse(MouseEventKind::Drag(MouseButton::Left), x + 10, y));
    harness.until_text("as of");
    harness.code(KeyCode::End);
    harness.until_gone("as of");
    harness.quit();
}

#[test]
fn a_lab_that_does_not_start_reports_why_and_can_be_tried_again() {
    let harness = LoopHarness::open(app_with(None, &[("refuse", "on")]), 110, 40);
    harness.until_text("the toy refuses; r tries again");
    harness.press("r");
    harness.until_text("the toy refuses; r tries again");
    harness.quit();
}

#[test]
fn stopping_and_being_continued() {
    let harness = dashboard();
    // Another program had the terminal: each time all is redrawn.
    let clears = harness.until("a picture", |seen| Some(seen.clears));
    harness.send(Message::Stop);
    harness.until("the stop", |seen| (seen.stops == 1 && seen.clears > clears).then_some(()));
    let clears = harness.until("a picture", |seen| Some(seen.clears));
    harness.send(Message::Continued);
    harness.until("the return", |seen| (seen.resumes == 1 && seen.clears > clears).then_some(()));
    harness.quit();
}

#[test]
fn each_end_has_its_reason() {
    for wanted in ["Signal(15)", "Vanished", "Panic"] {
        let harness = dashboard();
        harness.send(Message::End(match wanted {
            "Vanished" => ExitReason::Vanished,
            "Panic" => ExitReason::Panic,
            _ => ExitReason::Signal(15),
        }));
        assert_eq!(format!("{:?}", harness.quit_by_itself()), wanted);
    }
}

#[test]
fn each_end_has_its_status() {
    use crate::app::live::status;
    assert_eq!(status(ExitReason::Quit), Ok(0));
    assert_eq!(status(ExitReason::Signal(15)), Ok(143));
    assert_eq!(status(ExitReason::Vanished), Ok(129));
    assert_eq!(status(ExitReason::Panic), Ok(101));
    let error = status(ExitReason::Terminal(std::io::Error::other("torn"))).unwrap_err();
    assert_eq!(error.status(), 1);
    let reported = error.to_string();
    assert!(reported.starts_with("threadbare: cannot draw: terminal: "), "{reported}");
}
