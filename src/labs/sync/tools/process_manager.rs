//! The manager: a server process owns a dict and lists; clients, processes too, change
//! them through proxies.
//!
//! Wrong uses: changing a nested list that was got from a proxy, which is a copy; adding
//! to a number in the dict without a lock, which is two calls; asking for what is not
//! there, which is told where it was asked and leaves the server unharmed.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::super::actor::{Actor, refused};
use super::super::jobs::Parts;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
use super::super::troupe::Troupe;
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::manager::{Client, Id, Item, Manager, ManagerError};
use crate::kit::shared::{Barrier, Layout, Lock};

const NESTED_COPY: &str = "nested-copy";
const NO_LOCK: &str = "no-lock";
const MISSING: &str = "missing";

/// The number in the dict, and the list beside it.
const COUNT: &str = "count";
const NAMES: &str = "names";
/// What one operation of the cost is repeated; a call goes through two processes.
const ROUNDS: u64 = 100;

pub(super) const MANAGER: Tool = Tool {
    id: "process-manager",
    title: "Process manager",
    world: World::Processes,
    sees: "A server process owns a dict and a list; clients add to both through proxies, under a lock.",
    wrong: &[
        Wrong {
            name: NESTED_COPY,
            about: "changes a nested list that is a copy",
        },
        Wrong {
            name: NO_LOCK,
            about: "adds to a number of the dict without a lock",
        },
        Wrong {
            name: MISSING,
            about: "asks for a key that is not there",
        },
    ],
    play,
    cost,
};

pub(super) const PARTS: Parts = Parts {
    tool: MANAGER.id,
    kind: ResourceKind::Lock,
    act,
    time,
};

/// What the clients share beside what the server owns.
struct Desk {
    lock: Lock,
    /// Two have asked, none has changed.
    window: Barrier,
}

impl Desk {
    const CELLS: usize = Lock::CELLS + Barrier::CELLS;

    fn create(layout: &mut Layout) -> Self {
        Self {
            lock: Lock::new(layout),
            window: Barrier::create(layout, 2),
        }
    }

    fn attach(layout: &mut Layout) -> Self {
        Self {
            lock: Lock::new(layout),
            window: Barrier::attach(layout),
        }
    }
}

/// Where a client finds the dict.
#[derive(Serialize, Deserialize)]
struct Told {
    address: String,
    dict: Id,
}

impl Told {
    fn of(actor: &Actor) -> Result<Self, WorkerFnError> {
        serde_json::from_str(&actor.script.told).map_err(refused)
    }

    fn connect(&self) -> Result<Client, WorkerFnError> {
        Client::connect(&self.address, Limit::default()).map_err(refused)
    }
}

fn act(actor: &Actor) -> Result<(), WorkerFnError> {
    let desk = Desk::attach(&mut actor.layout());
    let told = Told::of(actor)?;
    let client = told.connect()?;
    if actor.errs(MISSING)
        && let Err(error) = client.dict(told.dict).get("nobody")
    {
        // It gives up, as one does who did not expect it.
        actor.say(format!("{} was told {error}", actor.script.name));
        return Ok(());
    }
    (0..actor.script.ops).try_for_each(|op| {
        if actor.plays(NO_LOCK) {
            return add(actor, &client, &told, || {
                if op == 0 && actor.script.part < 2 {
                    let _ = desk.window.wait(&Limit::default(), || ());
                }
            });
        }
        actor.lock(&desk.lock)?;
        let added = add(actor, &client, &told, || actor.pause());
        actor.give_back(|| desk.lock.release())?;
        added
    })
}

/// Adds one to the number, and a name to the list; `between` asking and changing.
fn add(
    actor: &Actor,
    client: &Client,
    told: &Told,
    between: impl FnOnce(),
) -> Result<(), WorkerFnError> {
    let dict = client.dict(told.dict);
    let count = number(&dict.get(COUNT).map_err(refused)?);
    between();
    dict.set(COUNT, count + 1).map_err(refused)?;
    match dict.get(NAMES).map_err(refused)? {
        Item::Shared(id) => client.list(id).push(actor.script.name.as_str()),
        Item::Value(mut copy) => {
            if let Json::Array(copy) = &mut copy {
                copy.push(json!(actor.script.name));
            }
            Ok(())
        }
    }
    .map_err(refused)
}

