//! Saves a run's story, figures, trace or picture into a new file of the current folder.
//!
//! The text is made on the thread `screen`, where the run is; a thread of its own writes it
//! (see [`super::terminal_io`]), so that a slow disk keeps no frame waiting.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::compose::compose;
use super::document::DocumentKind;
use super::motion;
use super::state::App;
use crate::app::{picture, summary, trace};
use crate::export::svg;
use crate::kit::atomic_file::AtomicFile;
use crate::kit::panics::{Panic, capture};
use crate::{report, ui};

/// File names that are tried before giving up: `...-2`, `...-3` and so on.
const NAMES: u32 = 1000;

impl DocumentKind {
    /// The text of the document, from the chosen run and, for pictures, from the whole screen. Made
    /// on the thread `screen`, which alone may read the run. Empty without a run.
    ///
    /// # Errors
    /// The panic of the lab, whose code makes most of the text.
    pub fn write(self, app: &mut App) -> Result<String, Panic> {
        capture(|| self.text(app))
    }

    fn text(self, app: &mut App) -> String {
        let animated = (self == Self::Animation).then(|| motion::pictures(app, motion::STEP));
        let Some(run) = app.chosen_run() else {
            return String::new();
        };
        let summary = summary::of(run, None);
        let title = || format!("threadbare: {}, seed {}", summary.title, summary.seed).into();
        match self {
            Self::Json => summary.indented_json().unwrap_or_default() + "\n",
            Self::Trace => {
                let mut out = Vec::new();
                // Writing to memory cannot fail.
                let _ = trace::write(&mut out, run, &summary);
                String::from_utf8_lossy(&out).into_owned()
            }
            Self::Picture => {
                let screen = compose(app, Instant::now());
                // In the size of the last frame, so the picture is what the user sees.
                let (width, height) = app.size;
                let buffer = ui::to_buffer(&screen, &app.theme, width, height);
                picture::of(&buffer).map_or_else(String::new, |grid| svg::write(&grid, &title()))
            }
            Self::Animation => svg::animate(&animated.unwrap_or_default(), motion::STEP, &title()),
            Self::Text => {
                let mut lines = summary.head();
                let story = run.story().iter();
                lines.extend(story.map(|line| report::sentence(&line.lane, &line.text)));
                lines.extend(summary.tail());
                lines.join("\n") + "\n"
            }
        }
    }

    /// Writes the text to a new file in `folder` and returns its path. An older file of the
    /// same name stays: the new one gets a number.
    ///
    /// # Errors
    /// Those of the file system, or if every name is taken.
    pub fn save(self, folder: &Path, lab: &str, seed: u64, text: &str) -> io::Result<PathBuf> {
        let stem = format!("threadbare-{lab}-seed-{seed}");
        let path = |n| {
            let again = if n == 1 { String::new() } else { format!("-{n}") };
            folder.join(format!("{stem}{again}.{}", self.extension()))
        };
        // Written completely before it gets its name, so that no reader ever finds half of it.
        let mut file = AtomicFile::create(&path(1))?;
        file.write_all(text.as_bytes())?;
        for path in (1..=NAMES).map(path) {
            match file.keep_older(&path) {
                Ok(()) => return Ok(path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("too many files of that name"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_ever_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let save = |text| DocumentKind::Text.save(folder.path(), "list", 42, text).unwrap();
        let (first, second) = (save("one"), save("two"));
        assert_eq!(first.file_name().unwrap(), "threadbare-list-seed-42.txt");
        assert_eq!(second.file_name().unwrap(), "threadbare-list-seed-42-2.txt");
        assert_eq!(std::fs::read_to_string(first).unwrap(), "one");
    }
}
