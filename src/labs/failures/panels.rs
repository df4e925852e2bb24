//! The panels of the kill desk and of the shutdown desk. Arrangement only.

use super::closing::Closed;
use super::desk::{BLOWS, Doing, Policy, PoolShown, Struck, WorkerShown};
use super::state::State;
use crate::scene::{Activity, Body, Cell, Grid, Line, Panel, Span, Table, Tone, line, units};

/// Workers shown of a pool.
pub(super) const CELLS: usize = 8;

pub(super) fn pool_line(pool: &PoolShown) -> Line {
    let dead = pool
        .workers
        .iter()
        .filter(|worker| matches!(worker.doing, Doing::Dead(_)))
        .count();
    let head = line([(pool.policy.word(), Tone::Strong)]);
    let head = head.then(format!("  {} of {} tasks", pool.done, pool.of), Tone::Plain);
    let head = head.then(
        format!("  {dead} dead"),
        if dead > 0 { Tone::Broken } else { Tone::Dim },
    );
    match (pool.waits_ms, pool.broken) {
        (Some(ms), _) => head.then(format!("  waits {ms} ms for a lost task"), Tone::Broken),
        (None, true) => head.then("  broken", Tone::Broken),
        (None, false) => head,
    }
}

/// Those who died, and of the others the latest.
fn shown(pool: &PoolShown) -> impl Iterator<Item = &WorkerShown> {
    let dead = |worker: &&WorkerShown| matches!(worker.doing, Doing::Dead(_));
    let (dead, others): (Vec<_>, Vec<_>) = pool.workers.iter().partition(dead);
    let dead_too_many = dead.len().saturating_sub(CELLS);
    let places = CELLS - dead.len().min(CELLS);
    let too_many = others.len().saturating_sub(places);
    let dead = dead.into_iter().skip(dead_too_many);
    dead.chain(others.into_iter().skip(too_many))
}

pub(super) fn pool_panel(pool: &PoolShown) -> Panel {
    let cells = shown(pool).map(|worker| {
        let (activity, text) = match &worker.doing {
            Doing::Starting => (Activity::Idle, "starting".to_owned()),
            Doing::Idle => (Activity::Idle, String::new()),
            Doing::Task(task) => (Activity::Running, format!("task {task}")),
            Doing::Stopped => (Activity::Waiting, "stopped".to_owned()),
            Doing::Ending => (Activity::Idle, "ending".to_owned()),
            Doing::Ended => (Activity::Finished, "ended".to_owned()),
            Doing::Dead(cause) => (Activity::Dead, cause.clone()),
        };
        Cell {
            name: worker.pid.to_string(),
            activity,
            text,
        }
    });
    let note = match (pool.waits_ms, pool.broken) {
        (Some(ms), _) => format!("waits {ms} ms in vain"),
        (None, true) => "broken".to_owned(),
        (None, false) => format!("{}/{}", pool.done, pool.of),
    };
    let cells = cells.collect();
    Panel::titled(pool.policy.name(), Body::Grid(Grid { cells })).note(note)
}

/// What the last blow came to in each pool.
pub(super) fn blow_panel(state: &State) -> Option<Panel> {
    let (_, title) = state.blow?;
    let rows: Vec<_> = state.last_blow.values().map(struck_row).collect();
    if rows.is_empty() {
        return None;
    }
    let head = [
        "pool",
        "done",
        "failed",
        "retried",
        "lost",
        "noticed after",
        "cause",
    ];
    let table = Table {
        head: head.map(str::to_owned).into(),
        rows,
        figures_from: usize::MAX,
    };
    Some(Panel::titled(format!("After {title}"), Body::Table(table)))
}

fn struck_row(struck: &Struck) -> Vec<Span> {
    let count = |n: usize, bad: Tone| {
        let tone = if n > 0 { bad } else { Tone::Dim };
        Span::new(n.to_string(), tone)
    };
    vec![
        Span::from(struck.policy.name()),
        count(struck.completed, Tone::Good),
        count(struck.failed, Tone::Caution),
        count(struck.retried, Tone::Accent),
        count(struck.lost, Tone::Broken),
        noticed(struck),
        Span::new(cause(struck), Tone::Plain),
    ]
}

fn noticed(struck: &Struck) -> Span {
    match struck.noticed_ms {
        Some(ms) => Span::new(units::nanos(ms * 1e6), Tone::Plain),
        None => Span::new("never", Tone::Broken),
    }
}

fn cause(struck: &Struck) -> String {
    match &struck.last_words {
        Some(words) => format!("{}; last words: {words}", struck.cause),
        None => struck.cause.clone(),
    }
}

/// All blows, one row each: what each policy completed, failed and lost.
pub(super) fn ledger(state: &State) -> Table {
    let blows = BLOWS.iter().enumerate();
    let rows = blows.filter_map(|(at, blow)| {
        let of = |policy: Policy| state.struck.get(&(at, policy));
        Policy::ALL
            .iter()
            .any(|policy| of(*policy).is_some())
            .then(|| {
                let cells =
                    Policy::ALL.map(|policy| of(policy).map_or_else(|| Span::from("-"), short));
                std::iter::once(Span::from(blow.id)).chain(cells).collect()
            })
    });
    Table {
        head: ["blow", "lose", "break", "supervise"]
            .map(str::to_owned)
            .into(),
        rows: rows.collect(),
        figures_from: usize::MAX,
    }
}

fn short(struck: &Struck) -> Span {
    let all = struck.completed + struck.failed + struck.lost;
    if struck.lost > 0 {
        Span::new(format!("{} lost", struck.lost), Tone::Broken)
    } else if struck.failed > 0 {
        Span::new(format!("{} of {all} failed", struck.failed), Tone::Caution)
    } else {
        Span::new(format!("all {all} done"), Tone::Good)
    }
}

/// What each ending came to.
pub(super) fn endings(state: &State) -> Table {
    let rows = state.closed.values().map(|closed| {
        let count = |n: usize| Span::from(&*n.to_string());
        vec![
            Span::from(closed.how.word()),
            count(closed.completed),
            count(closed.cancelled),
            count(closed.failed),
            Span::from(&*units::nanos(closed.took_ms * 1e6)),
            Span::new(closed.left.to_string(), left_tone(closed)),
        ]
    });
    Table {
        head: ["ending", "done", "cancelled", "failed", "took", "left"]
            .map(str::to_owned)
            .into(),
        rows: rows.collect(),
        figures_from: 1,
    }
}

/// The last ending, in full.
pub(super) fn ending(closed: &Closed) -> Vec<Line> {
    let count = |n: usize, what: &str| (format!("{n} {what}  "), Tone::Plain);
    let (completed, tone) = count(closed.completed, "completed");
    let (cancelled, _) = count(closed.cancelled, "cancelled");
    let (failed, _) = count(closed.failed, "failed");
    let figures = Line::new()
        .then(completed, tone)
        .then(cancelled, tone)
        .then(failed, tone)
        .then(
            format!("in {}  ", units::nanos(closed.took_ms * 1e6)),
            Tone::Strong,
        )
        .then(closed.left_behind(), left_tone(closed));
    vec![figures, line([(&*closed.note, Tone::Dim)])]
}

fn left_tone(closed: &Closed) -> Tone {
    if closed.left == 0 {
        Tone::Good
    } else {
        Tone::Broken
    }
}
