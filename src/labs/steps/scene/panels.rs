//! Panels that show a snapshot of a run: threads, memory, schedule, code, waits, tree.
//!
//! Arrangement only: state in, bodies out. A thread has the same key and the same colour
//! in all of them.

use super::super::experiment::levels;
use super::super::experiment::snapshot::{ThreadStatus, ThreadView};
use super::super::facts::{NodeEnd, TreeRow};
use super::super::state::State;
use crate::lab::thread_key;
use crate::programs::StepProgram;
use crate::scene::{
    Arrow, Body, Boxes, Code, Edge, EdgeKind, Graph, Height, Label, NodeKind, Overview,
    OverviewItem, Schedule, ScheduleRow, ScheduleThread, Slot, Span, Table, Tone, Tree, TreeNode,
    line, units,
};

/// Columns that boxes of memory may take: more than that, and the last ones would not be seen on a
/// terminal of 80 columns.
const BOXES: usize = 74;

fn tone(thread: usize) -> Tone {
    Tone::of_thread(thread)
}

fn sign(thread: usize) -> String {
    thread_key(thread).map_or_else(|| "-".to_owned(), String::from)
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
        ThreadStatus::Panicked => ("exception".to_owned(), Tone::Broken),
    };
    Span::new(format!("{text}{buffered}"), tone)
}

/// Each thing as a cell with its name below; as a table, which keeps all names, where there are
/// too many. What the last step has touched stands out, and below it who would touch it next.
pub fn memory(state: &State) -> (Height, Body) {
    let things = &state.snapshot.things;
    let tone = |touched, is_atomic| match (touched, is_atomic) {
        (true, _) => Tone::Active,
        (false, true) => Tone::Plain,
        (false, false) => Tone::Dim,
    };
    let names = labels(things.iter().map(|thing| &*thing.name));
    let values = things.iter().map(|thing| (&thing.value, tone(thing.touched, thing.is_atomic)));
    let texts = names.iter().map(|name| &**name).chain(things.iter().map(|thing| &*thing.value));
    let widest = texts.map(|text| text.chars().count()).max().unwrap_or(0);
    if (widest + 1) * things.len() >= BOXES {
        let row = values.map(|(value, tone)| Span::new(value.clone(), tone)).collect();
        let table = Table { head: names, rows: vec![row], figures_from: 0 };
        return (Height::Lines(2), Body::Table(table));
    }
    let slots = names.into_iter().zip(values);
    let slots = slots.map(|(label, (text, tone))| Slot {
        text: text.clone(),
        tone,
        label: label.to_string(),
        ..Slot::default()
    });
    let arrows = arrows(state);
    let boxes = Boxes { slots: slots.collect(), numbers: true, arrows, ..Boxes::default() };
    (Height::Fill { min: 2, weight: 1 }, Body::Boxes(boxes))
}

/// Each thread at the thing that its next step would touch. A thread without one has an empty
/// arrow, so that nothing moves when it gets one.
fn arrows(state: &State) -> Vec<Arrow> {
    let threads = state.snapshot.threads.iter().enumerate();
    let arrow = |(at, thread): (usize, &ThreadView)| {
        let next = next(state, thread);
        let Some(slot) = thread.touches.filter(|_| !next.text.is_empty()) else {
            return Arrow::default();
        };
        // Without what it would return.
        let next = Span::new(thread.next.clone(), next.tone);
        let who = Span::new(format!("{} ", sign(at)), tone(at));
        Arrow { slot: Some(slot), text: vec![who, next] }
    };
    threads.map(arrow).collect()
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

/// The steps taken, the next ones, and those that were undone.
pub fn schedule(state: &State) -> Schedule {
    let conflict = state.snapshot.end.as_ref().map(|end| end.conflict.as_slice());
    let conflict = conflict.unwrap_or_default();
    let taken = state.snapshot.rows.len();
    let steps = state.trace.iter().enumerate().map(|(at, row)| {
        let conflict = at < taken && conflict.contains(&at);
        let result = match row.result.as_str() {
            "" => String::new(),
            result => format!(" -> {result}"),
        };
        let tone = if conflict { Tone::Broken } else { tone(row.thread) };
        let text = Span::new(format!("{}{result}", row.what), tone);
        ScheduleRow { thread: row.thread, text, conflict }
    });
    let threads = state.snapshot.threads.iter().enumerate();
    let threads = threads.map(|(at, thread)| ScheduleThread {
        key: sign(at),
        name: (&thread.name).into(),
        tone: tone(at),
        state: status(state, thread),
        next: next(state, thread),
    });
    Schedule { threads: threads.collect(), steps: steps.collect(), taken }
}

/// The next step of a thread: bold if it can be taken. At the end of the run it is what a
/// thread waits for; one that was only stopped has none.
fn next(state: &State, thread: &ThreadView) -> Span {
    match (thread.status == ThreadStatus::Ready, &state.snapshot.end) {
        (true, Some(_)) => Span::default(),
        (true, None) => Span::new(next_step(thread), Tone::Strong),
        (false, _) => Span::new(next_step(thread), Tone::Dim),
    }
}

/// What the threads execute, in Python and as it runs here, with the key of each thread at its next
/// step.
pub fn code(state: &State) -> Code {
    let threads = &state.snapshot.threads;
    let program = state.setup.program;
    let mut code = program.code(state.setup.case, |is_there| {
        let threads = threads.iter().enumerate();
        let here = threads.filter(|(_, thread)| thread.line.is_some_and(is_there));
        here.map(|(thread, _)| Span::new(sign(thread), tone(thread))).collect()
    });
    if let (Some(script), Some(python)) = (script(program.id), code.listings.first_mut()) {
        *python = std::mem::take(python).as_script(script);
    }
    code
}

/// The script in `examples` that does the same.
fn script(program: &str) -> Option<&'static str> {
    Some(match program {
        "counter" | "additions" => "lost_update.py",
        "opposite" => "lock_order.py",
        "pop" => "check_then_act.py",
        "notify" => "notify_before_wait.py",
        _ => return None,
    })
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

/// The levels by topic, with the stars of each.
pub fn map(state: &State) -> Overview {
    let here = state.setup.program.id;
    let item = |program: &&'static StepProgram| {
        let done = state.done(program.id);
        let is_here = program.id == here;
        let tone = match done.stars() {
            _ if is_here => Tone::Accent,
            0 => Tone::Dim,
            _ => Tone::Good,
        };
        OverviewItem { sign: done.sign(), name: program.title.to_owned(), tone, is_here }
    };
    let topic = |(topic, programs): (&str, &[&'static StepProgram])| {
        (topic.to_owned(), programs.iter().map(item).collect())
    };
    Overview { groups: levels::by_topic().map(topic).collect() }
}
