//! What the screen shows as a number or as a mark: each from facts whose answer is known.

use super::super::super::experiment::levels::LevelScore;
use super::super::super::experiment::setup::Setup;
use super::super::super::experiment::snapshot::Snapshot;
use super::super::super::facts::{Coverage, Searched};
use super::*;
use crate::kit::event::{LaneId, Stamped};
use crate::kit::explore::{Config, ScheduleStep};
use crate::programs::{self, Case, StepProgram};
use crate::scene::{Panel, TreeNode, Weight};

pub fn state(program: &str) -> State {
    let mut settings = Settings::defaults(&Steps::INFO, 1, PathBuf::new(), true);
    settings.set(&Steps::INFO, "program", program).unwrap();
    Steps::state(&settings)
}

pub fn apply(state: &mut State, fact: Fact) {
    let event = Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact) };
    Steps::apply(state, &event);
}

pub fn coverage(total: u128, failed: u128, complete: bool) -> Coverage {
    Coverage { total, failed, complete }
}

fn findings(state: &State) -> Vec<(Weight, String)> {
    let findings = crate::lab::trial::scene_of::<Steps>(state, Detail::Full).findings.into_iter();
    findings.map(|it| (it.weight, it.text.to_string())).collect()
}

fn panels(state: &State) -> Vec<Panel> {
    let rows = crate::lab::trial::scene_of::<Steps>(state, Detail::Full).rows.into_iter();
    rows.flat_map(|row| row.panels).collect()
}

pub fn panel(state: &State, title: &str) -> Panel {
    let mut panels = panels(state).into_iter();
    panels.find(|panel| panel.title == title).unwrap()
}

fn searched() -> Searched {
    Searched {
        coverage: coverage(924, 918, true),
        states: 95,
        repaired: Some(coverage(6, 0, true)),
        simplest: Some((1, 12)),
        is_least: true,
        fault: None,
    }
}

#[test]
fn a_search_is_reported_with_its_counts_and_its_weight() {
    let first = |coverage, repaired| {
        let mut state = state("list");
        let fact = Searched { coverage, repaired, ..searched() };
        apply(&mut state, Fact::Searched(fact));
        findings(&state).swap_remove(0)
    };
    let finding = |weight, text: &str| (weight, text.to_owned());
    assert_eq!(
        first(coverage(1_924, 918, true), Some(coverage(6, 0, true))),
        finding(
            Weight::Broken,
            "1,924 interleavings, 918 fail; repaired (one lock around each operation): \
             6 interleavings, none fails."
        )
    );
    assert_eq!(
        first(coverage(6, 0, true), None),
        finding(Weight::Fine, "6 interleavings, none fails.")
    );
    assert_eq!(
        first(coverage(7, 1, false), None),
        finding(Weight::Broken, "7 interleavings (not all), 1 fails.")
    );
    assert_eq!(
        first(coverage(5, 0, false), None),
        finding(Weight::Caution, "5 interleavings (not all), none fails.")
    );
    assert_eq!(
        first(coverage(0, 0, false), None),
        finding(Weight::Caution, "Not one interleaving was covered to its end.")
    );
}

#[test]
fn the_user_is_measured_against_the_search() {
    let against = |best| {
        let mut state = state("list");
        apply(&mut state, Fact::Searched(searched()));
        state.best = best;
        let mut all = findings(&state).into_iter().map(|(_, text)| text);
        all.find(|text| text.starts_with("You against")).unwrap()
    };
    let needs = "You against the search: the search needs 1 preemption in 12 steps";
    assert_eq!(against(None), format!("{needs}; you have not broken it yet."));
    assert_eq!(
        against(Some((1, 13))),
        format!("{needs}, you 1 preemption in 13 steps: no schedule fails with fewer preemptions.")
    );
    assert_eq!(
        against(Some((2, 9))),
        format!("{needs}, you 2 preemptions in 9 steps: it can be done with fewer preemptions.")
    );
}

