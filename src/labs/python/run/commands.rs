//! What the user does to a script that runs, in the driver thread. Each act is in force before it
//! is reported, so no picture shows what is not so yet.

use std::io;
use std::time::Duration;

use super::super::experiment::watcher::Watcher;
use super::super::facts::Fact;
use super::super::settings::PythonCommand;
use crate::kit::python::{REMOVABLE_LOCKS, Size, Watched};
use crate::lab::TerminalInput;

/// The commands whose effects go on.
#[derive(Debug, Default)]
pub struct Commands {
    /// A bit for each lock that is taken away.
    taken_away: u64,
    /// Processes that were killed since the last look at the records.
    killed: Vec<u32>,
}

impl Commands {
    /// # Errors
    /// If the shim cannot be reached any more.
    pub fn handle(
        &mut self,
        command: PythonCommand,
        watched: &mut Watched,
        watcher: &mut Watcher<'_>,
    ) -> io::Result<()> {
        match command {
            PythonCommand::ToggleLock(lock) => {
                let all = self.taken_away ^ bit(lock);
                watched.take_away(all)?;
                self.taken_away = all;
                watcher.lock_taken(lock, all & bit(lock) != 0);
            }
            PythonCommand::Pause => {
                let running = watched.pause();
                watcher.pause(&running);
            }
            PythonCommand::Resume => {
                watcher.resume();
                watched.resume();
            }
            PythonCommand::Terminal(TerminalInput::Typed(text)) => watched.type_in(&text),
            PythonCommand::Terminal(TerminalInput::Size { columns, rows }) => {
                watched.resize(Size { columns, rows });
            }
            // It is not stepped.
            PythonCommand::Step(_) => {}
            PythonCommand::Kill(pid) => {
                if watcher.processes.is_child(pid) && watched.kill_process(pid) {
                    let name = watcher.processes.scope(pid).map(|it| watcher.processes.name(it));
                    let name = name.unwrap_or_default();
                    watcher.lane.reliable_fact(Fact::Killed { pid, name });
                    self.killed.push(pid);
                }
            }
        }
        Ok(())
    }

    /// The records have been read again: what those that were killed have written is known now,
    /// whether or not their parents have noticed.
    pub fn looked(&mut self, watcher: &mut Watcher<'_>) {
        for pid in self.killed.drain(..) {
            watcher.end_process(pid, -9);
        }
    }
}

/// # Errors
/// As [`Commands::handle`].
pub fn slow(delay: Duration, watched: &mut Watched, watcher: &Watcher<'_>) -> io::Result<()> {
    watched.slow(delay)?;
    watcher.lane.reliable_fact(Fact::Slowed { delay });
    Ok(())
}

/// The bit by which the shim knows a lock; 0 for one that cannot be taken away.
fn bit(lock: u64) -> u64 {
    let at = lock.checked_sub(1).filter(|at| *at < REMOVABLE_LOCKS);
    at.map_or(0, |at| 1 << at)
}
