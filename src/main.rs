//! The program: hands over to the library.

use std::process::ExitCode;

use threadbare::app::headless;
use threadbare::app::live::{self, Options};
use threadbare::cli::{
    self, ExploreRequest, ExploreTarget, ProgramQuery, Registry, Request, ScreenRequest,
};
use threadbare::kit::child;
use threadbare::kit::explore::Progress;
use threadbare::kit::signals;
use threadbare::kit::stop::Stop;
use threadbare::lab::Entry;
use threadbare::labs::explore::QuestionError;
use threadbare::labs::{self, StepProgram, explore, programs};
use threadbare::printable;
use threadbare::report::{ANOMALY, Failure, RAN};
use threadbare::ui::{self, Charset, ColorDepth, Theme};

fn main() -> ExitCode {
    // Where it cannot be had, such a write ends the program as it always did.
    let _ = signals::report_file_limits();
    // A worker process needs none of what follows.
    if let Some(status) = child::enter(labs::JOBS) {
        return status;
    }
    let known = Registry { labs: labs::ALL, themes: &Theme::NAMES };
    let status =
        cli::read(&known, std::env::args_os()).and_then(execute).unwrap_or_else(|failure| {
            failure.print();
            failure.status()
        });
    ExitCode::from(status)
}

fn execute(request: Request) -> Result<u8, Failure> {
    match request {
        Request::Print(text) => headless::print(&text, false),
        Request::Run(job) => headless::run(*job),
        Request::Screen(request) => live::run(screen(*request)),
        Request::Explore(request) => explore_program(*request),
    }
}

fn screen(request: ScreenRequest) -> Options {
    let is = |entry: &Entry| {
        let wanted = request.lab.map(|lab| lab.info.id);
        wanted == Some(entry.info.id)
    };
    Options {
        start: labs::ALL.iter().position(is),
        look: look(&request.look),
        warning: request.warning,
        labs: labs::ALL.iter().copied().zip(request.settings).collect(),
    }
}

/// What was asked for, and else what the terminal can show.
fn look(asked: &cli::DisplayOptions) -> ui::Look {
    let env = |name: &str| match name {
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

fn explore_program(request: ExploreRequest) -> Result<u8, Failure> {
    let (place, complete) = match &request.what {
        ExploreTarget::Program(asked) => (format!("explore {}", asked.id), asked.complete),
        _ => ("explore".to_owned(), false),
    };
    let (answer, cut) = match request.what {
        ExploreTarget::List => return headless::print(&explore::list(), false),
        ExploreTarget::Replay { code, program } => {
            if let Some(id) = &program {
                find(id)?;
            }
            let answer = explore::replay(&code, program.as_deref())
                .map_err(|bad| Failure::usage("bad code", code.as_str(), bad.to_string()))?;
            (answer, None)
        }
        ExploreTarget::Program(asked) => search(&asked, request.seed, &place)?,
    };
    let text = if request.json {
        printable::json(&format!("{:#}\n", answer.json)).into_owned()
    } else {
        answer.text
    };
    headless::print(&text, cut.is_some())?;
    match (cut, answer.unfinished, answer.incomplete) {
        (Some(cut), ..) => Err(cut),
        (None, Some(why), _) => Err(Failure::unfinished("could not finish", place, why)),
        _ if answer.failed => Ok(ANOMALY),
        (None, None, Some(why)) if complete => Err(Failure::unfinished("not complete", place, why)),
        _ => Ok(RAN),
    }
}

fn find(id: &str) -> Result<&'static StepProgram, Failure> {
    programs::find(id)
        .ok_or_else(|| Failure::usage("unknown program", id, "see `threadbare explore --list`"))
}

/// The answer, and the failure to tell after it if a signal cut the search short.
fn search(
    asked: &ProgramQuery,
    seed: u64,
    place: &str,
) -> Result<(explore::Answer, Option<Failure>), Failure> {
    let id = asked.id.as_str();
    let program = find(id)?;
    let case = explore::case(program, &asked.settings)
        .map_err(|(key, why)| Failure::usage("bad setting", format!("{id}.{key}"), why))?;
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
    Ok((answer.map_err(refuse)?, cut))
}
