//! The server: one thread that owns the objects and answers whoever connects.
//!
//! One thread, so each call is a whole, without a lock.

use std::time::Duration;

use super::store::{Answer, Call, Refusal, Store};
use crate::kit::limit::Limit;
use crate::kit::panics;
use crate::kit::pipe::{Connection, Listener, PipeError, Source, wait};

/// A client that does not take its answer for so long is let go: others wait meanwhile.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the server sends back.
pub(super) type Reply = Result<Answer, Refusal>;

/// Serves until `owner` closes, or its process is gone.
///
/// # Errors
/// If the system refuses.
pub(super) fn serve(listener: &Listener, mut owner: Connection) -> Result<(), PipeError> {
    let mut store = Store::default();
    let mut clients: Vec<Connection> = Vec::new();
    loop {
        let mut sources = vec![Source::Message(&mut owner), Source::Caller(listener)];
        let first = sources.len();
        sources.extend(clients.iter_mut().map(Source::Message));
        let ready = wait(&mut sources, &Limit::default())?;
        // From the last one down: a removal moves only those behind it.
        for at in ready.into_iter().rev() {
            match at {
                0 => return Ok(()),
                1 => match listener.accept(&Limit::now()) {
                    // Sent away: another user's.
                    Err(PipeError::Late(_)) => {}
                    client => clients.push(client?),
                },
                at => {
                    if hear(&mut clients[at - first], &mut store).is_err() {
                        clients.remove(at - first);
                    }
                }
            }
        }
    }
}

/// Answers one call of a client that has sent one; an error if the client is gone.
fn hear(client: &mut Connection, store: &mut Store) -> Result<(), PipeError> {
    let call = client.recv(&Limit::now())?;
    let reply = panics::capture(|| answer(store, &call))
        .unwrap_or_else(|panic| Err(Refusal::new("panic", &*panic.message)));
    let reply = serde_json::to_vec(&reply).map_err(std::io::Error::from);
    client.send(&reply.map_err(PipeError::System)?, &Limit::within(PATIENCE))
}

fn answer(store: &mut Store, call: &[u8]) -> Reply {
    let call: Call = serde_json::from_slice(call)
        .map_err(|error| Refusal::new("DecodeError", error.to_string()))?;
    store.answer(call)
}
