//! The clients' side: a line to the server, and proxies for what it owns.

use std::cell::RefCell;

use serde_json::Value;

use super::ManagerError;
use super::server::Reply;
use super::store::{Answer, Call, Id, Item, Key};
use crate::kit::limit::Limit;
use crate::kit::pipe::{Connection, PipeError};

/// A line to the server. Each thread has its own, as in Python.
#[derive(Debug)]
pub struct Client {
    line: RefCell<Connection>,
    limit: Limit,
}

impl Client {
    /// Connects to the server at `address`; each call ends with `limit` at the latest.
    ///
    /// # Errors
    /// If no manager of this user is there.
    pub fn connect(address: &str, limit: Limit) -> Result<Self, ManagerError> {
        Ok(Self { line: RefCell::new(Connection::connect(address)?), limit })
    }

    /// Makes a list, empty at first, that lives as long as the server.
    ///
    /// # Errors
    /// Those of the line; so for all that have no more to say.
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

    /// A proxy for a list that a process made.
    pub fn list(&self, id: Id) -> List<'_> {
        List { client: self, id }
    }

    /// A proxy for a dict that a process made.
    pub fn dict(&self, id: Id) -> Dict<'_> {
        Dict { client: self, id }
    }

    fn make(&self, call: &Call) -> Result<Id, ManagerError> {
        match self.call(call)? {
            Answer::Made(id) => Ok(id),
            _ => Err(ManagerError::Unreadable),
        }
    }

    fn call(&self, call: &Call) -> Result<Answer, ManagerError> {
        let question = serde_json::to_vec(call).map_err(|_| ManagerError::Unreadable)?;
        let mut line = self.line.borrow_mut();
        let sent = line.send(&question, &self.limit);
        // A server that is full sends that before it closes, and before it reads anything.
        let reply = match sent {
            Err(PipeError::End) => line.recv(&Limit::now()).map_err(|_| PipeError::End)?,
            sent => sent.and_then(|()| line.recv(&self.limit))?,
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

/// A list on the server.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    client: &'a Client,
    id: Id,
}

impl List<'_> {
    /// Its name, for other processes.
    pub fn id(&self) -> Id {
        self.id
    }

    /// Itself as something to put into another.
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

    /// What stands at `at`: a copy of a value, or the name of a shared object.
    ///
    /// # Errors
    /// `IndexError` if there is no such place.
    pub fn get(&self, at: usize) -> Result<Item, ManagerError> {
        self.client.item(&Call::Get(self.id, Key::At(at)))
    }

    /// Puts `item` in the place of what stands at `at`.
    ///
    /// # Errors
    /// `IndexError` if there is no such place.
    pub fn set(&self, at: usize, item: impl Into<Item>) -> Result<(), ManagerError> {
        let call = Call::Set(self.id, Key::At(at), item.into());
        self.client.call(&call).map(drop)
    }

    /// Takes out what stands at `at`.
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

    /// All of it as it is now, with what is shared within it.
    ///
    /// # Errors
    /// `RecursionError` if it stands within itself.
    pub fn copy(&self) -> Result<Value, ManagerError> {
        self.client.copy(self.id)
    }
}

/// A dict on the server.
#[derive(Clone, Copy, Debug)]
pub struct Dict<'a> {
    client: &'a Client,
    id: Id,
}

impl Dict<'_> {
    /// Its name, for other processes.
    pub fn id(&self) -> Id {
        self.id
    }

    /// Itself as something to put into another.
    pub fn shared(&self) -> Item {
        Item::Shared(self.id)
    }

    /// What stands under `key`: a copy of a value, or the name of a shared object.
    ///
    /// # Errors
    /// `KeyError` if there is no such key.
    pub fn get(&self, key: &str) -> Result<Item, ManagerError> {
        let call = Call::Get(self.id, Key::Name(key.to_owned()));
        self.client.item(&call)
    }

    /// Puts `item` under `key`.
    ///
    /// # Errors
    /// See [`Client::make_list`].
    pub fn set(&self, key: &str, item: impl Into<Item>) -> Result<(), ManagerError> {
        let call = Call::Set(self.id, Key::Name(key.to_owned()), item.into());
        self.client.call(&call).map(drop)
    }

    /// Takes out what stands under `key`.
    ///
    /// # Errors
    /// `KeyError` if there is no such key.
    pub fn remove(&self, key: &str) -> Result<Item, ManagerError> {
        let call = Call::Remove(self.id, Key::Name(key.to_owned()));
        self.client.item(&call)
    }

    /// Its keys in their order.
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

    /// All of it as it is now, with what is shared within it.
    ///
    /// # Errors
    /// `RecursionError` if it stands within itself.
    pub fn copy(&self) -> Result<Value, ManagerError> {
        self.client.copy(self.id)
    }
}
