//! How the comparison of threads and processes looks, and what it comes to.
//!
//! Arrangement only: state in, scene or JSON out.

use serde_json::{Value, json};

use crate::lab::Detail;
use crate::scene::{
    Activity, Bar, Bars, Body, Height, Line, Panel, Part, Progress, Scale, Scene, Span, Table,
    Tone, line, units,
};

use super::guide;
use super::state::{Cost, State, Way, Work};

pub(super) fn scene(state: &State, detail: Detail) -> Scene {
    let mut scene = Scene::new("Threads or processes");
    scene.badge(format!("{} cores", state.cores), Tone::Dim);
    scene.badge(format!("n = {}", state.n), Tone::Plain);
    match detail {
        Detail::Compact => compact(state, &mut scene),
        Detail::Full => full(state, &mut scene),
    }
    for (weight, text) in super::findings::findings(state) {
        scene.finding(weight, text);
    }
    scene
}

fn compact(state: &State, scene: &mut Scene) {
    let Some(work) = state.works().next() else {
        scene.row(Height::Lines(1), vec![Panel::bare(progress(state))]);
        return;
    };
    scene.row(
        Height::Fill { min: 4, weight: 1 },
        vec![Panel::bare(Body::Bars(bars(state, work)))],
    );
}

fn full(state: &State, scene: &mut Scene) {
    if !state.done {
        scene.row(Height::Lines(1), vec![Panel::bare(progress(state))]);
    }
    let charts: Vec<_> = state
        .works()
        .map(|work| {
            Panel::titled(title(work), Body::Bars(bars(state, work))).note("speed-up over serial")
        })
        .collect();
    if !charts.is_empty() {
        let rows = state
            .works()
            .map(|work| ways(state, work).count())
            .max()
            .unwrap_or(4);
        let min = u16::try_from(rows).unwrap_or(8);
        scene.row(Height::Fill { min, weight: 2 }, charts);
    }
    scene.row(
        Height::Fill { min: 6, weight: 2 },
        vec![
            Panel::titled("What one costs here", Body::Table(costs(state))).weight(3),
            Panel::titled("Two worlds, one variable", Body::Lines(drift(state))).weight(3),
            Panel::titled("Guide", Body::Lines(guide_lines(state))).weight(3),
        ],
    );
}

fn title(work: Work) -> &'static str {
    match work {
        Work::Cpu => "Computing",
        Work::Io => "Waiting",
        Work::Mixed => "Both",
    }
}

fn progress(state: &State) -> Body {
    let (what, done, of) = &state.stage;
    Body::Progress(Progress {
        done: *done as u64,
        of: Some(*of as u64),
        label: format!("measuring: {what}"),
    })
}

/// The ways in which `work` was measured.
fn ways(state: &State, work: Work) -> impl Iterator<Item = Way> {
    Way::OURS
        .into_iter()
        .chain(Way::PYTHON)
        .filter(move |way| state.ways.contains_key(&(work, *way)))
}

fn bars(state: &State, work: Work) -> Bars {
    let bars = ways(state, work).filter_map(|way| {
        let (total, speedup) = (state.total(work, way)?, state.speedup(work, way)?);
        let workers = state.ways.get(&(work, way)).map_or(1, |runs| runs.n);
        let efficiency =
            speedup / f64::from(u32::try_from(workers.min(state.cores)).unwrap_or(1).max(1));
        let note = if way == way.baseline() {
            Span::new("the baseline", Tone::Dim)
        } else {
            let tone = if speedup > 1.2 {
                Tone::Good
            } else {
                Tone::Caution
            };
            Span::new(
                format!(
                    "{speedup:.2}x the speed, {} of a core each",
                    units::percent(efficiency)
                ),
                tone,
            )
        };
        Some(Bar {
            label: way.to_string(),
            values: vec![total.median],
            figure: units::nanos(total.median * 1e6),
            note,
            activity: Activity::Finished,
        })
    });
    let parts = vec![Part {
        name: "time".to_owned(),
        tone: Tone::Active,
    }];
    Bars {
        parts,
        bars: bars.collect(),
        scale: Scale::Linear,
    }
}

