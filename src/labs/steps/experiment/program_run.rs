//! One program that the user steps through: executes the commands and reports snapshots.
//!
//! ```text
//! session: commands ──┐                     ┌──▶ StepHandle: a move ──▶ the program's threads
//! handle: a new view ─┼─▶ select! ─▶ handle ┤
//! search: found ──────┤                     ├──▶ facts: snapshot, tree, searched, reply, refused
//! every 100 ms ───────┘                     └──▶ Err(Changed): another program begins
//! ```

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, never, select, tick, unbounded};

use super::super::Steps;
use super::super::facts::{Fact, QueryReply};
use super::super::settings::{PROGRAM, StepsCommand};
use super::branches;
use super::search_task::{self, SearchJob, SearchResult};
use super::setup::Setup;
use super::snapshot::Snapshot;
use super::user_progress::UserProgress;
use crate::kit::explore::{Progress, RunView, ScheduleStep, StepHandle, Tree, UserMove};
use crate::kit::recorder::Lane;
use crate::kit::stop::Stop;
use crate::kit::threads::Scope;
use crate::lab::{Command, Interrupt, Session};
use crate::programs::{Case, StepProgram, code};

/// Interval at which a running search reports its progress: often enough to show that it is
/// alive.
const REPORT: Duration = Duration::from_millis(100);

/// A search that runs on a thread of its own while the user goes on stepping. One at a time: a
/// new one ends the last.
struct SearchTask {
    what: String,
    progress: Progress,
    stop: Stop,
    found: Receiver<SearchResult>,
}

/// A search ends with the program run that it belongs to.
impl Drop for SearchTask {
    fn drop(&mut self) {
        self.stop.request();
    }
}

/// The program that the user steps through.
pub struct ProgramRun<'a, 'l, 'scope, 'env> {
    lane: &'a Lane<Fact>,
    user_progress: &'a mut UserProgress<'l>,
    scope: Scope<'scope, 'env>,
    setup: Setup,
    handle: StepHandle,
    tree: Option<Tree>,
    /// The schedule of the simplest failure that a search has found, for the key that shows it;
    /// empty before.
    best: Vec<ScheduleStep>,
    /// The run began with a schedule that the user did not make: it earns no star.
    assisted: bool,
    /// What is undone may be of a schedule that the user did not make.
    is_shown: bool,
    search_task: Option<SearchTask>,
    /// The schedule that the next program begins with; empty for none.
    next: &'a mut Vec<ScheduleStep>,
}

impl<'a, 'l, 'scope, 'env> ProgramRun<'a, 'l, 'scope, 'env> {
    pub fn new(
        lane: &'a Lane<Fact>,
        user_progress: &'a mut UserProgress<'l>,
        scope: Scope<'scope, 'env>,
        setup: Setup,
        handle: StepHandle,
        next: &'a mut Vec<ScheduleStep>,
    ) -> Self {
        Self {
            lane,
            user_progress,
            scope,
            setup,
            handle,
            tree: None,
            best: Vec::new(),
            assisted: false,
            is_shown: false,
            search_task: None,
            next,
        }
    }

    /// Executes commands until another program is chosen, or the run is stopped. If the program's
    /// threads end by themselves, because of a fault, it waits for another program.
    ///
    /// # Errors
    /// Always: what ended it.
    pub fn run(mut self, session: &mut Session<'_, Steps>) -> Result<(), Interrupt> {
        loop {
            self.lane.flush();
            let search_task = self.search_task.as_ref();
            let found = search_task.map_or_else(never, |search_task| search_task.found.clone());
            let report = search_task.map_or_else(never, |_| tick(REPORT));
            select! {
                recv(session.ready()) -> _ => {
                    while let Some(command) = session.try_command()? {
                        self.handle(command, session)?;
                        self.lane.flush();
                    }
                }
                recv(self.handle.changed()) -> changed => {
                    if changed.is_err() {
                        if self.search_task.take().is_some() {
                            self.lane.reliable_fact(Fact::SearchEnded);
                        }
                        return wait_for_program(session);
                    }
                    self.emit_snapshot();
                }
                recv(found) -> found => {
                    self.search_task = None;
                    match found {
                        Ok(found) => self.found(found),
                        // It has panicked, which the lane of its thread says.
                        Err(_) => self.lane.reliable_fact(Fact::SearchEnded),
                    }
                }
                recv(report) -> _ => self.report(),
            }
        }
    }

    fn handle(
        &mut self,
        command: Command<StepsCommand>,
        session: &mut Session<'_, Steps>,
    ) -> Result<(), Interrupt> {
        let Command::Do(command) = command else { return Err(Interrupt::Changed) };
        match command {
            StepsCommand::Step(step) => self.user_step(UserMove::Step(step)),
            StepsCommand::Finish(thread) => self.user_step(UserMove::Finish(thread)),
            StepsCommand::Undo => self.handle.make(UserMove::Undo),
            StepsCommand::Redo => self.redo(None, UserMove::Redo),
            StepsCommand::Seek(steps) => self.redo(Some(steps), UserMove::Seek(steps)),
            StepsCommand::ReplayBest => self.replay_schedule(self.best.clone()),
            StepsCommand::Search => self.search(),
            StepsCommand::StopSearch => {
                self.search_task = None;
                self.lane.reliable_fact(Fact::SearchStopped);
            }
            StepsCommand::Guess(guess) => {
                self.lane.reliable_fact(Fact::Guessed { guess });
                self.user_progress.record_guess(self.setup, guess);
            }
            StepsCommand::Hint => self.lane.reliable_fact(Fact::Hinted),
            StepsCommand::Program(program) => return choose(program, program.usual(), session),
            StepsCommand::Version(case) => return choose(self.setup.program, case, session),
            StepsCommand::Paste(code) => return self.paste(&code, session),
            StepsCommand::Query(question) => self.ask(question),
        }
        Ok(())
    }

