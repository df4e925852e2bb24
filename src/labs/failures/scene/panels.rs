//! The panels of fault injection and of the shutdown modes. Arrangement only.
//!
//! ```text
//! ╭ forget (mp.Pool) ─── 31/32 ╮ ╭ fail all (executor) broken ╮ ╭ retry (supervisor)  32/32 ╮
//! │ tasks, one a cell          │ │ the same fault             │ │ in a pool of its own      │
//! │ workers, the dead first    │ │                            │ │                           │
//! │ the verdict                │ │                            │ │                           │
//! ╰────────────────────────────╯ ╰────────────────────────────╯ ╰───────────────────────────╯
//! ```

use super::super::experiment::injection::{
    FAULTS, FaultOutcome, Policy, PoolSnapshot, TaskFate, WorkerActivity, WorkerSnapshot,
};
use super::super::experiment::shutdown::{ShutdownMode, ShutdownOutcome};
use super::super::experiment::technique::Technique;
use super::super::experiment::techniques;
use super::super::findings::one;
use super::super::state::{Focus, State};
use crate::lab::Words;
use crate::scene::{
    Activity, Bar, Bars, Body, Card, CardPart, Cards, Fate, Label, Line, Panel, PoolPicture,
    PoolTask, PoolWorker, Span, Table, Tone, capitalised, line, units,
};

/// Most workers shown of a pool. A pool that replaces dead workers has had more and more
/// of them.
const CELLS: usize = 8;
/// Characters of the longest evidence that a technique reports, and of what happens without
/// it: room for them is kept before they are known.
const EVIDENCE: usize = 156;
const WITHOUT: usize = 97;

/// How many of the tasks are done, and how many failed if any did.
fn tasks_done(pool: &PoolSnapshot) -> Label {
    let (done, failed) = (pool.count(TaskFate::Done), pool.count(TaskFate::Failed));
    let of = pool.tasks.len();
    match failed {
        0 => Label::new(format!("{done} of {of} done")).or(format!("{done}/{of}")),
        _ => Label::new(format!("{done} done, {failed} failed of {of}"))
            .or(format!("{done}/{of}, {failed} failed"))
            .or(format!("{failed} failed")),
    }
}

/// A pool in one line: its policy, how many tasks are done and failed, how many workers are dead,
/// and whether it is broken or waits for a lost task.
pub fn pool_line(pool: &PoolSnapshot) -> Line {
    let dead = pool
        .workers
        .iter()
        .filter(|worker| matches!(worker.activity, WorkerActivity::Dead(_)))
        .count();
    let head = line([(pool.policy.word(), Tone::Strong)]);
    let head = head.then(format!("  {}", tasks_done(pool)), Tone::Plain);
    let head = head.then(format!("  {dead} dead"), if dead > 0 { Tone::Broken } else { Tone::Dim });
    match (pool.waits_ms, pool.broken) {
        (Some(ms), _) => head.then(format!("  waits {ms} ms for a lost task"), Tone::Broken),
        (None, true) => head.then("  broken", Tone::Broken),
        (None, false) => head,
    }
}

/// The workers to show: the dead ones first, as they are what the fault is about, then those at
/// work; of each kind the latest. Those that ended with their pool come last.
fn shown(pool: &PoolSnapshot) -> Vec<&WorkerSnapshot> {
    let rank = |worker: &&WorkerSnapshot| match worker.activity {
        WorkerActivity::Dead(_) => 0,
        WorkerActivity::Ending | WorkerActivity::Ended => 2,
        _ => 1,
    };
    let mut all: Vec<_> = pool.workers.iter().rev().collect();
    all.sort_by_key(rank);
    all.truncate(CELLS);
    all
}

