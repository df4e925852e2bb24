//! The director of the comparison: one thread that goes through the plan, piece by piece.
//!
//! It measures alternately, so that a slow moment of the machine falls on all ways, and
//! looks between any two pieces whether it is to stop or to begin anew.

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
use super::state::{Fact, Runtime, Way, Work};
use super::ways::Run;
use super::work::{Share, calibrate, serve};
use super::{costs, isolation, python};

/// On the live screen: how long until it measures again. A test does not wait that long.
const REST: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 20 });

/// The lab's threads.
#[derive(Debug)]
pub(super) struct Engine {
    group: ThreadGroup,
    recorder: Recorder<Fact>,
    orders: Arc<Orders>,
}

/// What the user asks of the director.
#[derive(Debug)]
struct Orders {
    settings: Mutex<Settings>,
    changed: AtomicBool,
}

impl Engine {
    pub(super) fn start(settings: &Settings, recorder: Recorder<Fact>) -> Result<Self, String> {
        let orders = Arc::new(Orders {
            settings: Mutex::new(settings.clone()),
            changed: AtomicBool::new(false),
        });
        let mut group = ThreadGroup::new("worlds", Stop::new());
        let (there, stage) = (Arc::clone(&orders), recorder.clone());
        group
            .spawn("director", &recorder, move |lane, stop| {
                direct(lane, stop, &there, &stage);
            })
            .map_err(|error| format!("the director could not be started: {error}"))?;
        Ok(Self {
            group,
            recorder,
            orders,
        })
    }

    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Set { key, value } => {
                self.orders
                    .settings
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .put(key, value);
                self.orders.changed.store(true, Ordering::Release);
            }
            Command::Press { id } => {
                let answer = id
                    .split_once(':')
                    .and_then(|(q, a)| Some((q.parse().ok()?, a.parse().ok()?)));
                if let Some((question, answer)) = answer {
                    // The director's lane is the first.
                    self.recorder
                        .emit_reliable(LaneId(0), What::Fact(Fact::Answered { question, answer }));
                }
            }
            Command::Enter { .. } => {}
        }
        debug_assert!(!self.group.stop().requested());
    }
}

impl Orders {
    fn current(&self) -> Settings {
        self.changed.store(false, Ordering::Release);
        self.settings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn changed(&self) -> bool {
        self.changed.load(Ordering::Acquire)
    }
}

/// Why a pass through the plan ended early.
enum Cut {
    /// The settings changed: begin anew.
    Anew,
    Stopped,
}

fn direct(lane: &Lane<Fact>, stop: &Stop, orders: &Orders, recorder: &Recorder<Fact>) {
    // Rounds go on through all passes with the same settings.
    let mut first = 0;
    loop {
        let settings = orders.current();
        let pass = Pass {
            lane,
            stop,
            orders,
            recorder,
            settings: &settings,
            first,
        };
        if first == 0 {
            let n = settings.size("n");
            lane.reliable_fact(Fact::Began { n });
        }
        match pass.go() {
            Err(Cut::Stopped) => return,
            Err(Cut::Anew) => {
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
            for_ns: REST.as_nanos().try_into().unwrap_or(u64::MAX),
        });
        lane.flush();
        let glance = Duration::from_millis(100);
        for _ in 0..REST.as_millis() / glance.as_millis() {
            if stop.sleep(glance) {
                return;
            }
            if orders.changed() {
                first = 0;
                break;
            }
        }
    }
}

/// One way through the plan.
struct Pass<'a> {
    lane: &'a Lane<Fact>,
    stop: &'a Stop,
    orders: &'a Orders,
    recorder: &'a Recorder<Fact>,
    settings: &'a Settings,
    /// The number of its first round.
    first: usize,
}

