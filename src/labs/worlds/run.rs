//! The main thread of the comparison: it runs the steps of the plan one after the other.
//!
//! It measures the strategies alternately, so that a slow moment of the machine affects
//! all of them. A step that fails is reported and left out, and the rest continues: on a
//! machine that forbids processes the threads are still compared.

use std::cell::Cell;
use std::io;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::kit::event::Pause;
use crate::kit::load::{Load, Reading};
use crate::kit::recorder::Lane;
use crate::kit::stop::Stop;
use crate::kit::stream::Server;
use crate::kit::threads;
use crate::lab::{Cpython, Interrupt, Session, Words};

use super::ThreadsOrProcesses;
use super::experiment::rounds::{ROUNDS, in_turns, run_rounds};
use super::experiment::strategies::StrategyRun;
use super::experiment::work::{Task, calibrate, serve};
use super::experiment::{costs, isolation, python};
use super::facts::Fact;
use super::settings::{N, PYTHON, SIZE, WORK};
use super::state::{Runtime, Strategy, Work};

/// Pause on the live screen before the comparison is measured again; short in tests. Long
/// enough that the machine is mostly idle while the figures are read.
const REPEAT_AFTER: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 20 });

/// Passes through the plan: one, or on the live screen one after the other, until a
/// setting changes.
///
/// # Errors
/// Only that the run was stopped or a setting changed: what fails is reported instead.
pub fn run(session: &mut Session<'_, ThreadsOrProcesses>) -> Result<(), Interrupt> {
    let (lane, n) = (session.lane(), session.settings().get(N));
    lane.reliable_fact(Fact::Began { n });
    // Rounds are numbered through all passes with the same settings, so each pass adds
    // samples and the intervals become narrower.
    for pass in 0.. {
        Pass { session, lane, first: pass * ROUNDS, done: Cell::new(0) }.run()?;
        lane.reliable_fact(Fact::Done);
        if !session.settings().live {
            break;
        }
        let end = session.pause(Pause::Exercise, REPEAT_AFTER);
        // Commands of this lab are answers to the guide, which are already in the state;
        // they do not end the pause.
        while session.command_until(end)?.is_some() {}
    }
    Ok(())
}

/// One pass through the plan, whose rounds are numbered from `first` on. It only borrows
/// the session, so no command is taken during a pass; a changed setting ends it through
/// the stop.
struct Pass<'a> {
    session: &'a Session<'a, ThreadsOrProcesses>,
    lane: &'a Lane<Fact>,
    first: usize,
    /// Measurements of this pass that have begun.
    done: Cell<usize>,
}

/// Those before the comparison: the variable and the crash.
const BEFORE: usize = 2;

