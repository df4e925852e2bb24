//! The lab's scene. Arrangement only.
//!
//! The hero is the queue that drains into the workers: the tasks as boxes in the order of
//! submission, each gone as soon as a worker has taken it, and below them which task was on
//! which worker from when to when. Then the futures, the two orders, what the pool gained, and
//! the results.

mod orders;

pub use orders::brief;

use self::orders::{name_columns, order_lines, tone, value_columns, values};
use super::facts::{Settled, activity};
use super::state::{Interval, State, Task, Worker};
use crate::kit::future::Status;
use crate::lab::Detail;
use crate::printable::Printable;
use crate::scene::units::{count, nanos, ordinal, plural, to_f64, whole_nanos};
use crate::scene::{
    Activity, Body, Boxes, Cell, Gantt, GanttRow, GanttTask, Grid, GridStyle, Height, Label,
    LaneChart, Line, Panel, Scene, Slot, Span, Table, Tone, line, line_count,
};
use crate::timeline::stat::Verdict;

const SHOWN: usize = 200;
/// Tasks of the queue that are shown as boxes.
const QUEUED: usize = 64;
/// Scales of the workers' chart, in steps that are used again at each power of ten: it changes
/// only when a round takes longer than the scale before.
const SCALES: [u64; 10] = [100, 120, 150, 200, 250, 300, 400, 500, 600, 800];

pub fn scene(state: &State, detail: Detail) -> Scene {
    let mut scene = Scene::new("Factorial pool");
    badges(&mut scene, state);
    match detail {
        Detail::Compact => compact(&mut scene, state),
        Detail::Full => full(&mut scene, state),
    }
    scene
}

fn badges(scene: &mut Scene, state: &State) {
    let plan = &state.plan;
    if plan.pace_ns > 0 {
        let pace = whole_nanos(plan.pace_ns);
        scene.badge(format!("each pauses {pace}"), Tone::Dim);
    }
    scene.badge(format!("{}! to {}!", plan.from, plan.to), Tone::Plain);
    if state.armed {
        scene.badge("the next task raises an exception", Tone::Caution);
    }
    scene.badge(plural(plan.workers as u64, "worker"), Tone::Strong);
}

fn compact(scene: &mut Scene, state: &State) {
    let queue = Panel::bare(Body::Boxes(queue(state)));
    scene.row(Height::Fill { min: 1, weight: 1 }, vec![queue]);
    let height = line_count(state.plan.workers.div_ceil(4));
    let workers = Panel::bare(Body::Grid(workers(state)));
    scene.row(Height::Fill { min: height.clamp(1, 2), weight: 1 }, vec![workers]);
    let results = Panel::bare(Body::Grid(futures(state, true)));
    scene.row(Height::Fill { min: 1, weight: 2 }, vec![results]);
}

fn full(scene: &mut Scene, state: &State) {
    let queue = Panel::titled("Queue", Body::Boxes(queue(state))).note(counts(state));
    scene.row(Height::Lines(3), vec![queue]);
    scene.lines(vec![values(state)]);
    let height = line_count(state.plan.workers);
    let started = format!("{} of {} started", state.workers.len(), state.plan.workers);
    let gantt = Panel::titled("Workers and their tasks", Body::Gantt(gantt(state))).note(started);
    scene.row(Height::Fill { min: height.clamp(2, 16) + 1, weight: 4 }, vec![gantt.weight(3)]);
    let order =
        if state.plan.by_completion { "in order of completion" } else { "in order of submission" };
    let results = Panel::titled("Results", Body::Table(results(state))).note(order);
    let height = line_count(state.tasks.len() + 1).clamp(3, 11);
    let results = results.weight(2).at_least(78);
    scene.joining_row(Height::Fill { min: height, weight: 2 }, vec![results]);
    let mut orders = order_lines(state);
    orders.extend([pool_line(state), gain_line(state)]);
    let futures =
        Panel::titled("Futures", Body::Grid(futures(state, false))).note(range(state)).at_least(36);
    let orders = Panel::titled("Orders, and what the pool gained", Body::Lines(orders));
    scene.row(Height::Fill { min: 4, weight: 1 }, vec![futures, orders.at_least(60)]);
    // The lanes of the threads show the same as the tasks, in less detail.
    let timeline = Panel::titled("Timeline", Body::Lanes(LaneChart::place()));
    scene.row(Height::Fill { min: 3, weight: 2 }, vec![timeline.note("newest at the right")]);
}

