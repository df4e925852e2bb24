//! A server process that owns lists and dicts, and proxies for them in other processes.
//!
//! What Python's `multiprocessing` calls a Manager. The objects live in one process; others
//! send it calls over a pipe and get answers. A call that fails returns an error of the type
//! that it has on the server, and the server goes on. Nothing is locked: one thread serves one
//! call after the other, so each call is atomic, and two calls in a row are not.
//!
//! ```text
//!   Manager::start          worker process             other processes, threads
//!    listens at `home`
//!    submits Serve(home) ──▶ binds a listener
//!    accepts          ◀───── connects, sends its address
//!    owner ═══════════════▶ serve(listener, owner)  ◀════ Client::connect(address)
//!    dropped: owner closes ─▶ returns; the pool ends      errors: Ended, Connection
//! ```

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
pub use store::{Id, Item, RemoteError};

/// The worker function of the server. A program whose `main` calls [`super::child::enter`] with
/// it can run managers.
pub const WORKER_FNS: &[WorkerFnEntry] = &[WorkerFnEntry::of::<Serve>()];

/// How often [`Manager::start`] checks whether the server's process failed while it waits for
/// its connection. A failure wakes no accept.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Why a manager did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ManagerError {
    /// The call failed on the server, which goes on: `IndexError`, `KeyError` and the like.
    /// Nothing was changed.
    #[error("{}: {}", .0.kind, .0.message)]
    Refused(RemoteError),
    /// The connection to the server failed, or the limit came first. Whether the call was done
    /// is not known then.
    #[error("the manager cannot be asked: {0}")]
    Connection(#[from] PipeError),
    /// What the other side sent does not decode, or answers another question: the two are not
    /// of one version.
    #[error("the manager and its client do not understand each other")]
    Unreadable,
    /// The server's process did not start; the text is the cause that the pool or the server
    /// gave.
    #[error("the manager did not start: {0}")]
    Start(String),
    /// The server has ended, and all that it owned is gone. No later call can succeed.
    #[error("the manager has ended: {0}")]
    Ended(String),
}

impl From<Timeout> for ManagerError {
    fn from(timeout: Timeout) -> Self {
        Self::Connection(timeout.into())
    }
}

impl From<PoolError> for ManagerError {
    fn from(error: PoolError) -> Self {
        Self::Start(error.to_string())
    }
}

/// A server and the process that it runs in; dropping it ends both. Clients in other threads
/// and processes then get [`ManagerError::Connection`].
#[derive(Debug)]
pub struct Manager {
    address: String,
    /// The server ends when this closes: with this value, or with this program, however it
    /// ends.
    _owner: Connection,
    /// A pool with one worker, so that the server starts and ends like every other worker
    /// process.
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
        let mut owner = accept_server(&home, &served, limit)?;
        let address = String::from_utf8(owner.recv(limit)?).ok();
        Ok(Self {
            address: address.ok_or(ManagerError::Unreadable)?,
            _owner: owner,
            process,
            served,
        })
    }

    /// The address to pass to [`Client::connect`], in any process of this user.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A connection of the calling thread's own to the server; each call on it ends with
    /// `limit`.
    ///
    /// # Errors
    /// [`ManagerError::Ended`] if the server is gone.
    pub fn client(&self, limit: Limit) -> Result<Client, ManagerError> {
        let connected = Client::connect(&self.address, limit);
        // After the attempt: a server that ends at this moment may have refused it, and then
        // its end is the better reason.
        match self.end() {
            Some(why) => Err(ManagerError::Ended(why)),
            None => connected,
        }
    }

    /// The pid of the server's process; `None` if the server has ended, even if its process is
    /// still there.
    pub fn pid(&self) -> Option<u32> {
        if self.served.is_done() {
            return None;
        }
        self.process.view().workers.first().map(|one| one.pid)
    }

    /// Why the server has ended, if it has.
    fn end(&self) -> Option<String> {
        let error = self.served.is_done().then(|| self.served.error())?;
        Some(error.map_or_else(|| "its owner closed it".to_owned(), |error| error.to_string()))
    }
}

/// Waits until the server has connected, or has failed. Both are looked for in turn, because
/// neither wakes a wait for the other.
fn accept_server(
    home: &Listener,
    served: &Future<()>,
    limit: &Limit,
) -> Result<Connection, ManagerError> {
    loop {
        let slice = limit.slice()?.min(POLL_INTERVAL);
        match home.accept(&Limit::within(slice)) {
            Err(PipeError::Late(_)) => {}
            accepted => return Ok(accepted?),
        }
        if served.is_done() {
            let why = served.take(limit).err().map(|failure| failure.to_string());
            return Err(ManagerError::Start(why.unwrap_or_else(|| "it ended at once".to_owned())));
        }
    }
}

/// The server as a task of a pool. Its argument is the address at which the owner listens; it
/// runs until the owner is gone.
#[derive(Debug)]
struct Serve;

impl WorkerFn for Serve {
    const NAME: &'static str = "manager.serve";
    type In = String;
    type Out = ();

    fn run(owner: String) -> Result<(), WorkerFnError> {
        let failed = |error: PipeError| WorkerFnError::new("OSError", error.to_string());
        // Bound before the owner gets the address: a client that connects at once is accepted.
        let listener = Listener::bind().map_err(PipeError::System).map_err(failed)?;
        let mut owner = Connection::connect(&owner).map_err(failed)?;
        owner
            .send(listener.address().as_bytes(), &Limit::FOREVER)
            .and_then(|()| server::serve(&listener, owner))
            .map_err(failed)
    }
}
