//! Panels that show a snapshot of a run: threads, memory, schedule, code, waits, tree.
//!
//! Arrangement only: state in, bodies out. A thread has the same key and the same colour
//! in all of them.

use super::super::experiment::snapshot::{ThreadStatus, ThreadView, TraceRow};
use super::super::facts::{NodeEnd, TreeRow};
use super::super::state::State;
use super::actions::key_of;
use crate::scene::{
    Code, CodeLine, Edge, EdgeKind, Graph, Label, Line, Listing, NodeKind, Span, Table, Tone, Tree,
    TreeNode, line, units,
};

/// Columns by which the last thread is indented in the schedule; the rest is for its
/// steps.
const SCHEDULE: usize = 20;
/// The widest column of the schedule.
const COLUMN: usize = 18;

fn tone(thread: usize) -> Tone {
    Tone::of_thread(thread)
}

fn sign(thread: usize) -> String {
    key_of(thread).map_or_else(|| "-".to_owned(), |key| key.to_string())
}

pub fn threads(state: &State) -> Table {
    let rows = state.snapshot.threads.iter().enumerate();
    Table {
        head: ["", "thread", "next -> reads", ""].map(Into::into).into(),
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
        // The run has ended, as with a failure, while this thread still had steps.
        ThreadStatus::Ready if over => ("stopped".to_owned(), Tone::Dim),
        ThreadStatus::Ready => ("ready".to_owned(), Tone::Active),
        ThreadStatus::Blocked(Some(holder)) => {
            let threads = &state.snapshot.threads;
            // A thread that takes a plain lock twice waits for itself.
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

/// Each thing under its name, as a table: boxes would give up the names first where it is
/// narrow. What the last step has touched stands out.
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

/// In a row of things, such as the slots of an array, the first has the whole name, the
/// others their index alone: `slot[0]`, `[1]`, `[2]`.
fn labels<'n>(names: impl Iterator<Item = &'n str>) -> Vec<Label> {
    let mut row = None;
    names
        .map(|name| match name.find('[') {
            // `replace` also remembers this name as the one of the row that begins.
            Some(at) if row.replace(&name[..at]) == Some(&name[..at]) => name[at..].into(),
            Some(_) => name.into(),
            None => {
                row = None;
                name.into()
            }
        })
        .collect()
}

/// The schedule with one column per thread; the cursor is at the last step that was
/// taken.
pub fn trace(state: &State) -> Tree {
    let done = state.snapshot.rows.len();
    let conflict = state.snapshot.end.as_ref().map(|end| end.conflict.as_slice());
    let conflict = conflict.unwrap_or_default();
    let others = state.snapshot.threads.len().saturating_sub(1).max(1);
    // Narrower columns for more threads, so that the last one still has room for its
    // steps.
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

#[derive(Clone, Copy)]
enum Mark {
    None,
    /// One of those that interfered with each other.
    Conflict,
    /// It was undone, and can be taken again.
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

fn at_line(state: &State, is_there: impl Fn(u32) -> bool) -> Vec<Span> {
    let threads = state.snapshot.threads.iter().enumerate();
    threads
        .filter(|(_, thread_view)| thread_view.line.is_some_and(&is_there))
        .map(|(thread, _)| Span::new(sign(thread), tone(thread)))
        .collect()
}

/// The program's own source, as it runs, with the threads at their lines. The lines are
/// found by their numbers in the source file, so what is shown cannot differ from what
/// runs.
fn rust(state: &State) -> Listing {
    let lines = state.setup.program.source.rust().map(|shown| CodeLine {
        text: narrow(shown.text),
        at: at_line(state, |line| line == shown.number),
        skipped: state.setup.program.skips(state.setup.case, shown.text),
    });
    Listing::new("Rust", lines)
}

/// With half its indentation: room is short where schedule and code are beside each
/// other.
fn narrow(code: &str) -> String {
    let text = code.trim_start();
    let indent = (code.len() - text.len()) / 2;
    format!("{:indent$}{text}", "")
}

/// The same program in Python. Each line there corresponds to lines of the Rust, by which
/// its threads are found; a line without such a correspondence is never marked.
fn python(state: &State) -> Listing {
    let source = &state.setup.program.source;
    let rust: Vec<_> = source.rust().collect();
    let corresponds = |line: u32, number: u16| {
        rust.iter().any(|shown| shown.number == line && shown.python == Some(number))
    };
    let lines = (1..).zip(source.python()).map(|(number, text)| CodeLine {
        text: text.to_owned(),
        at: at_line(state, |line| corresponds(line, number)),
        skipped: state.setup.program.skips(state.setup.case, text),
    });
    Listing::new("Python", lines)
}

/// What the threads execute, in Python and as it runs here.
pub fn code(state: &State) -> Code {
    Code::new(vec![python(state), rust(state)])
}

/// Which thread waits for which, in a deadlock that is a cycle; `None` for any other end.
/// Its nodes are threads and the things that they wait for, in turns.
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
    // Lanes and resources alternate, so a cycle is each node with an edge to the next
    // one, and the last one to the first.
    let nodes = graph.nodes.len();
    let edge =
        |from, kind| Edge { from, to: (from + 1) % nodes, kind, cycle: true, label: String::new() };
    for lane in (0..nodes).step_by(2) {
        graph.edges.push(edge(lane, EdgeKind::WaitsFor));
        graph.edges.push(edge(lane + 1, EdgeKind::HeldBy));
    }
    Some(graph)
}

/// The tree of interleavings, open along the user's schedule. Each node counts the
/// interleavings through it, and those of them that fail.
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
