//! Real plays of each tool, and what must follow from made-up ones.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::*;
use crate::lab::{Entry, Look, Run};

/// Generous: others may compile on the same machine.
const LIMIT: Duration = Duration::from_secs(30);

fn settings(set: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::defaults(&Sync::INFO, 1, PathBuf::from("threadbare"), false);
    for (key, text) in set {
        settings.set(&Sync::INFO, key, text).unwrap();
    }
    settings
}

fn run_to_end(set: &[(&str, &str)]) -> Box<dyn Run> {
    let mut run = Entry::of::<Sync>().open(settings(set)).unwrap();
    let began = Instant::now();
    while !run.finished() {
        assert!(began.elapsed() < LIMIT, "still not done");
        run.wait(Duration::from_millis(20));
        run.drain(10_000);
    }
    run
}

/// Every play of a thread tool, right and wrong, is as it must be.
fn plays(tool: &str) {
    let run = run_to_end(&[("tool", tool), ("ops", "20"), ("workers", "3")]);
    let result = run.result();
    assert_eq!(result["not_played"], serde_json::json!([]));
    let plays = result["tools"].as_array().unwrap();
    assert_eq!(plays.len(), 1 + tools::named(tool).unwrap().wrong.len());
    for play in plays {
        assert_eq!(play["tool"], tool);
        let as_expected = play["expected"] == play["got"];
        assert_eq!(as_expected, play["wrong_use"].is_null(), "{play:#}");
        if !as_expected {
            assert!(play["wrong_use"]["finding"].is_string(), "{play:#}");
        }
        assert!(play["cost_ns"]["median"].as_f64() > Some(0.0), "{play:#}");
    }
}

#[test]
fn the_lock_counts_whole_and_each_wrong_use_is_caught() {
    plays("lock");
}

#[test]
fn the_rehearsal_makes_a_scene_of_each_size() {
    let run = Entry::of::<Sync>().rehearse(settings(&[]));
    for detail in [Detail::Compact, Detail::Full] {
        assert!(!run.scene(detail, &Look::default()).rows.is_empty());
    }
    assert!(run.finished());
}

#[test]
fn the_rlock_may_be_taken_again_and_each_wrong_use_is_caught() {
    plays("rlock");
}

#[test]
fn the_semaphore_lets_so_many_in_and_each_wrong_use_is_caught() {
    plays("semaphore");
}

#[test]
fn the_condition_hands_each_item_over_once_and_each_wrong_use_is_caught() {
    plays("condition");
}

#[test]
fn the_event_lets_everyone_through_and_each_wrong_use_is_caught() {
    plays("event");
}

#[test]
fn the_barrier_keeps_rounds_apart_and_each_wrong_use_is_caught() {
    plays("barrier");
}

#[test]
fn the_queue_hands_each_item_over_once_and_each_wrong_use_is_caught() {
    plays("queue");
}
