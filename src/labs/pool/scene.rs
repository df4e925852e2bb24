//! Scene of the variants: bars made of parts, the processes that exist, figures with
//! their spread. Arrangement only.
//!
//! While something is measured the scene is calm: it asks the screen to draw less often,
//! because drawing takes a core from the measurement.

use super::experiment::figures::{Bar, Figures, Mode, Parts, name};
use super::settings::{Kill, SIGNALS, Timing};
use super::state::{Phase, State};
use crate::lab::{Action, Detail, Key, Words};
use crate::scene::units::{nanos, to_f64};
use crate::scene::{
    self, Activity, Bars, Body, Cell, Grid, Height, Label, Line, Panel, Part, Scale, Scene, Span,
    Table, Tone, line,
};
use crate::timeline::stat::{FEWEST, Verdict};

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
            Some(format!("break-even: {} a task", nanos(to_f64(*work_ns))))
        }
        Phase::Warm { .. } | Phase::Done => None,
    }
}

fn compact(scene: &mut Scene, state: &State) {
    let shown: Vec<_> = state.bars.iter().filter(|bar| worth_a_line(state, bar)).collect();
    let height = u16::try_from(shown.len().max(1)).unwrap_or(u16::MAX);
    let bars = Panel::bare(Body::Bars(bars(state, &shown)));
    scene.row(Height::Fill { min: height.min(4), weight: 1 }, vec![bars]);
    scene.lines(vec![warm_line(state)]);
}

/// Whether a bar is shown where there is little room: threads and CPython only with their
/// best size, serial and processes with all, as they are what the lab compares.
fn worth_a_line(state: &State, bar: &Bar) -> bool {
    let alone = matches!(bar.variant.mode, Mode::Threads | Mode::Python);
    let best = || {
        let same = state.bars.iter().filter(|other| other.variant.mode == bar.variant.mode);
        let shown = |bar: &&Bar| bar.figures(state.plan.timing).map(|figures| figures.shown.median);
        let best = same.filter(|bar| shown(bar).is_some());
        // A figure that is no number compares as equal, so a wrong sample cannot panic
        // the screen.
        best.min_by(|a, b| shown(a).partial_cmp(&shown(b)).unwrap_or(std::cmp::Ordering::Equal))
    };
    !alone || best().is_none_or(|best| best.variant == bar.variant)
}

fn full(scene: &mut Scene, state: &State) {
    let all: Vec<_> = state.bars.iter().collect();
    let height = u16::try_from(all.len()).unwrap_or(u16::MAX);
    let chart = Panel::titled("Wall time", Body::Bars(bars(state, &all)))
        .note("breakdown of the median run");
    scene.row(Height::Fill { min: height.clamp(3, 8), weight: 4 }, vec![chart]);
    let warm_pool = format!(
        "{} alive now",
        state.workers.iter().filter(|w| w.activity != Activity::Dead).count()
    );
    scene.row(
        Height::Fill { min: 1, weight: 1 },
        vec![Panel::titled("Processes", Body::Grid(processes(state))).note(warm_pool)],
    );
    scene.lines(vec![warm_line(state)]);
    scene.row(
        Height::Fill { min: 4, weight: 3 },
        vec![
            Panel::titled("Medians and parts, ms", Body::Table(table(state))).weight(9),
            Panel::titled(
                Label::new("Break-even: work per task").or("Break-even"),
                Body::Table(break_even(state)),
            )
            .weight(5),
        ],
    );
}

fn bars(state: &State, shown: &[&Bar]) -> Bars {
    let part = |name: &str, tone| Part { name: name.to_owned(), tone: Tone::Series(tone) };
    let ranks = ranks(state, shown);
    Bars {
        parts: ["create", "send", "compute", "return", "join"]
            .into_iter()
            .zip(0..)
            .map(|(name, tone)| part(name, tone))
            .collect(),
        bars: shown.iter().zip(ranks).map(|(bar, rank)| one_bar(state, bar, rank)).collect(),
        scale: Scale::Linear,
    }
}

/// Places from 1: one more than there are others that are surely faster, so that those
/// between which the rounds do not decide share a place. 0 before all rounds are over.
fn ranks(state: &State, bars: &[&Bar]) -> Vec<usize> {
    let timing = state.plan.timing;
    let enough = |bar: &Bar| state.rounds_are_over() && bar.samples.len() >= FEWEST;
    let rank = |bar: &&Bar| {
        let beats = |other: &&&Bar| other.compared_with(bar, timing).is_faster();
        usize::from(enough(bar)) * (1 + bars.iter().filter(beats).count())
    };
    bars.iter().map(rank).collect()
}

