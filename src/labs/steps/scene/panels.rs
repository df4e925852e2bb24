//! Panels that show a snapshot of a run: threads, memory, schedule, code, waits, tree.
//!
//! Arrangement only: state in, bodies out.

use super::super::experiment::snapshot::{ThreadStatus, ThreadView, TraceRow};
use super::super::facts::{NodeEnd, TreeRow};
use super::super::state::State;
use super::actions::key_of;
use crate::scene::{
    Code, CodeLine, Edge, EdgeKind, Graph, Line, NodeKind, Span, Table, Tone, Tree, TreeNode, line,
    units,
};

/// Columns by which the last thread is indented in the schedule; the rest is for its steps.
const SCHEDULE: usize = 20;
/// The widest column of the schedule.
const COLUMN: usize = 18;

/// The colour of a thread; its key identifies it without colour.
fn tone(thread: usize) -> Tone {
    Tone::Series(u8::try_from(thread).unwrap_or_default())
}

fn sign(thread: usize) -> String {
    key_of(thread).map_or_else(|| "-".to_owned(), |key| key.to_string())
}

pub fn threads(state: &State) -> Table {
    let rows = state.snapshot.threads.iter().enumerate();
    Table {
        head: ["", "thread", "next -> reads", ""].map(str::to_owned).into(),
        rows: rows
            .map(|(thread, thread_view)| {
                vec![
                    Span::new(sign(thread), Tone::Accent),
                    Span::new(thread_view.name.clone(), tone(thread)),
                    Span::new(next_step(thread_view), Tone::Strong),
                    status(state, thread_view),
                ]
            })
            .collect(),
        figures_from: usize::MAX,
    }
}

/// What a thread would do next, and find there.
fn next_step(thread_view: &ThreadView) -> String {
    match thread_view.would_return.as_str() {
        "" => thread_view.next.clone(),
        would_return => format!("{} -> {would_return}", thread_view.next),
    }
}

fn status(state: &State, thread_view: &ThreadView) -> Span {
    let buffered = match thread_view.buffered.len() {
        0 => String::new(),
        _ => format!(", buffer: {}", thread_view.buffered.join(", ")),
    };
    let over = state.snapshot.end.is_some();
    let (text, tone) = match thread_view.status {
        ThreadStatus::Ready if over => ("stopped".to_owned(), Tone::Dim),
        ThreadStatus::Ready => ("ready".to_owned(), Tone::Active),
        ThreadStatus::Blocked(Some(holder)) => {
            let threads = &state.snapshot.threads;
            let itself = threads.get(holder).is_some_and(|it| it == thread_view);
            let by = if itself { "itself".to_owned() } else { sign(holder) };
            (format!("blocked by {by}"), Tone::Waiting)
        }
        ThreadStatus::Blocked(None) => ("blocked".to_owned(), Tone::Waiting),
        ThreadStatus::Returned => ("returned".to_owned(), Tone::Good),
        ThreadStatus::Panicked => ("panicked".to_owned(), Tone::Broken),
    };
    Span::new(format!("{text}{buffered}"), tone)
}

/// Each thing under its name: boxes would give up the names first where it is narrow.
pub fn memory(state: &State) -> Table {
    let things = &state.snapshot.things;
    let values = things.iter().map(|thing| {
        let tone = match (thing.touched, thing.is_atomic) {
            (true, _) => Tone::Active,
            (false, true) => Tone::Plain,
            (false, false) => Tone::Dim,
        };
        Span::new(thing.value.clone(), tone)
    });
    Table {
        head: labels(things.iter().map(|thing| &*thing.name)),
        rows: vec![values.collect()],
        figures_from: 0,
    }
}

/// In a row of things, the first has the whole name, the others their number alone.
fn labels<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut row = None;
    names
        .map(|name| match name.find('[') {
            Some(at) if row.replace(&name[..at]) == Some(&name[..at]) => name[at..].to_owned(),
            Some(_) => name.to_owned(),
            None => {
                row = None;
                name.to_owned()
            }
        })
        .collect()
}

/// One column per thread; the cursor stands at the last step that was taken.
pub fn trace(state: &State) -> Tree {
    let done = state.snapshot.rows.len();
    let conflict = state.snapshot.end.as_ref().map(|end| end.conflict.as_slice());
    let conflict = conflict.unwrap_or_default();
    let others = state.snapshot.threads.len().saturating_sub(1).max(1);
    let column = (SCHEDULE / others).min(COLUMN);
    let nodes = state.trace.iter().enumerate().map(|(at, row)| {
        let mark = match (at >= done, conflict.contains(&at)) {
            (true, _) => Mark::Undone,
            (false, true) => Mark::Conflict,
            (false, false) => Mark::None,
        };
        TreeNode { text: frame(at, row, column, mark), ..TreeNode::default() }
    });
    Tree { nodes: nodes.collect(), selected: done.checked_sub(1) }
}

/// What is special about a step of the schedule.
#[derive(Clone, Copy)]
enum Mark {
    None,
    /// One of those that got in each other's way.
    Conflict,
    Undone,
}

