//! What keys do, and what the mouse does through them: from a state to the next, and what has
//! to be done outside of it. No function here touches the terminal or starts a thread, so tests
//! press keys and look at the state.

use std::time::Instant;

use super::back::back;
use super::document::DocumentKind;
use super::guide;
use super::keymap::{Key, ProgramAction, Target, active_bindings, active_bindings_at, help};
use super::message::ExitReason;
use super::overlay::{Choice, Help, Interview, Menu, Overlay, Prompt, Purpose};
use super::panels;
use super::scroll::scroll;
use super::state::{App, CurrentScreen};
use super::time;
use super::typing;
use crate::lab::{ActionKind, Command, Control, PlaybackCommand};
use crate::scene::{Label, Line, Press, Tone};

/// Lines that a page key scrolls. Fixed, because the height of a pane is not known here: it
/// follows from the drawing.
const PAGE: i32 = 10;

/// What only the loop can do, because it needs the terminal or another thread. A function that
/// changes the state returns at most one; most return none.
#[derive(Debug)]
pub enum AppEffect {
    /// Write every cell again, whatever the terminal shows.
    Redraw,
    Stop,
    /// Enter the terminal again: the program was stopped without being asked (SIGSTOP), so it
    /// could not leave it, and another program may have changed it.
    Resume,
    Copy(String),
    Save(DocumentKind),
    End(ExitReason),
}

/// What a key does right now: the binding that is active for it, or else it is text. Any key
/// removes the notice that is shown.
pub fn press(app: &mut App, key: Key, now: Instant) -> Option<AppEffect> {
    app.notice = None;
    let binding = active_bindings(app).into_iter().find(|binding| binding.keys.contains(&key));
    if let Some(binding) = binding {
        return run_target(app, binding.target, key, now);
    }
    typing::key(app, key);
    find_as_typed(app);
    None
}

/// Text that was pasted is typed, wherever that is possible.
pub fn paste(app: &mut App, text: &str) {
    typing::paste(app, text);
    find_as_typed(app);
}

fn run_target(app: &mut App, target: Target, key: Key, now: Instant) -> Option<AppEffect> {
    match target {
        Target::Step { .. }
        | Target::ProgramAction(ProgramAction::Restart | ProgramAction::Reseed)
            if app.looks_back() =>
        {
            no_change(app, now);
        }
        Target::Step { .. } if app.replays() => no_change(app, now),
        Target::Lab(kind)
            if (app.replays() || app.looks_back()) && !matches!(kind, ActionKind::Copy(_)) =>
        {
            no_change(app, now);
        }
        Target::ProgramAction(action) => return run_program_action(app, action, key, now),
        Target::Step { control, steps, wrap } => step(app, control, steps, wrap, now),
        Target::Lab(then) => return run_action(app, then, now),
    }
    None
}

/// Says why a key that would change the run does not: its effect would not be seen here.
fn no_change(app: &mut App, now: Instant) {
    let why = if app.replays() {
        "a recording: what happened cannot be changed"
    } else {
        "the past cannot change: space, to now"
    };
    app.notify(why, Tone::Accent, now);
}

/// What a click on a row of a panel does: nothing, what a key does, or a setting that gets a value.
/// In the past and in a recording a notice says why nothing changes.
pub fn press_row(app: &mut App, press: Press, now: Instant) -> Option<AppEffect> {
    match press {
        Press::Nothing => {}
        // There the lab has no keys: a digit would lead to another screen.
        Press::Key(_) | Press::Set { .. } if app.replays() || app.looks_back() => {
            no_change(app, now);
        }
        Press::Key(name) => return self::press(app, name.parse().ok()?, now),
        Press::Set { setting, value } => {
            let slot = app.chosen_mut()?;
            let control = slot.info().control(setting)?;
            let text = slot.set(control, &value)?;
            app.notify(text, Tone::Accent, now);
        }
    }
    None
}

/// Moves a control and shows in a notice what it is now, with all that changed with it. At the
/// end of a list the notice says so: a key that seems to do nothing would look broken.
fn step(app: &mut App, control: &'static dyn Control, steps: isize, wrap: bool, now: Instant) {
    let Some(slot) = app.chosen_mut() else {
        return;
    };
    let text = slot
        .step(control, steps, wrap)
        .unwrap_or_else(|| format!("{}: no further", control.label()));
    app.notify(text, Tone::Accent, now);
}

