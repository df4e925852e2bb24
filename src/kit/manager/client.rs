//! The clients' side: a connection to the server, and proxies for what it owns.
//!
//! A proxy is a number and a reference to its client. Each method is one call: a frame to the
//! server and a frame back. So `set(0, get(0) + 1)` is two calls, and another process may come
//! in between.

use std::cell::RefCell;

use serde_json::Value;

use super::ManagerError;
use super::server::Reply;
use super::store::{Answer, Call, Id, Item, Key};
use crate::kit::limit::Limit;
use crate::kit::pipe::{Connection, PipeError};

/// A connection to the server. Each thread has its own, as in Python: it cannot be shared,
/// because an answer belongs to the call before it.
#[derive(Debug)]
pub struct Client {
    /// Borrowed for the time of one call only, so the cell is never borrowed twice.
    connection: RefCell<Connection>,
    limit: Limit,
}

impl Client {
    /// Connects to the server at `address`; each call ends with `limit` at the latest.
    ///
    /// # Errors
    /// If no manager of this user is there.
    pub fn connect(address: &str, limit: Limit) -> Result<Self, ManagerError> {
        Ok(Self { connection: RefCell::new(Connection::connect(address)?), limit })
    }

    /// Makes a list, empty at first, that lives as long as the server.
    ///
    /// # Errors
    /// Those of the connection; so for all calls that name no others.
    pub fn make_list(&self) -> Result<List<'_>, ManagerError> {
        Ok(self.list(self.make(&Call::MakeList)?))
    }

    /// Makes a dict, empty at first, that lives as long as the server.
    ///
    /// # Errors
    /// See [`Client::make_list`].
    pub fn make_dict(&self) -> Result<Dict<'_>, ManagerError> {
        Ok(self.dict(self.make(&Call::MakeDict)?))
    }

    /// A proxy for a list that some process made. An id of a dict, or of no object, shows in
    /// the first call.
    pub fn list(&self, id: Id) -> List<'_> {
        List { client: self, id }
    }

    /// A proxy for a dict that some process made; see [`Client::list`].
    pub fn dict(&self, id: Id) -> Dict<'_> {
        Dict { client: self, id }
    }

    fn make(&self, call: &Call) -> Result<Id, ManagerError> {
        match self.call(call)? {
            Answer::Made(id) => Ok(id),
            _ => Err(ManagerError::Unreadable),
        }
    }

    /// Sends one call and waits for its answer, at most until the client's limit.
    ///
    /// # Errors
    /// [`ManagerError::Refused`] with the server's own error, or that of the connection.
    fn call(&self, call: &Call) -> Result<Answer, ManagerError> {
        let question = serde_json::to_vec(call).map_err(|_| ManagerError::Unreadable)?;
        let mut connection = self.connection.borrow_mut();
        let sent = connection.send(&question, &self.limit);
        // A server without a free descriptor sends its refusal before it closes, and before it
        // has read anything: the refusal is there although the send failed.
        let reply = match sent {
            Err(PipeError::End) => connection.recv(&Limit::now()).map_err(|_| PipeError::End)?,
            sent => sent.and_then(|()| connection.recv(&self.limit))?,
        };
        let reply: Reply = serde_json::from_slice(&reply).map_err(|_| ManagerError::Unreadable)?;
        reply.map_err(ManagerError::Refused)
    }

    fn item(&self, call: &Call) -> Result<Item, ManagerError> {
        match self.call(call)? {
            Answer::Item(item) => Ok(item),
            _ => Err(ManagerError::Unreadable),
        }
    }

    fn len(&self, id: Id) -> Result<usize, ManagerError> {
        match self.call(&Call::Len(id))? {
            Answer::Len(len) => Ok(len),
            _ => Err(ManagerError::Unreadable),
        }
    }

    fn copy(&self, id: Id) -> Result<Value, ManagerError> {
        match self.call(&Call::Copy(id))? {
            Answer::Value(value) => Ok(value),
            _ => Err(ManagerError::Unreadable),
        }
    }
}

/// A proxy for a list on the server: a number and a client. Copies are proxies for the same
/// list.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    client: &'a Client,
    id: Id,
}