#[test]
fn fewer_preemptions_than_a_search_that_gave_up_are_not_the_least() {
    let mut state = state("list");
    apply(&mut state, Fact::Searched(Searched { is_least: false, ..searched() }));
    state.best = Some((0, 13));
    let text = findings(&state).into_iter().map(|(_, text)| text);
    let text = text.into_iter().find(|text| text.starts_with("You against")).unwrap();
    assert!(text.ends_with(": the search has found none with fewer preemptions."), "{text}");
}

/// The question is about the usual version: what another one does is no answer to it.
#[test]
fn a_prediction_is_not_judged_by_another_version() {
    let usual = programs::ALL[0].usual();
    for case in [Case { repaired: true, ..usual }, Case { n: 3, ..usual }] {
        let setup = Setup { program: programs::ALL[0], case };
        let mut state = state("counter");
        apply(&mut state, Fact::Guessed { guess: 1 });
        apply(&mut state, Fact::Program { setup });
        let coverage = coverage(20, 18, true);
        apply(&mut state, Fact::Searched(Searched { coverage, ..Searched::default() }));
        let text = findings(&state).into_iter().map(|(_, text)| text);
        let text = text.into_iter().find(|text| text.starts_with("You expect")).unwrap();
        assert_eq!(text, "You expect \"1 or 2\".");
    }
}

/// A prediction is judged only when it is known how it is.
#[test]
fn a_prediction_is_judged_once_something_was_seen() {
    let judged = |coverage: Coverage, guess| {
        let mut state = state("counter");
        apply(&mut state, Fact::Guessed { guess });
        let fact = Searched { coverage, ..Searched::default() };
        apply(&mut state, Fact::Searched(fact));
        let all: Vec<String> = findings(&state).into_iter().map(|(_, text)| text).collect();
        let expected = all.iter().find(|text| text.starts_with("You expect")).unwrap();
        expected.split(". ").next().unwrap().to_owned()
    };
    let right = "You expected \"1 or 2\", and so it is";
    assert_eq!(judged(coverage(20, 18, true), 1), right);
    assert_eq!(judged(coverage(3, 1, false), 1), right);
    assert_eq!(
        judged(coverage(20, 18, true), 0),
        "You expected \"always 2\", but it is \"1 or 2\""
    );
    for open in [coverage(3, 0, false), coverage(0, 0, false)] {
        assert_eq!(judged(open, 1), "You expect \"1 or 2\".");
    }
}

#[test]
fn a_search_under_way_shows_its_runs_and_what_they_cover() {
    let mut state = state("list");
    let fact = Fact::Searching {
        what: "all interleavings".to_owned(),
        runs: 1_234,
        coverage: coverage(5_678, 90, false),
    };
    apply(&mut state, fact);
    let progress = panels(&state).into_iter().find_map(|panel| match panel.body {
        Body::Progress(progress) => Some(progress),
        _ => None,
    });
    let progress = progress.unwrap();
    assert_eq!((progress.done, progress.of), (1_234, None));
    assert_eq!(progress.label, "searching all interleavings: 5,678 covered, 90 fail");
}

#[test]
fn level_stars_and_size_stand_at_the_top() {
    let mut state = state("fifo");
    let done =
        LevelScore { predicted: Some(true), broken: true, extra_switches: Some(1), proved: true };
    let scores = [("fifo".to_owned(), done)].into_iter().collect();
    apply(&mut state, Fact::Progress { scores, not_saved: None });
    let scene = crate::lab::trial::scene_of::<Steps>(&state, Detail::Full);
    assert!(scene.title.starts_with("Level 3 of 37: "), "{}", scene.title);
    let badges: Vec<_> = scene.badges.into_iter().map(|badge| badge.text).collect();
    assert_eq!(badges, ["lost updates", "n = 2", "lock OFF"]);
    let Body::Overview(map) = panel(&state, "Levels").body else { panic!("no map") };
    let (topic, levels) = &map.groups[0];
    assert_eq!((topic.as_str(), levels.len()), ("lost updates", 6));
    let level = |at: usize| (levels[at].sign.as_str(), levels[at].is_here);
    assert_eq!([1, 2].map(level), [("☆☆☆", false), ("★★☆", true)]);
}

