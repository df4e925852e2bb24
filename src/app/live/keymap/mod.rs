//! The keys of the program, as one table. What reads the keyboard, the footer, the help and the
//! table in the README all follow from [`TABLE`], so they cannot contradict each other.
//!
//! A lab's own keys join in as data ([`active`]). Where they collide, a lab that has the whole
//! screen goes before all but the [`Precedence::Reserved`] keys, which lead out of any lab; on
//! the dashboard, where several labs show, the program's own keys go first.
//!
//! | the key of a lab meets | on the dashboard | with the whole screen |
//! |---|---|---|
//! | a `Reserved` key | the program | the program |
//! | a `Panel` key | the program | the panel, while one has the keyboard; else the lab |
//! | an `Overridable` key | the program | the lab |

mod active;
mod key;

pub(crate) use active::{ActiveBinding, Target, active_bindings, active_bindings_at, footer, help};
pub(crate) use key::Key;

use super::back::goes_back;
use super::focus::InputContext;
use super::overlay::Overlay;
use super::panels;
use super::state::App;
use crate::lab::{Info, Keys, offer_step_mode};

/// What the program itself can do. Where one action has two directions, each with a key, the
/// key that was pressed decides which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramAction {
    /// Opens the screen that the digit stands for.
    Screen,
    /// The next pane of the dashboard or the next panel of a lab; the one before with shift.
    Next,
    NextLab,
    /// Asks what the user expects as the answer to the lab's question.
    Predict,
    Expand,
    /// Gives a panel the whole screen, or takes it back.
    Enlarge,
    /// Opens the chosen lab and stops its threads before their next step.
    StepByStep,
    Back,
    /// Stops and continues the picture, never the run.
    Freeze,
    /// Stops and continues the playback of a recording.
    Pause,
    /// Plays a recording at half or twice the speed.
    Slower,
    Faster,
    Restart,
    Reseed,
    /// Moves the moment that is shown by a quarter of the timeline.
    Earlier,
    Later,
    /// Moves it to the earliest that is kept, or to now.
    Oldest,
    Newest,
    Zoom,
    /// By one line, or one item of a menu.
    Scroll,
    Page,
    Find,
    SearchHelp,
    Lesson,
    Save,
    Theme,
    /// The next listing of the code that is shown.
    Listing,
    Help,
    /// Writes every cell again, for a terminal that another program wrote to.
    Redraw,
    Suspend,
    /// Sends the key to the lab's terminal, which has the keyboard.
    Type,
    /// Gives the keyboard back to the lab.
    LeaveTerminal,
    Quit,
    /// Takes the chosen item of a menu or the line of a prompt.
    Accept,
    Close,
}

/// Which of two wins where a lab wants a key that the program has. Every key that leads out of
/// a lab, or helps there, is reserved; the rest may be overridden, as a lab knows best what its
/// users press often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precedence {
    /// The program: no lab can have the key.
    Reserved,
    /// The panel that has the keyboard: a lab has the key while none does.
    Panel,
    /// A lab, while it has the whole screen.
    Overridable,
}

/// Headings of the help, under which the bindings are sorted; labs add one of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Screens,
    Run,
    Time,
    Look,
    Program,
}

impl Group {
    /// In the order of the help.
    pub const ALL: [Self; 5] = [Self::Screens, Self::Run, Self::Time, Self::Look, Self::Program];

    pub fn title(self) -> &'static str {
        match self {
            Self::Screens => "Screens",
            Self::Run => "Any lab",
            Self::Time => "Time",
            Self::Look => "Reading",
            Self::Program => "Program",
        }
    }
}

/// One row of the table: keys that lead to the same action in the same contexts.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Keys in the order in which footer and help show them. Where they have two directions,
    /// the action looks at which was pressed.
    pub keys: &'static [Key],
    pub action: ProgramAction,
    /// For the footer, a word or two. Empty: it does not appear there.
    pub label: &'static str,
    /// For the help and the README, in a few words. Empty: a second key for an action that has
    /// a row already.
    pub about: &'static str,
    pub group: Group,
    /// Where it works. Two rows may have one key if they share no context or are never active
    /// at once.
    pub contexts: &'static [InputContext],
    pub precedence: Precedence,
    /// Its importance in the footer, from 0 to 9: 0 is the last to go when the screen is
    /// narrow.
    pub rank: u8,
    /// Whether it would do anything right now. While it would not, it is not shown, and the key
    /// is free.
    pub when: fn(&App) -> bool,
}

