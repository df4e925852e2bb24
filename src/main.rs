//! The program: joins the registry of labs, which the library's layers do not know, to the
//! command line and to the two ways to run a lab.

use std::process::ExitCode;

use threadbare::app::headless;
use threadbare::app::live::{self, Options};
use threadbare::cli::{
    self, ExploreRequest, ExploreTarget, ProgramQuery, Registry, Request, ScreenRequest,
    ScriptQuery,
};
use threadbare::kit::child;
use threadbare::kit::explore::Progress;
use threadbare::kit::python::guard;
use threadbare::kit::signals;
use threadbare::kit::stop::Stop;
use threadbare::lab::{Entry, Explored, SettingError};
use threadbare::labs::explore::QuestionError;
use threadbare::labs::script::{ScriptError, ScriptQuestion};
use threadbare::labs::{self, explore};
use threadbare::printable;
use threadbare::programs::{self, StepProgram};
use threadbare::report::{ANOMALY, Failure, RAN};
use threadbare::ui::{self, Charset, ColorDepth, Theme};

fn main() -> ExitCode {
    // Where the handler cannot be installed, such a write ends the program as it would by
    // default.
    let _ = signals::report_file_limits();
    // This program starts itself again for worker processes and guards, which need none of what
    // follows.
    if let Some(status) = guard::enter().or_else(|| child::enter(labs::WORKER_FNS)) {
        return status;
    }
    // Read before anything is started: bad usage must not have an effect.
    let known = Registry { labs: labs::ALL, script: &labs::SCRIPT, themes: &Theme::NAMES };
    let status =
        cli::read(&known, std::env::args_os()).and_then(execute).unwrap_or_else(|failure| {
            failure.print();
            failure.status()
        });
    ExitCode::from(status)
}

/// Carries out what was typed. Everything in the request is checked, except names of step
/// programs, which only the registry of labs knows. The returned status is the one to exit
/// with.
fn execute(request: Request) -> Result<u8, Failure> {
    match request {
        Request::Print(text) => headless::print(&text, false),
        Request::Run(options) => headless::run(*options),
        Request::Screen(request) => live::run(screen(*request)),
        Request::Explore(request) => explore_program(*request),
    }
}

/// The request with the labs of the registry: the screen knows a lab by its position, the
/// command line by its id. The settings come in the order of the registry, so both can be
/// joined pairwise.
fn screen(request: ScreenRequest) -> Options {
    let is = |entry: &Entry| {
        let wanted = request.lab.map(|lab| lab.info.id);
        wanted == Some(entry.info.id)
    };
    let labs = match (&request.recording, request.lab) {
        // Nothing else can be opened beside it: it would run where the recording is looked at.
        (Some(recording), Some(lab)) => vec![(*lab, recording.settings.clone())],
        // There are settings for the last one only if it is opened.
        _ => labs::ALL.iter().chain([&labs::SCRIPT]).copied().zip(request.settings).collect(),
    };
    Options {
        start: labs.iter().position(|(entry, _)| is(entry)),
        look: look(&request.display),
        warning: request.warning,
        recording: request.recording,
        labs,
    }
}

/// What was asked for, and else what the terminal can show. Options of the command line and of
/// the configuration file go before the environment; ASCII can be asked for but not refused,
/// because a terminal that cannot show more cannot be persuaded.
fn look(asked: &cli::DisplayOptions) -> ui::Look {
    let env = |name: &str| match name {
        // Colour that was asked for by name goes before the variable.
        "NO_COLOR" if asked.color == Some(true) => None,
        name => std::env::var(name).ok(),
    };
    let mut look = ui::Look::detect(&env);
    if asked.color == Some(false) {
        look.depth = ColorDepth::None;
    }
    if asked.ascii {
        look.charset = Charset::Ascii;
    }
    // The names were checked when they were read.
    let theme = asked.theme.as_ref().and_then(|name| name.parse().ok());
    look.theme = theme.unwrap_or(look.theme);
    look
}