/// Where a run stands: `steps` of the schedule, the rest of it undone.
pub fn shown(
    program: &'static StepProgram,
    repaired: bool,
    schedule: &[u8],
    steps: usize,
) -> State {
    let mut state = state(program.id);
    let mut case = program.usual();
    case.repaired = repaired;
    apply(&mut state, Fact::Program { setup: Setup { program, case } });
    let config = Config { memory: case.memory, ..Config::default() };
    let schedule = schedule.iter().map(|&thread| ScheduleStep::Thread(thread)).collect();
    let replay = crate::kit::explore::Replay::new(schedule);
    let lab = crate::kit::explore::explore(replay, program.prepare(case), &config).scheduler;
    assert_eq!(lab.refused, None);
    let trace = lab.found.unwrap().trace;
    let ready = trace.at(steps).ready();
    state.show(Snapshot::after(&trace, steps, ready, String::new()));
    state
}

/// Key, name, next step and state of each thread.
fn threads(state: &State) -> Vec<[String; 4]> {
    let Body::Schedule(schedule) = panel(state, "Schedule").body else { panic!("no schedule") };
    let threads = schedule.threads.into_iter();
    threads
        .map(|it| {
            [it.key, it.name.to_string(), it.next.text.to_string(), it.state.text.to_string()]
        })
        .collect()
}

#[test]
fn holders_and_those_who_wait_go_by_their_keys() {
    let counter = programs::find("counter").unwrap();
    let state = shown(counter, true, &[1], 1);
    assert_eq!(
        threads(&state),
        [
            ["1", "adder[1]", "acquire lock", "blocked by 2"],
            ["2", "adder[2]", "load count -> 0", "ready"]
        ]
    );
    let things = state.snapshot.things.iter();
    let things: Vec<_> = things.map(|it| (&*it.name, &*it.value, it.touched)).collect();
    assert_eq!(things, [("count", "0", false), ("lock", "by 2", true)]);
}

#[test]
fn the_schedule_counts_its_steps_and_those_undone() {
    let mut lab = TestRun::of("counter");
    lab.steps(&[0, 1, 1, 1, 0]);
    assert_eq!(panel(&lab.state, "Schedule").note, "step 5 of 5");
    assert_eq!(lab.state.snapshot.switches, 1);
    lab.press(StepsCommand::Seek(2));
    lab.until("three are undone", |state| state.snapshot.rows.len() == 2);
    assert_eq!(panel(&lab.state, "Schedule").note, "step 2 of 5");
    assert_eq!(lab.state.snapshot.undone, [1, 1, 0]);
    let shown = written(&crate::lab::trial::scene_of::<Steps>(&lab.state, Detail::Full));
    assert!(shown.contains(" 1 preemption<Dim>\n"), "{shown}");
    lab.steps(&[0]);
    assert_eq!(panel(&lab.state, "Schedule").note, "step 3 of 3");
    assert_eq!(lab.state.snapshot.switches, 2);
    let shown = written(&crate::lab::trial::scene_of::<Steps>(&lab.state, Detail::Compact));
    assert!(shown.contains(" 2 preemptions<Dim>\n"), "{shown}");
}