/// One bar: its parts, its median, its rank and its range. A variant that is not measured
/// yet, or has no figure, stands with the reason.
fn one_bar(state: &State, bar: &Bar, rank: usize) -> scene::Bar {
    let now = matches!(state.phase, Phase::Measuring { variant, .. } if variant == bar.variant);
    let activity = if now { Activity::Running } else { Activity::Idle };
    let label = name(bar.variant).into();
    let Some(figures) = bar.figures(state.plan.timing) else {
        let note = bar.void.as_deref().unwrap_or("not measured yet");
        return scene::Bar {
            label,
            note: Span::new(note, Tone::Dim),
            activity,
            ..scene::Bar::default()
        };
    };
    let Parts { send, compute, returned, join, .. } = figures.parts;
    let values = match state.plan.timing {
        Timing::Whole => vec![figures.parts.create(), send, compute, returned, join],
        // Five values as for the whole, so that the parts keep their colours.
        Timing::Warm => vec![0.0, send, compute, returned, 0.0],
    };
    let tone = if rank == 1 { Tone::Good } else { Tone::Dim };
    let spread = format!("{} to {}", nanos(figures.shown.min), nanos(figures.shown.max));
    scene::Bar {
        label,
        values: values.into_iter().map(|ns| ns / MS).collect(),
        figure: nanos(figures.shown.median),
        note: Span::new(format!("{}{spread}", ordinal(rank)), tone),
        activity,
    }
}

fn ordinal(rank: usize) -> String {
    match rank {
        0 => String::new(),
        1 => "1st  ".to_owned(),
        2 => "2nd  ".to_owned(),
        3 => "3rd  ".to_owned(),
        n => format!("{n}th  "),
    }
}

fn processes(state: &State) -> Grid {
    let cell = |worker: &super::state::Worker| Cell {
        name: format!("{}", worker.pid),
        activity: worker.activity,
        text: worker.task.as_deref().unwrap_or_default().to_owned(),
        ..Cell::default()
    };
    Grid { cells: state.workers.iter().take(SHOWN).map(cell).collect(), ..Grid::default() }
}

/// The line about the warm pool, or that the screen is redrawn less often while it
/// measures: a user may take the slow screen for a fault.
fn warm_line(state: &State) -> Line {
    match &state.phase {
        Phase::Warm { size, took_ns, every_ns } => line([Span::new(
            format!(
                "warm pool of {size}: the same tasks every {}, last in {} ({} {})",
                nanos(to_f64(*every_ns)),
                nanos(*took_ns),
                state.warm_runs,
                if state.warm_runs == 1 { "round" } else { "rounds" },
            ),
            Tone::Plain,
        )]),
        Phase::Done => Line::new(),
        _ => line([Span::new(
            "measuring: the screen is redrawn less often, so as not to disturb it",
            Tone::Dim,
        )]),
    }
}

/// Median, range and parts of each bar, always of the whole run: the setting changes what
/// the bars show, and the table is where all figures can be found.
fn table(state: &State) -> Table {
    let head =
        ["", "median", "min", "max", "n", "spawn", "ready", "send", "compute", "return", "join"];
    let rows = state.bars.iter().filter_map(|bar| {
        let Figures { total, parts, .. } = bar.figures(Timing::Whole)?;
        Some(vec![
            name(bar.variant).into(),
            Span::new(ms(total.median), Tone::Strong),
            ms(total.min).into(),
            ms(total.max).into(),
            total.samples.to_string().into(),
            ms(parts.spawn).into(),
            ms(parts.ready).into(),
            ms(parts.send).into(),
            ms(parts.compute).into(),
            ms(parts.returned).into(),
            ms(parts.join).into(),
        ])
    });
    Table { head: head.map(Into::into).into(), rows: rows.collect(), figures_from: 1 }
}

fn ms(ns: f64) -> String {
    match ns / MS {
        ms if ms < 1.0 => format!("{ms:.3}"),
        ms if ms < 10.0 => format!("{ms:.2}"),
        ms if ms < 100.0 => format!("{ms:.1}"),
        ms => format!("{ms:.0}"),
    }
}

/// What the search tried, and which side won by the rounds. In the order of the tries,
/// which shows how it closed in.
fn break_even(state: &State) -> Table {
    let rows = state.tried.iter().map(|tried| {
        let (winner, tone) = match tried.verdict {
            Verdict::Faster(_) => ("processes", Tone::Good),
            Verdict::Slower(_) => ("serial", Tone::Dim),
            Verdict::Same(_) => ("neither", Tone::Dim),
            Verdict::TooNoisy(_) | Verdict::TooFew { .. } => ("too noisy", Tone::Caution),
        };
        let won = if tried.verdict.is_faster() { Tone::Good } else { Tone::Plain };
        vec![
            Span::from(nanos(to_f64(tried.work_ns))),
            nanos(tried.serial_ns).into(),
            Span::new(nanos(tried.processes_ns), won),
            Span::new(winner, tone),
        ]
    });
    let size = state.tried.first().map_or(0, |tried| tried.size);
    Table {
        head: vec![
            "work".into(),
            "serial".into(),
            Label::from(format!("{size} processes")).or(format!("{size} procs")),
            "wins".into(),
        ],
        rows: rows.collect(),
        figures_from: 0,
    }
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
    vec![Action::choose(Key::Char('k'), "kill a worker", title, items)]
}
