//! The state around a lab that obeys at once, on the sending thread, with a clock that
//! stands: each key has had its effect before the next one.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossterm::event::{Event, MouseButton, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::keys::message;
use super::loop_harness::mouse;
use super::toy::DEADLINE;
use crate::app::live::actions::AppEffect;
use crate::app::live::compose::compose;
use crate::app::live::keymap::Key as Pressed;
use crate::app::live::message::Message;
use crate::app::live::state::App;
use crate::app::live::update::update;
use crate::kit::event::{Stamped, What};
use crate::lab::{
    self, Action, ActionKind, Command, Detail, Entry, Info, Interrupt, Key, Keys, Lab, Sentence,
    Session, Setting, SettingConflict, Settings, WithText,
};
use crate::scene::{Body, Finding, Height, Line, Panel, Scene, Screen, Tone, Weight};
use crate::ui::{self, Charset, ColorDepth, ThemeName};

pub static PROMPT: Entry = Entry::of::<Obedient>();

thread_local! {
    /// How often a lab was asked on this thread for what can be done.
    pub static ASKED: Cell<u32> = const { Cell::new(0) };
}

const fn steps(
    key: &'static str,
    about: &'static str,
    back: &'static [Key],
    on: &'static [Key],
) -> Setting<u64> {
    Setting::number(key, about, 1..=8, 2).keys(Keys::Steps { back, on }).steps(&[1, 2, 4])
}

const fn toggle(key: &'static str, about: &'static str, press: char) -> Setting<bool> {
    Setting::switch(key, about, true).keys(Keys::Next(Key::Char(press)))
}

pub const SIZE: Setting<u64> =
    steps("size", "how large", &[Key::Left, Key::Char('<')], &[Key::Right, Key::Char('>')]);
const LOCK: Setting<bool> = toggle("lock", "whether it locks", 'l');
const HIDDEN: Setting<bool> = Setting::switch("hidden", "no key", false);
const DEPTH: Setting<u64> = steps("depth", "how deep", &[Key::Char('[')], &[Key::Char(']')]);
const CALM: Setting<bool> = toggle("calm", "whether it times", 'm');

#[derive(Debug)]
pub struct Obedient;

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(tag = "event")]
pub enum Fact {
    #[serde(rename = "obedient.did")]
    Did { what: String },
}

#[derive(Clone, Debug)]
pub struct State {
    did: Vec<String>,
    calm: bool,
}

impl Lab for Obedient {
    const INFO: Info = Info {
        id: "obedient",
        title: "An obedient lab",
        tab: &["Obey"],
        question: "Does it obey?",
        lesson: "It does.",
        controls: &[&SIZE, &LOCK, &HIDDEN, &DEPTH, &CALM],
    };
    type Fact = Fact;
    type Command = String;
    type State = State;

    /// Four deep it cannot lock; large it can only be shallow; hidden it is nothing at all.
    fn check(settings: &Settings) -> Result<(), SettingConflict> {
        if settings.get(HIDDEN) {
            let (keys, why) = ([HIDDEN.key; 2], "it is hidden".to_owned());
            return Err(SettingConflict { keys, why });
        }
        let (size, depth) = (settings.get(SIZE), settings.get(DEPTH));
        let keys = match (depth, settings.get(LOCK), size) {
            (4, true, _) => [DEPTH.key, LOCK.key],
            (1, _, 4) => [SIZE.key, DEPTH.key],
            _ => return Ok(()),
        };
        let why = "not both".to_owned();
        Err(SettingConflict { keys, why })
    }

    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        loop {
            session.command()?;
        }
    }

    fn effect(command: &Command<String>, _: &Settings, _: &Settings) -> lab::Effect<Fact> {
        lab::Effect::Emit(Fact::Did {
            what: match command {
                Command::Set { key, value } => format!("{key}={value}"),
                Command::Do(what) => what.clone(),
            },
        })
    }

    fn state(settings: &Settings) -> State {
        State { did: Vec::new(), calm: !settings.get(CALM) }
    }

    fn apply(state: &mut State, event: &Stamped<Fact>) {
        if let What::Fact(Fact::Did { what }) = &event.what {
            assert!(what != "break", "broken in two");
            match what.as_str() {
                "calm=off" => state.calm = true,
                "calm=on" => state.calm = false,
                _ => {}
            }
            state.did.push(what.clone());
        }
    }

    fn describe(_: &State, event: &Stamped<Fact>) -> Option<Sentence> {
        match &event.what {
            What::Fact(Fact::Did { what }) => {
                Some(Sentence::new(format!("did {what}"), Tone::Good))
            }
            What::Lane(_) => None,
        }
    }

    fn finished(_: &State) -> bool {
        false
    }

    fn actions(state: &State) -> Vec<Action<String>> {
        ASKED.set(ASKED.get() + 1);
        let question = |text: &str, answers: [&str; 2]| {
            let answers = answers.map(|id| (format!("{text}={id}"), format!("it is {id}")));
            (format!("Which {text}"), answers.into())
        };
        let answered =
            ["size=small", "colour=red"].iter().all(|it| state.did.contains(&(*it).to_owned()));
        let action = |key, label: &str, then| Action::new(Key::Char(key), label, then);
        vec![
            action('x', "work", ActionKind::Press("work".to_owned())),
            action('b', "break", ActionKind::Press("break".to_owned())),
            action(
                'a',
                "ask",
                ActionKind::Ask {
                    label: "how many".into(),
                    hint: "a number".into(),
                    command: WithText::new(|text| format!("asked:{text}")),
                },
            ),
            action(
                'c',
                "choose",
                ActionKind::Choose {
                    title: "Which".into(),
                    items: ["one", "two", "three"]
                        .map(|id| (id.to_owned(), format!("the {id}")))
                        .into(),
                },
            ),
            action('y', "copy", ActionKind::Copy("a code".to_owned())),
            action(
                'i',
                "interview",
                ActionKind::Interview {
                    questions: vec![
                        question("size", ["large", "small"]),
                        question("colour", ["red", "blue"]),
                    ],
                    answer: answered.then(|| Scene::new("small and red")),
                },
            ),
        ]
    }

    fn findings(state: &State) -> Vec<Finding> {
        vec![(Weight::Fine, format!("{} done", state.did.len())).into()]
    }

    fn scene(state: &State, _: Detail) -> Scene {
        let mut scene = Scene::new("An obedient lab");
        scene.calm = state.calm;
        let lines: Vec<Line> = (1..=60).map(|n| Line::from(format!("line {n}"))).collect();
        let min = u16::try_from(lines.len()).unwrap();
        scene.row(Height::Fill { min, weight: 1 }, vec![Panel::bare(Body::Lines(lines))]);
        scene
    }

    fn result(state: &State) -> serde_json::Value {
        serde_json::json!({ "did": state.did })
    }

    fn summary(state: &State) -> Vec<String> {
        vec![format!("did {} things", state.did.len())]
    }
}

