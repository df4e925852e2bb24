//! What the footer promises: each of its keys changes the next frame, wherever the keyboard is.
//! Which labs there are is known above the app, so the test of all of them is there.

use super::app_harness::AppHarness;
use super::fitted::{screen, seek};
use super::keys::message;
use crate::app::live::actions::AppEffect;
use crate::app::live::keymap::Key;
use crate::app::live::message::ExitReason;
use crate::app::live::time;
use crate::app::live::update::update;
use crate::lab::Entry;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];
/// Keys that lead to where the keyboard can be: a lab, a panel of it, its findings alone.
const PANELS: &[&str] = &["", "tab", "shift-tab z"];
/// Lesson, keys, a search in them, exports, a filter.
const WINDOWS: &[&str] = &["g", "?", "? /", "e", "/"];

/// Presses each key that the footer has in each place; returns those that changed nothing.
fn idle_keys(places: &[&str], at_place: impl Fn(&str) -> AppHarness) -> Vec<String> {
    let mut idle = Vec::new();
    for place in places {
        let mut harness = at_place(place);
        for (width, height) in SIZES {
            let before = harness.draw(width, height);
            for hint in harness.screen().footer {
                let mut acts = |key: &str| {
                    let key: Key = key.parse().unwrap();
                    let effect = update(&mut harness.app, message(key), harness.now);
                    let quits = matches!(effect, Some(AppEffect::End(ExitReason::Quit)));
                    quits || harness.draw(width, height) != before
                };
                // A story is at its end, where only the other of two directions acts.
                let acted = acts(&hint.press) || hint.key == "up/down" && acts("up");
                if !acted {
                    idle.push(format!("{} {} after `{place}` at {width}", hint.key, hint.label));
                }
                harness = at_place(place);
                harness.draw(width, height);
            }
        }
    }
    idle
}

/// Presses these keys, with a frame after each, as the loop does.
fn press(harness: &mut AppHarness, keys: &str) {
    for key in keys.split_whitespace() {
        harness.draw(120, 40);
        harness.press(key);
    }
}

/// The keys of the footer that change nothing in the middle of the recorded run of a lab.
pub fn idle_in_recording(all: &[Entry], lab: &str) -> Vec<String> {
    let at_place = |place: &str| {
        let mut harness = screen(all, &[lab]);
        seek(&mut harness, 0.5);
        press(&mut harness, place);
        harness
    };
    let idle = idle_keys(PANELS, at_place);
    idle.into_iter().map(|key| format!("{lab}: {key}")).collect()
}

#[test]
fn each_key_of_the_footer_changes_the_past_of_a_lab() {
    let at_place = |place: &str| {
        let mut harness = AppHarness::new(Some(0));
        press(&mut harness, "x x");
        // Neither the earliest moment nor the present, where a key of time has nowhere to go.
        time::seek(&mut harness.app, 1);
        press(&mut harness, place);
        harness
    };
    for places in [PANELS, WINDOWS] {
        assert_eq!(idle_keys(places, at_place), Vec::<String>::new());
    }
}
