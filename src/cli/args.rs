//! What can be typed, declared for the parser clap. Help, manual page and completions follow
//! from it, so none of them has to be kept by hand.
//!
//! The doc comments of [`Typed`], [`Global`], [`OneLab`] and [`Command`] are the help text that
//! users read, so they follow the style of help, not of documentation: no full stop at the end,
//! one line where one is enough. What the arguments mean is decided in [`super::read`].
//!
//! Values are checked here as far as they can be without a lab: numbers and their ranges,
//! durations, `KEY=VALUE`, names of labs and themes. Whether a lab has such a key, and whether
//! the value suits it, is checked when the lab is known.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use super::Registry;
use super::script::{self, LabOrScript};
use crate::app::headless;
use crate::lab::parse_duration;

/// A terminal laboratory for real concurrency: threads, laid bare.
///
/// Without a command it opens the dashboard: a shared list, a thread pool and a
/// process pool, live, on real threads and processes.
#[derive(Debug, Parser)]
#[command(name = "threadbare", version, max_term_width = 100)]
pub struct Typed {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

// Each also works after the command (`global`). Numbers may look like options (`-1`): the
// message is then about the number and not about an unknown option.
#[derive(Args, Debug)]
pub struct Global {
    /// Fix every random choice that the program itself makes (never the timing)
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true, value_parser = seed)]
    pub seed: Option<u64>,
    /// Write nothing but ASCII
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Use no colours; the same as setting `NO_COLOR`
    #[arg(long, global = true)]
    pub no_color: bool,
    /// How the screen looks
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Read this configuration file instead of the usual one
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open one lab on the screen, or your own Python script
    ///
    /// `threadbare SCRIPT.py` is the same as `threadbare open SCRIPT.py`.
    Open {
        #[command(flatten)]
        lab: OneLab,
    },
    /// List the labs: the question each answers, its settings with their ranges and defaults
    Labs {
        /// How to write the list
        #[arg(long, value_enum, default_value_t = ListFormat::Text)]
        format: ListFormat,
    },
    /// Run a lab, or watch your own Python script, without a screen and print the outcome
    ///
    /// The text is the story as sentences, one per line, and ends with the audit. Exit
    /// codes: 0 ran, 1 could not finish, 2 bad usage, 3 anomaly under --check, 128+n ended
    /// by signal n.
    ///
    /// A script runs unmodified, with its own arguments after it, under the python3 of the
    /// shell or another (`--set python=PATH`). Its threads, locks, joins and sleeps are watched;
    /// its exit code, stdout and stderr are in the result. It reads stdin unless that is a
    /// terminal.
    Run {
        #[command(flatten)]
        lab: OneLab,
        /// How to write the outcome; jsonl streams one event per line as they happen
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        /// Also write a Chrome/Perfetto trace of the run
        #[arg(long, value_name = "FILE")]
        trace: Option<PathBuf>,
        /// Also record the run, for `threadbare replay`
        #[arg(long, value_name = "FILE")]
        record: Option<PathBuf>,
        /// Stop everything after this time, print what was measured, and exit 1
        #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = timeout, allow_hyphen_values = true)]
        timeout: Duration,
        /// Exit 3 if the audit found an anomaly
        #[arg(long)]
        check: bool,
    },
    /// Play a recorded run on the screen
    ///
    /// `run --record FILE` records one. What happened cannot be changed, but it can be paused,
    /// played faster or slower, and moved back and forth.
    Replay {
        /// What was recorded
        file: PathBuf,
        /// Print the run, as `run` does, instead of playing it on the screen
        #[arg(long, value_enum)]
        format: Option<Format>,
    },
    /// Search the interleavings of a step program or of your own Python script, or replay one
    ///
    /// A script runs unmodified, with its own arguments after it, one thread at a time in orders
    /// that are chosen by chance, until one fails: by an exception in any thread, a deadlock, an
    /// exit status or, with --same-output, another text on stdout. The shortest failing order is
    /// shown in the script's own lines. Its sleeps take no time, its stdin is empty.
    ///
    /// Exit codes: 0 if none of those that were covered fails (or reaches what is asked for),
    /// 3 if one does, so that it can guard a build; 1 could not finish, or not one was covered,
    /// or, under --complete, not all were; 2 bad usage, 128+n ended by signal n.
    Explore(Explore),
    /// Print a completion script for a shell
    Completions { shell: clap_complete::Shell },
    /// Print the manual page, of the program or of one command
    Man { command: Option<String> },
}

#[derive(Args, Debug)]
pub struct Explore {
    /// Which program, or the path of a Python script; `--list` names the programs
    #[arg(index = 1, value_name = "PROGRAM", required_unless_present_any = ["list", "replay"])]
    pub program: Option<OsString>,
    /// A setting of the program: its size n, its repair, its memory; python=PATH of a script
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    pub set: Vec<(String, String)>,
    /// How to search; if not given all, for a script after a start by chance
    #[arg(long, value_enum)]
    pub search: Option<Search>,
    /// Preemptions at most; not with sleep-sets, and for a script with all alone
    #[arg(long, value_name = "SWITCHES", allow_negative_numbers = true)]
    pub bound: Option<u32>,
    /// Schedules to run at most; those of a script are then all run and counted, and the search
    /// does not end at the first failure
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), allow_negative_numbers = true)]
    pub limit: Option<u64>,
    /// Another text on stdout than that of the first order is a failure; for scripts
    #[arg(long, conflicts_with = "list")]
    pub same_output: bool,
    /// Ask whether an expression over the program's named things can hold, `end length == 0`
    /// when no thread can continue, `ever holds(one, A) && waits(two)` after any step; exit 3 with
    /// a schedule on which it does, 0 if there is none
    #[arg(long, value_name = "EXPR", conflicts_with_all = ["list", "replay"])]
    pub query: Option<String>,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
    /// Exit 1 unless every interleaving was covered: then 0 is a proof
    #[arg(long)]
    pub complete: bool,
    /// Replay a schedule, of PROGRAM if that is given; exit 3 if it fails again, 0 if not,
    /// 2 if it cannot be replayed
    #[arg(
        long,
        value_name = "CODE",
        conflicts_with_all = ["search", "bound", "limit", "complete", "list"]
    )]
    pub replay: Option<String>,
    /// List the programs, one per line, the id first
    #[arg(
        long,
        conflicts_with_all = ["program", "set", "search", "bound", "limit", "complete"]
    )]
    pub list: bool,
    /// The script's own arguments: all from the first on that is no option of ours, or after
    /// `--`
    #[arg(index = 2, last = true, value_name = "ARGS")]
    pub args: Vec<OsString>,
}

