//! The lab's scene: workers, futures, the two orders, results. Arrangement only.

use super::facts::{Settled, TaskStatus};
use super::state::{State, Task, Worker};
use crate::lab::Detail;
use crate::scene::units::{count, nanos, plural, to_f64};
use crate::scene::{
    Activity, Body, Cell, Grid, Height, Line, Panel, Scene, Span, Table, Tone, line,
};

const SHOWN: usize = 200;
const WHOLE: usize = 21;

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
    scene.badge(plural(plan.workers as u64, "worker"), Tone::Strong);
    if state.armed {
        scene.badge("the next task panics", Tone::Caution);
    }
    scene.badge(format!("{}! to {}!", plan.from, plan.to), Tone::Plain);
    if plan.pace_ns > 0 {
        let pace = nanos(to_f64(plan.pace_ns));
        scene.badge(format!("+{pace} added to each task"), Tone::Dim);
    }
}

fn compact(scene: &mut Scene, state: &State) {
    let lines = u16::try_from(state.plan.workers.div_ceil(3)).unwrap_or(u16::MAX);
    let workers = Panel::bare(Body::Grid(workers(state)));
    scene.row(Height::Lines(lines.clamp(1, 4)), vec![workers]);
    scene.lines(std::iter::once(counts(state)).chain(order_lines(state)).collect());
    let futures = Panel::bare(Body::Grid(futures(state)));
    scene.row(Height::Fill { min: 2, weight: 1 }, vec![futures]);
}

fn full(scene: &mut Scene, state: &State) {
    let started = format!("{} of {} started", state.workers.len(), state.plan.workers);
    let lines = u16::try_from(state.plan.workers.div_ceil(8)).unwrap_or(u16::MAX);
    scene.row(
        Height::Lines(lines.clamp(1, 8)),
        vec![Panel::titled("Workers", Body::Grid(workers(state))).note(started)],
    );
    let mut lines = vec![counts(state), pool_line(state)];
    lines.extend(order_lines(state));
    scene.lines(lines);
    let order =
        if state.plan.by_completion { "in order of completion" } else { "in order of submission" };
    let height = u16::try_from(state.tasks.len()).unwrap_or(u16::MAX);
    scene.row(
        Height::Fill { min: height.clamp(2, 6), weight: 3 },
        vec![
            Panel::titled("Futures", Body::Grid(futures(state))).weight(2),
            Panel::titled("Results", Body::Table(results(state))).note(order).weight(3),
        ],
    );
}

/// One cell per worker, those that were never needed included: that a pool starts no
/// thread without need is a part of the answer.
fn workers(state: &State) -> Grid {
    let started = state.workers.iter().map(|worker| Cell {
        name: worker.name.to_string(),
        activity: worker.activity,
        text: doing(state, worker),
    });
    // Threads are numbered in the order in which they start, so those that are missing
    // have the numbers from there on.
    let missing = (state.workers.len()..state.plan.workers).map(|index| Cell {
        name: format!("{}_{index}", super::WORKER),
        activity: Activity::Idle,
        text: "not started".to_owned(),
    });
    Grid { cells: started.chain(missing).collect() }
}

/// What a worker does: its task and for how long, or how many it has done. Times below a
/// millisecond are left out, as they would only flicker.
fn doing(state: &State, worker: &Worker) -> String {
    let Some(n) = worker.task else {
        return format!("did {}", worker.ended);
    };
    // The latest event, not the clock: a scene is made of the state alone. Ticks keep it
    // current.
    let elapsed = state.now.saturating_sub(worker.since);
    match worker.activity {
        Activity::Running | Activity::Sleeping if elapsed >= 1_000_000 => {
            format!("{n}! {}", nanos(to_f64(elapsed)))
        }
        _ => format!("{n}!"),
    }
}

fn counts(state: &State) -> Line {
    let of = |status| state.count(status);
    let (finished, failed, cancelled) =
        (of(TaskStatus::Finished), of(TaskStatus::Failed), of(TaskStatus::Cancelled));
    let mut counts = line([
        Span::from(format!("queue {}", of(TaskStatus::Pending))),
        format!("   running {}", of(TaskStatus::Running)).into(),
        format!("   done {} / {}", finished + failed + cancelled, state.tasks.len()).into(),
    ]);
    if failed > 0 {
        counts = counts.then(format!("   failed {failed}"), Tone::Broken);
    }
    if cancelled > 0 {
        counts = counts.then(format!("   cancelled {cancelled}"), Tone::Dim);
    }
    if let Some(rest) = state.pause_ns {
        let text = format!("   round {} over, next within {}", state.round, nanos(to_f64(rest)));
        counts = counts.then(text, Tone::Dim);
    }
    counts
}

