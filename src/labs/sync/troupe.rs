//! The processes of a play, seen by the director: how they are started, shown, and what
//! they leave behind when all have ended.
//!
//! Each is a worker process of its own, so its lane, its pid and its death are its own.
//! They see the same region: a board first, then the tool. Must not know any single tool.

use std::io;
use std::time::{Duration, Instant};

use super::actor::{Board, Notes, Script};
use super::costs::per_operation;
use super::jobs::{Act, Parts};
use super::relay::Relay;
use super::tool::{Cost, Inside, Outcome, Stage, Tool, Wrong};
use crate::kit::child::worker_fn::Json;
use crate::kit::event::ResourceKind;
use crate::kit::future::{Future, TaskError};
use crate::kit::limit::Limit;
use crate::kit::process_pool::{ProcessPool, Shutdown};
use crate::kit::recorder::without_sink;
use crate::kit::shared::{Layout, Region};

/// How often the director looks.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// A play in which nobody moves for so long does not end by itself.
const LONGEST: Duration = Duration::from_secs(30);
/// How long the processes of a wrong use wait for what will not come.
const PATIENCE: Duration = Duration::from_millis(300);
/// The same on the live screen, where a standstill is to be looked at.
const LINGER: Duration = Duration::from_secs(3);
/// Hand-overs kept.
const ORDER: usize = 24;
/// Processes that want a tool at once, for its cost.
const CONTENDERS: usize = 2;

/// The processes of a play, and what they share.
pub(super) struct Troupe<'a> {
    stage: &'a Stage<'a>,
    script: Script,
    region: Region,
    board: Board,
    /// Nothing of those who only measure is shown: they have no lanes.
    relay: Option<Relay>,
    players: Vec<Player>,
}

struct Player {
    name: String,
    process: ProcessPool,
    acted: Future<Json<Notes>>,
}

/// How a play went, before its audit.
pub(super) struct Acted {
    /// What each process noted, or why it could not.
    pub(super) notes: Vec<Result<Notes, String>>,
    order: Vec<String>,
}

impl Stage<'_> {
    /// A troupe for a play of `tool`, which takes `cells` of shared memory.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub(super) fn troupe(
        &self,
        tool: &Tool,
        wrong: Option<&Wrong>,
        cells: usize,
    ) -> io::Result<Troupe<'_>> {
        self.assemble(tool, wrong, cells, None)
    }

    fn assemble(
        &self,
        tool: &Tool,
        wrong: Option<&Wrong>,
        cells: usize,
        timed: Option<usize>,
    ) -> io::Result<Troupe<'_>> {
        let region = Region::create(Board::CELLS + cells)?;
        let board = Board::create(&mut region.layout(), timed.unwrap_or(1));
        let kind = Parts::of(tool.id).map_or(ResourceKind::Lock, |parts| parts.kind);
        let blocking = if self.live { LINGER } else { PATIENCE };
        Ok(Troupe {
            stage: self,
            script: Script {
                tool: tool.id.to_owned(),
                name: String::new(),
                wrong: wrong.map(|wrong| wrong.name.to_owned()),
                part: 0,
                workers: self.workers,
                ops: self.ops,
                patience_ms: u64::try_from(blocking.as_millis()).unwrap_or(u64::MAX),
                told: String::new(),
                timed,
            },
            region,
            board,
            relay: timed.is_none().then(|| Relay::new(self, tool.title, kind)),
            players: Vec::new(),
        })
    }

    /// What one operation costs one process, and several at once.
    ///
    /// # Errors
    /// If the processes cannot be started, or the measurement was called off.
    pub(super) fn costs_apart(
        &self,
        tool: &Tool,
        cells: usize,
        prepare: impl Fn(&mut Layout),
    ) -> io::Result<Vec<Cost>> {
        let counts = [1, CONTENDERS];
        let costs = counts.map(|count| self.cost_apart(tool, cells, &prepare, count));
        costs.into_iter().collect()
    }

    /// What one operation costs that takes `count` processes.
    ///
    /// # Errors
    /// As above.
    pub(super) fn cost_apart(
        &self,
        tool: &Tool,
        cells: usize,
        prepare: impl Fn(&mut Layout),
        count: usize,
    ) -> io::Result<Cost> {
        let troupe = self.timed(tool, cells, count)?;
        prepare(&mut troupe.layout());
        troupe.measure(tool.title)
    }

    /// A troupe of `count` that measures a cost.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub(super) fn timed(&self, tool: &Tool, cells: usize, count: usize) -> io::Result<Troupe<'_>> {
        self.assemble(tool, None, cells, Some(count))
    }
}

