//! The fold of facts, without any interpreter; real ones run in `tests/python`.

mod waits;

use super::facts::source::{SeenAt, SourceText};
use super::facts::{Exit, Figures, LockKind, LockReport, Outcome, ProcessReport, StartMethod};
use super::*;
use crate::kit::event::{LaneId, Stream, What};
use crate::lab::ActionKind;
use crate::lab::trial::settings_of;
use crate::printable::Printable;
use crate::scene::{Body, Span, Tone, Weight};

fn folded(live: bool, facts: &[Fact]) -> State {
    let mut state = State::new(&settings_of::<PythonLab>(&[], live));
    for fact in facts {
        state.apply(&Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact.clone()) });
    }
    state
}

fn output(text: &str) -> Fact {
    Fact::Output { stream: Stream::Stdout, text: text.to_owned() }
}

#[test]
fn the_result_keeps_the_first_output_and_the_screen_the_last() {
    let mut facts = vec![output("begin é")];
    facts.extend((0..90).map(|_| output(&"x".repeat(100_000))));
    facts.push(output("é end"));
    for (live, begins, ends) in [(false, true, false), (true, false, true)] {
        let written = folded(live, &facts).stdout;
        assert_eq!(written.text.starts_with("begin é"), begins);
        assert_eq!(written.text.ends_with("é end"), ends);
        assert!(written.text.len() <= 8 << 20);
        assert_eq!(written.text.len() as u64 + written.cut, 9_000_000 + 14);
    }
}

#[test]
fn what_went_wrong_is_the_first_finding() {
    let ended = |code, lost| {
        let exit = Exit { code: Some(code), signal: None };
        let facts = [
            Fact::Figures(Figures { lost_records: lost, ..Figures::default() }.into()),
            Fact::Ended(Outcome { exit, ..Outcome::default() }.into()),
        ];
        PythonLab::findings(&folded(false, &facts))
    };
    assert_eq!(ended(0, 0)[0].weight, Weight::Fine);
    assert_eq!(ended(3, 0)[0].weight, Weight::Broken);
    assert_eq!(ended(0, 7)[0].weight, Weight::Caution);
    assert!(ended(0, 7)[0].text.starts_with("7 records were lost"));
}

#[test]
fn a_script_that_was_stopped_is_a_caution_in_the_finding_the_badge_and_the_story() {
    let exit = Exit { code: None, signal: Some(2) };
    let fact = Fact::Ended(Outcome { exit, stopped: true, ..Outcome::default() }.into());
    let state = folded(false, std::slice::from_ref(&fact));
    assert_eq!(PythonLab::findings(&state)[0].weight, Weight::Caution);
    let badges = PythonLab::scene(&state, Detail::Full).badges;
    assert_eq!(badges.last().unwrap().tone, Tone::Caution);
    let event = Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact) };
    assert_eq!(PythonLab::describe(&state, &event).unwrap().tone, Tone::Caution);
}

