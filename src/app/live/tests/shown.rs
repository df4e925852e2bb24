//! What stands around the picture, word by word: tabs, remarks, sentences, keys.

use std::fmt::Write as _;
use std::time::Duration;

use super::app_harness::AppHarness;
use crate::app::live::focus::InputContext;
use crate::app::live::keymap::{active_bindings_at, footer, help};
use crate::app::scripted::ScriptedRun;
use crate::scene::{Body, KeyHint, LaneChart, Scene, Tone, View};
use crate::timeline::Timeline;

/// Puts the run of a lab on a clock that stands, with so many losses.
fn script(harness: &mut AppHarness, lab: usize, now: u64, dropped: u64) {
    let run = harness.app.slots[lab].take();
    harness.app.slots[lab].put(Box::new(ScriptedRun {
        run,
        now,
        stopping: 0,
        dropped,
        timeline: Timeline::new(),
    }));
}

fn badges(harness: &AppHarness) -> Vec<(u8, String, Tone)> {
    let badges = harness.screen().badges.into_iter();
    let reported = badges.map(|badge| (badge.rank, badge.text.to_string(), badge.tone));
    reported.collect()
}

fn badge(rank: u8, text: &str, tone: Tone) -> (u8, String, Tone) {
    (rank, text.to_owned(), tone)
}

#[test]
fn the_header_reports_cores_seed_filter_losses_and_state_of_what_shows() {
    use Tone::{Accent, Caution, Dim, Good};
    let mut harness = AppHarness::new(None);
    let live = badge(0, "► live", Good);
    let first = [badge(3, "1 core", Dim), badge(2, "seed 40", Dim), live.clone()];
    assert_eq!(badges(&harness), first);
    harness.app.focus = 1;
    harness.app.slots[1].look.filter = "x".to_owned();
    let second = [badge(3, "2 cores", Dim), badge(2, "seed 41", Dim), live.clone()];
    assert_eq!(badges(&harness), second);
    script(&mut harness, 0, 5, 1_000);
    script(&mut harness, 2, 5, 234);
    harness.app.slots[1].look.until = Some(1_500_000);
    let lost = badge(1, "1,234 events not shown", Caution);
    assert_eq!(badges(&harness)[2..], [lost, live]);
    harness.press("enter");
    let alone = [
        badge(3, "2 cores", Dim),
        badge(2, "seed 41", Dim),
        badge(1, "only \"x\"", Accent),
        badge(0, "◂ as of 1.50 ms", Accent),
    ];
    assert_eq!(badges(&harness), alone);
    harness.press("end m");
    let calm = badge(0, "► live, calm: a timing runs", Caution);
    assert_eq!(badges(&harness).last(), Some(&calm));
    harness.press("esc esc tab");
    assert_eq!(badges(&harness).last(), Some(&calm), "one of three is enough");
}

#[test]
fn what_came_since_a_picture_stands_still_is_counted_over_all_that_shows() {
    let mut harness = AppHarness::new(None);
    harness.press("x");
    let at = [11, 22, 33];
    for (lab, now) in (0..).zip(at) {
        script(&mut harness, lab, now, 0);
    }
    harness.draw(120, 24);
    harness.press("space");
    assert_eq!(harness.app.frozen.as_ref().unwrap().at, at);
    assert_eq!(badges(&harness)[2], badge(0, "■ frozen", Tone::Accent));
    harness.press("x tab x x tab x");
    let behind = badge(0, "■ frozen, 4 events behind", Tone::Accent);
    assert_eq!(badges(&harness)[2], behind);
    let View::Dashboard(panes) = harness.screen().view else { panic!("no dashboard") };
    let shown = panes.iter().map(|pane| {
        let done = pane.scene.findings[0].text.to_string();
        (done, pane.focused)
    });
    let before = ["1 done", "0 done", "0 done"].map(str::to_owned);
    let before: Vec<_> = before.into_iter().zip([false, false, true]).collect();
    assert_eq!(shown.collect::<Vec<_>>(), before);
    let mut third = AppHarness::new(Some(2));
    script(&mut third, 2, 77, 0);
    third.press("space");
    assert_eq!(third.app.frozen.as_ref().unwrap().at, [77]);
}

