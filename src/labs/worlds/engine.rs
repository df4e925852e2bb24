//! The main thread of the comparison: it runs the steps of the plan one after the other.
//!
//! It measures the strategies alternately, so that a slow moment of the machine affects all
//! of them. Between two steps it checks whether to stop or to start again.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::kit::event::{LaneEvent, LaneId, Pause, What};
use crate::kit::load::{Load, Reading};
use crate::kit::recorder::{Lane, Recorder};
use crate::kit::stop::Stop;
use crate::kit::stream::Server;
use crate::kit::threads::{self, ThreadGroup};
use crate::lab::{Command, Settings};

use super::rounds::{BUDGET, ROUNDS, in_turns, rounds_within};
use super::state::{Fact, Runtime, Strategy, Work};
use super::strategies::StrategyRun;
use super::work::{Task, calibrate, serve};
use super::{costs, isolation, python};

/// Pause on the live screen before the comparison is measured again; short in tests.
const REPEAT_AFTER: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 20 });

/// The lab's threads.
#[derive(Debug)]
pub struct Engine {
    group: ThreadGroup,
    recorder: Recorder<Fact>,
    shared_settings: Arc<SharedSettings>,
}

/// The settings as the user last changed them, shared with the main thread.
#[derive(Debug)]
struct SharedSettings {
    settings: Mutex<Settings>,
    changed: AtomicBool,
}

impl Engine {
    pub fn start(settings: &Settings, recorder: Recorder<Fact>) -> Result<Self, String> {
        let shared_settings = Arc::new(SharedSettings {
            settings: Mutex::new(settings.clone()),
            changed: AtomicBool::new(false),
        });
        let mut group = ThreadGroup::new("worlds", Stop::new());
        let (there, progress) = (Arc::clone(&shared_settings), recorder.clone());
        group
            .spawn("main", &recorder, move |lane, stop| {
                run_comparison(lane, stop, &there, &progress);
            })
            .map_err(|error| format!("the main thread could not be started: {error}"))?;
        Ok(Self { group, recorder, shared_settings })
    }

    pub fn command(&mut self, command: Command) {
        match command {
            Command::Set { key, value } => {
                self.shared_settings
                    .settings
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .put(key, value);
                self.shared_settings.changed.store(true, Ordering::Release);
            }
            Command::Press { id } => {
                let answer =
                    id.split_once(':').and_then(|(q, a)| Some((q.parse().ok()?, a.parse().ok()?)));
                if let Some((question, answer)) = answer {
                    // The lane of the main thread is the first.
                    self.recorder
                        .emit_reliable(LaneId(0), What::Fact(Fact::Answered { question, answer }));
                }
            }
            Command::Enter { .. } => {}
        }
        debug_assert!(!self.group.stop().requested());
    }
}

impl SharedSettings {
    fn current(&self) -> Settings {
        self.changed.store(false, Ordering::Release);
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn changed(&self) -> bool {
        self.changed.load(Ordering::Acquire)
    }
}

/// Why a pass through the plan ended before its last step.
enum Interrupt {
    /// The settings changed: start again with the first step.
    Restart,
    Stopped,
}

fn run_comparison(
    lane: &Lane<Fact>,
    stop: &Stop,
    shared_settings: &SharedSettings,
    recorder: &Recorder<Fact>,
) {
    // Rounds go on through all passes with the same settings.
    let mut first = 0;
    loop {
        let settings = shared_settings.current();
        let pass = Pass { lane, stop, shared_settings, recorder, settings: &settings, first };
        if first == 0 {
            let n = settings.size("n");
            lane.reliable_fact(Fact::Began { n });
        }
        match pass.run() {
            Err(Interrupt::Stopped) => return,
            Err(Interrupt::Restart) => {
                first = 0;
                continue;
            }
            Ok(()) => lane.reliable_fact(Fact::Done),
        }
        first += ROUNDS;
        if !settings.live {
            return;
        }
        lane.emit(LaneEvent::Sleeping {
            pause: Pause::Exercise,
            for_ns: REPEAT_AFTER.as_nanos().try_into().unwrap_or(u64::MAX),
        });
        lane.flush();
        let poll = Duration::from_millis(100);
        for _ in 0..REPEAT_AFTER.as_millis() / poll.as_millis() {
            if stop.sleep(poll) {
                return;
            }
            if shared_settings.changed() {
                first = 0;
                break;
            }
        }
    }
}

/// One pass through the plan.
struct Pass<'a> {
    lane: &'a Lane<Fact>,
    stop: &'a Stop,
    shared_settings: &'a SharedSettings,
    recorder: &'a Recorder<Fact>,
    settings: &'a Settings,
    /// The number of its first round.
    first: usize,
}

