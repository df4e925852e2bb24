//! The lab's scene: threads, tasks, queues, locks and output of the script. Arrangement only.
//!
//! ```text
//!   Python ── CPython 3.13.1 ── L0 watched ── race.py runs
//!   ╭ Timeline ───────────────────────────────────────────────╮
//!   ╰─────────────────────────────────────────────────────────╯
//!   ╭ Workers and their tasks ─╮╭ Pools ──────╮╭ Queues ──────╮   each only if the script
//!   ╰──────────────────────────╯╰─────────────╯╰──────────────╯   has such a thing
//!   ╭ Source ───────────────────────────╮╭ Output ────────────╮
//!   ╰───────────────────────────────────╯╰────────────────────╯
//!   ╭ Locks of the script ──────────────╮╭ Threads ───────────╮
//!   ╰───────────────────────────────────╯╰────────────────────╯
//! ```
//!
//! A panel that has come stays: what a script has made once it does not unmake, so nothing on the
//! screen moves but when something new appears.

pub mod actions;
mod code;
pub mod sampled;
pub mod step;

use super::facts::{
    Figures, ListReport, LockReport, PoolReport, QueueReport, Role, ThreadEnd, ThreadReport, Times,
    ValueReport,
};
use super::settings::PythonCommand;
use super::state::State;
use super::story::ended;
use crate::kit::python::REMOVABLE_LOCKS;
use crate::lab::{Action, ActionKind, Detail, Key, With};
use crate::printable::Printable;
use crate::scene::units::{count, in_ns, plural, short_nanos, to_f64};
use crate::scene::{
    Axis, Bar, Bars, Body, Height, Label, LaneChart, Panel, Part, Scene, Span, Table, Tone,
    line_count,
};

/// Lines of output and rows of tables that a screen can show.
const SHOWN: usize = 60;
/// Columns of the table of locks with all its figures, and of a thread's bar with its words. The
/// weights of the panels are such that the legend of the bars is whole at 120 columns.
const LOCKS_WIDTH: u16 = 61;
const THREADS_WIDTH: u16 = 46;

pub fn scene(state: &State, detail: Detail) -> Scene {
    let mut scene = Scene::new("Python");
    if let Some(python) = &state.interpreter {
        let gil = if python.gil { "" } else { ", no GIL" };
        scene.badge(format!("CPython {}{gil}", python.version), Tone::Dim);
    }
    if let Some(stepping) = state.stepping.as_ref().filter(|_| state.failed.is_none()) {
        step::scene(&mut scene, state, stepping);
        return scene;
    }
    let (badge, tone) = state.level().badge();
    match state.taken_away.len() as u64 {
        0 => scene.badge(badge, tone),
        away => scene.badge(format!("L4 {} away", plural(away, "lock")), Tone::Broken),
    };
    if !state.delay.is_zero() {
        scene.badge(format!("delay {}", short_nanos(in_ns(state.delay))), Tone::Caution);
    }
    let (text, tone) = match &state.outcome {
        None if state.failed.is_some() => ("not run".to_owned(), Tone::Caution),
        None if state.wants_input() => (format!("{} waits for input", state.name()), Tone::Waiting),
        None if state.paused.is_some() => ("paused".to_owned(), Tone::Caution),
        None => (format!("{} runs", state.name()), Tone::Active),
        Some(outcome) => {
            let text = if outcome.stopped { "stopped".into() } else { ended(outcome.exit) };
            (text, outcome.weight().tone())
        }
    };
    scene.badge(text, tone);
    if detail == Detail::Full {
        full(&mut scene, state);
    } else {
        scene.lines(state.transcript.lines(SHOWN, false));
    }
    scene
}

