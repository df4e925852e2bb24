//! Scene of the variants: bars made of parts, the processes that exist, figures with
//! their spread. Arrangement only.
//!
//! While something is measured the scene is calm: it asks the screen to draw less often,
//! because drawing takes a core from the measurement.

mod charts;

use super::experiment::figures::{Bar, Figures, Mode, name};
use super::settings::{Kill, SIGNALS, Timing};
use super::state::{Phase, State, Worker};
use crate::lab::{Action, Detail, Key, Words};
use crate::scene::units::{self, nanos, to_f64, whole_nanos};
use crate::scene::{
    Activity, Bars, Body, Height, Label, Line, Panel, Scene, Span, Table, Tone, line, line_count,
};

const SHOWN: usize = 128;
pub const MS: f64 = 1e6;

pub fn scene(state: &State, detail: Detail) -> Scene {
    let plan = &state.plan;
    let mut scene = Scene::new(format!("Process pool: {} {}..{}", plan.task(), plan.from, plan.to));
    // The most important first: where room is short, the others go.
    if let Some(text) = under_way(state) {
        scene.badge(text, Tone::Caution);
    }
    scene.badge(
        match plan.timing {
            Timing::Whole => "timing: start-up included",
            Timing::Warm => "timing: warm pool",
        },
        Tone::Strong,
    );
    scene.badge(format!("median of {}", plan.repeat), Tone::Plain);
    scene.badge(plan.start.word(), Tone::Dim);
    // Until something is measured again there is nothing to disturb.
    scene.calm = !matches!(state.phase, Phase::Warm { .. } | Phase::Done);
    match detail {
        Detail::Compact => compact(&mut scene, state),
        Detail::Full => full(&mut scene, state),
    }
    scene
}

/// What is measured right now; `None` when the measurement is over. The text stands first
/// among the badges, because the figures are not final meanwhile.
fn under_way(state: &State) -> Option<String> {
    match &state.phase {
        Phase::Starting => Some("starting".to_owned()),
        Phase::Measuring { round, .. } => {
            Some(format!("measuring {round} of {}", state.plan.repeat))
        }
        Phase::BreakEven { work_ns } => {
            Some(format!("looking for break-even: {} a task", whole_nanos(*work_ns)))
        }
        Phase::Warm { .. } | Phase::Done => None,
    }
}

/// All that question 8 asks for in one picture. Of the threads one size is enough, and always
/// the same one: the middle of the sizes.
fn compact(scene: &mut Scene, state: &State) {
    let threads = state.plan.sizes.get(state.plan.sizes.len() / 2);
    let shown =
        |bar: &&Bar| bar.variant.mode != Mode::Threads || threads == Some(&bar.variant.size);
    let shown: Vec<_> = state.bars.iter().filter(shown).collect();
    let bars = charts::wall_time(state, &shown);
    let bars = Bars { result: result(state), ..bars };
    // In two columns where it is low, and with the legend.
    let min = line_count(bars.bars.len().max(1).div_ceil(2)) + 1;
    scene.row(Height::Fill { min, weight: 1 }, vec![Panel::bare(Body::Bars(bars))]);
}

fn full(scene: &mut Scene, state: &State) {
    let all: Vec<_> = state.bars.iter().collect();
    let bars = charts::wall_time(state, &all);
    // With the ticks and the legend.
    let min = line_count(bars.bars.len().max(1)) + 2;
    let chart = Panel::titled(wall_time_title(state), Body::Bars(bars))
        .note(Label::new("parts of the median run").or("median run").or(""));
    scene.row(Height::Fill { min, weight: 4 }, vec![chart]);
    scene.lines(vec![results(state), warm_pool(state)]);
    let times = table(state);
    let min = line_count(times.rows.len().max(1)) + 1;
    scene.row(
        Height::Fill { min: min.max(8), weight: 2 },
        vec![
            Panel::titled("Size and time taken", Body::Table(times)).weight(5),
            charts::break_even(state).weight(6),
        ],
    );
    let alive = state.workers.iter().filter(|worker| worker.activity != Activity::Dead).count();
    let processes = Panel::titled("Processes", Body::Table(processes(state)))
        .note(format!("{alive} alive"))
        .weight(5)
        // Beside the two before only where all four can be read.
        .at_least(40);
    let most = state.plan.sizes.last().copied().unwrap_or(1).min(SHOWN);
    // Where it is wide the bars get the lines of this row.
    let reuse = charts::reuse(state).weight(6);
    scene.joining_row(
        Height::Fill { min: line_count(most.max(1)) + 1, weight: 1 },
        vec![processes, reuse],
    );
}

fn wall_time_title(state: &State) -> Label {
    let tasks = units::plural(state.plan.tasks() as u64, "task");
    let title = match state.plan.timing {
        Timing::Whole => format!("Time of {tasks}, start-up included"),
        Timing::Warm => format!("Time of {tasks} on a pool that exists already"),
    };
    Label::new(title).or(format!("Time of {tasks}"))
}

/// The results for the legend of the bars, where a line of their own would cost a bar.
fn result(state: &State) -> Label {
    let [(squares, _), (sign, _)] = returned(state);
    if squares.is_empty() {
        return Label::default();
    }
    match state.wrong {
        0 => Label::new(format!("results {squares}")).or(squares),
        _ => Label::new(format!("{squares} {sign}")).or(sign),
    }
}

