//! How the lab of failures looks: what ran last comes first. Arrangement only.

pub mod panels;

use super::experiment::injection::Policy;
use super::experiment::technique::Technique;
use super::experiment::techniques;
use super::state::{Focus, State};
use crate::lab::Detail;
use crate::scene::{Body, Height, Line, Panel, Progress, Scene, Tone, line};

pub fn scene(state: &State, detail: Detail) -> Scene {
    let mut scene = Scene::new("Failures");
    scene.badge(format!("{} workers", state.workers), Tone::Plain);
    if let Some((id, _)) = state.fault {
        scene.badge(format!("fault {id}"), Tone::Caution);
    }
    match detail {
        Detail::Compact => compact(state, &mut scene),
        Detail::Full => full(state, &mut scene),
    }
    scene
}

fn compact(state: &State, scene: &mut Scene) {
    let mut marks = Line::new().then("techniques  ", Tone::Dim);
    for technique in techniques::ALL {
        let (text, tone) = mark(state, technique.name);
        marks = marks.then(format!("{} {text}  ", technique.name), tone);
    }
    scene.lines(vec![marks]);
    match state.focus {
        Focus::Technique => {
            if let Some(technique) = state.technique.and_then(techniques::find) {
                scene.lines(with_and_without(state, technique));
            }
        }
        Focus::Fault => {
            let pools = state.pools.values().map(panels::pool_line);
            scene.lines(pools.collect());
        }
        Focus::Shutdown => {
            if let Some(shutdown) = state.last_shutdown() {
                let title = line([(shutdown.mode.title(), Tone::Strong)]);
                scene.lines([vec![title], panels::shutdown(shutdown)].concat());
            }
        }
    }
}

/// What ran last in full, then the others, and the ledger of all outcomes last, which the
/// screen leaves out first.
fn full(state: &State, scene: &mut Scene) {
    if !state.done {
        let (what, done, of) = &state.progress;
        let progress = Progress { done: *done as u64, of: Some(*of as u64), label: what.clone() };
        let progress = Panel::bare(Body::Progress(progress));
        scene.row(Height::Lines(1), vec![progress]);
    }
    match state.focus {
        Focus::Technique => {
            written(state, scene);
            all_techniques(state, scene);
            fault(state, scene);
        }
        Focus::Fault => {
            fault(state, scene);
            all_techniques(state, scene);
        }
        Focus::Shutdown => {
            if let Some(shutdown) = state.last_shutdown() {
                let title = format!("After {}", shutdown.mode.title());
                titled(scene, &title, panels::shutdown(shutdown));
            }
            fault(state, scene);
            all_techniques(state, scene);
        }
    }
    let ledger = panels::ledger(state);
    let shutdowns = panels::shutdowns(state);
    if ledger.rows.is_empty() && shutdowns.rows.is_empty() {
        return;
    }
    let rows = 1 + ledger.rows.len().max(shutdowns.rows.len());
    let ledger = Panel::titled("Ledger: what each fault left", Body::Table(ledger));
    let shutdowns = Panel::titled("Shutdown modes", Body::Table(shutdowns));
    let panels = vec![ledger.weight(1), shutdowns.weight(1)];
    scene.row(Height::Lines(height(rows)), panels);
}

fn height(lines: usize) -> u16 {
    u16::try_from(lines).unwrap_or(u16::MAX)
}

fn titled(scene: &mut Scene, title: &str, lines: Vec<Line>) {
    let rows = Height::Lines(height(lines.len()));
    scene.row(rows, vec![Panel::titled(title, Body::Lines(lines))]);
}

fn fault(state: &State, scene: &mut Scene) {
    let workers = state.pools.values().map(|pool| pool.workers.len()).max();
    if let Some(workers) = workers {
        let pools: Vec<_> = Policy::ALL
            .into_iter()
            .filter_map(|policy| state.pools.get(&policy).map(panels::pool_panel))
            .collect();
        // Not lower than four lines, so that the panel does not grow with each replaced
        // worker.
        let rows = workers.clamp(4, panels::CELLS);
        scene.row(Height::Lines(height(rows)), pools);
    }
    if let Some(panel) = panels::fault_panel(state) {
        let rows = 1 + state.last_outcomes.len();
        scene.row(Height::Lines(height(rows)), vec![panel]);
    }
}

fn mark(state: &State, name: &str) -> (&'static str, Tone) {
    match state.techniques.get(name) {
        Some(shown) if shown.worked => ("worked", Tone::Good),
        Some(_) => ("broken", Tone::Broken),
        None => ("-", Tone::Dim),
    }
}

/// All techniques, one line each: what was found, or before that what it promises. A
/// technique that did not keep its promise would be a defect of this program.
fn all_techniques(state: &State, scene: &mut Scene) {
    let lines = techniques::ALL.iter().map(|technique| {
        let (text, tone) = mark(state, technique.name);
        let head = line([(technique.title, Tone::Strong)]).then(format!("  {text}  "), tone);
        match state.techniques.get(technique.name) {
            None => head.then(technique.promise, Tone::Dim),
            Some(shown) => head.then(&*shown.evidence, Tone::Plain),
        }
    });
    titled(scene, "Techniques", lines.collect());
}

/// The technique that ran last: what it promises, how it is written in both languages,
/// and its outcome with it and without it.
fn written(state: &State, scene: &mut Scene) {
    let Some(technique) = state.technique.and_then(techniques::find) else {
        return;
    };
    let mut lines = vec![
        line([(technique.promise, Tone::Plain)]),
        line([("Rust    ", Tone::Dim), (technique.rust, Tone::Strong)]),
        line([("Python  ", Tone::Dim), (technique.python, Tone::Strong)]),
    ];
    lines.extend(with_and_without(state, technique));
    titled(scene, technique.title, lines);
}

fn with_and_without(state: &State, technique: &Technique) -> Vec<Line> {
    let Some(shown) = state.techniques.get(technique.name) else {
        return Vec::new();
    };
    let (text, tone) = mark(state, technique.name);
    vec![
        line([("with     ", Tone::Dim)])
            .then(format!("{text}: "), tone)
            .then(&*shown.evidence, Tone::Plain),
        line([("without  ", Tone::Dim)]).then(&*shown.without, Tone::Caution),
    ]
}
