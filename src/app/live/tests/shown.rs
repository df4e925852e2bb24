//! What stands around the picture, word by word: tabs, remarks, sentences, keys.

use std::fmt::Write as _;
use std::time::Duration;

use super::app_harness::{ASKED, AppHarness};
use crate::app::live::compose::keys;
use crate::app::live::focus::InputContext;
use crate::app::live::keymap::{active_bindings_at, footer, help};
use crate::app::live::typing;
use crate::app::scripted::ScriptedRun;
use crate::scene::{KeyHint, Tone};
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
    harness.app.slots[1].view.filter = "x".to_owned();
    let second = [badge(3, "2 cores", Dim), badge(2, "seed 41", Dim), live.clone()];
    assert_eq!(badges(&harness), second);
    script(&mut harness, 0, 5, 1_000);
    script(&mut harness, 2, 5, 234);
    let lost = badge(1, "1,234 events not shown", Caution);
    assert_eq!(badges(&harness)[2..], [lost, live]);
    harness.press("enter home");
    let alone = [
        badge(3, "2 cores", Dim),
        badge(2, "seed 41", Dim),
        badge(1, "only \"x\"", Accent),
        badge(0, "■ as of 0 s", Accent),
    ];
    assert_eq!(badges(&harness), alone);
    harness.press("end m");
    let calm = badge(0, "► live, calm: a timing runs", Caution);
    assert_eq!(badges(&harness).last(), Some(&calm));
    harness.press("esc esc tab");
    assert_eq!(badges(&harness).last(), Some(&calm), "one of three is enough");
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
    harness.press("space");
    harness.app.update_story_line(harness.now);
    let frozen = below(&harness);
    harness.press("space");
    assert_eq!(frozen, newest(&harness, harness.app.focus), "the chosen one's");
    assert_eq!(below(&harness), before, "and hears none");
    harness.app.update_story_line(harness.now);
    assert_eq!(below(&harness), newest(&harness, 1));
    assert_eq!(harness.app.next_sentence, None);
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
    let states: [(&str, Option<usize>, &str); 5] = [
        ("dashboard", None, "tab"),
        ("dashboard, frozen", None, "space"),
        ("lab", Some(0), "esc 2"),
        ("lab, its panel chosen", Some(0), "tab"),
        ("lab, frozen", Some(0), "space"),
    ];
    for (name, start, keys) in states {
        let mut harness = AppHarness::new(start);
        harness.press("x");
        harness.draw(120, 110);
        harness.press(keys);
        let place = harness.app.view_context();
        let active_bindings = active_bindings_at(&harness.app, place);
        let _ = writeln!(out, "# {name}\n{}", listed(&footer(&active_bindings)));
        if matches!(name, "dashboard" | "lab" | "lab, frozen") {
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

#[test]
fn a_lab_is_asked_once_for_all_of_a_frame_what_can_be_done() {
    for start in [None, Some(0)] {
        let mut harness = AppHarness::new(start);
        harness.press("x");
        let before = ASKED.get();
        harness.draw(120, 24);
        typing::fit(&mut harness.app);
        keys(&harness.app);
        assert_eq!(ASKED.get() - before, 1, "{start:?}");
    }
}
