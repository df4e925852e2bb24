//! What a manager's server owns, and the calls on it. Knows no sockets: a call is a value, and
//! so is its answer.
//!
//! ```text
//! Store   0  List  [ Value(1), Shared(1) ]       get(0, 1)    Shared(1): a proxy for the dict
//!         1  Dict  { "k": Value([2]) }           get(1, "k")  Value([2]): a copy of the list
//!                                                copy(0)      [1, {"k": [2]}]
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How deep shared objects may be nested when they are copied out. An object may contain
/// itself, so there has to be an end; it also bounds the depth of the recursion.
const DEEPEST: usize = 64;
/// The most items of one copy. Objects that share each other twice would double it with each
/// level.
const MOST_COPIED: usize = 1_000_000;

/// Names a shared object of one manager, in whatever process: its place in the store. Of
/// another manager it may name another object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Id(u64);

/// What a list or a dict contains. The difference between its two kinds is what a learner trips
/// over: one is copied, the other is shared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Item {
    /// A value. A process that gets it has a copy, and changing that changes nothing here: the
    /// usual surprise with nested lists of a Manager.
    Value(Value),
    /// Another shared object. A process that gets it has a proxy for the same object.
    Shared(Id),
}

impl<T: Into<Value>> From<T> for Item {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

/// A place in an object: an index of a list, or a key of a dict.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Key {
    At(usize),
    Name(String),
}

/// What a client asks for. Each names its object by id, except those that make one. Travels as
/// JSON in one message.
#[derive(Debug, Serialize, Deserialize)]
pub enum Call {
    MakeList,
    MakeDict,
    Get(Id, Key),
    Set(Id, Key, Item),
    Push(Id, Item),
    Remove(Id, Key),
    Len(Id),
    Keys(Id),
    Copy(Id),
}

/// What the server answers to a call that succeeds. Which variant belongs to which call is
/// fixed; another one is [`super::ManagerError::Unreadable`].
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// The call has no result.
    Done,
    Made(Id),
    Item(Item),
    Len(usize),
    Keys(Vec<String>),
    Value(Value),
}

/// An error on the server's side, with the type that it has there: the client raises the same
/// type, as a proxy in Python does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteError {
    /// In Python's words: `IndexError`, `KeyError`, `TypeError` ...
    pub kind: String,
    /// The error in words, as Python prints it after the type.
    pub message: String,
}

impl RemoteError {
    pub(crate) fn new(kind: &str, message: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), message: message.into() }
    }
}

/// A shared object. A dict is kept sorted, so that a copy of it is the same in every run.
#[derive(Debug)]
enum Object {
    List(Vec<Item>),
    Dict(BTreeMap<String, Item>),
}

/// All shared objects; they live as long as the server. There is no reference counting, because
/// a client that is killed could not give its references back.
#[derive(Debug, Default)]
pub struct Store {
    objects: Vec<Object>,
}

impl Store {
    /// Carries out one call.
    ///
    /// # Errors
    /// A refusal with Python's type of that error; the store is as before then.
    pub fn answer(&mut self, call: Call) -> Result<Answer, RemoteError> {
        Ok(match call {
            Call::MakeList => Answer::Made(self.make(Object::List(Vec::new()))),
            Call::MakeDict => Answer::Made(self.make(Object::Dict(BTreeMap::new()))),
            Call::Get(id, key) => Answer::Item(self.place(id, &key)?.clone()),
            Call::Set(id, key, item) => self.set(id, key, item)?,
            Call::Push(id, item) => self.push(id, item)?,
            Call::Remove(id, key) => Answer::Item(self.remove(id, &key)?),
            Call::Len(id) => Answer::Len(match self.object(id)? {
                Object::List(items) => items.len(),
                Object::Dict(items) => items.len(),
            }),
            Call::Keys(id) => match self.object(id)? {
                Object::Dict(items) => Answer::Keys(items.keys().cloned().collect()),
                Object::List(_) => return Err(no_such("keys", "list")),
            },
            Call::Copy(id) => Answer::Value(self.copy(id, 0, &mut { MOST_COPIED })?),
        })
    }

    /// Adds an object; its id is its place, so ids are never reused.
    fn make(&mut self, object: Object) -> Id {
        self.objects.push(object);
        Id(self.objects.len() as u64 - 1)
    }

