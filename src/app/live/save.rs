//! Saving what a run told: into a new file of the current folder, never over another.
//!
//! The text is made where the run is; a thread of its own writes it, so that a slow
//! disk keeps no frame waiting.
//!
//! Must not know: any single lab.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::app::summary;
use crate::lab::Run;
use crate::report;

/// Names tried before giving up.
const NAMES: u32 = 1000;

/// What can be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The outcome as the command line's JSON object.
    Json,
    /// The story and the outcome as sentences.
    Text,
}

impl Kind {
    pub(super) const ALL: [Self; 2] = [Self::Text, Self::Json];

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Json => "the figures, as JSON",
            Self::Text => "the story and the outcome, as text",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "txt",
        }
    }

    /// What the file will hold.
    pub(super) fn write(self, run: &dyn Run) -> String {
        let summary = summary::of(run, None);
        match self {
            Self::Json => serde_json::to_string_pretty(&summary).unwrap_or_default() + "\n",
            Self::Text => {
                let mut lines = summary.head();
                let story = run.story().iter();
                lines.extend(story.map(|told| report::sentence(&told.lane, &told.text)));
                lines.extend(summary.tail());
                lines.join("\n") + "\n"
            }
        }
    }

    /// Writes it to a new file in `folder` and tells which.
    pub(super) fn save(
        self,
        folder: &Path,
        lab: &str,
        seed: u64,
        text: &str,
    ) -> io::Result<PathBuf> {
        let stem = format!("threadbare-{lab}-seed-{seed}");
        for n in 1..=NAMES {
            let again = if n == 1 {
                String::new()
            } else {
                format!("-{n}")
            };
            let path = folder.join(format!("{stem}{again}.{}", self.extension()));
            match File::create_new(&path) {
                Ok(mut file) => {
                    file.write_all(text.as_bytes())?;
                    return Ok(path);
                }
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
        let save = |text| Kind::Text.save(folder.path(), "list", 42, text).unwrap();
        let (first, second) = (save("one"), save("two"));
        assert_eq!(first.file_name().unwrap(), "threadbare-list-seed-42.txt");
        assert_eq!(second.file_name().unwrap(), "threadbare-list-seed-42-2.txt");
        assert_eq!(std::fs::read_to_string(first).unwrap(), "one");
    }
}
