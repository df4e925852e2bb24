//! A bug in the code of a lab, which runs on the thread of the screen.

use crossterm::event::KeyCode;

use super::flow::dashboard;
use super::loop_harness::LoopHarness;

#[test]
fn a_bug_of_a_lab_ends_the_lab_alone() {
    let harness = dashboard();
    harness.press("P");
    harness.until_text("a bug ended this lab: poisoned");
    harness.code(KeyCode::Tab);
    harness.press("x");
    harness.until_text("<work>");
    harness.code(KeyCode::BackTab);
    harness.press("r");
    harness.until_gone("a bug ended");
    harness.quit();
}

/// Has the toy panic from now on when it is asked for this.
fn with_bug_in(place: &str) -> LoopHarness {
    let harness = dashboard();
    harness.press("a");
    harness.press(place);
    harness.code(KeyCode::Enter);
    harness.until_text(&format!("<asked:{place}>"));
    harness
}

#[test]
fn a_lab_that_panics_when_it_is_asked_for_something_goes_on_and_says_so() {
    for place in ["actions", "finished"] {
        let harness = with_bug_in(place);
        // The end is asked for after a picture, so the next one says it.
        harness.press("x");
        harness.until_text("a bug is in this lab: asked to");
        harness.press("r");
        harness.until_gone("a bug is in");
        harness.quit();
    }
}

#[test]
fn a_lab_that_panics_while_it_is_saved_goes_on() {
    let harness = with_bug_in("result");
    harness.press("e");
    harness.until_text("figures");
    harness.code(KeyCode::Down);
    harness.code(KeyCode::Enter);
    harness.until("the panic", |seen| (seen.saved == [None]).then_some(()));
    harness.press("x");
    harness.until_text("<work>");
    harness.quit();
}
