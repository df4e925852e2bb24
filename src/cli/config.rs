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

use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::{Registry, files};
use crate::lab::{Info, Settings};
use crate::report::{Failure, reason};

/// Bytes of the longest file that is read: far more than all settings take.
const LONGEST: u64 = 1 << 20;

/// What a configuration file sets; `None` where it does not. The command line goes before all
/// of it, see [`super::read`].
#[derive(Debug, Default)]
pub struct Config {
    pub theme: Option<String>,
    pub ascii: Option<bool>,
    pub color: Option<bool>,
    pub seed: Option<u64>,
    /// Settings of labs, each checked by itself, sorted by lab and key. Rules over several of
    /// them are checked later, when it is known what was typed beside them.
    pub settings: Vec<Configured>,
    /// Why the usual file was ignored, if it was: it exists and cannot be read. A mistake in it
    /// is an error.
    pub warning: Option<Failure>,
}

/// One setting of a lab, as the file has it: checked, but kept as text until it is joined with
/// what was typed.
#[derive(Debug)]
pub struct Configured {
    pub lab: &'static str,
    pub key: String,
    /// The value as it would be typed, so that it goes the same way as `--set` and is refused
    /// with the same words.
    pub text: String,
    /// File, line and key, as in `config.toml:7 list.pause`, for messages that come after the
    /// file was read.
    pub place: String,
}

/// Reads `named`, which must exist, or else the usual file, which need not.
///
/// # Errors
/// If a named file cannot be read, or if any file has a mistake in it. A usual file that cannot
/// be read is only a warning: the user has not asked for it.
pub fn load(named: Option<&Path>, known: &Registry) -> Result<Config, Failure> {
    let Some(path) = named.map(PathBuf::from).or_else(files::config) else {
        return Ok(Config::default());
    };
    match read_file(&path) {
        Ok(text) => read(&text, &path.display().to_string(), known),
        // No file at the usual place is the common case, not an error.
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

/// The text of a file, which may have [`LONGEST`] bytes.
fn read_file(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    files::open(path)?.take(LONGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST {
        return Err(std::io::Error::other("it has more than 1 MiB"));
    }
    Ok(text)
}

/// Whether an error means that there is no such file. A folder of the path that is a file counts
/// too.
fn absent(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

/// Reads the text of a file and checks every key in it, also those of labs that are not used now.
///
/// # Errors
/// The first mistake in the order of the keys, with file, line and key.
fn read(text: &str, file: &str, known: &Registry) -> Result<Config, Failure> {
    let source = Source { text, file };
    let table = DeTable::parse(text).map_err(|error| source.syntax(&error))?;
    let mut config = Config::default();
    // The table is sorted by its keys, so of several mistakes the same one is always reported.
    for (key, value) in table.get_ref() {
        let name = key.get_ref().as_ref();
        let refuse = |why: &str| source.refuse(&key.span(), name, why);
        match (name, value.get_ref()) {
            ("theme", DeValue::String(theme)) if known.themes.contains(&theme.as_ref()) => {
                config.theme = Some(theme.to_string());
            }
            // A theme of another type or of an unknown name.
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
                let Some(entry) = known.all().find(|entry| entry.info.id == lab) else {
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

/// A value as it would be typed after `--set KEY=`; `None` for kinds that no setting has. So a
/// setting has one parser, and file and command line accept the same.
fn typed(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Boolean(on) => Some(if *on { "on" } else { "off" }.to_owned()),
        DeValue::Integer(n) => {
            // Wide enough for any integer of TOML, in any of its notations (0x, 0o, 0b). The
            // setting checks the range.
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

/// The file that is read, to name places in it. Every message about the file is made here, so that
/// all have the same form: `bad configuration: config.toml:7 list.pause: why`.
struct Source<'a> {
    text: &'a str,
    file: &'a str,
}

impl Source<'_> {
    /// Checks the settings of one lab and adds them to `config`, each as text with its place.
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

    /// A mistake in the TOML itself, with its line quoted: the parser's own message spans
    /// several lines and draws arrows.
    fn syntax(&self, error: &toml::de::Error) -> Failure {
        let span = error.span().unwrap_or_default();
        let line = self.line(&span);
        let shown = self.text.lines().nth(line - 1).unwrap_or_default().trim();
        let why = format!("{} in `{shown}`", error.message());
        Failure::usage("bad configuration", format!("{}:{line}", self.file), why)
    }

    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().iter().take(span.start);
        1 + before.filter(|byte| **byte == b'\n').count()
    }
}