impl Pass<'_> {
    fn run(&self) -> Result<(), Interrupt> {
        let before = Reading::now();
        let works = self.works();
        let costs: Vec<_> = costs::CostGroup::all(self.settings.cores).collect();
        let steps = costs.len() + 4;
        self.progress("one variable, two processes", 0, steps)?;
        self.record(
            "the shared variable",
            isolation::drift(&self.settings.program, self.stop).map(Fact::Drift),
        );
        self.progress("a crash in a thread and in a process", 1, steps)?;
        self.record(
            "the crash",
            isolation::isolation(&self.settings.program, self.stop).map(Fact::Isolation),
        );
        for (at, cost) in costs.iter().enumerate() {
            self.progress(&cost.label(), 2 + at, steps)?;
            self.costs(*cost);
        }
        self.compare(&works, 2 + costs.len(), steps)?;
        if let Some(load) =
            before.zip(Reading::now()).and_then(|(before, after)| Load::between(&before, &after))
        {
            self.lane.reliable_fact(Fact::Load(load));
        }
        self.check()
    }

    /// Measures one cost, or those that are measured in turns.
    fn costs(&self, cost: costs::CostGroup) {
        match costs::measure(cost, &self.settings.program, self.stop) {
            Ok(all) => {
                for (cost, samples) in all {
                    self.lane.reliable_fact(Fact::Cost { cost, samples });
                }
            }
            Err(error) => self.record(&cost.label(), Err(error)),
        }
    }

    fn works(&self) -> Vec<Work> {
        Work::named(self.settings.word("work"))
            .map_or_else(|| Work::ALL.to_vec(), |work| vec![work])
    }

    fn compare(&self, works: &[Work], first: usize, steps: usize) -> Result<(), Interrupt> {
        let needed = Server::bind().and_then(|server| Ok((server, std::env::current_exe()?)));
        let (listener, file) = match needed {
            Ok(needed) => needed,
            Err(error) => {
                self.record("the comparison", Err(error));
                return Ok(());
            }
        };
        let server = listener.address();
        // Its own request: the server ends with the comparison, not with the lab.
        let (over, fault) = (Stop::new(), OnceLock::new());
        let rounds = calibrate(self.stop);
        threads::scope(|scope| {
            if let Err(error) = scope.spawn("worlds/server", || serve(listener, &over, &fault)) {
                self.record("the comparison", Err(error));
                return Ok(());
            }
            let size = self.settings.time("size");
            let task = |work: &Work| Task::of(*work, size, rounds, server, &file);
            let tasks: Vec<_> = works.iter().map(|work| (*work, task(work))).collect();
            let result = self.rounds(&tasks, &fault, (first, steps));
            let result = result.and_then(|rounds| {
                self.progress("CPython", steps - 1, steps)?;
                self.python(&python::Comparison {
                    works,
                    n: self.settings.size("n"),
                    size,
                    server,
                    file: &file,
                    rounds,
                    first: self.first,
                });
                Ok(())
            });
            over.request();
            result
        })
    }

    /// Measures all works with all strategies in rounds; returns the number of rounds. `fault`
    /// is what has ended the server, if anything has.
    fn rounds(
        &self,
        tasks: &[(Work, Task)],
        fault: &OnceLock<String>,
        progress: (usize, usize),
    ) -> Result<usize, Interrupt> {
        for (work, task) in tasks {
            self.lane.reliable_fact(Fact::TaskAmount {
                work: *work,
                runtime: Runtime::Rust,
                amount: task.amount(),
            });
        }
        let (began, mut rounds, mut done) = (Instant::now(), ROUNDS, 0);
        while done < rounds {
            for (work, task) in tasks {
                self.round(done, (*work, task), fault, progress)?;
            }
            if done == 0 {
                rounds = rounds_within(BUDGET, began.elapsed());
            }
            done += 1;
        }
        Ok(rounds)
    }

    /// One round: each strategy once, in rotating order.
    fn round(
        &self,
        round: usize,
        (work, task): (Work, &Task),
        fault: &OnceLock<String>,
        (done, of): (usize, usize),
    ) -> Result<(), Interrupt> {
        let n = self.settings.size("n");
        for strategy in in_turns(Strategy::OURS, round) {
            let text = format!("{}, {strategy}, round {}", work.word(), round + 1);
            self.progress(&text, done, of)?;
            let name = format!("{}-{}", work.word(), strategy.word());
            // Only the first round has lanes: that is enough to see the workers.
            let recorder = (round == 0).then_some(self.recorder);
            let run = StrategyRun {
                task,
                n,
                stop: self.stop,
                program: &self.settings.program,
                recorder,
                name: &name,
            };
            // A client of a server that has ended sees only a closed connection: report the cause.
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

    fn python(&self, comparison: &python::Comparison<'_>) {
        if self.settings.word("python") == "off" {
            self.lane.reliable_fact(Fact::PythonAbsent { why: "it was switched off".into() });
            return;
        }
        let measured = python::measure(comparison, self.stop, |fact| {
            self.lane.reliable_fact(fact);
        });
        if let Err(why) = measured {
            self.lane.reliable_fact(Fact::PythonAbsent { why });
        }
    }

    /// Emits the result, or the reason why there is none.
    fn record(&self, what: &str, found: io::Result<Fact>) {
        match found {
            Ok(fact) => self.lane.reliable_fact(fact),
            Err(_) if self.stop.requested() => {}
            Err(error) => self
                .lane
                .reliable_fact(Fact::Failed { what: what.to_owned(), why: error.to_string() }),
        }
    }

    fn progress(&self, what: &str, done: usize, of: usize) -> Result<(), Interrupt> {
        self.lane.fact(Fact::Progress { what: what.to_owned(), done, of });
        self.lane.flush();
        self.check()
    }

    fn check(&self) -> Result<(), Interrupt> {
        if self.stop.requested() {
            return Err(Interrupt::Stopped);
        }
        if self.shared_settings.changed() { Err(Interrupt::Restart) } else { Ok(()) }
    }
}
