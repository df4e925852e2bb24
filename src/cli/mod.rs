//! The command line: reads what was typed and what is configured, checks all of it, and returns
//! a [`Request`] for `main` to carry out.
//!
//! ```text
//!   argv ──args──▶ Typed ─┐
//!                         ├─ Choices ──▶ Request: Print, Screen, Run or Explore
//!   file ──config─▶ Config┘     ▲
//!                        Registry: labs and themes that exist
//! ```
//!
//! Nothing is started and no terminal touched before everything is known to be right: whatever
//! is wrong is one line on stderr and the exit status 2. A setting comes from the lab's
//! defaults, then from the configuration file, then from `--set`; the last one wins.
//!
//! The labs come as a list from `main`, so no name of a lab stands here.

mod args;
mod config;
mod explore;
mod files;
mod labs;
mod locale;
mod manual;
mod script;
#[cfg(test)]
mod tests;
mod usage;

use std::ffi::OsString;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::error::ErrorKind;

use self::args::{Command, ListFormat, OneLab};
use self::config::{Config, Configured};
pub use self::script::or_file;
use crate::app::headless::RunOptions;
use crate::lab::{Entry, Recording, RecordingError, SettingConflict, Settings};
use crate::report::{Failure, reason};

/// The labs and themes that the program has, and that help, completions and messages list.
/// Given by `main`, so that neither this layer nor a test of it depends on real labs.
#[derive(Clone, Copy, Debug)]
pub struct Registry {
    pub labs: &'static [Entry],
    /// The lab that runs a script of the user's own. Not among the others: it needs the script.
    pub script: &'static Entry,
    /// Names for `--theme`. As text, because their type belongs to the drawing.
    pub themes: &'static [&'static str],
}

impl Registry {
    /// All that can be run or replayed: the labs, and the one that runs scripts.
    fn all(&self) -> impl Iterator<Item = &'static Entry> + use<> {
        self.labs.iter().chain([self.script])
    }
}

/// What `main` has to do. Everything in it is checked, except the names of step programs;
/// `main` asks no question back.
#[derive(Debug)]
pub enum Request {
    /// To write this text to stdout: help, a list of labs, a manual page, a completion script.
    Print(String),
    Screen(Box<ScreenRequest>),
    Run(Box<RunOptions>),
    /// To search the interleavings of a step program. Boxed, as the others: the variants differ
    /// much in size, and a request is moved a few times.
    Explore(Box<ExploreRequest>),
}

/// What is to be explored, as it was typed. Names of programs and their settings are checked by
/// [`crate::labs`], which is not known here.
#[derive(Debug)]
pub struct ExploreRequest {
    pub what: ExploreTarget,
    /// For searches that choose at random. Typed, configured or chosen as for every command.
    pub seed: u64,
    pub json: bool,
}

#[derive(Debug)]
pub enum ExploreTarget {
    List,
    /// A schedule as a code, and the program that it should be one of, if that was given. The
    /// code names its program itself; the two have to agree.
    Replay {
        code: String,
        program: Option<String>,
    },
    Program(ProgramQuery),
    Script(Box<ScriptQuery>),
}

/// A script of the user's own that is to be explored.
#[derive(Debug)]
pub struct ScriptQuery {
    /// With the script, and which interpreter runs it.
    pub settings: Settings,
    /// A schedule as a code, to be replayed instead.
    pub replay: Option<String>,
    /// As for programs; `None` is left to the explorer.
    pub search: Option<&'static str>,
    pub bound: Option<u32>,
    pub limit: Option<u64>,
    pub same_output: bool,
    /// As for programs.
    pub complete: bool,
}

#[derive(Debug)]
pub struct ProgramQuery {
    pub id: String,
    pub settings: Vec<(String, String)>,
    /// How to search: one of `all`, `random`, `pct` and `sleep-sets`. What they mean is up to
    /// the explorer.
    pub search: &'static str,
    /// Preemptions per schedule at most; `None` is no bound. Most known concurrency bugs need
    /// one or two, so a small bound finds them in a fraction of the schedules.
    pub bound: Option<u32>,
    /// Schedules to run at most, from 1; `None` is the search's own limit.
    pub limit: Option<u64>,
    /// An expression over the program's named things that is to be reached, instead of whether
    /// the program fails. Parsed later, where those names are known.
    pub query: Option<String>,
    /// Anything less than all interleavings is a failure: then the status 0 is a proof, as far
    /// as the model of the program goes.
    pub complete: bool,
}