#[test]
fn queues_lists_and_pools_have_their_bars_and_queues_and_locks_their_waiting_lines() {
    let figures: Figures = serde_json::from_value(serde_json::json!({
        "threads": [], "executors": [], "processes": [],
        "locks": [{
            "name": "lock", "kind": "lock", "place": "x.py:3", "acquires": 1, "contended": 0,
            "wait_us": null, "hold_us": null, "holder": "a", "waiting": ["b", "c"],
            "number": 1, "removed": false, "passed": 0,
        }, {
            "name": "ready", "kind": "event", "place": "x.py:4", "acquires": 5, "contended": 5,
            "wait_us": null, "hold_us": null, "holder": null, "waiting": [],
            "number": 2, "removed": false, "passed": 0,
        }],
        "queues": [{
            "name": "orders", "kind": "queue", "place": "x.py:1", "maxsize": 5, "puts": 9, "gets": 4,
            "left": 5, "longest": 5, "put_waits": 3, "get_waits": 0, "put_wait_us": null,
            "get_wait_us": null, "waiting_to_put": ["a", "b"], "waiting_to_get": [],
        }],
        "lists": [{
            "name": "items", "operations": 4, "found": 0, "appended": 3, "removed": 1, "failed": 1,
            "left": 2, "threads": 2,
        }, {
            "name": "numbers", "operations": null, "found": 4, "appended": null, "removed": null,
            "failed": null, "left": 5, "threads": null,
            "looked_at": { "changes": 1, "before": 4, "thread": "adder", "released": "lock" },
        }, {
            "name": "out", "operations": null, "found": 0, "appended": null, "removed": null,
            "failed": null, "left": 1, "threads": null,
            "looked_at": { "changes": 1, "before": 0, "thread": "adder", "released": null },
        }],
        "pools": [{
            "name": "pool", "place": "x.py:2", "size": 4, "start_method": "fork", "tasks": 8,
            "chunks": 4, "failed": 0, "total_ms": 31.0, "parts_ms":
            { "start": 10.0, "pickle": null, "compute": 15.0, "return": 1.0, "shutdown": 5.0 },
        }],
        "records": 1, "lost_records": 0,
    }))
    .unwrap();
    let state = folded(true, &[Fact::Figures(figures.into())]);
    let scene = PythonLab::scene(&state, Detail::Full);
    let bars =
        scene.rows.iter().flat_map(|row| &row.panels).filter_map(|panel| match &panel.body {
            Body::Bars(bars) => Some((panel.title.as_str(), bars)),
            _ => None,
        });
    let bars: Vec<_> = bars.collect();
    let [(pools, times), (title, lengths)] = bars.as_slice() else { panic!("{bars:?}") };
    assert_eq!((*pools, *title), ("Where pools spend their time", "Queues and lists"));
    assert_eq!(times.bars[0].values, [10.0, 15.0, 1.0, 5.0]);
    assert_eq!(times.bars[0].label.as_str(), "pool (4, fork)");
    let bar = |at: usize| {
        let bar = &lengths.bars[at];
        (bar.label.as_str(), bar.values[0], bar.figure.as_str(), bar.note.text.to_string())
    };
    assert_eq!(bar(0), ("orders", 5.0, "5 of 5", "a, b wait to put".into()));
    assert_eq!(bar(1), ("items", 2.0, "2", "3 appended, 1 removed".into()));
    let note = "looked at: 4 → 5 when adder released lock";
    assert_eq!(bar(2), ("numbers", 5.0, "5", note.into()));
    let note = "looked at: 0 → 1 in adder";
    assert_eq!(bar(3), ("out", 1.0, "1", note.into()));
    let panels = scene.rows.iter().flat_map(|row| &row.panels);
    let mut tables = panels.filter_map(|panel| match &panel.body {
        Body::Table(table) => Some(table),
        _ => None,
    });
    assert_eq!(tables.next().unwrap().rows[0][2].text.as_ref(), "a ◀ b, c");
    let findings = PythonLab::findings(&state);
    let has = |text: &str| findings.iter().any(|finding| finding.text.contains(text));
    assert!(
        has("1 of 4 operations on items") && has("orders: 3 waits for room, with 9 puts"),
        "{findings:?}"
    );
    assert!(!has("ready"), "who waits for an event is not kept out: {findings:?}");
    assert!(has("10.0 ms to start 4 workers by fork"), "{findings:?}");
}

#[test]
fn shared_values_have_a_table_and_a_lost_update_is_a_finding_if_no_record_was_lost() {
    let look = |lost_records: u64| {
        let value = serde_json::json!({
            "name": "count", "kind": "multiprocessing.value", "place": "x.py:3", "reads": 8,
            "writes": 7, "lost_updates": 2, "threads": 2,
            "cells": [{
                "name": "count", "value": 0.5, "reads": 8, "writes": 7, "lost_updates": 2,
            }],
        });
        let values = vec![serde_json::from_value(value).unwrap()];
        let figures = Figures { values, lost_records, ..Figures::default() };
        let state = folded(true, &[Fact::Figures(figures.into())]);
        let scene = PythonLab::scene(&state, Detail::Full);
        let mut panels = scene.rows.into_iter().flat_map(|row| row.panels);
        let panel = panels.find(|panel| panel.title.as_str() == "Shared values").unwrap();
        let Body::Table(table) = panel.body else { panic!("{panel:?}") };
        let row: Vec<_> = table.rows[0].iter().map(|cell| cell.text.to_string()).collect();
        let found = PythonLab::findings(&state);
        (row, found.iter().any(|finding| finding.text.contains("2 of 7 writes")))
    };
    let row = ["count", "0.5", "8", "7", "2"].map(str::to_owned);
    assert_eq!(look(0), (row.to_vec(), true));
    assert_eq!(look(1), (row.to_vec(), false));
}

