//! The driver thread runs the tools, one run after the other.
//!
//! Without a screen it goes through the plan once: each tool with correct use, then with
//! each misuse, then its cost. On the live screen the chosen tool repeats until another
//! is chosen, and costs are measured between runs until all are known.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::Sync;
use super::experiment::searches::Searches;
use super::experiment::step_mode::StepCommand;
use super::experiment::tool::{Misuse, RunContext, Tool, ToolKind};
use super::experiment::tools;
use super::experiment::{correct_use, replay};
use super::facts::Fact;
use super::settings::{MISUSE, Misuses, OPS, PACE, SyncCommand, TOOL, WORKERS};
use crate::kit::event::LaneEvent;
use crate::kit::recorder::Lane;
use crate::kit::step::{Mode, StepController};
use crate::lab::{Command, Interrupt, Session, Settings, Words};

/// On the live screen: how long the outcome of a run can be read before the tool runs
/// again.
const SHOW_OUTCOME: Duration = Duration::from_millis(1500);
/// On the live screen: about how long costs are measured after a run. Short, so that the
/// runs are what is seen.
const MEASURE_TIME: Duration = Duration::from_millis(250);

/// Runs the chosen tools, and again with each other choice. Returns after one pass without a
/// screen; on it only when it is stopped.
///
/// # Errors
/// If the run was stopped; a tool that fails is reported instead.
pub fn run(session: &mut Session<'_, Sync>) -> Result<(), Interrupt> {
    // Outside of the attempts: a cost is measured and a use is searched once for the whole
    // run, and another tool is recognised by comparison with the last one.
    let (mut tool, mut measured) = (session.settings().get(TOOL).word(), Vec::new());
    let mut searches = Searches::new();
    session.restarting(|session| {
        let first_step = Cell::new(choose_misuse(session, &mut tool)?);
        let lane = session.lane();
        loop {
            let searches = &mut searches;
            Iteration { session, lane, searches, first_step: &first_step }.run(&mut measured)?;
            if !session.settings().live {
                lane.reliable_fact(Fact::Done);
                return Ok(());
            }
        }
    })
}

/// Takes the misuse that the user has chosen; another tool than `last` begins with
/// correct use. Returns what the user has asked of the threads before there were any: step mode
/// begins with the first run.
///
/// # Errors
/// If the attempt was interrupted again.
fn choose_misuse(
    session: &mut Session<'_, Sync>,
    last: &mut &'static str,
) -> Result<Option<StepCommand>, Interrupt> {
    let tool = session.settings().get(TOOL).word();
    let is_same = std::mem::replace(last, tool) == tool;
    // The misuse belonged to the tool before. Put into this session's settings only: the
    // handle's are what the user has set.
    if !is_same {
        session.settings_mut().put(MISUSE, Misuses::Off);
    }
    let mut first_step = None;
    while let Some(command) = session.try_command()? {
        match command {
            // One that came together with another tool was a misuse of the last.
            Command::Do(SyncCommand::Use(misuse)) if is_same => {
                session.settings_mut().put(MISUSE, misuse);
            }
            Command::Do(SyncCommand::Step(step @ StepCommand::Next)) => first_step = Some(step),
            _ => {}
        }
    }
    Ok(first_step)
}

type PlannedRun = (&'static Tool, Option<&'static Misuse>);

/// One pass through the plan: on the live screen mostly a single run, without a screen
/// all of them and the costs.
struct Iteration<'s, 'a> {
    session: &'s mut Session<'a, Sync>,
    lane: &'a Lane<Fact>,
    /// What earlier iterations have found.
    searches: &'s mut Searches,
    /// What the user has asked for between two runs: the next one begins with it.
    first_step: &'s Cell<Option<StepCommand>>,
}

impl Iteration<'_, '_> {
    /// Runs the plan once. `measured` are the tools whose cost is known.
    ///
    /// # Errors
    /// If the attempt was interrupted, as in all methods here.
    fn run(&mut self, measured: &mut Vec<&'static str>) -> Result<(), Interrupt> {
        let (runs, tools) = (self.plan(), self.tools());
        let live = self.session.settings().live;
        // On the live screen costs are measured between the runs and are no parts of the
        // plan.
        let of = runs.len() + if live { 0 } else { tools.len() };
        for (at, (tool, misuse)) in runs.iter().enumerate() {
            self.lane.fact(Fact::Progress { done: at, of });
            if live {
                // One cost before the run, so that the panel of costs has something to
                // show from the beginning.
                self.measure_within(Duration::ZERO, &tools, measured)?;
            }
            self.run_tool(tool, *misuse)?;
            if live {
                self.measure_within(MEASURE_TIME, &tools, measured)?;
                self.show_outcome()?;
            }
        }
        if !live {
            for (at, tool) in tools.iter().enumerate() {
                let done = runs.len() + at;
                self.lane.fact(Fact::Progress { done, of });
                self.measure(tool)?;
            }
        }
        Ok(())
    }

