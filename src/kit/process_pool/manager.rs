//! The manager: the one thread that talks to all workers of a pool.
//!
//! A round: obey commands, give work to idle workers, end those that are not needed,
//! say how things stand, wait until something happens. Nothing in it blocks but the wait.

use std::collections::VecDeque;
use std::io;
use std::mem::take;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use super::chunk::Chunk;
use super::slot::Slot;
use super::view::{Gone, Milestones};
use super::{Builder, Shared, Shutdown};
use crate::kit::child::{Process, Start, send_with};
use crate::kit::clock::monotonic_ns;
use crate::kit::event::LaneEvent;
use crate::kit::future::TaskError;
use crate::kit::wire::{Kind, encode, pack};

mod answers;
mod deaths;
mod server;
mod show;
mod watch;

use server::Line;

/// How long a worker that was told to end may take before it is killed.
const GRACE: Duration = Duration::from_secs(1);
/// How often workers that hold work are looked at: a stopped one wakes nobody.
const LOOK: Duration = Duration::from_millis(500);
/// Workers in a row that may die before their hello until the pool gives up: more than
/// a hail of kills brings about.
const FALSE_STARTS: u32 = 10;
/// How long a fork server may take to tell the end of a worker that was killed.
const SERVER_PATIENCE: Duration = Duration::from_secs(10);
/// The number of the initializer's chunk.
const INITIALIZER: u64 = u64::MAX;

/// What the pool's face asks of its manager.
pub(super) enum Command {
    Submit(Chunk),
    Prestart,
    Resize(usize),
    Shutdown(Shutdown),
}

pub(super) struct Manager {
    how: Builder,
    inbox: Receiver<Command>,
    shared: Arc<Shared>,
    queue: VecDeque<Chunk>,
    slots: Vec<Slot>,
    limit: usize,
    server: Option<Line>,
    workers_so_far: u64,
    closing: bool,
    broken: Option<Arc<str>>,
    /// Chunks of dead workers under [`Policy::Lose`]: their futures stay open.
    lost: Vec<Chunk>,
    false_starts: u32,
    /// When the workers were last looked at.
    looked: Instant,
    retried: usize,
    gone: Arc<Vec<Gone>>,
    milestones: Milestones,
}

impl Manager {
    pub(super) fn new(how: Builder, inbox: Receiver<Command>, shared: Arc<Shared>) -> Self {
        let limit = how.workers;
        Self {
            how,
            inbox,
            shared,
            queue: VecDeque::new(),
            slots: Vec::new(),
            limit,
            server: None,
            workers_so_far: 0,
            closing: false,
            broken: None,
            lost: Vec::new(),
            false_starts: 0,
            looked: Instant::now(),
            retried: 0,
            gone: Arc::default(),
            milestones: Milestones {
                made: monotonic_ns(),
                ..Milestones::default()
            },
        }
    }

    pub(super) fn run(mut self) {
        loop {
            self.obey();
            self.assign();
            self.retire_the_idle();
            if self.closing && self.slots.is_empty() && self.queue.is_empty() {
                break;
            }
            self.show(false);
            self.wait();
        }
        self.milestones.ended = monotonic_ns();
        self.show(true);
    }

    fn obey(&mut self) {
        let mut spent = [0; 8];
        let _ = rustix::io::read(&self.shared.wake, &mut spent);
        while let Ok(command) = self.inbox.try_recv() {
            match command {
                Command::Submit(chunk) => match &self.broken {
                    Some(reason) => refuse(chunk, reason),
                    None => self.queue.push_back(chunk),
                },
                Command::Prestart => {
                    while self.slots.len() < self.limit && self.broken.is_none() && !self.closing {
                        if let Err(error) = self.start_worker() {
                            self.break_down(&no_worker(&error));
                        }
                    }
                }
                Command::Resize(limit) => self.limit = limit,
                Command::Shutdown(how) => self.close(how),
            }
        }
    }

    fn close(&mut self, how: Shutdown) {
        self.closing = true;
        if how != Shutdown::Drain {
            take(&mut self.queue).into_iter().for_each(Chunk::cancel);
        }
        if how == Shutdown::Terminate {
            for slot in &mut self.slots {
                if let Some(chunk) = slot.held.take() {
                    chunk.fail(|task| TaskError::Broken {
                        task,
                        reason: "it was terminated".into(),
                    });
                }
                slot.retiring = true;
                slot.kill();
            }
        }
    }

