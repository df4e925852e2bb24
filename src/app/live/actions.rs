//! What keys do, and what the mouse does through them: from a state to the next, and what has
//! to be done outside of it. No function here touches the terminal or starts a thread, so tests
//! press keys and look at the state.

use std::time::Instant;

use super::document::Kind;
use super::focus::InputContext;
use super::keymap::{Key, ProgramAction, Target, active_bindings, active_bindings_at, help};
use super::message::ExitReason;
use super::overlay::{Choice, Interview, Menu, Overlay, Prompt, Purpose};
use super::state::{App, CurrentScreen};
use super::time;
use crate::lab::{ActionKind, Command, Control, PlaybackCommand};
use crate::scene::{Label, Line, Tone};

/// Lines that a page key scrolls. Fixed, because the height of a pane is not known here: it
/// follows from the drawing.
const PAGE: i32 = 10;

/// What only the loop can do, because it needs the terminal or another thread. A function that
/// changes the state returns at most one; most return none.
#[derive(Debug)]
pub enum Effect {
    /// Write every cell again, whatever the terminal shows.
    Redraw,
    Stop,
    /// Enter the terminal again: the program was stopped without being asked (SIGSTOP), so it
    /// could not leave it, and another program may have changed it.
    Resume,
    Copy(String),
    Save(Kind),
    End(ExitReason),
}

/// What a key does right now: the binding that is active for it, or else text for a prompt. Any
/// key removes the notice that is shown.
pub fn press(app: &mut App, key: Key, now: Instant) -> Option<Effect> {
    app.notice = None;
    let binding = active_bindings(app).into_iter().find(|binding| binding.keys.contains(&key));
    if let Some(binding) = binding {
        return run_target(app, binding.target, key, now);
    }
    if let Some(Overlay::Prompt(prompt)) = &mut app.overlay {
        match key {
            Key::Char(c) => prompt.add(c.encode_utf8(&mut [0; 4])),
            Key::Space => prompt.add(" "),
            Key::Backspace => prompt.delete_char(),
            Key::Ctrl('u') => prompt.text.clear(),
            Key::Ctrl('w') => prompt.delete_word(),
            _ => {}
        }
        find_as_typed(app);
    }
    None
}

/// Pasted text goes into a line of input and nowhere else. So a paste into the wrong window is
/// not executed as commands.
pub fn paste(app: &mut App, text: &str) {
    if let Some(Overlay::Prompt(prompt)) = &mut app.overlay {
        prompt.add(text);
        find_as_typed(app);
    }
}

fn run_target(app: &mut App, target: Target, key: Key, now: Instant) -> Option<Effect> {
    match target {
        Target::Step { .. }
        | Target::Lab(
            ActionKind::Press(_)
            | ActionKind::Ask { .. }
            | ActionKind::Choose { .. }
            | ActionKind::Interview { .. },
        ) if app.replays() => {
            app.notify("a recording: what happened cannot be changed", Tone::Accent, now);
        }
        Target::ProgramAction(action) => return run_program_action(app, action, key, now),
        Target::Step { control, steps, wrap } => step(app, control, steps, wrap, now),
        Target::Lab(then) => return run_action(app, then, now),
    }
    None
}

/// Moves a control and shows in a notice what it is now, with all that changed with it. At the
/// end of a list the notice says so: a key that seems to do nothing would look broken.
fn step(app: &mut App, control: &'static dyn Control, steps: isize, wrap: bool, now: Instant) {
    let Some(slot) = app.chosen_mut() else {
        return;
    };
    let text =
        slot.step(control, steps, wrap).unwrap_or_else(|| format!("{}: no further", control.key()));
    app.notify(text, Tone::Accent, now);
}

