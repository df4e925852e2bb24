//! The command line: reads what was typed and what is configured, checks all of
//! it, and answers with what is to be done.
//!
//! Nothing is started and no terminal touched before everything is known to be
//! right. Settings come from the lab's defaults, then the configuration file, then
//! `--set`.
//!
//! Must not know: how a lab is run or drawn, any single lab.

mod args;
mod config;
mod labs;
mod locale;
#[cfg(test)]
mod tests;
mod usage;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;

use self::args::{Command, ListFormat, OneLab};
use self::config::{Config, Configured};
use crate::app::headless::RunOptions;
use crate::lab::{Conflict, Entry, Settings};
use crate::report::Failure;

/// The labs and themes that the program has.
#[derive(Clone, Copy, Debug)]
pub struct Registry {
    pub labs: &'static [Entry],
    pub themes: &'static [&'static str],
}

/// What is to be done.
#[derive(Debug)]
pub enum Request {
    /// Text for stdout.
    Print(String),
    Screen(Box<ScreenRequest>),
    Run(Box<RunOptions>),
    Explore(Box<ExploreRequest>),
}

/// What is to be explored, as it was typed.
#[derive(Debug)]
pub struct ExploreRequest {
    pub what: ExploreTarget,
    pub seed: u64,
    pub json: bool,
}

/// What `explore` was asked for.
#[derive(Debug)]
pub enum ExploreTarget {
    List,
    /// A code, and the program that it should be one of.
    Replay {
        code: String,
        program: Option<String>,
    },
    Program(ProgramQuery),
}

/// A program, and what is to be found out about it.
#[derive(Debug)]
pub struct ProgramQuery {
    pub id: String,
    pub settings: Vec<(String, String)>,
    /// `all`, `random`, `pct`, `sleep-sets`.
    pub search: &'static str,
    /// Preemptions at most.
    pub bound: Option<u32>,
    /// Schedules at most.
    pub limit: Option<u64>,
    /// What it is asked, instead of whether it fails.
    pub query: Option<String>,
    /// Anything less than all interleavings is a failure.
    pub complete: bool,
}

/// The screen, on the dashboard or on one lab.
#[derive(Debug)]
pub struct ScreenRequest {
    pub lab: Option<&'static Entry>,
    pub look: DisplayOptions,
    /// For each lab of [`Registry::labs`], in that order, on the live screen.
    pub settings: Vec<Settings>,
    /// Shown on the screen; it does not affect anything that the user asked for.
    pub warning: Option<Failure>,
}

/// Options for colours and characters; `None` leaves the choice to what the terminal can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisplayOptions {
    pub theme: Option<String>,
    /// Asked for; the terminal may need it all the same.
    pub ascii: bool,
    /// Given here, it goes before `NO_COLOR`.
    pub color: Option<bool>,
}

/// Reads the arguments, the program's own name first.
///
/// # Errors
/// What was typed or configured and cannot be, on one line.
pub fn read(
    known: &Registry,
    args: impl IntoIterator<Item = OsString>,
) -> Result<Request, Failure> {
    let typed = match args::read(known, args) {
        Ok(typed) => typed,
        Err(error)
            if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) =>
        {
            return Ok(Request::Print(error.render().to_string()));
        }
        Err(error) => return Err(usage::failure(&error, known)),
    };
    let mut config = config::load(typed.global.config.as_deref(), known)?;
    let mut warning = config.warning.take();
    if !matches!(typed.command, None | Some(Command::Open { .. })) {
        // The screen reports that by itself.
        warning.take().iter().for_each(Failure::print);
    }
    let choices = Choices::of(typed.global, config);
    match typed.command {
        None => choices.screen(known, None, warning),
        Some(Command::Open { lab }) => choices.screen(known, Some(&lab), warning),
        Some(Command::Run { lab, format, trace, timeout, check }) => {
            let entry = find(known, &lab.lab)?;
            let settings = choices.settings(entry, &lab.set, false)?;
            Ok(Request::Run(Box::new(RunOptions {
                entry,
                settings,
                format: format.into(),
                ascii: choices.look.ascii || !locale::is_utf8(&|name| std::env::var(name).ok()),
                trace,
                timeout,
                check,
            })))
        }
        Some(Command::Labs { format }) => Ok(Request::Print(match format {
            ListFormat::Text => labs::text(known.labs),
            ListFormat::Json => format!("{:#}\n", labs::json(known.labs)),
        })),
        Some(Command::Explore {
            program,
            set,
            search,
            bound,
            limit,
            query,
            format,
            complete,
            replay,
            list: _,
        }) => Ok(Request::Explore(Box::new(ExploreRequest {
            what: match (replay, program) {
                (Some(code), program) => ExploreTarget::Replay { code, program },
                (None, None) => ExploreTarget::List,
                (None, Some(id)) => ExploreTarget::Program(ProgramQuery {
                    id,
                    settings: set,
                    search: search.word(),
                    bound,
                    limit,
                    query,
                    complete,
                }),
            },
            seed: choices.seed,
            json: matches!(format, ListFormat::Json),
        }))),
        Some(Command::Completions { shell }) => {
            let mut out = Vec::new();
            clap_complete::generate(shell, &mut args::command(known), "threadbare", &mut out);
            Ok(Request::Print(String::from_utf8_lossy(&out).into_owned()))
        }
        Some(Command::Man { command }) => manual(known, command.as_deref()),
    }
}