fn costs(state: &State) -> Table {
    let rows = Cost::ALL.into_iter().filter_map(|cost| {
        let statistic = state.costs.get(&cost)?;
        let write = |value: f64| {
            if cost.is_memory() {
                format!("{value:.0} KiB")
            } else {
                units::nanos(value * 1e3)
            }
        };
        Some(vec![
            Span::from(cost.label()),
            Span::new(write(statistic.median), Tone::Strong),
            Span::new(
                format!("{} to {}", write(statistic.min), write(statistic.max)),
                Tone::Dim,
            ),
        ])
    });
    Table {
        head: ["", "median", "range"].map(str::to_owned).into(),
        rows: rows.collect(),
        figures_from: 1,
    }
}

fn drift(state: &State) -> Vec<Line> {
    let Some(drift) = &state.drift else {
        return vec![line([("not looked at yet", Tone::Dim)])];
    };
    vec![
        line([("x = 0, then somebody adds 1 a hundred times", Tone::Dim)]),
        line([
            ("a thread adds     ", Tone::Plain),
            (&*format!("we read {}", drift.thread_sees), Tone::Good),
        ]),
        line([
            ("a process adds    ", Tone::Plain),
            (&*format!("we read {}", drift.process_sees), Tone::Caution),
        ])
        .then(format!(", it read {}", drift.child_copy), Tone::Plain),
        line([
            ("in shared memory  ", Tone::Plain),
            (
                &*format!("we read {}", drift.shared_memory_sees),
                Tone::Good,
            ),
        ]),
        line([(
            &*format!("our x: pid {} at {}", drift.our_pid, drift.our_address),
            Tone::Dim,
        )]),
        line([(
            &*format!("its x: pid {} at {}", drift.child_pid, drift.child_address),
            Tone::Dim,
        )]),
    ]
}

fn guide_lines(state: &State) -> Vec<Line> {
    if let Some(advice) = guide::advice(state) {
        let mut lines = vec![line([
            ("use ", Tone::Plain),
            (advice.verdict, Tone::Strong),
        ])];
        lines.extend(advice.reasons.into_iter().map(Line::from));
        return lines;
    }
    let mut lines = vec![line([(
        "five questions about your task: press a",
        Tone::Dim,
    )])];
    for (question, answer) in guide::QUESTIONS.iter().zip(state.answers) {
        if let Some(given) = answer.and_then(|answer| question.answers.get(answer)) {
            lines.push(line([(question.text, Tone::Dim)]).then(format!(" {given}"), Tone::Plain));
        }
    }
    lines
}

pub(super) fn result(state: &State) -> Value {
    let ways: Vec<_> = state
        .ways
        .iter()
        .map(|((work, way), runs)| {
            json!({
                "work": work, "way": way, "n": runs.n,
                "total_ms": state.total(*work, *way), "speedup": state.speedup(*work, *way),
                "context_switches": runs.switches,
            })
        })
        .collect();
    let costs: serde_json::Map<_, _> = Cost::ALL
        .into_iter()
        .map(|cost| (cost.field().to_owned(), json!(state.costs.get(&cost))))
        .collect();
    let failures: Vec<_> = state
        .failures
        .iter()
        .map(|(what, why)| json!({ "what": what, "why": why }))
        .collect();
    json!({
        "ways": ways,
        "costs": costs,
        "drift": state.drift,
        "isolation": state.isolation,
        "python": state.python.as_ref().map(|(version, gil)| json!({ "version": version, "gil": gil })),
        "not_measured": failures,
    })
}

/// The lines that the text report ends with.
pub(super) fn outcome(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    for work in state.works() {
        for way in ways(state, work) {
            if let (Some(total), Some(speedup)) = (state.total(work, way), state.speedup(work, way))
            {
                let time = units::nanos(total.median * 1e6);
                lines.push(format!(
                    "{}, {way}: {time}, {speedup:.2} times the speed of serial",
                    title(work)
                ));
            }
        }
    }
    for cost in Cost::ALL {
        if let Some(statistic) = state.costs.get(&cost) {
            let median = if cost.is_memory() {
                format!("{:.0} KiB", statistic.median)
            } else {
                units::nanos(statistic.median * 1e3)
            };
            lines.push(format!("{}: {median}", cost.label()));
        }
    }
    if let Some(drift) = &state.drift {
        lines.push(format!(
            "After 100 additions elsewhere we read {} (thread), {} (process), {} (shared memory)",
            drift.thread_sees, drift.process_sees, drift.shared_memory_sees
        ));
    }
    lines
}
