//! A server process that owns lists and dicts, and proxies for them in other processes.
//!
//! What Python's `multiprocessing` calls a Manager. The objects live in one process; the
//! others ask it over a pipe. An error is returned to the client that asked, with the type
//! that the error has on the server, which lives on. The server ends with its owner.
//!
//! Must not know: who uses the objects, and for what.

mod client;
mod server;
mod store;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use super::child::{WorkerFn, WorkerFnEntry, WorkerFnError};
use super::future::Future;
use super::limit::{Limit, Timeout};
use super::pipe::{Connection, Listener, PipeError};
use super::process_pool::{PoolError, ProcessPool};
pub use client::{Client, Dict, List};
pub use store::{Id, Item, Refusal};

/// What the server's process can do.
pub const JOBS: &[WorkerFnEntry] = &[WorkerFnEntry::of::<Serve>()];

/// How often one looks whether the server's process failed while it starts.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Why a manager did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ManagerError {
    /// The server's own error; it lives on.
    #[error("{}: {}", .0.kind, .0.message)]
    Refused(Refusal),
    /// The line to the server failed, or the limit came first.
    #[error("the manager cannot be asked: {0}")]
    Line(#[from] PipeError),
    /// What was said cannot be read.
    #[error("the manager and its client do not understand each other")]
    Unreadable,
    /// The server's process did not start.
    #[error("the manager did not start: {0}")]
    Start(String),
    /// The server has ended, and all that it owned with it.
    #[error("the manager has ended: {0}")]
    Ended(String),
}

impl From<Timeout> for ManagerError {
    fn from(timeout: Timeout) -> Self {
        Self::Line(timeout.into())
    }
}

impl From<PoolError> for ManagerError {
    fn from(error: PoolError) -> Self {
        Self::Start(error.to_string())
    }
}

/// A server and the process it runs in; dropping it ends both.
#[derive(Debug)]
pub struct Manager {
    address: String,
    /// The server ends when this closes.
    _owner: Connection,
    process: ProcessPool,
    served: Future<()>,
}

impl Manager {
    /// Starts a server in a process of `program`; see [`ProcessPool::builder`].
    ///
    /// # Errors
    /// If it cannot be started, or `limit` ends first.
    pub fn start(program: &Path, limit: &Limit) -> Result<Self, ManagerError> {
        let home = Listener::bind().map_err(PipeError::System)?;
        let process = ProcessPool::builder(program, 1).build()?;
        let served = process.submit::<Serve>(&home.address().to_owned())?;
        let mut owner = meet(&home, &served, limit)?;
        let address = String::from_utf8(owner.recv(limit)?).ok();
        Ok(Self {
            address: address.ok_or(ManagerError::Unreadable)?,
            _owner: owner,
            process,
            served,
        })
    }

    /// The address to pass to [`Client::connect`], in any process.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A line of this thread's own to the server.
    ///
    /// # Errors
    /// [`ManagerError::Ended`] if the server is gone.
    pub fn client(&self, limit: Limit) -> Result<Client, ManagerError> {
        let connected = Client::connect(&self.address, limit);
        match self.end() {
            Some(why) => Err(ManagerError::Ended(why)),
            None => connected,
        }
    }

    /// The server's process; `None` if the server has ended, even if its process is there
    /// still.
    pub fn pid(&self) -> Option<u32> {
        if self.served.is_done() {
            return None;
        }
        self.process.view().workers.first().map(|one| one.pid)
    }

    /// How the server has ended, if it has.
    fn end(&self) -> Option<String> {
        let error = self.served.is_done().then(|| self.served.error())?;
        Some(error.map_or_else(|| "its owner closed it".to_owned(), |error| error.to_string()))
    }
}

/// Waits until the server has connected, or has failed.
fn meet(home: &Listener, served: &Future<()>, limit: &Limit) -> Result<Connection, ManagerError> {
    loop {
        let slice = limit.slice()?.min(POLL_INTERVAL);
        match home.accept(&Limit::within(slice)) {
            Err(PipeError::Late(_)) => {}
            met => return Ok(met?),
        }
        if served.is_done() {
            let why = served.take(limit).err().map(|failure| failure.to_string());
            return Err(ManagerError::Start(why.unwrap_or_else(|| "it ended at once".to_owned())));
        }
    }
}

/// Serves until the owner, who listens at the address, is gone.
#[derive(Debug)]
struct Serve;

impl WorkerFn for Serve {
    const NAME: &'static str = "manager.serve";
    type In = String;
    type Out = ();

    fn run(owner: String) -> Result<(), WorkerFnError> {
        let failed = |error: PipeError| WorkerFnError::new("OSError", error.to_string());
        let listener = Listener::bind().map_err(PipeError::System).map_err(failed)?;
        let mut owner = Connection::connect(&owner).map_err(failed)?;
        owner
            .send(listener.address().as_bytes(), &Limit::default())
            .and_then(|()| server::serve(&listener, owner))
            .map_err(failed)
    }
}
