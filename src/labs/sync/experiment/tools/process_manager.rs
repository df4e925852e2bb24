//! The manager: a server process owns a dict and lists; clients, processes too, change
//! them through proxies.
//!
//! Misuses: changing a nested list that was got from a proxy, which is a copy; adding
//! to a number in the dict without a lock, which is two calls; asking for what is not
//! there, which fails in the client and leaves the server unharmed.
//!
//! ```text
//! client ── get, set, push ──▶ server process: { "count": 3, "names": <list 1> }, list 1: [...]
//! client ── get, set, push ──▶        one call at a time, each whole
//! ```
//!
//! What a client gets is a copy, unless the value is itself an object of the server: then it is a
//! proxy, and what is pushed to it the server has.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::super::process_context::{ProcessContext, refused};
use super::super::process_run::ProcessRun;
use super::super::process_tool::ProcessTool;
use super::super::tool::{Cost, Figure, Misuse, Outcome, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::manager::{Client, Id, Item, Manager, ManagerError};
use crate::kit::shared::{Barrier, Lock, laid_out};
use crate::programs::listing::Source;

const NESTED_COPY: &str = "nested-copy";
const NO_LOCK: &str = "no-lock";
const MISSING: &str = "missing";

/// The keys of the number in the dict, and of the list beside it.
const COUNT: &str = "count";
const NAMES: &str = "names";
/// How often the operation is repeated for a sample of its cost: a call goes through two
/// processes, so few are enough.
const ROUNDS: u64 = 100;

pub const MANAGER: Tool = Tool {
    id: "process-manager",
    title: "Process manager",
    python: "multiprocessing.Manager",
    purpose: "objects on server",
    kind: ToolKind::Processes(run),
    sees: "A server owns a dict and a list; clients add through proxies, under a lock.",
    code: Source {
        rust: "",
        python: include_str!("../../../../../assets/code/process_manager.py"),
    },
    misuses: &[
        Misuse::new(
            NESTED_COPY,
            "changes a nested list that is a copy",
            "The list in the dict is plain: what is added to a copy is lost.",
        ),
        Misuse::new(
            NO_LOCK,
            "adds to a number of the dict without a lock",
            "Asking for the number and changing it are two calls: additions are lost.",
        ),
        Misuse::new(
            MISSING,
            "asks for a key that is not there",
            "A client asks for a key that is not there: it gets an error and gives up.",
        ),
    ],
    cost,
};

laid_out! {
    /// What the clients share beside what the server owns: the server makes each call whole,
    /// but two calls are two steps.
    pub struct ManagerData {
        lock: Lock,
        /// Two have asked, none has changed.
        window: Barrier,
    }
}

/// Where a client finds the dict: handed to the processes as their address, in JSON.
#[derive(Serialize, Deserialize)]
struct DictAddress {
    address: String,
    dict: Id,
}

impl DictAddress {
    fn of(process: &ProcessContext) -> Result<Self, WorkerFnError> {
        serde_json::from_str(&process.args.address).map_err(refused)
    }

    fn connect(&self) -> Result<Client, WorkerFnError> {
        Client::connect(&self.address, Limit::FOREVER).map_err(refused)
    }
}

impl ProcessTool for ManagerData {
    const TOOL: &'static Tool = &MANAGER;
    const KIND: ResourceKind = ResourceKind::Lock;

    fn run(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        let address = DictAddress::of(process)?;
        let client = address.connect()?;
        if process.is_culprit(MISSING)
            && let Err(error) = client.dict(address.dict).get("missing")
        {
            // It gives up, as one does who did not expect it.
            process.add_message(format!("{} got the error {error}", process.args.name));
            return Ok(());
        }
        (0..process.args.ops).try_for_each(|op| {
            if process.is_misuse(NO_LOCK) {
                return add(process, &client, &address, || {
                    if op == 0 && process.args.index < 2 {
                        let _ = self.window.wait(&Limit::FOREVER, || ());
                    }
                });
            }
            let _held = process.lock(&self.lock)?;
            add(process, &client, &address, || process.pause())
        })
    }

    fn time(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        let address = DictAddress::of(process)?;
        let client = address.connect()?;
        let dict = client.dict(address.dict);
        process.time_rounds(ROUNDS, || dict.get(COUNT).map(drop))
    }
}

/// Adds one to the number, and a name to the list; `between` runs between asking for the number
/// and changing it. A list that is no proxy is a copy: what is added to it, the server never
/// sees.
fn add(
    process: &ProcessContext,
    client: &Client,
    address: &DictAddress,
    between: impl FnOnce(),
) -> Result<(), WorkerFnError> {
    let dict = client.dict(address.dict);
    let count = number(&dict.get(COUNT).map_err(refused)?);
    between();
    dict.set(COUNT, count + 1).map_err(refused)?;
    match dict.get(NAMES).map_err(refused)? {
        Item::Shared(id) => client.list(id).push(process.args.name.as_str()),
        Item::Value(mut copy) => {
            if let Json::Array(copy) = &mut copy {
                copy.push(json!(process.args.name));
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

/// The server process of a run, and the driver thread's own client, by which it sets up and audits.
struct Server {
    /// Ends the server's process when it is dropped.
    manager: Manager,
    client: Client,
    dict: Id,
}

impl Server {
    /// Starts a server with the number at 0 and the list empty: a shared object, or a plain
    /// value within the dict.
    fn start(context: &RunContext<'_>, shared: bool) -> Result<Self, ManagerError> {
        let limit = Limit::until(context.stop());
        let manager = Manager::start(context.program, &limit)?;
        let client = manager.client(limit)?;
        let dict = client.make_dict()?;
        dict.set(COUNT, 0)?;
        if shared {
            dict.set(NAMES, client.make_list()?.shared())?;
        } else {
            dict.set(NAMES, json!([]))?;
        }
        let dict = dict.id();
        Ok(Self { manager, client, dict })
    }

    fn address(&self) -> io::Result<String> {
        let address = DictAddress { address: self.manager.address().to_owned(), dict: self.dict };
        serde_json::to_string(&address).map_err(io::Error::other)
    }

    /// The number, and how many names the list has, in one call, so that the two belong together.
    ///
    /// # Errors
    /// If the server cannot be asked.
    fn audit(&self) -> Result<(i64, usize), ManagerError> {
        let all = self.client.dict(self.dict).copy()?;
        let count = all[COUNT].as_i64().unwrap_or(0);
        Ok((count, all[NAMES].as_array().map_or(0, Vec::len)))
    }
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let (mut run, shared): (_, ManagerData) = context.process_run(misuse)?;
    shared.window.init(2);
    let misuse = misuse.map(|misuse| misuse.name);
    let server = Server::start(context, misuse != Some(NESTED_COPY)).map_err(io::Error::other)?;
    run.set_address(server.address()?);
    run.start_all("client", context.workers)?;
    let results = run.finish(|run| snapshot(run, &shared, &server))?;
    let (count, names) = server.audit().map_err(io::Error::other)?;
    let expected = context.workers as u64 * context.ops;
    let summary = |count: String, names: String| format!("counted {count}, listed {names}");
    let message = results.messages().next().unwrap_or("no process got an error").to_owned();
    let mut outcome = results.outcome(
        expected,
        summary(expected.to_string(), expected.to_string()),
        summary(count.to_string(), names.to_string()),
    );
    let lost = i64::try_from(expected).unwrap_or(i64::MAX) - count;
    let why = misuse.map(|misuse| match misuse {
        NESTED_COPY => format!(
            "a nested plain list comes as a copy: {expected} names went into copies, {names} \
             into the server's list; a nested proxy is shared"
        ),
        NO_LOCK => format!(
            "{lost} of {expected} additions to the dict's number were lost: asking and changing \
             are two calls"
        ),
        _ => {
            format!(
                "{message} and gave up; the server kept running and counted {count} for the others"
            )
        }
    });
    outcome.finding = why.filter(|_| !outcome.as_expected());
    Ok(outcome)
}

fn snapshot(run: &ProcessRun<'_>, shared: &ManagerData, server: &Server) -> Snapshot {
    let (count, names) = server.audit().unwrap_or_default();
    Snapshot::default()
        .figure("server", Figure::Part(format!("pid {}", server.manager.pid().unwrap_or(0))))
        .figure("dict", Figure::Part(format!("count {count}")))
        .figure("list", Figure::Part(format!("names {names}")))
        .figure("lock", Figure::Holder(run.name(shared.lock.holder())))
        .waiting(run.waiting())
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    let server = Server::start(context, true).map_err(io::Error::other)?;
    let costs = [1, 2].map(|count| {
        let (mut run, _): (_, ManagerData) = context.timed(count)?;
        run.set_address(server.address()?);
        run.measure(MANAGER.title)
    });
    costs.into_iter().collect()
}
