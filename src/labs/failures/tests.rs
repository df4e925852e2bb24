//! What the lab of failures shows, and that the techniques keep their promises.

mod figures;
mod sample_events;
mod whole;

use super::*;
use crate::kit::event::What;
use crate::kit::stop::Stop;
use crate::lab::ViewOptions;
use crate::lab::trial::played;
use crate::scene::{Body, written};
use state::Focus;

#[test]
fn each_technique_that_needs_no_other_process_holds() {
    let stop = Stop::new();
    let context = experiment::technique::TechniqueContext {
        program: "threadbare".as_ref(),
        stop: &stop,
        workers: 4,
        lines: 10,
    };
    for name in ["catch", "cleanup", "critical"] {
        let shown = (experiment::techniques::find(name).unwrap().run)(&context).unwrap();
        assert!(shown.worked, "{name}: {shown:?}");
    }
}

fn sample() -> Box<dyn crate::lab::Run> {
    let info = &Failures::INFO;
    let settings = Settings::defaults(info, 42, "threadbare".into(), false);
    played::<Failures>(sample_events::events(), settings)
}

#[test]
fn the_outcome_of_the_sample() {
    let run = sample();
    assert!(run.finished());
    insta::assert_snapshot!(run.summary().join("\n"));
}

#[test]
fn the_findings_of_the_sample() {
    let findings = sample().scene(Detail::Full, &ViewOptions::default()).findings;
    let texts: Vec<_> = findings.iter().map(|finding| &*finding.text).collect();
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn the_next_fault_follows_the_last_and_begins_again() {
    let settings = Settings::defaults(&Failures::INFO, 42, "threadbare".into(), true);
    let mut state = State::new(&settings);
    assert_eq!(next_fault(&state).id, "panic");
    state.fault = Some(("panic", ""));
    assert_eq!(next_fault(&state).id, "exit-0");
    state.fault = Some(("half-message", ""));
    assert_eq!(next_fault(&state).id, "panic");
    assert_eq!(Failures::actions(&state).len(), 4);
}

/// The sample's state when it shows this for the last time.
fn at(focus: Focus) -> State {
    let settings = Settings::defaults(&Failures::INFO, 42, "threadbare".into(), false);
    let mut state = State::new(&settings);
    let of = |event: &Stamped<Fact>| match &event.what {
        What::Fact(Fact::Technique { .. }) => Some(Focus::Technique),
        What::Fact(Fact::Fault { .. } | Fact::Pool(_) | Fact::Outcome(_)) => Some(Focus::Fault),
        What::Fact(Fact::Shutdown(_)) => Some(Focus::Shutdown),
        _ => None,
    };
    let events = sample_events::events();
    let last = events.iter().rposition(|event| of(event) == Some(focus));
    for event in &events[..=last.unwrap()] {
        state.apply(event);
    }
    assert_eq!(state.focus, focus);
    state
}

#[test]
fn the_full_scene_of_a_technique_begins_with_how_it_is_written() {
    insta::assert_snapshot!(written(&crate::lab::trial::scene_of::<Failures>(
        &at(Focus::Technique),
        Detail::Full
    )));
}

#[test]
fn the_full_scene_of_a_fault_keeps_the_dead_with_their_causes() {
    insta::assert_snapshot!(written(&crate::lab::trial::scene_of::<Failures>(
        &at(Focus::Fault),
        Detail::Full
    )));
}

#[test]
fn the_full_scene_of_a_shutdown_shows_what_is_left() {
    insta::assert_snapshot!(written(&crate::lab::trial::scene_of::<Failures>(
        &at(Focus::Shutdown),
        Detail::Full
    )));
}

#[test]
fn the_compact_scene_shows_what_ran_last() {
    let scenes = [Focus::Technique, Focus::Fault, Focus::Shutdown].map(|focus| {
        written(&crate::lab::trial::scene_of::<Failures>(&at(focus), Detail::Compact))
    });
    insta::assert_snapshot!(scenes.join("\n\n"));
}

#[test]
fn a_fault_clears_the_pools_of_the_last_and_its_ledger_replaces_the_older_one() {
    let mut state = at(Focus::Shutdown);
    assert_eq!(state.pools.len(), experiment::injection::Policy::ALL.len());
    let mut report = |fact| {
        let what = What::Fact(fact);
        state.apply(&Stamped { at: 0, lane: crate::kit::event::LaneId(0), what });
        (
            state.pools.len(),
            state.outcomes.len(),
            state.last_outcomes.values().map(|outcome| outcome.lost).sum::<usize>(),
        )
    };
    let (id, title) = ("kill", "");
    assert_eq!(report(Fact::Fault { id, title }), (0, 3, 0));
    let mut again = sample_events::outcome(experiment::injection::Policy::Forget);
    (again.completed, again.lost) = (22, 2);
    assert_eq!(report(Fact::Outcome(again)), (0, 3, 2));
}

#[test]
fn the_dead_stay_in_the_picture_however_many_others_there_are() {
    let mut pool = sample_events::pool(experiment::injection::Policy::Retry);
    let idle = |pid| experiment::injection::WorkerSnapshot {
        pid,
        activity: experiment::injection::WorkerActivity::Idle,
    };
    pool.workers.extend((5000..5030).map(idle));
    let mut state = at(Focus::Fault);
    let policy = pool.policy;
    state.pools.insert(policy, pool);
    let Body::Pool(picture) = scene::panels::pool_panel(&state, policy).body else {
        panic!("no pool");
    };
    let names: Vec<_> = picture.workers.iter().map(|worker| &*worker.name).collect();
    assert_eq!(names[..2], ["4732", "5029"]);
    assert_eq!(names.len(), 8);
}