impl Pass<'_> {
    fn go(&self) -> Result<(), Cut> {
        let before = Reading::now();
        let works = self.works();
        let costs: Vec<_> = costs::Measured::all(self.settings.cores).collect();
        let stages = costs.len() + 4;
        self.stage("two worlds", 0, stages)?;
        self.record(
            "the two worlds",
            isolation::drift(&self.settings.program, self.stop).map(Fact::Drift),
        );
        self.stage("a crash in each world", 1, stages)?;
        self.record(
            "the crash",
            isolation::isolation(&self.settings.program, self.stop).map(Fact::Isolation),
        );
        for (at, cost) in costs.iter().enumerate() {
            self.stage(&cost.label(), 2 + at, stages)?;
            self.costs(*cost);
        }
        self.compare(&works, 2 + costs.len(), stages)?;
        if let Some(load) = before
            .zip(Reading::now())
            .and_then(|(before, after)| Load::between(&before, &after))
        {
            self.lane.reliable_fact(Fact::Load(load));
        }
        self.look()
    }

    /// Measures one cost, or those that are measured in turns.
    fn costs(&self, cost: costs::Measured) {
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

    fn compare(&self, works: &[Work], first: usize, stages: usize) -> Result<(), Cut> {
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
            let share = |work: &Work| Share::of(*work, size, rounds, server, &file);
            let shares: Vec<_> = works.iter().map(|work| (*work, share(work))).collect();
            let result = self.rounds(&shares, &fault, (first, stages));
            let result = result.and_then(|rounds| {
                self.stage("CPython", stages - 1, stages)?;
                self.python(&python::Task {
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

    /// All works in all ways, again and again; gives how often. `fault` is what has ended
    /// the server, if anything has.
    fn rounds(
        &self,
        shares: &[(Work, Share)],
        fault: &OnceLock<String>,
        stage: (usize, usize),
    ) -> Result<usize, Cut> {
        for (work, share) in shares {
            self.lane.reliable_fact(Fact::Share {
                work: *work,
                runtime: Runtime::Rust,
                amount: share.amount(),
            });
        }
        let (began, mut rounds, mut done) = (Instant::now(), ROUNDS, 0);
        while done < rounds {
            for (work, share) in shares {
                self.round(done, (*work, share), fault, stage)?;
            }
            if done == 0 {
                rounds = rounds_within(BUDGET, began.elapsed());
            }
            done += 1;
        }
        Ok(rounds)
    }

    /// Each way once, in turns.
    fn round(
        &self,
        round: usize,
        (work, share): (Work, &Share),
        fault: &OnceLock<String>,
        (done, of): (usize, usize),
    ) -> Result<(), Cut> {
        let n = self.settings.size("n");
        for way in in_turns(Way::OURS, round) {
            let text = format!("{}, {way}, round {}", work.word(), round + 1);
            self.stage(&text, done, of)?;
            let name = format!("{}-{}", work.word(), way.word());
            // Watched once: that is enough to see it, and the other runs have nothing to tell.
            let recorder = (round == 0).then_some(self.recorder);
            let run = Run {
                share,
                n,
                stop: self.stop,
                program: &self.settings.program,
                recorder,
                name: &name,
            };
            // Whoever talked to a server that is gone does not know why it is.
            let cause = |error| fault.get().cloned().map_or(error, io::Error::other);
            let timed = run.go(way).map_err(cause).map(|timed| Fact::Timed {
                round: self.first + round,
                work,
                way,
                n,
                ns: timed.ns,
                switches: Some(timed.switches),
            });
            self.record(&name, timed);
        }
        Ok(())
    }

    fn python(&self, task: &python::Task<'_>) {
        if self.settings.word("python") == "off" {
            self.lane.reliable_fact(Fact::PythonAbsent {
                why: "it was switched off".into(),
            });
            return;
        }
        let measured = python::measure(task, self.stop, |fact| {
            self.lane.reliable_fact(fact);
        });
        if let Err(why) = measured {
            self.lane.reliable_fact(Fact::PythonAbsent { why });
        }
    }

    /// Tells what was found, or that it could not be.
    fn record(&self, what: &str, found: io::Result<Fact>) {
        match found {
            Ok(fact) => self.lane.reliable_fact(fact),
            Err(_) if self.stop.requested() => {}
            Err(error) => self.lane.reliable_fact(Fact::Failed {
                what: what.to_owned(),
                why: error.to_string(),
            }),
        }
    }

    fn stage(&self, what: &str, done: usize, of: usize) -> Result<(), Cut> {
        self.lane.fact(Fact::Stage {
            what: what.to_owned(),
            done,
            of,
        });
        self.lane.flush();
        self.look()
    }

    fn look(&self) -> Result<(), Cut> {
        if self.stop.requested() {
            return Err(Cut::Stopped);
        }
        if self.orders.changed() {
            Err(Cut::Anew)
        } else {
            Ok(())
        }
    }
}