use Group::{Look, Program, Run, Screens, Time};
use Key::{BackTab, Char, Ctrl, Down, End, Enter, Esc, Home, PageDown, PageUp, Space, Tab, Up};
use Precedence::{Overridable, Reserved};

const VIEWS: &[InputContext] = &[InputContext::Dashboard, InputContext::Lab];
const LAB: &[InputContext] = &[InputContext::Lab];
const DASHBOARD: &[InputContext] = &[InputContext::Dashboard];
// Characters are text in a prompt, so no command has one as its key there.
const ANYWHERE: &[InputContext] = &[
    InputContext::Dashboard,
    InputContext::Lab,
    InputContext::Reading,
    InputContext::Menu,
    InputContext::Prompt,
];
const MENU: &[InputContext] = &[InputContext::Menu];
const PROMPT: &[InputContext] = &[InputContext::Prompt];
const TERMINAL: &[InputContext] = &[InputContext::Terminal];
const READING: &[InputContext] = &[InputContext::Reading];
const CHOSEN: &[InputContext] = &[InputContext::Menu, InputContext::Prompt];
const WINDOWS: &[InputContext] = &[InputContext::Reading, InputContext::Menu];
const OVER: &[InputContext] = &[InputContext::Reading, InputContext::Menu, InputContext::Prompt];

/// A row that is always active and overridable; the methods of [`Binding`] change that.
const fn bind(
    keys: &'static [Key],
    action: ProgramAction,
    label: &'static str,
    about: &'static str,
    group: Group,
    contexts: &'static [InputContext],
    rank: u8,
) -> Binding {
    Binding {
        keys,
        action,
        label,
        about,
        group,
        contexts,
        precedence: Overridable,
        rank,
        when: |_| true,
    }
}

impl Binding {
    const fn reserved(self) -> Self {
        Self { precedence: Reserved, ..self }
    }

    const fn of_panel(self, when: fn(&App) -> bool) -> Self {
        Self { precedence: Precedence::Panel, when, ..self }
    }

    const fn when(self, when: fn(&App) -> bool) -> Self {
        Self { when, ..self }
    }
}

const DIGITS: &[Key] = &[
    Char('1'),
    Char('2'),
    Char('3'),
    Char('4'),
    Char('5'),
    Char('6'),
    Char('7'),
    Char('8'),
    Char('9'),
];

fn in_present(app: &App) -> bool {
    !app.looks_back()
}

fn helps(app: &App) -> bool {
    matches!(app.overlay, Some(Overlay::Help(_)))
}

/// Whether the threads of the chosen lab can be paused before their next steps. Once they are, the
/// key is the lab's own, here too: it lets them continue.
fn steps(app: &App) -> bool {
    in_present(app) && offer_step_mode(app.actions())
}

/// Whether there is a moment that the keys of time move forward, too.
fn moves(app: &App) -> bool {
    app.looks_back() || app.replays()
}

