//! The panels of fault injection and of the shutdown modes. Arrangement only.

use super::super::experiment::injection::{
    FAULTS, FaultOutcome, Policy, PoolSnapshot, WorkerActivity, WorkerSnapshot,
};
use super::super::experiment::shutdown::ShutdownOutcome;
use super::super::state::State;
use crate::lab::Words;
use crate::scene::{Activity, Body, Cell, Grid, Line, Panel, Span, Table, Tone, line, units};

/// Most workers shown of a pool. A pool that replaces dead workers has had more and more
/// of them.
pub const CELLS: usize = 8;

/// A pool in one line: its policy, how many tasks are over, how many workers are dead,
/// and whether it is broken or waits for a lost task.
pub fn pool_line(pool: &PoolSnapshot) -> Line {
    let dead = pool
        .workers
        .iter()
        .filter(|worker| matches!(worker.activity, WorkerActivity::Dead(_)))
        .count();
    let head = line([(pool.policy.word(), Tone::Strong)]);
    let head = head.then(format!("  {} of {} tasks", pool.done, pool.of), Tone::Plain);
    let head = head.then(format!("  {dead} dead"), if dead > 0 { Tone::Broken } else { Tone::Dim });
    match (pool.waits_ms, pool.broken) {
        (Some(ms), _) => head.then(format!("  waits {ms} ms for a lost task"), Tone::Broken),
        (None, true) => head.then("  broken", Tone::Broken),
        (None, false) => head,
    }
}

/// The workers to show: the dead ones, as they are what the fault is about, and of the
/// others the latest.
fn shown(pool: &PoolSnapshot) -> impl Iterator<Item = &WorkerSnapshot> {
    let dead = |worker: &&WorkerSnapshot| matches!(worker.activity, WorkerActivity::Dead(_));
    let (dead, others): (Vec<_>, Vec<_>) = pool.workers.iter().partition(dead);
    // The latest of the dead, if there are more than cells: an endless task may cost
    // several workers.
    let dead_too_many = dead.len().saturating_sub(CELLS);
    let places = CELLS - dead.len().min(CELLS);
    let too_many = others.len().saturating_sub(places);
    let dead = dead.into_iter().skip(dead_too_many);
    dead.chain(others.into_iter().skip(too_many))
}

pub fn pool_panel(pool: &PoolSnapshot) -> Panel {
    let cells = shown(pool).map(|worker| {
        let (activity, text) = match &worker.activity {
            WorkerActivity::Starting => (Activity::Idle, "starting".to_owned()),
            WorkerActivity::Idle => (Activity::Idle, String::new()),
            WorkerActivity::Task(task) => (Activity::Running, format!("task {task}")),
            WorkerActivity::Stopped => (Activity::Waiting, "stopped".to_owned()),
            WorkerActivity::Ending => (Activity::Idle, "ending".to_owned()),
            WorkerActivity::Ended => (Activity::Finished, "ended".to_owned()),
            WorkerActivity::Dead(cause) => (Activity::Dead, cause.clone()),
        };
        Cell { name: worker.pid.to_string(), activity, text, ..Cell::default() }
    });
    let note = match (pool.waits_ms, pool.broken) {
        (Some(ms), _) => format!("waits {ms} ms in vain"),
        (None, true) => "broken".to_owned(),
        (None, false) => format!("{}/{}", pool.done, pool.of),
    };
    let cells = cells.collect();
    Panel::titled(pool.policy.name(), Body::Grid(Grid { cells, ..Grid::default() })).note(note)
}

pub fn fault_panel(state: &State) -> Option<Panel> {
    let (_, title) = state.fault?;
    let rows: Vec<_> = state.last_outcomes.values().map(outcome_row).collect();
    if rows.is_empty() {
        return None;
    }
    let head = ["pool", "done", "failed", "retried", "lost", "noticed after", "cause"];
    let table = Table { head: head.map(Into::into).into(), rows, figures_from: usize::MAX };
    Some(Panel::titled(format!("After {title}"), Body::Table(table)))
}

