//! What keys and clicks do, on the real loop.

use crossterm::event::{KeyCode, MouseButton, MouseEventKind};

use super::stage::{Stage, app, app_with, mouse};
use crate::app::live::message::{Message, Why};
use crate::app::live::save::Kind;

fn dashboard() -> Stage {
    let stage = Stage::open(app(None), 180, 40);
    stage.until_text("Dashboard");
    stage
}

fn lab() -> Stage {
    let stage = Stage::open(app(Some(0)), 180, 40);
    stage.until_text("in full");
    stage
}

#[test]
fn the_dashboard_shows_three_labs_and_the_keys_that_work() {
    let stage = dashboard();
    let text = stage.text();
    assert_eq!(text.matches("noise 0").count(), 3, "{text}");
    for wanted in ["q quit", "? help", "space freeze", "live", "seed 42"] {
        assert!(text.contains(wanted), "{wanted} in\n{text}");
    }
    assert!(matches!(stage.quit(), Why::Quit));
}

#[test]
fn the_keyboard_talks_to_the_chosen_pane() {
    let stage = dashboard();
    stage.press("x");
    stage.until_text("<work>");
    stage.code(KeyCode::Tab);
    stage.press("l");
    stage.until_text("<lock=off>");
    stage.code(KeyCode::BackTab);
    stage.code(KeyCode::Right);
    stage.until_text("<size=4>");
    // The dial stops at its end and says so.
    stage.code(KeyCode::Right);
    stage.until_text("size: no further");
    stage.quit();
}

#[test]
fn a_lab_is_expanded_and_left_again() {
    let stage = dashboard();
    stage.press("x");
    stage.until_text("<work>");
    stage.code(KeyCode::Enter);
    stage.until_text("in full");
    // The same run goes on.
    stage.until_text("<work>");
    stage.code(KeyCode::Esc);
    stage.until_gone("in full");
    stage.press("4");
    stage.until_text("in full");
    stage.quit();
}

#[test]
fn the_expanded_lab_has_its_keys_but_not_those_that_lead_out() {
    let stage = lab();
    stage.press("3");
    stage.until_text("<third>");
    // Its wish for `q` is not granted.
    assert!(!stage.text().contains("steal"));
    stage.press("q");
    assert!(matches!(stage.quit_by_itself(), Why::Quit));
}

#[test]
fn on_the_dashboard_the_digits_are_screens() {
    let stage = dashboard();
    stage.press("3");
    stage.until_text("in full");
    stage.quit();
}

#[test]
fn a_frozen_picture_stands_still_while_the_run_goes_on() {
    let stage = dashboard();
    stage.press(" ");
    stage.until_text("frozen");
    stage.press("x");
    stage.until_text(" behind");
    assert!(!stage.text().contains("<work>"));
    // Choosing another pane is still possible.
    stage.code(KeyCode::Tab);
    stage.press(" ");
    stage.until_text("<work>");
    stage.until_gone("frozen");
    stage.quit();
}

#[test]
fn what_came_since_the_picture_was_frozen_is_counted() {
    let stage = lab();
    stage.until_text("started as thread");
    stage.press(" ");
    stage.until_text("frozen");
    stage.press("x");
    stage.until_text("frozen, 1 event behind");
    stage.press("x");
    stage.until_text("frozen, 2 events behind");
    stage.quit();
}

#[test]
fn the_newest_sentence_of_all_labs_in_sight_stands_below() {
    let stage = dashboard();
    for worked in 1..=3 {
        stage.press("x");
        stage.until("work", |seen| {
            (seen.text.matches("<work>").count() == worked).then_some(())
        });
        stage.code(KeyCode::Tab);
    }
    stage.press("a7");
    stage.code(KeyCode::Enter);
    stage.until_text("worker did asked:7");
    stage.quit();
}

