//! The driver thread of a script that is stepped: it has schedules run, and reports where in
//! one of them the user is.
//!
//! ```text
//! session: commands ─┐                ┌─▶ Server: a schedule, run to its end ─▶ Executed
//! search: found ─────┼─▶ select! ─────┤
//! every 100 ms ──────┘                └─▶ facts: stepped, searching, searched
//! ```
//!
//! To step on or back is to move in what was run: each moment was reached by really running the
//! script to it. Where another thread is to be next than was, the steps before are run again with
//! that switch, and it is checked that they were the same.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, never, select, tick, unbounded};

use super::super::PythonLab;
use super::super::experiment::explore::code::{self, Key};
use super::super::experiment::step::executed::{Executed, Searched, Stepped};
use super::super::experiment::step::reader;
use super::super::facts::source::SourceText;
use super::super::facts::{Fact, Interpreter};
use super::super::settings::{PythonCommand, SCHEDULE, StepCommand};
use super::{WatchError, interpreter};
use crate::kit::explore::Progress;
use crate::kit::python::control::{
    self, Execution, ForcedSwitch, Options, Report, Server, ServerError, Step, Strategy, Verdict,
};
use crate::kit::python::{Python, Source};
use crate::kit::recorder::Lane;
use crate::kit::stop::Stop;
use crate::kit::threads::{self, Scope};
use crate::lab::{Command, Interrupt, Script, Session};
use crate::printable::Printable;
use crate::scene::units::plural;

/// Between two reports of a search.
const REPORT: Duration = Duration::from_millis(100);
/// Schedules of a search at most, as of the command `explore`.
const SCHEDULES: u64 = 1_000;

/// Lets the user step through schedules of the script until the run ends.
///
/// # Errors
/// That the run was stopped. What fails is reported instead.
pub fn run(session: &mut Session<'_, PythonLab>, script: &Arc<Script>) -> Result<(), Interrupt> {
    let lane = session.lane();
    let source = Source::read(&script.path);
    lane.reliable_fact(Fact::Source(SourceText::from(&source)));
    match Stepper::start(session, script, source.path) {
        Ok(stepper) => threads::scope(|scope| stepper.run(session, scope)),
        Err(error) => {
            session.check()?;
            lane.reliable_fact(Fact::failed(&error));
            Ok(())
        }
    }
}

/// A search on a thread of its own; its end is requested when this is dropped.
struct SearchTask {
    progress: Progress,
    stop: Stop,
    found: Receiver<Result<Report, ServerError>>,
}

impl Drop for SearchTask {
    fn drop(&mut self) {
        self.stop.request();
    }
}

struct Stepper<'a> {
    lane: &'a Lane<Fact>,
    /// This one.
    program: PathBuf,
    python: Python,
    script: Arc<Script>,
    /// The script's main file.
    file: PathBuf,
    server: Server,
    seed: u64,
    execution: Execution,
    executed: Arc<Executed>,
    /// Whether that was reported.
    is_known: bool,
    /// Steps taken.
    at: usize,
    search: Option<SearchTask>,
}

/// Runs the schedule of a code, or without one that without switches.
fn first(
    server: &mut Server,
    script: &Script,
    code: &str,
    stop: &Stop,
) -> Result<Execution, WatchError> {
    if code.is_empty() {
        return Ok(control::step(server, &[], stop)?);
    }
    let bad = |error| WatchError::Code { code: code.to_owned(), error };
    let parsed = code::parse(code).map_err(bad)?;
    let version = server.version().to_owned();
    let key = Key { version: &version, script, same_output: parsed.same_output };
    key.check(&parsed).map_err(bad)?;
    let execution = control::step(server, &parsed.schedule, stop)?;
    key.check_imported(&parsed, &execution).map_err(bad)?;
    Ok(execution)
}

