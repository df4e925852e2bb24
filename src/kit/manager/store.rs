//! What a manager's server owns, and what can be asked of it. Knows no sockets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How deep shared objects may stand within each other when they are copied out.
const DEEPEST: usize = 64;

/// Names a shared object of one manager, in whatever process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Id(u64);

/// What stands in a list or a dict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Item {
    /// A value. A process that gets it has a copy: changing that changes nothing here.
    Value(Value),
    /// Another shared object. A process that gets it has the object itself.
    Shared(Id),
}

impl<T: Into<Value>> From<T> for Item {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

/// Where in an object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Key {
    At(usize),
    Name(String),
}

/// What a client asks for.
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

/// What the server answers.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    Done,
    Made(Id),
    Item(Item),
    Len(usize),
    Keys(Vec<String>),
    Value(Value),
}

/// An error on the server's side, with the type that it has there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// In Python's words: `IndexError`, `KeyError`, `TypeError` ...
    pub kind: String,
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(kind: &str, message: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), message: message.into() }
    }
}

#[derive(Debug)]
enum Object {
    List(Vec<Item>),
    Dict(BTreeMap<String, Item>),
}

/// All shared objects; they live as long as the server.
#[derive(Debug, Default)]
pub struct Store {
    objects: Vec<Object>,
}

impl Store {
    pub fn answer(&mut self, call: Call) -> Result<Answer, Refusal> {
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
            Call::Copy(id) => Answer::Value(self.copy(id, 0)?),
        })
    }

    fn make(&mut self, object: Object) -> Id {
        self.objects.push(object);
        Id(self.objects.len() as u64 - 1)
    }

    fn object(&mut self, id: Id) -> Result<&mut Object, Refusal> {
        let at = usize::try_from(id.0).ok();
        at.and_then(|at| self.objects.get_mut(at))
            .ok_or_else(|| Refusal::new("KeyError", format!("no object {} is shared here", id.0)))
    }

    fn place(&mut self, id: Id, key: &Key) -> Result<&mut Item, Refusal> {
        let place = match (self.object(id)?, key) {
            (Object::List(items), Key::At(at)) => items.get_mut(*at),
            (Object::Dict(items), Key::Name(name)) => items.get_mut(name),
            (object, _) => return Err(object.wrong_key()),
        };
        place.ok_or_else(|| nothing_at(key))
    }

    fn set(&mut self, id: Id, key: Key, item: Item) -> Result<Answer, Refusal> {
        self.known(&item)?;
        match (self.object(id)?, key) {
            (Object::Dict(items), Key::Name(name)) => {
                items.insert(name, item);
            }
            (_, key) => *self.place(id, &key)? = item,
        }
        Ok(Answer::Done)
    }

    fn push(&mut self, id: Id, item: Item) -> Result<Answer, Refusal> {
        self.known(&item)?;
        match self.object(id)? {
            Object::List(items) => items.push(item),
            Object::Dict(_) => return Err(no_such("push", "dict")),
        }
        Ok(Answer::Done)
    }

    fn remove(&mut self, id: Id, key: &Key) -> Result<Item, Refusal> {
        let removed = match (self.object(id)?, key) {
            (Object::List(items), Key::At(at)) => (*at < items.len()).then(|| items.remove(*at)),
            (Object::Dict(items), Key::Name(name)) => items.remove(name),
            (object, _) => return Err(object.wrong_key()),
        };
        removed.ok_or_else(|| nothing_at(key))
    }

    /// A shared object that is put somewhere must be one of ours.
    fn known(&mut self, item: &Item) -> Result<(), Refusal> {
        match item {
            Item::Shared(id) => self.object(*id).map(|_| ()),
            Item::Value(_) => Ok(()),
        }
    }

    /// The object and all that is shared within it, as it is now.
    fn copy(&mut self, id: Id, depth: usize) -> Result<Value, Refusal> {
        if depth > DEEPEST {
            let message = format!("shared objects stand more than {DEEPEST} deep in each other");
            return Err(Refusal::new("RecursionError", message));
        }
        let whole = |store: &mut Self, item: &Item| match item {
            Item::Value(value) => Ok(value.clone()),
            Item::Shared(id) => store.copy(*id, depth + 1),
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
    fn wrong_key(&self) -> Refusal {
        Refusal::new(
            "TypeError",
            match self {
                Self::List(_) => "places of a list are numbers",
                Self::Dict(_) => "places of a dict have names",
            },
        )
    }
}

fn no_such(call: &str, object: &str) -> Refusal {
    Refusal::new("AttributeError", format!("a {object} has no {call}"))
}

fn nothing_at(key: &Key) -> Refusal {
    match key {
        Key::At(at) => Refusal::new("IndexError", format!("the list has no place {at}")),
        Key::Name(name) => Refusal::new("KeyError", format!("the dict has no \"{name}\"")),
    }
}