fn frame(at: usize, row: &TraceRow, column: usize, mark: Mark) -> Line {
    let indent = column * row.thread;
    let result = match row.result.as_str() {
        "" => String::new(),
        result => format!(" -> {result}"),
    };
    let (sign_of, body) = match mark {
        Mark::None => (" ", Tone::Plain),
        Mark::Conflict => ("!", Tone::Broken),
        Mark::Undone => (" ", Tone::Dim),
    };
    line([
        (format!("{:>3}", at + 1), Tone::Dim),
        (sign_of.to_owned(), Tone::Broken),
        (" ".repeat(indent), Tone::Plain),
        (sign(row.thread), tone(row.thread)),
        (format!(" {}{result}", row.what), body),
    ])
}

/// Which threads are at which line.
fn at_line(state: &State, is_there: impl Fn(u32) -> bool) -> Vec<Span> {
    let threads = state.snapshot.threads.iter().enumerate();
    threads
        .filter(|(_, thread_view)| thread_view.line.is_some_and(&is_there))
        .map(|(thread, _)| Span::new(sign(thread), tone(thread)))
        .collect()
}

pub fn rust(state: &State) -> Code {
    let lines = state.setup.program.source.rust();
    Code {
        language: "Rust".to_owned(),
        lines: lines
            .map(|shown| CodeLine {
                text: narrow(shown.text),
                at: at_line(state, |line| line == shown.number),
            })
            .collect(),
    }
}

/// With half its indentation: room is short where schedule and code stand beside each other.
fn narrow(code: &str) -> String {
    let text = code.trim_start();
    let indent = (code.len() - text.len()) / 2;
    format!("{:indent$}{text}", "")
}

pub fn python(state: &State) -> Code {
    let source = &state.setup.program.source;
    let rust: Vec<_> = source.rust().collect();
    let corresponds = |line: u32, number: u16| {
        rust.iter().any(|shown| shown.number == line && shown.python == Some(number))
    };
    Code {
        language: "Python".to_owned(),
        lines: (1..)
            .zip(source.python())
            .map(|(number, text)| CodeLine {
                text: text.to_owned(),
                at: at_line(state, |line| corresponds(line, number)),
            })
            .collect(),
    }
}

/// Who waits for whom, in a deadlock that is a cycle.
pub fn cycle(state: &State) -> Option<Graph> {
    let cycle = &state.snapshot.end.as_ref()?.cycle;
    if cycle.is_empty() {
        return None;
    }
    let mut graph = Graph::default();
    for (thread, thing) in cycle {
        let name = state.snapshot.threads.get(*thread)?.name.clone();
        graph.nodes.push(crate::scene::Node { name, kind: NodeKind::Lane });
        graph.nodes.push(crate::scene::Node { name: thing.clone(), kind: NodeKind::Resource });
    }
    let nodes = graph.nodes.len();
    let edge =
        |from, kind| Edge { from, to: (from + 1) % nodes, kind, cycle: true, label: String::new() };
    for lane in (0..nodes).step_by(2) {
        graph.edges.push(edge(lane, EdgeKind::WaitsFor));
        graph.edges.push(edge(lane + 1, EdgeKind::HeldBy));
    }
    Some(graph)
}

/// The tree of interleavings, open along the user's schedule.
pub fn tree(state: &State) -> Tree {
    let nodes = &state.tree;
    Tree {
        nodes: nodes.iter().map(|node| branch(state, node)).collect(),
        selected: nodes.iter().rposition(|node| node.on_path),
    }
}

fn branch(state: &State, node: &TreeRow) -> TreeNode {
    let name = node.thread.and_then(|at| state.snapshot.threads.get(at));
    let name = name.map_or("start", |thread_view| &thread_view.name);
    let drained = if node.drain { " drained" } else { "" };
    let who = (format!("{name}{drained} "), node.thread.map_or(Tone::Dim, tone));
    let coverage = node.coverage;
    let (text, tone) = match &node.end {
        Some(NodeEnd::Failed(kind)) => (format!("ends: {}", kind.replace('_', " ")), Tone::Broken),
        Some(NodeEnd::Held) => ("ends well".to_owned(), Tone::Good),
        Some(NodeEnd::CutOff) => ("cut off: too many steps".to_owned(), Tone::Caution),
        None => {
            let (total, failed) = (units::count(coverage.total), units::count(coverage.failed));
            let (so_far, tone) = match coverage.failed {
                _ if !coverage.complete => (" so far", Tone::Plain),
                0 => ("", Tone::Good),
                all if all == coverage.total => ("", Tone::Broken),
                _ => ("", Tone::Plain),
            };
            (format!("{total}, {failed} fail{so_far}"), tone)
        }
    };
    let merged = match node.ways {
        0 | 1 => String::new(),
        ways => format!("  {ways} ways meet"),
    };
    TreeNode {
        depth: node.depth,
        text: line([who, (text, tone), (merged, Tone::Dim)]),
        folded: node.folded,
        on_path: node.on_path,
    }
}
