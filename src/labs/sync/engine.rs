//! The driver thread runs the tools, one run after the other.
//!
//! Without a screen it goes through the plan once: each tool used correctly, then in each
//! wrong way, then its cost. On the live screen the chosen tool repeats until another
//! is chosen, and costs are measured between runs until all are known.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::settings::{MISUSE, Misuses, OPS, PACE, TOOL, WORKERS};
use super::state::Fact;
use super::tool::{Misuse, RunContext, Tool};
use super::tools;
use crate::kit::event::LaneEvent;
use crate::kit::recorder::{Lane, Recorder};
use crate::kit::step::{Mode, StepController};
use crate::kit::stop::Stop;
use crate::kit::threads::ThreadGroup;
use crate::lab::{Command, Settings, Value, Words};

/// On the live screen: how long the outcome of a run can be read.
const SHOW_OUTCOME: Duration = Duration::from_millis(1500);
/// On the live screen: about how long costs are measured after a run.
const MEASURE_TIME: Duration = Duration::from_millis(250);
/// How often a rest looks for new orders.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The lab's threads.
#[derive(Debug)]
pub struct Engine {
    group: ThreadGroup,
    requests: Arc<Requests>,
}

/// What the user asks of the driver thread.
#[derive(Debug)]
struct Requests {
    settings: Mutex<Settings>,
    changed: AtomicBool,
    /// The run that is under way.
    controller: Mutex<StepController>,
}

impl Engine {
    pub fn start(settings: &Settings, recorder: &Recorder<Fact>) -> Result<Self, String> {
        let requests = Arc::new(Requests {
            settings: Mutex::new(settings.clone()),
            changed: AtomicBool::new(false),
            controller: Mutex::new(StepController::new(Stop::new(), Mode::Full)),
        });
        let mut group = ThreadGroup::new("sync", Stop::new());
        let (there, context) = (Arc::clone(&requests), recorder.clone());
        group
            .spawn("main", recorder, move |lane, stop| {
                drive(lane, stop, &there, &context);
            })
            .map_err(|error| format!("the main thread could not be started: {error}"))?;
        Ok(Self { group, requests })
    }

    pub fn command(&mut self, command: Command) {
        match command {
            Command::Set { key, value } if key == PACE.key => self.requests.pace(value),
            Command::Set { key, value } => self.requests.change(|settings| {
                settings.put_value(key, value);
                if key == TOOL.key {
                    settings.put(MISUSE, Misuses::Off);
                }
            }),
            Command::Press { id } => {
                let word = id.strip_prefix("misuse:");
                if let Some(misuse) = Misuses::all().find(|misuse| word == Some(misuse.word())) {
                    self.requests.change(|settings| settings.put(MISUSE, misuse));
                }
            }
            Command::Enter { .. } => {}
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // In this order: a run that begins meanwhile sees the first request.
        self.group.stop().request();
        self.requests.controller.lock().stop().request();
    }
}

impl Requests {
    fn current(&self) -> Settings {
        self.changed.store(false, Ordering::Release);
        self.settings.lock().clone()
    }

    fn changed(&self) -> bool {
        self.changed.load(Ordering::Acquire)
    }

    /// Stores a change and stops the current run.
    fn change(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings.lock());
        self.changed.store(true, Ordering::Release);
        self.controller.lock().stop().request();
    }

    /// Another pace acts at once and disturbs no run.
    fn pace(&self, value: Value) {
        let mut settings = self.settings.lock();
        settings.put_value(PACE.key, value);
        let controller = self.controller.lock();
        set_pace(&controller, settings.get(PACE));
    }

    /// The step controller of the next run, which can be stopped through it from now on.
    fn next_controller(&self, stop: &Stop) -> StepController {
        let controller = StepController::new(Stop::new(), Mode::Full);
        set_pace(&controller, self.settings.lock().get(PACE));
        *self.controller.lock() = controller.clone();
        if stop.requested() || self.changed() {
            controller.stop().request();
        }
        controller
    }
}

fn set_pace(controller: &StepController, pace: Duration) {
    controller.delay().set(pace);
    controller.set_mode(if pace.is_zero() { Mode::Full } else { Mode::Paced });
}

/// Why a pass through the plan ended early.
enum Interrupt {
    /// The settings changed: begin again.
    Restart,
    Stopped,
}

fn drive(lane: &Lane<Fact>, stop: &Stop, requests: &Requests, recorder: &Recorder<Fact>) {
    let mut measured = Vec::new();
    loop {
        let settings = requests.current();
        let iteration = Iteration { lane, stop, requests, recorder, settings: &settings };
        match iteration.run(&mut measured) {
            Err(Interrupt::Stopped) => return,
            Err(Interrupt::Restart) => {}
            Ok(()) if settings.live => {}
            Ok(()) => return lane.reliable_fact(Fact::Done),
        }
    }
}

type PlannedRun = (&'static Tool, Option<&'static Misuse>);

/// One way through the plan.
struct Iteration<'a> {
    lane: &'a Lane<Fact>,
    stop: &'a Stop,
    requests: &'a Requests,
    recorder: &'a Recorder<Fact>,
    settings: &'a Settings,
}

