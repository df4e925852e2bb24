//! A lab for tests: it counts on one thread, and a setting decides how it ends.

use std::thread::JoinHandle;
use std::time::Duration;

use super::{Command, Control, Detail, Entry, Form, Info, Kind, Lab, Sentence, Settings};
use crate::kit::event::{Ending, LaneEvent, LaneId, LaneKind, Stamped, What};
use crate::kit::recorder::Recorder;
use crate::kit::stop::Stop;
use crate::scene::{NotRun, Scene, Tone, Weight};

pub(crate) static ENTRIES: &[Entry] = &[Entry::of::<Trial>()];

#[derive(Debug)]
pub(crate) struct Trial {
    stop: Stop,
    counter: Option<JoinHandle<()>>,
}

#[derive(Clone, Debug, serde::Serialize)]
#[serde(tag = "event")]
pub(crate) enum Fact {
    #[serde(rename = "trial.count")]
    Count { n: u64 },
    #[serde(rename = "trial.audit")]
    Audit { total: u64 },
}

#[derive(Debug, Default)]
pub(crate) struct State {
    counted: u64,
    audit: Option<u64>,
    broken: bool,
    missing: bool,
    never: bool,
}

impl Lab for Trial {
    const INFO: Info = Info {
        id: "trial",
        title: "Trial",
        tab: "Trial",
        question: "Does the frame hold?",
        lesson: "",
        controls: &[
            Control::new("count", "how far", Kind::Number { min: 1, max: 1_000_000 }, "3"),
            Control::new("loud", "whether each count is reported", Kind::Switch, "on"),
            Control::new(
                "pause",
                "between counts",
                Kind::Time { min: Duration::ZERO, max: Duration::from_secs(10) },
                "0ms",
            ),
            Control::new(
                "sizes",
                "of nothing",
                Kind::Numbers { min: 1, max: 64, least: 1, most: 4 },
                "2,4",
            ),
            Control::new(
                "end",
                "how it ends",
                Kind::OneOf(&[
                    Form::Word("done"),
                    Form::Word("broken"),
                    Form::Word("missing"),
                    Form::Word("never"),
                    Form::Word("refuse"),
                    Form::WordNumber { word: "after", min: 1, max: 9 },
                ]),
                "done",
            ),
        ],
    };
    type Fact = Fact;
    type State = State;

    fn start(settings: &Settings, recorder: Recorder<Fact>) -> Result<Self, String> {
        if settings.word("end") == "refuse" {
            return Err("it was set to refuse".to_owned());
        }
        let stop = Stop::new();
        let (count, pause) = (settings.number("count"), settings.time("pause"));
        let (loud, never) = (settings.toggle("loud"), settings.word("end") == "never");
        let stopped = stop.clone();
        let counter = std::thread::Builder::new().spawn(move || {
            let lane = recorder.lane("counter");
            let mut total = 0;
            while total < count && !stopped.requested() {
                total += 1;
                if loud {
                    lane.fact(Fact::Count { n: total });
                }
                if !pause.is_zero() {
                    lane.flush();
                    stopped.sleep(pause);
                }
            }
            lane.flush();
            while never && !stopped.requested() {
                stopped.sleep(Duration::from_secs(1));
            }
            lane.end(Ending::Returned);
            lane.reliable_fact(Fact::Audit { total });
        });
        Ok(Self { stop, counter: Some(counter.map_err(|error| error.to_string())?) })
    }

    fn command(&mut self, _command: Command) {}

    fn state(settings: &Settings) -> State {
        State {
            broken: ["broken", "missing"].contains(&settings.word("end")),
            missing: settings.word("end") == "missing",
            never: settings.word("end") == "never",
            ..State::default()
        }
    }

    fn apply(state: &mut State, event: &Stamped<Fact>) {
        match &event.what {
            What::Fact(Fact::Count { .. }) => state.counted += 1,
            What::Fact(Fact::Audit { total }) => state.audit = Some(*total),
            What::Lane(_) => {}
        }
    }

    fn describe(_state: &State, event: &Stamped<Fact>) -> Option<Sentence> {
        match &event.what {
            What::Fact(Fact::Count { n }) => {
                Some(Sentence::new(format!("counts {n} µ"), Tone::Plain))
            }
            _ => None,
        }
    }

    fn finished(state: &State) -> bool {
        state.audit.is_some() && !state.never
    }

    fn not_run(state: &State) -> Vec<NotRun> {
        let parts = ["one part", "another"].map(|part| NotRun::new(part, "no room"));
        parts.into_iter().filter(|_| state.missing).collect()
    }

    fn scene(state: &State, _detail: Detail) -> Scene {
        let mut scene = Scene::new("Trial");
        if state.broken {
            scene.finding(Weight::Broken, "it is broken");
        }
        scene
    }

    fn result(state: &State) -> serde_json::Value {
        serde_json::json!({ "total": state.audit })
    }

    fn summary(state: &State) -> Vec<String> {
        vec![format!("Total: {:?}", state.audit)]
    }

    fn sample_events() -> Vec<Stamped<Fact>> {
        let lane = |at, what| Stamped { at, lane: LaneId(0), what: What::Lane(what) };
        vec![
            lane(
                0,
                LaneEvent::Started { name: "counter".into(), kind: LaneKind::Thread { os_tid: 1 } },
            ),
            lane(1_000, LaneEvent::Ended(Ending::Returned)),
        ]
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        self.stop.request();
        if let Some(counter) = self.counter.take() {
            let _ = counter.join();
        }
    }
}
