//! The keys of time, on runs whose clocks go on.

use super::app_harness::AppHarness;
use crate::scene::{Body, View};

/// The moment that is shown, and the present when it was moved there.
fn playhead(harness: &AppHarness) -> Option<(u64, u64)> {
    let playhead = harness.app.chosen_run()?.playhead()?;
    Some((playhead.at, playhead.now))
}

/// What the lab had done, and the end of its timeline, as the screen shows it.
fn shown(harness: &AppHarness) -> (String, u64) {
    let View::Single(pane) = harness.screen().view else { panic!("no lab") };
    let charts = pane.scene.titled().filter_map(|panel| match &panel.body {
        Body::Lanes(chart) => Some(chart.to),
        _ => None,
    });
    (pane.scene.findings[0].text.to_string(), charts.last().unwrap())
}

#[test]
fn each_key_of_time_moves_by_its_own_step() {
    let mut harness = AppHarness::new(Some(0));
    harness.app.slots[0].view.span = 4_000;
    harness.press("home");
    assert_eq!(playhead(&harness).unwrap().0, 0);
    for (key, at) in [(".", 1_000), (".", 2_000), (",", 1_000), (",", 0), (",", 0), (".", 1_000)] {
        harness.press(key);
        assert_eq!(playhead(&harness).unwrap().0, at, "{key}");
    }
    harness.press("end");
    assert_eq!(playhead(&harness), None);
    // Back from the present, which then goes on.
    harness.press(",");
    let (at, now) = playhead(&harness).unwrap();
    assert!(now - at >= 1_000, "{at} {now}");
    harness.app.slots[0].view.span = u64::MAX;
    harness.press(".");
    assert_eq!(playhead(&harness), None, "no further than now");
}

#[test]
fn all_of_the_screen_is_of_the_moment_that_is_shown() {
    let mut harness = AppHarness::new(Some(1));
    let run = |harness: &AppHarness| harness.app.slots[1].run().unwrap().now();
    let mut moments = vec![(run(&harness), "0 done")];
    for done in ["1 done", "2 done", "3 done"] {
        harness.press("x");
        moments.push((run(&harness), done));
    }
    for (moment, done) in moments.into_iter().rev() {
        crate::app::live::time::seek(&mut harness.app, moment);
        let (text, to) = shown(&harness);
        assert_eq!((text.as_str(), to), (done, moment));
        let notice = harness.screen().notice.unwrap().text.to_string();
        let expected = if done == "0 done" { "started as thread" } else { "did work" };
        assert!(notice.contains(expected), "{notice}");
    }
    harness.press("end");
    assert_eq!(shown(&harness).0, "3 done");
}

#[test]
fn what_is_frozen_is_what_was_shown_while_the_run_goes_on() {
    let mut harness = AppHarness::new(Some(0));
    harness.press("x space");
    let frozen = harness.screen();
    assert_eq!(shown(&harness).0, "1 done");
    // Not by a key, which the past does not take.
    let actions = harness.app.slots[0].run().unwrap().actions();
    let crate::lab::ActionKind::Press(work) = actions[0].kind.clone() else { panic!("no work") };
    for _ in 0..3 {
        harness.app.slots[0].command(crate::lab::Command::Do(work.clone()));
        harness.later(700);
        harness.draw(120, 24);
        assert_eq!(harness.screen(), frozen);
    }
    assert_eq!(harness.did(0).len(), 4);
    harness.press("x l right");
    assert_eq!(harness.did(0).len(), 4, "the past is not changed");
    harness.press("space");
    assert_eq!(shown(&harness).0, "4 done");
}

#[test]
fn panes_of_the_dashboard_move_together() {
    let mut harness = AppHarness::new(None);
    let moments = |harness: &AppHarness| -> Vec<_> {
        harness.app.open_runs().map(|run| run.playhead().map(|playhead| playhead.at)).collect()
    };
    harness.press("space");
    let frozen: Vec<u64> = moments(&harness).into_iter().flatten().collect();
    assert_eq!(frozen.len(), 3);
    crate::app::live::time::pan(&mut harness.app, -1_000);
    let back: Vec<_> = frozen.iter().map(|at| Some(at - 1_000)).collect();
    assert_eq!(moments(&harness), back);
    harness.press("end");
    assert_eq!(moments(&harness), [None; 3]);
}

#[test]
fn a_click_on_what_stands_for_a_key_of_the_lab_changes_nothing_in_the_past() {
    use crate::app::live::actions::press_row;
    use crate::scene::Press;

    let mut harness = AppHarness::new(Some(1));
    let click = |harness: &mut AppHarness, key: &str| {
        press_row(&mut harness.app, Press::Key(key.to_owned()), harness.now);
        (harness.app.at, harness.screen().notice.map(|notice| notice.text.to_string()))
    };
    harness.press("home");
    let here = harness.app.at;
    let (at, notice) = click(&mut harness, "1");
    assert_eq!(at, here, "a digit of the lab is none of the tabs");
    assert!(notice.is_some_and(|text| text.contains("the past cannot change")));
}