/// What the pool itself cost: making it, the tasks, joining its threads. Empty until the
/// first of these is known.
fn pool_line(state: &State) -> Line {
    let time = |ns: u64| nanos(to_f64(ns));
    let mut figures = Vec::new();
    figures
        .extend(state.created_ns.map(|ns| format!("pool made and tasks queued in {}", time(ns))));
    figures.extend(state.summary.as_ref().map(|summary| {
        let wall = time(summary.wall_ns);
        format!("tasks done in {wall}   longest queue {}", summary.max_queue)
    }));
    figures.extend(state.joined_ns.map(|ns| format!("threads joined in {}", time(ns))));
    line([Span::new(figures.join("   "), Tone::Dim)])
}

/// One cell per future; of very many, the part that is being worked on. The order is that
/// of submission, so a cell does not move when its task is completed.
fn futures(state: &State) -> Grid {
    let first = window(state);
    let cell = |(position, task): (usize, &Task)| Cell {
        name: format!("{}!", state.plan.from as usize + position),
        activity: task.status.activity(),
        text: match &task.settled {
            Some(Settled { value: Some(value), .. }) => brief(value),
            // The glyph's own word says the rest.
            _ if task.status == TaskStatus::Pending => "pending".to_owned(),
            _ => String::new(),
        },
    };
    let shown = state.tasks.iter().enumerate().skip(first).take(SHOWN);
    Grid { cells: shown.map(cell).collect() }
}

/// The first position to show: some that are over, then those that are not. So the part
/// of a long list that is drawn moves on with the work.
fn window(state: &State) -> usize {
    let open = state.tasks.iter().position(|task| !task.status.over());
    let last = state.tasks.len().saturating_sub(SHOWN);
    open.unwrap_or(0).saturating_sub(SHOWN / 4).min(last)
}

/// Submission and completion, one above the other: where they differ, the lower one
/// stands out.
fn order_lines(state: &State) -> Vec<Line> {
    let first = state.completed.len().saturating_sub(SHOWN / 4);
    let submitted: Vec<_> = state.plan.numbers().skip(first).take(SHOWN / 2).collect();
    let completed = state.completed.iter().skip(first);
    let mut lines =
        [Line::new().then("submitted", Tone::Dim), Line::new().then("completed", Tone::Dim)];
    let text = |n: u32| format!(" {n}!");
    for n in &submitted {
        lines[0] = std::mem::take(&mut lines[0]).then(text(*n), Tone::Plain);
    }
    for (n, expected) in completed.zip(&submitted) {
        let tone = if n == expected { Tone::Good } else { Tone::Caution };
        lines[1] = std::mem::take(&mut lines[1]).then(text(*n), tone);
    }
    lines.into()
}

fn results(state: &State) -> Table {
    let head = ["", "state", "value", "digits", "worker", "queued", "on worker", "computing"];
    let rows = state.in_order().into_iter().filter_map(|(n, task)| {
        let settled = task.settled.as_ref()?;
        let time = |ns: Option<u64>| ns.map_or(Span::default(), |ns| nanos(to_f64(ns)).into());
        let value = settled.value.as_deref();
        Some(vec![
            format!("{n}!").into(),
            Span::new(settled.state.word(), settled.state.activity().tone()),
            value
                .map(brief)
                .or_else(|| settled.error.as_deref().map(str::to_owned))
                .unwrap_or_default()
                .into(),
            value.map_or(Span::default(), |value| count(value.len() as u64).into()),
            settled.worker.as_deref().unwrap_or_default().into(),
            time(Some(settled.queued_ns)),
            time(settled.ran_ns),
            time(settled.computed_ns),
        ])
    });
    Table { head: head.map(Into::into).into(), rows: rows.take(SHOWN).collect(), figures_from: 3 }
}

pub fn brief(value: &str) -> String {
    if value.len() <= WHOLE {
        return value.to_owned();
    }
    let (head, tail) = (&value[..8], &value[value.len() - 4..]);
    format!("{head}..{tail}")
}
