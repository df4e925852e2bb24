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
use rustix::process::Signal;

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
/// Workers that may die before their hello until the pool gives up starting them.
const FALSE_STARTS: u32 = 3;
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
    gone: Vec<Gone>,
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
            gone: Vec::new(),
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
                        if !self.start_worker() {
                            break;
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
                end_now(slot);
            }
        }
    }

    /// Gives waiting chunks to idle workers, and starts workers while there are too few.
    fn assign(&mut self) {
        while !self.queue.is_empty() {
            let idle = self.slots.iter().position(Slot::is_idle);
            let Some(at) = idle.or_else(|| {
                let wanted = self.slots.iter().filter(|slot| !slot.retiring).count() < self.limit;
                (wanted && self.broken.is_none() && self.start_worker())
                    .then(|| self.slots.len() - 1)
            }) else {
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
                say(
                    slot,
                    LaneEvent::TaskStarted {
                        task: item.id,
                        label: chunk.job.into(),
                    },
                );
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

    /// Starts one more worker; `false` if that is not possible now.
    fn start_worker(&mut self) -> bool {
        let number = self.workers_so_far;
        let started = match self.how.start.clone() {
            Start::Spawn => Process::spawn(&self.how.program),
            Start::ForkServer(server) => Line::to(&mut self.server, &server)
                .and_then(|line| Process::request(&line.stream, number)),
        };
        match started.and_then(|process| self.enrol(number, process)) {
            Ok(()) => true,
            Err(error) => {
                // With others at work the queue is still worked off.
                if self.slots.is_empty() {
                    self.break_down(&format!("no worker could be started: {error}"));
                }
                false
            }
        }
    }

    fn enrol(&mut self, number: u64, process: Process) -> io::Result<()> {
        if let Some(region) = &self.how.region {
            send_with(
                &process.socket,
                &encode(Kind::Region, &[])?,
                &[region.file()],
            )?;
        }
        let mut slot = Slot::new(number, process, monotonic_ns())?;
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
            retire(slot);
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
        for (at, slot) in self
            .slots
            .iter_mut()
            .enumerate()
            .filter(|(at, _)| ready.contains(at))
        {
            slot.write_some();
            slot.read_some(|_, frame| frames.push((at, frame)));
            slot.hear();
        }
        for (at, frame) in frames {
            self.take_in(at, &frame);
        }
        self.hear_server();
        let now = Instant::now();
        for at in (0..self.slots.len()).rev() {
            let slot = &mut self.slots[at];
            if slot.kill_at.is_some_and(|late| late <= now)
                || slot.broken.is_some()
                || (slot.silent && !slot.retiring)
            {
                slot.process.kill(Signal::KILL);
                slot.kill_at = None;
            }
            if let Some(death) = slot.process.reap() {
                self.bury(at, death);
            }
        }
    }
}

fn refuse(chunk: Chunk, reason: &Arc<str>) {
    chunk.fail(|task| TaskError::Broken {
        task,
        reason: Arc::clone(reason),
    });
}

/// Lets a worker end by itself, within [`GRACE`].
fn retire(slot: &mut Slot) {
    slot.retiring = true;
    slot.kill_at = Some(Instant::now() + GRACE);
    let _ = slot.process.socket.shutdown(std::net::Shutdown::Write);
}

/// Ends a worker at once. Killing needs a pid; until the fork server has told it, the
/// closed socket does the same.
fn end_now(slot: &mut Slot) {
    slot.retiring = true;
    slot.process.kill(Signal::KILL);
    let _ = slot.process.socket.shutdown(std::net::Shutdown::Both);
}

fn say(slot: &Slot, what: LaneEvent) {
    if let Some(voice) = &slot.voice {
        voice.emit(what);
    }
}