/// The state of the program, its clock in the hand of the test.
pub struct AppHarness {
    pub app: App,
    pub now: Instant,
}

impl AppHarness {
    /// Four labs, each with a seed and a number of cores of its own: 40 and 1, 41 and 2 ...
    pub fn new(start: Option<usize>) -> Self {
        Self::with(start, &[])
    }

    /// The same with settings of all of them.
    pub fn with(start: Option<usize>, sets: &[(&str, &str)]) -> Self {
        let labs = (0..4usize).map(|at| {
            let mut of = Settings::defaults(PROMPT.info, 40 + at as u64, PathBuf::new(), true);
            of.cores = at + 1;
            for (key, value) in sets {
                of.set(PROMPT.info, key, value).unwrap();
            }
            (PROMPT, of)
        });
        let mut harness = Self::closed(labs.collect(), start);
        harness.app.open(harness.now);
        harness.advance();
        harness.draw(120, 24);
        harness
    }

    /// These labs, none of them open.
    pub fn closed(labs: Vec<(Entry, Settings)>, start: Option<usize>) -> Self {
        let look =
            ui::Look { theme: ThemeName::Mono, depth: ColorDepth::None, charset: Charset::Unicode };
        let now = Instant::now();
        Self { app: App::new(labs, start, look, now), now }
    }

    /// Takes in what the labs have emitted; each that is open has begun then.
    fn advance(&mut self) {
        self.app.advance(self.now);
        let began = Instant::now();
        while self.app.open_runs().any(|run| run.events() == 0) {
            assert!(began.elapsed() < DEADLINE, "a lab did not begin");
            self.app.advance(self.now);
        }
    }

    /// Takes a message in, and the events that it causes in the labs.
    pub fn send(&mut self, message: Message) -> Option<AppEffect> {
        let effect = update(&mut self.app, message, self.now);
        self.advance();
        effect
    }

    /// Presses keys by their names, with spaces between, and gives what the last one causes.
    pub fn press(&mut self, names: &str) -> Option<AppEffect> {
        let mut last = None;
        for name in names.split(' ') {
            let key: Pressed = name.parse().unwrap();
            last = self.send(message(key));
        }
        last
    }

    pub fn paste(&mut self, text: &str) {
        self.send(Message::Input(Event::Paste(text.to_owned())));
    }

    pub fn mouse(&mut self, kind: MouseEventKind, (x, y): (u16, u16)) -> Option<AppEffect> {
        self.send(mouse(kind, x, y))
    }

    pub fn click(&mut self, at: (u16, u16)) -> Option<AppEffect> {
        self.mouse(MouseEventKind::Down(MouseButton::Left), at)
    }

    pub fn later(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
    }

    pub fn screen(&self) -> Screen {
        compose(&self.app, self.now)
    }

    /// A frame as the loop makes it, as text.
    pub fn draw(&mut self, width: u16, height: u16) -> String {
        self.app.advance(self.now);
        self.app.update_story_line(self.now);
        let screen = self.screen();
        self.app.shown.clone_from(&screen);
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let (theme, mut hits) = (&self.app.theme, ui::Hits::default());
        terminal.draw(|frame| hits = ui::draw(frame, &screen, theme)).unwrap();
        self.app.size = (width, height);
        self.app.hits = hits;
        let rows = terminal.backend().buffer().content.chunks(width.into());
        let rows =
            rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>());
        rows.collect::<Vec<_>>().join("\n")
    }

    /// Where a text stands that was drawn.
    pub fn find(&mut self, text: &str) -> (u16, u16) {
        let (width, height) = self.app.size;
        let drawn = self.draw(width, height);
        let found = drawn.lines().enumerate().find_map(|(y, line)| {
            let x = line[..line.find(text)?].chars().count();
            Some((u16::try_from(x).unwrap(), u16::try_from(y).unwrap()))
        });
        found.unwrap_or_else(|| panic!("`{text}` is not in\n{drawn}"))
    }

    /// What a lab has done, the oldest first.
    pub fn did(&self, lab: usize) -> Vec<String> {
        let run = self.app.slots[lab].run().expect("it is closed");
        let did = run.result()["did"].as_array().unwrap().clone();
        did.iter().map(|one| one.as_str().unwrap().to_owned()).collect()
    }
}