#[test]
fn the_chosen_screen_is_the_one_that_is_marked() {
    for (at, start) in [None, Some(0), Some(1), Some(2), Some(3)].into_iter().enumerate() {
        let tabs = AppHarness::new(start).screen().tabs;
        let reported = tabs.iter().fold(String::new(), |mut out, tab| {
            let _ = write!(out, "{} {}, ", tab.key, tab.title);
            out
        });
        assert_eq!(reported, "1 Dashboard, 2 Obey, 3 Obey, 4 Obey, 5 Obey, ");
        let marked: Vec<_> = tabs.iter().map(|tab| tab.selected).collect();
        let wanted: Vec<_> = (0..5).map(|n| n == at).collect();
        assert_eq!(marked, wanted);
    }
}

/// The newest sentence of a lab as it stands below the picture.
fn newest(harness: &AppHarness, lab: usize) -> String {
    let reported = harness.app.slots[lab].run().unwrap().story().back().unwrap();
    let millis = Duration::from_nanos(reported.at + 500_000).as_millis();
    let (seconds, rest) = (millis / 1000, millis % 1000);
    format!("{seconds}.{rest:03} s  {} {}", reported.lane, reported.text)
}

fn below(harness: &AppHarness) -> String {
    let notice = harness.screen().notice.expect("nothing stands below");
    notice.text.to_string()
}

/// Each run has a clock of its own, so what was reported later in its run may be older.
#[test]
fn of_two_sentences_the_younger_one_shows_whichever_run_began_first() {
    let mut harness = AppHarness::new(None);
    harness.press("x tab l");
    harness.app.notice = None;
    let at = [0, 1].map(|lab| harness.app.slots[lab].run().unwrap().story().back().unwrap().at);
    for (young, old) in [(0, 1), (1, 0)] {
        script(&mut harness, young, at[young] + 3_000, 0);
        script(&mut harness, old, at[old] + 5_000, 0);
        harness.later(1_000);
        harness.app.update_story_line(harness.now);
        assert_eq!(below(&harness), newest(&harness, young));
    }
}

#[test]
fn a_sentence_stands_for_its_time_before_the_next_one_and_longer_if_frozen() {
    let mut harness = AppHarness::new(None);
    harness.press("x tab x tab");
    let reported = |harness: &AppHarness, lab: usize| {
        let run = harness.app.slots[lab].run().unwrap();
        run.story().back().unwrap().at
    };
    // The one that is 3 µs old is newer than the one that is 5 µs old.
    let (first, second) = (reported(&harness, 0), reported(&harness, 1));
    script(&mut harness, 0, first + 3_000, 0);
    script(&mut harness, 1, second + 5_000, 0);
    // What stood there before is gone by then.
    harness.later(1_000);
    harness.app.update_story_line(harness.now);
    assert_eq!(below(&harness), newest(&harness, 0));
    assert!(below(&harness).ends_with(" s  main did work"), "{}", below(&harness));
    let tones: Vec<_> =
        harness.screen().notice.unwrap().text.0.iter().map(|span| span.tone).collect();
    assert_eq!(tones, [Tone::Dim, Tone::Good]);
    let since = harness.now;
    harness.later(100);
    harness.press("shift-tab l");
    let before = newest(&harness, 0);
    let newer = reported(&harness, 1);
    let run = harness.app.slots[1].run().unwrap().story().back().unwrap().text.to_string();
    assert_eq!(run, "did lock=off");
    script(&mut harness, 1, newer + 1_000, 0);
    harness.app.notice = None;
    harness.app.update_story_line(harness.now);
    assert_eq!(below(&harness), before);
    assert_eq!(harness.app.next_sentence, Some(since + Duration::from_millis(300)));
    harness.later(199);
    harness.app.update_story_line(harness.now);
    assert_eq!(below(&harness), before, "299 ms are not 300");
    harness.later(1);
    harness.app.freeze();
    harness.app.update_story_line(harness.now);
    assert_eq!(harness.screen().notice, None, "a frozen picture has none");
    harness.app.frozen = None;
    assert_eq!(below(&harness), before, "and hears none");
    harness.app.update_story_line(harness.now);
    assert_eq!(below(&harness), newest(&harness, 1));
    assert_eq!(harness.app.next_sentence, None);
}

