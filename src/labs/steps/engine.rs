//! The stage: one program at a time, whose threads are held at their next step, and a
//! director that passes on what the user wants and tells what came of it.
//!
//! Must not know keys, nor how anything is shown.

use crossbeam_channel::{Receiver, Sender, never, select, tick, unbounded};
use std::sync::Arc;
use std::time::Duration;

use super::explore::{self, Question};
use super::moment::Moment;
use super::research::{self, Found, Job};
use super::state::{Fact, Reply, Setup};
use super::{branches, code, programs};
use crate::kit::crew::{self, Crew, Team};
use crate::kit::event::What;
use crate::kit::explore::{Config, Grip, Hand, Move, Progress, Tree, Turn, View, explore};
use crate::kit::probe::{Lane, Probe};
use crate::kit::stop::Stop;
use crate::lab::{Command, Settings};

/// How often a search tells how far it is.
const REPORT: Duration = Duration::from_millis(100);

/// The lab's threads.
#[derive(Debug)]
pub(super) struct Engine {
    orders: Sender<Command>,
    /// Last, so that it is joined when no orders can come any more.
    _crew: Crew,
}

impl Engine {
    pub(super) fn start(settings: &Settings, probe: &Probe<Fact>) -> Result<Self, String> {
        let (orders, received) = unbounded();
        let mut crew = Crew::new("steps", Stop::new());
        let settings = settings.clone();
        crew.spawn("director", probe, move |lane, stop| {
            if settings.live {
                direct(lane, &settings, &received);
            } else {
                answer(lane, &settings, stop);
            }
        })
        .map_err(|error| format!("the director could not be started: {error}"))?;
        Ok(Self {
            orders,
            _crew: crew,
        })
    }

    pub(super) fn command(&self, command: Command) {
        // A director that is over takes no more orders.
        let _ = self.orders.send(command);
    }
}

/// Without a screen: what `explore` would say.
fn answer(lane: &Lane<Fact>, settings: &Settings, stop: &Stop) {
    let setup = Setup::of(settings);
    lane.must_fact(Fact::Program { setup });
    let question = Question {
        program: setup.program,
        case: setup.case,
        search: "all",
        seed: settings.seed,
        bound: None,
        limit: None,
    };
    let found = explore::answer_until(&question, stop, &Progress::default());
    lane.must_fact(Fact::Answer {
        result: found.json,
        lines: found.text.lines().map(str::to_owned).collect(),
        fault: found.fault,
    });
    lane.flush();
}

/// What is to be on the stage next.
struct Cue {
    setup: Setup,
    schedule: Vec<Turn>,
}

fn direct(lane: &Lane<Fact>, settings: &Settings, orders: &Receiver<Command>) {
    let mut settings = settings.clone();
    let mut cue = Some(Cue {
        setup: Setup::of(&settings),
        schedule: Vec::new(),
    });
    while let Some(Cue { setup, schedule }) = cue {
        lane.must_fact(Fact::Program { setup });
        cue = crew::team(|team| {
            let (hand, grip) = Hand::new();
            let config = Config {
                memory: setup.case.memory,
                ..Config::default()
            };
            let program = setup.program.prepare(setup.case);
            let (probe, id) = (lane.probe().clone(), lane.id());
            let started = team.spawn("steps/hand", move || {
                if let Some(fault) = explore(hand, program, &config).fault {
                    let why = format!("the program cannot be held: {fault:?}");
                    probe.must(id, What::Fact(Fact::Refused { why }));
                }
            });
            if let Err(error) = started {
                let why = format!("no thread could be started: {error}");
                lane.must_fact(Fact::Refused { why });
                return None;
            }
            if !schedule.is_empty() {
                grip.make(Move::Play(schedule));
            }
            Stage {
                lane,
                team,
                setup,
                grip,
                tree: None,
                best: Vec::new(),
                research: None,
            }
            .play(&mut settings, orders)
        });
    }
}

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
struct Stage<'a, 'scope, 'env> {
    lane: &'a Lane<Fact>,
    team: Team<'scope, 'env>,
    setup: Setup,
    grip: Grip,
    tree: Option<Tree>,
    /// The simplest failure that a search has found.
    best: Vec<Turn>,
    research: Option<Research>,
}