/// The tasks in the order of submission. A box is empty as soon as a worker has taken its task;
/// of very many tasks those are shown that wait.
fn queue(state: &State) -> Boxes {
    let waits = |task: &Task| task.status == Status::Pending;
    let first = match state.tasks.len() {
        ..=QUEUED => 0,
        all => state.tasks.iter().position(waits).unwrap_or(all).min(all - QUEUED),
    };
    let slot = |(at, task): (usize, &Task)| {
        let n = state.plan.from + u32::try_from(at).unwrap_or(0);
        let text = if waits(task) { format!("{n}!") } else { String::new() };
        Slot { text, tone: tone(n), ..Slot::default() }
    };
    let shown = state.tasks.iter().enumerate().skip(first).take(QUEUED);
    let queued = state.tasks.iter().filter(|task| waits(task)).count();
    let columns = name_columns(state);
    Boxes {
        slots: shown.map(slot).collect(),
        caption: format!("{queued:>columns$} queued"),
        widest: u16::try_from(columns).unwrap_or(3),
        ..Boxes::default()
    }
}

/// One cell per worker, those that were never needed included: that a pool starts no
/// thread without need is a part of the answer.
fn workers(state: &State) -> Grid {
    let started = state.workers.iter().enumerate().map(|(number, worker)| Cell {
        name: worker.name.to_string(),
        activity: worker.activity,
        text: worker.task.map_or_else(|| format!("did {}", worker.ended), |n| format!("{n}!")),
        tone: Tone::of_thread(number),
        share: share(state, worker),
    });
    let missing = not_started(state).map(|name| Cell {
        name,
        text: "unused".to_owned(),
        tone: Tone::Dim,
        ..Cell::default()
    });
    let widest = u16::try_from(name_columns(state)).unwrap_or(3).max(7);
    Grid { cells: started.chain(missing).collect(), widest, style: GridStyle::Bars }
}

/// The names of the workers that were not needed so far. Threads are numbered in the order in
/// which they start, so those that are missing have the numbers from there on.
fn not_started(state: &State) -> impl Iterator<Item = String> {
    (state.workers.len()..state.plan.workers).map(|index| format!("{}_{index}", super::WORKER))
}

/// How much of its pause a task has passed: computing takes no time beside it. Without a pause
/// nothing is known before the end.
fn share(state: &State, worker: &Worker) -> Option<f64> {
    worker.task?;
    let pace = state.plan.pace_ns;
    // The latest event, not the clock: a scene is made of the state alone. Ticks keep it
    // current.
    let elapsed = state.now.saturating_sub(worker.since);
    match worker.activity {
        Activity::Running | Activity::Sleeping if pace > 0 => Some(to_f64(elapsed) / to_f64(pace)),
        Activity::Running | Activity::Sleeping => None,
        _ => Some(1.0),
    }
}

