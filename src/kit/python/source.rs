//! The source of a script, read without any risk of waiting.
//!
//! A script says itself which file its code is from, `compile(text, "/dev/tty", "exec")` included,
//! so a name may lead to anything.

use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Bytes of a file that are read at most.
const LONGEST: u64 = 4 << 20;
/// Lines of a source that are kept at most.
const LINES: usize = 2_000;

/// The source of a script as it was when it was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// None if it cannot be read.
    pub lines: Vec<String>,
    /// In one word what the lines are instead of the whole file; empty if they are that.
    pub note: &'static str,
    /// The file itself, and the state that it was in; `None` if it cannot be read.
    pub path: PathBuf,
    state: Option<(u64, i64, i64)>,
}

impl Source {
    /// Reads a script, or the main file of a folder.
    pub fn read(script: &Path) -> Self {
        let main = script.join("__main__.py");
        let path = if script.is_dir() { main } else { script.to_owned() };
        let state = state(&path);
        let Some(bytes) = bytes(&path) else {
            return Self { lines: Vec::new(), note: "unreadable", path, state };
        };
        let mut lines = lines(&bytes);
        let note = if bytes.contains(&0) {
            // An archive, or compiled code.
            lines.clear();
            "binary"
        } else if lines.len() > LINES || bytes.len() as u64 == LONGEST {
            "cut"
        } else if std::str::from_utf8(&bytes).is_err() {
            "not UTF-8"
        } else {
            ""
        };
        lines.truncate(LINES);
        Self { lines, note, path, state }
    }

    /// Whether the file is another one than was read.
    pub fn has_changed(&self) -> bool {
        self.state != state(&self.path)
    }
}

/// What changes whenever a file is written.
fn state(path: &Path) -> Option<(u64, i64, i64)> {
    let about = path.metadata().ok()?;
    Some((about.len(), about.mtime(), about.mtime_nsec()))
}

/// The lines of a source file; none of one that cannot be read.
pub fn source_lines(path: &Path) -> Vec<String> {
    bytes(path).map_or_else(Vec::new, |bytes| lines(&bytes))
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
}

/// A pipe or a device is not read: that could wait, or never end.
fn bytes(path: &Path) -> Option<Vec<u8>> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
    let mut bytes = Vec::new();
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    file.take(LONGEST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_whole_text_is_named_in_a_word() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.py");
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let source = Source::read(&path);
            (source.lines.len(), source.note)
        };
        assert_eq!(read(b"a = 1\r\n\nb = 2"), (3, ""));
        assert_eq!(read(b""), (0, ""));
        assert_eq!(read(b"# -*- coding: latin-1 -*-\n# \xe9\n"), (2, "not UTF-8"));
        assert_eq!(read("x\n".repeat(9_000).as_bytes()), (2_000, "cut"));
        assert_eq!(read(b"PK\0\n"), (0, "binary"));
        for missing in [folder.path().join("none.py"), "/dev/zero".into(), folder.path().into()] {
            let source = Source::read(&missing);
            assert_eq!((source.lines.len(), source.note), (0, "unreadable"), "{missing:?}");
        }
        std::fs::write(folder.path().join("__main__.py"), "pass").unwrap();
        assert_eq!(Source::read(folder.path()).lines, ["pass"]);
    }

    #[test]
    fn a_file_that_was_written_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.py");
        std::fs::write(&path, "pass").unwrap();
        let source = Source::read(&path);
        assert!(!source.has_changed());
        std::fs::write(&path, "pass # more").unwrap();
        assert!(source.has_changed());
        std::fs::remove_file(&path).unwrap();
        assert!(source.has_changed());
    }
}