/// What a lab's own action leads to: a command at once, or first a prompt or a menu, which
/// sends the command when it is accepted. The lab's run decides what its actions are; here is
/// only how they are asked.
fn run_action(app: &mut App, kind: ActionKind, now: Instant) -> Option<Effect> {
    match kind {
        ActionKind::Press(one) => command(app, Command::Do(one)),
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
        ActionKind::Copy(text) => {
            app.notify(format!("copied: {text}"), Tone::Accent, now);
            return Some(Effect::Copy(text));
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
) -> Option<Effect> {
    match action {
        ProgramAction::Screen => open_screen(app, key, now),
        ProgramAction::Next => next(app, if key == Key::BackTab { -1 } else { 1 }, now),
        ProgramAction::Expand => app.go(CurrentScreen::Lab(app.focus), now),
        ProgramAction::Back => back(app, now),
        ProgramAction::Freeze if app.frozen.is_some() => app.frozen = None,
        ProgramAction::Freeze => app.freeze(),
        ProgramAction::Pause => app.play(PlaybackCommand::Pause),
        ProgramAction::Slower => app.play(PlaybackCommand::Speed(-1)),
        ProgramAction::Faster => app.play(PlaybackCommand::Speed(1)),
        ProgramAction::Restart => app.restart(now),
        ProgramAction::Reseed => {
            // Six digits at most: the seed is read from the screen and typed again for a
            // replay.
            let seed = rand::random_range(1..1_000_000);
            if let Some(slot) = app.chosen_mut() {
                slot.reseed(seed);
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
        ProgramAction::Find => find(app, now),
        ProgramAction::Lesson => lesson(app),
        ProgramAction::Save => save_menu(app),
        ProgramAction::Theme => {
            app.style.theme = app.style.theme.next();
            app.theme = app.style.theme();
            app.notify(format!("theme: {}", app.style.theme), Tone::Accent, now);
            return Some(Effect::Redraw);
        }
        ProgramAction::Listing => app.listing += 1,
        ProgramAction::Help => show_help(app),
        ProgramAction::Accept => return accept(app),
        ProgramAction::Close => close(app),
        ProgramAction::Redraw => return Some(Effect::Redraw),
        ProgramAction::Suspend => return Some(Effect::Stop),
        ProgramAction::Quit => return Some(Effect::End(ExitReason::Quit)),
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

/// Moves `by` panes on the dashboard, or `by` screens in a lab; at the ends it continues at the
/// other end.
fn next(app: &mut App, by: isize, now: Instant) {
    let round = |at: usize, count: usize| {
        let next = (at.cast_signed() + by).rem_euclid(count.max(1).cast_signed());
        next.unsigned_abs()
    };
    match app.at {
        CurrentScreen::Dashboard => app.focus = round(app.focus, app.panes()),
        CurrentScreen::Lab(lab) => show_screen(app, round(lab + 1, app.screens()), now),
    }
}

/// One step back: from the past to now, else from a filter to all lanes, else to the dashboard.
/// So the key is always the way out, and what was narrowed down first is undone last.
fn back(app: &mut App, now: Instant) {
    let looks_back = app.looks_back();
    if let Some(slot) = app.chosen_mut() {
        if looks_back {
            return time::newest(app);
        }
        if !slot.look.filter.is_empty() {
            return slot.look.filter.clear();
        }
    }
    // Back on the dashboard, the lab that was left is in focus, if the dashboard shows it.
    if app.chosen_at() < app.panes() {
        app.focus = app.chosen_at();
    }
    app.go(CurrentScreen::Dashboard, now);
}

/// Opens the prompt for the filter, on the lab's own screen: the dashboard does not filter. The
/// text begins with the current filter, which cancelling restores.
fn find(app: &mut App, now: Instant) {
    app.go(CurrentScreen::Lab(app.chosen_at()), now);
    let Some(slot) = app.chosen() else {
        return;
    };
    let before = slot.look.filter.clone();
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
        set_filter(app, prompt.text.clone());
    }
}

fn set_filter(app: &mut App, filter: String) {
    if let Some(slot) = app.chosen_mut() {
        slot.look.filter = filter;
        slot.look.story_back = 0;
    }
}

fn lesson(app: &mut App) {
    if let Some(info) = app.chosen().map(super::slot::LabSlot::info) {
        app.overlay = Some(Overlay::Lesson {
            title: info.title.to_owned(),
            markdown: format!("**{}**\n\n{}", info.question, info.lesson),
            scroll: 0,
        });
    }
}

/// Opens the help with the keys of the view below, not with those of the help itself: a user
/// asks what works where they were.
fn show_help(app: &mut App) {
    let title = app.chosen().map_or("", |slot| slot.info().title);
    app.overlay = Some(Overlay::Help {
        groups: help(title, &active_bindings_at(app, app.view_context())),
        scroll: 0,
    });
}

fn save_menu(app: &mut App) {
    let Some(slot) = app.chosen() else {
        return;
    };
    let items = Kind::ALL.map(|kind| (Line::from(kind.label()), Choice::Save(kind)));
    app.overlay = Some(Overlay::Menu(Menu {
        title: format!("Save from {}", slot.info().title).into(),
        items: items.into(),
        selected: 0,
        questions: None,
    }));
}

/// Closes a menu or prompt and does what was chosen or typed. A help or lesson is only closed.
/// An empty menu closes without an effect.
pub fn accept(app: &mut App) -> Option<Effect> {
    match app.overlay.take()? {
        Overlay::Menu(menu) => match menu.choice()? {
            Choice::Lab(one) => {
                command(app, Command::Do(one));
                app.overlay = menu.questions.map(Interview::next);
            }
            Choice::Save(kind) => return Some(Effect::Save(kind)),
        },
        Overlay::Prompt(prompt) => {
            // The filter of a `Find` is in force already.
            if let Purpose::Ask { command: with_text } = prompt.purpose {
                command(app, Command::Do(with_text.command(prompt.text)));
            }
        }
        Overlay::Help { .. } | Overlay::Lesson { .. } | Overlay::Answer { .. } => {}
    }
    None
}

/// Closes what lies over the view without effect. A filter goes back to what it was before it
/// was typed, since it was in force meanwhile.
pub fn close(app: &mut App) {
    if let Some(Overlay::Prompt(Prompt { purpose: Purpose::Find { before }, .. })) =
        app.overlay.take()
    {
        set_filter(app, before);
    }
}

/// Scrolls the overlay, or else the view, by `by` lines; down is positive. In a menu it moves
/// the choice by one item.
pub fn scroll(app: &mut App, by: i32) {
    let limit = app.hits.overlay_limit();
    match &mut app.overlay {
        Some(
            Overlay::Help { scroll, .. }
            | Overlay::Lesson { scroll, .. }
            | Overlay::Answer { scroll },
        ) => *scroll = moved(*scroll, by, limit),
        Some(Overlay::Menu(menu)) => menu.go(if by < 0 { -1 } else { 1 }),
        Some(Overlay::Prompt(_)) => {}
        None => {
            let pane = if app.view_context() == InputContext::Lab { 0 } else { app.focus };
            scroll_pane(app, pane, by);
        }
    }
}

/// Scrolls a pane by `by` lines. A lab on the whole screen that is shown completely scrolls its
/// story instead.
pub fn scroll_pane(app: &mut App, pane: usize, by: i32) {
    let limit = app.hits.pane_limit(pane);
    let lab = app.visible().start + pane;
    let single = matches!(app.at, CurrentScreen::Lab(_));
    let Some(slot) = app.slots.get_mut(lab) else {
        return;
    };
    if !single {
        slot.scroll.compact = moved(slot.scroll.compact, by, limit);
    } else if limit > 0 {
        slot.scroll.full = moved(slot.scroll.full, by, limit);
    } else {
        let last = slot.run().map_or(0, |run| run.story().len()).saturating_sub(1);
        let back = i64::try_from(slot.look.story_back).unwrap_or(i64::MAX);
        // The position counts back from the latest sentence, so up is more and down is less.
        let back = usize::try_from(back.saturating_sub(i64::from(by))).unwrap_or(0);
        slot.look.story_back = back.min(last);
    }
}

/// A scroll position moved by `by` and kept within 0 and `limit`. `from` may lie beyond the
/// limit after the window has grown.
fn moved(from: u16, by: i32, limit: u16) -> u16 {
    let to = i32::from(from.min(limit)) + by;
    u16::try_from(to.clamp(0, i32::from(limit))).unwrap_or(0)
}