/// The script's locks can be taken away while it runs: the only one by its key, one of several by
/// a menu. What is typed goes to its terminal.
pub fn actions(state: &State) -> Vec<Action<PythonCommand>> {
    let locks = state.figures.locks.iter();
    let locks =
        locks.filter(|lock| lock.kind.can_be_taken_away() && lock.number <= REMOVABLE_LOCKS);
    let items = locks.map(|lock| {
        let verb = if state.taken_away.contains(&lock.number) { "give back" } else { "take away" };
        (PythonCommand::ToggleLock(lock.number), format!("{verb} {}", lock.name), &lock.place)
    });
    let items: Vec<_> = items.collect();
    let terminal = state.has_terminal().then(|| {
        let label = Label::new("type to it").or("type");
        let kind = ActionKind::Terminal(With::new(PythonCommand::Terminal));
        Action::new(Key::Char('i'), label, kind).about("type into the script's terminal")
    });
    let about = "a lock that is taken away lets all pass; again: give it back";
    let locks = match items.as_slice() {
        [] => None,
        [(command, label, _)] => {
            Some(Action::press(Key::Char('l'), label.as_str(), command.clone()).about(about))
        }
        several => {
            let title = "Which lock is taken away, or given back?";
            let item = |(command, label, place): &(PythonCommand, _, _)| {
                (command.clone(), format!("{label} ({place})"))
            };
            let items = several.iter().map(item);
            Some(Action::choose(Key::Char('l'), "locks away", title, items).about(about))
        }
    };
    locks.into_iter().chain(terminal).collect()
}

fn full(scene: &mut Scene, state: &State) {
    let lanes = Panel::titled("Timeline", Body::Lanes(LaneChart::place()));
    scene.row(Height::Fill { min: 5, weight: 3 }, vec![lanes.note("newest at the right")]);
    // What a script asks must be in view, on a small screen too.
    if state.so_far.asked {
        output(scene, state);
    }
    let tasks = (!state.tasks.is_empty()).then(|| {
        let body = Body::Gantt(state.tasks.gantt());
        Panel::titled("Workers and their tasks", body).weight(3)
    });
    let figures = &state.figures;
    let title = match (figures.queues.is_empty(), figures.lists.is_empty()) {
        (false, true) => "Queues",
        (true, _) => "Lists that threads share",
        (false, false) => "Queues and lists",
    };
    let queues = (!figures.queues.is_empty() || !figures.lists.is_empty())
        .then(|| Panel::titled(title, Body::Bars(lengths(figures))).weight(2));
    let pools = (!figures.pools.is_empty())
        .then(|| Panel::titled("Where pools spend their time", Body::Bars(pools(&figures.pools))));
    let pools = pools.map(|panel| panel.weight(2));
    let pictures: Vec<_> = tasks.into_iter().chain(pools).chain(queues).collect();
    let has_pictures = !pictures.is_empty();
    if has_pictures {
        // One or two lengths need less, and leave the lines to the source.
        let are_alone = figures.pools.is_empty() && state.tasks.is_empty();
        let lengths = line_count(figures.queues.len() + figures.lists.len());
        let min = if are_alone { lengths.min(3) + 1 } else { 4 };
        scene.row(Height::Fill { min, weight: 3 }, pictures);
    }
    if !state.so_far.asked {
        output(scene, state);
    }
    // A script may share by queues, pools and lists alone.
    let locks = (!figures.locks.is_empty() || !has_pictures).then(|| {
        let panel = Panel::titled("Locks of the script", Body::Table(locks(state)));
        panel.weight(12).at_least(LOCKS_WIDTH)
    });
    let values = (!figures.values.is_empty())
        .then(|| Panel::titled("Shared values", Body::Table(values(&figures.values))).weight(8));
    let threads = threads(&figures.threads).weight(11).at_least(THREADS_WIDTH);
    let tables = locks.into_iter().chain(values).chain([threads]).collect();
    scene.row(Height::Fill { min: 3, weight: 1 }, tables);
}

/// What the script writes, with its source beside it.
fn output(scene: &mut Scene, state: &State) {
    let asks = state.wants_input();
    let written = Panel::titled("Output", Body::Tail(state.transcript.lines(SHOWN, asks)));
    let note = if asks {
        Label::new("the program waits for input").or("waits for input")
    } else {
        Label::new(state.name())
    };
    let (read, said) = if state.so_far.asked { (2, 3) } else { (3, 2) };
    let source = code::panel(state).map(|panel| panel.weight(read));
    let beside = source.into_iter().chain([written.note(note).weight(said)]).collect();
    scene.row(Height::Fill { min: 3, weight: 6 }, beside);
}

