//! The director: puts one program after the other on the stage, its threads held at
//! their next step; without a screen it has the program searched.
//!
//! Must not know keys, nor how anything is shown.

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::explore::{self, Answer, Question};
use super::learner::Learner;
use super::programs;
use super::stage::Stage;
use super::state::{Fact, Setup};
use crate::kit::event::What;
use crate::kit::explore::{
    Config, InteractiveScheduler, Progress, ScheduleStep, explore, give_back,
};
use crate::kit::recorder::{Lane, Recorder};
use crate::kit::stop::Stop;
use crate::kit::threads::{self, ThreadGroup};
use crate::lab::{Command, Settings};

/// The lab's threads.
#[derive(Debug)]
pub(super) struct Engine {
    orders: Sender<Command>,
    /// Last, so that it is joined when no orders can come any more.
    _crew: ThreadGroup,
}

impl Engine {
    pub(super) fn start(settings: &Settings, recorder: &Recorder<Fact>) -> Result<Self, String> {
        let (orders, received) = unbounded();
        let mut group = ThreadGroup::new("steps", Stop::new());
        let settings = settings.clone();
        group
            .spawn("director", recorder, move |lane, stop| {
                if settings.live {
                    direct(lane, &settings, &received);
                } else {
                    answer(lane, &settings, stop);
                }
            })
            .map_err(|error| format!("the director could not be started: {error}"))?;
        Ok(Self {
            orders,
            _crew: group,
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
    lane.reliable_fact(Fact::Program { setup });
    let question = Question {
        program: setup.program,
        case: setup.case,
        search: "all",
        seed: settings.seed,
        bound: None,
        limit: None,
    };
    // Nothing is asked here that could be refused.
    let Ok(found) = explore::answer_until(&question, stop, &Progress::default()) else {
        return;
    };
    lane.reliable_fact(answered(found, stop));
    lane.flush();
}

/// What was found. All interleavings were asked for, so if any was not covered, that is a
/// fault, unless it is because of a stop: of that the run itself tells.
pub(super) fn answered(found: Answer, stop: &Stop) -> Fact {
    let partly = found.incomplete.filter(|_| !stop.requested());
    let fault = found.unfinished.or(partly);
    Fact::Answer {
        result: found.json,
        lines: found.text.lines().map(str::to_owned).collect(),
        fault: fault.map(|why| why.trim_end_matches('.').to_owned()),
    }
}

/// What is to be on the stage next.
pub(super) struct Cue {
    pub(super) setup: Setup,
    pub(super) schedule: Vec<ScheduleStep>,
}

fn direct(lane: &Lane<Fact>, settings: &Settings, orders: &Receiver<Command>) {
    let mut settings = settings.clone();
    let mut learner = Learner::new(lane, &settings);
    let mut cue = Some(Cue {
        setup: Setup::of(&settings),
        schedule: Vec::new(),
    });
    while let Some(Cue { setup, schedule }) = cue {
        lane.reliable_fact(Fact::Program { setup });
        cue = threads::scope(|scope| {
            let (scheduler, handle) = InteractiveScheduler::new();
            let config = Config {
                memory: setup.case.memory,
                ..Config::default()
            };
            let program = setup.program.prepare(setup.case);
            let (recorder, id) = (lane.recorder().clone(), lane.id());
            let started = scope.spawn("steps/hand", move || {
                if let Some(fault) = explore(scheduler, program, &config).fault {
                    let why = format!("the program cannot be held: {fault}");
                    recorder.emit_reliable(id, What::Fact(Fact::Refused { why }));
                }
            });
            if let Err(error) = started {
                let why = format!("no thread could be started: {error}");
                lane.reliable_fact(Fact::Refused { why });
                // The user can try again, or choose a smaller program.
                return wait_for_cue(orders, &mut settings);
            }
            let mut stage = Stage::new(lane, &mut learner, scope, setup, handle);
            if !schedule.is_empty() {
                stage.play_out(schedule);
            }
            stage.play(&mut settings, orders)
        });
        // The tree of the program that has left the stage.
        give_back();
    }
}

/// Nothing can be done but to begin anew.
pub(super) fn wait_for_cue(orders: &Receiver<Command>, settings: &mut Settings) -> Option<Cue> {
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

pub(super) fn chosen(id: &str, settings: &mut Settings) -> Cue {
    if let Some(program) = programs::find(id) {
        settings.put("program", crate::lab::Value::Word(program.id));
    }
    Cue {
        setup: Setup::of(settings),
        schedule: Vec::new(),
    }
}
