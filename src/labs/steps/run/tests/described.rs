//! The story, what a fact leaves behind, and what is asked of a real stage.

use super::super::super::experiment::levels::{self, LevelScore};
use super::super::super::experiment::progress::Scores;
use super::super::super::experiment::setup::Setup;
use super::super::super::experiment::snapshot::Snapshot;
use super::super::super::experiment::user_progress::UserProgress;
use super::super::super::facts::{QueryReply, Searched};
use super::figures::{apply, coverage};
use super::whole::{busy, end, made_up, row, searched};
use super::*;
use crate::kit::event::{LaneId, Stamped};
use crate::kit::explore::{Config, Memory};
use crate::kit::stop::Stop;
use crate::programs::Case;
use crate::programs::{self, code};

fn setup(repaired: bool) -> Fact {
    let program = programs::ALL[0];
    let case = Case { repaired, ..program.usual() };
    Fact::Program { setup: Setup { program, case } }
}

fn snapshot(change: impl Fn(&mut Snapshot)) -> Fact {
    let mut snapshot = made_up();
    change(&mut snapshot);
    Fact::Snapshot(Box::new(snapshot))
}

fn ended(kind: Option<&str>, held: bool) -> Fact {
    snapshot(|it| it.end = Some(end(kind, held, None)))
}

#[test]
fn the_whole_story() {
    let state = busy();
    let (question, answer) = ("ever x".to_owned(), "no".to_owned());
    let facts = [
        setup(false),
        setup(true),
        snapshot(|_| {}),
        snapshot(|it| it.rows.push(row(3, false, "load y", "9"))),
        snapshot(|it| it.rows.truncate(1)),
        snapshot(|it| it.refused = true),
        ended(Some("lost_update"), false),
        ended(None, true),
        ended(None, false),
        Fact::Searched(searched(1_924, 918)),
        Fact::Searched(Searched { coverage: coverage(7, 2, false), ..searched(1, 1) }),
        Fact::SearchStopped,
        Fact::Replied(QueryReply { question, answer, shown: false }),
        Fact::Refused { why: "no code".to_owned() },
        Fact::Guessed { guess: 1 },
        Fact::Answer {
            result: serde_json::Value::Null,
            lines: ["one", "two", "three"].map(str::to_owned).to_vec(),
            fault: None,
        },
        Fact::Progress { scores: Scores::new(), not_saved: Some("Disk full".to_owned()) },
        Fact::Progress { scores: Scores::new(), not_saved: None },
        Fact::Hinted,
        Fact::Tree { nodes: Vec::new() },
    ];
    let described: Vec<_> = facts
        .into_iter()
        .map(|fact| {
            let (at, lane, what) = (0, LaneId(0), What::Fact(fact));
            let described = Steps::describe(&state, &Stamped { at, lane, what });
            described.map_or("-".to_owned(), |it| format!("{} <{:?}>", it.text, it.tone))
        })
        .collect();
    assert_eq!(
        described,
        [
            "Read, add, write: all threads are paused <Plain>",
            "Read, add, write, repaired: all threads are paused <Plain>",
            "Step of shut[2]: add 1 <Plain>",
            "Step of wait[4]: load y -> 9 <Plain>",
            "Undone <Dim>",
            "That step cannot be taken now <Caution>",
            "In the end: the end <Broken>",
            "In the end: the end <Good>",
            "In the end: the end <Caution>",
            "1,924 interleavings searched, 918 fail <Accent>",
            "7 interleavings searched, not all, 2 fail <Accent>",
            "The search was stopped <Caution>",
            "Ever x: no <Accent>",
            "No code <Caution>",
            "You expect: 1 or 2 <Accent>",
            "Two <Accent>",
            "Disk full <Caution>",
            "-",
            "-",
            "-",
        ]
    );
}

