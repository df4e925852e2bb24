//! State of the lab: what each worker does, the status of each future, and in the end the
//! figures that the driver read from the data itself.
//!
//! While a round runs, status and order are followed by lane events, which may be
//! dropped; the results that come after it replace them.
//!
//! ```text
//! Fact::Began ─▶ Pool ─▶ Cancelled ... ─▶ Opened ─▶ Settled ... ─▶ Ended ─▶ Joined   one round
//!                           lane events: TaskStarted ─▶ Sleeping, Running ─▶ TaskEnded
//! ```

use std::collections::VecDeque;
use std::sync::Arc;

use super::experiment::plan::Plan;
use super::facts::{Fact, Settled, Summary, activity};
use crate::kit::event::{LaneEvent, LaneId, Stamped, TaskOutcome, What};
use crate::kit::future::Status;
use crate::lab::Settings;
use crate::scene::units::to_f64;
use crate::scene::{Activity, Finding, NotRun};
use crate::timeline::ending_activity;

/// A thread of the pool, by its latest events: what it does and since when, its task (or
/// the last one, as long as it shows how that ended), and how many tasks it has ended in
/// whatever way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    lane: LaneId,
    pub name: Arc<str>,
    pub activity: Activity,
    pub task: Option<u32>,
    pub since: u64,
    pub ended: u64,
    /// What it did in this round, the latest last; at most [`KEPT`]. The intervals of one worker do
    /// not overlap, and only the last one may be open.
    pub did: VecDeque<Interval>,
}

/// A part of a task on its worker: at work, or in the pause that is added to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub n: u32,
    pub from: u64,
    /// `None` while it lasts.
    pub to: Option<u64>,
    pub rests: bool,
}

/// Intervals kept of each worker: more than a chart has columns.
const KEPT: usize = 1024;
/// Rounds from which the gain of the pool is computed, the latest ones.
const GAINS: usize = 40;

/// One task of the round, by its position among them: how far it is, and its figures once the
/// driver has reported it settled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    pub status: Status,
    pub settled: Option<Settled>,
}

/// All events so far, folded: the workers of the present pool, the tasks of the present
/// round, and the figures of the last complete one. Times are in ns of the run's clock.
#[derive(Clone, Debug)]
pub struct State {
    pub plan: Plan,
    pub live: bool,
    pub now: u64,
    pub round: u64,
    pub began: u64,
    /// For each of the latest rounds of this plan, what one thread would have needed for its
    /// tasks, and what the pool needed, in ns.
    pub gains: VecDeque<(f64, f64)>,
    pub cores: usize,
    pub workers: Vec<Worker>,
    pub tasks: Vec<Task>,
    /// In the order in which events reported it; the summary replaces it with the order
    /// by the futures' own times.
    pub completed: Vec<u32>,
    /// All tasks of the round are submitted.
    pub opened: bool,
    /// What making the pool, starting its threads and queueing the first tasks took
    /// together.
    pub created_ns: Option<u64>,
    pub summary: Option<Summary>,
    pub joined_ns: Option<u64>,
    pub pause_ns: Option<u64>,
    pub armed: bool,
    pub not_run: Vec<NotRun>,
    /// The findings of the round before, if it had the same plan.
    pub kept: Vec<Finding>,
}

impl State {
    pub fn new(settings: &Settings) -> Self {
        let plan = Plan::of(settings);
        Self {
            live: settings.live,
            now: 0,
            round: 0,
            began: 0,
            gains: VecDeque::new(),
            cores: settings.cores,
            workers: Vec::new(),
            tasks: vec![Task::default(); plan.tasks()],
            completed: Vec::new(),
            opened: false,
            created_ns: None,
            summary: None,
            joined_ns: None,
            pause_ns: None,
            armed: false,
            not_run: Vec::new(),
            kept: Vec::new(),
            plan,
        }
    }

    /// The pool has ended and, without a live screen, nothing comes after that. A live
    /// run is never finished: another round follows.
    pub fn finished(&self) -> bool {
        !self.live && self.joined_ns.is_some()
    }

