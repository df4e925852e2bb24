//! What is typed behind `explore`, as a question about a step program or a script.

use super::args::{Explore, ListFormat, OneLab, Search};
use super::script::is_script;
use super::{Choices, ExploreRequest, ExploreTarget, ProgramQuery, Registry, Request, ScriptQuery};
use crate::report::Failure;

/// Checks what was typed, but for the names of step programs.
///
/// # Errors
/// What cannot be asked of a script, or of a program.
pub fn request(known: &Registry, choices: &Choices, asked: Explore) -> Result<Request, Failure> {
    let json = matches!(asked.format, ListFormat::Json);
    let what = if asked.program.as_ref().is_some_and(|program| is_script(program)) {
        script(known, choices, asked)?
    } else {
        program(asked)?
    };
    Ok(Request::Explore(Box::new(ExploreRequest { what, seed: choices.seed, json })))
}

fn program(asked: Explore) -> Result<ExploreTarget, Failure> {
    let id = asked.program.map(|id| id.to_string_lossy().into_owned());
    let refused = |what: &str| Err(Failure::usage("unknown argument", what, "only for scripts"));
    if asked.same_output {
        return refused("--same-output");
    }
    if let Some(argument) = asked.args.first() {
        return refused(&argument.to_string_lossy());
    }
    Ok(match (asked.replay, id) {
        (Some(_), _) if !asked.set.is_empty() => {
            let why = "a code has its settings in it";
            return Err(Failure::usage("conflicting arguments", "--set and --replay", why));
        }
        (Some(code), program) => ExploreTarget::Replay { code, program },
        // The parser requires a program unless `--list` or `--replay` is given.
        (None, None) => ExploreTarget::List,
        (None, Some(id)) => ExploreTarget::Program(ProgramQuery {
            id,
            settings: asked.set,
            search: asked.search.unwrap_or(Search::All).word(),
            bound: asked.bound,
            limit: asked.limit,
            query: asked.query,
            complete: asked.complete,
        }),
    })
}

fn script(known: &Registry, choices: &Choices, asked: Explore) -> Result<ExploreTarget, Failure> {
    let refused = |what: &str| Err(Failure::usage("unknown argument", what, "not for scripts"));
    if asked.query.is_some() {
        return refused("--query");
    }
    let Explore { program, set, args, .. } = asked;
    let open = OneLab { lab: program.unwrap_or_default(), set, args };
    let (_, settings) = choices.opened(known, &open, false)?;
    Ok(ExploreTarget::Script(Box::new(ScriptQuery {
        settings,
        replay: asked.replay,
        search: asked.search.map(Search::word),
        bound: asked.bound,
        limit: asked.limit,
        same_output: asked.same_output,
        complete: asked.complete,
    })))
}
