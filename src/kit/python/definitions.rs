//! What the records refer to: threads, locks, exceptions. One a line, its fields separated by
//! tabs, in a file that only grows.
//!
//! ```text
//!   thread<TAB>3<TAB>worker<TAB>0<TAB>adder-1
//!   lock<TAB>1<TAB>lock<TAB>12<TAB>bank.py
//!   raised<TAB>3<TAB>KeyError<TAB>'x'<TAB>40<TAB>bank.py
//! ```
//!
//! `\t`, `\n`, `\r` and `\\` in a field stand for what they stand for in Python. A definition is
//! written before the first record that refers to it, by the thread that emits that, in one call
//! of `write(2)` to a file opened for appending: so lines of several threads do not mix, and
//! a reader that takes the ring first and then this file has all that the records need.
//!
//! The file is foreign: lines that mean nothing are left out, and it is read up to a limit.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::record::TaskId;
use super::scope::Scope;
use super::shim::open_foreign;

/// Bytes that are read of the file at most; the shim stops before, and reports that.
const LONGEST: u64 = 16 << 20;
/// Bytes that are read at once. There are none at most looks.
const CHUNK: usize = 4096;

/// A line of the file. Its texts are as the script has them, up to 200 characters each: they are
/// made [`crate::printable::Printable`] before they come to a screen. `line` and `file` are the
/// place in the script's own code, 0 and empty where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Definition {
    Python {
        version: String,
        implementation: String,
        gil: bool,
    },
    Thread {
        thread: u64,
        role: String,
        daemon: bool,
        name: String,
    },
    /// What the script calls the thing that has this number, and is defined right after: by the
    /// bytecode that stores it. Both ends of a pipe may have a name of their own; of what is
    /// stored nowhere there is none. A `#` at the end: somewhere in the container of this name.
    Variable {
        number: u64,
        names: Vec<String>,
    },
    Lock {
        lock: u64,
        kind: String,
        line: u32,
        file: String,
    },
    /// `size` is how many items it holds at most; 0 if there is no limit.
    Queue {
        queue: u64,
        kind: String,
        size: u64,
        line: u32,
        file: String,
    },
    /// A value or an array that processes share; the names of its fields if it is a structure.
    Value {
        value: u64,
        kind: String,
        fields: Vec<String>,
        line: u32,
        file: String,
    },
    /// One direction of a pipe: from the end of this position among the two that the script got.
    Pipe {
        queue: u64,
        sender: u8,
        /// Whether the other direction is a queue, too.
        duplex: bool,
        line: u32,
        file: String,
    },
    /// `kind` is what its workers are: threads or processes.
    Executor {
        executor: u64,
        kind: String,
        workers: u32,
        line: u32,
        file: String,
    },
    /// A file of the script's own.
    File {
        file: u64,
        name: String,
    },
    /// The name of a function that runs as a task.
    Function {
        function: u64,
        name: String,
    },
    /// A list, by the variable that holds it.
    List {
        list: u64,
        name: String,
        /// Its length before it was watched, if that is known.
        size: Option<u64>,
    },
    /// The exception that ended a task.
    Failed {
        task: TaskId,
        kind: String,
        text: String,
        line: u32,
        file: String,
    },
    /// The exception that ended a thread, and the script's line that raised it.
    Raised {
        thread: u64,
        kind: String,
        text: String,
        line: u32,
        file: String,
    },
    /// The process that this file is of, and the process that started it, by its number. `method`
    /// is how: a start method of `multiprocessing`, `subprocess`, or `helper` for a process of the
    /// library's own.
    Process {
        parent: u32,
        method: String,
        name: String,
    },
    /// How a child ended; a negative code is a signal.
    Exit {
        pid: u32,
        code: i32,
    },
    /// A pool of processes, or of threads.
    Pool {
        pool: u64,
        line: u32,
        file: String,
    },
    PoolSize {
        pool: u64,
        size: u32,
        method: String,
    },
    /// What has this number here is what another process has made: by that one's pid, and by its
    /// number there, which means something only together with the pid.
    Same {
        number: u64,
        pid: u32,
        first: u64,
    },
    /// What the shim cannot see.
    NotWatched {
        what: String,
    },
}

