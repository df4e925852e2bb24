//! A lab for tests: it counts on its driver thread, and a setting decides how it ends.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use super::recording::RecordedEvents;
use super::runner::Runner;
use super::source::Source;
use super::{
    Choice, Detail, End as RunEnd, Entry, Form, Info, Interrupt, Lab, PlaybackCommand, Run,
    Sentence, Session, Setting, SettingConflict, Settings, Value,
};
use crate::kit::event::{Ending, LaneEvent, LaneId, LaneKind, Stamped, What};
use crate::scene::{Finding, NotRun, Scene, Tone, Weight};

pub(crate) static ENTRIES: &[Entry] = &[Entry::of::<Trial>()];

#[derive(Debug)]
pub(crate) struct Trial;

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(tag = "event")]
pub(crate) enum Fact {
    #[serde(rename = "trial.count")]
    Count { n: u64 },
    #[serde(rename = "trial.audit")]
    Audit { total: u64 },
}

#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    counted: u64,
    audit: Option<u64>,
    broken: bool,
    missing: bool,
    never: bool,
}

impl State {
    /// Counts so far.
    pub(crate) fn counted(&self) -> u64 {
        self.counted
    }
}

pub(crate) const COUNT: Setting<u64> = Setting::number("count", "how far", 1..=1_000_000, 3);
pub(crate) const LOUD: Setting<bool> =
    Setting::switch("loud", "whether each count is reported", true);
pub(crate) const PAUSE: Setting<Duration> = Setting::time(
    "pause",
    "between counts",
    Duration::ZERO..=Duration::from_secs(10),
    Duration::ZERO,
);
pub(crate) const SIZES: Setting<Vec<u64>> =
    Setting::numbers("sizes", "of nothing", 1..=64, 1..=4, &[2, 4]);
pub(crate) const END: Setting<End> = Setting::choice("end", "how it ends", End::Word("done"));

/// How the lab ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    /// One of [`ENDS`].
    Word(&'static str),
    After(u64),
}

const ENDS: [&str; 5] = ["done", "broken", "missing", "never", "refuse"];

impl Choice for End {
    fn forms() -> Vec<Form> {
        let after = Form::WordNumber { word: "after", min: 1, max: 9 };
        ENDS.into_iter().map(Form::Word).chain([after]).collect()
    }

    fn to_value(self) -> Value {
        match self {
            Self::Word(word) => Value::Word(word),
            Self::After(n) => Value::WordNumber("after", n),
        }
    }

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Word(word) => Some(Self::Word(word)),
            Value::WordNumber(_, n) => Some(Self::After(*n)),
            _ => None,
        }
    }
}

impl Lab for Trial {
    const INFO: Info = Info {
        id: "trial",
        title: "Trial",
        tab: &["Trial"],
        question: "Does the frame hold?",
        lesson: "",
        controls: &[&COUNT, &LOUD, &PAUSE, &SIZES, &END],
    };
    type Fact = Fact;
    type Command = Infallible;
    type State = State;

    fn check(settings: &Settings) -> Result<(), SettingConflict> {
        let refused = settings.get(END) == End::Word("refuse");
        let (keys, why) = ([END.key; 2], "it was set to refuse".to_owned());
        if refused { Err(SettingConflict { keys, why }) } else { Ok(()) }
    }

    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        let (lane, stop, settings) = (session.lane(), session.stop(), session.settings());
        let (count, pause) = (settings.get(COUNT), settings.get(PAUSE));
        let (loud, never) = (settings.get(LOUD), settings.get(END) == End::Word("never"));
        let mut total = 0;
        while total < count && !stop.requested() {
            total += 1;
            if loud {
                lane.fact(Fact::Count { n: total });
            }
            if !pause.is_zero() {
                lane.flush();
                stop.sleep(pause);
            }
        }
        lane.flush();
        while never && !stop.requested() {
            stop.sleep(Duration::from_secs(1));
        }
        lane.reliable_fact(Fact::Audit { total });
        Ok(())
    }

    fn state(settings: &Settings) -> State {
        let is = |word| settings.get(END) == End::Word(word);
        State {
            broken: is("broken") || is("missing"),
            missing: is("missing"),
            never: is("never"),
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

    fn findings(state: &State) -> Vec<Finding> {
        state.broken.then(|| (Weight::Broken, "it is broken").into()).into_iter().collect()
    }

    fn result(state: &State) -> serde_json::Value {
        serde_json::json!({ "total": state.audit })
    }

    fn summary(state: &State) -> Vec<String> {
        vec![format!("Total: {:?}", state.audit)]
    }
}

/// A run of lab `L` that had these events, at its end. Without threads: its clock stands.
pub(crate) fn played<L: Lab>(events: Vec<Stamped<L::Fact>>, settings: Settings) -> Box<dyn Run> {
    let run = RecordedEvents { events: events.into(), end: RunEnd::default() };
    let mut run = Runner::<L>::new(Source::recorded(settings, Arc::new(run)));
    run.play(PlaybackCommand::Pause);
    run.play(PlaybackCommand::Seek(u64::MAX));
    while run.drain(1024) > 0 {}
    Box::new(run)
}

/// A run of this lab that did nothing, for a microsecond.
pub(crate) fn idle(settings: Settings) -> Box<dyn Run> {
    let lane = |at, what| Stamped { at, lane: LaneId(0), what: What::Lane(what) };
    let kind = LaneKind::Thread { os_tid: 1 };
    let events = vec![
        lane(0, LaneEvent::Started { name: "main".into(), kind }),
        lane(1_000, LaneEvent::Ended(Ending::Returned)),
    ];
    played::<Trial>(events, settings)
}

/// The scene of a state with the findings that the run adds.
pub(crate) fn scene_of<L: Lab>(state: &L::State, detail: Detail) -> Scene {
    let mut scene = L::scene(state, detail);
    scene.findings = L::findings(state);
    scene
}

/// The defaults of lab `L` with these settings, as they are typed.
pub(crate) fn settings_of<L: Lab>(set: &[(&str, &str)], live: bool) -> Settings {
    let mut settings = Settings::defaults(&L::INFO, 42, "threadbare".into(), live);
    for (key, text) in set {
        settings.set(&L::INFO, key, text).unwrap();
    }
    settings
}

/// The state of lab `L` after these events.
pub(crate) fn state_after<L: Lab>(settings: &Settings, events: &[Stamped<L::Fact>]) -> L::State {
    let mut state = L::state(settings);
    for event in events {
        L::apply(&mut state, event);
    }
    state
}

/// The findings of a state as text.
pub(crate) fn finding_texts<L: Lab>(state: &L::State) -> Vec<String> {
    L::findings(state).into_iter().map(|finding| finding.text.to_string()).collect()
}
