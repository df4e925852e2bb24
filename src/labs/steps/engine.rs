//! The main thread: runs one program after the other with its threads paused before
//! their next step. Without a screen it searches all interleavings of the program instead.
//!
//! Must not know keys, nor how anything is shown.

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::explore::{self, Answer, Question};
use super::program_run::ProgramRun;
use super::programs;
use super::settings::PROGRAM;
use super::state::{Fact, Setup};
use super::user_progress::UserProgress;
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
pub struct Engine {
    commands: Sender<Command>,
    /// Last field: dropped, and so joined, after the sender of commands is gone.
    _group: ThreadGroup,
}

impl Engine {
    pub fn start(settings: &Settings, recorder: &Recorder<Fact>) -> Result<Self, String> {
        let (commands, received) = unbounded();
        let mut group = ThreadGroup::new("steps", Stop::new());
        let settings = settings.clone();
        group
            .spawn("main", recorder, move |lane, stop| {
                if settings.live {
                    run_live(lane, &settings, &received);
                } else {
                    search_all(lane, &settings, stop);
                }
            })
            .map_err(|error| format!("the main thread could not be started: {error}"))?;
        Ok(Self { commands, _group: group })
    }

    pub fn command(&self, command: Command) {
        // The main thread may have ended already; then the command has no effect.
        let _ = self.commands.send(command);
    }
}

/// Without a screen: searches like the command `explore` and reports the same text and JSON.
fn search_all(lane: &Lane<Fact>, settings: &Settings, stop: &Stop) {
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
/// fault, unless stop was requested, which the run itself reports.
pub fn answered(found: Answer, stop: &Stop) -> Fact {
    let partly = found.incomplete.filter(|_| !stop.requested());
    let fault = found.unfinished.or(partly);
    Fact::Answer {
        result: found.json,
        lines: found.text.lines().map(str::to_owned).collect(),
        fault: fault.map(|why| why.trim_end_matches('.').to_owned()),
    }
}

/// The program to run next, and the schedule to replay at its start (empty: none).
pub struct NextProgram {
    pub setup: Setup,
    pub schedule: Vec<ScheduleStep>,
}

fn run_live(lane: &Lane<Fact>, settings: &Settings, commands: &Receiver<Command>) {
    let mut settings = settings.clone();
    let mut user_progress = UserProgress::new(lane, &settings);
    let mut next = Some(NextProgram { setup: Setup::of(&settings), schedule: Vec::new() });
    while let Some(NextProgram { setup, schedule }) = next {
        lane.reliable_fact(Fact::Program { setup });
        next = threads::scope(|scope| {
            let (scheduler, handle) = InteractiveScheduler::new();
            let config = Config { memory: setup.case.memory, ..Config::default() };
            let program = setup.program.prepare(setup.case);
            let (recorder, id) = (lane.recorder().clone(), lane.id());
            let started = scope.spawn("steps/threads", move || {
                if let Some(fault) = explore(scheduler, program, &config).fault {
                    let why = format!("the program cannot be run in step mode: {fault}");
                    recorder.emit_reliable(id, What::Fact(Fact::Refused { why }));
                }
            });
            if let Err(error) = started {
                let why = format!("no thread could be started: {error}");
                lane.reliable_fact(Fact::Refused { why });
                // The user can try again, or choose a smaller program.
                return wait_for_program(commands, &mut settings);
            }
            let mut program_run = ProgramRun::new(lane, &mut user_progress, scope, setup, handle);
            if !schedule.is_empty() {
                program_run.replay_schedule(schedule);
            }
            program_run.run(&mut settings, commands)
        });
        // Returns the memory of the tree of the program that has just ended.
        give_back();
    }
}

/// Waits for a command that starts a program; other commands have no effect.
pub fn wait_for_program(
    commands: &Receiver<Command>,
    settings: &mut Settings,
) -> Option<NextProgram> {
    loop {
        match commands.recv().ok()? {
            Command::Set { key, value } => {
                settings.put_value(key, value);
                return Some(NextProgram { setup: Setup::of(settings), schedule: Vec::new() });
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

pub fn chosen(id: &str, settings: &mut Settings) -> NextProgram {
    if let Some(program) = programs::find(id) {
        settings.put(PROGRAM, program);
    }
    NextProgram { setup: Setup::of(settings), schedule: Vec::new() }
}