#[derive(Debug)]
pub struct ScreenRequest {
    /// The lab to open; `None` is the dashboard.
    pub lab: Option<&'static Entry>,
    pub display: DisplayOptions,
    /// One for each lab of [`Registry::labs`], in that order, with the defaults of the live
    /// screen, and last that of the script, if one is opened; none where a recording is played,
    /// which has its own.
    pub settings: Vec<Settings>,
    /// The run of [`Self::lab`] to play instead of a live one.
    pub recording: Option<Recording>,
    /// About something that was ignored and does not affect what the user asked for. Shown on
    /// the screen.
    pub warning: Option<Failure>,
}

/// Colours and characters that were asked for, on the command line or in the file. What is left
/// open follows from the terminal, which is looked at only when a screen is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisplayOptions {
    pub theme: Option<String>,
    /// ASCII was asked for, on the command line or in the file. If not, the terminal may need
    /// it all the same.
    pub ascii: bool,
    /// Whether to use colours. If given, it goes before the variable `NO_COLOR`; `None` follows
    /// the terminal.
    pub color: Option<bool>,
}

/// Reads the arguments (the program's own name first) and the configuration file.
///
/// # Errors
/// The first thing that was typed or configured and cannot be, on one line.
pub fn read(
    known: &Registry,
    args: impl IntoIterator<Item = OsString>,
) -> Result<Request, Failure> {
    let typed = match args::read(known, args) {
        Ok(typed) => typed,
        Err(error)
            if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) =>
        {
            // For the parser, help and version are errors too; here they are text for stdout
            // and status 0.
            return Ok(Request::Print(error.render().to_string()));
        }
        Err(error) => return Err(usage::failure(&error, known)),
    };
    let mut config = config::load(typed.global.config.as_deref(), known)?;
    let mut warning = config.warning.take();
    if !matches!(
        typed.command,
        None | Some(Command::Open { .. } | Command::Replay { format: None, .. })
    ) {
        // Where there is no screen to show it on, the warning goes to stderr.
        warning.take().iter().for_each(Failure::print);
    }
    let choices = Choices::of(typed.global, config);
    match typed.command {
        None => choices.screen(known, None, warning),
        Some(Command::Open { lab }) => choices.screen(known, Some(&lab), warning),
        Some(Command::Replay { file, format: Some(format) }) => {
            let recording = recording(known, &file)?;
            Ok(Request::Run(Box::new(RunOptions {
                entry: find(known, recording.info.id)?,
                settings: recording.settings.clone(),
                recording: Some(recording),
                format: format.into(),
                ascii: choices.needs_ascii(),
                trace: None,
                record: None,
                timeout: Duration::MAX,
                check: false,
            })))
        }
        Some(Command::Replay { file, format: None }) => {
            let recording = recording(known, &file)?;
            Ok(Request::Screen(Box::new(ScreenRequest {
                lab: Some(find(known, recording.info.id)?),
                display: choices.display,
                settings: Vec::new(),
                recording: Some(recording),
                warning,
            })))
        }
        Some(Command::Run { lab, format, trace, record, timeout, check }) => {
            let (entry, settings) = choices.opened(known, &lab, false)?;
            Ok(Request::Run(Box::new(RunOptions {
                entry,
                settings,
                recording: None,
                format: format.into(),
                ascii: choices.needs_ascii(),
                trace,
                record,
                timeout,
                check,
            })))
        }
        Some(Command::Labs { format }) => Ok(Request::Print(match format {
            ListFormat::Text => labs::text(known),
            ListFormat::Json => format!("{:#}\n", labs::json(known)),
        })),
        Some(Command::Explore(asked)) => explore::request(known, &choices, asked),
        Some(Command::Completions { shell }) => {
            let mut out = Vec::new();
            clap_complete::generate(shell, &mut args::command(known), "threadbare", &mut out);
            Ok(Request::Print(String::from_utf8_lossy(&out).into_owned()))
        }
        Some(Command::Man { command }) => manual::page(known, command.as_deref()),
    }
}

/// Reads a recorded run. The whole file is read, so that what is wrong with it is known before
/// the screen is opened.
fn recording(known: &Registry, path: &Path) -> Result<Recording, Failure> {
    let place = path.display();
    let file = files::open(path)
        .map_err(|error| Failure::usage("replay", place.to_string(), reason(&error)))?;
    let all: Vec<_> = known.all().copied().collect();
    Entry::read(&all, &mut BufReader::new(file)).map_err(|RecordingError { line, why }| {
        Failure::usage("replay", format!("{place}:{line}"), why.as_str())
    })
}