    /// Applies one event. Events of different lanes may be a little out of order, so a
    /// status never moves backwards.
    pub fn apply(&mut self, event: &Stamped<Fact>) {
        self.now = self.now.max(event.at);
        match &event.what {
            What::Lane(what) => self.lane(event.at, event.lane, what),
            What::Fact(fact) => self.fact(event.at, fact),
        }
    }

    fn fact(&mut self, at: u64, fact: &Fact) {
        match fact {
            Fact::Pool { .. } => {
                self.workers.clear();
                self.joined_ns = None;
            }
            Fact::Began { round, plan } => {
                self.began = at;
                self.begin(*round, plan);
            }
            Fact::Opened { took_ns, made } => {
                self.opened = true;
                if *made {
                    self.created_ns = Some(*took_ns);
                }
            }
            Fact::Cancelled { n } => self.set_status(*n, Status::Cancelled),
            Fact::Settled(settled) => {
                // It may come before the event of the worker.
                self.set_status(settled.n, settled.state);
                let position = self.plan.position(settled.n);
                if let Some(task) = position.and_then(|at| self.tasks.get_mut(at)) {
                    task.status = settled.state;
                    task.settled = Some(settled.clone());
                }
            }
            Fact::Ended(summary) => {
                self.completed.clone_from(&summary.completed);
                self.summary = Some(summary.clone());
                self.gained(summary.wall_ns);
            }
            Fact::Joined { took_ns } => self.joined_ns = Some(*took_ns),
            Fact::RoundPause { for_ns } => self.pause_ns = Some(*for_ns),
            Fact::Changed { plan } => {
                // Rounds of another pace gain something else.
                if plan.pace_ns != self.plan.pace_ns {
                    self.gains.clear();
                }
                self.plan.clone_from(plan);
            }
            Fact::NotRun { what, why } => {
                NotRun::new(&**what, &**why).note(&mut self.not_run);
            }
            Fact::Armed => self.armed = true,
            Fact::Tick => {}
        }
    }

    /// A round begins: all that belongs to the one before is cleared, but not the
    /// workers, which are the same threads.
    fn begin(&mut self, round: u64, plan: &Plan) {
        if *plan != self.plan {
            self.gains.clear();
        }
        for worker in &mut self.workers {
            worker.did.clear();
        }
        self.plan.clone_from(plan);
        self.round = round;
        // The number of tasks may have changed with the plan.
        self.tasks = vec![Task::default(); plan.tasks()];
        self.completed.clear();
        self.opened = false;
        self.summary = None;
        self.pause_ns = None;
        self.not_run.clear();
    }

    /// Adds the round that has ended. One thread would have needed the pauses and the computing
    /// of all tasks, one after the other; waiting for a core is no part of that.
    fn gained(&mut self, wall_ns: u64) {
        let alone = |settled: &Settled| {
            // One that failed has paused, and computed nothing.
            let times = settled.computed_ns.zip(settled.cpu_ns);
            let waited = times.map_or(0, |(wall, cpu)| wall.saturating_sub(cpu));
            Some(settled.ran_ns?.saturating_sub(waited))
        };
        // Saturating: the times may come from a file.
        let alone = self.settled().filter_map(alone).fold(0, u64::saturating_add);
        if self.gains.len() == GAINS {
            self.gains.pop_front();
        }
        self.gains.push_back((to_f64(alone), to_f64(wall_ns)));
    }