/// One pool under the fault. Before the first fault all of its tasks wait.
pub fn pool_panel(state: &State, policy: Policy) -> Panel {
    let outcome = state.last_outcomes.get(&policy);
    let pool = state.pools.get(&policy);
    let note = pool.map_or_else(Label::default, |pool| match (pool.waits_ms, pool.broken) {
        (Some(ms), _) if outcome.is_none() => format!("waits {ms} ms in vain").into(),
        (_, true) => "broken".into(),
        _ => tasks_done(pool),
    });
    let verdict = match (outcome, pool) {
        (Some(outcome), _) => verdict(outcome),
        // What comes of the fault is about to be seen.
        (None, Some(_)) => format!("A pool that {}.", policy.about()),
        (None, None) => {
            let (about, under_faults) = (policy.about(), policy.under_faults());
            format!(
                "A pool that {about}. An **exception** (a panic in Rust) fails its own task alone. {under_faults}"
            )
        }
    };
    let picture = PoolPicture {
        tasks: pool.map_or_else(|| waiting(state.tasks), |pool| tasks(pool, outcome)),
        workers: pool.map_or_else(Vec::new, |pool| {
            shown(pool).into_iter().map(|worker| pool_worker(pool, worker)).collect()
        }),
        verdict,
    };
    Panel::titled(policy.shown(), Body::Pool(picture)).note(note)
}

fn waiting(tasks: usize) -> Vec<PoolTask> {
    vec![PoolTask { fate: Fate::Waiting, is_target: false }; tasks]
}

/// The tasks with their fates. Lost are those that are open when no worker runs any.
fn tasks(pool: &PoolSnapshot, outcome: Option<&FaultOutcome>) -> Vec<PoolTask> {
    let lost = outcome.is_some() || pool.waits_ms.is_some();
    let fate = |task: &TaskFate| match task {
        TaskFate::Done => Fate::Done,
        TaskFate::Failed => Fate::Failed,
        _ if lost => Fate::Lost,
        TaskFate::Running => Fate::Running,
        TaskFate::Waiting => Fate::Waiting,
    };
    let tasks = pool.tasks.iter().map(fate).enumerate();
    tasks.map(|(at, fate)| PoolTask { fate, is_target: at == pool.target }).collect()
}

fn pool_worker(pool: &PoolSnapshot, worker: &WorkerSnapshot) -> PoolWorker {
    let task;
    let (activity, state) = match &worker.activity {
        WorkerActivity::Starting => (Activity::Idle, "starting"),
        WorkerActivity::Idle => (Activity::Idle, "idle"),
        WorkerActivity::Task(number) => {
            task = format!("task {number}");
            (Activity::Running, &*task)
        }
        WorkerActivity::Stopped => (Activity::Waiting, "stopped"),
        WorkerActivity::Ending => (Activity::Idle, "ending"),
        WorkerActivity::Ended => (Activity::Idle, "ended"),
        WorkerActivity::Dead(cause) => (Activity::Dead, cause.trim_start_matches("was ")),
    };
    // The signal or the code alone says it, where there is no room.
    let short = state.trim_start_matches("killed by ").trim_start_matches("exited with ");
    PoolWorker {
        name: worker.pid.to_string(),
        activity,
        state: Label::new(state).or(short),
        is_target: pool.target_pid == Some(worker.pid),
    }
}

/// What a caller gets of it, and when the pool noticed.
fn verdict(outcome: &FaultOutcome) -> String {
    let noticed = match outcome.noticed_ms {
        Some(ms) => format!("Noticed after {}", units::nanos(ms * 1e6)),
        None => "Never noticed".to_owned(),
    };
    format!("**{}**. {noticed}: {}.", capitalised(&one(outcome)), cause(outcome))
}

fn cause(outcome: &FaultOutcome) -> String {
    match &outcome.last_line {
        Some(words) => format!("{}; last line: {words}", outcome.cause),
        None => outcome.cause.clone(),
    }
}

/// The techniques as cards: how each is written, and its outcome with it and without it.
pub fn cards(state: &State) -> Cards {
    let cards = techniques::ALL.iter().map(|technique| card(state, technique));
    Cards { cards: cards.collect(), shown: 0 }
}

