//! The processes of a run: the script's own, and those that it started.
//!
//! ```text
//!   begun       its ring was found: it has a scope, and a name made of its pid
//!   define      it says what it is called, by which process it was started, and how
//!   ended       its parent has waited for it, or the run is over
//! ```
//!
//! A pid may be another process's later, so of two with the same the younger is meant. A process
//! that nothing waits for ends unseen: its exit is then unknown, and is reported as that.

use super::super::facts::{Exit, ProcessReport, StartMethod};
use crate::kit::python::Scope;
use crate::printable::Printable;

/// One process.
#[derive(Debug)]
struct Process {
    pid: u32,
    parent: u32,
    method: StartMethod,
    name: Printable,
    exit: Option<Exit>,
    at_work: Option<Work>,
}

/// A task that a process is at.
#[derive(Clone, Debug)]
pub struct Work {
    pub number: u64,
    pub label: Printable,
    /// Whether its parent's pool does not notice when it is lost; an executor does.
    pub unnoticed: bool,
}

/// All processes in the order of their scopes, the script's own first.
#[derive(Debug, Default)]
pub struct Processes {
    all: Vec<Process>,
}

impl Processes {
    pub fn begun(&mut self, pid: u32) {
        let (method, name) = (StartMethod::Unknown, format!("process {pid}").into());
        let (parent, exit, at_work) = (0, None, None);
        self.all.push(Process { pid, parent, method, name, exit, at_work });
    }

    /// How it was started, by which process, and what it is called if it has a name.
    pub fn define(&mut self, scope: Scope, parent: u32, method: StartMethod, name: Printable) {
        let process = usize::try_from(scope.0).ok().and_then(|at| self.all.get_mut(at));
        if let Some(process) = process {
            (process.parent, process.method) = (parent, method);
            if !name.is_empty() {
                process.name = name;
            }
        }
    }

    /// Whether it is one that the script has started and that still runs, as far as is known.
    pub fn is_child(&self, pid: u32) -> bool {
        self.all.iter().skip(1).any(|process| process.pid == pid && process.exit.is_none())
    }

    /// What a process is at from now on.
    pub fn works_at(&mut self, scope: Scope, work: Option<Work>) {
        if let Some(process) = self.get_mut(scope) {
            process.at_work = work;
        }
    }

    /// A child has ended. Its scope, if it was watched, and what was lost with it. One that ended in
    /// order has no task any more, but the record of that may come later.
    pub fn ended(&mut self, pid: u32, exit: Exit) -> Option<(Scope, Option<Work>)> {
        let scope = self.scope(pid)?;
        let process = self.get_mut(scope)?;
        process.exit = Some(exit);
        Some((scope, process.at_work.clone().filter(|_| exit.code != Some(0))))
    }

    /// The scope of a process by its number in the system.
    pub fn scope(&self, pid: u32) -> Option<Scope> {
        let at = self.all.iter().rposition(|process| process.pid == pid)?;
        Some(Scope(u32::try_from(at).ok()?))
    }

    /// The process that a forked one was copied from. Its locks and queues are copies of that
    /// one's, by the same numbers; `None` of one that was started in any other way, which has made
    /// its own.
    pub fn origin(&self, scope: Scope) -> Option<Scope> {
        let process = self.get(scope).filter(|process| process.method == StartMethod::Fork)?;
        self.scope(process.parent).filter(|parent| *parent != scope)
    }

    pub fn pid(&self, scope: Scope) -> u32 {
        self.get(scope).map_or(0, |process| process.pid)
    }

    pub fn name(&self, scope: Scope) -> Printable {
        self.get(scope).map_or_else(Printable::default, |process| process.name.clone())
    }

    /// The first `most` processes that the script started.
    pub fn reports(&self, most: usize) -> Vec<ProcessReport> {
        let children = self.all.iter().skip(1).take(most);
        let report = |process: &Process| ProcessReport {
            pid: process.pid,
            name: process.name.clone(),
            start_method: process.method,
            exit: process.exit,
            lost: process.exit.and(process.at_work.as_ref()).map(|work| work.label.clone()),
        };
        children.map(report).collect()
    }

    fn get(&self, scope: Scope) -> Option<&Process> {
        self.all.get(usize::try_from(scope.0).ok()?)
    }

    fn get_mut(&mut self, scope: Scope) -> Option<&mut Process> {
        self.all.get_mut(usize::try_from(scope.0).ok()?)
    }
}
