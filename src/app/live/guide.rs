//! The guided path on the screen: the question of the chosen lab, what to do for it, and
//! where it goes from there.
//!
//! ```text
//! question 3: does the list end at 64?   P predict   l turn the lock off     to be answered
//! question 3: does the list end at 64?   as you predicted   n next Factorial        answered
//! ```

use std::time::Instant;

use super::keymap::{ActiveBinding, Key, Target, active_bindings_at};
use super::overlay::{Choice, Menu, Overlay};
use super::path::Answer;
use super::state::App;
use crate::lab::{self, Action, Prediction, Question, Run};
use crate::scene::{Guide, GuideHint, KeyHint, Line, Span, Tone};

/// Rank of the first thing to try in the footer: it goes before all but the way out.
const FIRST: u8 = 1;

/// Notes which experiments have been seen in the labs on the screen. Called after their events
/// were drained.
pub fn note_seen(app: &mut App, now: Instant) {
    for lab in app.visible() {
        let slot = &app.slots[lab];
        // What a recording shows was seen by the person who recorded it.
        if slot.recording().is_some() {
            continue;
        }
        let seen = slot.questions().iter().enumerate();
        let seen = seen.filter(|(_, question)| !app.path.answer(question).seen);
        let seen: Vec<_> = seen.filter(|(at, _)| slot.seen(*at)).map(|(_, one)| one).collect();
        for question in seen {
            add(app, question, Answer { predicted: None, seen: true }, now);
        }
    }
}

fn add(app: &mut App, question: &'static Question, answer: Answer, now: Instant) {
    if !app.path.add(question, answer) {
        return;
    }
    let name = match question.number {
        0 => "The question of this lab".to_owned(),
        number => format!("Q{number}"),
    };
    let said = match verdict(app, question) {
        Some((verdict, _)) => format!("✓ {name}, {verdict}"),
        None => format!("✓ {name} is answered"),
    };
    app.notify(said, Tone::Good, now);
}

/// How the prediction compares with what is right; `None` without one. To be wrong is no fault, so
/// its tone is that of something worth a look.
fn verdict(app: &App, question: &Question) -> Option<(String, Tone)> {
    let Prediction { answers, right, .. } = question.prediction?;
    let predicted = app.path.answer(question).predicted?;
    Some(if predicted == right {
        ("as you predicted".to_owned(), Tone::Good)
    } else {
        (format!("not as you predicted: {}", answers.get(right)?), Tone::Caution)
    })
}

/// Opens the menu of predictions for the question that is shown.
pub fn predict(app: &mut App) {
    let Some(prediction) = app.open_prediction() else {
        return;
    };
    let answers = prediction.answers.iter().enumerate();
    app.overlay = Some(Overlay::Menu(Menu {
        title: prediction.asks.into(),
        items: answers.map(|(at, text)| (Line::from(*text), Choice::Predict(at))).collect(),
        selected: 0,
        questions: None,
    }));
}

/// Takes the answer at this position as the prediction.
pub fn predicted(app: &mut App, at: usize, now: Instant) {
    if let Some(question) = app.question().filter(|_| app.open_prediction().is_some()) {
        app.notify("noted: now see what happens", Tone::Accent, now);
        add(app, question, Answer { predicted: Some(at), seen: false }, now);
    }
}

/// The screen to which the path leads from here: the next lab with a question that is not
/// answered, or else the next screen.
pub fn next(app: &App) -> usize {
    let (count, here) = (app.slots.len(), app.screen_at());
    let open = |lab: &usize| {
        let mut questions = app.slots[*lab].questions().iter();
        questions.any(|question| !app.path.is_answered(question))
    };
    // The lab of a screen is one below it, so this begins with the lab after the shown one.
    let mut after = (here..here + count).map(|at| at % count.max(1));
    let other = after.find(|lab| open(lab) && lab + 1 != here);
    other.map_or((here + 1) % app.screens(), |lab| lab + 1)
}

/// The line of the chosen lab's question; `None` for a lab that answers none.
pub fn guide(app: &App) -> Option<Guide> {
    let question = app.question()?;
    let answered = app.path.is_answered(question);
    let hint = |verb, key: Key, what: &[&str]| {
        let press = key.to_string();
        GuideHint { verb, key: press.clone(), what: what.into(), press }
    };
    let mut hints = Vec::new();
    let own = |action: &Action| action.key == lab::Key::Char('n');
    if answered && app.actions().iter().any(own) {
        // The lab has a next step of its own under this key, and says so.
    } else if answered {
        let to = next(app).checked_sub(1).and_then(|lab| app.slots.get(lab));
        let to = to.map_or(&["Dashboard"][..], |slot| slot.info().tab);
        hints.push(hint("next", Key::Char('n'), to));
    } else if !app.replays() && !app.looks_back() {
        if app.open_prediction().is_some() {
            hints.push(hint("", Key::Char('P'), &["predict"]));
        }
        let experiment = question.experiment;
        let active = active_bindings_at(app, app.view_context());
        let binding = active.iter().find(|one| one.keys.contains(&experiment.key.into()));
        if binding.is_some_and(|binding| !is_changed(app, binding)) {
            hints.push(hint("try", experiment.key.into(), experiment.what));
        }
    }
    let verdict = verdict(app, question).filter(|_| answered);
    Some(Guide {
        number: question.number,
        text: question.text.into(),
        answered,
        verdict: verdict.map(|(text, tone)| Span::new(text, tone)),
        hints,
    })
}

/// Whether this changes a setting of the chosen lab that is another than its default already: who
/// then follows a hint to try it takes the experiment back.
fn is_changed(app: &App, binding: &ActiveBinding) -> bool {
    let Target::Step { control, .. } = binding.target else {
        return false;
    };
    let settings = app.chosen_run().map(Run::settings);
    settings.is_some_and(|all| all.value(control) != control.default(all.live))
}

/// Puts the first thing to try at the beginning of the footer.
pub fn lead(app: &App, footer: &mut [KeyHint]) {
    let question = app.question().filter(|question| !app.path.is_answered(question));
    let key = question.map(|question| Key::from(question.experiment.key).to_string());
    let at = key
        .and_then(|key| footer.iter().position(|hint| hint.key.split('/').any(|one| one == key)));
    if let Some(at) = at.filter(|_| app.overlay.is_none()) {
        footer[at].rank = FIRST;
        footer[..=at].rotate_right(1);
    }
}
