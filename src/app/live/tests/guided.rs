//! The guided path: from a question to its answer, and on to the next.

use std::time::Instant;

use crate::app::live::actions::press;
use crate::app::live::compose::compose;
use crate::app::live::guide::note_seen;
use crate::app::live::keymap::Key as Pressed;
use crate::app::live::state::{App, CurrentScreen};
use crate::kit::event::{Stamped, What};
use crate::lab::{
    self, Action, Command, Entry, Info, Interrupt, Key, Lab, Prediction, Question, Session,
    Settings, Try,
};
use crate::scene::{Guide, Screen};
use crate::ui::{Charset, ColorDepth, Look, ThemeName};

/// A lab whose experiment is seen once `x` was pressed, which can be pressed once.
#[derive(Debug)]
struct Asked<const NUMBER: u8>;

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(tag = "event")]
enum Fact {
    #[serde(rename = "asked.seen")]
    Seen,
}

impl<const NUMBER: u8> Lab for Asked<NUMBER> {
    const INFO: Info = Info {
        id: if NUMBER == 4 { "four" } else { "five" },
        title: "A lab that asks",
        tab: if NUMBER == 4 { &["Four"] } else { &["Five"] },
        question: "What happens?",
        lesson: "",
        controls: &[],
    };
    const QUESTIONS: &'static [Question] = &[Question {
        number: NUMBER,
        text: &["What happens?"],
        experiment: Try { key: Key::Char('x'), what: &["see it"] },
        prediction: Some(Prediction { asks: "What?", answers: &["a", "b", "c"], right: 1 }),
    }];
    type Fact = Fact;
    type Command = ();
    type State = bool;

    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        loop {
            session.command()?;
        }
    }

    fn effect(_: &Command<()>, _: &Settings, _: &Settings) -> lab::Effect<Fact> {
        lab::Effect::Emit(Fact::Seen)
    }

    fn state(_: &Settings) -> bool {
        false
    }

    fn apply(seen: &mut bool, event: &Stamped<Fact>) {
        *seen |= matches!(event.what, What::Fact(Fact::Seen));
    }

    fn finished(_: &bool) -> bool {
        false
    }

    fn actions(seen: &bool) -> Vec<Action<()>> {
        let other = Action::press(Key::Char('o'), "other", ());
        let see = Action::press(Key::Char('x'), "see it", ());
        if *seen { vec![other] } else { vec![other, see] }
    }

    fn seen(seen: &bool, _: usize) -> bool {
        *seen
    }

    fn result(_: &bool) -> serde_json::Value {
        serde_json::Value::Null
    }
}

fn entry<const NUMBER: u8>(data: Option<&std::path::Path>) -> (Entry, Settings) {
    let info = &Asked::<NUMBER>::INFO;
    let mut settings = Settings::defaults(info, 1, "threadbare".into(), true);
    settings.data = data.map(Into::into);
    (Entry::of::<Asked<NUMBER>>(), settings)
}

fn app(data: Option<&std::path::Path>) -> App {
    let look = Look { theme: ThemeName::Dark, depth: ColorDepth::True, charset: Charset::Unicode };
    let now = Instant::now();
    let mut app = App::new(vec![entry::<4>(data), entry::<5>(data)], Some(0), look, now);
    app.open(now);
    app
}

fn keys(app: &mut App, keys: &str) -> Screen {
    for key in keys.split(' ') {
        press(app, key.parse::<Pressed>().unwrap(), Instant::now());
        while app.advance(Instant::now()).events > 0 {}
        note_seen(app, Instant::now());
    }
    compose(app, Instant::now())
}

fn line(guide: &Guide) -> String {
    let hints = guide.hints.iter().map(|hint| format!("{} {}", hint.key, &*hint.what));
    let verdict = guide.verdict.as_ref().map_or("", |verdict| verdict.text.as_str());
    let hints = hints.collect::<Vec<_>>().join(", ");
    format!("Q{} {} {verdict}| {hints}", guide.number, guide.answered)
}

#[test]
fn a_question_is_predicted_seen_ticked_and_leads_to_the_next() {
    let home = tempfile::tempdir().unwrap();
    let mut app = app(Some(home.path()));
    let shown = |screen: &Screen| line(screen.guide.as_ref().unwrap());
    let screen = compose(&app, Instant::now());
    assert_eq!(shown(&screen), "Q4 false | P predict, x see it");
    assert_eq!(screen.footer[0].key, "x", "the first thing to try comes first");
    assert!(screen.footer.iter().any(|hint| &*hint.label == "predict"));

    let screen = keys(&mut app, "P down down enter");
    assert_eq!(shown(&screen), "Q4 false | x see it");
    assert!(!screen.footer.iter().any(|hint| &*hint.label == "predict"), "once");
    assert!(!screen.tabs[1].answered);

    let screen = keys(&mut app, "x");
    assert_eq!(shown(&screen), "Q4 true not as you predicted: b| n Five");
    assert_eq!(screen.notice.unwrap().text.to_string(), "✓ Q4, not as you predicted: b");
    assert_eq!(screen.footer[0].key, "o", "nothing is left to try");
    assert_eq!([0, 1, 2].map(|tab| screen.tabs[tab].answered), [false, true, false]);

    let screen = keys(&mut app, "n");
    assert_eq!(app.at, CurrentScreen::Lab(1));
    assert_eq!(shown(&screen), "Q5 false | P predict, x see it");
    let screen = keys(&mut app, "x P down enter");
    assert_eq!(shown(&screen), "Q5 true as you predicted| n Dashboard");
    keys(&mut app, "n");
    assert_eq!(app.at, CurrentScreen::Dashboard, "all are answered");
    // What was done is there the next time.
    assert!(app.path.unsaved().unwrap()().is_none());
    drop(app);
    let app = self::app(Some(home.path()));
    assert!(compose(&app, Instant::now()).tabs[2].answered);
}

#[test]
fn a_key_that_does_nothing_now_is_not_shown_as_what_to_try() {
    let mut app = app(None);
    let screen = keys(&mut app, "x");
    assert_eq!(line(&screen.guide.unwrap()), "Q4 false | P predict");
}

#[test]
fn from_the_dashboard_the_path_begins_with_the_first_open_question() {
    let mut app = app(None);
    keys(&mut app, "esc n");
    assert_eq!(app.at, CurrentScreen::Lab(0));
    keys(&mut app, "x P enter esc n");
    assert_eq!(app.at, CurrentScreen::Lab(1));
    keys(&mut app, "n");
    assert_eq!(app.at, CurrentScreen::Dashboard, "this is the only one that is left");
}

#[test]
fn a_file_that_cannot_be_kept_is_reported_in_the_first_frame() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("answers.json"), "torn").unwrap();
    let app = app(Some(home.path()));
    let notice = compose(&app, Instant::now()).notice.unwrap().text.to_string();
    assert!(notice.starts_with("progress is not kept in "), "{notice}");
}