/// The file of one process, and how far it was read. Only complete lines count: the end of the
/// last one may not have been written yet.
#[derive(Debug)]
pub struct Definitions {
    file: File,
    position: u64,
    /// Of a line that was not complete.
    begun: Vec<u8>,
    scope: Scope,
}

impl Definitions {
    /// # Errors
    /// If there is no such file.
    pub fn open(path: &Path, scope: Scope) -> io::Result<Self> {
        let file = open_foreign(path, false)?;
        Ok(Self { file, position: 0, begun: Vec::new(), scope })
    }

    /// Adds the lines that were written since the last time.
    ///
    /// # Errors
    /// If the file cannot be read any more.
    pub fn read(&mut self, definitions: &mut Vec<Definition>) -> io::Result<()> {
        let mut bytes = [0; CHUNK];
        while self.position < LONGEST {
            let count = self.file.read_at(&mut bytes, self.position)?;
            if count == 0 {
                break;
            }
            self.position += count as u64;
            self.begun.extend_from_slice(&bytes[..count]);
            let Some(end) = self.begun.iter().rposition(|byte| *byte == b'\n') else {
                continue;
            };
            let rest = self.begun.split_off(end + 1);
            let lines = std::mem::replace(&mut self.begun, rest);
            Definition::read_all(&lines, self.scope, definitions);
        }
        Ok(())
    }
}

impl Definition {
    /// Reads lines, and leaves out those that mean nothing.
    pub fn read_all(lines: &[u8], scope: Scope, definitions: &mut Vec<Self>) {
        let lines = String::from_utf8_lossy(lines);
        definitions.extend(lines.lines().filter_map(|line| Self::read(line, scope)));
    }

    fn read(line: &str, scope: Scope) -> Option<Self> {
        let of = |number: &str| Some(scope.number(number.parse().ok()?));
        let fields: Vec<_> = line.split('\t').map(unescaped).collect();
        let fields: Vec<_> = fields.iter().map(String::as_str).collect();
        Some(match *fields.as_slice() {
            ["python", version, implementation, gil, ..] => Self::Python {
                version: version.to_owned(),
                implementation: implementation.to_owned(),
                gil: gil == "1",
            },
            ["thread", thread, role, daemon, name] => Self::Thread {
                thread: of(thread)?,
                role: role.to_owned(),
                daemon: daemon == "1",
                name: name.to_owned(),
            },
            ["variable", number, ref names @ ..] => Self::Variable {
                number: of(number)?,
                names: names.iter().map(|name| (*name).to_owned()).collect(),
            },
            ["lock", lock, kind, line, file] => Self::Lock {
                lock: of(lock)?,
                kind: kind.to_owned(),
                line: line.parse().ok()?,
                file: file.to_owned(),
            },
            ["queue", queue, kind, size, line, file] => Self::Queue {
                queue: of(queue)?,
                kind: kind.to_owned(),
                size: size.parse().unwrap_or_default(),
                line: line.parse().ok()?,
                file: file.to_owned(),
            },
            ["value", value, kind, fields, line, file] => Self::Value {
                value: of(value)?,
                kind: kind.to_owned(),
                fields: fields.split_terminator(',').map(str::to_owned).collect(),
                line: line.parse().ok()?,
                file: file.to_owned(),
            },
            ["pipe", queue, sender, duplex, line, file] => Self::Pipe {
                queue: of(queue)?,
                sender: sender.parse().ok()?,
                duplex: duplex == "1",
                line: line.parse().ok()?,
                file: file.to_owned(),
            },
            ["executor", executor, kind, workers, line, file] => Self::Executor {
                executor: of(executor)?,
                kind: kind.to_owned(),
                workers: workers.parse().unwrap_or_default(),
                line: line.parse().ok()?,
                file: file.to_owned(),
            },
            ["function", function, name] => {
                Self::Function { function: of(function)?, name: name.to_owned() }
            }
            ["file", file, name] => Self::File { file: of(file)?, name: name.to_owned() },
            ["list", list, name, size] => {
                Self::List { list: of(list)?, name: name.to_owned(), size: size.parse().ok() }
            }
            ["failed", executor, index, kind, text, line, file] => Self::Failed {
                task: TaskId { executor: of(executor)?, index: index.parse().ok()? },
                kind: kind.to_owned(),
                text: text.to_owned(),
                line: line.parse().ok()?,
                file: file.to_owned(),
            },
            ["raised", thread, kind, text, line, file] => Self::Raised {
                thread: of(thread)?,
                kind: kind.to_owned(),
                text: text.to_owned(),
                line: line.parse().ok()?,
                file: file.to_owned(),
            },
            ["process", parent, method, name] => Self::Process {
                parent: parent.parse().ok()?,
                method: method.to_owned(),
                name: name.to_owned(),
            },
            ["exit", pid, code] => Self::Exit { pid: pid.parse().ok()?, code: code.parse().ok()? },
            ["pool", pool, "pool", line, file] => {
                Self::Pool { pool: of(pool)?, line: line.parse().ok()?, file: file.to_owned() }
            }
            ["pool_size", pool, size, method] => Self::PoolSize {
                pool: of(pool)?,
                size: size.parse().ok()?,
                method: method.to_owned(),
            },
            ["same", number, pid, first] => Self::Same {
                number: of(number)?,
                pid: pid.parse().ok()?,
                first: first.parse().ok()?,
            },
            ["unwatched", what] => Self::NotWatched { what: what.to_owned() },
            _ => return None,
        })
    }
}