fn locks(state: &State) -> Table {
    let time = |times: Option<Times>, of: fn(&Times) -> Option<f64>| {
        let us = times.as_ref().and_then(of);
        let text = us.map_or_else(|| "-".to_owned(), |us| short_nanos(us * 1e3));
        Span::new(text, Tone::Plain)
    };
    let rows = state.figures.locks.iter().take(SHOWN).map(|lock| {
        let contended = if lock.contended > 0 { Tone::Waiting } else { Tone::Dim };
        let mut row = vec![
            Span::new(lock.name.clone(), Tone::Strong),
            Span::new(lock.kind.word(), Tone::Dim),
            now(state, lock),
            Span::new(count(lock.acquires), Tone::Plain),
            Span::new(count(lock.contended), contended),
            time(lock.wait_us, |times| times.p99),
            time(lock.hold_us, |times| Some(times.p50)),
        ];
        // Only where there is something to see, since a row has little room.
        row.extend(state.so_far.altered.then(|| Span::new(count(lock.passed), Tone::Caution)));
        row
    });
    let head = ["name", "kind", "now", "acquired", "contended", "wait p99", "hold p50"];
    let passed = state.so_far.altered.then_some("without it");
    let head = head.into_iter().chain(passed).map(Into::into);
    Table { head: head.collect(), rows: rows.collect(), figures_from: 3 }
}

/// What stands in each cell of shared memory, and how it was used.
fn values(values: &[ValueReport]) -> Table {
    let cells = values.iter().flat_map(|value| &value.cells);
    let rows = cells.take(SHOWN).map(|cell| {
        let number = cell.value.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let lost = if cell.lost_updates > 0 { Tone::Broken } else { Tone::Dim };
        vec![
            Span::new(cell.name.clone(), Tone::Strong),
            Span::new(number, Tone::Accent),
            Span::new(count(cell.reads), Tone::Plain),
            Span::new(count(cell.writes), Tone::Plain),
            Span::new(count(cell.lost_updates), lost),
        ]
    });
    let head = ["name", "value", "reads", "writes", "lost updates"].map(Into::into);
    Table { head: head.into(), rows: rows.collect(), figures_from: 1 }
}

/// Who holds a lock, and the line of those that wait for it.
fn now(state: &State, lock: &LockReport) -> Span {
    if state.taken_away.contains(&lock.number) {
        return Span::new("taken away", Tone::Broken);
    }
    let waiting: Vec<&str> = lock.waiting.iter().map(AsRef::as_ref).collect();
    let line = format!("◀ {}", waiting.join(", "));
    match (&lock.holder, waiting.is_empty()) {
        (None, true) => Span::new(if lock.kind.is_exclusive() { "free" } else { "-" }, Tone::Dim),
        (None, false) => Span::new(line, Tone::Waiting),
        (Some(holder), true) => Span::new(holder.clone(), Tone::Active),
        (Some(holder), false) => Span::new(format!("{holder} {line}"), Tone::Waiting),
    }
}

/// The time of each pool in its parts.
fn pools(pools: &[PoolReport]) -> Bars {
    let part = |name: &str, tone| Part { name: name.into(), tone };
    let bars = pools.iter().take(SHOWN).map(|pool| {
        let parts = &pool.parts_ms;
        let ms = [parts.start, parts.compute, parts.give_back, parts.shutdown];
        let ms = ms.map(|ms| ms.unwrap_or(0.0));
        let name = format!("{}, {}", pool.size, pool.start_method.word());
        Bar {
            label: Label::new(format!("{} ({name})", pool.name)).or(name),
            figure: short_nanos(ms.iter().sum::<f64>() * 1e6),
            values: ms.into(),
            note: Span::new(plural(pool.chunks, "chunk"), Tone::Dim),
            ..Bar::default()
        }
    });
    Bars {
        parts: vec![
            part("start", Tone::Caution),
            part("compute", Tone::Good),
            part("return", Tone::Accent),
            part("shutdown", Tone::Waiting),
        ],
        bars: bars.collect(),
        ..Bars::default()
    }
}