/// Which task was on which worker, from the beginning of the round on.
fn gantt(state: &State) -> Gantt {
    let pauses = format!("pauses {}", whole_nanos(state.plan.pace_ns));
    let task = |worker: &Worker, at: usize, interval: Interval| {
        // Its name stands where it is longest: in the pause, if it has one.
        let next = worker.did.get(at + 1).filter(|next| next.n == interval.n);
        let before = at.checked_sub(1).and_then(|at| worker.did.get(at));
        let named = interval.rests
            || !next.is_some_and(|next| next.rests) && before.is_none_or(|it| it.n != interval.n);
        GanttTask {
            from: interval.from.saturating_sub(state.began),
            to: interval.to.unwrap_or(state.now).saturating_sub(state.began),
            name: if named { format!("{}!", interval.n).into() } else { Printable::default() },
            note: if interval.rests { pauses.clone() } else { String::new() },
            tone: tone(interval.n),
            rests: interval.rests,
        }
    };
    let started = state.workers.iter().enumerate().map(|(number, worker)| GanttRow {
        name: (&worker.name).into(),
        tone: Tone::of_thread(number),
        tasks: worker.did.iter().enumerate().map(|(at, it)| task(worker, at, *it)).collect(),
    });
    let missing = not_started(state).map(|name| GanttRow {
        name: name.into(),
        tone: Tone::Dim,
        tasks: Vec::new(),
    });
    let over = state.summary.is_some();
    let ends = state.workers.iter().flat_map(|worker| worker.did.iter().filter_map(|it| it.to));
    let now = if over { ends.max().unwrap_or(state.began) } else { state.now };
    let now = now.saturating_sub(state.began);
    Gantt { from: 0, to: scale(state, now), now, rows: started.chain(missing).collect() }
}

/// The end of the chart: what the pauses need, or the first scale that the round has not
/// exceeded.
fn scale(state: &State, now: u64) -> u64 {
    let rounds = state.tasks.len().div_ceil(state.plan.workers.max(1)) as u64;
    let pauses = state.plan.pace_ns.saturating_mul(rounds);
    // A twentieth more than the pauses, for starting the threads.
    let wanted = now.max(pauses.saturating_add(pauses / 20)).max(100_000);
    let power = 10u64.pow(wanted.ilog10().saturating_sub(2));
    let steps = SCALES.into_iter().chain([1000]).map(|step| step.saturating_mul(power));
    steps.into_iter().find(|step| *step >= wanted).unwrap_or(wanted)
}

fn counts(state: &State) -> Label {
    let of = |status| state.count(status);
    let (queued, running) = (of(Status::Pending), of(Status::Running));
    let done = state.tasks.len() - queued - running;
    let all = state.tasks.len();
    let ends = [(Status::Failed, "failed"), (Status::Cancelled, "cancelled")];
    let ends = ends.into_iter().filter(|(status, _)| of(*status) > 0);
    let parts =
        [format!("{queued} queued"), format!("{running} running"), format!("{done} of {all} done")];
    let parts =
        parts.into_iter().chain(ends.map(|(status, word)| format!("{} {word}", of(status))));
    let short = parts.collect::<Vec<_>>().join(", ");
    match state.pause_ns {
        Some(rest) => {
            let next = whole_nanos(rest);
            Label::new(format!("{short}; round {} over, the next within {next}", state.round))
                .or(short)
        }
        None => short.into(),
    }
}

/// What the pool itself cost: making it, the tasks, joining its threads. Empty until the
/// first of these is known.
fn pool_line(state: &State) -> Line {
    let time = whole_nanos;
    let mut figures = Vec::new();
    figures.extend(state.created_ns.map(|ns| format!("pool made in {}", time(ns))));
    figures.extend(state.summary.as_ref().map(|summary| {
        format!("tasks took {}, longest queue {}", time(summary.wall_ns), summary.max_queue)
    }));
    figures.extend(state.joined_ns.map(|ns| format!("joined in {}", time(ns))));
    line([Span::new(figures.join("; "), Tone::Dim)])
}

/// What the pool gained over one thread, by paired rounds.
fn gain_line(state: &State) -> Line {
    let Some((alone, wall)) = state.gains.back() else {
        return line([("gained    known after the first round", Tone::Dim)]);
    };
    let pairs: Vec<_> = state.gains.iter().copied().collect();
    let verdict = match Verdict::of(&pairs) {
        Verdict::TooFew { .. } => format!("{:.1} times as fast in this round", alone / wall),
        verdict => verdict.to_string(),
    };
    let alone = nanos(*alone);
    line([
        ("gained    ".to_owned(), Tone::Dim),
        (verdict, Tone::Strong),
        (format!("; one thread needs {alone}"), Tone::Plain),
    ])
}