/// What a lab's own action leads to: a command at once, or first a prompt or a menu, which
/// sends the command when it is accepted. The lab's run decides what its actions are; here is
/// only how they are asked.
fn run_action(app: &mut App, kind: ActionKind, now: Instant) -> Option<AppEffect> {
    match kind {
        ActionKind::Press(one) | ActionKind::StepByStep(one) => command(app, Command::Do(one)),
        ActionKind::Ask { label, hint, command } => {
            app.overlay = Some(Overlay::Prompt(Prompt {
                label,
                hint,
                text: String::new(),
                purpose: Purpose::Ask { command },
            }));
        }
        ActionKind::Choose { title, items } => {
            let items = items.into_iter();
            app.overlay = Some(Overlay::Menu(Menu {
                title,
                items: items.map(|(one, text)| (Line::from(text), Choice::Lab(one))).collect(),
                selected: 0,
                questions: None,
            }));
        }
        ActionKind::Interview { questions, .. } => {
            app.overlay = Some(Interview::new(questions).next());
        }
        ActionKind::Refuse(why) => app.notify(why, Tone::Caution, now),
        ActionKind::Copy(text) => {
            app.notify(format!("copied: {text}"), Tone::Accent, now);
            return Some(AppEffect::Copy(text));
        }
        ActionKind::Terminal(_) => typing::begin(app),
        ActionKind::Restart(values) => {
            if let Some(slot) = app.chosen_mut() {
                for (key, value) in values {
                    slot.settings_mut().put_value(key, value);
                }
            }
            app.restart(now);
        }
    }
    None
}

fn command(app: &mut App, command: Command) {
    if let Some(slot) = app.chosen_mut() {
        slot.command(command);
    }
}

/// What an action of the program does. One action may have two keys for its two directions;
/// then the key decides.
fn run_program_action(
    app: &mut App,
    action: ProgramAction,
    key: Key,
    now: Instant,
) -> Option<AppEffect> {
    match action {
        ProgramAction::Screen => open_screen(app, key, now),
        ProgramAction::Next => next(app, if key == Key::BackTab { -1 } else { 1 }),
        ProgramAction::NextLab => show_screen(app, guide::next(app), now),
        ProgramAction::Predict => guide::predict(app),
        ProgramAction::Expand => app.go(CurrentScreen::Lab(app.focus), now),
        ProgramAction::Enlarge => panels::zoom(app),
        // There the key is the lab's own.
        ProgramAction::StepByStep => {
            app.go(CurrentScreen::Lab(app.focus), now);
            return press(app, key, now);
        }
        ProgramAction::Back => back(app, now),
        ProgramAction::Freeze if app.looks_back() => time::newest(app),
        ProgramAction::Freeze => time::freeze(app),
        ProgramAction::Pause => app.play(PlaybackCommand::Pause),
        ProgramAction::Slower => time::speed(app, -1, now),
        ProgramAction::Faster => time::speed(app, 1, now),
        ProgramAction::Restart => app.restart(now),
        ProgramAction::Reseed => {
            // Six digits at most: the seed is read from the screen and typed again for a
            // replay.
            let seed = rand::random_range(1..1_000_000);
            if let Some(slot) = app.chosen_mut() {
                slot.settings_mut().seed = seed;
            }
            app.restart(now);
            app.notify(format!("a new run with seed {seed}"), Tone::Accent, now);
        }
        ProgramAction::Earlier => time::shift(app, -1),
        ProgramAction::Later => time::shift(app, 1),
        ProgramAction::Oldest => time::oldest(app),
        ProgramAction::Newest => time::newest(app),
        ProgramAction::Zoom => time::zoom(app, key != Key::Char('-')),
        ProgramAction::Scroll => scroll(app, if key == Key::Up { -1 } else { 1 }),
        ProgramAction::Page => scroll(app, if key == Key::PageUp { -PAGE } else { PAGE }),
        ProgramAction::Find => find(app),
        ProgramAction::SearchHelp => {
            if let Some(Overlay::Help(help)) = &mut app.overlay {
                help.search();
            }
        }
        ProgramAction::Lesson => lesson(app),
        ProgramAction::Save => save_menu(app),
        ProgramAction::Theme => {
            app.look.theme = app.look.theme.next();
            app.theme = app.look.theme();
            app.notify(format!("theme: {}", app.look.theme), Tone::Accent, now);
            return Some(AppEffect::Redraw);
        }
        ProgramAction::Listing => app.listing += 1,
        ProgramAction::Help => show_help(app),
        ProgramAction::Accept => return accept(app, now),
        ProgramAction::Close => close(app),
        ProgramAction::Type => typing::key(app, key),
        ProgramAction::LeaveTerminal => typing::end(app),
        ProgramAction::Redraw => return Some(AppEffect::Redraw),
        ProgramAction::Suspend => return Some(AppEffect::Stop),
        ProgramAction::Quit => return Some(AppEffect::End(ExitReason::Quit)),
    }
    None
}