impl Troupe<'_> {
    /// What those who are started from now on need to know beside the script.
    pub(super) fn tell(&mut self, told: String) {
        self.script.told = told;
    }

    /// Measures the cost that this troupe was made for.
    ///
    /// # Errors
    /// If the processes cannot be started, or fail, or the measurement was called off.
    pub(super) fn measure(mut self, label: &str) -> io::Result<Cost> {
        let count = self.script.timed.unwrap_or(1);
        self.start_all("cost", count)?;
        let acted = self.run(|_| Inside::default())?;
        let timed = acted.all()?;
        let samples = timed.iter().map(|notes| notes.timed.len()).min();
        let samples = (0..samples.unwrap_or(0)).map(|at| {
            let all = timed.iter().filter_map(|notes| notes.timed.get(at));
            per_operation(all.map(|(done, ns)| (*done, Duration::from_nanos(*ns))))
        });
        Ok(Cost {
            label: label.to_owned(),
            contended: count > 1,
            samples: samples.collect(),
        })
    }

    /// How long to wait for what a wrong use keeps from coming.
    pub(super) fn blocking(&self) -> Duration {
        Duration::from_millis(self.script.patience_ms)
    }

    /// Where the tool is laid out.
    pub(super) fn layout(&self) -> Layout {
        let mut layout = self.region.layout();
        Board::attach(&mut layout);
        layout
    }

    /// Starts the next process.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(super) fn start(&mut self, name: &str) -> io::Result<()> {
        let mut builder = ProcessPool::builder(self.stage.program, 1).region(self.region.clone());
        if let Some(relay) = &mut self.relay {
            builder = builder.observer(relay.lane(name));
        }
        let process = builder.build().map_err(io::Error::other)?;
        let script = Script {
            part: self.players.len(),
            name: name.to_owned(),
            ..self.script.clone()
        };
        let acted = without_sink(|| process.submit::<Act>(&Json(script)));
        let acted = acted.map_err(io::Error::other)?;
        self.players.push(Player {
            name: name.to_owned(),
            process,
            acted,
        });
        Ok(())
    }

    /// Starts `count` processes `name-1`, `name-2` ...
    ///
    /// # Errors
    /// If one cannot be started.
    pub(super) fn start_all(&mut self, name: &str, count: usize) -> io::Result<()> {
        (1..=count).try_for_each(|number| self.start(&format!("{name}-{number}")))
    }

    /// The name of the process with this pid, which is also the id of its main thread.
    pub(super) fn name(&self, pid: Option<u32>) -> String {
        let Some(pid) = pid else {
            return "nobody".to_owned();
        };
        let part = self.relay.as_ref().and_then(|relay| relay.part(pid));
        let player = part.and_then(|part| self.players.get(part));
        player.map_or_else(|| format!("process {pid}"), |player| player.name.clone())
    }

    /// Those who wait for the tool, in the order of their arrival.
    pub(super) fn line(&self) -> Vec<String> {
        let waiting = self.board.line();
        let names = waiting.into_iter().filter_map(|part| {
            let player = self.players.get(part)?;
            (!player.acted.is_done()).then(|| player.name.clone())
        });
        names.collect()
    }

    /// Shows the play until all processes have ended.
    ///
    /// # Errors
    /// If it is called off, or does not end.
    pub(super) fn run(self, look: impl Fn(&Self) -> Inside) -> io::Result<Acted> {
        self.run_beside(look, |_| Ok(false))
    }

    /// The same; meanwhile `act` is called again and again, until it says that the
    /// director's own part is over.
    ///
    /// # Errors
    /// As above, and that of `act`.
    pub(super) fn run_beside(
        mut self,
        look: impl Fn(&Self) -> Inside,
        mut act: impl FnMut(&Limit) -> io::Result<bool>,
    ) -> io::Result<Acted> {
        let mut shown = None;
        let mut acting = true;
        let mut moved = (0, Instant::now());
        while !self.players.iter().all(|player| player.acted.is_done()) {
            // Nobody follows a measurement with their eyes.
            if self.script.timed.is_none() {
                self.board.set_pace(self.stage.controller.delay().get());
            }
            self.board.raise_curtain(self.players.len());
            self.show(&look, &mut shown);
            acting = acting && act(&Limit::within(POLL_INTERVAL).or(self.stage.stop()))?;
            if !acting && self.stage.stop().sleep(POLL_INTERVAL) || self.stage.stop().requested() {
                return Err(Stage::called_off());
            }
            if let Some(why) = self.hindrance() {
                return Err(io::Error::other(why));
            }
            if self.board.told() != moved.0 {
                moved = (self.board.told(), Instant::now());
            }
            if moved.1.elapsed() > LONGEST {
                return Err(io::Error::other("nobody has moved for too long"));
            }
        }
        self.show(&look, &mut shown);
        if let Some(why) = self.hindrance() {
            return Err(io::Error::other(why));
        }
        let acted = self.acted();
        // All at once: each takes a moment to end.
        for player in &self.players {
            player.process.begin_shutdown(Shutdown::Drain);
        }
        for player in &self.players {
            player.process.shutdown(Shutdown::Drain);
        }
        Ok(acted)
    }

    /// Why the play cannot come to its end, if a process cannot do its part: the others
    /// would wait for it. A death is part of some wrong uses, but only once all are there:
    /// the start gate does not open without it.
    fn hindrance(&self) -> Option<String> {
        let deaths = self.script.wrong.is_some() && self.board.curtain.is_set();
        self.players.iter().find_map(|player| {
            let error = player.acted.error()?;
            let expected = deaths && matches!(error, TaskError::WorkerDied { .. });
            (!expected).then(|| format!("{}: {error}", player.name))
        })
    }

    /// Passes on what is new, and shows the structure inside if that is.
    fn show(&mut self, look: impl Fn(&Self) -> Inside, shown: &mut Option<Inside>) {
        let Some(relay) = &mut self.relay else {
            return;
        };
        relay.pass_on(&self.board);
        let inside = look(self);
        if shown.as_ref() != Some(&inside) {
            self.stage.show(inside.clone());
            *shown = Some(inside);
        }
    }

    fn acted(&self) -> Acted {
        Acted::of(self.players.iter().map(|player| {
            let acted = player.acted.take(&Limit::now());
            let notes = acted.map(|notes| notes.0);
            let notes = notes.map_err(|failure| failure.to_string());
            (player.name.clone(), notes)
        }))
    }
}