/// One cell per future, with its value and its place among those that are done if `results` are
/// wanted, else with its status. The order is that of submission, so a cell does not move when
/// its task is completed; of very many, the part is shown that is being worked on.
fn futures(state: &State, results: bool) -> Grid {
    let first = window(state);
    let last = state.tasks.len();
    // As wide as the last value, or its beginning and end.
    let value = value_columns(state.plan.to);
    let place = |n: u32| state.completed.iter().position(|other| *other == n);
    let cell = |(position, task): (usize, &Task)| {
        let n = state.plan.from + u32::try_from(position).unwrap_or(0);
        let done = match &task.settled {
            Some(Settled { value: Some(value), .. }) => brief(value),
            _ => task.status.word().to_owned(),
        };
        let text = match place(n).filter(|_| results) {
            Some(place) => format!("{done:<value$} {}", ordinal(place + 1)),
            None if results => done,
            None => task.status.word().to_owned(),
        };
        Cell { name: format!("{n}!"), activity: activity(task.status), text, ..Cell::default() }
    };
    let shown = state.tasks.iter().enumerate().skip(first).take(SHOWN);
    let widest = if results { value + 1 + ordinal(last).len() } else { "cancelled".len() };
    let widest = u16::try_from(widest.max("cancelled".len())).unwrap_or(16);
    Grid { cells: shown.map(cell).collect(), widest, style: GridStyle::Brief }
}

/// Which futures are shown, if not all are.
fn range(state: &State) -> String {
    let (first, all) = (window(state), state.tasks.len());
    if all <= SHOWN {
        return "in order of submission".to_owned();
    }
    let n = |at: usize| state.plan.from as usize + at;
    format!("{}! to {}! of {}", n(first), n(first + SHOWN - 1), count(all as u64))
}

/// The first position to show: some that are over, then those that are not. So the part
/// of a long list that is drawn moves on with the work.
fn window(state: &State) -> usize {
    let open = state.tasks.iter().position(|task| task.status.is_open());
    let last = state.tasks.len().saturating_sub(SHOWN);
    open.map_or(last, |open| open.saturating_sub(SHOWN / 4).min(last))
}

fn results(state: &State) -> Table {
    let head =
        ["", "state", "value", "done as", "digits", "worker", "queued", "on worker", "computing"];
    let rows = state.in_order().into_iter().map(|(n, task)| {
        let activity = activity(task.status);
        let settled = task.settled.as_ref();
        let time = |ns: Option<u64>| ns.map_or(Span::default(), |ns| whole_nanos(ns).into());
        let value = settled.and_then(|settled| settled.value.as_deref());
        let error = settled.and_then(|settled| settled.error.as_deref());
        // What was said, without where: the story has the place.
        let error = error.map(|error| error.rsplit(": ").next().unwrap_or(error).to_owned());
        let place = state.completed.iter().position(|other| *other == n);
        vec![
            format!("{n}!").into(),
            Span::new(task.status.word(), activity.tone()),
            value.map(brief).or(error).unwrap_or_default().into(),
            place.map_or(Span::default(), |place| ordinal(place + 1).into()),
            value.map_or(Span::default(), |value| count(value.len() as u64).into()),
            settled.and_then(|it| it.worker.as_deref()).unwrap_or_default().into(),
            time(settled.map(|settled| settled.queued_ns)),
            time(settled.and_then(|settled| settled.ran_ns)),
            time(settled.and_then(|settled| settled.computed_ns)),
        ]
    });
    Table { head: head.map(Into::into).into(), rows: rows.take(SHOWN).collect(), figures_from: 3 }
}