fn card(state: &State, technique: &Technique) -> Card {
    let outcome = state.techniques.get(technique.name);
    // What ran last, so that the effect of its key is seen.
    let last = state.focus == Focus::Technique && state.technique == Some(technique.name);
    let mark = match outcome {
        Some(outcome) if outcome.worked && last => ("✓ worked, just now", Tone::Good),
        Some(outcome) if outcome.worked => ("✓ worked", Tone::Good),
        Some(_) => ("✗ broken", Tone::Broken),
        None => ("", Tone::Dim),
    };
    let part = |label: &str, text: &str, tone, longest| CardPart {
        label: label.to_owned(),
        text: Span::new(text, tone),
        longest,
    };
    // Before it has run, what it promises stands where the evidence comes.
    let (kept, without, tone) = match outcome {
        Some(outcome) => (&*outcome.evidence, &*outcome.without, Tone::Caution),
        None => (technique.promise, "not run yet", Tone::Dim),
    };
    let listing = |name: &str, code: &str| {
        let lines = code.lines().map(|line| part("", line, Tone::Strong, 0));
        std::iter::once(part(name, "", Tone::Dim, 0)).chain(lines).collect()
    };
    let listings = vec![listing("Python", technique.python), listing("Rust", technique.rust)];
    let parts =
        vec![part("kept:", kept, Tone::Plain, EVIDENCE), part("left out:", without, tone, WITHOUT)];
    Card { title: technique.title.into(), mark: mark.into(), listings, parts }
}

/// All faults, one row each: what each policy completed, failed and lost, as far as they were
/// injected.
pub fn ledger(state: &State) -> Table {
    let faults = FAULTS.iter().enumerate();
    let rows = faults.map(|(at, fault)| {
        // By the fault's index, as the state keys its outcomes; the rows then follow the
        // list of faults.
        let of = |policy: Policy| state.outcomes.get(&(at, policy));
        let none = || Span::new("-", Tone::Dim);
        let cells = Policy::ALL.map(|policy| of(policy).map_or_else(none, short));
        std::iter::once(Span::from(fault.shown())).chain(cells).collect()
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
    if outcome.lost > 0 {
        Span::new(format!("{} lost", outcome.lost), Tone::Broken)
    } else if outcome.failed > 0 {
        Span::new(format!("{} failed", outcome.failed), Tone::Caution)
    } else {
        Span::new("all done", Tone::Good)
    }
}

fn name(mode: ShutdownMode) -> Label {
    let name = Label::new(mode.word());
    if mode == ShutdownMode::IgnoredSignals { name.or("ignored") } else { name }
}

/// How long each way to end a pool took, with what became of its tasks.
pub fn shutdowns(state: &State) -> Bars {
    let bars = ShutdownMode::ALL.map(|mode| match state.shutdowns.get(&mode) {
        None => {
            let note = Span::new("not run yet", Tone::Dim);
            Bar { label: name(mode), note, ..Bar::default() }
        }
        Some(shutdown) => {
            let ShutdownOutcome { completed, cancelled, failed, left, .. } = shutdown;
            let counts = [(completed, "done"), (cancelled, "cancelled"), (failed, "failed")];
            let counts = counts.into_iter().chain([(left, "left")]);
            let counts = counts.filter(|(count, _)| **count > 0);
            let note: Vec<_> = counts.map(|(count, what)| format!("{count} {what}")).collect();
            let last = state.focus == Focus::Shutdown && state.last_mode == Some(mode);
            let tone = match (*left, last) {
                (0, true) => Tone::Accent,
                (0, false) => Tone::Dim,
                _ => Tone::Broken,
            };
            Bar {
                label: name(mode),
                values: vec![shutdown.took_ms],
                figure: units::nanos(shutdown.took_ms * 1e6),
                note: Span::new(note.join(", "), tone),
                activity: Activity::Finished,
                ..Bar::default()
            }
        }
    });
    Bars { bars: bars.into(), ..Bars::default() }
}