#[test]
fn what_a_fact_leaves_behind_and_what_not() {
    let mut state = busy();
    let (what, runs) = ("all".to_owned(), 1);
    let under_way = Fact::Searching { what, runs, coverage: coverage(1, 0, false) };
    apply(&mut state, under_way.clone());
    apply(&mut state, Fact::SearchStopped);
    assert_eq!(state.searching, None);
    let (question, answer) = ("ever x".to_owned(), "no".to_owned());
    apply(&mut state, under_way);
    apply(&mut state, Fact::Replied(QueryReply { question, answer, shown: false }));
    assert!(state.searching.is_none() && state.reply.is_some());
    apply(&mut state, Fact::Searched(searched(1, 0)));
    assert_eq!(state.reply, None);
    apply(&mut state, Fact::Refused { why: "no".to_owned() });
    apply(&mut state, snapshot(|_| {}));
    assert_eq!(state.refused, None);
    let not_saved = Some("full".to_owned());
    let scores = [("pop".to_owned(), LevelScore { broken: true, ..LevelScore::default() })];
    apply(
        &mut state,
        Fact::Progress { scores: scores.into_iter().collect(), not_saved: not_saved.clone() },
    );
    apply(&mut state, Fact::Guessed { guess: 2 });
    apply(&mut state, Fact::Hinted);
    apply(&mut state, setup(true));
    assert_eq!((state.guess, state.hinted, state.searched.clone()), (Some(2), true, None));
    let program = programs::ALL[3];
    apply(&mut state, Fact::Program { setup: Setup { program, case: program.usual() } });
    assert_eq!((state.guess, state.hinted), (None, false));
    assert!(state.done("pop").broken && state.not_saved == not_saved);
    let fault = Some("not all".to_owned());
    let lines = vec!["a".to_owned(), "b".to_owned()];
    let result = serde_json::json!({ "a": 1 });
    apply(&mut state, Fact::Answer { result: result.clone(), lines: lines.clone(), fault });
    assert!(Steps::finished(&state));
    assert_eq!((Steps::result(&state), Steps::summary(&state)), (result, lines));
    let not_run: Vec<_> = Steps::not_run(&state).iter().map(ToString::to_string).collect();
    assert_eq!(not_run, ["pop could not be run: not all"]);
}

