//! What the script calls a lock or a queue: the variable that the line which makes it assigns to;
//! and the texts of places and exceptions.
//!
//! ```text
//!   self.lock = threading.Lock()         self.lock
//!   with Lock() as guard: ...            guard
//!   locks = [Lock() for _ in range(3)]   locks, locks#2, locks#3
//!   work(Queue())                        queue:7, the line
//! ```
//!
//! It is a guess by the text of the line, made once for each object. A wrong guess is still a name
//! that its place, shown beside it, explains.

use std::collections::HashMap;
use std::path::Path;

use crate::kit::python::source_lines;
use crate::printable::Printable;

/// Files that are kept at most.
const FILES: usize = 64;
/// Characters of a name at most.
const NAME: usize = 40;

/// Gives each lock, queue and executor a name of its own.
#[derive(Debug, Default)]
pub struct Names {
    /// The lines of each file; none of one that cannot be read.
    files: HashMap<String, Vec<String>>,
    /// How often each was given.
    given: HashMap<String, u32>,
}

impl Names {
    /// The name of something that this line made. A second one of a line, as in a loop, gets a
    /// number.
    pub fn name(&mut self, file: &str, line: u32, kind: &str) -> Printable {
        let target = self.line(file, line).and_then(target).map(str::to_owned);
        self.unique(target.unwrap_or_else(|| format!("{kind}:{line}")))
    }

    /// This name, with a number if it was given before.
    pub fn unique(&mut self, base: String) -> Printable {
        let times = self.given.entry(base.clone()).or_default();
        *times += 1;
        // No variable has such a name, so it is no other's.
        let name = if *times == 1 { base } else { format!("{base}#{times}") };
        Printable::foreign(&name)
    }

    /// The text of a line; `None` if there is none.
    pub fn line(&mut self, file: &str, line: u32) -> Option<&str> {
        if !self.files.contains_key(file) {
            if self.files.len() == FILES {
                return None;
            }
            self.files.insert(file.to_owned(), source_lines(Path::new(file)));
        }
        let at = usize::try_from(line).ok()?.checked_sub(1)?;
        self.files.get(file)?.get(at).map(String::as_str)
    }
}

/// The variable or attribute that a line assigns to, if it assigns to one.
fn target(line: &str) -> Option<&str> {
    let line = line.trim();
    let word = |part: &str| {
        let mut chars = part.chars();
        chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && chars.all(|c| c.is_alphanumeric() || c == '_')
    };
    let is_name = |name: &&str| name.len() <= NAME && name.split('.').all(word);
    if line.starts_with("with ") {
        let (_, name) = line.rsplit_once(" as ")?;
        return name.split(':').next().map(str::trim).filter(is_name);
    }
    let at = line.find('=')?;
    if line[at + 1..].starts_with('=') {
        return None;
    }
    let left = line[..at].trim();
    // Without its annotation; or behind the beginning of a block on the same line.
    let mut parts = [left.split(':').next()?.trim(), left.rsplit(':').next()?.trim()].into_iter();
    parts.find(is_name)
}

/// An exception with its message, if it has one.
pub fn error(kind: String, text: &str) -> String {
    if text.is_empty() { kind } else { format!("{kind}: {text}") }
}

/// `name.py:12`, by the file's own name.
pub fn place(file: &str, line: u32) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    if line == 0 { name.to_owned() } else { format!("{name}:{line}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_what_the_line_assigns_to() {
        for (line, expected) in [
            ("lock = threading.Lock()", Some("lock")),
            ("    self.guard: threading.RLock = RLock()", Some("self.guard")),
            ("a = b = Lock()", Some("a")),
            ("    with Executor(max_workers=2) as pool:", Some("pool")),
            ("with Executor(2) as pool: pool.submit(f)", Some("pool")),
            ("with Executor(2):", None),
            ("def __init__(self): self.guard = RLock()", Some("self.guard")),
            ("a, b = Lock(), Lock()", None),
            ("locks = [Lock() for _ in range(3)]", Some("locks")),
            ("if x == Lock():", None),
            ("locks.append(Lock())", None),
            ("table[1] = Lock()", None),
            ("Thread(args=(Lock(),))", None),
            ("", None),
        ] {
            assert_eq!(target(line), expected, "{line}");
        }
    }

    #[test]
    fn two_locks_of_a_line_have_two_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.py");
        std::fs::write(&path, "\nlock = Lock()\n").unwrap();
        let path = path.to_str().unwrap();
        let mut names = Names::default();
        let mut name = |line| names.name(path, line, "Lock").to_string();
        assert_eq!([name(2), name(2), name(7), name(0)], ["lock", "lock#2", "Lock:7", "Lock:0"]);
    }
}