/// All keys of the program, in the order of footer and help. A test compares it with the table
/// of the README, and another presses each key in each context.
#[rustfmt::skip] // one line each
pub static TABLE: &[Binding] = &[
    bind(DIGITS, ProgramAction::Screen, "", "dashboard, and each lab", Screens, VIEWS, 9),
    bind(&[Tab, BackTab], ProgramAction::Next, "panels", "next pane or panel; and the one before", Screens, VIEWS, 4).reserved(),
    bind(&[Char('n')], ProgramAction::NextLab, "next lab", "the next lab with a question that is not answered yet", Screens, VIEWS, 7).when(|app| app.question().is_some()),
    bind(&[Enter, Char('z')], ProgramAction::Expand, "expand", "give the chosen pane or panel the whole screen", Screens, DASHBOARD, 2),
    bind(&[Enter], ProgramAction::Enlarge, "enlarge", "give the chosen panel the whole screen", Screens, LAB, 2).of_panel(|app| panels::focused(app).is_some() && !panels::zoomed(app)),
    bind(&[Enter], ProgramAction::Enlarge, "restore", "all panels again", Screens, LAB, 3).of_panel(panels::zoomed),
    bind(&[Char('z')], ProgramAction::Enlarge, "", "the whole screen for the chosen panel, or the first one", Screens, LAB, 9).reserved(),
    bind(&[Enter], ProgramAction::Accept, "ok", "take it", Screens, CHOSEN, 1),
    bind(&[Up, Down], ProgramAction::Scroll, "choose", "the item above or below", Screens, MENU, 2),
    bind(&[Up, Down], ProgramAction::Scroll, "choose", "the entry above or below", Screens, PROMPT, 2).when(helps),
    bind(&[Char('/')], ProgramAction::SearchHelp, "search", "search the keys", Screens, MENU, 1).when(helps),
    bind(&[Esc, Char('q')], ProgramAction::Close, "close", "close the window", Screens, WINDOWS, 1).reserved(),
    bind(&[Esc], ProgramAction::Close, "cancel", "cancel the input", Screens, PROMPT, 1),
    bind(&[Esc], ProgramAction::Back, "back", "back: to all panels, to now, to all lanes, to the dashboard", Screens, LAB, 1).when(goes_back),
    bind(&[Esc], ProgramAction::Back, "", "", Screens, LAB, 9).when(|app| !goes_back(app)),
    bind(&[Space], ProgramAction::Freeze, "freeze", "freeze the picture while the run continues; again: live", Run, VIEWS, 4).when(|app| !app.looks_back() && !app.replays()),
    bind(&[Space], ProgramAction::Freeze, "live", "back to the live picture", Run, VIEWS, 1).when(App::looks_back),
    bind(&[Char('r')], ProgramAction::Restart, "restart", "restart the lab with the same seed", Run, VIEWS, 5).when(in_present),
    bind(&[Char('r')], ProgramAction::Restart, "", "", Run, VIEWS, 9).when(App::looks_back),
    bind(&[Char('R')], ProgramAction::Reseed, "", "restart it with a new seed", Run, VIEWS, 9).when(|app| in_present(app) && !app.replays()),
    bind(&[Char('R')], ProgramAction::Reseed, "", "", Run, VIEWS, 9).when(App::looks_back),
    bind(&[Space], ProgramAction::Pause, "pause", "in a recording: pause; again: play on", Run, VIEWS, 1).when(App::replays),
    bind(&[Char('[')], ProgramAction::Slower, "slower", "in a recording: play at half the speed", Run, VIEWS, 3).when(App::replays),
    bind(&[Char(']')], ProgramAction::Faster, "faster", "in a recording: play at twice the speed", Run, VIEWS, 3).when(App::replays),
    bind(&[Char('p')], ProgramAction::StepByStep, "", "open the chosen lab, its threads paused before their next step", Run, DASHBOARD, 9).when(steps),
    bind(&[Char('e')], ProgramAction::Save, "export", "save story, figures, trace or picture to a file", Run, VIEWS, 8),
    bind(&[Char(',')], ProgramAction::Earlier, "earlier", "back in time: all of the screen as it was", Time, VIEWS, 6).when(|app| !moves(app)),
    bind(&[Char(',')], ProgramAction::Earlier, "earlier", "further back", Time, VIEWS, 1).when(moves),
    bind(&[Char('.')], ProgramAction::Later, "later", "forward again, up to now", Time, VIEWS, 1).when(moves),
    bind(&[Home], ProgramAction::Oldest, "", "the earliest moment that is kept", Time, VIEWS, 9).when(|app| !moves(app)),
    bind(&[Home], ProgramAction::Oldest, "oldest", "the earliest moment that is kept", Time, VIEWS, 3).when(moves),
    bind(&[End], ProgramAction::Newest, "now", "back to now", Time, VIEWS, 2).when(moves),
    bind(&[Char('+'), Char('-')], ProgramAction::Zoom, "", "a shorter or longer interval in the timeline", Time, LAB, 9),
    bind(&[Char('=')], ProgramAction::Zoom, "", "", Time, LAB, 9),
    bind(&[Char('/')], ProgramAction::Find, "find", "show only lanes and sentences with a text in them", Look, LAB, 7),
    bind(&[Char('g')], ProgramAction::Lesson, "lesson", "what to look for in this lab, and what it means", Look, VIEWS, 5),
    bind(&[Char('P')], ProgramAction::Predict, "predict", "predict the answer to the lab's question", Look, VIEWS, 6).when(|app| app.open_prediction().is_some()),
    bind(&[Up, Down], ProgramAction::Scroll, "scroll", "scroll the chosen panel", Look, LAB, 3).of_panel(panels::scrolls),
    bind(&[Up, Down], ProgramAction::Scroll, "", "scroll the picture; if all of it shows, the story", Look, VIEWS, 9).when(|app| !panels::scrolls(app)),
    bind(&[Up, Down], ProgramAction::Scroll, "scroll", "scroll", Look, READING, 2).when(|app| app.hits.overlay_limit() > 0),
    bind(&[PageUp, PageDown], ProgramAction::Page, "", "the same by pages", Look, &[InputContext::Dashboard, InputContext::Lab, InputContext::Reading], 9),
    bind(&[PageUp, PageDown], ProgramAction::Page, "", "the same by pages", Look, MENU, 9).when(helps),
    bind(&[Char('v')], ProgramAction::Listing, "code", "the code in Python, or in Rust", Look, LAB, 6).when(|app| app.hits.has_listings()),
    bind(&[Char('t')], ProgramAction::Theme, "theme", "next theme: dark, light, high contrast, colour-blind, mono", Program, VIEWS, 8),
    bind(&[Char('?')], ProgramAction::Help, "help", "all keys that work here", Program, VIEWS, 1).reserved(),
    bind(&[Char('?')], ProgramAction::Close, "", "close it again", Program, MENU, 9).when(helps),
    bind(&[Char('g')], ProgramAction::Close, "", "close it again", Program, READING, 9),
    bind(&[Ctrl('l')], ProgramAction::Redraw, "", "redraw the whole screen", Program, ANYWHERE, 9).reserved(),
    bind(&[Ctrl('z')], ProgramAction::Suspend, "", "stop the program and go back to the shell; `fg` continues", Program, ANYWHERE, 9).reserved(),
    bind(&[Esc], ProgramAction::LeaveTerminal, "back", "", Program, TERMINAL, 0).reserved(),
    bind(&[Enter], ProgramAction::Type, "send", "", Program, TERMINAL, 1),
    bind(&[Ctrl('c')], ProgramAction::Type, "stop", "", Program, TERMINAL, 2),
    bind(&[Ctrl('d')], ProgramAction::Type, "eof", "", Program, TERMINAL, 3),
    bind(&[Char('q'), Ctrl('c')], ProgramAction::Quit, "quit", "end the program; over a window, q closes that", Program, VIEWS, 0).reserved(),
    bind(&[Ctrl('c')], ProgramAction::Quit, "quit", "end the program", Program, OVER, 0).reserved(),
];

/// Keys that a lab's controls want and cannot have, by name: they are reserved. For a test over
/// all labs; a running program finds such a key taken and does not show it for the control.
pub fn out_of_reach(info: &Info) -> Vec<String> {
    let reserved = TABLE.iter().filter(|row| row.precedence == Reserved);
    let reserved: Vec<Key> = reserved.flat_map(|row| row.keys.iter().copied()).collect();
    let wanted = info.controls.iter().flat_map(|control| match control.keys() {
        Keys::None => Vec::new(),
        Keys::Next(key) => vec![key],
        Keys::Steps { back, on } => [back, on].concat(),
    });
    let wanted = wanted.map(Key::from).filter(|key| reserved.contains(key));
    wanted.map(|key| key.to_string()).collect()
}

#[cfg(test)]
mod tests;
