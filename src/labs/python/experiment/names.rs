//! What the script calls a lock or a queue: the variable that it is stored in; and the texts of
//! places and exceptions.
//!
//! ```text
//!   self.lock = threading.Lock()         self.lock
//!   a, b = Lock(), Lock()                a, b
//!   with Lock() as guard: ...            guard
//!   locks = [Lock() for _ in range(3)]   locks[0], locks[1], locks[2]
//!   locks = [Lock() for x in xs if x]    locks#1, locks#2: no place in it is known
//!   work(Queue())                        queue:7, the line
//!   here, there = Pipe()                 here->there, there->here
//!   pipe = Pipe()                        pipe 0->1, pipe 1->0
//! ```
//!
//! The shim follows the bytecode after the call to where the object is stored. Where it cannot, the
//! text of the line is looked at for an assignment. That is a guess, made once for each object: a
//! wrong one is still a name that its place, shown beside it, explains.

use std::collections::HashMap;
use std::path::Path;

use super::super::facts::QueueKind;
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
    /// The name of something that this line made, and that is stored in this `variable`, as of
    /// [`Definition::Variable`](crate::kit::python::Definition::Variable). A second one of the same
    /// name gets a number.
    pub fn name(
        &mut self,
        variable: Option<&[String]>,
        file: &str,
        line: u32,
        kind: &str,
    ) -> Printable {
        let name = match variable {
            Some([name]) if name.chars().count() <= NAME => Some(name.clone()),
            Some(_) => None,
            None => self.line(file, line).and_then(target).map(str::to_owned),
        };
        self.unique(name.unwrap_or_else(|| format!("{kind}:{line}")))
    }

    /// The name of one direction of a pipe: from the end of the position `sender` to the other;
    /// the other direction is used as well if it is `duplex`.
    pub fn pipe(
        &mut self,
        variable: Option<&[String]>,
        file: &str,
        line: u32,
        (sender, duplex): (u8, bool),
    ) -> Printable {
        let (ends, name) = match variable {
            Some([first, second]) => (Some([first.as_str(), second]), None),
            Some([name]) => (None, Some(name.as_str())),
            Some(_) => (None, None),
            None => {
                let text = self.line(file, line).unwrap_or_default();
                (ends(text), target(text))
            }
        };
        let base = match (ends, sender) {
            (Some([first, second]), 0) => format!("{first}->{second}"),
            (Some([first, second]), _) => format!("{second}->{first}"),
            (None, _) => {
                let kind = QueueKind::ProcessPipe.word();
                let name = name.map_or_else(|| format!("{kind}:{line}"), str::to_owned);
                match sender {
                    _ if !duplex => name,
                    0 => format!("{name} 0->1"),
                    _ => format!("{name} 1->0"),
                }
            }
        };
        self.unique(base)
    }

    /// This name, with a number if it was given before or asks for one by a `#` at its end.
    pub fn unique(&mut self, base: String) -> Printable {
        let times = self.given.entry(base.clone()).or_default();
        *times += 1;
        // No variable has such a name, so it is no other's.
        let name = match base.strip_suffix('#') {
            Some(base) => format!("{base}#{times}"),
            None if *times == 1 => base,
            None => format!("{base}#{times}"),
        };
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
    if line.starts_with("with ") {
        let (_, name) = line.rsplit_once(" as ")?;
        return name.split(':').next().map(str::trim).filter(is_name);
    }
    let (left, _) = assignment(line)?;
    // Without its annotation; or behind the beginning of a block on the same line.
    let mut parts = [left.split(':').next()?.trim(), left.rsplit(':').next()?.trim()].into_iter();
    parts.find(is_name)
}

/// The two variables that a line assigns the ends of a pipe to.
fn ends(line: &str) -> Option<[&str; 2]> {
    let (left, right) = assignment(line)?;
    let (first, second) = left.rsplit(':').next()?.split_once(',')?;
    let ends = [first, second].map(|end| end.trim_matches([' ', '(', ')']));
    // Of two pipes each variable has one, and no end.
    (ends.iter().all(is_name) && right.matches("Pipe(").count() < 2).then_some(ends)
}

/// Both sides of an assignment.
fn assignment(line: &str) -> Option<(&str, &str)> {
    line.split_once('=').filter(|(_, right)| !right.starts_with('='))
}

/// Whether it is a variable or an attribute, and not too long.
fn is_name(name: &&str) -> bool {
    let word = |part: &str| {
        let mut chars = part.chars();
        chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && chars.all(|c| c.is_alphanumeric() || c == '_')
    };
    name.len() <= NAME && name.split('.').all(word)
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
    fn a_direction_of_a_pipe_is_named_by_the_ends_that_the_line_assigns_to() {
        for (line, expected) in [
            ("here, there = Pipe()", Some(["here", "there"])),
            ("if x: (self.a, b) = mp.Pipe(duplex=False)", Some(["self.a", "b"])),
            ("a, b = Pipe(), Pipe()", None),
            ("pipe = Pipe()", None),
            ("a, b, c = Pipe(), 1", None),
            ("ends = [Pipe() for _ in range(2)]", None),
        ] {
            assert_eq!(ends(line), expected, "{line}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.py");
        std::fs::write(&path, "a, b = Pipe()\npipe = Pipe()\n").unwrap();
        let path = path.to_str().unwrap();
        let mut names = Names::default();
        let mut name =
            |line, sender, both| names.pipe(None, path, line, (sender, both)).to_string();
        assert_eq!([name(1, 0, true), name(1, 1, true)], ["a->b", "b->a"]);
        assert_eq!([name(2, 0, true), name(2, 1, true)], ["pipe 0->1", "pipe 1->0"]);
        assert_eq!([name(1, 1, false), name(2, 1, false)], ["b->a#2", "pipe"]);
        assert_eq!([name(7, 0, true), name(7, 1, false)], ["mp.Pipe:7 0->1", "mp.Pipe:7"]);
    }

    #[test]
    fn two_locks_of_a_line_have_two_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.py");
        std::fs::write(&path, "\nlock = Lock()\n").unwrap();
        let path = path.to_str().unwrap();
        let mut names = Names::default();
        let mut name = |line| names.name(None, path, line, "Lock").to_string();
        assert_eq!([name(2), name(2), name(7), name(0)], ["lock", "lock#2", "Lock:7", "Lock:0"]);
    }

    #[test]
    fn a_variable_that_is_known_is_the_name_whatever_the_line_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.py");
        std::fs::write(&path, "a = Lock(); b = Lock()\n").unwrap();
        let path = path.to_str().unwrap();
        let mut names = Names::default();
        let mut name = |variable: &[&str]| {
            let variable: Vec<_> = variable.iter().map(|name| (*name).to_owned()).collect();
            names.name(Some(&variable), path, 1, "Lock").to_string()
        };
        assert_eq!([name(&["a"]), name(&["b"]), name(&["b"])], ["a", "b", "b#2"]);
        assert_eq!([name(&["c#"]), name(&["c#"]), name(&["c[0]"])], ["c#1", "c#2", "c[0]"]);
        assert_eq!([name(&[]), name(&["x".repeat(41).as_str()])], ["Lock:1", "Lock:1#2"]);
        let ends = ["x".to_owned(), "y".to_owned()];
        assert_eq!(names.pipe(Some(&ends), path, 1, (1, true)).to_string(), "y->x");
        assert_eq!(names.pipe(Some(&ends[..1]), path, 1, (0, true)).to_string(), "x 0->1");
    }
}