/// Opens the screen of a digit: 1 is the dashboard, 2 the first lab. That the key is a digit
/// with a screen is held by the table of keys; anything else is ignored.
fn open_screen(app: &mut App, key: Key, now: Instant) {
    let Key::Char(digit) = key else {
        return;
    };
    let Some(at) = digit.to_digit(10).and_then(|n| usize::try_from(n).ok()) else {
        return;
    };
    show_screen(app, at.saturating_sub(1), now);
}

/// Opens a screen by its position: 0 is the dashboard, the labs follow. A position beyond them
/// is ignored.
pub fn show_screen(app: &mut App, at: usize, now: Instant) {
    match at.checked_sub(1) {
        None => app.go(CurrentScreen::Dashboard, now),
        Some(lab) if lab < app.slots.len() => app.go(CurrentScreen::Lab(lab), now),
        Some(_) => {}
    }
}

/// Moves `by` panes on the dashboard, or `by` panels in a lab; at the ends it continues at the
/// other end.
fn next(app: &mut App, by: isize) {
    match app.at {
        CurrentScreen::Dashboard => {
            let count = app.panes().max(1).cast_signed();
            app.focus = (app.focus.cast_signed() + by).rem_euclid(count).unsigned_abs();
        }
        CurrentScreen::Lab(_) => panels::next(app, by),
    }
}

/// Opens the prompt for the filter of a lab. The text begins with the current filter, which
/// cancelling restores.
fn find(app: &mut App) {
    let Some(slot) = app.chosen() else {
        return;
    };
    let before = slot.view.filter.clone();
    app.overlay = Some(Overlay::Prompt(Prompt {
        label: "find".into(),
        hint: Label::new("lanes and sentences with this in them").or("lanes, sentences"),
        text: before.clone(),
        purpose: Purpose::Find { before },
    }));
}

/// Applies the filter while it is typed, so that the user sees at once which lanes and
/// sentences it leaves. Does nothing for prompts of a lab.
fn find_as_typed(app: &mut App) {
    if let Some(Overlay::Prompt(prompt)) = &app.overlay
        && matches!(prompt.purpose, Purpose::Find { .. })
    {
        app.set_filter(prompt.text.clone());
    }
}

fn lesson(app: &mut App) {
    if let Some(info) = app.chosen().map(super::slot::LabSlot::info) {
        app.overlay = Some(Overlay::Lesson {
            title: info.title.to_owned(),
            markdown: info.lesson.to_owned(),
            scroll: 0,
        });
    }
}

/// Opens the help with the keys of the view below, not with those of the help itself: a user
/// asks what works where they were.
fn show_help(app: &mut App) {
    let title = app.chosen().map_or("", |slot| slot.info().title);
    let groups = help(title, &active_bindings_at(app, app.view_context()));
    app.overlay = Some(Overlay::Help(Help::new(groups)));
}

fn save_menu(app: &mut App) {
    let Some(slot) = app.chosen() else {
        return;
    };
    let items = DocumentKind::ALL.map(|kind| (Line::from(kind.label()), Choice::Save(kind)));
    app.overlay = Some(Overlay::Menu(Menu {
        title: format!("Save from {}", slot.info().title).into(),
        items: items.into(),
        selected: 0,
        questions: None,
    }));
}

/// Closes what lies over the view and does what was chosen or typed; the help presses the key
/// of its entry. An empty menu closes without an effect.
pub fn accept(app: &mut App, now: Instant) -> Option<AppEffect> {
    match app.overlay.take()? {
        Overlay::Menu(menu) => match menu.choice()? {
            Choice::Lab(one) => {
                command(app, Command::Do(one));
                app.overlay = menu.questions.map(Interview::next);
            }
            Choice::Save(kind) => return Some(AppEffect::Save(kind)),
            Choice::Predict(at) => guide::predicted(app, at, now),
        },
        Overlay::Prompt(prompt) => {
            // The filter of a `Find` is in force already.
            if let Purpose::Ask { command: with_text } = prompt.purpose {
                command(app, Command::Do(with_text.command(prompt.text)));
            }
        }
        Overlay::Help(help) => return press(app, help.key()?.parse().ok()?, now),
        Overlay::Lesson { .. } | Overlay::Answer { .. } => {}
    }
    None
}

/// Closes what lies over the view without effect; in the help first the search. A filter goes
/// back to what it was before it was typed, since it was in force meanwhile.
pub fn close(app: &mut App) {
    match app.overlay.take() {
        Some(Overlay::Prompt(Prompt { purpose: Purpose::Find { before }, .. })) => {
            app.set_filter(before);
        }
        Some(Overlay::Help(help)) if help.search.is_some() => {
            app.overlay = Some(Overlay::Help(Help::new(help.groups)));
        }
        _ => {}
    }
}
