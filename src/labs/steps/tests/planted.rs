//! A control: a search that never fails anything would prove everything. So a fault is
//! planted into each repaired program, in one single state that a random run came
//! through, and must be found there.

use std::collections::HashSet;
use std::sync::Mutex;

use super::*;
use crate::kit::explore::{Broken, Key, ModelState, Random};

const PLANTED: &str = "planted";

/// A state that a random run comes through, neither the first nor the last, and how often.
fn somewhere(program: &StepProgram, case: Case, seed: u64) -> Key {
    // The check that never fails makes each random run a finding, to get at its film.
    let laid_out = program.prepare(case);
    let program: Arc<dyn Program> = Arc::new(move || {
        let plan = laid_out.instantiate();
        plan.at_end(|_: &ModelState| Err(Broken::new(PLANTED, "to be looked at")))
    });
    let stats = explored(Random::new(seed, 1), program, case).stats;
    let trace = stats.simplest.unwrap().trace;
    trace.at(trace.len() / 2).key()
}

/// The program with a fault in that state, and otherwise as it is.
fn planted(program: &StepProgram, case: Case, at: Key) -> Arc<dyn Program> {
    let laid_out = program.prepare(case);
    Arc::new(move || {
        laid_out.instantiate().always(move |model| {
            if model.key() == at { Err(Broken::new(PLANTED, "the planted fault")) } else { Ok(()) }
        })
    })
}

#[test]
fn a_fault_planted_in_a_state_of_each_repaired_program_is_found() {
    for program in ALL {
        let case = program.right_case();
        for seed in 1..=3 {
            let at = somewhere(program, case, seed);
            let faulty = planted(program, case, at);
            assert_found(program, case, &faulty, at, Method::Merged);
            if is_small(program, case) {
                assert_found(program, case, &faulty, at, Method::Plain);
            }
        }
    }
}

fn assert_found(
    program: &StepProgram,
    case: Case,
    faulty: &Arc<dyn Program>,
    at: Key,
    method: Method,
) {
    let id = program.id;
    let search = explored(Search::new(method, Limits::default()), Arc::clone(faulty), case);
    assert!(search.totals().failed() > 0, "{id}, {method:?}");
    assert!(search.kinds().all(|(kind, _)| kind == PLANTED), "{id}");
    let trace = &search.simplest().unwrap().trace;
    let mut result = 0;
    trace.walk(|_, model| result += usize::from(model.key() == at));
    assert_eq!(result, 1, "{id}: the finding comes through that state");
}

fn is_small(program: &StepProgram, case: Case) -> bool {
    surveyed(program, case).schedules < 1_000
}

/// The states that a pilot comes through, of such a kind.
pub fn states(
    program: &StepProgram,
    case: Case,
    scheduler: impl Scheduler,
    such: fn(&ModelState) -> bool,
) -> HashSet<Key> {
    let result = Arc::new(Mutex::new(HashSet::new()));
    let (laid_out, notes) = (program.prepare(case), Arc::clone(&result));
    let noted: Arc<dyn Program> = Arc::new(move || {
        let notes = Arc::clone(&notes);
        laid_out.instantiate().always(move |model| {
            if such(model) {
                notes.lock().unwrap().insert(model.key());
            }
            Ok(())
        })
    });
    explored(scheduler, noted, case);
    let result = result.lock().unwrap();
    result.clone()
}

#[test]
fn no_random_run_comes_where_the_search_has_not_been() {
    for program in ALL {
        for case in [program.usual(), program.right_case()] {
            let search = Search::new(Method::Merged, Limits::default());
            let searched = states(program, case, search, |_| true);
            let strayed = states(program, case, Random::new(7, 100), |_| true);
            assert!(strayed.len() > 2, "{}", program.id);
            assert!(strayed.is_subset(&searched), "{}", program.id);
        }
    }
}
