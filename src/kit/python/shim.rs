//! The shim's files, and the folder of one run: what it writes.
//!
//! The files are kept in the user's cache, so that the interpreter compiles them once and not at
//! each start, which would take longer than all else that the shim does there. Where there is no
//! cache, they stand in the folder of the run.
//!
//! ```text
//!   ~/.cache/threadbare/shim-HASH/       the files, one folder for each version of them
//!     sitecustomize.py                   what the interpreter imports by itself at its start
//!     threadbare_shim/...
//!   /dev/shm/threadbare-run-PID-RANDOM/  the folder of a run, removed at its end
//!     ring.PID, definitions.PID          of each process of the script, as long as it runs
//!     shared/NAME                        which tool a semaphore, pipe, value or proxy belongs to
//!     places                             if each record shall say where the script is
//!     delay                              how long threads wait after each record at first
//!     full, crowded                      no more processes are followed; one had no room
//!     explore, trace                     if its threads are scheduled: a request, and what was done
//!     refused                            the interpreter, if it is none that can be watched
//! ```
//!
//! `sitecustomize` is the one way in that needs no file of the user's to be changed, that works in
//! virtual environments, and that children of every start method inherit. An interpreter with
//! `-I`, `-E` or `-S` does not look there, which is reported and not worked around.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use etcetera::BaseStrategy;
use rustix::fs::{FlockOperation, OFlags, StatVfs, flock, statvfs};
use rustix::process::geteuid;

use crate::kit::explore::Key;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../assets/python/shim/", $name)))),*]
    };
}

/// Each file of the shim, by its path below the folder that Python looks into.
const FILES: &[(&str, &str)] = files![
    "sitecustomize.py",
    "threadbare_shim/__init__.py",
    "threadbare_shim/clock.py",
    "threadbare_shim/code.py",
    "threadbare_shim/connections.py",
    "threadbare_shim/executors.py",
    "threadbare_shim/follower.py",
    "threadbare_shim/hooks.py",
    "threadbare_shim/instructions.py",
    "threadbare_shim/kinds.py",
    "threadbare_shim/lists.py",
    "threadbare_shim/locks.py",
    "threadbare_shim/looks.py",
    "threadbare_shim/managers.py",
    "threadbare_shim/marks.py",
    "threadbare_shim/numbers.py",
    "threadbare_shim/pools.py",
    "threadbare_shim/process_locks.py",
    "threadbare_shim/process_queues.py",
    "threadbare_shim/process_tools.py",
    "threadbare_shim/process_values.py",
    "threadbare_shim/processes.py",
    "threadbare_shim/queues.py",
    "threadbare_shim/ring.py",
    "threadbare_shim/sync.py",
    "threadbare_shim/symbols.py",
    "threadbare_shim/threads.py",
    "threadbare_shim/variables.py",
    "threadbare_shim/control/__init__.py",
    "threadbare_shim/control/bytecode.py",
    "threadbare_shim/control/clock.py",
    "threadbare_shim/control/ending.py",
    "threadbare_shim/control/gates.py",
    "threadbare_shim/control/known.py",
    "threadbare_shim/control/locks.py",
    "threadbare_shim/control/operands.py",
    "threadbare_shim/control/policy.py",
    "threadbare_shim/control/processes.py",
    "threadbare_shim/control/scheduler.py",
    "threadbare_shim/control/server.py",
    "threadbare_shim/control/threads.py",
    "threadbare_shim/control/tools.py",
    "threadbare_shim/control/trace.py",
    "threadbare_shim/control/values.py",
];
/// Where a mapped file costs no disk, if there is this much room: for the rings of 16 processes.
/// Else the folder for temporary files is taken.
const MEMORY: &str = "/dev/shm";
const ROOM: u64 = 64 << 20;
/// What the name of each run's folder begins with.
const PREFIX: &str = "threadbare-run-";
/// Names that are tried for a folder before giving up.
const TRIES: usize = 16;
/// Bytes that are read of a reason why the interpreter was refused.
const REASON: u64 = 100;

/// The folder of a run, for its user alone; it vanishes when this is dropped. In memory where
/// there is room: what a script writes there is then no disk's business, and a record is as cheap
/// as a store.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    shim: PathBuf,
    /// The folder itself, locked as long as its run lives, however that ends.
    _lock: File,
}

impl RunFolder {
    /// Makes the folder and writes the shim into it.
    ///
    /// # Errors
    /// If there is no room for it.
    pub fn create() -> io::Result<Self> {
        let room = |about: StatVfs| about.f_bavail.saturating_mul(about.f_frsize);
        let memory = statvfs(MEMORY).is_ok_and(|about| room(about) >= ROOM);
        let memory = memory.then(|| Self::make(Path::new(MEMORY)));
        let mut folder = match memory {
            Some(Ok(folder)) => folder,
            _ => Self::make(&std::env::temp_dir())?,
        };
        if let Some(cached) = cache().and_then(|cache| in_cache(&cache)) {
            folder.shim = cached;
        } else {
            write_to(&folder.shim)?;
        }
        Ok(folder)
    }

