//! The pictures of a run at a moment: threads, memory, film, code, waits, tree.
//!
//! Arrangement only: state in, bodies out.

use super::actions::key_of;
use super::moment::{Actor, Row, Standing};
use super::state::{Leaf, Node, State};
use crate::scene::{
    Code, CodeLine, Edge, EdgeKind, Graph, Line, NodeKind, Span, Table, Tone, Tree, TreeNode, line,
    units,
};

/// How far the last of several threads is indented in a film: the rest is for its steps.
const FILM: usize = 20;
/// The widest column of a film.
const COLUMN: usize = 18;

/// Threads are told apart by a colour, and by their key.
fn tone(thread: usize) -> Tone {
    Tone::Series(u8::try_from(thread).unwrap_or_default())
}

fn sign(thread: usize) -> String {
    key_of(thread).map_or_else(|| "-".to_owned(), |key| key.to_string())
}

pub(super) fn threads(state: &State) -> Table {
    let rows = state.moment.threads.iter().enumerate();
    Table {
        head: ["", "thread", "next -> finds", ""]
            .map(str::to_owned)
            .into(),
        rows: rows
            .map(|(thread, actor)| {
                vec![
                    Span::new(sign(thread), Tone::Accent),
                    Span::new(actor.name.clone(), tone(thread)),
                    Span::new(foreseen(actor), Tone::Strong),
                    standing(state, actor),
                ]
            })
            .collect(),
        figures_from: usize::MAX,
    }
}

/// What a thread would do next, and find there.
fn foreseen(actor: &Actor) -> String {
    match actor.sees.as_str() {
        "" => actor.next.clone(),
        sees => format!("{} -> {sees}", actor.next),
    }
}

fn standing(state: &State, actor: &Actor) -> Span {
    let buffered = match actor.buffered.len() {
        0 => String::new(),
        _ => format!(", buffer: {}", actor.buffered.join(", ")),
    };
    let over = state.moment.end.is_some();
    let (text, tone) = match actor.standing {
        Standing::Ready if over => ("held".to_owned(), Tone::Dim),
        Standing::Ready => ("can go".to_owned(), Tone::Active),
        Standing::Blocked(Some(holder)) => {
            let threads = &state.moment.threads;
            let itself = threads.get(holder).is_some_and(|it| it == actor);
            let by = if itself {
                "itself".to_owned()
            } else {
                sign(holder)
            };
            (format!("waits for {by}"), Tone::Waiting)
        }
        Standing::Blocked(None) => ("waits".to_owned(), Tone::Waiting),
        Standing::Returned => ("returned".to_owned(), Tone::Good),
        Standing::Panicked => ("panicked".to_owned(), Tone::Broken),
    };
    Span::new(format!("{text}{buffered}"), tone)
}

/// Each thing under its name: boxes would give up the names first where it is narrow.
pub(super) fn memory(state: &State) -> Table {
    let things = &state.moment.things;
    let values = things.iter().map(|thing| {
        let tone = match (thing.touched, thing.is_word) {
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
pub(super) fn trace(state: &State) -> Tree {
    let done = state.moment.rows.len();
    let conflict = state.moment.end.as_ref().map(|end| end.conflict.as_slice());
    let conflict = conflict.unwrap_or_default();
    let others = state.moment.threads.len().saturating_sub(1).max(1);
    let column = (FILM / others).min(COLUMN);
    let nodes = state.trace.iter().enumerate().map(|(at, row)| {
        let mark = match (at >= done, conflict.contains(&at)) {
            (true, _) => Mark::Undone,
            (false, true) => Mark::Conflict,
            (false, false) => Mark::None,
        };
        TreeNode {
            text: frame(at, row, column, mark),
            ..TreeNode::default()
        }
    });
    Tree {
        nodes: nodes.collect(),
        selected: done.checked_sub(1),
    }
}

/// What is special about a step of the film.
#[derive(Clone, Copy)]
enum Mark {
    None,
    /// One of those that got in each other's way.
    Conflict,
    Undone,
}

fn frame(at: usize, row: &Row, column: usize, mark: Mark) -> Line {
    let indent = column * row.thread;
    let seen = match row.seen.as_str() {
        "" => String::new(),
        seen => format!(" -> {seen}"),
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
        (format!(" {}{seen}", row.what), body),
    ])
}

/// Which threads are at which line.
fn at_line(state: &State, is_there: impl Fn(u32) -> bool) -> Vec<Span> {
    let threads = state.moment.threads.iter().enumerate();
    threads
        .filter(|(_, actor)| actor.line.is_some_and(&is_there))
        .map(|(thread, _)| Span::new(sign(thread), tone(thread)))
        .collect()
}

pub(super) fn rust(state: &State) -> Code {
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

/// With half its indentation: room is short where film and code stand beside each other.
fn narrow(code: &str) -> String {
    let text = code.trim_start();
    let indent = (code.len() - text.len()) / 2;
    format!("{:indent$}{text}", "")
}

pub(super) fn python(state: &State) -> Code {
    let source = &state.setup.program.source;
    let rust: Vec<_> = source.rust().collect();
    let corresponds = |line: u32, number: u16| {
        rust.iter()
            .any(|shown| shown.number == line && shown.python == Some(number))
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
pub(super) fn cycle(state: &State) -> Option<Graph> {
    let cycle = &state.moment.end.as_ref()?.cycle;
    if cycle.is_empty() {
        return None;
    }
    let mut graph = Graph::default();
    for (thread, thing) in cycle {
        let name = state.moment.threads.get(*thread)?.name.clone();
        graph.nodes.push(crate::scene::Node {
            name,
            kind: NodeKind::Lane,
        });
        graph.nodes.push(crate::scene::Node {
            name: thing.clone(),
            kind: NodeKind::Resource,
        });
    }
    let nodes = graph.nodes.len();
    let edge = |from, kind| Edge {
        from,
        to: (from + 1) % nodes,
        kind,
        cycle: true,
        label: String::new(),
    };
    for lane in (0..nodes).step_by(2) {
        graph.edges.push(edge(lane, EdgeKind::WaitsFor));
        graph.edges.push(edge(lane + 1, EdgeKind::HeldBy));
    }
    Some(graph)
}

/// The tree of interleavings, open along the user's way.
pub(super) fn tree(state: &State) -> Tree {
    let nodes = &state.tree;
    Tree {
        nodes: nodes.iter().map(|node| branch(state, node)).collect(),
        selected: nodes.iter().rposition(|node| node.on_path),
    }
}

fn branch(state: &State, node: &Node) -> TreeNode {
    let name = node.thread.and_then(|at| state.moment.threads.get(at));
    let name = name.map_or("start", |actor| &actor.name);
    let drained = if node.drain { " drained" } else { "" };
    let who = (
        format!("{name}{drained} "),
        node.thread.map_or(Tone::Dim, tone),
    );
    let share = node.share;
    let (text, tone) = match &node.end {
        Some(Leaf::Failed(kind)) => (format!("ends: {}", kind.replace('_', " ")), Tone::Broken),
        Some(Leaf::Held) => ("ends well".to_owned(), Tone::Good),
        Some(Leaf::CutOff) => ("cut off: too many steps".to_owned(), Tone::Caution),
        None => {
            let (total, failed) = (units::count(share.total), units::count(share.failed));
            let (so_far, tone) = match share.failed {
                _ if !share.complete => (" so far", Tone::Plain),
                0 => ("", Tone::Good),
                all if all == share.total => ("", Tone::Broken),
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
