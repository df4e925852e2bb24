//! The shim's files, and the folder of one run: the shim in it, and what it writes.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each file of the shim, by its path below the folder that Python looks into.
const FILES: &[(&str, &str)] = &[
    ("sitecustomize.py", include_str!("../../../assets/python/shim/sitecustomize.py")),
    (
        "threadbare_shim/__init__.py",
        include_str!("../../../assets/python/shim/threadbare_shim/__init__.py"),
    ),
    (
        "threadbare_shim/clock.py",
        include_str!("../../../assets/python/shim/threadbare_shim/clock.py"),
    ),
    (
        "threadbare_shim/code.py",
        include_str!("../../../assets/python/shim/threadbare_shim/code.py"),
    ),
    (
        "threadbare_shim/executors.py",
        include_str!("../../../assets/python/shim/threadbare_shim/executors.py"),
    ),
    (
        "threadbare_shim/hooks.py",
        include_str!("../../../assets/python/shim/threadbare_shim/hooks.py"),
    ),
    (
        "threadbare_shim/lists.py",
        include_str!("../../../assets/python/shim/threadbare_shim/lists.py"),
    ),
    (
        "threadbare_shim/locks.py",
        include_str!("../../../assets/python/shim/threadbare_shim/locks.py"),
    ),
    (
        "threadbare_shim/pools.py",
        include_str!("../../../assets/python/shim/threadbare_shim/pools.py"),
    ),
    (
        "threadbare_shim/processes.py",
        include_str!("../../../assets/python/shim/threadbare_shim/processes.py"),
    ),
    (
        "threadbare_shim/queues.py",
        include_str!("../../../assets/python/shim/threadbare_shim/queues.py"),
    ),
    (
        "threadbare_shim/ring.py",
        include_str!("../../../assets/python/shim/threadbare_shim/ring.py"),
    ),
    (
        "threadbare_shim/sync.py",
        include_str!("../../../assets/python/shim/threadbare_shim/sync.py"),
    ),
    (
        "threadbare_shim/threads.py",
        include_str!("../../../assets/python/shim/threadbare_shim/threads.py"),
    ),
];
/// Where a mapped file costs no disk; else the folder for temporary files is taken.
const MEMORY: &str = "/dev/shm";
/// Names that are tried for a folder before giving up.
const TRIES: usize = 16;

/// The folder of a run, for its user alone; it vanishes when this is dropped.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes the folder and writes the shim into it.
    ///
    /// # Errors
    /// If there is no room for it.
    pub fn create() -> io::Result<Self> {
        let folder = Self::make()?;
        let private = |path: &Path| DirBuilder::new().mode(0o700).create(path);
        private(&folder.path.join("shim"))?;
        private(&folder.path.join("shim/threadbare_shim"))?;
        for (name, text) in FILES {
            fs::write(folder.path.join("shim").join(name), text)?;
        }
        Ok(folder)
    }

    fn make() -> io::Result<Self> {
        let memory = Path::new(MEMORY);
        let below = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let mut taken = io::Error::other("no free name");
        for _ in 0..TRIES {
            let name = format!("threadbare-{}-{:08x}", std::process::id(), rand::random::<u32>());
            let path = below.join(name);
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lets the interpreter that `command` starts find the shim, before anything else that it
    /// would find. The shim takes both variables back before the script runs.
    pub fn let_in(&self, command: &mut Command) {
        let mut path = OsString::from(self.path.join("shim"));
        if let Some(before) = std::env::var_os("PYTHONPATH").filter(|path| !path.is_empty()) {
            path.push(":");
            path.push(before);
        }
        command.env("PYTHONPATH", path).env("THREADBARE_RUN", &self.path);
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}