#[test]
fn restarting_starts_anew_and_keeps_the_settings() {
    let stage = lab();
    stage.press("lx");
    stage.until_text("<work>");
    stage.press("r");
    stage.until_gone("<work>");
    stage.until_text("seed 42");
    // It was `off` before, so the next step is `on`.
    stage.press("l");
    stage.until_text("<lock=on>");
    stage.press("R");
    // The new seed may begin with the same digits.
    stage.until_gone("seed 42 ");
    stage.until_text("a new run with seed");
    stage.quit();
}

#[test]
fn a_question_is_answered_on_a_line_that_keys_and_pastes_fill() {
    let stage = lab();
    stage.press("a");
    stage.until_text("how many");
    stage.press("1q2");
    stage.code(KeyCode::Backspace);
    stage.paste("77\nx");
    stage.until_text("1q77");
    stage.code(KeyCode::Enter);
    stage.until_text("<asked:1q77>");
    stage.press("a");
    stage.code(KeyCode::Esc);
    stage.press("x");
    stage.until_text("<work>");
    assert_eq!(stage.text().matches("<asked").count(), 1);
    stage.quit();
}

#[test]
fn a_paste_elsewhere_does_nothing() {
    let stage = lab();
    stage.paste("qxr");
    stage.press("x");
    stage.until_text("<work>");
    assert_eq!(stage.text().matches("<work>").count(), 1);
    stage.quit();
}

#[test]
fn a_menu_is_chosen_from_by_keys_and_by_clicks() {
    let stage = lab();
    stage.press("c");
    stage.until_text("the second");
    stage.code(KeyCode::Down);
    stage.code(KeyCode::Enter);
    stage.until_text("<second>");
    stage.press("c");
    stage.until_text("the first");
    stage.click("the first");
    stage.until_text("<first>");
    stage.quit();
}

#[test]
fn text_is_copied_and_told() {
    let stage = lab();
    stage.press("y");
    stage.until("the copy", |seen| (seen.copied == ["a code"]).then_some(()));
    stage.until_text("copied: a code");
    stage.quit();
}

#[test]
fn what_was_told_can_be_saved() {
    let stage = lab();
    stage.press("e");
    stage.until_text("Save from Toy");
    stage.code(KeyCode::Down);
    stage.code(KeyCode::Enter);
    stage.until("the file", |seen| {
        (seen.saved == [Kind::ALL[1]]).then_some(())
    });
    stage.quit();
}

#[test]
fn the_filter_works_while_it_is_typed_and_cancels() {
    let stage = lab();
    stage.until_text("worker");
    stage.press("/nobody");
    stage.until_gone("worker ");
    stage.code(KeyCode::Esc);
    stage.until_text("worker ");
    stage.press("/work");
    stage.code(KeyCode::Enter);
    stage.until_text("only \"work\"");
    stage.code(KeyCode::Esc);
    stage.until_gone("only \"work\"");
    stage.quit();
}

#[test]
fn lesson_and_help_open_scroll_and_close() {
    let stage = dashboard();
    stage.press("g");
    stage.until_text("Does the program around labs work?");
    stage.code(KeyCode::Esc);
    stage.until_gone("Does the program");
    stage.press("?");
    stage.until_text("Keys");
    stage.code(KeyCode::PageDown);
    stage.press("?");
    stage.until_gone("Keys");
    // Keys of the view do nothing while something lies over it.
    stage.press("gx");
    stage.code(KeyCode::Esc);
    stage.press("l");
    stage.until_text("<lock=off>");
    assert!(!stage.text().contains("<work>"));
    stage.quit();
}

#[test]
fn time_is_looked_back_on_and_left_again() {
    let stage = lab();
    stage.press("x");
    stage.until_text("did work");
    stage.press(",");
    stage.until_text("as of");
    stage.press("x");
    // The story ends at the moment that is looked at.
    stage.until_text("<work>");
    stage.code(KeyCode::End);
    stage.until_gone("as of");
    stage.code(KeyCode::Home);
    stage.until_text("as of");
    stage.code(KeyCode::Esc);
    stage.until_gone("as of");
    stage.until_text("in full");
    stage.press("-");
    stage.quit();
}

