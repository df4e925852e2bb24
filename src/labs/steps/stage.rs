//! One program before the user: passes on what is wanted, and tells what came of it.
//!
//! Must not know keys, nor how anything is shown.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, never, select, tick, unbounded};

use super::engine::{Cue, chosen, wait_for_cue};
use super::learner::Learner;
use super::moment::Moment;
use super::research::{self, Found, Job};
use super::state::{Fact, Reply, Setup};
use super::{branches, code};
use crate::kit::explore::{Progress, RunView, ScheduleStep, StepHandle, Tree, UserMove};
use crate::kit::recorder::Lane;
use crate::kit::stop::Stop;
use crate::kit::threads::Scope;
use crate::lab::{Command, Settings};

/// How often a search tells how far it is.
const REPORT: Duration = Duration::from_millis(100);

/// A search that goes on beside the stage.
struct Research {
    what: String,
    progress: Progress,
    stop: Stop,
    found: Receiver<Found>,
}

/// A search ends with the stage that it belongs to.
impl Drop for Research {
    fn drop(&mut self) {
        self.stop.request();
    }
}

/// One program before the user.
pub(super) struct Stage<'a, 'l, 'scope, 'env> {
    lane: &'a Lane<Fact>,
    learner: &'a mut Learner<'l>,
    scope: Scope<'scope, 'env>,
    setup: Setup,
    handle: StepHandle,
    tree: Option<Tree>,
    /// The simplest failure that a search has found.
    best: Vec<ScheduleStep>,
    /// The run began with something that was not done by hand.
    assisted: bool,
    research: Option<Research>,
}

impl<'a, 'l, 'scope, 'env> Stage<'a, 'l, 'scope, 'env> {
    pub(super) fn new(
        lane: &'a Lane<Fact>,
        learner: &'a mut Learner<'l>,
        scope: Scope<'scope, 'env>,
        setup: Setup,
        handle: StepHandle,
    ) -> Self {
        Self {
            lane,
            learner,
            scope,
            setup,
            handle,
            tree: None,
            best: Vec::new(),
            assisted: false,
            research: None,
        }
    }

    /// Until another program is wanted, or none.
    pub(super) fn play(
        mut self,
        settings: &mut Settings,
        orders: &Receiver<Command>,
    ) -> Option<Cue> {
        loop {
            self.lane.flush();
            let research = self.research.as_ref();
            let found = research.map_or_else(never, |research| research.found.clone());
            let report = research.map_or_else(never, |_| tick(REPORT));
            select! {
                recv(orders) -> options => match self.options(options.ok()?, settings) {
                    Ok(()) => {}
                    Err(cue) => return Some(cue),
                },
                recv(self.handle.changed()) -> changed => {
                    if changed.is_err() {
                        return wait_for_cue(orders, settings);
                    }
                    self.show();
                }
                recv(found) -> found => {
                    self.research = None;
                    if let Ok(found) = found {
                        self.found(found);
                    }
                }
                recv(report) -> _ => self.report(),
            }
        }
    }

    fn options(&mut self, options: Command, settings: &mut Settings) -> Result<(), Cue> {
        match options {
            Command::Set { key, value } => {
                settings.put(key, value);
                Err(Cue {
                    setup: Setup::of(settings),
                    schedule: Vec::new(),
                })
            }
            Command::Press { id } => self.press(&id, settings),
            Command::Enter { id, text } if id == "code" => self.paste(&text, settings),
            Command::Enter { text, .. } => {
                self.ask(text);
                Ok(())
            }
        }
    }

    fn press(&mut self, id: &str, settings: &mut Settings) -> Result<(), Cue> {
        let (verb, rest) = id.split_once(':').unwrap_or((id, ""));
        let thread = || rest.parse().unwrap_or_default();
        match verb {
            "step" => self.by_hand(UserMove::Step(ScheduleStep::Thread(thread()))),
            "drain" => self.by_hand(UserMove::Step(ScheduleStep::Drain(thread()))),
            "finish" => self.by_hand(UserMove::Finish(thread())),
            "undo" => self.handle.make(UserMove::Undo),
            "redo" => self.handle.make(UserMove::Redo),
            "seek" => self
                .handle
                .make(UserMove::Seek(rest.parse().unwrap_or_default())),
            "best" => self.play_out(self.best.clone()),
            "search" => self.search(),
            "stop" => {
                self.research = None;
                self.lane.reliable_fact(Fact::SearchStopped);
            }
            "guess" => {
                let guess = rest.parse().unwrap_or_default();
                self.lane.reliable_fact(Fact::Guessed { guess });
                self.learner.guessed(self.setup, guess);
            }
            "hint" => self.lane.reliable_fact(Fact::Hinted),
            "program" => return Err(chosen(rest, settings)),
            _ => {}
        }
        Ok(())
    }