    fn make(below: &Path) -> io::Result<Self> {
        remove_left_behind(below);
        let mut taken = io::Error::other("no free name");
        for _ in 0..TRIES {
            let name = format!("{PREFIX}{}-{:08x}", std::process::id(), rand::random::<u32>());
            let path = below.join(name);
            match DirBuilder::new().mode(0o700).create(&path) {
                // Before it is locked, it may be taken for one that was left behind.
                Ok(()) => match lock(&path) {
                    Ok(lock) => return Ok(Self { shim: path.join("shim"), path, _lock: lock }),
                    Err(error) => taken = error,
                },
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    /// Where the shim writes, and where requests to it are left before it starts.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves what each process is asked for from its first record on: that a record has its place,
    /// and how long its thread waits after it, in nanoseconds.
    ///
    /// # Errors
    /// If there is no room.
    pub fn request(&self, places: bool, delay: u64) -> io::Result<()> {
        if places {
            fs::write(self.path.join("places"), "")?;
        }
        if delay > 0 { fs::write(self.path.join("delay"), delay.to_string()) } else { Ok(()) }
    }

    /// The interpreter, if it is one that was refused: the script has not run.
    pub fn refused(&self) -> Option<String> {
        let file = open_foreign(&self.path.join("refused"), false).ok()?;
        let mut text = Vec::new();
        file.take(REASON).read_to_end(&mut text).ok()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    /// Lets the interpreter that `command` starts find the shim, before anything else that it
    /// would find. The shim takes both variables back before the script runs.
    pub fn let_in(&self, command: &mut Command) {
        let mut path = OsString::from(&self.shim);
        if let Some(before) = std::env::var_os("PYTHONPATH").filter(|path| !path.is_empty()) {
            path.push(":");
            path.push(before);
        }
        command.env("PYTHONPATH", path).env("THREADBARE_RUN", &self.path);
    }
}

/// The processes that have, or had, a ring in the folder of a run.
///
/// # Errors
/// If the folder cannot be read.
pub fn writers(folder: &Path) -> io::Result<impl Iterator<Item = u32>> {
    let number = |name: &OsStr| name.to_str()?.strip_prefix("ring.")?.parse().ok();
    Ok(fs::read_dir(folder)?.flatten().filter_map(move |entry| number(&entry.file_name())))
}

/// Locks a folder, as long as the file is open.
fn lock(folder: &Path) -> io::Result<File> {
    let file = File::open(folder)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    Ok(file)
}

/// Removes what runs of this user have left that were killed.
fn remove_left_behind(below: &Path) {
    for entry in fs::read_dir(below).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        let is_own =
            || entry.metadata().is_ok_and(|it| it.is_dir() && it.uid() == geteuid().as_raw());
        if is_ours && is_own() && lock(&entry.path()).is_ok() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Opens a file in the folder of a run, which a script may have put there: no link is followed,
/// and no other end of a pipe waited for.
pub fn open_foreign(path: &Path, write: bool) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    OpenOptions::new().read(true).write(write).custom_flags(flags).open(path)
}

/// Where this program's files may be kept for the user; `None` if the system names no folder.
fn cache() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.cache_dir().join("threadbare"))
}

/// The folder of this version's files in a cache, made if there is none. `None` if it cannot be
/// used: not by this user alone, or with other contents.
fn in_cache(cache: &Path) -> Option<PathBuf> {
    let folder = cache.join(format!("shim-{:016x}", fingerprint()));
    if !folder.exists() {
        DirBuilder::new().recursive(true).mode(0o700).create(cache).ok()?;
        // Complete before it has its name, because others may make it at the same time.
        let new = cache.join(format!("new-{}-{:08x}", std::process::id(), rand::random::<u32>()));
        let made = write_to(&new).and_then(|()| fs::rename(&new, &folder));
        if made.is_err() {
            let _ = fs::remove_dir_all(&new);
        }
    }
    let about = fs::symlink_metadata(&folder).ok()?;
    let own = about.is_dir() && about.uid() == geteuid().as_raw() && about.mode() & 0o777 == 0o700;
    let same = |(name, text): &(&str, &str)| {
        fs::read(folder.join(name)).is_ok_and(|read| read == text.as_bytes())
    };
    (own && FILES.iter().all(same)).then_some(folder)
}

/// Differs between versions of the files.
fn fingerprint() -> u64 {
    let mut key = Key::default();
    for (name, text) in FILES {
        key.take_text(name);
        key.take_text(text);
    }
    key.short()
}

/// Writes the files into a new folder, for its user alone.
fn write_to(folder: &Path) -> io::Result<()> {
    for (name, text) in FILES {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_files_are_those_of_the_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/python/shim");
        let (mut folders, mut found) = (vec![root.clone()], Vec::new());
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "py") {
                    found.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        found.sort();
        let mut names: Vec<_> = FILES.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        assert_eq!(names, found);
    }

    #[test]
    fn what_killed_runs_left_is_removed_and_nothing_else() {
        let below = tempfile::tempdir().unwrap();
        let [left, other] = ["threadbare-run-1-0", "something"].map(|name| below.path().join(name));
        fs::create_dir_all(left.join("deep")).unwrap();
        fs::create_dir(&other).unwrap();
        let first = RunFolder::make(below.path()).unwrap();
        assert!(!left.exists() && other.exists());
        let second = RunFolder::make(below.path()).unwrap();
        assert!(first.path().exists() && second.path().exists());
    }

    #[test]
    fn the_cache_is_used_only_by_its_user_alone_and_with_the_right_contents() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("deep/cache");
        let made = in_cache(&cache).unwrap();
        assert!(made.join("sitecustomize.py").is_file());
        // The compiled files of an interpreter do no harm.
        fs::create_dir(made.join("__pycache__")).unwrap();
        assert_eq!(in_cache(&cache), Some(made.clone()));
        assert_eq!(fs::read_dir(&cache).unwrap().count(), 1);
        fs::set_permissions(&made, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(in_cache(&cache), None);
        fs::set_permissions(&made, fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(made.join("threadbare_shim/ring.py"), "other").unwrap();
        assert_eq!(in_cache(&cache), None);
        assert_eq!(in_cache(Path::new("/proc/none")), None);
    }
}