fn find(known: &Registry, id: &str) -> Result<&'static Entry, Failure> {
    let found = known.all().find(|entry| entry.info.id == id);
    found.ok_or_else(|| Failure::usage("unknown lab", id, "see `threadbare labs`"))
}

/// What applies to every command, from the command line and the configuration file: the former
/// goes before the latter.
struct Choices {
    display: DisplayOptions,
    /// As typed, else as configured, else chosen at random. It is shown with every result, so
    /// that a run can be repeated.
    seed: u64,
    /// This program, to be started again for worker processes. By its path and not by
    /// `argv[0]`, which may be relative or wrong.
    program: PathBuf,
    configured: Vec<Configured>,
}

impl Choices {
    /// Whether only ASCII may be written to stdout. On the screen the terminal decides; a pipe
    /// has only the locale.
    fn needs_ascii(&self) -> bool {
        self.display.ascii || !locale::is_utf8(&|name| std::env::var(name).ok())
    }

    fn of(typed: args::Global, config: Config) -> Self {
        let display = DisplayOptions {
            theme: typed.theme.or(config.theme),
            ascii: typed.ascii || config.ascii.unwrap_or(false),
            // `--no-color` alone can only switch off; the file can also switch on.
            color: if typed.no_color { Some(false) } else { config.color },
        };
        Self {
            display,
            // Short enough to be read out and typed again.
            seed: typed.seed.or(config.seed).unwrap_or_else(|| rand::random_range(1..1_000_000)),
            program: std::env::current_exe().unwrap_or_else(|_| "threadbare".into()),
            configured: config.settings,
        }
    }

    /// The screen with the settings of all labs. Those that were typed belong to the lab that
    /// is opened.
    fn screen(
        self,
        known: &Registry,
        open: Option<&OneLab>,
        warning: Option<Failure>,
    ) -> Result<Request, Failure> {
        let opened = open.map(|open| self.opened(known, open, true)).transpose()?;
        let (lab, mut own) = opened.unzip();
        let mut settings = Vec::new();
        for entry in known.labs {
            let is_opened = lab.is_some_and(|lab: &Entry| lab.info.id == entry.info.id);
            let typed = if is_opened { own.take() } else { None };
            settings.push(typed.map_or_else(|| self.settings(entry, &[], true), Ok)?);
        }
        settings.extend(own);
        Ok(Request::Screen(Box::new(ScreenRequest {
            lab,
            settings,
            display: self.display,
            recording: None,
            warning,
        })))
    }

    /// The lab that is opened, or the one that runs the script that is, with its settings.
    fn opened(
        &self,
        known: &Registry,
        open: &OneLab,
        live: bool,
    ) -> Result<(&'static Entry, Settings), Failure> {
        let id = open.lab.to_string_lossy();
        if script::is_script(&open.lab) {
            let script = script::read(&open.lab, &open.args)?;
            let mut settings = self.settings(known.script, &open.set, live)?;
            settings.script = Some(Arc::new(script));
            return Ok((known.script, settings));
        }
        if let Some(argument) = open.args.first() {
            let why = format!("only a script has arguments, and {id} is a lab");
            return Err(Failure::usage("unknown argument", argument.to_string_lossy(), why));
        }
        let entry = find(known, &id)?;
        Ok((entry, self.settings(entry, &open.set, live)?))
    }

    /// The settings of a lab: defaults, then what is configured, then what was typed. Finally the
    /// rules over more than one setting are checked.
    ///
    /// # Errors
    /// The first setting that the lab does not have or whose value it refuses, with the place where
    /// it was typed or configured.
    fn settings(
        &self,
        entry: &Entry,
        typed: &[(String, String)],
        live: bool,
    ) -> Result<Settings, Failure> {
        let info = entry.info;
        let mut settings = Settings::defaults(info, self.seed, self.program.clone(), live);
        // A run without a screen keeps nothing between runs, so it depends only on what was
        // typed.
        settings.data = if live { files::data() } else { None };
        // The file first, then what was typed: the last value of a key wins.
        let configured = self.configured.iter().filter(|one| one.lab == info.id);
        let before = configured.clone().map(|one| (&one.key, &one.text));
        for (key, text) in before.chain(typed.iter().map(|(key, text)| (key, text))) {
            settings.set(info, key, text).map_err(|refusal| {
                let place = format!("{}.{}", info.id, refusal.key);
                Failure::usage("bad setting", place, refusal.why)
            })?;
        }
        entry.check(&settings).map_err(|SettingConflict { keys, why }| {
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
