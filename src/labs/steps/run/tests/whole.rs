//! All that is shown and described of made-up and of real runs, figure by figure.

use super::super::super::experiment::levels::LevelScore;
use super::super::super::experiment::snapshot::{
    ObjectView, RunEnding, Snapshot, ThreadStatus, ThreadView, TraceRow,
};
use super::super::super::facts::{NodeEnd, QueryReply, Searched, TreeRow};
use super::figures::{apply, coverage, state};
use super::*;
use crate::lab::{Action, ActionKind};
use crate::programs;
use crate::scene::written;

fn thread_view(
    name: &str,
    status: ThreadStatus,
    next: &str,
    would_return: &str,
    line: Option<u32>,
) -> ThreadView {
    ThreadView {
        name: name.to_owned(),
        status,
        next: next.to_owned(),
        would_return: would_return.to_owned(),
        touches: line.map(|_| 0),
        line,
        buffered: Vec::new(),
    }
}

fn thing(name: &str, value: &str, touched: bool, is_atomic: bool) -> ObjectView {
    ObjectView { name: name.to_owned(), value: value.to_owned(), touched, is_atomic }
}

pub fn row(thread: usize, drain: bool, what: &str, result: &str) -> TraceRow {
    TraceRow { thread, drain, what: what.to_owned(), result: result.to_owned() }
}

/// Six threads, one in each state, things of each kind, three steps taken and two undone.
pub fn made_up() -> Snapshot {
    let lines: Vec<_> = programs::ALL[0].source.rust().collect();
    let line = |at: usize| Some(lines[at].number);
    let mut threads = vec![
        thread_view("able[1]", ThreadStatus::Ready, "load count", "7", line(2)),
        thread_view("shut[2]", ThreadStatus::Blocked(Some(0)), "acquire lock", "", line(1)),
        thread_view("self[3]", ThreadStatus::Blocked(Some(2)), "acquire own", "", line(1)),
        thread_view("wait[4]", ThreadStatus::Blocked(None), "wait gate", "", line(4)),
        thread_view("over[5]", ThreadStatus::Returned, "", "", None),
        thread_view("sick[6]", ThreadStatus::Panicked, "", "", None),
    ];
    threads[0].buffered = vec!["x = 1".to_owned(), "y = 2".to_owned()];
    threads[3].buffered = vec!["z = 3".to_owned()];
    Snapshot {
        threads,
        things: vec![
            thing("slot[0]", "4", false, true),
            thing("slot[1]", "5", true, true),
            thing("other[1]", "free", false, false),
            thing("lock", "by 1", true, false),
            thing("other[2]", "6", false, true),
        ],
        rows: vec![
            row(0, false, "load count", "7"),
            row(3, true, "its oldest store reaches the memory", ""),
            row(1, false, "add 1", ""),
        ],
        undone: vec![2, 0],
        switches: 2,
        code: "code-of-it".to_owned(),
        ..Snapshot::default()
    }
}

fn node(
    depth: u16,
    thread: Option<usize>,
    coverage: super::super::super::facts::Coverage,
) -> TreeRow {
    TreeRow { depth, thread, coverage, ..TreeRow::default() }
}

fn tree() -> Vec<TreeRow> {
    let leaf =
        |thread, end| TreeRow { end: Some(end), ..node(2, Some(thread), coverage(1, 0, true)) };
    vec![
        TreeRow { on_path: true, ..node(0, None, coverage(1_234, 567, true)) },
        TreeRow { on_path: true, ways: 3, drain: true, ..node(1, Some(0), coverage(9, 9, true)) },
        leaf(1, NodeEnd::Held),
        leaf(2, NodeEnd::Failed("lost_update".to_owned())),
        leaf(3, NodeEnd::CutOff),
        TreeRow { folded: true, ways: 1, ..node(1, Some(4), coverage(8, 0, true)) },
        TreeRow { folded: true, ways: 2, ..node(1, Some(5), coverage(6, 5, false)) },
    ]
}

pub fn end(kind: Option<&str>, held: bool, why: Option<&str>) -> RunEnding {
    RunEnding {
        kind: kind.map(str::to_owned),
        held,
        text: "the end".to_owned(),
        why: why.map(str::to_owned),
        conflict: vec![0, 2],
        cycle: Vec::new(),
    }
}

pub fn busy() -> State {
    let mut state = state("counter");
    let snapshot = |snapshot: Snapshot| Fact::Snapshot(Box::new(snapshot));
    // First all five, so that what is undone is known, then two of them are taken back.
    let mut all = made_up();
    all.undone = Vec::new();
    all.rows.push(row(2, false, "wait gate", "set"));
    all.rows.push(row(0, false, "store count = 8", ""));
    apply(&mut state, snapshot(all));
    apply(&mut state, snapshot(made_up()));
    apply(&mut state, Fact::Tree { nodes: tree() });
    state
}

fn pictures(name: &str, state: &State) {
    for (which, detail) in [("full", Detail::Full), ("compact", Detail::Compact)] {
        insta::assert_snapshot!(
            format!("{name}_{which}"),
            written(&crate::lab::trial::scene_of::<Steps>(state, detail))
        );
    }
}

pub fn searched(total: u128, failed: u128) -> Searched {
    Searched {
        coverage: coverage(total, failed, true),
        states: 95,
        repaired: Some(coverage(6, 0, true)),
        simplest: (failed > 0).then_some((1, 12)),
        is_least: true,
        fault: None,
    }
}

