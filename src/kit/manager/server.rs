//! The server: one thread that owns the objects and answers every client that connects.
//!
//! With one thread each call is atomic without a lock. The server goes on after mistakes of its
//! clients and at its own limits: what goes wrong with one client ends that client's
//! connection, and a client that the server has no descriptor for is refused with the system's
//! reason.

use std::fs::File;
use std::time::{Duration, Instant};

use super::store::{Answer, Call, RemoteError, Store};
use crate::kit::limit::Limit;
use crate::kit::panics;
use crate::kit::pipe::{Connection, Listener, PipeError, Source, wait};

/// A client that does not take its answer for this long is dropped. The server has one thread,
/// so the others wait meanwhile.
const SEND_TIMEOUT: Duration = Duration::from_secs(2);
/// How long no client is accepted after the system has refused one. The listener stays readable
/// all the time, so without a pause the server would try again at full speed.
const PAUSE: Duration = Duration::from_millis(50);

/// What the server sends back for each call.
pub type Reply = Result<Answer, RemoteError>;

/// Serves until `owner` closes, or its process is gone.
///
/// # Errors
/// If the system refuses to wait.
pub fn serve(listener: &Listener, owner: Connection) -> Result<(), PipeError> {
    Server { store: Store::default(), clients: Vec::new(), spare: spare(), paused: None }.serve(
        listener,
        owner,
        || listener.accept(&Limit::now()),
    )
}

struct Server {
    store: Store,
    clients: Vec<Connection>,
    /// A descriptor kept free. Given up for a moment, it lets a client be accepted that can
    /// only learn that there is no room; left waiting, that client would keep the listener
    /// readable.
    spare: Option<File>,
    /// Until when no client is accepted; see [`PAUSE`].
    paused: Option<Instant>,
}

impl Server {
    /// The loop. `accept` takes the next client from the listener; a test passes one that
    /// fails.
    fn serve(
        mut self,
        listener: &Listener,
        mut owner: Connection,
        mut accept: impl FnMut() -> Result<Connection, PipeError>,
    ) -> Result<(), PipeError> {
        loop {
            let left = self.paused.map(|until| until.saturating_duration_since(Instant::now()));
            // The places are 0 for the owner, 1 for the listener if it is asked, and then the
            // clients.
            let mut sources = vec![Source::Message(&mut owner)];
            let accepting = left.is_none_or(|left| left.is_zero());
            if accepting {
                sources.push(Source::Caller(listener));
            }
            let first = sources.len();
            sources.extend(self.clients.iter_mut().map(Source::Message));
            let limit = match left {
                Some(left) if !accepting => Limit::within(left),
                _ => Limit::FOREVER,
            };
            let ready = match wait(&mut sources, &limit) {
                // The pause is over; the default limit has no end.
                Err(PipeError::Late(_)) => continue,
                ready => ready?,
            };
            // From the last one down: a removal moves only those behind it.
            for at in ready.into_iter().rev() {
                match at {
                    // The owner sends nothing after the address, so what is ready is the end.
                    0 => return Ok(()),
                    at if at >= first => self.answer(at - first),
                    _ => self.admit(&mut accept),
                }
            }
        }
    }

    /// Answers one call of the client at this place, or drops the client.
    fn answer(&mut self, at: usize) {
        if handle_request(&mut self.clients[at], &mut self.store).is_err() {
            self.clients.remove(at);
        }
    }

    /// Accepts a client; without a descriptor for it, gives up the spare one to refuse it. If
    /// even that fails, no client is accepted for a moment.
    fn admit(&mut self, accept: &mut impl FnMut() -> Result<Connection, PipeError>) {
        let error = match accept() {
            Ok(client) => return self.clients.push(client),
            // Sent away: another user's.
            Err(PipeError::Late(_)) => return,
            Err(error) => error,
        };
        // The descriptor that this frees may be the one that is missing.
        self.spare = None;
        match accept() {
            Ok(mut client) => {
                let refusal: Reply = Err(RemoteError::new("OSError", error.to_string()));
                let refusal = serde_json::to_vec(&refusal).unwrap_or_default();
                // The socket is new and its buffer empty, so these few bytes go without a wait.
                // If they do not, the client sees a closed connection.
                let _ = client.send(&refusal, &Limit::now());
            }
            Err(_) => self.paused = Some(Instant::now() + PAUSE),
        }
        self.spare = spare();
    }
}

/// Opens something that costs nothing but a descriptor; `None` if there is none, and then the
/// next attempt may succeed.
fn spare() -> Option<File> {
    File::open("/dev/null").ok()
}

/// Answers one call of a client that has sent one.
///
/// # Errors
/// If the client is gone, or does not take its answer in time.
fn handle_request(client: &mut Connection, store: &mut Store) -> Result<(), PipeError> {
    let call = client.recv(&Limit::now())?;
    // A panic while one call is served is an error of that call; the objects of the others
    // stay.
    let reply = panics::capture(|| answer(store, &call))
        .unwrap_or_else(|panic| Err(RemoteError::new("panic", &*panic.message)));
    let reply = serde_json::to_vec(&reply).map_err(std::io::Error::from);
    client.send(&reply.map_err(PipeError::System)?, &Limit::within(SEND_TIMEOUT))
}

/// Decodes a call and carries it out. A call that does not decode is refused like one that
/// fails: its client may be of another version, and the others are not concerned.
fn answer(store: &mut Store, call: &[u8]) -> Reply {
    let call: Call = serde_json::from_slice(call)
        .map_err(|error| RemoteError::new("DecodeError", error.to_string()))?;
    store.answer(call)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::kit::manager::Client;
    use crate::kit::threads::scope;

    fn refused() -> PipeError {
        PipeError::System(std::io::Error::from_raw_os_error(libc::ENFILE))
    }

    /// Serves one client, with a system that refuses the first `failing` tries to accept it;
    /// the number of tries until it had made a list.
    fn tries(failing: usize) -> usize {
        let listener = Listener::bind().unwrap();
        let (ours, theirs) = Connection::pair().unwrap();
        let limit = Limit::within(Duration::from_secs(30));
        scope(|scope| {
            let there = &listener;
            let served = scope.spawn("server", move || {
                let tries = Cell::new(0);
                let accept = || {
                    tries.set(tries.get() + 1);
                    if tries.get() <= failing {
                        return Err(refused());
                    }
                    there.accept(&Limit::now())
                };
                let server = Server {
                    store: Store::default(),
                    clients: Vec::new(),
                    spare: spare(),
                    paused: None,
                };
                server.serve(there, theirs, accept).unwrap();
                tries.get()
            });
            // Closed also when the test fails, or the server would not end.
            let ours = ours;
            let client = Client::connect(listener.address(), limit).unwrap();
            client.make_list().unwrap();
            drop((client, ours));
            served.unwrap().join().unwrap()
        })
    }

    #[test]
    fn a_system_that_refuses_clients_is_asked_again_after_a_pause_and_not_all_the_time() {
        // Two tries at a time: the second with the spare descriptor given up.
        assert_eq!(tries(6), 7);
    }
}