impl<'a> Stepper<'a> {
    fn start(
        session: &Session<'a, PythonLab>,
        script: &Arc<Script>,
        file: PathBuf,
    ) -> Result<Self, WatchError> {
        let (settings, stop) = (session.settings(), session.stop());
        let python = interpreter(settings)?;
        let mut server =
            Server::start(&settings.program, &python, &script.path, &script.arguments, stop)?;
        let version = Printable::foreign(server.version());
        let interpreter = Interpreter { version, gil: true, implementation: "cpython".into() };
        session.lane().reliable_fact(Fact::Interpreter(interpreter.into()));
        let execution = first(&mut server, script, settings.get(SCHEDULE).trim(), stop)?;
        let mut stepper = Self {
            lane: session.lane(),
            program: settings.program.clone(),
            python,
            script: Arc::clone(script),
            file,
            server,
            seed: settings.seed,
            executed: Arc::default(),
            is_known: false,
            execution,
            at: 0,
            search: None,
        };
        stepper.read();
        let refused = stepper.execution.trace.refused;
        stepper.report(if refused { "a thread of the schedule was not ready" } else { "" });
        Ok(stepper)
    }

    fn run(
        mut self,
        session: &mut Session<'_, PythonLab>,
        scope: Scope<'_, '_>,
    ) -> Result<(), Interrupt> {
        loop {
            self.lane.flush();
            let search = self.search.as_ref();
            let found = search.map_or_else(never, |search| search.found.clone());
            let report = search.map_or_else(never, |_| tick(REPORT));
            select! {
                recv(session.ready()) -> _ => {
                    while let Some(command) = session.try_command()? {
                        if let Command::Do(PythonCommand::Step(command)) = command {
                            self.handle(command, session.stop(), scope);
                        }
                    }
                }
                recv(found) -> found => {
                    self.search = None;
                    if let Ok(found) = found {
                        self.found(found, session.stop());
                    }
                }
                recv(report) -> _ => self.report_search(),
            }
        }
    }

    fn handle(&mut self, command: StepCommand, stop: &Stop, scope: Scope<'_, '_>) {
        match command {
            StepCommand::Thread(thread) => self.step(thread, stop),
            StepCommand::Seek(at) => {
                self.at = at.min(self.executed.steps.len());
                self.report("");
            }
            StepCommand::Search => self.search(scope),
            StepCommand::StopSearch => {
                self.search = None;
                self.searched("the search was stopped", false);
            }
        }
    }

    /// Lets a thread take its next step.
    fn step(&mut self, thread: usize, stop: &Stop) {
        let name = || self.executed.threads.get(thread).map_or("it", Printable::as_str);
        let Some(step) = self.executed.steps.get(self.at) else {
            return self.report("the script has ended");
        };
        if !step.can_go(thread) {
            return self.report(&format!("{} cannot go on here", name()));
        }
        if step.thread != thread {
            let Ok(next) = u16::try_from(thread + 1) else { return };
            let (before, after) = self.execution.trace.steps.split_at(step.before);
            let mut asked: Vec<_> = before.iter().filter_map(Step::switch).collect();
            asked.extend(after.first().map(|step| step.to(next)));
            if !self.execute(&asked, self.at + 1, stop) {
                return;
            }
        }
        self.at = (self.at + 1).min(self.executed.steps.len());
        self.report("");
    }

    /// Runs a schedule whose first `same` steps but the last are those that were taken; returns
    /// whether they were. What happened instead is reported.
    fn execute(&mut self, asked: &[ForcedSwitch], same: usize, stop: &Stop) -> bool {
        let execution = match control::step(&mut self.server, asked, stop) {
            Ok(execution) => execution,
            Err(error) => {
                self.report(&format!("it could not be run: {error}"));
                return false;
            }
        };
        let before = std::mem::replace(&mut self.execution, execution);
        let raw = self.executed.steps.get(same.saturating_sub(1)).map_or(0, |step| step.before);
        let [old, new] = [&before, &self.execution].map(|one| &one.trace.steps);
        let what = |step: &Step| (step.thread, step.operation, step.place);
        let alike = old.iter().take(raw).zip(new).take_while(|(a, b)| what(a) == what(b)).count();
        self.read();
        let diverged = alike < raw || self.execution.trace.refused;
        if diverged {
            let steps = self.executed.steps.iter();
            self.at = steps.take_while(|step| step.before < alike).count();
            self.report(
                "the script did something else when these steps were run again: it depends \
                         on more than the order of its threads",
            );
        }
        !diverged
    }