impl Stage<'_, '_, '_> {
    /// Until another program is wanted, or none.
    fn play(mut self, settings: &mut Settings, orders: &Receiver<Command>) -> Option<Cue> {
        loop {
            self.lane.flush();
            let research = self.research.as_ref();
            let found = research.map_or_else(never, |research| research.found.clone());
            let report = research.map_or_else(never, |_| tick(REPORT));
            select! {
                recv(orders) -> order => match self.order(order.ok()?, settings) {
                    Ok(()) => {}
                    Err(cue) => return Some(cue),
                },
                recv(self.grip.changed()) -> changed => {
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

    fn order(&mut self, order: Command, settings: &mut Settings) -> Result<(), Cue> {
        match order {
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
            "step" => self.grip.make(Move::Step(Turn::Thread(thread()))),
            "drain" => self.grip.make(Move::Step(Turn::Drain(thread()))),
            "finish" => self.grip.make(Move::Finish(thread())),
            "undo" => self.grip.make(Move::Undo),
            "redo" => self.grip.make(Move::Redo),
            "seek" => self.grip.make(Move::Seek(rest.parse().unwrap_or_default())),
            "best" => self.grip.make(Move::Play(self.best.clone())),
            "search" => self.search(),
            "stop" => {
                self.research = None;
                self.lane.must_fact(Fact::SearchStopped);
            }
            "guess" => {
                let guess = rest.parse().unwrap_or_default();
                self.lane.must_fact(Fact::Guessed { guess });
            }
            "hint" => self.lane.must_fact(Fact::Hinted),
            "program" => return Err(chosen(rest, settings)),
            _ => {}
        }
        Ok(())
    }

    fn paste(&self, text: &str, settings: &mut Settings) -> Result<(), Cue> {
        match code::decode(text) {
            Ok(replayed) => {
                let setup = Setup {
                    program: replayed.program,
                    case: replayed.case,
                };
                setup.put_into(settings);
                let schedule = research::play_out(setup, replayed.schedule);
                Err(Cue { setup, schedule })
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
        let started = self.team.spawn("steps/search", move || {
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
                self.lane.must_fact(Fact::Searched(searched));
                self.draw_tree();
            }
            Found::Answer { reply, schedule } => self.reply(reply, schedule),
            Found::NoQuestion { why } => {
                self.lane.must_fact(Fact::SearchStopped);
                self.refuse(why);
            }
        }
    }

    fn reply(&self, reply: Reply, schedule: Vec<Turn>) {
        if reply.shown {
            self.grip.make(Move::Play(schedule));
        }
        self.lane.must_fact(Fact::Replied(reply));
    }

    fn view(&self) -> Option<Arc<View>> {
        self.grip.view()
    }

    fn show(&self) {
        if let Some(view) = self.view() {
            let Setup { program, case } = self.setup;
            let code = code::encode(program, case, &view.film);
            self.lane
                .must_fact(Fact::Moment(Box::new(Moment::of(&view, code))));
            self.draw_tree();
        }
    }

    fn draw_tree(&self) {
        if let (Some(tree), Some(view)) = (&self.tree, self.view()) {
            let path: Vec<Turn> = view.film.frames().iter().map(|frame| frame.turn).collect();
            let nodes = branches::unfold(tree, &path);
            self.lane.must_fact(Fact::Tree { nodes });
        }
    }

    fn refuse(&self, why: String) {
        self.lane.must_fact(Fact::Refused { why });
    }
}

/// Nothing can be done but to begin anew.
fn wait_for_cue(orders: &Receiver<Command>, settings: &mut Settings) -> Option<Cue> {
    loop {
        match orders.recv().ok()? {
            Command::Set { key, value } => {
                settings.put(key, value);
                return Some(Cue {
                    setup: Setup::of(settings),
                    schedule: Vec::new(),
                });
            }
            Command::Press { id } => {
                if let Some(program) = id.strip_prefix("program:") {
                    return Some(chosen(program, settings));
                }
            }
            Command::Enter { .. } => {}
        }
    }
}

fn chosen(id: &str, settings: &mut Settings) -> Cue {
    if let Some(program) = programs::find(id) {
        settings.put("program", crate::lab::Value::Word(program.id));
    }
    Cue {
        setup: Setup::of(settings),
        schedule: Vec::new(),
    }
}
