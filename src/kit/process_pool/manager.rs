//! The manager: the one thread that talks to all workers of a pool.
//!
//! A round: obey commands, give work to idle workers, end those that are not needed,
//! say how things stand, wait until something happens. Nothing in it blocks but the wait.

use std::collections::VecDeque;
use std::io;
use std::mem::take;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;

use super::chunk::{Answer, Chunk, task_error};
use super::slot::Slot;
use super::view::{Gone, Milestones};
use super::{Builder, Policy, Shared, Shutdown};
use crate::kit::child::{Death, Process, Start, send_with};
use crate::kit::clock::monotonic_ns;
use crate::kit::event::{Ending, LaneEvent, TaskOutcome};
use crate::kit::future::TaskError;
use crate::kit::wire::{Frame, Kind, encode, pack};

mod server;
mod show;

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

    /// The positions of workers with something to read, to write or to bury.
    fn ready(&self) -> Vec<usize> {
        let mut owners = Vec::new();
        let mut watched = vec![PollFd::new(&self.shared.wake, PollFlags::IN)];
        if let Some(line) = &self.server {
            watched.push(PollFd::new(&line.stream, PollFlags::IN));
        }
        let others = watched.len();
        for (at, slot) in self.slots.iter().enumerate() {
            let mut watch = |fd, flags| {
                owners.push(at);
                watched.push(PollFd::from_borrowed_fd(fd, flags));
            };
            if !slot.silent && slot.broken.is_none() {
                let flags = if slot.has_mail() {
                    PollFlags::IN | PollFlags::OUT
                } else {
                    PollFlags::IN
                };
                watch(slot.process.socket.as_fd(), flags);
            }
            for pipe in [&slot.process.stdout, &slot.process.stderr]
                .into_iter()
                .flatten()
            {
                watch(pipe.as_fd(), PollFlags::IN);
            }
            if let Some(end) = slot.process.end() {
                watch(end, PollFlags::IN);
            }
        }
        let patience = self
            .patience()
            .and_then(|time| Timespec::try_from(time).ok());
        if poll(&mut watched, patience.as_ref()).is_err() {
            return Vec::new();
        }
        let ready = owners
            .into_iter()
            .zip(&watched[others..])
            .filter(|(_, fd)| !fd.revents().is_empty());
        ready.map(|(at, _)| at).collect()
    }

    /// How long a wait may last.
    fn patience(&self) -> Option<Duration> {
        let now = Instant::now();
        let kill = self
            .slots
            .iter()
            .filter_map(|slot| slot.kill_at)
            .map(|late| late.saturating_duration_since(now))
            .min();
        let look = self
            .slots
            .iter()
            .any(|slot| slot.held.is_some())
            .then_some(LOOK);
        kill.into_iter().chain(look).min()
    }

    fn take_in(&mut self, at: usize, frame: &Frame) {
        let slot = &mut self.slots[at];
        match frame.kind {
            Kind::Hello => {
                let now = monotonic_ns();
                slot.ready_ns = Some(now);
                self.milestones.ready = now;
                self.false_starts = 0;
            }
            Kind::Answer if frame.payload.starts_with(&INITIALIZER.to_le_bytes()) => {
                let result = Answer::read(&frame.payload)
                    .and_then(|answer| answer.results.into_iter().next());
                if let Some(Err(error)) = result {
                    self.break_down(&format!(
                        "the initializer failed in {}: {error}",
                        self.slots[at].name
                    ));
                }
            }
            Kind::Answer => match slot.take_answer(&frame.payload) {
                Ok((chunk, answer)) => self.settle(at, chunk, answer),
                Err(why) => slot.broken = Some(why),
            },
            other => {
                slot.broken = Some(format!("sent {other:?}, which is not for a worker to send"))
            }
        }
    }

    fn settle(&mut self, at: usize, chunk: Chunk, answer: Answer) {
        self.milestones.computed = self.milestones.computed.max(answer.ended);
        self.milestones.received = monotonic_ns();
        let slot = &mut self.slots[at];
        slot.done += chunk.items.len() as u64;
        if self
            .how
            .tasks_per_worker
            .is_some_and(|most| slot.done >= most)
        {
            retire(slot);
        }
        let mut unreadable = None;
        for (item, result) in chunk.items.into_iter().zip(answer.results) {
            let task = item.id;
            match result {
                Ok(bytes) => {
                    say(
                        slot,
                        LaneEvent::TaskEnded {
                            task,
                            outcome: TaskOutcome::Finished,
                        },
                    );
                    if !item.promise.finish(&bytes) {
                        unreadable = Some(format!(
                            "the result of {} #{task} could not be read",
                            chunk.job
                        ));
                    }
                }
                Err(error) => {
                    let error = task_error(error, &slot.name);
                    let outcome = TaskOutcome::Failed {
                        error: error.to_string().into(),
                    };
                    say(slot, LaneEvent::TaskEnded { task, outcome });
                    item.promise.fail(error);
                }
            }
        }
        if let Some(voice) = &slot.voice {
            voice.emit(LaneEvent::Idle);
            voice.flush();
        }
        if let Some(why) = unreadable {
            self.break_down(&why);
        }
    }

    /// A worker has ended: everything it sent is read first.
    fn bury(&mut self, at: usize, death: Death) {
        let mut frames = Vec::new();
        self.slots[at].read_some(|_, frame| frames.push(frame));
        self.slots[at].hear();
        for frame in frames {
            self.take_in(at, &frame);
        }
        let mut slot = self.slots.swap_remove(at);
        let pid = slot.process.pid();
        let expected = slot.retiring && slot.held.is_none();
        self.gone.push(Gone {
            pid,
            death,
            expected,
        });
        let cause: Arc<str> = match &slot.broken {
            Some(why) => format!("{why} and {death}").into(),
            None => death.to_string().into(),
        };
        if let Some(voice) = &slot.voice {
            voice.must(LaneEvent::Ended(match death {
                Death::Exited(code) => Ending::Exited { code },
                Death::Signalled(signal) => Ending::Killed { signal },
            }));
        }
        if !expected {
            self.mourn(slot.held.take(), pid, &cause, slot.ready_ns.is_some());
        }
    }

    /// A worker died that was not to: the policy says what becomes of its work.
    fn mourn(&mut self, held: Option<Chunk>, pid: u32, cause: &Arc<str>, was_ready: bool) {
        let died = |attempts| {
            move |task: Arc<str>| TaskError::WorkerDied {
                task,
                pid,
                cause: Arc::clone(cause),
                attempts,
            }
        };
        if !was_ready {
            self.false_starts += 1;
        }
        match (self.how.policy, held) {
            (Policy::Break, held) => {
                let reason = format!("worker {pid} {cause}");
                // Whoever hears of the death must find the pool broken already.
                self.declare_broken(&reason);
                if let Some(chunk) = held {
                    chunk.fail(died(1));
                }
                self.end_all(&reason.into());
            }
            (Policy::Replace { retries }, Some(chunk))
                if chunk.attempts <= retries && !self.closing_now() =>
            {
                self.retried += chunk.items.len();
                self.queue.push_front(chunk);
            }
            (Policy::Replace { .. }, Some(chunk)) => {
                let attempts = chunk.attempts;
                chunk.fail(died(attempts));
            }
            (Policy::Lose, Some(chunk)) => self.lost.push(chunk),
            (Policy::Replace { .. } | Policy::Lose, None) => {}
        }
        if self.false_starts >= FALSE_STARTS && self.broken.is_none() {
            self.break_down(&format!(
                "{FALSE_STARTS} workers in a row died before they were ready; the last one {cause}"
            ));
        }
    }

    fn closing_now(&self) -> bool {
        self.closing && self.slots.is_empty() && self.queue.is_empty()
    }

    /// The pool is of no use any more: everything that waits fails, each with its own error.
    fn break_down(&mut self, reason: &str) {
        if self.declare_broken(reason) {
            self.end_all(&reason.into());
        }
    }

    /// Refuses tasks from now on; `false` if the pool was broken before.
    fn declare_broken(&mut self, reason: &str) -> bool {
        if self.broken.is_some() {
            return false;
        }
        self.broken = Some(reason.into());
        self.shared.view().broken.clone_from(&self.broken);
        true
    }

    fn end_all(&mut self, reason: &Arc<str>) {
        for chunk in take(&mut self.queue) {
            refuse(chunk, reason);
        }
        for slot in &mut self.slots {
            if let Some(chunk) = slot.held.take() {
                refuse(chunk, reason);
            }
            end_now(slot);
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