#[test]
fn the_theme_changes() {
    let stage = dashboard();
    stage.press("t");
    stage.until_text("theme: dark");
    stage.quit();
}

#[test]
fn everything_can_be_clicked() {
    let stage = dashboard();
    stage.click("space freeze");
    stage.until_text("frozen");
    stage.click("space live");
    stage.until_gone("frozen");
    let (x, y) = stage.find("3 Toy");
    stage.send(mouse(MouseEventKind::Down(MouseButton::Left), x, y));
    stage.until_text("in full");
    stage.click("esc back");
    stage.until_gone("in full");
    stage.click("? help");
    stage.until_text("Keys");
    stage.send(mouse(MouseEventKind::ScrollDown, 50, 20));
    // Beside it closes it.
    stage.send(mouse(MouseEventKind::Down(MouseButton::Left), 1, 2));
    stage.until_gone("Keys");
    stage.quit();
}

#[test]
fn lanes_are_dragged() {
    let stage = lab();
    stage.until_text("worker");
    let (x, y) = stage.find("worker");
    let x = x + 30;
    stage.send(mouse(MouseEventKind::Down(MouseButton::Left), x, y));
    stage.send(mouse(MouseEventKind::Drag(MouseButton::Left), x + 10, y));
    stage.until_text("as of");
    stage.code(KeyCode::End);
    stage.until_gone("as of");
    stage.quit();
}

#[test]
fn a_lab_that_does_not_start_says_why_and_can_be_tried_again() {
    let stage = Stage::open(app_with(None, &[("refuse", "on")]), 110, 40);
    stage.until_text("the toy refuses; r tries again");
    stage.press("r");
    stage.until_text("the toy refuses; r tries again");
    stage.quit();
}

#[test]
fn a_bug_of_a_lab_ends_the_lab_alone() {
    let stage = dashboard();
    stage.press("P");
    stage.until_text("a bug ended this lab: poisoned");
    stage.code(KeyCode::Tab);
    stage.press("x");
    stage.until_text("<work>");
    stage.code(KeyCode::BackTab);
    stage.press("r");
    stage.until_gone("a bug ended");
    stage.quit();
}

#[test]
fn stopping_and_being_continued() {
    let stage = dashboard();
    // Somebody else had the terminal: each time all is drawn afresh.
    let clears = stage.until("a picture", |seen| Some(seen.clears));
    stage.send(Message::Stop);
    stage.until("the stop", |seen| {
        (seen.stops == 1 && seen.clears > clears).then_some(())
    });
    let clears = stage.until("a picture", |seen| Some(seen.clears));
    stage.send(Message::Continued);
    stage.until("the return", |seen| {
        (seen.resumes == 1 && seen.clears > clears).then_some(())
    });
    stage.quit();
}

#[test]
fn each_end_has_its_reason() {
    for wanted in ["Signal(15)", "Vanished", "Panic"] {
        let stage = dashboard();
        stage.send(Message::End(match wanted {
            "Vanished" => Why::Vanished,
            "Panic" => Why::Panic,
            _ => Why::Signal(15),
        }));
        assert_eq!(format!("{:?}", stage.quit_by_itself()), wanted);
    }
}

#[test]
fn each_end_has_its_status() {
    use crate::app::live::status;
    assert_eq!(status(Why::Quit), Ok(0));
    assert_eq!(status(Why::Signal(15)), Ok(143));
    assert_eq!(status(Why::Vanished), Ok(129));
    assert_eq!(status(Why::Panic), Ok(101));
    let error = status(Why::Terminal(std::io::Error::other("torn"))).unwrap_err();
    assert_eq!(error.status(), 1);
    let told = error.to_string();
    assert!(
        told.starts_with("threadbare: cannot draw: terminal: "),
        "{told}"
    );
}
