//! A lab in which everything that can be text is what others wrote: nothing that acts on
//! a terminal comes out anywhere.

use std::convert::Infallible;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::app::headless::tests::written;
use crate::app::headless::{Format, RunOptions};
use crate::app::live::compose::compose;
use crate::app::live::document::DocumentKind as Saved;
use crate::app::live::state::App;
use crate::app::picture;
use crate::export::svg;
use crate::kit::event::{Ending, LaneEvent, ResourceKind, Stamped, Stream, TaskOutcome, What};
use crate::kit::recorder::Lane;
use crate::lab::{Detail, Entry, Info, Interrupt, Lab, Sentence, Session, Settings};
use crate::printable::{Printable, is_printable};
use crate::report::RAN;
use crate::scene::{Bar, Bars, Body, Finding, Height, Panel, Scene, Table, Tone, Weight};
use crate::ui::{self, Charset, ColorDepth, ThemeName};

static LAB: Entry = Entry::of::<Echo>();

/// Repeats a text, given as the program's path, wherever it can.
struct Echo;

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(tag = "event")]
enum Fact {
    #[serde(rename = "echo.text")]
    Text { text: String },
    #[serde(rename = "echo.end")]
    End,
}

#[derive(Clone, Debug)]
struct State {
    text: String,
    ended: bool,
}

fn text_of(settings: &Settings) -> String {
    settings.program.to_string_lossy().into_owned()
}

fn speak(lane: &Lane<Fact>, text: &str) {
    let resource = lane.resource(text, ResourceKind::Lock);
    let label: std::sync::Arc<str> = text.into();
    let printable = || Printable::foreign(text);
    for what in [
        LaneEvent::Waiting { resource, holder: None },
        LaneEvent::Acquired { resource, depth: 1 },
        LaneEvent::Said { stream: Stream::Stderr, text: printable() },
        LaneEvent::Mark { label: label.clone() },
        LaneEvent::TaskQueued { task: 1, label: label.clone() },
        LaneEvent::TaskStarted { task: 1, label },
        LaneEvent::TaskEnded { task: 1, outcome: TaskOutcome::Failed { error: printable() } },
        LaneEvent::Released { resource, depth: 0 },
    ] {
        lane.emit(what);
    }
    lane.fact(Fact::Text { text: text.to_owned() });
    lane.end(Ending::Panicked { message: printable(), place: printable() });
    lane.reliable_fact(Fact::End);
}

impl Lab for Echo {
    const INFO: Info = Info {
        id: "echo",
        title: "Echo",
        tab: &["Echo"],
        question: "What comes out?",
        lesson: "",
        controls: &[],
    };
    type Fact = Fact;
    type Command = Infallible;
    type State = State;

    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        let text = text_of(session.settings());
        speak(&session.recorder().lane(&text), &text);
        Ok(())
    }

    fn state(settings: &Settings) -> State {
        State { text: text_of(settings), ended: false }
    }

    fn apply(state: &mut State, event: &Stamped<Fact>) {
        state.ended |= matches!(event.what, What::Fact(Fact::End));
    }

    fn describe(_: &State, event: &Stamped<Fact>) -> Option<Sentence> {
        match &event.what {
            What::Fact(Fact::Text { text }) => Some(Sentence::new(text.clone(), Tone::Plain)),
            _ => None,
        }
    }

    fn finished(state: &State) -> bool {
        state.ended
    }

    fn findings(state: &State) -> Vec<Finding> {
        vec![(Weight::Caution, state.text.as_str()).into()]
    }

    fn scene(state: &State, _: Detail) -> Scene {
        let text = &state.text;
        let mut scene = Scene::new(text);
        scene.badge(text, Tone::Strong);
        let bar = Bar {
            label: text.clone().into(),
            figure: text.clone(),
            note: text.as_str().into(),
            ..Bar::default()
        };
        let bodies = [
            Body::Lines(vec![text.as_str().into()]),
            Body::Prose(text.clone()),
            Body::Bars(Bars { bars: vec![bar], ..Bars::default() }),
            Body::Table(Table {
                head: vec![text.clone().into()],
                rows: vec![vec![text.as_str().into()]],
                figures_from: 1,
            }),
        ];
        for body in bodies {
            let panel = Panel::titled(text, body).note(text);
            scene.row(Height::Lines(2), vec![panel]);
        }
        scene
    }

    fn result(state: &State) -> Value {
        json!({ "text": state.text, state.text.as_str(): 1 })
    }

    fn summary(state: &State) -> Vec<String> {
        vec![state.text.clone()]
    }
}