fn number(item: &Item) -> i64 {
    match item {
        Item::Value(value) => value.as_i64().unwrap_or(0),
        Item::Shared(_) => 0,
    }
}

fn time(actor: &Actor) -> Result<(), WorkerFnError> {
    let told = Told::of(actor)?;
    let client = told.connect()?;
    let dict = client.dict(told.dict);
    actor.time_rounds(ROUNDS, || dict.get(COUNT).map(drop))
}

/// The server, and the director's own line to it.
struct Server {
    /// Ends the server's process when it goes.
    manager: Manager,
    client: Client,
    dict: Id,
}

impl Server {
    /// With the number at 0 and the list empty: shared, or a plain value.
    fn start(stage: &Stage<'_>, shared: bool) -> Result<Self, ManagerError> {
        let limit = Limit::until(stage.stop());
        let manager = Manager::start(stage.program, &limit)?;
        let client = manager.client(limit)?;
        let dict = client.make_dict()?;
        dict.set(COUNT, 0)?;
        if shared {
            dict.set(NAMES, client.make_list()?.shared())?;
        } else {
            dict.set(NAMES, json!([]))?;
        }
        let dict = dict.id();
        Ok(Self {
            manager,
            client,
            dict,
        })
    }

    fn told(&self) -> io::Result<String> {
        let told = Told {
            address: self.manager.address().to_owned(),
            dict: self.dict,
        };
        serde_json::to_string(&told).map_err(io::Error::other)
    }

    /// The number, and how many names the list has.
    fn audit(&self) -> Result<(i64, usize), ManagerError> {
        let all = self.client.dict(self.dict).copy()?;
        let count = all[COUNT].as_i64().unwrap_or(0);
        Ok((count, all[NAMES].as_array().map_or(0, Vec::len)))
    }
}

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let mut troupe = stage.troupe(&MANAGER, wrong, Desk::CELLS)?;
    let desk = Desk::create(&mut troupe.layout());
    let wrong = wrong.map(|wrong| wrong.name);
    let server = Server::start(stage, wrong != Some(NESTED_COPY)).map_err(io::Error::other)?;
    troupe.tell(server.told()?);
    troupe.start_all("client", stage.workers)?;
    let acted = troupe.run(|troupe| inside(troupe, &desk, &server))?;
    acted.all()?;
    let (count, names) = server.audit().map_err(io::Error::other)?;
    let expected = stage.workers as u64 * stage.ops;
    let told = |count: String, names: String| format!("counted {count}, listed {names}");
    let said = acted.said().next().unwrap_or("nobody was told").to_owned();
    let mut outcome = acted.outcome(
        expected,
        told(expected.to_string(), expected.to_string()),
        told(count.to_string(), names.to_string()),
    );
    let lost = i64::try_from(expected).unwrap_or(i64::MAX) - count;
    let why = wrong.map(|wrong| match wrong {
        NESTED_COPY => format!(
            "a nested plain list comes as a copy: {expected} names went into copies, {names} \
             into the server's list; a nested proxy is shared"
        ),
        NO_LOCK => format!(
            "{lost} of {expected} additions to the dict's number were lost: asking and changing \
             are two calls"
        ),
        _ => format!("{said} and gave up; the server lived on and counted {count} for the others"),
    });
    outcome.finding = why.filter(|_| !outcome.as_expected());
    Ok(outcome)
}

fn inside(troupe: &Troupe<'_>, desk: &Desk, server: &Server) -> Inside {
    let (count, names) = server.audit().unwrap_or_default();
    let process = server.manager.pid();
    Inside::default()
        .figure("server, pid", process.map_or(0, |pid| pid))
        .figure("dict, count", count)
        .figure("list, names", names)
        .figure("lock, holder", troupe.name(desk.lock.holder()))
        .waiting(troupe.line())
}

fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    let server = Server::start(stage, true).map_err(io::Error::other)?;
    let costs = [1, 2].map(|count| {
        let mut troupe = stage.timed(&MANAGER, Desk::CELLS, count)?;
        troupe.tell(server.told()?);
        troupe.measure(MANAGER.title)
    });
    costs.into_iter().collect()
}