    fn user_step(&mut self, made: UserMove) {
        if let Some(view) = self.view() {
            self.assisted &= !view.trace.is_empty();
            // Any other step forgets what was undone.
            self.is_shown &=
                matches!(made, UserMove::Step(step) if view.undone.last() == Some(&step));
        }
        self.handle.make(made);
    }

    /// Takes up again what was undone, up to this many steps: it is not the user's own if it was
    /// shown.
    fn redo(&mut self, steps: Option<usize>, made: UserMove) {
        let now = self.view().map_or(0, |view| view.trace.len());
        self.assisted |= self.is_shown && steps.is_none_or(|steps| steps > now);
        self.handle.make(made);
    }

    pub fn replay_schedule(&mut self, schedule: Vec<ScheduleStep>) {
        (self.assisted, self.is_shown) = (true, true);
        self.handle.make(UserMove::Replay(schedule));
    }

    fn paste(&mut self, text: &str, session: &mut Session<'_, Steps>) -> Result<(), Interrupt> {
        match code::decode(text) {
            Ok(replayed) => {
                let setup = Setup { program: replayed.program, case: replayed.case };
                match search_task::replay_schedule(setup, replayed.schedule) {
                    Ok(schedule) => {
                        setup.put_into(session.settings_mut());
                        *self.next = schedule;
                        Err(Interrupt::Changed)
                    }
                    Err(why) => {
                        self.refuse(format!("not a code that can be replayed: {why}"));
                        Ok(())
                    }
                }
            }
            Err(bad) => {
                self.refuse(format!("not a code: {bad}"));
                Ok(())
            }
        }
    }

    fn search(&mut self) {
        let what = "all interleavings".to_owned();
        self.start_search(what, SearchJob::All);
    }

    fn ask(&mut self, question: String) {
        let what = format!("an answer to: {question}");
        self.start_search(what, SearchJob::Ask(question));
    }

    fn start_search(&mut self, what: String, search_job: SearchJob) {
        let (setup, progress, stop) = (self.setup, Progress::default(), Stop::new());
        let (sender, found) = unbounded();
        let (mirror, until) = (progress.clone(), stop.clone());
        let started = self.scope.spawn("steps/search", move || {
            // The receiver is gone if another program was started meanwhile.
            let _ = sender.send(search_task::execute(setup, search_job, &mirror, &until));
        });
        if let Err(error) = started {
            self.refuse(format!("no thread could be started: {error}"));
            return;
        }
        self.search_task = Some(SearchTask { what, progress, stop, found });
        self.report();
    }

    fn report(&self) {
        if let Some(search_task) = &self.search_task {
            let now = search_task.progress.get();
            self.lane.fact(search_task::under_way(&search_task.what, &now));
        }
    }

    fn found(&mut self, found: SearchResult) {
        match found {
            SearchResult::All { searched, tree, best } => {
                self.tree = tree;
                self.best = best;
                self.user_progress.record_search(self.setup, &searched);
                self.lane.reliable_fact(Fact::Searched(searched));
                self.emit_tree();
            }
            SearchResult::Answer { reply, schedule } => self.reply(reply, schedule),
            SearchResult::NoAnswer { why } => {
                self.lane.reliable_fact(Fact::SearchEnded);
                self.refuse(why);
            }
        }
    }

    fn reply(&mut self, reply: QueryReply, schedule: Vec<ScheduleStep>) {
        if reply.shown {
            self.replay_schedule(schedule);
        }
        self.lane.reliable_fact(Fact::Replied(reply));
    }

    fn view(&self) -> Option<Arc<RunView>> {
        self.handle.view()
    }

    fn emit_snapshot(&mut self) {
        if let Some(view) = self.view() {
            let Setup { program, case } = self.setup;
            let code = code::encode(program, case, &view.trace);
            let mut snapshot = Snapshot::of(&view, code);
            snapshot.assisted = self.assisted;
            self.lane.reliable_fact(Fact::Snapshot(Box::new(snapshot.clone())));
            self.emit_tree();
            // After what is shown: it may search for a moment.
            self.lane.flush();
            self.user_progress.record_run(self.setup, &snapshot);
        }
    }

    fn emit_tree(&self) {
        if let (Some(tree), Some(view)) = (&self.tree, self.view()) {
            let path: Vec<ScheduleStep> =
                view.trace.steps().iter().map(|frame| frame.choice).collect();
            let nodes = branches::unfold(tree, &path);
            self.lane.reliable_fact(Fact::Tree { nodes });
        }
    }

    fn refuse(&self, why: String) {
        self.lane.reliable_fact(Fact::Refused { why });
    }
}

/// Waits for a command that starts a program; other commands have no effect.
///
/// # Errors
/// Always: the change, or the stop of the run.
pub fn wait_for_program(session: &mut Session<'_, Steps>) -> Result<(), Interrupt> {
    loop {
        match session.command()? {
            Command::Set { .. } => return Err(Interrupt::Changed),
            Command::Do(StepsCommand::Program(program)) => {
                return choose(program, program.usual(), session);
            }
            Command::Do(StepsCommand::Version(case)) => {
                let program = session.settings().get(PROGRAM);
                return choose(program, case, session);
            }
            Command::Do(_) => {}
        }
    }
}

fn choose(
    program: &'static StepProgram,
    case: Case,
    session: &mut Session<'_, Steps>,
) -> Result<(), Interrupt> {
    Setup { program, case }.put_into(session.settings_mut());
    Err(Interrupt::Changed)
}