/// Searches, replays or lists. The answer is printed in any case; then the exit status says
/// what it means.
fn explore_program(request: ExploreRequest) -> Result<u8, Failure> {
    let (place, complete) = match &request.what {
        ExploreTarget::Program(asked) => (format!("explore {}", asked.id), asked.complete),
        ExploreTarget::Script(asked) => (format!("explore {}", script_path(asked)), asked.complete),
        _ => ("explore".to_owned(), false),
    };
    let (answer, cut) = match request.what {
        ExploreTarget::List => return headless::print(&explore::list(), false),
        ExploreTarget::Replay { code, program } => {
            if let Some(id) = &program {
                find(id)?;
            }
            let answer = explore::replay(&code, program.as_deref()).map_err(|bad| {
                let why = if labs::script::is_code(&code) {
                    "that is a code of a script: name the script, too".to_owned()
                } else {
                    bad.to_string()
                };
                Failure::usage("bad code", code.as_str(), why)
            })?;
            (answer, None)
        }
        ExploreTarget::Program(asked) => search(&asked, request.seed, &place)?,
        ExploreTarget::Script(asked) => search_script(*asked, &place)?,
    };
    let text = if request.json {
        printable::json(&format!("{:#}\n", answer.json)).into_owned()
    } else {
        answer.text
    };
    // What was found is printed even if the search was cut short.
    headless::print(&text, cut.is_some())?;
    // From the strongest reason: a signal, an error, a schedule that fails, then what is
    // missing for a proof.
    match (cut, answer.unfinished, answer.incomplete) {
        (Some(cut), ..) => Err(cut),
        (None, Some(why), _) => Err(Failure::unfinished("could not finish", place, why)),
        _ if answer.failed => Ok(ANOMALY),
        (None, None, Some(why)) if complete => Err(Failure::unfinished("not complete", place, why)),
        _ => Ok(RAN),
    }
}

/// The program of this name. Only this function can say that there is none: the command line
/// does not know the step programs, so a wrong name is found after the arguments were read, but
/// before anything is started.
fn find(id: &str) -> Result<&'static StepProgram, Failure> {
    programs::find(id).ok_or_else(|| {
        let why = cli::or_file("see `threadbare explore --list`".to_owned(), id);
        Failure::usage("unknown program", id, why)
    })
}

/// Runs the search until it ends or a signal comes. Returns the answer, and the failure to
/// report after it if a signal cut the search short.
fn search(
    asked: &ProgramQuery,
    seed: u64,
    place: &str,
) -> Result<(Explored, Option<Failure>), Failure> {
    let id = asked.id.as_str();
    let program = find(id)?;
    let case = explore::case(program, &asked.settings).map_err(|SettingError { key, why }| {
        Failure::usage("bad setting", format!("{id}.{key}"), why)
    })?;
    let question = explore::Question {
        program,
        case,
        search: asked.search,
        seed,
        bound: asked.bound,
        limit: asked.limit,
    };
    let (stop, progress) = (Stop::new(), Progress::default());
    let line = || explore::progress(&progress.get());
    let (answer, cut) = headless::run_with_progress(place, &stop, line, || match &asked.query {
        Some(expr) => explore::ask(&question, expr, &stop, &progress),
        None => explore::answer_until(&question, &stop, &progress),
    })?;
    let refuse = |why| match why {
        QuestionError::Query(why) => {
            let expr = asked.query.as_deref().unwrap_or_default();
            Failure::usage("bad query", format!("{id} `{expr}`"), why)
        }
        QuestionError::Search(why) => Failure::usage("bad search", place, why),
        QuestionError::Unfinished(why) => Failure::unfinished("could not finish", place, why),
    };
    // A search that was stopped by a signal has no answer, and that is its reason.
    match (answer, cut) {
        (Ok(answer), cut) => Ok((answer, cut)),
        (Err(_), Some(cut)) => Err(cut),
        (Err(why), None) => Err(refuse(why)),
    }
}

fn script_path(asked: &ScriptQuery) -> String {
    let script = asked.settings.script.as_ref();
    script.map(|script| script.path.display().to_string()).unwrap_or_default()
}

/// The same for a script of the user's own, or the replay of one of its schedules.
fn search_script(asked: ScriptQuery, place: &str) -> Result<(Explored, Option<Failure>), Failure> {
    let ScriptQuery { settings, replay, search, bound, limit, same_output, complete: _ } = asked;
    let question = ScriptQuestion { settings, search, bound, limit, same_output };
    let (stop, progress) = (Stop::new(), Progress::default());
    let line = || labs::script::progress(&progress.get());
    let (answer, cut) = headless::run_with_progress(place, &stop, line, || match &replay {
        Some(code) => labs::script::replay(&question.settings, code, same_output, &stop),
        None => labs::script::search(&question, &stop, &progress),
    })?;
    match (answer, cut) {
        (Ok(answer), cut) => Ok((answer, cut)),
        (Err(_), Some(cut)) => Err(cut),
        (Err(ScriptError::Search(why)), None) => Err(Failure::usage("bad search", place, why)),
        (Err(ScriptError::Code(why)), None) => {
            Err(Failure::usage("bad code", replay.unwrap_or_default(), why))
        }
        (Err(ScriptError::Unfinished(why)), None) => {
            Err(Failure::unfinished("could not finish", place, why))
        }
    }
}
