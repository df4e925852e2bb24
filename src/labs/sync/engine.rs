//! The director: one thread that has the tools played, one play after the other.
//!
//! Without a screen it goes through the plan once: each tool used rightly, then in each
//! wrong way, then its cost. On the live screen the chosen tool repeats until another
//! is chosen, and costs are measured between plays until all are known.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::state::Fact;
use super::tool::{Stage, Tool, Wrong};
use super::tools;
use crate::kit::event::LaneEvent;
use crate::kit::recorder::{Lane, Recorder};
use crate::kit::step::{Mode, StepController};
use crate::kit::stop::Stop;
use crate::kit::threads::ThreadGroup;
use crate::lab::{Command, Settings, Value};

/// On the live screen: how long the outcome of a play can be read.
const REST: Duration = Duration::from_millis(1500);
/// On the live screen: about how long costs are measured after a play.
const MEASURING: Duration = Duration::from_millis(250);
/// How often a rest looks for new orders.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The lab's threads.
#[derive(Debug)]
pub(super) struct Engine {
    group: ThreadGroup,
    orders: Arc<Orders>,
}

/// What the user asks of the director.
#[derive(Debug)]
struct Orders {
    settings: Mutex<Settings>,
    changed: AtomicBool,
    /// The play that is under way.
    controller: Mutex<StepController>,
}

impl Engine {
    pub(super) fn start(settings: &Settings, recorder: &Recorder<Fact>) -> Result<Self, String> {
        let orders = Arc::new(Orders {
            settings: Mutex::new(settings.clone()),
            changed: AtomicBool::new(false),
            controller: Mutex::new(StepController::new(Stop::new(), Mode::Full)),
        });
        let mut group = ThreadGroup::new("sync", Stop::new());
        let (there, stage) = (Arc::clone(&orders), recorder.clone());
        group
            .spawn("director", recorder, move |lane, stop| {
                direct(lane, stop, &there, &stage);
            })
            .map_err(|error| format!("the director could not be started: {error}"))?;
        Ok(Self { group, orders })
    }

    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Set { key: "pace", value } => self.orders.pace(value),
            Command::Set { key, value } => self.orders.change(|settings| {
                settings.put(key, value);
                if key == "tool" {
                    settings.put("wrong", Value::Word("off"));
                }
            }),
            Command::Press { id } => {
                let chosen = id.strip_prefix("wrong:").map(wrong_word);
                if let Some(word) = chosen {
                    let put = |settings: &mut Settings| settings.put("wrong", Value::Word(word));
                    self.orders.change(put);
                }
            }
            Command::Enter { .. } => {}
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // In this order: a play that begins meanwhile sees the first request.
        self.group.stop().request();
        self.orders.controller.lock().stop().request();
    }
}

/// The word as the settings know it.
fn wrong_word(name: &str) -> &'static str {
    let mut all = tools::ALL.iter().filter_map(|tool| tool.wrong_named(name));
    all.next().map_or("off", |wrong| wrong.name)
}

impl Orders {
    fn current(&self) -> Settings {
        self.changed.store(false, Ordering::Release);
        self.settings.lock().clone()
    }

    fn changed(&self) -> bool {
        self.changed.load(Ordering::Acquire)
    }

    /// Takes a change down and calls off what is being played.
    fn change(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings.lock());
        self.changed.store(true, Ordering::Release);
        self.controller.lock().stop().request();
    }

    /// Another pace acts at once and disturbs no play.
    fn pace(&self, value: Value) {
        let mut settings = self.settings.lock();
        settings.put("pace", value);
        let controller = self.controller.lock();
        set_pace(&controller, settings.time("pace"));
    }

    /// The seam of the next play, which can be called off from now on.
    fn next_seam(&self, stop: &Stop) -> StepController {
        let controller = StepController::new(Stop::new(), Mode::Full);
        set_pace(&controller, self.settings.lock().time("pace"));
        *self.controller.lock() = controller.clone();
        if stop.requested() || self.changed() {
            controller.stop().request();
        }
        controller
    }
}

fn set_pace(controller: &StepController, pace: Duration) {
    controller.delay().set(pace);
    controller.set_mode(if pace.is_zero() {
        Mode::Full
    } else {
        Mode::Paced
    });
}

/// Why a pass through the plan ended early.
enum Cut {
    /// The settings changed: begin anew.
    Anew,
    Stopped,
}

fn direct(lane: &Lane<Fact>, stop: &Stop, orders: &Orders, recorder: &Recorder<Fact>) {
    let mut measured = Vec::new();
    loop {
        let settings = orders.current();
        let pass = Pass {
            lane,
            stop,
            orders,
            recorder,
            settings: &settings,
        };
        match pass.go(&mut measured) {
            Err(Cut::Stopped) => return,
            Err(Cut::Anew) => {}
            Ok(()) if settings.live => {}
            Ok(()) => return lane.reliable_fact(Fact::Done),
        }
    }
}

type Play = (&'static Tool, Option<&'static Wrong>);