#[test]
fn what_the_text_leaves_out_is_counted_in_words() {
    let process = ProcessReport {
        pid: 9,
        name: "p".into(),
        start_method: StartMethod::Fork,
        exit: Some(Exit { code: Some(0), signal: None }),
        lost: None,
    };
    let figures = Figures {
        processes: vec![process; 23],
        locks: vec![lock(1, "lock", LockKind::Lock); 21],
        ..Figures::default()
    };
    let state =
        folded(false, &[Fact::Figures(figures.into()), Fact::Ended(Outcome::default().into())]);
    let lines = result::outcome(&state);
    let more: Vec<_> = lines.iter().filter(|line| line.starts_with("... and")).collect();
    assert_eq!(more, ["... and 1 more lock", "... and 3 more processes"]);
    assert_eq!(lines.iter().filter(|line| line.starts_with("process p")).count(), 20);
}

/// A lock of the script as it is reported.
fn lock(number: u64, name: &str, kind: LockKind) -> LockReport {
    LockReport {
        number,
        name: name.into(),
        kind,
        place: "x.py:3".into(),
        acquires: 5,
        contended: 0,
        wait_us: None,
        hold_us: None,
        holder: None,
        waiting: Vec::new(),
        taken_away: false,
        passed: 7,
    }
}

#[test]
fn a_lock_that_is_taken_away_is_named_and_the_level_stays() {
    let figures = |locks: &[LockReport]| {
        Fact::Figures(Figures { locks: locks.to_vec(), ..Figures::default() }.into())
    };
    let taken = |taken_away| Fact::LockTaken { lock: 1, name: "lock".into(), taken_away };
    let one = figures(&[lock(1, "lock", LockKind::Lock), lock(2, "ready", LockKind::Event)]);
    let look = |facts: &[Fact]| {
        let state = folded(true, facts);
        let scene = PythonLab::scene(&state, Detail::Full);
        let labels = PythonLab::actions(&state).into_iter().map(|action| action.label.to_string());
        let mut tables = scene.rows.iter().flat_map(|row| &row.panels).filter_map(|panel| {
            let Body::Table(table) = &panel.body else { return None };
            Some(table.rows.clone())
        });
        let row = tables.next().unwrap().remove(0);
        let row: Vec<_> = row.into_iter().map(|cell| cell.text.to_string()).collect();
        (labels.collect::<Vec<_>>(), scene.badges[0].text.to_string(), row)
    };
    let (labels, badge, row) = look(std::slice::from_ref(&one));
    assert_eq!((&*labels[0], &*badge, &*row[2]), ("take away lock", "L0 watched", "free"));
    let (labels, badge, row) = look(&[one.clone(), taken(true)]);
    assert_eq!(
        (&*labels[0], &*badge, &*row[2]),
        ("give back lock", "L4 1 lock away", "taken away")
    );
    assert_eq!(row.last().unwrap(), "7");
    let (labels, badge, row) = look(&[one, taken(true), taken(false)]);
    assert_eq!((&*labels[0], &*badge, &*row[2]), ("take away lock", "L4 a lock was away", "free"));
    // Of several, a menu asks; those with numbers beyond those that can be cannot be taken away.
    let kinds = [(1, "a"), (64, "b"), (65, "c")].map(|(n, name)| lock(n, name, LockKind::RLock));
    let state = folded(true, &[figures(&kinds)]);
    let [action, _pause, _mode] = &PythonLab::actions(&state)[..] else { panic!("not three") };
    let ActionKind::Choose { items, .. } = &action.kind else { panic!("{action:?}") };
    let texts: Vec<_> = items.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["take away a (x.py:3)", "take away b (x.py:3)"]);
}