impl Iteration<'_> {
    fn run(&self, measured: &mut Vec<&'static str>) -> Result<(), Interrupt> {
        let (runs, tools) = (self.plan(), self.tools());
        let of = runs.len() + if self.settings.live { 0 } else { tools.len() };
        for (at, (tool, misuse)) in runs.iter().enumerate() {
            self.lane.fact(Fact::Progress { done: at, of });
            if self.settings.live {
                self.measure_within(Duration::ZERO, &tools, measured)?;
            }
            self.run_tool(tool, *misuse)?;
            if self.settings.live {
                self.measure_within(MEASURE_TIME, &tools, measured)?;
                self.show_outcome()?;
            }
        }
        if !self.settings.live {
            for (at, tool) in tools.iter().enumerate() {
                let done = runs.len() + at;
                self.lane.fact(Fact::Progress { done, of });
                self.measure(tool)?;
            }
        }
        Ok(())
    }

    fn tools(&self) -> Vec<&'static Tool> {
        self.settings.get(TOOL).one().map_or_else(|| tools::ALL.to_vec(), |tool| vec![tool])
    }

    /// The correct use of each tool, then its misuses, as far as the settings ask for them.
    fn plan(&self) -> Vec<PlannedRun> {
        let misuse = self.settings.get(MISUSE);
        let runs = self.tools().into_iter().flat_map(|tool| {
            let correct = matches!(misuse, Misuses::Off | Misuses::All);
            let misuses = tool.misuses.iter();
            let misuses =
                misuses.filter(move |w| [Misuses::All, Misuses::Named(w.name)].contains(&misuse));
            let correct = correct.then_some((tool, None));
            correct.into_iter().chain(misuses.map(move |w| (tool, Some(w))))
        });
        let runs: Vec<_> = runs.collect();
        if runs.is_empty() {
            self.lane.reliable_fact(Fact::Failed {
                what: self.settings.get(TOOL).word().to_owned(),
                why: format!("it has no misuse {}", misuse.word()),
            });
            if self.settings.live {
                return self.tools().into_iter().map(|tool| (tool, None)).collect();
            }
        }
        runs
    }

    fn run_tool(
        &self,
        tool: &'static Tool,
        misuse: Option<&'static Misuse>,
    ) -> Result<(), Interrupt> {
        let name = misuse.map(|misuse| misuse.name);
        self.lane.reliable_fact(Fact::Started { tool: tool.id, misuse: name });
        let context = self.context();
        let outcome = (tool.run)(&context, misuse);
        self.check()?;
        let fact = outcome.map(|outcome| Fact::Outcome { tool: tool.id, misuse: name, outcome });
        let what = name.map_or_else(|| tool.id.to_owned(), |name| format!("{}, {name}", tool.id));
        self.report(&what, fact);
        Ok(())
    }

    /// The costs of some tools that were not measured yet, the chosen ones first: begun
    /// within `time`.
    fn measure_within(
        &self,
        time: Duration,
        chosen: &[&'static Tool],
        measured: &mut Vec<&'static str>,
    ) -> Result<(), Interrupt> {
        let began = Instant::now();
        loop {
            // A viewer of threads must not see processes come and go.
            let like = |tool: &&&Tool| chosen.iter().any(|chosen| chosen.world == tool.world);
            let mut all = chosen.iter().chain(tools::ALL.iter().filter(like));
            let Some(next) = all.find(|tool| !measured.contains(&tool.id)) else {
                return Ok(());
            };
            measured.push(next.id);
            self.measure(next)?;
            if began.elapsed() >= time {
                return Ok(());
            }
        }
    }

    fn measure(&self, tool: &'static Tool) -> Result<(), Interrupt> {
        let context = self.context();
        // No user watches a measurement.
        context.controller.set_mode(Mode::Full);
        let costs = (tool.cost)(&context);
        self.check()?;
        let costs = costs.map(|costs| Fact::Costs { tool: tool.id, costs });
        self.report(&format!("the cost of {}", tool.id), costs);
        Ok(())
    }

    fn context(&self) -> RunContext<'_> {
        RunContext {
            workers: self.settings.get(WORKERS),
            ops: self.settings.get(OPS),
            controller: self.requests.next_controller(self.stop),
            recorder: self.recorder,
            lane: self.lane,
            program: &self.settings.program,
            live: self.settings.live,
        }
    }

    /// Emits the result, or why there is none.
    fn report(&self, what: &str, found: io::Result<Fact>) {
        self.lane.reliable_fact(found.unwrap_or_else(|error| Fact::Failed {
            what: what.to_owned(),
            why: error.to_string(),
        }));
    }

    fn show_outcome(&self) -> Result<(), Interrupt> {
        self.lane.emit(LaneEvent::Idle);
        self.lane.flush();
        for _ in 0..SHOW_OUTCOME.as_millis() / POLL_INTERVAL.as_millis() {
            self.stop.sleep(POLL_INTERVAL);
            self.check()?;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Interrupt> {
        if self.stop.requested() {
            return Err(Interrupt::Stopped);
        }
        if self.requests.changed() { Err(Interrupt::Restart) } else { Ok(()) }
    }
}