/// One way through the plan.
struct Pass<'a> {
    lane: &'a Lane<Fact>,
    stop: &'a Stop,
    orders: &'a Orders,
    recorder: &'a Recorder<Fact>,
    settings: &'a Settings,
}

impl Pass<'_> {
    fn go(&self, measured: &mut Vec<&'static str>) -> Result<(), Cut> {
        let (plays, tools) = (self.plan(), self.tools());
        let of = plays.len() + if self.settings.live { 0 } else { tools.len() };
        for (at, (tool, wrong)) in plays.iter().enumerate() {
            self.lane.fact(Fact::Stage { done: at, of });
            if self.settings.live {
                self.measure_within(Duration::ZERO, &tools, measured)?;
            }
            self.play(tool, *wrong)?;
            if self.settings.live {
                self.measure_within(MEASURING, &tools, measured)?;
                self.rest()?;
            }
        }
        if !self.settings.live {
            for (at, tool) in tools.iter().enumerate() {
                let done = plays.len() + at;
                self.lane.fact(Fact::Stage { done, of });
                self.measure(tool)?;
            }
        }
        Ok(())
    }

    fn tools(&self) -> Vec<&'static Tool> {
        match tools::named(self.settings.word("tool")) {
            Some(tool) => vec![tool],
            None => tools::ALL.to_vec(),
        }
    }

    /// Each tool used rightly, then wrongly, as far as was asked for.
    fn plan(&self) -> Vec<Play> {
        let wrong = self.settings.word("wrong");
        let plays = self.tools().into_iter().flat_map(|tool| {
            let right = matches!(wrong, "off" | "all");
            let wrongs = tool.wrong.iter();
            let wrongs = wrongs.filter(move |w| wrong == "all" || wrong == w.name);
            let right = right.then_some((tool, None));
            right
                .into_iter()
                .chain(wrongs.map(move |w| (tool, Some(w))))
        });
        let plays: Vec<_> = plays.collect();
        if plays.is_empty() {
            self.lane.reliable_fact(Fact::Failed {
                what: self.settings.word("tool").to_owned(),
                why: format!("it has no wrong use {wrong}"),
            });
            if self.settings.live {
                return self.tools().into_iter().map(|tool| (tool, None)).collect();
            }
        }
        plays
    }

    fn play(&self, tool: &'static Tool, wrong: Option<&'static Wrong>) -> Result<(), Cut> {
        let name = wrong.map(|wrong| wrong.name);
        self.lane.reliable_fact(Fact::Playing {
            tool: tool.id,
            wrong: name,
        });
        let stage = self.stage();
        let outcome = (tool.play)(&stage, wrong);
        self.look()?;
        let played = outcome.map(|outcome| Fact::Played {
            tool: tool.id,
            wrong: name,
            outcome,
        });
        let what = name.map_or_else(|| tool.id.to_owned(), |name| format!("{}, {name}", tool.id));
        self.record(&what, played);
        Ok(())
    }

    /// The costs of some tools that were not measured yet, the chosen ones first: begun
    /// within `time`.
    fn measure_within(
        &self,
        time: Duration,
        chosen: &[&'static Tool],
        measured: &mut Vec<&'static str>,
    ) -> Result<(), Cut> {
        let began = Instant::now();
        loop {
            // Whoever looks at threads shall not see processes come and go.
            let like = |tool: &&&Tool| chosen.iter().any(|chosen| chosen.world == tool.world);
            let mut all = chosen.iter().chain(tools::ALL.iter().filter(like));
            let Some(next) = all.find(|tool| !measured.contains(&tool.id)) else {
                return Ok(());
            };
            measured.push(next.id);
            self.measure(next)?;
            if began.elapsed() >= time {
                return Ok(());
            }
        }
    }

    fn measure(&self, tool: &'static Tool) -> Result<(), Cut> {
        let stage = self.stage();
        // Nobody follows the figures with their eyes.
        stage.controller.set_mode(Mode::Full);
        let costs = (tool.cost)(&stage);
        self.look()?;
        let costs = costs.map(|costs| Fact::Costs {
            tool: tool.id,
            costs,
        });
        self.record(&format!("the cost of {}", tool.id), costs);
        Ok(())
    }

    fn stage(&self) -> Stage<'_> {
        Stage {
            workers: self.settings.size("workers"),
            ops: self.settings.number("ops"),
            controller: self.orders.next_seam(self.stop),
            recorder: self.recorder,
            lane: self.lane,
            program: &self.settings.program,
            live: self.settings.live,
        }
    }

    /// Tells what was found, or that it could not be.
    fn record(&self, what: &str, found: io::Result<Fact>) {
        self.lane
            .reliable_fact(found.unwrap_or_else(|error| Fact::Failed {
                what: what.to_owned(),
                why: error.to_string(),
            }));
    }

    fn rest(&self) -> Result<(), Cut> {
        self.lane.emit(LaneEvent::Idle);
        self.lane.flush();
        for _ in 0..REST.as_millis() / POLL_INTERVAL.as_millis() {
            self.stop.sleep(POLL_INTERVAL);
            self.look()?;
        }
        Ok(())
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