    /// Makes what is shown of the schedule that was run.
    fn read(&mut self) {
        let execution = &self.execution;
        let (version, script) = (self.server.version(), &*self.script);
        let key = Key { version, script, same_output: false };
        let code = key.encode(execution);
        let verdict = execution.verdict(None);
        let kind = if let Verdict::Failed(kind) = verdict { Some(kind) } else { None };
        let mut executed = reader::read(execution, kind, &code, &self.file);
        match verdict {
            Verdict::TooLong => executed.end = "it did not end in time".into(),
            Verdict::TooManySteps => executed.end = "it has too many steps".into(),
            Verdict::Passed | Verdict::Failed(_) => {}
        }
        (self.executed, self.is_known) = (Arc::new(executed), false);
    }

    fn report(&mut self, note: &str) {
        let is_new = !std::mem::replace(&mut self.is_known, true);
        let executed = is_new.then(|| Arc::clone(&self.executed));
        let stepped = Stepped { executed, at: self.at, note: note.into() };
        self.lane.reliable_fact(Fact::Stepped(stepped));
    }

    fn search(&mut self, scope: Scope<'_, '_>) {
        let (progress, stop) = (Progress::default(), Stop::new());
        let (sender, found) = unbounded();
        let (mirror, until) = (progress.clone(), stop.clone());
        let (python, script) = (self.python.clone(), Arc::clone(&self.script));
        let program = self.program.clone();
        let options = Options {
            strategy: Strategy::Usual,
            seed: self.seed,
            bound: None,
            limit: SCHEDULES,
            count: false,
            same_output: false,
        };
        let started = scope.spawn("python/search", move || {
            let server = Server::start(&program, &python, &script.path, &script.arguments, &until);
            let found =
                server.map(|mut server| control::search(&mut server, &options, &until, &mirror));
            // The receiver is gone if the user has stopped it.
            let _ = sender.send(found);
        });
        match started {
            Ok(_) => self.search = Some(SearchTask { progress, stop, found }),
            Err(error) => {
                return self.searched(&format!("no thread could be started: {error}"), false);
            }
        }
        self.report_search();
    }

    fn report_search(&self) {
        if let Some(search) = &self.search {
            let now = search.progress.get();
            self.lane.reliable_fact(Fact::Searching { runs: now.runs });
        }
    }

    fn found(&mut self, found: Result<Report, ServerError>, stop: &Stop) {
        let report = match found {
            Ok(report) => report,
            Err(error) => return self.searched(&error.to_string(), false),
        };
        let schedules = plural(report.schedules, "schedule");
        let complete = report.is_complete();
        match report.shortest {
            Some(found) => {
                let schedule = found.execution.schedule();
                if self.execute(&schedule, 0, stop) {
                    self.at = 0;
                    self.report("");
                }
                let switches = plural(found.execution.preemptions() as u64, "forced switch");
                let text = format!("a failing schedule was found after {schedules}: {switches}");
                self.searched(&text, true);
            }
            None if complete => {
                self.searched(&format!("none fails: {schedules}, one of each class"), false);
            }
            None => {
                let text = format!("none of {schedules} failed; that is no proof");
                self.searched(&text, false);
            }
        }
    }

    fn searched(&self, text: &str, failing: bool) {
        let searched = Searched { text: text.into(), failing };
        self.lane.reliable_fact(Fact::Searched(searched));
    }
}