impl Drop for Troupe<'_> {
    fn drop(&mut self) {
        if let Some(relay) = &mut self.relay {
            relay.pass_on(&self.board);
            relay.let_go();
        }
        self.players.clear();
        if let Some(relay) = &mut self.relay {
            relay.pass_on(&self.board);
        }
    }
}

impl Acted {
    /// What each process, by its name, noted, or why it could not.
    pub(super) fn of(all: impl Iterator<Item = (String, Result<Notes, String>)>) -> Self {
        let (mut noted, mut order) = (Vec::new(), Vec::new());
        for (name, notes) in all {
            let got = notes.iter().flat_map(|notes| &notes.got_at);
            order.extend(got.map(|at| (*at, name.clone())));
            noted.push(notes);
        }
        order.sort();
        order.truncate(ORDER);
        Self {
            notes: noted,
            order: order.into_iter().map(|(_, name)| name).collect(),
        }
    }

    /// The notes of everyone; the error of the first who failed.
    ///
    /// # Errors
    /// If somebody failed.
    pub(super) fn all(&self) -> io::Result<Vec<&Notes>> {
        let all = self.notes.iter();
        all.map(|notes| notes.as_ref().map_err(|why| io::Error::other(why.clone())))
            .collect()
    }

    /// What the processes said, in the order of their parts.
    pub(super) fn said(&self) -> impl Iterator<Item = &str> {
        let notes = self.notes.iter().flatten();
        notes.flat_map(|notes| notes.said.iter().map(String::as_str))
    }

    /// The outcome of the play: what was to come out of so many operations, and what did.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "figures and texts alike, as they were made"
    )]
    pub(super) fn outcome(
        self,
        operations: u64,
        expected: impl ToString,
        got: impl ToString,
    ) -> Outcome {
        let notes = self.notes.into_iter().flatten();
        Outcome {
            operations,
            expected: expected.to_string(),
            got: got.to_string(),
            order: self.order,
            waits_ns: notes.flat_map(|notes| notes.waits_ns).collect(),
            ..Outcome::default()
        }
    }
}
