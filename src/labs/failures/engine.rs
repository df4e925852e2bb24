//! The director of the lab: one thread that goes through techniques, blows and endings,
//! and does what the user asks for in between.

use std::io;
use std::sync::{Arc, mpsc};
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::closing::{Ground, How};
use super::desk::{BLOWS, Blow, Desk, Policy};
use super::state::Fact;
use super::technique::{Stage, Technique};
use super::techniques;
use crate::kit::event::{LaneEvent, LaneKind, Pause};
use crate::kit::process_pool::Observer;
use crate::kit::recorder::{Lane, Recorder};
use crate::kit::stop::Stop;
use crate::kit::threads::{self, ThreadGroup};
use crate::lab::{Command, Settings};

/// On the live screen: how long one thing stays before the next begins by itself.
const REST: Duration = Duration::from_secs(4);
/// The same after a short one.
const SHORT_REST: Duration = Duration::from_millis(1500);
/// The same after one that somebody asked for.
const LONG_REST: Duration = Duration::from_secs(12);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The lab's threads.
#[derive(Debug)]
pub(super) struct Engine {
    orders: Sender<Command>,
    _crew: ThreadGroup,
}

impl Engine {
    pub(super) fn start(settings: &Settings, recorder: &Recorder<Fact>) -> Result<Self, String> {
        let (orders, commands) = unbounded();
        let mut group = ThreadGroup::new("failures", Stop::new());
        let settings = settings.clone();
        group
            .spawn("director", recorder, move |lane, stop| {
                Director {
                    lane,
                    stop,
                    orders: commands,
                    settings,
                    done: 0,
                }
                .direct();
            })
            .map_err(|error| format!("the director could not be started: {error}"))?;
        Ok(Self {
            orders,
            _crew: group,
        })
    }

    pub(super) fn command(&self, command: Command) {
        // A run that is over wants no more commands.
        let _ = self.orders.send(command);
    }
}

/// Something to do.
#[derive(Clone, Copy, Debug)]
enum Piece {
    Technique(&'static Technique),
    Blow(&'static Blow),
    Close(How),
}

impl Piece {
    /// As it stands in an action's id.
    fn of(id: &str) -> Option<Self> {
        let (kind, name) = id.split_once(' ')?;
        match kind {
            "technique" => techniques::find(name).map(Self::Technique),
            "blow" => Blow::find(name).map(Self::Blow),
            "close" => {
                let at: usize = name.parse().ok()?;
                How::ALL.get(at).copied().map(Self::Close)
            }
            _ => None,
        }
    }

    fn title(self) -> String {
        match self {
            Self::Technique(technique) => technique.title.to_lowercase(),
            Self::Blow(blow) => blow.title.to_owned(),
            Self::Close(how) => how.title().to_owned(),
        }
    }
}

struct Director<'a> {
    lane: &'a Lane<Fact>,
    stop: &'a Stop,
    orders: Receiver<Command>,
    settings: Settings,
    done: usize,
}

impl Director<'_> {
    fn direct(mut self) {
        let plan = self.plan();
        for piece in &plan {
            if !self.play(*piece, plan.len()) {
                return;
            }
        }
        self.lane.reliable_fact(Fact::Done);
        if !self.settings.live {
            return;
        }
        // From now on one blow after the other, until somebody asks for something.
        for blow in BLOWS.iter().cycle() {
            if !self.play(Piece::Blow(blow), plan.len()) {
                return;
            }
        }
    }

    fn plan(&self) -> Vec<Piece> {
        let techniques = techniques::ALL.iter().copied().map(Piece::Technique);
        let wanted = self.settings.word("blow");
        let blows = BLOWS
            .iter()
            .filter(|blow| wanted == "all" || blow.id == wanted);
        let endings = How::ALL.map(Piece::Close);
        techniques
            .chain(blows.map(Piece::Blow))
            .chain(endings)
            .collect()
    }

    /// Plays a piece, and whatever is asked for after it; `false` when told to stop.
    fn play(&mut self, piece: Piece, of: usize) -> bool {
        let (mut next, mut asked_for) = (Some(piece), false);
        while let Some(piece) = next.take() {
            let stage = Fact::Stage {
                what: piece.title(),
                done: self.done.min(of),
                of,
                workers: self.settings.size("workers"),
            };
            self.lane.fact(stage);
            self.lane.flush();
            let played = match piece {
                Piece::Technique(technique) => self.technique(technique),
                Piece::Blow(blow) => self.blow(blow),
                Piece::Close(how) => self.close(how),
            };
            if self.stop.requested() {
                return false;
            }
            if let Err(error) = played {
                self.lane.reliable_fact(Fact::Failed {
                    what: piece.title(),
                    why: error.to_string(),
                });
            }
            let rest = match piece {
                _ if asked_for => LONG_REST,
                Piece::Technique(_) => SHORT_REST,
                Piece::Blow(_) | Piece::Close(_) => REST,
            };
            next = self.rest(piece, rest);
            asked_for = true;
            if self.stop.requested() {
                return false;
            }
        }
        self.done += 1;
        true
    }

