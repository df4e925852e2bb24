//! A lab for tests of the program around labs: does what it is asked to, and emits it.

use std::time::Duration;

use serde_json::json;

use crate::kit::event::{Stamped, What};
use crate::lab::{
    Action, ActionKind, Command, Detail, Effect, Entry, Info, Interrupt, Key, Keys, Lab, Sentence,
    Session, Setting, SettingConflict, Settings, WithText, resume, step_by_step,
};
use crate::scene::{Body, Line, Panel, Scene, Tone};

pub static LABS: [Entry; 4] =
    [Entry::of::<Toy>(), Entry::of::<Toy>(), Entry::of::<Toy>(), Entry::of::<Toy>()];

const LOCK: Setting<bool> =
    Setting::switch("lock", "a toggle", true).keys(Keys::Next(Key::Char('l')));
const SIZE: Setting<u64> = Setting::number("size", "a dial", 1..=8, 2)
    .keys(Keys::Steps { back: &[Key::Left], on: &[Key::Right] })
    .steps(&[1, 2, 4]);
const CALM: Setting<bool> =
    Setting::switch("calm", "a timing runs", false).keys(Keys::Next(Key::Char('m')));
const REFUSE: Setting<bool> = Setting::switch("refuse", "does not start", false);

/// Longer than a low screen.
const LESSON: &str = concat!(
    "Look for **bold** words.",
    "\n\nOne.\n\nTwo.\n\nThree.\n\nFour.\n\nFive.\n\nSix.\n\nSeven.\n\nEight.",
    "\n\nNine.\n\nTen.\n\nEleven.\n\nTwelve.\n\nThirteen.\n\nFourteen."
);

pub struct Toy;

/// What it emits: each command as text, and some with consequences.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(tag = "event")]
pub enum Fact {
    #[serde(rename = "toy.did")]
    Did { what: String },
    #[serde(rename = "toy.noise")]
    Noise,
    #[serde(rename = "toy.poison")]
    Poison,
    #[serde(rename = "toy.end")]
    End,
}

#[derive(Clone, Debug, Default)]
pub struct State {
    did: Vec<String>,
    noise: u64,
    calm: bool,
    ended: bool,
}

impl State {
    /// Panics if it was asked to panic there.
    fn panic_in(&self, place: &str) {
        assert!(!self.did.contains(&format!("asked:{place}")), "asked to");
    }
}

impl Lab for Toy {
    const INFO: Info = Info {
        id: "toy",
        title: "Toy",
        tab: &["Toy"],
        question: "Does the program around labs work?",
        lesson: LESSON,
        controls: &[&LOCK, &SIZE, &CALM, &REFUSE],
    };
    type Fact = Fact;
    type Command = String;
    type State = State;

    fn check(settings: &Settings) -> Result<(), SettingConflict> {
        let (keys, why) = ([REFUSE.key; 2], "the toy refuses".to_owned());
        if settings.get(REFUSE) { Err(SettingConflict { keys, why }) } else { Ok(()) }
    }

    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        let lane = session.lane();
        loop {
            if session.command()? == Command::Do("noise".to_owned()) {
                (0..100_000).for_each(|_| lane.fact(Fact::Noise));
                lane.reliable_fact(Fact::Did { what: "noise".to_owned() });
            }
        }
    }

    /// All but noise is emitted at once, in the order of the commands.
    fn effect(command: &Command<String>, _: &Settings, _: &Settings) -> Effect<Fact> {
        let what = match command {
            Command::Set { key, value } => format!("{key}={value}"),
            Command::Do(what) => what.clone(),
        };
        match what.as_str() {
            "noise" => Effect::Queued,
            "poison" => Effect::Emit(Fact::Poison),
            "end" => Effect::Emit(Fact::End),
            _ => Effect::Emit(Fact::Did { what }),
        }
    }

    fn state(_: &Settings) -> State {
        State::default()
    }

    fn apply(state: &mut State, event: &Stamped<Fact>) {
        match &event.what {
            What::Fact(Fact::Did { what }) => {
                if let Some(on) = what.strip_prefix("calm=") {
                    state.calm = on == "on";
                }
                state.did.push(what.clone());
            }
            What::Fact(Fact::Noise) => state.noise += 1,
            What::Fact(Fact::Poison) => panic!("poisoned"),
            What::Fact(Fact::End) => state.ended = true,
            What::Lane(_) => {}
        }
    }

    fn describe(_: &State, event: &Stamped<Fact>) -> Option<Sentence> {
        match &event.what {
            What::Fact(Fact::Did { what }) => {
                Some(Sentence::new(format!("did {what}"), Tone::Plain))
            }
            _ => None,
        }
    }

    fn finished(state: &State) -> bool {
        state.panic_in("finished");
        state.ended
    }

    fn actions(state: &State) -> Vec<Action<String>> {
        state.panic_in("actions");
        let is_paused = state.did.iter().any(|did| did == "pause");
        let press =
            |key, label: &str, what: &str| Action::press(Key::Char(key), label, what.to_owned());
        vec![
            press('x', "work", "work"),
            press('n', "noise", "noise"),
            if is_paused { resume("resume".to_owned()) } else { step_by_step("pause".to_owned()) },
            press('P', "poison", "poison"),
            press('E', "end", "end"),
            press('3', "third", "third"),
            press('q', "steal", "stolen"),
            Action::new(
                Key::Char('a'),
                "ask",
                ActionKind::Ask {
                    label: "how many".into(),
                    hint: "a number".into(),
                    command: WithText::new(|text| format!("asked:{text}")),
                },
            ),
            Action::choose(
                Key::Char('c'),
                "choose",
                "Which",
                ["first", "second"].map(|id| (id.to_owned(), format!("the {id}"))),
            ),
            Action::new(Key::Char('y'), "copy", ActionKind::Copy("a code".to_owned())),
        ]
    }

    fn scene(state: &State, detail: Detail) -> Scene {
        let mut scene = Scene::new("Toy");
        scene.calm = state.calm;
        let mut lines = vec![Line::from(format!("noise {}", state.noise))];
        lines.extend(state.did.iter().rev().take(20).map(|did| Line::from(format!("<{did}>"))));
        if state.ended {
            lines.push("all is over".into());
        }
        if detail == Detail::Full {
            lines.push("in full".into());
        }
        scene.row(
            crate::scene::Height::Fill { min: lines.len().try_into().unwrap(), weight: 1 },
            vec![Panel::bare(Body::Lines(lines))],
        );
        scene
    }

    fn result(state: &State) -> serde_json::Value {
        state.panic_in("result");
        json!({ "did": state.did })
    }

    fn summary(state: &State) -> Vec<String> {
        vec![format!("did {} things", state.did.len())]
    }
}

/// Long enough for a machine that does something else meanwhile.
pub const DEADLINE: Duration = Duration::from_secs(30);