#[test]
fn the_tree_shows_what_lies_behind_each_way() {
    let mut lab = TestRun::of("counter");
    lab.press(StepsCommand::Search);
    lab.until("the search is over", |state| state.searched.is_some());
    let searched = lab.state.searched.clone().unwrap();
    assert_eq!(searched.coverage, coverage(20, 18, true));
    assert_eq!(searched.repaired, Some(coverage(2, 0, true)));
    assert_eq!(searched.simplest, Some((1, 6)));
    lab.steps(&[0, 1]);
    lab.until("the tree is open", |state| {
        state.tree.iter().filter(|node| node.on_path).count() == 3
    });
    let Body::Tree(tree) = panel(&lab.state, "Interleavings").body else {
        panic!("no tree");
    };
    let line = |node: &TreeNode| format!("{0:1$}{2}", "", usize::from(node.depth), node.text);
    let lines: Vec<_> = tree.nodes.iter().map(line).collect();
    // Where both have looked, in whatever order, all 6 that remain fail; of the 4 orders in
    // which the first takes its second step before, one holds.
    assert_eq!(
        lines,
        [
            "start 20, 18 fail",
            " adder[1] 10, 9 fail",
            "  adder[1] 4, 3 fail",
            "   adder[1] 1, 0 fail",
            "    adder[2] 1, 0 fail",
            "   adder[2] 3, 3 fail  2 ways meet",
            "    adder[1] 1, 1 fail",
            "    adder[2] 2, 2 fail  2 ways meet",
            "  adder[2] 6, 6 fail  2 ways meet",
            "   adder[1] 3, 3 fail  2 ways meet",
            "    adder[1] 1, 1 fail",
            "     adder[2] 1, 1 fail  2 ways meet",
            "    adder[2] 2, 2 fail  2 ways meet",
            "     adder[1] 1, 1 fail  2 ways meet",
            "     adder[2] 1, 1 fail  2 ways meet",
            "   adder[2] 3, 3 fail  2 ways meet",
            "    adder[1] 2, 2 fail  2 ways meet",
            "     adder[1] 1, 1 fail  2 ways meet",
            "     adder[2] 1, 1 fail  2 ways meet",
            "    adder[2] 1, 1 fail",
            "     adder[1] 1, 1 fail  2 ways meet",
            " adder[2] 10, 9 fail",
            "  adder[1] 6, 6 fail  2 ways meet",
            "   adder[1] 3, 3 fail  2 ways meet",
            "   adder[2] 3, 3 fail  2 ways meet",
            "  adder[2] 4, 3 fail",
            "   adder[1] 3, 3 fail  2 ways meet",
            "   adder[2] 1, 0 fail",
        ]
    );
}

/// A code that is well formed but cannot be played leaves the stage as it is.
#[test]
fn a_code_that_cannot_be_replayed_is_refused_on_the_screen() {
    let mut lab = TestRun::of("opposite");
    lab.steps(&[0]);
    let code = lab.state.snapshot.code.clone();
    let parts: Vec<&str> = code.split('-').collect();
    let text = format!("{}-{}-a9", parts[0], parts[1]);
    let text = format!("{text}-{}", crate::programs::code::check_digits(&text));
    lab.press(StepsCommand::Paste(text));
    lab.until("it is refused", |state| state.refused.is_some());
    assert_eq!(
        lab.state.refused.as_deref(),
        Some("not a code that can be replayed: step 5 cannot be taken: one has ended")
    );
    assert_eq!(lab.state.snapshot.rows.len(), 1);
}

/// The simplest failure by hand counts: fewer preemptions, then fewer steps.
#[test]
fn the_best_failure_by_hand_is_kept() {
    let mut state = sample_state();
    assert_eq!(state.best, Some((1, 6)));
    for (switches, best) in [(3, (1, 6)), (0, (0, 6)), (2, (0, 6))] {
        let mut snapshot = state.snapshot.clone();
        snapshot.switches = switches;
        state.show(snapshot);
        assert_eq!(state.best, Some(best));
    }
    let mut led = state.snapshot.clone();
    (led.switches, led.assisted) = (0, true);
    led.rows.truncate(1);
    state.show(led);
    assert_eq!(state.best, Some((0, 6)), "not by hand");
}