#[test]
fn the_whole_of_a_made_up_moment() {
    let mut state = busy();
    pictures("moment", &state);
    // All findings besides.
    let question = "ever x == 1".to_owned();
    let answer = "yes".to_owned();
    let reply = QueryReply { question, answer, shown: true };
    apply(&mut state, Fact::Searched(searched(1_924, 918)));
    apply(&mut state, Fact::Replied(reply));
    let (what, runs) = ("all interleavings".to_owned(), 4_321);
    apply(&mut state, Fact::Searching { what, runs, coverage: coverage(5_678, 90, false) });
    apply(&mut state, Fact::Guessed { guess: 2 });
    apply(&mut state, Fact::Hinted);
    let why = "not a code: mistyped".to_owned();
    apply(&mut state, Fact::Refused { why });
    let done =
        LevelScore { predicted: Some(true), broken: true, extra_switches: Some(0), proved: false };
    let scores = [("counter".to_owned(), done)].into_iter().collect();
    let not_saved = Some("progress is not kept.".to_owned());
    apply(&mut state, Fact::Progress { scores, not_saved });
    pictures("findings", &state);
}

#[test]
fn the_whole_of_each_end() {
    let scenes = [
        end(None, true, None),
        end(None, false, None),
        end(Some("lost_update"), false, None),
        end(Some("two_at_once"), false, Some("both were in")),
    ]
    .map(|end| {
        let mut state = busy();
        let mut snapshot = made_up();
        (snapshot.end, snapshot.refused) = (Some(end), true);
        apply(&mut state, Fact::Snapshot(Box::new(snapshot)));
        apply(&mut state, Fact::Guessed { guess: 1 });
        written(&crate::lab::trial::scene_of::<Steps>(&state, Detail::Compact))
    });
    insta::assert_snapshot!("ends", scenes.join("\n"));
    let mut state = busy();
    let mut snapshot = made_up();
    let cycle = vec![(0, "left".to_owned()), (3, "mid".to_owned()), (1, "right".to_owned())];
    snapshot.end = Some(RunEnding { cycle, ..end(Some("deadlock"), false, None) });
    apply(&mut state, Fact::Snapshot(Box::new(snapshot)));
    let full = written(&crate::lab::trial::scene_of::<Steps>(&state, Detail::Full));
    let graph: Vec<_> = full.lines().filter(|line| line.contains(", cycle true")).collect();
    assert_eq!(
        graph.iter().map(|line| line.trim()).collect::<Vec<_>>(),
        [
            "able[1] WaitsFor left, cycle true,",
            "left HeldBy wait[4], cycle true,",
            "wait[4] WaitsFor mid, cycle true,",
            "mid HeldBy shut[2], cycle true,",
            "shut[2] WaitsFor right, cycle true,",
            "right HeldBy able[1], cycle true,",
        ]
    );
}

fn keys(state: &State) -> Vec<String> {
    let name = |command: &StepsCommand| match command {
        StepsCommand::Program(program) => format!("Program({})", program.id),
        other => format!("{other:?}"),
    };
    let described = |action: Action<StepsCommand>| {
        let then = match action.kind {
            ActionKind::Press(command) | ActionKind::StepByStep(command) => name(&command),
            ActionKind::Refuse(why) => format!("refuse: {why}"),
            ActionKind::Copy(text) => format!("copy {text}"),
            ActionKind::Ask { label, hint, command } => {
                format!("ask {}, {label}: {hint}", name(&command.command("text".to_owned())))
            }
            ActionKind::Choose { title, items } => {
                let items = items.iter().map(|(command, text)| format!("{}={text}", name(command)));
                format!("choose {title} {}", items.collect::<Vec<_>>().join("; "))
            }
            ActionKind::Interview { .. } => "interview".to_owned(),
            ActionKind::Terminal(_) => "terminal".to_owned(),
            ActionKind::Restart(_) => "restart".to_owned(),
        };
        format!("{:?} [{}] {then}", action.key, action.label)
    };
    Steps::actions(state).into_iter().map(described).collect()
}

#[test]
fn the_keys_of_each_moment() {
    let mut state = state("counter");
    apply(&mut state, Fact::Snapshot(Box::new(Snapshot { threads: Vec::new(), ..made_up() })));
    let done =
        LevelScore { predicted: Some(true), broken: true, extra_switches: Some(0), proved: false };
    let scores = [("list".to_owned(), done)].into_iter().collect();
    apply(&mut state, Fact::Progress { scores, not_saved: None });
    let mut out = keys(&state).join("\n");
    let mut next =
        |title: &str, state: &State| out.extend(["\n\n", title, "\n", &keys(state).join("\n")]);
    let mut state = busy();
    apply(&mut state, Fact::Guessed { guess: 0 });
    next("two buffers, predicted", &state);
    let mut one = made_up();
    one.threads[0].buffered.clear();
    one.threads[1].status = ThreadStatus::Ready;
    apply(&mut state, Fact::Snapshot(Box::new(one.clone())));
    apply(&mut state, Fact::Hinted);
    apply(&mut state, Fact::Searched(searched(20, 18)));
    next("one buffer, the last can go on, a hint, a failure was found", &state);
    one.end = Some(end(None, true, None));
    one.undone.clear();
    apply(&mut state, Fact::Snapshot(Box::new(one)));
    apply(&mut state, Fact::Searched(searched(20, 0)));
    next("the end, none fails", &state);
    let (what, runs) = ("all".to_owned(), 1);
    apply(&mut state, Fact::Searching { what, runs, coverage: coverage(1, 0, false) });
    next("searching", &state);
    insta::assert_snapshot!("keys", out);
    state.live = false;
    assert!(keys(&state).is_empty());
}