fn parts(harness: &AppHarness) -> (LaneChart, Vec<String>, Scene) {
    let View::Single(pane) = harness.screen().view else { panic!("no lab") };
    let panels = || pane.scene.rows.iter().flat_map(|row| &row.panels);
    let chart = panels().find_map(|panel| match &panel.body {
        Body::Lanes(chart) => Some(chart.clone()),
        _ => None,
    });
    let story = panels().find_map(|panel| match &panel.body {
        Body::Log(log) => Some(log.iter().map(|reported| reported.text.to_string()).collect()),
        _ => None,
    });
    (chart.unwrap(), story.unwrap(), pane.scene)
}

#[test]
fn in_a_frozen_picture_time_moves_up_to_the_moment_of_the_freeze() {
    let mut harness = AppHarness::new(Some(1));
    harness.press("x");
    harness.draw(120, 40);
    harness.press("space x");
    let end = harness.app.frozen.as_ref().unwrap().at[0];
    let (chart, story, scene) = parts(&harness);
    assert_eq!(chart.to, end);
    assert_eq!(story.last().map(String::as_str), Some("did work"));
    assert_eq!(story.iter().filter(|reported| *reported == "did work").count(), 1);
    assert_eq!(scene.findings[0].text, "1 done");
    harness.app.slots[1].look.until = Some(end + 1_000_000);
    assert_eq!(parts(&harness).0.to, end, "nothing is known of later");
    harness.app.slots[1].look.until = Some(0);
    let (chart, story, _) = parts(&harness);
    assert_eq!(chart.to, chart.to.min(end));
    assert!(!story.contains(&"did work".to_owned()), "{story:?}");
    harness.app.slots[1].scroll.full = 4;
    let View::Single(pane) = harness.screen().view else { panic!("no lab") };
    assert_eq!(pane.scroll, 4);
    let mut dashboard = AppHarness::new(None);
    dashboard.press("space tab");
    dashboard.app.slots[2].scroll.compact = 7;
    let View::Dashboard(panes) = dashboard.screen().view else { panic!("no dashboard") };
    let shown: Vec<_> = panes.iter().map(|pane| (pane.focused, pane.scroll)).collect();
    assert_eq!(shown, [(false, 0), (true, 0), (false, 7)]);
}

fn listed(keys: &[KeyHint]) -> String {
    keys.iter().fold(String::new(), |mut out, hint| {
        let KeyHint { key, label, press, rank } = hint;
        let _ = writeln!(out, "{rank} {key} [{press}] {label}");
        out
    })
}

/// All keys at the bottom, with their ranks and what a click presses, and all of the help.
#[test]
fn every_place_shows_these_keys_with_these_words() {
    let mut out = String::new();
    let states: [(&str, Option<usize>, &str); 4] = [
        ("dashboard", None, "tab"),
        ("dashboard, frozen", None, "space"),
        ("lab", Some(0), "tab"),
        ("lab, frozen and looking back", Some(0), "space ,"),
    ];
    for (name, start, keys) in states {
        let mut harness = AppHarness::new(start);
        harness.press("x");
        harness.draw(120, 110);
        harness.press(keys);
        let place = harness.app.view_context();
        let active_bindings = active_bindings_at(&harness.app, place);
        let _ = writeln!(out, "# {name}\n{}", listed(&footer(&active_bindings)));
        if !name.contains("frozen") || start.is_some() {
            for group in help("An obedient lab", &active_bindings) {
                let _ = writeln!(out, "## {}\n{}", group.title, listed(&group.keys));
            }
        }
    }
    let harness = AppHarness::new(None);
    for place in [InputContext::Reading, InputContext::Menu, InputContext::Prompt] {
        let active_bindings = active_bindings_at(&harness.app, place);
        let _ = writeln!(out, "# {place:?}\n{}", listed(&footer(&active_bindings)));
    }
    insta::assert_snapshot!(out);
}
