//! Questions about programs, why they fail, and the tree of their interleavings.

use std::sync::Arc;

use super::super::*;
use super::programs::{counter, list, philosophers};
use crate::kit::explore::query::{Query, REACHED, asking, first_state};

fn searched(program: &Arc<dyn Program>, text: &str) -> Search {
    let config = Config::default();
    let model = first_state(program, &config).unwrap().unwrap();
    let query = Query::read(text, &model).unwrap_or_else(|bad| panic!("{text}: {bad}"));
    let scheduler = Search::new(Method::Merged, Limits::default());
    let outcome = explore(scheduler, asking(Arc::clone(program), query), &config);
    assert_eq!(outcome.fault, None);
    assert!(outcome.scheduler.is_complete());
    outcome.scheduler
}

fn answer(program: &Arc<dyn Program>, text: &str) -> (u128, u128) {
    let search = searched(program, text);
    assert!(search.kinds().all(|(kind, _)| kind == REACHED));
    (search.totals().failed(), search.totals().total)
}

#[test]
fn questions_are_answered_by_schedules_or_by_no_in_all() {
    let counter = counter(2);
    assert_eq!(answer(&counter, "count == 1"), (18, 20));
    assert_eq!(answer(&counter, "end count == 2"), (2, 20));
    assert_eq!(answer(&counter, "count == 0 || count > 2"), (0, 20));
    assert_eq!(answer(&counter, "ever count == 1 && !done(adder[0])").1, 20);
    assert_eq!(answer(&counter, "ever (count + 1) - 1 == -count + 2").0, 20);
}

#[test]
fn a_deadlock_is_an_end_like_another_and_holders_can_be_asked_for() {
    let dinner = philosophers(3, false);
    assert_eq!(answer(&dinner, "waits(philosopher[0])"), (6, 168));
    let all = "holds(philosopher[0], fork[0]) && holds(philosopher[1], fork[1])";
    let (reached, total) = answer(&dinner, &format!("ever {all}"));
    assert!(reached > 6 && total == 168);
    assert_eq!(answer(&dinner, "ever holds(philosopher[0], fork[2])").0, 0);
}

#[test]
fn what_is_no_question_reports_where_and_why() {
    let model = first_state(&counter(2), &Config::default()).unwrap().unwrap();
    let bad = |text: &str| Query::read(text, &model).unwrap_err().to_string();
    assert_eq!(bad("count =="), "character 9: a name or a number was expected here");
    assert!(
        bad("end size == 1").starts_with("character 5: no thing is called `size`; there are count")
    );
    assert!(bad("done(nobody)").contains("no thread is called `nobody`"));
    assert_eq!(bad("(count"), "character 7: `)` was expected here");
    assert!(bad("count 3").contains("an operator, or nothing more"));
    assert!(bad(&"!".repeat(1000)).contains("too deeply"));
    assert!(bad("99999999999999999999").contains("too large"));
    assert!(bad("").contains("a name or a number"));
    assert!(bad("ünknown").contains("`ünknown`"));
}

#[test]
fn arithmetic_does_not_wrap_and_a_question_has_its_limits() {
    let counter = counter(2);
    let most = i64::MAX;
    let holds = |text: &str| answer(&counter, text) == (20, 20);
    assert!(holds(&format!("0 - {most} - {most} < 0")));
    assert!(holds(&format!("-{most} - {most} - {most} < -{most}")));
    assert!(holds(&format!("{most} + {most} + {most} > {most}")));
    let model = first_state(&counter, &Config::default()).unwrap().unwrap();
    let sum = |terms: usize| {
        let text = vec!["1"; terms].join(" + ");
        Query::read(&format!("{text} == {terms}"), &model)
    };
    assert!(sum(999).is_ok_and(|query| query.holds(&model)));
    let bad = sum(60_000).unwrap_err().to_string();
    assert!(bad.ends_with("a question has at most 1000 names and numbers"), "{bad}");
}

fn because(program: &Arc<dyn Program>) -> Why {
    let found = simplest_failure(program, &Limits::default(), &Config::default()).unwrap();
    why(&found).unwrap()
}

#[test]
fn a_lost_update_is_explained_by_the_accesses_that_conflict() {
    let lost = because(&counter(2));
    let conflict = Conflict { read: 0, change: 4, act: Some(5) };
    assert_eq!(lost.conflict, Some(conflict));
    assert_eq!(
        lost.text,
        "adder[0] found 0 in count, then adder[1] made it 1, \
         then adder[0] wrote 1 over it: 1 of 2"
    );
}

#[test]
fn a_deadlock_is_explained_by_its_cycle() {
    assert_eq!(
        because(&philosophers(2, false)).text,
        "philosopher[0] waits for fork[1], which philosopher[1] holds, \
         philosopher[1] waits for fork[0], which philosopher[0] holds"
    );
}

#[test]
fn in_a_cycle_of_three_each_is_reported_with_the_holder_of_what_it_waits_for() {
    assert_eq!(
        because(&philosophers(3, false)).text,
        "philosopher[0] waits for fork[1], which philosopher[1] holds, \
         philosopher[1] waits for fork[2], which philosopher[2] holds, \
         philosopher[2] waits for fork[0], which philosopher[0] holds"
    );
}

#[test]
fn the_tree_counts_what_is_below_each_state() {
    let scheduler = Search::new(Method::Merged, Limits::default()).keeping_tree();
    let mut search = explore(scheduler, list(2, false), &Config::default()).scheduler;
    let states = search.states();
    let tree = search.take_tree().unwrap();
    let root = tree.root().unwrap();
    assert_eq!((root.total, root.failed), (924, 918));
    let below: u128 =
        root.choices.iter().filter_map(|(_, key)| tree.branch(*key)).map(|b| b.total).sum();
    assert_eq!(below, 924);
    // The way without a switch: every state on it is known, and it holds.
    let schedule = vec![ScheduleStep::Thread(0); 6];
    let half = tree.at(&schedule).unwrap();
    assert_eq!((half.total, half.failed), (1, 0));
    let end = tree
        .at(&[vec![ScheduleStep::Thread(0); 6], vec![ScheduleStep::Thread(1); 6]].concat())
        .unwrap();
    assert_eq!(end.end, Some(Leaf::Held));
    assert!(tree.at(&[ScheduleStep::Thread(5)]).is_none());
    assert!(tree.len() > states, "ends are states too");
}