impl List<'_> {
    /// Its id, which another process can make a proxy from. Valid as long as the server lives.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The list itself as an item: put into another object it stays one list, not a copy, and
    /// changes of it are seen through both.
    pub fn shared(&self) -> Item {
        Item::Shared(self.id)
    }

    /// Puts `item` at the end.
    ///
    /// # Errors
    /// See [`Client::make_list`].
    pub fn push(&self, item: impl Into<Item>) -> Result<(), ManagerError> {
        self.client.call(&Call::Push(self.id, item.into())).map(drop)
    }

    /// The item at `at`: a copy of a value, or the id of a shared object.
    ///
    /// # Errors
    /// `IndexError` if there is no such place.
    pub fn get(&self, at: usize) -> Result<Item, ManagerError> {
        self.client.item(&Call::Get(self.id, Key::At(at)))
    }

    /// Replaces the item at `at`.
    ///
    /// # Errors
    /// `IndexError` if there is no such place.
    pub fn set(&self, at: usize, item: impl Into<Item>) -> Result<(), ManagerError> {
        let call = Call::Set(self.id, Key::At(at), item.into());
        self.client.call(&call).map(drop)
    }

    /// Removes the item at `at` and returns it; those behind it move up.
    ///
    /// # Errors
    /// `IndexError` if there is no such place.
    pub fn remove(&self, at: usize) -> Result<Item, ManagerError> {
        self.client.item(&Call::Remove(self.id, Key::At(at)))
    }

    /// # Errors
    /// See [`Client::make_list`].
    pub fn len(&self) -> Result<usize, ManagerError> {
        self.client.len(self.id)
    }

    /// # Errors
    /// See [`Client::make_list`].
    pub fn is_empty(&self) -> Result<bool, ManagerError> {
        self.len().map(|len| len == 0)
    }

    /// All of it as it is now, with the shared objects within it, as one value. Made in one
    /// call, so no other process can change it meanwhile.
    ///
    /// # Errors
    /// `RecursionError` if it contains itself.
    pub fn copy(&self) -> Result<Value, ManagerError> {
        self.client.copy(self.id)
    }
}

/// A proxy for a dict on the server: a number and a client. Copies are proxies for the same
/// dict.
#[derive(Clone, Copy, Debug)]
pub struct Dict<'a> {
    client: &'a Client,
    id: Id,
}

impl Dict<'_> {
    /// Its id, which another process can make a proxy from.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The dict itself as an item; see [`List::shared`].
    pub fn shared(&self) -> Item {
        Item::Shared(self.id)
    }

    /// The item under `key`: a copy of a value, or the id of a shared object.
    ///
    /// # Errors
    /// `KeyError` if there is no such key.
    pub fn get(&self, key: &str) -> Result<Item, ManagerError> {
        let call = Call::Get(self.id, Key::Name(key.to_owned()));
        self.client.item(&call)
    }

    /// Puts `item` under `key`, which may be new.
    ///
    /// # Errors
    /// See [`Client::make_list`].
    pub fn set(&self, key: &str, item: impl Into<Item>) -> Result<(), ManagerError> {
        let call = Call::Set(self.id, Key::Name(key.to_owned()), item.into());
        self.client.call(&call).map(drop)
    }

    /// Removes the item under `key` and returns it.
    ///
    /// # Errors
    /// `KeyError` if there is no such key.
    pub fn remove(&self, key: &str) -> Result<Item, ManagerError> {
        let call = Call::Remove(self.id, Key::Name(key.to_owned()));
        self.client.item(&call)
    }

    /// Its keys in alphabetical order.
    ///
    /// # Errors
    /// See [`Client::make_list`].
    pub fn keys(&self) -> Result<Vec<String>, ManagerError> {
        match self.client.call(&Call::Keys(self.id))? {
            Answer::Keys(keys) => Ok(keys),
            _ => Err(ManagerError::Unreadable),
        }
    }

    /// # Errors
    /// See [`Client::make_list`].
    pub fn len(&self) -> Result<usize, ManagerError> {
        self.client.len(self.id)
    }

    /// # Errors
    /// See [`Client::make_list`].
    pub fn is_empty(&self) -> Result<bool, ManagerError> {
        self.len().map(|len| len == 0)
    }

    /// All of it as it is now; see [`List::copy`].
    ///
    /// # Errors
    /// `RecursionError` if it contains itself.
    pub fn copy(&self) -> Result<Value, ManagerError> {
        self.client.copy(self.id)
    }
}
