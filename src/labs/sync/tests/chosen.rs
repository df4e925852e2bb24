//! What the live screen shows of the choice: the findings about the chosen tool before those about
//! the others, and the tool, its use, workers and pace in the title.

use super::shown::run;
use super::*;
use crate::lab::{Control, Value};

/// A live screen on which the lock was misused, a correct use of the barrier has failed, and the
/// re-entrant lock was chosen then.
fn walked(live: bool) -> State {
    let mut settings = settings(&[]);
    settings.live = live;
    let mut state = Sync::state(&settings);
    let lost = Some("1 of 8 additions was lost".to_owned());
    let skipped = experiment::tool::Outcome { finding: lost, ..outcome("8", "7") };
    let facts = run("lock", Some("skip"), skipped).into_iter();
    let facts = facts.chain(run("barrier", None, outcome("8", "6")));
    facts.for_each(|fact| describe(&mut state, fact));
    describe(&mut state, Fact::Started { tool: "rlock", misuse: None });
    state
}

fn own(state: &State) -> Vec<String> {
    let own = findings::findings(state).into_iter().filter(|finding| !finding.elsewhere);
    own.map(|finding| finding.text.to_string()).collect()
}

#[test]
fn what_is_known_of_other_tools_follows_on_the_screen() {
    let mut state = walked(true);
    assert_eq!(own(&state), ["RLock, correct use: a run is under way."]);
    assert_eq!(findings::findings(&state).len(), 3, "the others are still there");
    let (tool, misuse) = ("rlock", None);
    describe(&mut state, Fact::Outcome { tool, misuse, outcome: outcome("24", "24") });
    assert_eq!(own(&state), ["RLock, correct use: 24, as expected."]);
    let kept = Some("the lock was kept".to_owned());
    let kept = experiment::tool::Outcome { finding: kept, ..outcome("4", "2") };
    for fact in run(tool, Some("few-releases"), kept) {
        describe(&mut state, fact);
    }
    let kept = "RLock, released once less than taken: the lock was kept.";
    assert_eq!(own(&state), [kept]);
    // The misuse that runs for the first time comes before the one that ran.
    describe(&mut state, Fact::Started { tool, misuse: Some("plain-lock") });
    let under_way = "RLock, a plain lock, taken again by its holder: a run is under way.";
    assert_eq!(own(&state), [under_way, kept]);
}

#[test]
fn without_a_screen_all_tools_are_equal() {
    let all = [
        "Barrier, correct use: expected 8, got 6.",
        "Lock, one thread skips the lock: 1 of 8 additions was lost.",
    ];
    assert_eq!(own(&walked(false)), all);
}

fn live(tool: &str) -> State {
    let mut settings = settings(&[("tool", tool), ("workers", "4"), ("pace", "100ms")]);
    settings.live = true;
    Sync::state(&settings)
}

fn badges(state: &State) -> Vec<String> {
    let badges = Sync::scene(state, Detail::Full).badges;
    badges.into_iter().map(|badge| badge.text.to_string()).collect()
}

#[test]
fn the_title_shows_workers_and_pace_and_last_the_tool() {
    let mut state = live("lock");
    let correct = ["4 workers", "pace 100 ms", "threads", "correct use", "threading.Lock"];
    assert_eq!(badges(&state), correct);
    describe(&mut state, Fact::Changed { workers: 8, pace_ns: 30_000_000 });
    assert_eq!(badges(&state)[..2], ["8 workers", "pace 30.0 ms"]);
    // A replay has the threads of its program, however many workers are set.
    describe(&mut state, Fact::Started { tool: "lock", misuse: Some("order") });
    assert_eq!(badges(&state)[1..], ["threads", "misuse: order", "threading.Lock"]);
}

/// Columns of the title border beside the name of the lab, at 80 and at 120 columns.
#[test]
fn the_title_has_room_for_tool_and_use_and_on_a_wider_screen_for_all() {
    for tool in experiment::tools::ALL {
        let mut state = live(tool.id);
        describe(&mut state, Fact::Changed { workers: 16, pace_ns: 1_000_000_000 });
        let uses = tool.misuses.iter().map(|misuse| Some(misuse.name)).chain([None]);
        for misuse in uses {
            describe(&mut state, Fact::Started { tool: tool.id, misuse });
            let badges = badges(&state);
            let columns = |from| badges[from..].iter().map(|text| text.len() + 3).sum::<usize>();
            assert!(columns(badges.len() - 2) <= 55, "{badges:?}");
            assert!(columns(0) <= 95, "{badges:?}");
        }
    }
}

#[test]
fn a_setting_is_on_the_screen_at_once() {
    let (before, mut after) = (settings(&[]), settings(&[]));
    for (key, value, restarts) in [
        ("pace", Value::Time(Duration::from_millis(30)), false),
        ("workers", Value::Number(8), true),
    ] {
        after.put_value(key, value.clone());
        let changed =
            Fact::Changed { workers: after.get(WORKERS), pace_ns: settings::pace_ns(&after) };
        let set = Command::Set { key, value };
        let expected = if restarts { Effect::RestartAnd(changed) } else { Effect::Emit(changed) };
        assert_eq!(Sync::effect(&set, &before, &after), expected);
    }
}

#[test]
fn the_keys_go_through_the_tools_and_stop_at_both_ends() {
    let control: &dyn Control = &TOOL;
    let step = |now, steps| {
        let next = control.step(&control.read(now).unwrap(), steps, false);
        next.map(|value| value.to_string())
    };
    assert_eq!(step("lock", -1), None);
    assert_eq!(step("lock", 1).as_deref(), Some("rlock"));
    assert_eq!(step("process-array", 1), None);
}

/// At 80 columns a pane has room for 77, and its lists of tools are out of sight.
#[test]
fn the_first_line_says_which_tool_is_chosen_and_what_comes_next() {
    let strips = experiment::tools::ALL.iter().map(|tool| {
        let scene = crate::lab::trial::scene_of::<Sync>(&live(tool.id), Detail::Full);
        let Body::Lines(lines) = &scene.rows[0].panels[0].body else { panic!("no line") };
        lines[0].to_string()
    });
    let strips: Vec<_> = strips.collect();
    let lock = "↑↓ ▸Lock  RLock  Condition  Semaphore  Event  Barrier  Queue  +10 processes";
    assert_eq!(strips[0], lock);
    assert!(strips[9].starts_with("↑↓ +7 Lock Condition▸Semaphore Event "), "{}", strips[9]);
    assert!(strips.iter().all(|strip| strip.chars().count() <= 77), "{strips:#?}");
    assert!(strips.iter().all(|strip| strip.matches('▸').count() == 1), "{strips:#?}");
}