#[derive(Args, Debug)]
pub struct OneLab {
    /// Which lab, or the path of a Python script
    #[arg(index = 1, value_name = "LAB")]
    pub lab: OsString,
    /// A setting of the lab, as often as needed; `threadbare labs` lists them
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    pub set: Vec<(String, String)>,
    /// The script's own arguments: all from the first on that is no option of ours, or after `--`
    #[arg(index = 2, last = true, value_name = "ARGS")]
    pub args: Vec<OsString>,
}

/// How interleavings are searched. All but `Random` and `Pct` are deterministic and can be
/// complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Search {
    /// Every interleaving, each state's future once
    All,
    /// Random runs
    Random,
    /// Runs by random priorities
    Pct,
    /// One of each class of equivalent interleavings
    SleepSets,
}

impl Search {
    /// The name of a search as it is typed, by which the explorer knows it. A text and not this
    /// type, because the explorer belongs to a lab and does not know the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Random => "random",
            Self::Pct => "pct",
            Self::SleepSets => "sleep-sets",
        }
    }
}

/// How a run is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Sentences, one per line
    Text,
    /// One JSON object
    Json,
    /// One event per line as they happen, then the JSON object
    Jsonl,
}

impl From<Format> for headless::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::Json => Self::Json,
            Format::Jsonl => Self::Jsonl,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ListFormat {
    Text,
    Json,
}

/// The command with the names of labs and themes filled in, so that help, completions and
/// suggestions know them. They are known at run time only, from the [`Registry`].
pub fn command(known: &Registry) -> clap::Command {
    let ids: Vec<_> = known.labs.iter().map(|entry| entry.info.id).collect();
    let lab = |command: clap::Command| {
        let ids = PossibleValuesParser::new(ids.clone());
        command.mut_arg("lab", |arg| arg.value_parser(LabOrScript(ids)))
    };
    let themes = PossibleValuesParser::new(known.themes);
    Typed::command()
        // Only in the long help: `-h` stays short.
        .after_long_help(more(known))
        .mut_arg("theme", |arg| arg.value_parser(themes))
        .mut_subcommand("open", lab)
        .mut_subcommand("run", lab)
}

/// What the help and the manual page end with: examples with the first lab of the registry,
/// where the configuration file is, and the exit codes.
fn more(known: &Registry) -> String {
    let lab = known.labs.first().map_or("LAB", |entry| entry.info.id);
    format!(
        "\
Examples:
  threadbare                        the dashboard
  threadbare open {lab}              one lab on the screen
  threadbare run {lab}               the same lab as text
  threadbare run {lab} --format json | jq .result
  threadbare my_script.py           your own Python script, watched

Configuration: threadbare/config.toml below $XDG_CONFIG_HOME (~/.config), with theme, ascii, \
color, seed, and a table of settings for each lab.

Exit codes: 0 ran, 1 could not finish, 2 bad usage, 3 anomaly under --check, 128+n ended by \
signal n."
    )
}

/// Parses the arguments.
///
/// # Errors
/// The parser's own, which [`super::usage`] turns into one line.
pub fn read(
    known: &Registry,
    args: impl IntoIterator<Item = OsString>,
) -> Result<Typed, clap::Error> {
    let whole = command(known);
    let mut args: Vec<_> = args.into_iter().collect();
    script::insert_command(&mut args, &whole);
    let matches = whole.try_get_matches_from(&args).or_else(|error| {
        // Only then: a lab has no arguments of its own, and a mistyped option of ours must not
        // count as one.
        let own = script::with_arguments(command(known)).try_get_matches_from(&args);
        own.ok().filter(script::is_opened).ok_or(error)
    })?;
    Typed::from_arg_matches(&matches)
}

/// Reads a time above zero. A run that may take no time at all would never report anything, so
/// 0 is refused and does not mean "no limit".
fn timeout(text: &str) -> Result<Duration, &'static str> {
    parse_duration(text)
        .filter(|time| !time.is_zero())
        .ok_or("not a time above zero such as 500ms, 60s or 5m")
}

fn seed(text: &str) -> Result<u64, &'static str> {
    // Up to `u64::MAX`.
    text.parse().map_err(|_| "not a whole number from 0 to 18446744073709551615")
}

/// `KEY=VALUE` at the first `=`, so that a value may contain others. Key and value are checked when
/// the lab is known, by the lab's own declarations.
fn setting(text: &str) -> Result<(String, String), &'static str> {
    let (key, value) = text.split_once('=').ok_or("not of the form KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}
