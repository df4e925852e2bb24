//! The pool's rules against a fork server and workers that the test stands in for: each
//! message comes exactly when the test sends it, so every figure has one right value.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};

use rustix::process::Signal;

use super::server::ServerLink;
use super::*;
use crate::kit::child::{Death, ForkServer, Start, receive_with};
use crate::kit::event::{LaneId, ResourceId, ResourceKind};
use crate::kit::future::{Future, Status, future};
use crate::kit::limit::Limit;
use crate::kit::process_pool::chunk::ChunkItem;
use crate::kit::process_pool::view::GONE_KEPT;
use crate::kit::process_pool::watch::{Part, WatchSource};
use crate::kit::process_pool::{ProcessPool, WorkerState};
use crate::kit::recorder::EventSink;
use crate::kit::wire::{self, Frame, pack};

/// More than any pid: a process that is sent a signal under it does not exist.
const PID: u32 = 0x3fff_0000;
const KILLED: Death = Death::Signalled(9);
const NO_FORK: &str = "the fork server: Resource temporarily unavailable";

/// A pool whose fork server is the test.
struct Scripted {
    core: Core,
    server: UnixStream,
    /// The pool's end of the link.
    link: UnixStream,
}

/// The other ends of a worker.
struct Worker {
    number: u64,
    socket: UnixStream,
    stderr: OwnedFd,
    stdout: OwnedFd,
}

fn builder(workers: usize, policy: Policy) -> Builder {
    ProcessPool::builder("/bin/true".as_ref(), workers).policy(policy)
}

impl Scripted {
    fn new(config: Builder) -> Self {
        let server = ForkServer::start("/bin/true".as_ref()).unwrap();
        let config = config.start(Start::ForkServer(server));
        let (ours, server) = UnixStream::pair().unwrap();
        let link = ours.try_clone().unwrap();
        let mut core = Core::new(config, Arc::new(Watch::new().unwrap()));
        core.server = Some(ServerLink::new(ours, &core.watch).unwrap());
        Self { core, server, link }
    }

    /// Queues a chunk of tasks with these numbers.
    fn submit(&mut self, tasks: std::ops::Range<u64>) -> Vec<Future<u64>> {
        let id = tasks.start;
        let (items, futures) = tasks
            .map(|id| {
                let (promise, future) = future::<u64>();
                let item = ChunkItem {
                    id,
                    label: "".into(),
                    input: Vec::new(),
                    promise: Box::new(promise),
                };
                (item, future)
            })
            .unzip();
        let chunk = Chunk { id, function: "square", items, attempts: 0 };
        self.core.submit(vec![chunk]).unwrap();
        futures
    }

    /// Has the pool ask for what it needs, and takes the next request.
    fn requested(&mut self) -> Worker {
        assert!(self.core.spawn_request().is_none(), "nothing is to be spawned");
        let mut bytes = [0; 16];
        let (count, mut ends) = receive_with(&self.server, &mut bytes).unwrap();
        let frame = wire::read(&mut &bytes[..count]).unwrap().unwrap();
        let (stderr, stdout) = (ends.pop().unwrap(), ends.pop().unwrap());
        Worker {
            number: u64::from_le_bytes(frame.payload.try_into().unwrap()),
            socket: ends.pop().unwrap().into(),
            stderr,
            stdout,
        }
    }

    /// The same for a worker that starts and is ready.
    fn started(&mut self) -> Worker {
        let worker = self.requested();
        self.forked(worker.number, pid(worker.number), "");
        self.read_server();
        self.hello(&worker);
        worker
    }

    fn forked(&self, number: u64, pid: u32, why: &str) {
        let parts = [&number.to_le_bytes()[..], &pid.to_le_bytes(), why.as_bytes()];
        wire::write(&mut &self.server, Kind::Forked, &parts.concat()).unwrap();
    }

    fn ended(&mut self, number: u64, death: Death) {
        let reported = [&number.to_le_bytes()[..], &death.to_bytes()].concat();
        wire::write(&mut &self.server, Kind::Ended, &reported).unwrap();
        self.read_server();
    }

    fn read_server(&mut self) {
        self.core.take_in(&[WatchSource::Server]);
        self.settle();
    }

    fn hello(&mut self, worker: &Worker) {
        self.send(worker, Kind::Hello, &[]);
    }

    /// The worker's answer: this number of values, all 7, done at `ended`.
    fn answer(&mut self, worker: &Worker, chunk: u64, values: u32, ended: u64) {
        let mut answer = [chunk.to_le_bytes(), ended.to_le_bytes()].concat();
        answer.extend(values.to_le_bytes());
        for _ in 0..values {
            answer.push(0);
            pack::put_bytes(&mut answer, b"7");
        }
        self.send(worker, Kind::Answer, &answer);
    }

    fn send(&mut self, worker: &Worker, kind: Kind, payload: &[u8]) {
        wire::write(&mut &worker.socket, kind, payload).unwrap();
        let source = WatchSource::Worker(worker.number, Part::Socket);
        self.core.take_in(&[source]);
        self.settle();
    }

    fn settle(&mut self) {
        for settlement in take(&mut self.core.settled) {
            assert!(settlement.carry_out());
        }
    }

    /// Fills the link to the server, whose requests are not read.
    fn fill_line(&self) -> usize {
        let mut filled = 0;
        while let Ok(count) = (&self.link).write(&[0; 1024]) {
            filled += count;
        }
        filled
    }

    fn states(&self) -> Vec<WorkerState> {
        let workers = self.core.view().workers;
        workers.into_iter().map(|worker| worker.state).collect()
    }

    fn broken(&self) -> String {
        self.core.view().broken.unwrap().to_string()
    }
}

impl Worker {
    /// The next frame that it was sent.
    fn receive(&self) -> Frame {
        wire::read(&mut &self.socket).unwrap().unwrap()
    }
}

fn pid(number: u64) -> u32 {
    PID + u32::try_from(number).unwrap()
}

fn error(future: &Future<u64>) -> String {
    future.error().unwrap().to_string()
}

mod figures;
mod lanes;
mod starts;