fn manual(known: &Registry, name: Option<&str>) -> Result<Request, Failure> {
    let mut whole = args::command(known);
    whole.build();
    let page = match name {
        None => whole,
        Some(name) => whole
            .find_subcommand(name)
            .cloned()
            .ok_or_else(|| Failure::usage("unknown command", name, "see `threadbare --help`"))?,
    };
    let mut out = Vec::new();
    // The commands have no version of their own.
    let source = format!("threadbare {}", env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(page)
        .source(source)
        .render(&mut out)
        .map_err(|error| Failure::writing("manual page", &error))?;
    Ok(Request::Print(String::from_utf8_lossy(&out).into_owned()))
}

fn find(known: &Registry, id: &str) -> Result<&'static Entry, Failure> {
    let found = known.labs.iter().find(|entry| entry.info.id == id);
    found.ok_or_else(|| Failure::usage("unknown lab", id, "see `threadbare labs`"))
}

/// What applies to every command.
struct Choices {
    look: DisplayOptions,
    seed: u64,
    program: PathBuf,
    configured: Vec<Configured>,
}

impl Choices {
    fn of(typed: args::Global, config: Config) -> Self {
        let look = DisplayOptions {
            theme: typed.theme.or(config.theme),
            ascii: typed.ascii || config.ascii.unwrap_or(false),
            color: if typed.no_color { Some(false) } else { config.color },
        };
        Self {
            look,
            // Short enough to be read out and typed again.
            seed: typed.seed.or(config.seed).unwrap_or_else(|| rand::random_range(1..1_000_000)),
            program: std::env::current_exe().unwrap_or_else(|_| "threadbare".into()),
            configured: config.settings,
        }
    }

    fn screen(
        self,
        known: &Registry,
        open: Option<&OneLab>,
        warning: Option<Failure>,
    ) -> Result<Request, Failure> {
        let lab = open.map(|open| find(known, &open.lab)).transpose()?;
        let typed = |entry: &Entry| match open {
            Some(open) if open.lab == entry.info.id => open.set.as_slice(),
            _ => &[],
        };
        let settings = known.labs.iter();
        let settings = settings.map(|entry| self.settings(entry, typed(entry), true));
        Ok(Request::Screen(Box::new(ScreenRequest {
            lab,
            settings: settings.collect::<Result<_, _>>()?,
            look: self.look,
            warning,
        })))
    }

    /// The lab's settings: defaults, then what is configured, then what was typed.
    fn settings(
        &self,
        entry: &Entry,
        typed: &[(String, String)],
        live: bool,
    ) -> Result<Settings, Failure> {
        let info = entry.info;
        let mut settings = Settings::defaults(info, self.seed, self.program.clone(), live);
        settings.data = if live { config::data() } else { None };
        let configured = self.configured.iter().filter(|one| one.lab == info.id);
        let before = configured.clone().map(|one| (&one.key, &one.text));
        for (key, text) in before.chain(typed.iter().map(|(key, text)| (key, text))) {
            settings.set(info, key, text).map_err(|refusal| {
                let place = format!("{}.{}", info.id, refusal.key);
                Failure::usage("bad setting", place, refusal.why)
            })?;
        }
        entry.check(&settings).map_err(|Conflict { keys, why }| {
            // What was typed is what can be typed otherwise; the file is to blame alone.
            let is_typed = typed.iter().any(|(key, _)| keys.contains(&key.as_str()));
            let file = configured.filter(|_| !is_typed);
            let [first, second] = keys.map(|key| file.clone().find(|one| one.key == key));
            match second.or(first) {
                Some(one) => Failure::usage("bad configuration", one.place.as_str(), why),
                None => Failure::usage("bad setting", format!("{}.{}", info.id, keys[1]), why),
            }
        })?;
        Ok(settings)
    }
}
