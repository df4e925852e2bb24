//! A recorded run on the screen: it is named as one, plays by its own clock, and cannot be
//! changed.

use std::fmt::Write as _;
use std::time::Duration;

use super::app_harness::{AppHarness, PROMPT};
use crate::app::live::motion;
use crate::app::live::state::App;
use crate::export::Picture;
use crate::lab::{Entry, Recording, Run};

/// Four things done, one in each second, and an end after five.
pub fn recording() -> Recording {
    let mut file = String::from(
        r#"{"threadbare":"0.1.0","recording":1,"lab":"obedient","seed":77,"cores":3,"recorded_s":1795938600,"settings":{"size":4,"lock":"off"}}
{"t_ns":0,"lane":0,"event":{"event":"thread.start","name":"main","kind":"thread","os_tid":1}}
"#,
    );
    for n in 1..=4u64 {
        let at = n * 1_000_000_000;
        let _ = writeln!(
            file,
            r#"{{"t_ns":{at},"lane":0,"fact":{{"event":"obedient.did","what":"thing {n}"}}}}"#
        );
    }
    file += r#"{"end":{"elapsed_ns":5000000000,"dropped_events":2,"stopped_by":null,"result":{}}}"#;
    Entry::read(&[PROMPT], &mut file.as_bytes()).unwrap()
}

/// The recording on the screen, paused at this time of it.
fn paused(at_ms: i64) -> AppHarness {
    let recording = recording();
    let mut harness = AppHarness::new(None);
    let labs = vec![(PROMPT, recording.settings.clone())];
    harness.app = App::new(labs, Some(0), harness.app.look, harness.now);
    harness.app.slots[0].play_recording(recording);
    harness.app.open(harness.now);
    harness.press("space home");
    harness.app.play(crate::lab::PlaybackCommand::Move(at_ms * 1_000_000));
    harness
}

fn text(harness: &mut AppHarness) -> String {
    harness.draw(140, 30)
}

#[test]
fn the_picture_is_that_of_its_time_and_names_the_recording() {
    let mut harness = paused(2_500);
    let drawn = text(&mut harness);
    for part in [
        "Recorded 2026-11-29 07:50 UTC",
        "seed 77",
        "size: 4",
        "lock: off",
        "3 cores",
        "2 events not shown",
        "■ recording, 2.50 s of 5.00 s",
        "2 done",
        "did thing 2",
    ] {
        assert!(drawn.contains(part), "`{part}` is not in\n{drawn}");
    }
    assert!(!drawn.contains("thing 3"), "{drawn}");
}

#[test]
fn a_moving_picture_of_it_ends_at_its_time_which_stays() {
    let mut harness = paused(4_500);
    harness.draw(140, 30);
    let pictures = motion::pictures(&mut harness.app, Duration::from_secs(1));
    let times: Vec<_> = pictures.iter().map(Picture::text).collect();
    assert_eq!(times.len(), 5);
    for (n, text) in times.iter().enumerate() {
        assert!(text.contains(&format!("{n} done")), "{n}: {text}");
        assert!(
            text.contains(&format!(
                "{} of 5.00 s",
                ["500 ms", "1.50 s", "2.50 s", "3.50 s", "4.50 s"][n]
            )),
            "{n}: {text}"
        );
    }
    assert_eq!(harness.app.chosen_run().unwrap().now(), 4_500_000_000);
}

#[test]
fn it_moves_both_ways_and_stays_at_its_end() {
    let mut harness = paused(2_500);
    for (keys, at, done) in [
        ("home", "0 s of", 0),
        (". . . . .", "1.25 s of", 1),
        (",", "1.00 s of", 1),
        (",", "750 ms of", 0),
        ("end", "5.00 s of", 4),
        (".", "5.00 s of", 4),
        (", , , , ,", "3.75 s of", 3),
        ("r space", "0 s of", 0),
    ] {
        text(&mut harness);
        harness.press(keys);
        let drawn = text(&mut harness);
        assert_eq!(harness.did(0).len(), done, "{keys}: {drawn}");
        let badge = drawn.split("recording, ").nth(1).unwrap();
        // What plays for a moment before it is paused shows a few ms.
        assert!(badge.starts_with(at) || keys == "r space", "{keys}: {badge}");
    }
    harness.press("end");
    assert!(harness.app.open_runs().all(Run::finished));
}

#[test]
fn its_speed_doubles_and_halves_within_bounds() {
    let mut harness = paused(0);
    for (keys, shown) in [
        ("]", ", 2 times as fast"),
        ("] ]", ", 8 times as fast"),
        ("] ] ] ] ] ]", ", 64 times as fast"),
        ("[ [ [ [ [ [", "of 5.00 s "),
        ("[", ", 2 times as slow"),
    ] {
        harness.press(keys);
        let drawn = text(&mut harness);
        assert!(drawn.contains(shown), "{keys}: {drawn}");
    }
}

#[test]
fn what_happened_cannot_be_changed_and_a_line_says_so() {
    let mut harness = paused(5_000);
    text(&mut harness);
    let before = harness.did(0);
    for key in ["l", "right", "x", "a", "c"] {
        harness.press(key);
        let drawn = text(&mut harness);
        assert!(drawn.contains("what happened cannot be changed"), "{key}: {drawn}");
        assert!(drawn.contains("lock: off"), "{key}: {drawn}");
        harness.press("esc");
        harness.press("enter");
    }
    assert_eq!(harness.did(0), before);
    // Neither the footer nor the help names a key that does nothing.
    harness.press("?");
    let help = text(&mut harness);
    assert!(help.contains("in a recording") && !help.contains("how large"), "{help}");
    assert!(!help.contains("freeze") && !help.contains("new seed"), "{help}");
}

#[test]
fn a_recording_that_is_paused_or_over_is_at_rest() {
    for at in [1_500, 5_000] {
        let mut harness = paused(at);
        harness.app.advance(harness.now);
        let resting = harness
            .app
            .open_runs()
            .all(|run| run.finished() || run.playback().is_some_and(|playback| playback.paused));
        assert!(resting, "at {at} ms");
    }
}