/// A field without the escapes that keep it on its line.
pub fn unescaped(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut chars = field.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '\\' => match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            },
            c => c,
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_meant_and_one_without_meaning_is_left_out() {
        let read = |line| Definition::read(line, Scope(0));
        let lock = Definition::Lock {
            lock: 3,
            kind: "rlock".to_owned(),
            line: 12,
            file: "a\tb\\c\n.py".to_owned(),
        };
        assert_eq!(read("lock\t3\trlock\t12\ta\\tb\\\\c\\n.py"), Some(lock));
        let variable = |names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            Some(Definition::Variable { number: 3, names })
        };
        assert_eq!(read("variable\t3"), variable(&[]));
        assert_eq!(read("variable\t3\ta\tb"), variable(&["a", "b"]));
        let pool = Definition::Pool { pool: 3, line: 7, file: "x.py".to_owned() };
        assert_eq!(read("pool\t3\tpool\t7\tx.py"), Some(pool));
        let (line, file) = (7, "x.py".to_owned());
        let pipe = Definition::Pipe { queue: 3, sender: 1, duplex: true, line, file };
        assert_eq!(read("pipe\t3\t1\t1\t7\tx.py"), Some(pipe));
        let fields = vec!["x".to_owned(), "y".to_owned()];
        let (kind, file) = ("multiprocessing.value".to_owned(), "x.py".to_owned());
        let value = Definition::Value { value: 3, kind, fields, line, file };
        assert_eq!(read("value\t3\tmultiprocessing.value\tx,y\t7\tx.py"), Some(value));
        let exit = Definition::Exit { pid: 9, code: -15 };
        assert_eq!(read("exit\t9\t-15"), Some(exit));
        let same = Definition::Same { number: 2, pid: 9, first: 3 };
        assert_eq!(read("same\t2\t9\t3"), Some(same));
        for line in ["", "lock", "lock\t-1\tlock\t1\tx", "lock\t1\tlock\t1", "other\t1", "\\"] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn a_line_is_taken_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("definitions");
        std::fs::write(&path, "unwatched\tone\nunwatched\tt").unwrap();
        let mut definitions = Definitions::open(&path, Scope(0)).unwrap();
        let mut read = || {
            let mut found = Vec::new();
            definitions.read(&mut found).unwrap();
            found
        };
        let what = |what: &str| Definition::NotWatched { what: what.to_owned() };
        assert_eq!(read(), [what("one")]);
        std::fs::write(&path, "unwatched\tone\nunwatched\ttwo\n").unwrap();
        assert_eq!(read(), [what("two")]);
        assert_eq!(read(), []);
    }
}
