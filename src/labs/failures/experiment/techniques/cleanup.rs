//! Cleanup that always runs: what is taken is given back on every way out, a panic
//! included.
//!
//! A thread takes a lock, writes a file and panics. With guards both are gone afterwards,
//! because unwinding drops what the frames own. With the cleanup in the last lines, both
//! stay: the panic never reaches them.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Technique, TechniqueContext, TechniqueOutcome, in_a_thread};
use crate::kit::clock::monotonic_ns;
use crate::kit::panics::capture;
use crate::kit::rlock::RLock;

pub static TECHNIQUE: Technique = Technique {
    name: "cleanup",
    title: "Cleanup that always runs",
    promise: "Locks are released and files removed on every way out, an exception included.",
    rust: "let _lock = lock.lock()?; let _file = Scratch::new()?; // Drop does it",
    python: "with lock, tempfile.TemporaryFile() as file: ...",
    run,
};

const TIMEOUT: Duration = Duration::from_millis(50);

fn run(_context: &TechniqueContext<'_>) -> io::Result<TechniqueOutcome> {
    let folder = Folder::new()?;
    let (released, removed) = with_guards(&folder.0.join("guarded"))?;
    let (still_released, still_removed) = by_hand(&folder.0.join("by-hand"))?;
    let word = |yes, done: &str, not: &str| (if yes { done } else { not }).to_owned();
    Ok(TechniqueOutcome {
        worked: released && removed && !still_released && !still_removed,
        evidence: format!(
            "after an exception in the middle: the lock was {}, the file {}",
            word(released, "free", "still taken"),
            word(removed, "gone", "still there")
        ),
        without: format!(
            "with cleanup as the last lines: the lock was {} after {} ms of waiting, the file {}",
            word(still_released, "free", "still taken"),
            TIMEOUT.as_millis(),
            word(still_removed, "gone", "still there")
        ),
    })
}

/// A folder of this run's own, removed with all that is in it: also with the file that
/// the experiment leaves on purpose.
struct Folder(PathBuf);

impl Folder {
    /// Pid and time in the name: several runs may be under way at once.
    fn new() -> io::Result<Self> {
        let name = format!("threadbare-{}-{}", std::process::id(), monotonic_ns());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Scratch(PathBuf);

impl Scratch {
    fn new(path: &Path) -> io::Result<Self> {
        std::fs::write(path, "half done")?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // An error could be reported to no caller here, and the folder is removed anyway.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Panics with a lock and a file; returns whether the lock is free afterwards, and the
/// file gone.
fn with_guards(path: &Path) -> io::Result<(bool, bool)> {
    let lock = RLock::new("lock");
    let work = || -> io::Result<()> {
        let _lock = lock.lock().map_err(|_| io::ErrorKind::Interrupted)?;
        let _file = Scratch::new(path)?;
        panic!("in the middle");
    };
    inspect(in_a_thread(|| capture(work))?, &lock, path)
}

/// The same with the cleanup in the last two lines, which a panic does not reach. The
/// file is removed afterwards, once it was seen that it is still there.
fn by_hand(path: &Path) -> io::Result<(bool, bool)> {
    let lock = RLock::new("lock");
    let work = || -> io::Result<()> {
        lock.acquire().map_err(|_| io::ErrorKind::Interrupted)?;
        std::fs::write(path, "half done")?;
        // A panic that the compiler cannot foresee, or it would warn of the lines after
        // it.
        assert!(!std::hint::black_box(true), "in the middle");
        std::fs::remove_file(path)?;
        lock.release().map_err(io::Error::other)
    };
    let seen = inspect(in_a_thread(|| capture(work))?, &lock, path)?;
    std::fs::remove_file(path)?;
    Ok(seen)
}

/// Whether the lock is free and the file gone after the work has panicked, as it must.
fn inspect<T>(
    ended: Result<io::Result<T>, crate::kit::panics::Panic>,
    lock: &RLock,
    path: &Path,
) -> io::Result<(bool, bool)> {
    match ended {
        Err(_) => Ok((is_free(lock)?, !path.exists())),
        Ok(Err(error)) => Err(error),
        Ok(Ok(_)) => Err(io::Error::other("it should have raised an exception")),
    }
}

/// Whether another thread gets the lock. Another one, because the lock is reentrant: the
/// thread that has it would always get it.
fn is_free(lock: &RLock) -> io::Result<bool> {
    in_a_thread(|| matches!(lock.acquire_timeout(TIMEOUT), Ok(true)))
}