#[test]
fn settings_ask_for_these_versions() {
    let setup = |set: &[(&str, &str)]| {
        let mut settings = Settings::defaults(&Steps::INFO, 1, PathBuf::new(), true);
        for (key, value) in set {
            settings.set(&Steps::INFO, key, value).unwrap();
        }
        let mut again = Settings::defaults(&Steps::INFO, 1, PathBuf::new(), true);
        let setup = Setup::of(&settings);
        setup.put_into(&mut again);
        let text = |setup| serde_json::to_string(&setup).unwrap();
        assert_eq!(text(Setup::of(&again)), text(setup), "as it was put");
        (text(setup), Steps::check(&settings).err().map(|conflict| conflict.why))
    };
    let version = |program: &str, n: u32, repaired: bool, memory: &str| {
        format!(r#"{{"memory":"{memory}","n":{n},"program":"{program}","repaired":{repaired}}}"#)
    };
    assert_eq!(setup(&[]), (version("counter", 2, false, "sc"), None));
    let list = [("program", "list"), ("n", "3"), ("lock", "on")];
    assert_eq!(setup(&list), (version("list", 3, true, "sc"), None));
    let store = [("program", "store"), ("memory", "sc")];
    assert_eq!(setup(&store), (version("store", 0, false, "sc"), None));
    assert_eq!(setup(&store[..1]), (version("store", 0, false, "tso"), None));
    let peterson = [("program", "peterson"), ("memory", "tso")];
    assert_eq!(setup(&peterson), (version("peterson", 0, false, "tso"), None));
    let size = |id| programs::find(id).unwrap().size.unwrap();
    let (least, most) = (size("counter").least, size("counter").most);
    assert_eq!(
        setup(&[("n", "9")]),
        (
            version("counter", most, false, "sc"),
            Some(format!("n=9 is not from {least} to {most}, the sizes of program=counter"))
        )
    );
    let why = |set: &[(&str, &str)]| setup(set).1.unwrap();
    assert_eq!(why(&[("program", "store"), ("n", "2")]), "n=2, but program=store has one size");
    assert_eq!(why(&[("memory", "tso")]), "memory=tso, but program=counter runs under sc alone");
}

#[test]
fn what_is_pressed_reaches_the_program_run() {
    let mut lab = TestRun::of("counter");
    lab.press(StepsCommand::Finish(1));
    lab.until("the second has ended", |state| state.snapshot.rows.len() == 3);
    assert!(lab.state.snapshot.rows.iter().all(|row| row.thread == 1));
    lab.press(StepsCommand::Seek(2));
    lab.until("it is at its second step", |state| state.snapshot.rows.len() == 2);
    lab.press(StepsCommand::Hint);
    lab.until("the hint is shown", |state| state.hinted);
    // A wrong prediction is one as well.
    lab.press(StepsCommand::Guess(2));
    lab.until("it is predicted", |state| state.done("counter").predicted.is_some());
    assert_eq!(lab.state.done("counter").predicted, Some(false));
    assert_eq!(lab.state.guess, Some(2));
    // A code brings its program, its size, its version and its memory.
    let list = programs::find("list").unwrap();
    let case = Case { n: 1, repaired: true, memory: Memory::Sc };
    let program = list.prepare(case);
    let trace = crate::kit::explore::explore(
        crate::kit::explore::Replay::new(Vec::new()),
        program,
        &Config::default(),
    );
    let text = code::encode(list, case, &trace.scheduler.found.unwrap().trace);
    lab.press(StepsCommand::Paste(text));
    lab.until("it is replayed", |state| {
        state.setup.program.id == "list" && state.snapshot.end.is_some()
    });
    assert_eq!(lab.state.setup.case, case);
    // And they are the settings from now on.
    lab.lab.command(Command::set(LOCK, false));
    lab.until("it is not repaired", |state| !state.setup.case.repaired);
    assert_eq!((lab.state.setup.program.id, lab.state.setup.case.n), ("list", 1));
}

#[test]
fn a_search_reports_what_it_looks_for_and_its_progress() {
    let mut lab = TestRun::of("list");
    lab.lab.command(Command::set(N, SizeChoice::Of(5)));
    lab.until("the larger one is on", |state| state.setup.case.n == 5);
    lab.press(StepsCommand::Query("end len == 77".to_owned()));
    lab.until("why not, or that it looks", |state| {
        state.refused.is_some() || state.searching.is_some()
    });
    if let Some(searching) = &lab.state.searching {
        assert_eq!(searching.what, "an answer to: end len == 77");
    }
    lab.press(StepsCommand::Search);
    lab.until("failures are reported", |state| {
        let all = state.searching.as_ref();
        all.is_some_and(|it| {
            it.what == "all interleavings" && it.coverage.failed > 0 && it.runs > 0
        })
    });
    let coverage = lab.state.searching.as_ref().unwrap().coverage;
    assert!(coverage.total >= coverage.failed && !coverage.complete, "{coverage:?}");
}

/// Only a failure of the broken version, by hand, counts; until one is at par.
#[test]
fn what_is_seen_counts_once() {
    let (recorder, mut reader) = recorder();
    let lane = recorder.lane("main");
    let settings = Settings::defaults(&Steps::INFO, 1, PathBuf::new(), true);
    let mut user_progress = UserProgress::new(&lane, &settings, Stop::new());
    let program = programs::ALL[0];
    let usual = Setup { program, case: program.usual() };
    let right = Setup { program, case: program.right_case() };
    let mut result = |setup, switches, failed: bool, assisted| {
        let end = end(failed.then_some("lost_update"), !failed, None);
        let snapshot = Snapshot { switches, assisted, end: Some(end), ..Snapshot::default() };
        user_progress.record_run(setup, &snapshot);
        lane.flush();
        let mut done = None;
        reader.drain(usize::MAX, |event| {
            if let What::Fact(Fact::Progress { scores, .. }) = event.what {
                done = scores.get("counter").copied();
            }
        });
        done.map(|done| (done.broken, done.extra_switches))
    };
    assert_eq!(result(right, 1, true, false), None, "repaired");
    assert_eq!(result(usual, 1, true, true), None, "not by hand");
    assert_eq!(result(usual, 1, false, false), None, "it held");
    assert_eq!(result(usual, 5, true, false), Some((true, Some(4))));
    assert_eq!(result(usual, 3, true, false), Some((true, Some(2))));
    assert_eq!(result(usual, 4, true, false), None, "no better");
    assert_eq!(result(usual, 1, true, false), Some((true, Some(0))));
    // Neither a smaller one nor another memory proves a repair.
    let store = programs::find("store").unwrap();
    let (usual, mut other) = (store.usual(), store.usual());
    other.memory = Memory::Sc;
    assert!(levels::is_proof(Setup { program: store, case: usual }));
    assert!(!levels::is_proof(Setup { program: store, case: other }));
    let mut small = program.usual();
    assert!(levels::is_proof(Setup { program, case: small }));
    small.n -= 1;
    assert!(!levels::is_proof(Setup { program, case: small }));
}

#[test]
fn what_was_undone_is_forgotten_once_an_operation_is_finished() {
    let mut lab = TestRun::of("counter");
    lab.steps(&[1, 0]);
    lab.press(StepsCommand::Undo);
    lab.until("one is undone", |state| state.snapshot.undone == [0]);
    lab.press(StepsCommand::Finish(1));
    lab.until("the second has ended", |state| state.snapshot.rows.len() == 3);
    assert_eq!((lab.state.snapshot.undone.len(), lab.state.length()), (0, 3));
}