fn results(state: &State) -> Line {
    let [squares, sign] = returned(state);
    line([("results  ".to_owned(), Tone::Dim), squares, ("  ".to_owned(), Tone::Plain), sign])
}

/// What the tasks returned, once: all runs have to return the same. The first ten and the last,
/// and whether they were the same in every run.
fn returned(state: &State) -> [(String, Tone); 2] {
    let latest = state.bars.iter().rev().find_map(Bar::latest);
    let squares = latest.map_or(&[][..], |sample| &sample.results);
    let (first, rest) = squares.split_at(squares.len().min(10));
    let mut texts: Vec<_> = first.iter().map(u64::to_string).collect();
    if rest.len() > 1 {
        texts.push("..".to_owned());
    }
    texts.extend(rest.last().map(u64::to_string));
    let (sign, tone) = match (squares.is_empty(), state.wrong) {
        (true, _) => ("follow", Tone::Dim),
        (false, 0) => ("in every run", Tone::Good),
        (false, _) => ("not in every run", Tone::Broken),
    };
    [(texts.join(" "), Tone::Strong), (sign.to_owned(), tone)]
}

/// Most processes in the line of the warm pool.
const IN_LINE: usize = 12;

/// The processes of the warm pool by their numbers, each with a sign for what it does. One that was
/// killed stands in its place with the signal: the table of all of them may be out of sight.
fn warm_pool(state: &State) -> Line {
    let head = line([("warm pool  ", Tone::Dim)]);
    if !matches!(state.phase, Phase::Warm { .. }) {
        return head.then("starts after the measurement", Tone::Dim);
    }
    // Where there are too many, those that were killed stay.
    let (killed, alive): (Vec<_>, Vec<_>) =
        state.workers.iter().partition(|worker| worker.killed_by.is_some());
    let room = IN_LINE.saturating_sub(killed.len());
    let more = alive.len().saturating_sub(room);
    let mut shown: Vec<_> = killed.into_iter().chain(alive.into_iter().take(room)).collect();
    shown.sort_by_key(|worker| (worker.name.len(), &worker.name));
    let all = shown.into_iter().fold(head, |line, worker| {
        let number = worker.name.rsplit(' ').next().unwrap_or_default();
        let what = match (worker.activity, &worker.killed_by) {
            (_, Some(signal)) => format!("† {signal}"),
            (Activity::Running, _) => "►".to_owned(),
            _ => "·".to_owned(),
        };
        let line = line.then(format!("{number} "), Tone::Plain);
        line.then(format!("{what}  "), worker.activity.tone())
    });
    if more > 0 { all.then(format!("+{more}"), Tone::Dim) } else { all }
}

/// Each process with what it does and has done. The word for what it does has as many columns
/// as the longest of them, so that nothing moves when it changes.
fn processes(state: &State) -> Table {
    let row = |worker: &Worker| {
        let does = worker.killed_by.as_deref().unwrap_or(worker.activity.word());
        let memory = worker.memory_kib.map_or_else(|| "-".to_owned(), mebibytes);
        vec![
            Span::from(worker.pid.to_string()),
            Span::new(format!("{does:<8}"), worker.activity.tone()),
            Span::new(worker.done.to_string(), Tone::Strong),
            memory.into(),
        ]
    };
    let rows = state.workers.iter().take(SHOWN).map(row);
    let head = ["pid".into(), "does".into(), Label::new("tasks done").or("tasks"), "memory".into()];
    Table { head: head.into(), rows: rows.collect(), figures_from: 2 }
}

fn mebibytes(kib: u64) -> String {
    format!("{:.1} MiB", to_f64(kib) / 1024.0)
}

/// The exercise's table: each size and the time taken; then the parts of the median run, as far
/// as there is room: names count as figures, which are never cut. Always of the whole run: the
/// setting changes what the bars show, and the table is where all figures can be found.
fn table(state: &State) -> Table {
    let head = ["", "time taken", "start", "send", "work", "return", "join", "min", "max", "runs"];
    let rows = state.bars.iter().filter_map(|bar| {
        let Figures { total, parts, .. } = bar.figures(Timing::Whole)?;
        let figures = [parts.create(), parts.send, parts.compute, parts.returned, parts.join];
        let figures = figures.into_iter().chain([total.min, total.max]);
        let mut row = vec![name(bar.variant).into(), Span::new(nanos(total.median), Tone::Strong)];
        row.extend(figures.map(|ns| Span::from(nanos(ns))));
        row.push(total.samples.to_string().into());
        Some(row)
    });
    Table { head: head.map(Into::into).into(), rows: rows.collect(), figures_from: 0 }
}

/// Offers to kill a worker of the warm pool, while there is one. Not while something is
/// measured: a kill would be in the figures.
pub fn actions(state: &State) -> Vec<Action<Kill>> {
    let alive = state.workers.iter().filter(|worker| worker.activity != Activity::Dead);
    let items: Vec<_> = alive
        // More would not fit in a menu, each with three signals.
        .take(16)
        .flat_map(|worker| {
            SIGNALS.map(|(signal, name)| {
                let text = format!("{name} to process {} ({})", worker.pid, worker.name);
                (Kill { pid: worker.pid, signal }, text)
            })
        })
        .collect();
    if !matches!(state.phase, Phase::Warm { .. }) || items.is_empty() {
        return Vec::new();
    }
    let title = "Kill a worker of the warm pool";
    let about = "send a signal to a worker process of the warm pool";
    vec![Action::choose(Key::Char('k'), "kill a worker", title, items).about(about)]
}