fn settings(text: &OsString) -> Settings {
    Settings::defaults(LAB.info, 42, text.into(), false)
}

/// What `run` writes in each format, and the trace beside it.
fn headless(text: &OsString) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace.json");
    let formats = [Format::Text, Format::Json, Format::Jsonl];
    let mut all: Vec<_> = formats
        .into_iter()
        .map(|format| {
            let (status, text) = written(RunOptions {
                entry: &LAB,
                settings: settings(text),
                recording: None,
                format,
                ascii: false,
                trace: Some(trace.clone()),
                record: None,
                timeout: super::toy::DEADLINE,
                check: false,
            });
            assert_eq!(status, Ok(RAN));
            text
        })
        .collect();
    all.push(std::fs::read_to_string(&trace).unwrap());
    all
}

/// What the screen shows, saves and records of it.
fn on_screen(text: &OsString) -> Vec<String> {
    let now = Instant::now();
    let look =
        ui::Look { theme: ThemeName::Mono, depth: ColorDepth::None, charset: Charset::Unicode };
    let mut app = App::new(vec![(LAB, settings(text))], Some(0), look, now);
    app.size = (80, 40);
    app.open(now);
    let finished = |app: &App| app.chosen().unwrap().finished();
    while !finished(&app) {
        assert!(now.elapsed() < super::toy::DEADLINE, "it did not finish");
        app.advance(Instant::now());
    }
    app.update_story_line(Instant::now());
    let mut all: Vec<_> = Saved::ALL.map(|kind| kind.write(&mut app).unwrap()).into();
    let buffer = ui::to_buffer(&compose(&app, Instant::now()), &app.theme, 80, 40);
    let picture = picture::of(&buffer).unwrap();
    all.push(picture.text());
    let title = Printable::foreign(&text.to_string_lossy());
    all.push(svg::animate(&[picture], Duration::from_secs(1), &title));
    all
}

fn assert_harmless(outputs: &[String]) {
    for output in outputs {
        let bad = output.chars().find(|c| *c != '\n' && !is_printable(*c));
        assert!(bad.is_none(), "{bad:?} in {output}");
    }
}

#[test]
fn escapes_stand_in_each_output_where_the_text_stood() {
    let text = OsString::from("\u{1b}]0;x\u{7}\u{9b}\u{202e}");
    let (run, screen) = (headless(&text), on_screen(&text));
    let shown = r"\u{1b}]0;x\u{7}\u{9b}\u{202e}";
    for output in [&run[0], &screen[0]] {
        assert!(output.lines().any(|line| line == shown), "{output}");
        assert!(output.contains(&format!("Finding (caution): {shown}")));
        let said = format!("{shown} printed on stderr: {shown}");
        assert!(output.contains(&said), "{output}");
    }
    let result = |object: &str| serde_json::from_str::<Value>(object).unwrap()["result"].clone();
    for object in [&run[1], &screen[1]] {
        assert_eq!(result(object)["text"], "\u{1b}]0;x\u{7}\u{9b}\u{202e}");
    }
    for output in [&run[3], &screen[2]] {
        assert!(output.contains(r"holding \u001b]0;x\u0007\u009b\u202e"), "{output}");
    }
    for output in [&screen[3], &screen[4], &screen[5]] {
        assert!(output.contains("]0;x"), "{output}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_control_character_of_a_run_survives_in_any_output(
        noise in proptest::collection::vec(any::<u8>(), 1..60),
        text in "[\u{1b}\u{7}\u{9b}\u{202e}\u{2066}\u{200f}\u{2028}\u{feff}\r\n\t\u{7f}\u{90}a-c語 ]{1,30}",
    ) {
        for text in [OsString::from_vec(noise), text.into()] {
            assert_harmless(&headless(&text));
            assert_harmless(&on_screen(&text));
        }
    }
}