impl Pass<'_> {
    /// Runs all steps in their order: first those that take a moment and are always the
    /// same, so that the screen has something to show, then the comparison, which is what the
    /// user came for, and the costs last.
    ///
    /// # Errors
    /// If the run was stopped or a setting changed.
    fn run(&self) -> Result<(), Interrupt> {
        let before = Reading::now();
        let works = self.works();
        self.progress("one variable, two processes")?;
        self.record(
            "the shared variable",
            isolation::drift(&self.session.settings().program, self.session.stop())
                .map(Fact::Drift),
        );
        self.progress("a crash in a thread and a process")?;
        self.record(
            "the crash",
            isolation::isolation(&self.session.settings().program, self.session.stop())
                .map(Fact::Isolation),
        );
        self.compare(&works)?;
        // Fewer rounds than there could have been are done all the same.
        self.done.set(BEFORE + self.timings(&Strategy::OURS) + self.timings(&Strategy::PYTHON));
        for cost in self.cost_groups() {
            self.progress(&cost.label())?;
            self.costs(cost);
        }
        if let Some(load) = Load::since(before) {
            self.lane.reliable_fact(Fact::Load(load));
        }
        self.session.check()
    }

    fn costs(&self, cost: costs::CostGroup) {
        match costs::measure(cost, &self.session.settings().program, self.session.stop()) {
            Ok(all) => {
                for (cost, samples) in all {
                    self.lane.reliable_fact(Fact::Cost { cost, samples });
                }
            }
            Err(error) => self.record(&cost.label(), Err(error)),
        }
    }

    fn works(&self) -> Vec<Work> {
        let work = self.session.settings().get(WORK);
        work.map_or_else(|| Work::ALL.to_vec(), |work| vec![work])
    }

    /// The comparison by ours and then by CPython, which use the same server and the same
    /// file. The server is a thread of this scope, so it has ended when this returns.
    fn compare(&self, works: &[Work]) -> Result<(), Interrupt> {
        // The file is this program itself: it exists, is large enough, and is in the page
        // cache, so a read of it is a real read that does not wait for a disk.
        let needed = Server::bind().and_then(|server| Ok((server, std::env::current_exe()?)));
        let (listener, file) = match needed {
            Ok(needed) => needed,
            Err(error) => {
                self.record("the comparison", Err(error));
                return Ok(());
            }
        };
        let server = listener.address();
        // Its own stop: the server ends with the comparison, not with the lab.
        let (over, fault) = (Stop::new(), OnceLock::new());
        // Once for each pass, alone, before anything competes for the cores.
        let rounds = calibrate(self.session.stop());
        threads::scope(|scope| {
            if let Err(error) = scope.spawn("worlds/server", || serve(listener, &over, &fault)) {
                self.record("the comparison", Err(error));
                return Ok(());
            }
            let size = self.session.settings().get(SIZE);
            let task = |work: &Work| Task::of(*work, size, rounds, server, &file);
            let tasks: Vec<_> = works.iter().map(|work| (*work, task(work))).collect();
            let result = self.rounds(&tasks, &fault);
            let result = result.and_then(|rounds| {
                self.done.set(BEFORE + self.timings(&Strategy::OURS));
                self.session.check()?;
                self.python(&python::Comparison {
                    works,
                    n: self.session.settings().get(N),
                    size,
                    server,
                    file: &file,
                    rounds,
                    first: self.first,
                });
                Ok(())
            });
            // Before the scope ends: it waits for the server, which would serve for ever.
            // On every way out of the closure, as `result` is not returned earlier.
            over.request();
            result
        })
    }

    /// Measures all works with all strategies in rounds; returns the number of rounds,
    /// which CPython is given too. `fault` is what has ended the server, if anything has.
    fn rounds(&self, tasks: &[(Work, Task)], fault: &OnceLock<String>) -> Result<usize, Interrupt> {
        for (work, task) in tasks {
            self.lane.reliable_fact(Fact::TaskAmount {
                work: *work,
                runtime: Runtime::Rust,
                amount: task.amount(),
            });
        }
        let began = Instant::now();
        run_rounds(
            || began.elapsed(),
            |round| {
                let mut tasks = tasks.iter();
                tasks.try_for_each(|(work, task)| self.round(round, (*work, task), fault))
            },
        )
    }

    /// One round of one work: each strategy once, in rotating order. A failure is
    /// reported under the name of work and strategy, and costs only this sample.
    fn round(
        &self,
        round: usize,
        (work, task): (Work, &Task),
        fault: &OnceLock<String>,
    ) -> Result<(), Interrupt> {
        let n = self.session.settings().get(N);
        for strategy in in_turns(Strategy::OURS, round) {
            let text = format!("{}, {}, round {}", work.word(), strategy.word(), round + 1);
            self.progress(&text)?;
            let name = format!("{}-{}", work.word(), strategy.word());
            // Only the first round has lanes: that is enough to see the workers.
            let recorder = (round == 0).then_some(self.session.recorder());
            let run = StrategyRun {
                task,
                n,
                stop: self.session.stop(),
                program: &self.session.settings().program,
                recorder,
                name: &name,
            };
            // A client of a server that has ended sees only a closed connection: report
            // the cause.
            let cause = |error| fault.get().cloned().map_or(error, io::Error::other);
            let timed = run.run(strategy).map_err(cause).map(|timed| Fact::Timed {
                round: self.first + round,
                work,
                strategy,
                n,
                ns: timed.ns,
                switches: Some(timed.switches),
            });
            self.record(&name, timed);
        }
        Ok(())
    }

    /// Runs the same comparison in CPython, if the setting asks for it, with the number
    /// of rounds that ours had. A stop while it runs is no failure of it.
    fn python(&self, comparison: &python::Comparison<'_>) {
        if self.session.settings().get(PYTHON) == Cpython::Off {
            self.lane.reliable_fact(Fact::PythonAbsent { why: "it was switched off".into() });
            return;
        }
        self.report("CPython");
        let measured = python::measure(comparison, self.session.stop(), |fact| {
            if matches!(fact, Fact::Timed { .. }) {
                self.report("CPython");
            }
            self.lane.reliable_fact(fact);
        });
        if let Err(why) = measured
            && !self.session.stop().requested()
        {
            self.lane.reliable_fact(Fact::PythonAbsent { why });
        }
    }

    /// Emits the result, or the reason why there is none. Errors after a stop are only
    /// its consequence and are not reported.
    fn record(&self, what: &str, found: io::Result<Fact>) {
        match found {
            Ok(fact) => self.lane.reliable_fact(fact),
            Err(_) if self.session.stop().requested() => {}
            Err(error) => self
                .lane
                .reliable_fact(Fact::Failed { what: what.to_owned(), why: error.to_string() }),
        }
    }

    /// Reports the measurement that begins.
    ///
    /// # Errors
    /// If the run was stopped or a setting changed: each one begins with this check.
    fn progress(&self, what: &str) -> Result<(), Interrupt> {
        self.report(what);
        self.session.check()
    }

    /// May be dropped: the next one replaces it.
    fn report(&self, what: &str) {
        let comparison = self.timings(&Strategy::OURS) + self.timings(&Strategy::PYTHON);
        let of = BEFORE + comparison + self.cost_groups().count();
        let done = self.done.replace(self.done.get() + 1).min(of);
        self.lane.fact(Fact::Progress { what: what.to_owned(), done, of });
        self.lane.flush();
    }

    /// The most measurements that these strategies need: each is about as long as the others, and
    /// there may be fewer rounds.
    fn timings(&self, strategies: &[Strategy]) -> usize {
        self.works().len() * ROUNDS * strategies.len()
    }

    fn cost_groups(&self) -> impl Iterator<Item = costs::CostGroup> {
        costs::CostGroup::all(self.session.settings().cores)
    }
}
