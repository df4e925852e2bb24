//! How the lab of failures looks. Arrangement only.

use super::desk::{Doing, Policy, PoolShown, Struck};
use super::state::State;
use super::techniques;
use crate::lab::Detail;
use crate::scene::{
    Activity, Body, Cell, Grid, Height, Line, Panel, Progress, Scene, Span, Table, Tone, line,
    units,
};

/// Workers shown of a pool: the latest.
const CELLS: usize = 8;

pub(super) fn scene(state: &State, detail: Detail) -> Scene {
    let mut scene = Scene::new("Failures");
    scene.badge(format!("{} workers", state.workers), Tone::Plain);
    if let Some((id, _)) = state.blow {
        scene.badge(format!("blow {id}"), Tone::Caution);
    }
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
    let mut marks = Line::new().then("techniques  ", Tone::Dim);
    for technique in techniques::ALL {
        let (text, tone) = mark(state, technique.name);
        marks = marks.then(format!("{} {text}  ", technique.name), tone);
    }
    scene.lines(vec![marks]);
    for policy in Policy::ALL {
        if let Some(pool) = state.pools.get(&policy) {
            scene.lines(vec![pool_line(pool)]);
        }
    }
}

fn full(state: &State, scene: &mut Scene) {
    if !state.done {
        let (what, done, of) = &state.stage;
        let progress = Progress {
            done: *done as u64,
            of: Some(*of as u64),
            label: what.clone(),
        };
        scene.row(
            Height::Lines(1),
            vec![Panel::bare(Body::Progress(progress))],
        );
    }
    let pools: Vec<_> = Policy::ALL
        .into_iter()
        .filter_map(|policy| state.pools.get(&policy).map(pool_panel))
        .collect();
    if !pools.is_empty() {
        let most = state.pools.values().map(|pool| pool.workers.len()).max();
        let rows = most.unwrap_or(0).clamp(4, CELLS);
        scene.row(Height::Lines(u16::try_from(rows).unwrap_or(4)), pools);
    }
    if let Some(panel) = blow_panel(state) {
        let rows = u16::try_from(state.last_blow().count()).unwrap_or(3) + 1;
        scene.row(Height::Lines(rows), vec![panel]);
    }
    let rows = u16::try_from(2 * techniques::ALL.len()).unwrap_or(12);
    scene.row(
        Height::Lines(rows),
        vec![Panel::titled(
            "Techniques",
            Body::Lines(techniques_lines(state)),
        )],
    );
    if let Some((name, _)) = state
        .technique
        .and_then(|name| state.techniques.get_key_value(name))
    {
        scene.row(Height::Lines(3), vec![written(name)]);
    }
    let ledger = Panel::titled("Ledger: what each blow left", Body::Table(ledger(state)));
    let endings = Panel::titled("Shutdown desk", Body::Table(endings(state)));
    scene.row(
        Height::Fill { min: 6, weight: 3 },
        vec![ledger.weight(3), endings.weight(2)],
    );
}

fn mark(state: &State, name: &str) -> (&'static str, Tone) {
    match state.techniques.get(name) {
        Some(shown) if shown.held => ("held", Tone::Good),
        Some(_) => ("broken", Tone::Broken),
        None => ("-", Tone::Dim),
    }
}

fn techniques_lines(state: &State) -> Vec<Line> {
    let lines = techniques::ALL.iter().flat_map(|technique| {
        let (text, tone) = mark(state, technique.name);
        let head = line([(technique.title, Tone::Strong)]).then(format!("  {text}"), tone);
        match state.techniques.get(technique.name) {
            None => [head, line([(technique.promise, Tone::Dim)])],
            Some(shown) => [
                head.then(format!("  {}", shown.evidence), Tone::Plain),
                line([("    without it: ", Tone::Dim)]).then(shown.without.clone(), Tone::Caution),
            ],
        }
    });
    lines.collect()
}

/// How the technique that was played last is written.
fn written(name: &str) -> Panel {
    let lines = techniques::find(name).map_or_else(Vec::new, |technique| {
        vec![
            line([(technique.promise, Tone::Plain)]),
            line([("Rust    ", Tone::Dim), (technique.rust, Tone::Strong)]),
            line([("Python  ", Tone::Dim), (technique.python, Tone::Strong)]),
        ]
    });
    Panel::titled(format!("Technique: {name}"), Body::Lines(lines))
}

fn pool_line(pool: &PoolShown) -> Line {
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

fn pool_panel(pool: &PoolShown) -> Panel {
    let surplus = pool.workers.len().saturating_sub(CELLS);
    let cells = pool.workers.iter().skip(surplus).map(|worker| {
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
fn blow_panel(state: &State) -> Option<Panel> {
    let (_, title) = state.blow?;
    let rows: Vec<_> = state.last_blow().map(struck_row).collect();
    if rows.is_empty() {
        return None;
    }
    let head = [
        "pool",
        "completed",
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
fn ledger(state: &State) -> Table {
    let blows = super::desk::BLOWS.iter().enumerate();
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

fn endings(state: &State) -> Table {
    let rows = state.closed.values().map(|closed| {
        let tone = if closed.left == 0 {
            Tone::Good
        } else {
            Tone::Broken
        };
        vec![
            Span::from(closed.how.title()),
            Span::from(&*format!(
                "{} / {} / {}",
                closed.completed, closed.cancelled, closed.failed
            )),
            Span::from(&*units::nanos(closed.took_ms * 1e6)),
            Span::new(closed.left.to_string(), tone),
        ]
    });
    Table {
        head: ["ending", "done/cancelled/failed", "took", "left"]
            .map(str::to_owned)
            .into(),
        rows: rows.collect(),
        figures_from: 1,
    }
}