    /// Gives waiting chunks to idle workers, and starts workers while there are too few.
    fn assign(&mut self) {
        while !self.queue.is_empty() {
            let idle = self.slots.iter().position(Slot::is_idle);
            let Some(at) = idle.or_else(|| self.grow().then(|| self.slots.len() - 1)) else {
                return;
            };
            let Some(mut chunk) = self.queue.pop_front() else {
                return;
            };
            let slot = &mut self.slots[at];
            let Some(payload) = chunk.begin(&slot.name) else {
                continue;
            };
            for item in &chunk.items {
                slot.tell(|| LaneEvent::TaskStarted {
                    task: item.id,
                    label: chunk.job.into(),
                });
            }
            if let Err(error) = slot.send(Kind::Chunk, &payload) {
                let why: Arc<str> = error.to_string().into();
                chunk.fail(|task| TaskError::Unsendable {
                    task,
                    why: Arc::clone(&why),
                });
                continue;
            }
            slot.held = Some(chunk);
            self.milestones.sent = monotonic_ns();
        }
    }

    /// Starts one more worker for what waits, if there may be one more; `false` if not.
    fn grow(&mut self) -> bool {
        let working = self.slots.iter().filter(|slot| !slot.retiring).count();
        if working >= self.limit || self.broken.is_some() {
            return false;
        }
        match self.start_worker() {
            Ok(()) => true,
            Err(error) => {
                // With others at work the queue is still worked off.
                if self.slots.is_empty() {
                    self.break_down(&no_worker(&error));
                }
                false
            }
        }
    }

    fn start_worker(&mut self) -> io::Result<()> {
        let number = self.workers_so_far;
        let process = match self.how.start.clone() {
            Start::Spawn => Process::spawn(&self.how.program),
            Start::ForkServer(server) => Line::to(&mut self.server, &server)
                .and_then(|line| Process::request(&line.stream, number)),
        };
        self.enrol(number, process?)
    }

    fn enrol(&mut self, number: u64, process: Process) -> io::Result<()> {
        if let Some(region) = &self.how.region {
            send_with(
                &process.socket,
                &encode(Kind::Region, &[])?,
                &[region.file()],
            )?;
        }
        let watched = self.how.observer.is_some();
        let mut slot = Slot::new(number, process, monotonic_ns(), watched)?;
        if let Some((job, input)) = &self.how.initializer {
            let mut payload = INITIALIZER.to_le_bytes().to_vec();
            pack::put_bytes(&mut payload, job.as_bytes());
            payload.extend_from_slice(&1u32.to_le_bytes());
            pack::put_bytes(&mut payload, input);
            slot.send(Kind::Chunk, &payload)?;
        }
        self.workers_so_far += 1;
        if slot.process.pid() != 0 {
            self.introduce(&mut slot);
        }
        self.slots.push(slot);
        Ok(())
    }

    /// Its process exists.
    fn introduce(&mut self, slot: &mut Slot) {
        self.milestones.spawned = monotonic_ns();
        if let Some(observer) = &self.how.observer {
            slot.speak_as(observer(&slot.name, slot.process.pid()));
        }
    }

    /// Ends workers that are not needed any more.
    fn retire_the_idle(&mut self) {
        let done = self.closing && self.queue.is_empty();
        let mut surplus = self
            .slots
            .iter()
            .filter(|slot| !slot.retiring)
            .count()
            .saturating_sub(self.limit);
        for slot in self.slots.iter_mut().filter(|slot| slot.is_idle()) {
            if !done && surplus == 0 {
                break;
            }
            surplus = surplus.saturating_sub(1);
            slot.retire(GRACE);
        }
    }

    /// Waits until something happens, and takes it in.
    fn wait(&mut self) {
        let ready = self.ready();
        if self.looked.elapsed() >= LOOK {
            self.looked = Instant::now();
            self.slots.iter_mut().for_each(Slot::look);
        }
        let mut frames = Vec::new();
        for at in &ready {
            let slot = &mut self.slots[*at];
            slot.write_some();
            slot.read_some(|_, frame| frames.push((*at, frame)));
            slot.hear();
        }
        for (at, frame) in frames {
            self.take_in(at, &frame);
        }
        let now = Instant::now();
        for slot in &mut self.slots {
            let late = slot.kill_at.is_some_and(|late| late <= now);
            let useless = slot.broken.is_some() || (slot.silent && !slot.retiring);
            if late || (useless && slot.killed.is_none()) {
                slot.kill();
            }
        }
        // From the last one down: a burial moves only those behind it.
        for at in ready.into_iter().rev() {
            if let Some(death) = self.slots[at].process.reap() {
                self.bury(at, death);
            }
        }
        self.hear_server();
    }
}

fn no_worker(why: &io::Error) -> String {
    format!("no worker could be started: {why}")
}

fn refuse(chunk: Chunk, reason: &Arc<str>) {
    chunk.fail(|task| TaskError::Broken {
        task,
        reason: Arc::clone(reason),
    });
}