/// What each key of the lab does: its actions, then its settings.
fn keys(state: &State) -> Vec<String> {
    let actions = PythonLab::actions(state).into_iter().map(|action| action.label.to_string());
    let controls = PythonLab::controls(state).iter().map(|control| control.key().to_owned());
    actions.chain(controls).filter(|label| !label.is_empty()).collect()
}

#[test]
fn a_key_leads_to_the_other_mode_and_a_script_that_is_stepped_has_no_delay() {
    let leads_to = |state: &State| {
        let actions = PythonLab::actions(state).into_iter();
        let restart = actions.filter_map(|action| match action.kind {
            ActionKind::Restart(values) => Some((action.key, values)),
            _ => None,
        });
        restart.collect::<Vec<_>>()
    };
    let watched = folded(true, &[]);
    assert_eq!(keys(&watched), ["pause", "step its threads", "delay"]);
    let step = vec![settings::MODE.with(Mode::Step)];
    assert_eq!(leads_to(&watched), [(crate::lab::Key::Char('m'), step)]);
    // Its end leaves what is about another run.
    let ended = folded(true, &[Fact::Ended(Outcome::default().into())]);
    assert_eq!(keys(&ended), ["step its threads", "delay"]);
    let step = |facts: &[Fact]| {
        let mut state = State::new(&settings_of::<PythonLab>(&[("mode", "step")], true));
        for fact in facts {
            state.apply(&Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact.clone()) });
        }
        state
    };
    assert_eq!(keys(&step(&[])), ["watch it run"]);
    let failed = step(&[Fact::Failed { why: "no such interpreter".into() }]);
    assert_eq!(keys(&failed), ["watch it run"]);
    // A schedule that stayed would be stepped again.
    let [(_, values)] = &leads_to(&failed)[..] else { panic!("not one key") };
    assert_eq!(values, &[settings::MODE.with(Mode::Watch), SCHEDULE.with("")]);
}

#[test]
fn how_threads_spend_their_time_stands_beside_the_locks() {
    let states = serde_json::json!({
        "running_share": 0.5, "core_share": 0.0, "gil_share": 0.5, "lock_share": 0.0,
        "sleep_share": 0.0, "io_share": 0.0, "samples": 30,
    });
    let figures = |states: &serde_json::Value, lists: serde_json::Value| {
        serde_json::from_value::<Figures>(serde_json::json!({
            "threads": [{
                "name": "a", "role": "user", "daemon": false, "ended": null, "error": null,
                "error_at": null, "states": states,
            }],
            "locks": [], "queues": [], "executors": [], "processes": [], "pools": [],
            "lists": lists, "records": 1, "lost_records": 0,
        }))
        .unwrap()
    };
    let list = serde_json::json!([{
        "name": "items", "operations": 4, "found": 0, "appended": 3, "removed": 1, "failed": 0,
        "left": 2, "threads": 2,
    }]);
    let titles = |figures: Figures| {
        let scene = PythonLab::scene(&folded(true, &[Fact::Figures(figures.into())]), Detail::Full);
        let row = |row: &crate::scene::Row| {
            let kind = |body: &Body| if matches!(body, Body::Bars(_)) { "bars" } else { "" };
            let titles = row.panels.iter().map(|one| format!("{} {}", one.title, kind(&one.body)));
            titles.collect::<Vec<_>>().join("|")
        };
        scene.rows.iter().map(row).collect::<Vec<_>>()
    };
    let none = serde_json::json!([]);
    let rows = titles(figures(&states, none.clone()));
    assert_eq!(rows[1..3], ["Output ", "Locks of the script |Threads bars"]);
    let rows = titles(figures(&serde_json::Value::Null, none));
    assert_eq!(rows[2], "Locks of the script |Threads ");
    let rows = titles(figures(&states, list));
    assert_eq!(rows[1..4], ["Lists that threads share bars", "Output ", "Threads bars"]);
}

