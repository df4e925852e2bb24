//! What a run without a screen reports of its search: everything, or what is missing.

use super::super::experiment::explore::{Question, answer_until};
use super::super::run::answered;
use super::super::{State, Steps};
use super::find;
use crate::kit::event::{LaneId, Stamped, What};
use crate::kit::explore::Progress;
use crate::kit::stop::Stop;
use crate::lab::{Lab, Settings};

/// What was not run of a search of at most `limit` runs, stopped before it began or not.
fn not_run(limit: Option<u64>, stopped: bool) -> Vec<String> {
    let program = find("list").unwrap();
    let question =
        Question { program, case: program.usual(), search: "all", seed: 1, bound: None, limit };
    let found = answer_until(&question, &Stop::new(), &Progress::default()).unwrap();
    let stop = Stop::new();
    if stopped {
        stop.request();
    }
    let settings = Settings::defaults(&Steps::INFO, 1, "".into(), false);
    let mut state = State::new(&settings);
    state.apply(&Stamped { at: 0, lane: LaneId(0), what: What::Fact(answered(found, &stop)) });
    assert!(Steps::finished(&state));
    let all = Steps::not_run(&state).into_iter();
    all.map(|not_run| not_run.why.to_string()).collect()
}

#[test]
fn a_search_of_all_interleavings_is_whole() {
    assert_eq!(not_run(None, false), [""; 0]);
}

#[test]
fn a_search_that_did_not_cover_all_names_what_is_missing() {
    let why = "The search ended at its limit, after 1 run";
    assert_eq!(not_run(Some(1), false), [why]);
    // Of a stop the run tells, and it is not the search that was missing anything.
    assert_eq!(not_run(Some(1), true), [""; 0]);
}

#[test]
fn a_search_that_covered_nothing_could_not_be_run() {
    for stopped in [false, true] {
        let why = not_run(Some(0), stopped).concat();
        assert!(why.starts_with("not one interleaving was covered"), "{why}");
        assert!(!why.ends_with('.'), "{why}");
    }
}
