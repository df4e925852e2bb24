//! Each program as it is asked about, shown, searched and described.

use std::fmt::Write as _;

use super::super::super::experiment::snapshot::Snapshot;
use super::figures::{apply, shown, state};
use super::*;
use crate::kit::explore::query::first_state;
use crate::kit::explore::{Config, Limits, ScheduleStep, simplest_failure};
use crate::programs;
use crate::scene::written;

/// Each program as it is asked about, half way to its simplest failure, at that failure, and
/// half way through its repaired version, with what its things hold after each step.
#[test]
fn the_whole_of_each_program() {
    for program in programs::ALL {
        let case = program.usual();
        let config = Config { memory: case.memory, ..Config::default() };
        let found = simplest_failure(&program.prepare(case), &Limits::default(), &config).unwrap();
        let schedule: Vec<_> = found.schedule();
        let trace = &found.trace;
        let at = |steps: usize| {
            let mut state = state(program.id);
            let ready = trace.at(steps).ready();
            let snapshot = Snapshot::after(trace, steps, ready, String::new());
            apply(&mut state, Fact::Snapshot(Box::new(snapshot)));
            state
        };
        let things = |state: &State| {
            let all = state.snapshot.things.iter();
            let all = all.map(|it| format!("{}={}", it.name, it.value));
            all.collect::<Vec<_>>().join(" ")
        };
        let mut out = format!(
            "{}\n{}\n{:?} right {}\n{}\n{}\n{}\n{:?}\n{:?}\n{}\n",
            program.title,
            program.question,
            program.guesses,
            program.right,
            program.invariant,
            program.hint,
            program.lesson,
            program.size,
            program.repair,
            program.has_memory_choice(),
        );
        for steps in 0..=trace.len() {
            let _ = writeln!(out, "{steps}: {}", things(&at(steps)));
        }
        assert_eq!(schedule.len(), trace.len());
        out += &written(&crate::lab::trial::scene_of::<Steps>(&at(trace.len() / 2), Detail::Full));
        let repaired = first_state(&program.prepare(program.right_case()), &config);
        let ready = repaired.unwrap().unwrap().ready();
        // The second thread, unless it has to wait for another.
        let second = Some(ScheduleStep::Thread(1)).filter(|it| ready.contains(*it));
        let first = second.or_else(|| ready.first()).unwrap().thread();
        for steps in [0, 2, 3] {
            let repaired = shown(program, true, &[u8::try_from(first).unwrap()], steps);
            let _ = writeln!(out, "repaired {steps}: {}", things(&repaired));
            let scene = written(&crate::lab::trial::scene_of::<Steps>(&repaired, Detail::Compact));
            let threads = scene.lines().skip_while(|line| !line.contains("next -> reads"));
            let threads = threads.take(repaired.snapshot.threads.len() + 1);
            for line in threads {
                let _ = writeln!(out, "{}", line.trim());
            }
        }
        let end = explore_text(program.id);
        out += &end;
        insta::assert_snapshot!(format!("program_{}", program.id), out);
    }
}

/// What a search of this program says, without what takes another time each time.
fn explore_text(id: &str) -> String {
    use super::super::super::experiment::explore::{Question, answer_until};
    let program = programs::find(id).unwrap();
    let question = Question {
        program,
        case: program.usual(),
        search: "all",
        seed: 5,
        bound: None,
        limit: Some(400),
    };
    let stop = crate::kit::stop::Stop::new();
    let mut found =
        answer_until(&question, &stop, &crate::kit::explore::Progress::default()).unwrap();
    assert!(found.json["elapsed_ms"].take().as_f64().unwrap() < 120_000.0);
    // The codes change with each change of a program's source.
    let code = found.json["shortest"]["code"].take();
    let code = code.as_str().unwrap_or("-").to_owned();
    let text = found.text.replace(&code, "CODE");
    if !["counter", "store"].contains(&id) {
        // They stand in the text.
        found.json["shortest"]["steps"].take();
    }
    let json = serde_json::to_string_pretty(&found.json).unwrap();
    format!(
        "{text}{json}\nfailed {}, {:?}, {:?}\n",
        found.failed, found.incomplete, found.unfinished
    )
}