fn outcome_row(outcome: &FaultOutcome) -> Vec<Span> {
    let count = |n: usize, bad: Tone| {
        let tone = if n > 0 { bad } else { Tone::Dim };
        Span::new(n.to_string(), tone)
    };
    vec![
        Span::from(outcome.policy.name()),
        count(outcome.completed, Tone::Good),
        count(outcome.failed, Tone::Caution),
        count(outcome.retried, Tone::Accent),
        count(outcome.lost, Tone::Broken),
        noticed(outcome),
        Span::new(cause(outcome), Tone::Plain),
    ]
}

fn noticed(outcome: &FaultOutcome) -> Span {
    match outcome.noticed_ms {
        Some(ms) => Span::new(units::nanos(ms * 1e6), Tone::Plain),
        None => Span::new("never", Tone::Broken),
    }
}

fn cause(outcome: &FaultOutcome) -> String {
    match &outcome.last_line {
        Some(words) => format!("{}; last line: {words}", outcome.cause),
        None => outcome.cause.clone(),
    }
}

/// All faults, one row each: what each policy completed, failed and lost. Faults that
/// were not injected yet have no row.
pub fn ledger(state: &State) -> Table {
    let faults = FAULTS.iter().enumerate();
    let rows = faults.filter_map(|(at, fault)| {
        // By the fault's index, as the state keys its outcomes; the rows then follow the
        // list of faults.
        let of = |policy: Policy| state.outcomes.get(&(at, policy));
        Policy::ALL.iter().any(|policy| of(*policy).is_some()).then(|| {
            let cells = Policy::ALL.map(|policy| of(policy).map_or_else(|| Span::from("-"), short));
            std::iter::once(Span::from(fault.id)).chain(cells).collect()
        })
    });
    Table {
        head: ["fault", "forget", "fail all", "retry"].map(Into::into).into(),
        rows: rows.collect(),
        figures_from: usize::MAX,
    }
}

/// An outcome in a word or two, by the worst that happened: lost, else failed, else all
/// done.
fn short(outcome: &FaultOutcome) -> Span {
    // Every task is in exactly one of the three.
    let all = outcome.completed.saturating_add(outcome.failed).saturating_add(outcome.lost);
    if outcome.lost > 0 {
        Span::new(format!("{} lost", outcome.lost), Tone::Broken)
    } else if outcome.failed > 0 {
        Span::new(format!("{} of {all} failed", outcome.failed), Tone::Caution)
    } else {
        Span::new(format!("all {all} done"), Tone::Good)
    }
}

pub fn shutdowns(state: &State) -> Table {
    let rows = state.shutdowns.values().map(|shutdown| {
        let count = |n: usize| Span::from(&*n.to_string());
        vec![
            Span::from(shutdown.mode.word()),
            count(shutdown.completed),
            count(shutdown.cancelled),
            count(shutdown.failed),
            Span::from(&*units::nanos(shutdown.took_ms * 1e6)),
            Span::new(shutdown.left.to_string(), left_tone(shutdown)),
        ]
    });
    Table {
        head: ["ending", "done", "cancelled", "failed", "took", "left"].map(Into::into).into(),
        rows: rows.collect(),
        figures_from: 1,
    }
}

pub fn shutdown(shutdown: &ShutdownOutcome) -> Vec<Line> {
    let count = |n: usize, what: &str| (format!("{n} {what}  "), Tone::Plain);
    let (completed, tone) = count(shutdown.completed, "completed");
    let (cancelled, _) = count(shutdown.cancelled, "cancelled");
    let (failed, _) = count(shutdown.failed, "failed");
    let figures = Line::new()
        .then(completed, tone)
        .then(cancelled, tone)
        .then(failed, tone)
        .then(format!("in {}  ", units::nanos(shutdown.took_ms * 1e6)), Tone::Strong)
        .then(shutdown.left_behind(), left_tone(shutdown));
    vec![figures, line([(&*shutdown.note, Tone::Dim)])]
}

fn left_tone(shutdown: &ShutdownOutcome) -> Tone {
    if shutdown.left == 0 { Tone::Good } else { Tone::Broken }
}