/// How long each queue and list is, and who waits at it or what went through.
fn lengths(figures: &Figures) -> Bars {
    let bar = |name: &Printable, items: u64, of: String, note: Span| Bar {
        label: name.to_string().into(),
        values: vec![to_f64(items)],
        figure: format!("{}{of}", count(items)),
        note,
        ..Bar::default()
    };
    let queues = figures.queues.iter().map(|queue| {
        let of = queue.maxsize.map_or_else(String::new, |size| format!(" of {}", count(size)));
        bar(&queue.name, queue.left, of, waiting(queue))
    });
    let lists = figures
        .lists
        .iter()
        .map(|list| bar(&list.name, list.left, String::new(), Span::new(changed(list), Tone::Dim)));
    let queue_ends =
        figures.queues.iter().map(|queue| queue.maxsize.unwrap_or(0).max(queue.longest));
    let list_ends = figures.lists.iter().map(|list| list.left);
    let longest = queue_ends.chain(list_ends).max().unwrap_or(0).max(4);
    Bars {
        parts: vec![Part { name: "items in it".into(), tone: Tone::Accent }],
        bars: queues.chain(lists).take(SHOWN).collect(),
        ticks: Axis::linear(to_f64(longest), |items| format!("{items:.0}")).ticks,
        ..Bars::default()
    }
}

/// What was done with a list; of one that is only looked at, how its length was last seen to change.
fn changed(list: &ListReport) -> String {
    let Some(look) = &list.looked_at else {
        let [appended, removed] = [list.appended, list.removed].map(Option::unwrap_or_default);
        return format!("{} appended, {} removed", count(appended), count(removed));
    };
    let when = look.released.as_ref().map_or_else(
        || format!("in {}", look.thread),
        |lock| format!("when {} released {lock}", look.thread),
    );
    format!("looked at: {} → {} {when}", count(look.before), count(list.left))
}

/// The waiting line of a queue, the first to come first; or else what went through.
fn waiting(queue: &QueueReport) -> Span {
    let line = |names: &[Printable], what: &str| {
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        let verb = if names.len() == 1 { "waits" } else { "wait" };
        (!names.is_empty())
            .then(|| Span::new(format!("{} {verb} {what}", names.join(", ")), Tone::Waiting))
    };
    let full = line(&queue.waiting_to_put, "to put");
    let empty = || line(&queue.waiting_to_get, "to get");
    let idle =
        || Span::new(format!("{} put, {} taken", count(queue.puts), count(queue.gets)), Tone::Dim);
    full.or_else(empty).unwrap_or_else(idle)
}

/// How each thread spends its time; or as long as no thread was looked at, what became of it.
fn threads(threads: &[ThreadReport]) -> Panel {
    // A library's own threads are of interest only if they fail.
    let shown = threads
        .iter()
        .filter(|thread| thread.role != Role::Helper || thread.ended == Some(ThreadEnd::Raised));
    let shown: Vec<_> = shown.take(SHOWN).collect();
    if let Some(bars) = sampled::bars(&shown) {
        let note = sampled::note(threads).unwrap_or_default();
        return Panel::titled("Threads", Body::Bars(bars)).note(note);
    }
    let row = |thread: &&ThreadReport| {
        let (end, tone) = sampled::end(thread);
        let name = Span::new(thread.name.clone(), Tone::Strong);
        vec![name, Span::new(thread.role.word(), Tone::Dim), Span::new(end, tone)]
    };
    let head = ["name", "role", "end"].map(Into::into).into();
    let rows = shown.iter().map(row).collect();
    Panel::titled("Threads", Body::Table(Table { head, rows, figures_from: 3 }))
}