    fn tools(&self) -> Vec<&'static Tool> {
        let tools = self.session.settings().get(TOOL);
        tools.one().map_or_else(|| tools::ALL.to_vec(), |tool| vec![tool])
    }

    /// The correct use of each tool, then its misuses, as far as the settings ask for
    /// them. Without a screen every use runs once; on it the plan is mostly a single run.
    fn plan(&self) -> Vec<PlannedRun> {
        let misuse = self.session.settings().get(MISUSE);
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
            // A misuse that none of them has: correct use, rather than a run of nothing.
            return self.tools().into_iter().map(|tool| (tool, None)).collect();
        }
        runs
    }

    /// Runs a tool once and reports its outcome. Commands are taken meanwhile by `poll`,
    /// which the tool calls whenever it waits: a new pace takes effect at once, another
    /// tool interrupts.
    fn run_tool(
        &mut self,
        tool: &'static Tool,
        misuse: Option<&'static Misuse>,
    ) -> Result<(), Interrupt> {
        let name = misuse.map(|misuse| misuse.name);
        self.lane.reliable_fact(Fact::Started { tool: tool.id, misuse: name });
        let settings = self.session.settings().clone();
        // One for each run, and its stop is a child of the attempt's: a run that is stuck
        // is stopped without ending the attempt.
        let controller = StepController::new(self.session.stop().child(), Mode::Full);
        controller.delay().set(settings.get(PACE));
        // The tool calls `poll` while it waits, through a shared reference. It does so on
        // this thread alone, and never from within itself.
        let session = RefCell::new(&mut *self.session);
        let poll = || {
            if let Some(step) = self.first_step.take() {
                return Some(step);
            }
            let mut session = session.borrow_mut();
            // What needs another run interrupts this one, and stays in the queue.
            while let Ok(Some(command)) = session.try_command() {
                if let Command::Do(SyncCommand::Step(step)) = command {
                    return Some(step);
                }
                controller.delay().set(session.settings().get(PACE));
            }
            None
        };
        let mut context = context(self.lane, &settings, &controller, &poll);
        context.searched = Rc::clone(self.searches.entry((tool.id, name)).or_default());
        let outcome = match (tool.kind, misuse) {
            (ToolKind::Threads(make), None) => correct_use::run(&context, make),
            (ToolKind::Threads(_), Some(Misuse { program: Some(program), .. })) => {
                replay::run(&context, program)
            }
            (ToolKind::Threads(_), Some(_)) => Err(io::Error::other("it has no program to replay")),
            (ToolKind::Processes(run), misuse) => run(&context, misuse),
        };
        self.session.check()?;
        let fact = outcome.map(|outcome| Fact::Outcome { tool: tool.id, misuse: name, outcome });
        let what = name.map_or_else(|| tool.id.to_owned(), |name| format!("{}, {name}", tool.id));
        self.report(&what, fact);
        Ok(())
    }

    /// Measures the costs of some tools that were not measured yet, the chosen ones
    /// first. A measurement that has begun is completed, so this may take longer than
    /// `time`.
    fn measure_within(
        &mut self,
        time: Duration,
        chosen: &[&'static Tool],
        measured: &mut Vec<&'static str>,
    ) -> Result<(), Interrupt> {
        let began = Instant::now();
        loop {
            let Some(next) = next_to_measure(chosen, measured) else {
                return Ok(());
            };
            // Before the measurement: one that fails is not tried again and again.
            measured.push(next.id);
            self.measure(next)?;
            if began.elapsed() >= time {
                return Ok(());
            }
        }
    }

    fn measure(&self, tool: &'static Tool) -> Result<(), Interrupt> {
        // No user watches a measurement: it has no pace.
        let controller = StepController::new(self.session.stop().child(), Mode::Full);
        let poll = || None;
        let context = context(self.lane, self.session.settings(), &controller, &poll);
        let costs = (tool.cost)(&context);
        self.session.check()?;
        let costs = costs.map(|costs| Fact::Costs { tool: tool.id, costs });
        self.report(&format!("the cost of {}", tool.id), costs);
        Ok(())
    }

    /// Emits the result, or why there is none: mostly processes that the system refused.
    /// The next part of the plan follows in either case.
    fn report(&self, what: &str, found: io::Result<Fact>) {
        self.lane.reliable_fact(found.unwrap_or_else(|error| Fact::Failed {
            what: what.to_owned(),
            why: error.to_string(),
        }));
    }

    /// Leaves the outcome on the screen for a while. A choice of the user interrupts it, step mode
    /// begins the next run at once; a new pace only applies to that.
    fn show_outcome(&mut self) -> Result<(), Interrupt> {
        // The driver would otherwise be shown as running while the outcome is read.
        self.lane.emit(LaneEvent::Idle);
        self.lane.flush();
        let end = Instant::now() + SHOW_OUTCOME;
        while let Some(command) = self.session.command_until(end)? {
            if let Command::Do(SyncCommand::Step(step @ StepCommand::Next)) = command {
                self.first_step.set(Some(step));
                break;
            }
        }
        Ok(())
    }
}

/// The tool whose cost is measured next: the chosen ones first, then those of their world. A
/// viewer of threads must not see processes come and go.
pub fn next_to_measure(chosen: &[&'static Tool], measured: &[&str]) -> Option<&'static Tool> {
    let like = |tool: &&&Tool| chosen.iter().any(|chosen| chosen.world() == tool.world());
    let mut all = chosen.iter().chain(tools::ALL.iter().filter(like));
    all.find(|tool| !measured.contains(&tool.id)).copied()
}

fn context<'a>(
    lane: &'a Lane<Fact>,
    settings: &'a Settings,
    controller: &StepController,
    poll: &'a dyn Fn() -> Option<StepCommand>,
) -> RunContext<'a> {
    RunContext {
        workers: settings.get(WORKERS),
        ops: settings.get(OPS),
        controller: controller.clone(),
        recorder: lane.recorder(),
        lane,
        program: &settings.program,
        searched: Rc::default(),
        live: settings.live,
        poll,
    }
}
