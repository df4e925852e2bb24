//! Where the marks stand in the code that is shown.

use super::super::super::experiment::snapshot::Snapshot;
use super::figures::{panel, shown, state};
use super::*;
use crate::kit::explore::{Config, Limits, simplest_failure};
use crate::programs;
use crate::scene::{Language, Listing};

/// The marked lines: what stands there, and who.
fn marked(code: &Listing) -> Vec<(&str, String)> {
    let lines = code.lines.iter().filter(|line| !line.at.is_empty());
    let who = |line: &crate::scene::CodeLine| {
        let spans = line.at.iter().map(|span| span.text.as_str());
        spans.collect::<String>()
    };
    lines.map(|line| (line.text.trim(), who(line))).collect()
}

fn code(state: &State, language: Language) -> Listing {
    match panel(state, "Code").body {
        Body::Code(code) => code.listings.into_iter().find(|it| it.language == language).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// What the broken program does not execute is crossed out, in both languages, and nothing is in
/// the repaired one.
#[test]
fn a_lock_that_is_off_is_crossed_out() {
    let skipped = |id, repaired, language| {
        let state = shown(programs::find(id).unwrap(), repaired, &[0], 0);
        let lines = code(&state, language).lines.into_iter().filter(|line| line.skipped);
        lines.map(|line| line.text.trim().to_owned()).collect::<Vec<_>>()
    };
    let lock = "let guard = shared.lock.lock_if(&shared.on)?;";
    assert_eq!(skipped("counter", false, Language::Python), ["with lock:"]);
    assert_eq!(skipped("counter", false, Language::Rust), [lock]);
    assert_eq!(
        skipped("nowait", false, Language::Python),
        ["ready.wait()            # only when repaired"]
    );
    for (id, language) in
        [("counter", Language::Python), ("counter", Language::Rust), ("nowait", Language::Python)]
    {
        assert!(skipped(id, true, language).is_empty(), "{id} {language:?}");
    }
}

#[test]
fn the_markers_stand_at_the_line_that_comes_next() {
    let counter = programs::find("counter").unwrap();
    let at = |steps| shown(counter, false, &[0, 1, 0], steps);
    let owned = |all: &[(&str, &str)]| -> Vec<(String, String)> {
        let all = all.iter();
        all.map(|(line, who)| ((*line).to_owned(), (*who).to_owned())).collect()
    };
    let marks = |state: &State, title| {
        let code = code(state, title);
        let marks = marked(&code).into_iter();
        marks.map(|(line, who)| (line.to_owned(), who)).collect::<Vec<_>>()
    };
    let (load, local) = ("let seen = shared.count.load(Relaxed);", "local(\"add 1\");");
    let store = "shared.count.store(seen + 1, Relaxed);";
    assert_eq!(marks(&at(0), Language::Rust), owned(&[(load, "12")]));
    assert_eq!(marks(&at(0), Language::Python), owned(&[("seen = count", "12")]));
    assert_eq!(marks(&at(1), Language::Rust), owned(&[(load, "2"), (local, "1")]));
    assert_eq!(
        marks(&at(1), Language::Python),
        owned(&[("seen = count", "2"), ("seen += 1", "1")])
    );
    assert_eq!(marks(&at(3), Language::Rust), owned(&[(local, "2"), (store, "1")]));
    assert_eq!(
        marks(&at(3), Language::Python),
        owned(&[("seen += 1", "2"), ("count = seen", "1")])
    );
}

/// In every program, at every moment of its simplest failure: a thread that will load stands
/// at a load, one that will store at a store.
#[test]
fn each_marker_stands_at_such_a_step_as_the_thread_would_take() {
    let mut looked_at = 0;
    for program in programs::ALL {
        let case = program.usual();
        let config = Config { memory: case.memory, ..Config::default() };
        let found = simplest_failure(&program.prepare(case), &Limits::default(), &config).unwrap();
        for steps in 0..found.trace.len() {
            let mut state = state(program.id);
            let ready = found.trace.at(steps).ready();
            state.show(Snapshot::after(&found.trace, steps, ready, String::new()));
            let code = code(&state, Language::Rust);
            let marks = marked(&code);
            for (thread, thread_view) in state.snapshot.threads.iter().enumerate() {
                let sign = (thread + 1).to_string();
                let lines: Vec<_> = marks.iter().filter(|mark| mark.1.contains(&sign)).collect();
                let verb = thread_view.next.split(' ').next().unwrap();
                let call = match verb {
                    "" => {
                        assert!(lines.is_empty(), "{}: {} has ended", program.id, thread_view.name);
                        continue;
                    }
                    "load" => ".load(",
                    "store" => ".store(",
                    _ => "",
                };
                assert_eq!(lines.len(), 1, "{} at {steps}: {}", program.id, thread_view.next);
                let line = lines[0].0;
                assert!(line.contains(call), "{}: {} at {line}", program.id, thread_view.next);
                looked_at += usize::from(!call.is_empty());
            }
        }
    }
    assert!(looked_at > 50, "{looked_at}");
}