    fn technique(&self, technique: &'static Technique) -> io::Result<()> {
        let stage = Stage {
            program: &self.settings.program,
            stop: self.stop,
            workers: self.settings.size("workers"),
            lines: self.settings.size("lines"),
        };
        let shown = (technique.play)(&stage)?;
        self.lane.reliable_fact(Fact::Technique {
            name: technique.name,
            shown,
        });
        Ok(())
    }

    /// The same blow to all pools at once.
    fn blow(&self, blow: &'static Blow) -> io::Result<()> {
        let wanted = self.settings.word("policy");
        let policies: Vec<_> = match Policy::named(wanted) {
            Some(policy) => vec![policy],
            None => Policy::ALL.to_vec(),
        };
        self.lane.reliable_fact(Fact::Blow {
            id: blow.id,
            title: blow.title,
        });
        let (teller, told) = mpsc::channel();
        let tell = |shown| drop(teller.send(shown));
        let desk = |policy: Policy| Desk {
            program: &self.settings.program,
            workers: self.settings.size("workers"),
            tasks: self.settings.size("tasks"),
            stop: self.stop,
            observer: self.observer(policy.word()),
            told: &tell,
        };
        let struck = threads::scope(|scope| {
            let mut pools = Vec::new();
            for policy in &policies {
                let desk = desk(*policy);
                let strike = move || desk.strike(blow, *policy);
                pools.push(scope.spawn("failures/desk", strike)?);
            }
            while !pools.iter().all(ScopedJoinHandle::is_finished) {
                if let Ok(shown) = told.recv_timeout(POLL_INTERVAL) {
                    self.lane.fact(Fact::Pool(shown));
                    self.lane.flush();
                }
            }
            let joined = pools.into_iter().map(ScopedJoinHandle::join);
            Ok::<_, io::Error>(joined.collect::<Vec<_>>())
        })?;
        for shown in told.try_iter() {
            self.lane.fact(Fact::Pool(shown));
        }
        for pool in struck {
            let pool = pool.map_err(|_| io::Error::other("the desk panicked"))?;
            self.lane.reliable_fact(Fact::Struck(pool?));
        }
        Ok(())
    }

    fn close(&self, how: How) -> io::Result<()> {
        let ground = Ground {
            program: &self.settings.program,
            workers: self.settings.size("workers"),
            stop: self.stop,
            observer: self.observer("closing"),
        };
        self.lane.reliable_fact(Fact::Closed(ground.close(how)?));
        Ok(())
    }

    /// A lane for each process, named after its pool.
    fn observer(&self, pool: &'static str) -> Observer {
        let recorder = self.lane.recorder().clone();
        Arc::new(move |name, pid| {
            let name = format!("{pool} {}", name.trim_start_matches("worker "));
            Box::new(recorder.lane_of(&name, LaneKind::Process { pid }))
        })
    }

    /// On the live screen, time to look at what `piece` came to; what is asked for
    /// meanwhile. New settings ask for the same anew.
    fn rest(&mut self, piece: Piece, rest: Duration) -> Option<Piece> {
        if !self.settings.live {
            return None;
        }
        self.lane.emit(LaneEvent::Sleeping {
            pause: Pause::Exercise,
            for_ns: u64::try_from(rest.as_nanos()).unwrap_or(u64::MAX),
        });
        self.lane.flush();
        for _ in 0..rest.as_millis() / POLL_INTERVAL.as_millis() {
            if self.stop.sleep(POLL_INTERVAL) {
                return None;
            }
            let mut anew = None;
            while let Ok(command) = self.orders.try_recv() {
                match command {
                    Command::Set { key, value } => {
                        self.settings.put(key, value);
                        anew = Some(piece);
                    }
                    Command::Press { id } => {
                        if let Some(piece) = Piece::of(&id) {
                            return Some(piece);
                        }
                    }
                    Command::Enter { .. } => {}
                }
            }
            if anew.is_some() {
                return anew;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pressed_is_what_was_offered() {
        for (id, title) in [
            ("technique carry", "the future carries the error"),
            ("blow segv", "a segmentation fault"),
            ("close 0", "drain: work off the queue"),
            ("close 4", "a deaf worker with a child"),
        ] {
            assert_eq!(Piece::of(id).unwrap().title(), title);
        }
        for id in ["close 5", "close", "technique segv", "walk 1"] {
            assert!(Piece::of(id).is_none(), "{id}");
        }
    }
}