    fn by_hand(&mut self, made: UserMove) {
        let anew = self.view().is_some_and(|view| view.trace.is_empty());
        self.assisted &= !anew;
        self.handle.make(made);
    }

    pub(super) fn play_out(&mut self, schedule: Vec<ScheduleStep>) {
        self.assisted = true;
        self.handle.make(UserMove::Play(schedule));
    }

    fn paste(&self, text: &str, settings: &mut Settings) -> Result<(), Cue> {
        match code::decode(text) {
            Ok(replayed) => {
                let setup = Setup {
                    program: replayed.program,
                    case: replayed.case,
                };
                match research::play_out(setup, replayed.schedule) {
                    Ok(schedule) => {
                        setup.put_into(settings);
                        Err(Cue { setup, schedule })
                    }
                    Err(why) => {
                        self.refuse(format!("not a code that can be played: {why}"));
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
        self.research(what, Job::All);
    }

    fn ask(&mut self, question: String) {
        let what = format!("an answer to: {question}");
        self.research(what, Job::Ask(question));
    }

    fn research(&mut self, what: String, job: Job) {
        let (setup, progress, stop) = (self.setup, Progress::default(), Stop::new());
        let (sender, found) = unbounded();
        let (mirror, until) = (progress.clone(), stop.clone());
        let started = self.scope.spawn("steps/search", move || {
            // Nobody listens any more if the stage is empty by now.
            let _ = sender.send(research::go(setup, job, &mirror, &until));
        });
        if let Err(error) = started {
            self.refuse(format!("no thread could be started: {error}"));
            return;
        }
        self.research = Some(Research {
            what,
            progress,
            stop,
            found,
        });
        self.report();
    }

    fn report(&self) {
        if let Some(research) = &self.research {
            let now = research.progress.get();
            self.lane.fact(Fact::Searching {
                what: research.what.clone(),
                runs: now.runs,
                share: research::share(now.covered, now.failed, false),
            });
        }
    }

    fn found(&mut self, found: Found) {
        match found {
            Found::All {
                searched,
                tree,
                best,
            } => {
                self.tree = tree;
                self.best = best;
                self.learner.searched(self.setup, &searched);
                self.lane.reliable_fact(Fact::Searched(searched));
                self.draw_tree();
            }
            Found::Answer { reply, schedule } => self.reply(reply, schedule),
            Found::NoQuestion { why } => {
                self.lane.reliable_fact(Fact::SearchStopped);
                self.refuse(why);
            }
        }
    }

    fn reply(&mut self, reply: Reply, schedule: Vec<ScheduleStep>) {
        if reply.shown {
            self.play_out(schedule);
        }
        self.lane.reliable_fact(Fact::Replied(reply));
    }

    fn view(&self) -> Option<Arc<RunView>> {
        self.handle.view()
    }

    fn show(&mut self) {
        if let Some(view) = self.view() {
            let Setup { program, case } = self.setup;
            let code = code::encode(program, case, &view.trace);
            let mut moment = Moment::of(&view, code);
            moment.assisted = self.assisted;
            self.learner.saw(self.setup, &moment);
            self.lane.reliable_fact(Fact::Moment(Box::new(moment)));
            self.draw_tree();
        }
    }

    fn draw_tree(&self) {
        if let (Some(tree), Some(view)) = (&self.tree, self.view()) {
            let path: Vec<ScheduleStep> = view
                .trace
                .frames()
                .iter()
                .map(|frame| frame.choice)
                .collect();
            let nodes = branches::unfold(tree, &path);
            self.lane.reliable_fact(Fact::Tree { nodes });
        }
    }

    fn refuse(&self, why: String) {
        self.lane.reliable_fact(Fact::Refused { why });
    }
}
