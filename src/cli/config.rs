//! The configuration file: TOML with the global options and one table per lab.
//!
//! ```toml
//! theme = "light"
//! ascii = false
//! color = true        # even if NO_COLOR is set
//! seed = 42
//!
//! [list]              # settings as `threadbare labs` lists them
//! lock = false
//! pause = "50ms"
//! ```
//!
//! Everything is checked when the file is read, for every lab in it, so that a
//! mistake is reported before anything starts, with its file, line and key.
//!
//! Must not know what the settings do.

use std::ops::Range;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use toml::de::{DeTable, DeValue};

use super::Registry;
use crate::lab::{Info, Settings};
use crate::report::{Failure, reason};

/// What a configuration file can set; `None` where it does not.
#[derive(Debug, Default)]
pub struct Config {
    pub theme: Option<String>,
    pub ascii: Option<bool>,
    pub color: Option<bool>,
    pub seed: Option<u64>,
    pub settings: Vec<Configured>,
    /// Why the usual file was passed over, if it was.
    pub warning: Option<Failure>,
}

/// One setting of a lab.
#[derive(Debug)]
pub struct Configured {
    pub lab: &'static str,
    pub key: String,
    /// The value as it would be typed.
    pub text: String,
    /// File, line and key, for messages.
    pub place: String,
}

/// Reads `named`, which must exist, or else the usual file, which need not.
pub fn load(named: Option<&Path>, known: &Registry) -> Result<Config, Failure> {
    let Some(path) = named.map(PathBuf::from).or_else(usual) else {
        return Ok(Config::default());
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => read(&text, &path.display().to_string(), known),
        Err(error) if named.is_none() && absent(&error) => Ok(Config::default()),
        Err(error) => {
            let place = path.display().to_string();
            let failure = Failure::usage("cannot read configuration", place, reason(&error));
            match named {
                Some(_) => Err(failure),
                // The user did not name the file: it is ignored, with a warning.
                None => Ok(Config { warning: Some(failure), ..Config::default() }),
            }
        }
    }
}

fn usual() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.config_dir().join("threadbare").join("config.toml"))
}

/// The folder for what the user achieves; `None` if the system names none.
pub fn data() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.data_dir().join("threadbare"))
}

fn absent(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

fn read(text: &str, file: &str, known: &Registry) -> Result<Config, Failure> {
    let source = Source { text, file };
    let table = DeTable::parse(text).map_err(|error| source.syntax(&error))?;
    let mut config = Config::default();
    for (key, value) in table.get_ref() {
        let name = key.get_ref().as_ref();
        let refuse = |why: &str| source.refuse(&key.span(), name, why);
        match (name, value.get_ref()) {
            ("theme", DeValue::String(theme)) if known.themes.contains(&theme.as_ref()) => {
                config.theme = Some(theme.to_string());
            }
            ("theme", _) => {
                return Err(refuse(&format!("it may be one of {}", known.themes.join(", "))));
            }
            ("ascii", DeValue::Boolean(on)) => config.ascii = Some(*on),
            ("color", DeValue::Boolean(on)) => config.color = Some(*on),
            ("ascii" | "color", _) => return Err(refuse("it may be true or false")),
            ("seed", value) => match typed(value).and_then(|text| text.parse().ok()) {
                Some(seed) => config.seed = Some(seed),
                None => return Err(refuse("it must be a whole number from 0")),
            },
            (lab, value) => {
                let Some(entry) = known.labs.iter().find(|entry| entry.info.id == lab) else {
                    return Err(refuse(&unknown(known)));
                };
                let DeValue::Table(settings) = value else {
                    return Err(refuse("it must be a table of settings"));
                };
                source.settings(entry.info, settings, &mut config)?;
            }
        }
    }
    Ok(config)
}

/// A value as it would be typed after `--set KEY=`.
fn typed(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Boolean(on) => Some(if *on { "on" } else { "off" }.to_owned()),
        DeValue::Integer(n) => {
            i128::from_str_radix(n.as_str(), n.radix()).ok().map(|n| n.to_string())
        }
        DeValue::Array(all) => {
            // A list within a list is none that could be typed.
            let one = |value: &DeValue<'_>| match value {
                DeValue::Array(_) => None,
                value => typed(value),
            };
            let all: Option<Vec<_>> = all.iter().map(|value| one(value.get_ref())).collect();
            all.map(|all| all.join(","))
        }
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}

fn unknown(known: &Registry) -> String {
    let labs: Vec<_> = known.labs.iter().map(|entry| entry.info.id).collect();
    format!("no such key; there are theme, ascii, color, seed and the tables {}", labs.join(", "))
}

/// The file that is read, for naming places in it.
struct Source<'a> {
    text: &'a str,
    file: &'a str,
}

impl Source<'_> {
    fn settings(
        &self,
        info: &'static Info,
        table: &DeTable<'_>,
        config: &mut Config,
    ) -> Result<(), Failure> {
        // Only the check matters here, so neither seed nor program does.
        let mut scratch = Settings::defaults(info, 0, PathBuf::new(), false);
        for (key, value) in table {
            let name = format!("{}.{}", info.id, key.get_ref());
            let text = typed(value.get_ref()).ok_or_else(|| {
                self.refuse(&key.span(), &name, "it must be a string, number, boolean or list")
            })?;
            scratch
                .set(info, key.get_ref(), &text)
                .map_err(|refusal| self.refuse(&key.span(), &name, &refusal.why))?;
            config.settings.push(Configured {
                lab: info.id,
                key: key.get_ref().to_string(),
                text,
                place: self.place(&key.span(), &name),
            });
        }
        Ok(())
    }

    fn refuse(&self, span: &Range<usize>, key: &str, why: &str) -> Failure {
        Failure::usage("bad configuration", self.place(span, key), why)
    }

    fn place(&self, span: &Range<usize>, key: &str) -> String {
        format!("{}:{} {key}", self.file, self.line(span))
    }

    fn syntax(&self, error: &toml::de::Error) -> Failure {
        let span = error.span().unwrap_or_default();
        let line = self.line(&span);
        let shown = self.text.lines().nth(line - 1).unwrap_or_default().trim();
        let why = format!("{} in `{shown}`", error.message());
        Failure::usage("bad configuration", format!("{}:{line}", self.file), why)
    }

    /// From 1.
    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().iter().take(span.start);
        1 + before.filter(|byte| **byte == b'\n').count()
    }
}