    fn lane(&mut self, at: u64, lane: LaneId, what: &LaneEvent) {
        if let LaneEvent::Started { name, .. } = what {
            self.add_worker(at, lane, name);
            return;
        }
        let Some(worker) = self.workers.iter_mut().find(|worker| worker.lane == lane) else {
            return;
        };
        match what {
            LaneEvent::TaskStarted { label, .. } => {
                let task = number_of(label);
                worker.update(Activity::Running, task, at);
                worker.goes_on(at, false);
                if let Some(n) = task {
                    self.set_status(n, Status::Running);
                }
            }
            LaneEvent::TaskEnded { outcome, .. } => {
                let status = match outcome {
                    TaskOutcome::Finished => Status::Finished,
                    TaskOutcome::Cancelled => Status::Cancelled,
                    TaskOutcome::Failed { .. } | TaskOutcome::Lost { .. } => Status::Failed,
                };
                let task = worker.task;
                // Also for a task that failed: the worker survives it and has done its
                // part.
                worker.ended += 1;
                worker.update(activity(status), task, at);
                worker.close(at);
                if let Some(n) = task {
                    self.set_status(n, status);
                }
            }
            // The pause is part of the task, so its time goes on.
            LaneEvent::Sleeping { .. } => {
                worker.activity = Activity::Sleeping;
                worker.goes_on(at, true);
            }
            LaneEvent::Running if worker.task.is_some() => {
                worker.activity = Activity::Running;
                worker.goes_on(at, false);
            }
            LaneEvent::Idle => worker.update(Activity::Idle, None, at),
            LaneEvent::Ended(ending) => worker.update(ending_activity(ending), None, at),
            _ => {}
        }
    }

    fn add_worker(&mut self, at: u64, lane: LaneId, name: &Arc<str>) {
        if name.starts_with(super::WORKER) {
            let worker = Worker {
                lane,
                name: Arc::clone(name),
                activity: Activity::Idle,
                task: None,
                since: at,
                ended: 0,
                did: VecDeque::new(),
            };
            // They start in any order; their names are numbered, so a shorter name is a
            // smaller number.
            let key = |name: &str| (name.len(), name.to_owned());
            let place = self.workers.partition_point(|other| key(&other.name) < key(name));
            self.workers.insert(place, worker);
        }
    }

    /// Moves a task on; one that is over stays as it is, so a late event cannot open it
    /// again.
    fn set_status(&mut self, n: u32, status: Status) {
        let Some(position) = self.plan.position(n) else {
            return;
        };
        let Some(task) = self.tasks.get_mut(position) else {
            return;
        };
        if task.status.is_open() {
            task.status = status;
            if !status.is_open() {
                self.completed.push(n);
            }
            // The injected panic was used up. A panic that was set by `fail` clears the
            // badge too, although the injected one may still come.
            if status == Status::Failed {
                self.armed = false;
            }
        }
    }

    pub fn count(&self, status: Status) -> usize {
        self.tasks.iter().filter(|task| task.status == status).count()
    }

    /// The tasks in the order in which results are listed, each with its n. By completion
    /// those that are not over come last, in the order of submission.
    pub fn in_order(&self) -> Vec<(u32, &Task)> {
        let numbered = |n: u32| {
            let position = self.plan.position(n)?;
            self.tasks.get(position).map(|task| (n, task))
        };
        let all = self.plan.numbers();
        if self.plan.by_completion {
            let open = |n: &u32| numbered(*n).is_some_and(|(_, task)| task.status.is_open());
            // Tasks that are over but not in the list of completions do not exist: both
            // are set together.
            let rest = all.filter(open);
            self.completed.iter().copied().chain(rest).filter_map(numbered).collect()
        } else {
            all.filter_map(numbered).collect()
        }
    }

    pub fn task(&self, n: u32) -> Option<&Task> {
        self.tasks.get(self.plan.position(n)?)
    }

    pub fn settled(&self) -> impl Iterator<Item = &Settled> {
        self.tasks.iter().filter_map(|task| task.settled.as_ref())
    }
}

impl Worker {
    /// Ends the interval that lasts, if one does.
    fn close(&mut self, at: u64) {
        if let Some(last) = self.did.back_mut() {
            last.to = last.to.or(Some(at));
        }
    }

    /// Begins another interval of its task.
    fn goes_on(&mut self, at: u64, rests: bool) {
        self.close(at);
        if let Some(n) = self.task {
            if self.did.len() == KEPT {
                self.did.pop_front();
            }
            self.did.push_back(Interval { n, from: at, to: None, rests });
        }
    }

    fn update(&mut self, activity: Activity, task: Option<u32>, at: u64) {
        self.activity = activity;
        self.task = task;
        self.since = at;
    }
}

fn number_of(label: &str) -> Option<u32> {
    label.strip_suffix('!')?.parse().ok()
}