#[test]
fn a_pause_a_delay_and_a_kill_are_named_with_what_they_mean() {
    let process = ProcessReport {
        pid: 9,
        name: "Worker-1".into(),
        start_method: StartMethod::Fork,
        exit: None,
        lost: Some("chunk 2".into()),
    };
    let pool = serde_json::json!({
        "name": "pool", "place": "x.py:2", "size": 4, "start_method": "fork", "tasks": 8,
        "chunks": 4, "done": 3, "failed": 0, "total_ms": null, "parts_ms":
        { "start": null, "pickle": null, "compute": null, "return": null, "shutdown": null },
    });
    let pools = vec![serde_json::from_value(pool).unwrap()];
    let figures = Figures { processes: vec![process], pools, ..Figures::default() };
    let ms = std::time::Duration::from_millis;
    let mut facts = vec![Fact::Figures(figures.into()), Fact::Paused { running: 1 }];
    let state = folded(true, &facts);
    assert_eq!(keys(&state), ["resume", "kill a process", "step its threads", "delay"]);
    assert!(PythonLab::findings(&state)[0].text.contains("but for 1 process that left"));
    let badges = |state: &State| {
        let badges = PythonLab::scene(state, Detail::Full).badges;
        badges.iter().map(|badge| badge.text.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(badges(&state), ["L1 paced by hand", "paused"]);
    facts.push(Fact::Resumed { paused: ms(1500) });
    facts.push(Fact::Slowed { delay: ms(10) });
    facts.push(Fact::Killed { pid: 9, name: "Worker-1".into() });
    let state = folded(true, &facts);
    assert_eq!(badges(&state)[..2], ["L1 paced by hand", "delay 10 ms"]);
    assert_eq!(keys(&state), ["pause", "step its threads", "delay"]);
    let findings = PythonLab::findings(&state);
    for (at, text) in [
        (0, "You killed Worker-1 (process 9): pool started another worker, but chunk 2 was lost"),
        (0, "3 of 4 chunks are done"),
        (1, "paused by hand for 1.50 s"),
        (2, "waits 10.0 ms after each recorded event"),
    ] {
        assert!(findings[at].text.contains(text), "{findings:?}");
    }
    let result = PythonLab::result(&state);
    let figures = ["paused_ms", "delay_ms"].map(|key| result[key].as_f64());
    assert_eq!((figures, &result["killed"][0]), ([Some(1500.0), Some(10.0)], &9.into()));
}

#[test]
fn the_source_stands_beside_the_output_and_what_is_wrong_with_it_is_a_word() {
    let source = |lines: &[&str], note: &str| {
        let lines = lines.iter().map(|line| Printable::from(*line)).collect();
        Fact::Source(SourceText { lines, note: note.into() })
    };
    let shown = |fact| {
        let seen_at = SeenAt { thread: "adder".into(), lane: 2, line: 2 };
        let figures = Figures { seen_at: vec![seen_at], ..Figures::default() };
        let state = folded(true, &[fact, Fact::Figures(figures.into())]);
        let scene = PythonLab::scene(&state, Detail::Full);
        let mut panels = scene.rows.into_iter().flat_map(|row| row.panels);
        panels.find(|panel| panel.title.starts_with("Source")).unwrap()
    };
    let panel = shown(source(&["def f():", "    pass"], "cut"));
    assert_eq!(panel.note.as_str(), "cut; ◀ last seen at");
    let Body::Code(code) = panel.body else { panic!("{panel:?}") };
    let lines = &code.listings[0].lines;
    assert!(lines[0].at.is_empty());
    assert_eq!(lines[1].at, [Span::new("adder", Tone::of_thread(1))]);
    let panel = shown(source(&[], "unreadable"));
    assert_eq!((panel.note.as_str(), panel.body), ("", Body::Lines(vec!["unreadable".into()])));
}