    /// The object with this id, which comes from a client and may be of no object.
    fn object(&mut self, id: Id) -> Result<&mut Object, RemoteError> {
        let at = usize::try_from(id.0).ok();
        at.and_then(|at| self.objects.get_mut(at)).ok_or_else(|| {
            RemoteError::new("KeyError", format!("no object {} is shared here", id.0))
        })
    }

    fn place(&mut self, id: Id, key: &Key) -> Result<&mut Item, RemoteError> {
        let place = match (self.object(id)?, key) {
            (Object::List(items), Key::At(at)) => items.get_mut(*at),
            (Object::Dict(items), Key::Name(name)) => items.get_mut(name),
            (object, _) => return Err(object.wrong_key()),
        };
        place.ok_or_else(|| nothing_at(key))
    }

    /// Replaces an item. A dict also gets a key that it does not have; a list does not grow
    /// this way, as in Python.
    fn set(&mut self, id: Id, key: Key, item: Item) -> Result<Answer, RemoteError> {
        self.known(&item)?;
        match (self.object(id)?, key) {
            (Object::Dict(items), Key::Name(name)) => {
                items.insert(name, item);
            }
            (_, key) => *self.place(id, &key)? = item,
        }
        Ok(Answer::Done)
    }

    fn push(&mut self, id: Id, item: Item) -> Result<Answer, RemoteError> {
        self.known(&item)?;
        match self.object(id)? {
            Object::List(items) => items.push(item),
            Object::Dict(_) => return Err(no_such("push", "dict")),
        }
        Ok(Answer::Done)
    }

    fn remove(&mut self, id: Id, key: &Key) -> Result<Item, RemoteError> {
        let removed = match (self.object(id)?, key) {
            (Object::List(items), Key::At(at)) => (*at < items.len()).then(|| items.remove(*at)),
            (Object::Dict(items), Key::Name(name)) => items.remove(name),
            (object, _) => return Err(object.wrong_key()),
        };
        removed.ok_or_else(|| nothing_at(key))
    }

    /// Refuses an item that names no object of this store: it could never be read.
    fn known(&mut self, item: &Item) -> Result<(), RemoteError> {
        match item {
            Item::Shared(id) => self.object(*id).map(|_| ()),
            Item::Value(_) => Ok(()),
        }
    }

    /// The object and all that is shared within it, as it is now. An object that is shared
    /// twice is copied twice. `left` is the number of items that may still be copied.
    fn copy(&mut self, id: Id, depth: usize, left: &mut usize) -> Result<Value, RemoteError> {
        if depth > DEEPEST {
            let message = format!("shared objects stand more than {DEEPEST} deep in each other");
            return Err(RemoteError::new("RecursionError", message));
        }
        // The items are cloned first, because the recursion borrows the whole store.
        let mut whole = |store: &mut Self, item: &Item| {
            *left = left.checked_sub(1).ok_or_else(|| {
                let message = format!("the copy would have more than {MOST_COPIED} items");
                RemoteError::new("MemoryError", message)
            })?;
            match item {
                Item::Value(value) => Ok(value.clone()),
                Item::Shared(id) => store.copy(*id, depth + 1, left),
            }
        };
        match self.object(id)? {
            Object::List(items) => {
                let items = items.clone();
                items.iter().map(|item| whole(self, item)).collect()
            }
            Object::Dict(items) => {
                let items = items.clone();
                let entries =
                    items.iter().map(|(name, item)| Ok((name.clone(), whole(self, item)?)));
                entries.collect::<Result<_, _>>().map(Value::Object)
            }
        }
    }
}

impl Object {
    fn wrong_key(&self) -> RemoteError {
        RemoteError::new(
            "TypeError",
            match self {
                Self::List(_) => "places of a list are numbers",
                Self::Dict(_) => "places of a dict have names",
            },
        )
    }
}

fn no_such(call: &str, object: &str) -> RemoteError {
    RemoteError::new("AttributeError", format!("a {object} has no {call}"))
}

fn nothing_at(key: &Key) -> RemoteError {
    match key {
        Key::At(at) => RemoteError::new("IndexError", format!("the list has no place {at}")),
        Key::Name(name) => RemoteError::new("KeyError", format!("the dict has no \"{name}\"")),
    }
}
