//! The keys, as one table: what reads the keyboard, the footer, the help and the
//! table for documents all follow from [`TABLE`].
//!
//! A lab's own keys join in as data. Where they collide, the lab that has the whole
//! screen goes before all but a few [`Bond::Fast`] keys; on the dashboard the
//! program's own go first.
//!
//! Must not know: any lab's keys.

mod key;
mod offer;

pub(super) use key::Key;
pub(super) use offer::{Target, footer, help, offers, offers_at};

use super::state::App;
use crate::lab::{Info, Keys};

/// What the program itself can do. Where two keys stand for two ways of one thing,
/// the key that was pressed tells which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Opens the screen that the digit stands for.
    Screen,
    /// The next pane or screen, or the one before.
    Turn,
    Expand,
    Back,
    Freeze,
    Restart,
    Reseed,
    Earlier,
    Later,
    Oldest,
    Newest,
    Zoom,
    Scroll,
    Page,
    Find,
    Lesson,
    Save,
    Theme,
    Help,
    Redraw,
    Suspend,
    Quit,
    /// In a menu or prompt.
    Accept,
    Close,
}

/// Where the keyboard is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Dashboard,
    Lab,
    /// Help or lesson.
    Reading,
    Menu,
    Prompt,
}

/// How firmly a key is the program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bond {
    /// No lab can take it.
    Fast,
    /// A lab that has the whole screen can take it.
    Loose,
}

/// Headings of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Screens,
    Run,
    Time,
    Look,
    Program,
}

impl Group {
    pub(super) const ALL: [Self; 5] = [
        Self::Screens,
        Self::Run,
        Self::Time,
        Self::Look,
        Self::Program,
    ];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Screens => "Screens",
            Self::Run => "Any lab",
            Self::Time => "Time",
            Self::Look => "Reading",
            Self::Program => "Program",
        }
    }
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding {
    pub(super) keys: &'static [Key],
    pub(super) act: Act,
    /// For the footer: a word or two. Empty: it does not stand there.
    pub(super) label: &'static str,
    /// For help and documents.
    pub(super) about: &'static str,
    pub(super) group: Group,
    pub(super) places: &'static [Place],
    pub(super) bond: Bond,
    /// In the footer, from 0, the last to go when room is short.
    pub(super) rank: u8,
    /// Whether it would do anything right now.
    pub(super) when: fn(&App) -> bool,
}

use Bond::{Fast, Loose};
use Group::{Look, Program, Run, Screens, Time};
use Key::{BackTab, Char, Ctrl, Down, End, Enter, Esc, Home, PageDown, PageUp, Space, Tab, Up};

const VIEWS: &[Place] = &[Place::Dashboard, Place::Lab];
const LAB: &[Place] = &[Place::Lab];
const DASHBOARD: &[Place] = &[Place::Dashboard];
const NO_PROMPT: &[Place] = &[Place::Dashboard, Place::Lab, Place::Reading, Place::Menu];
const ANYWHERE: &[Place] = &[
    Place::Dashboard,
    Place::Lab,
    Place::Reading,
    Place::Menu,
    Place::Prompt,
];
const MENU: &[Place] = &[Place::Menu];
const PROMPT: &[Place] = &[Place::Prompt];
const READING: &[Place] = &[Place::Reading];
const CHOSEN: &[Place] = &[Place::Menu, Place::Prompt];

const fn bind(
    keys: &'static [Key],
    act: Act,
    label: &'static str,
    about: &'static str,
    group: Group,
    places: &'static [Place],
    rank: u8,
) -> Binding {
    Binding {
        keys,
        act,
        label,
        about,
        group,
        places,
        bond: Loose,
        rank,
        when: |_| true,
    }
}

impl Binding {
    const fn fast(self) -> Self {
        Self { bond: Fast, ..self }
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

/// All keys of the program, in the order of footer and help.
#[rustfmt::skip] // one line each
pub(super) static TABLE: &[Binding] = &[
    bind(DIGITS, Act::Screen, "", "dashboard, and each lab", Screens, VIEWS, 9),
    bind(&[Tab, BackTab], Act::Turn, "next", "next pane, or next screen; and the one before", Screens, VIEWS, 7).fast(),
    bind(&[Enter], Act::Expand, "expand", "give the chosen pane the whole screen", Screens, DASHBOARD, 2),
    bind(&[Enter], Act::Accept, "ok", "take it", Screens, CHOSEN, 1),
    bind(&[Up, Down], Act::Scroll, "choose", "the item above or below", Screens, MENU, 2),
    bind(&[Esc], Act::Close, "close", "close what lies over the picture", Screens, &[Place::Reading, Place::Menu], 1),
    bind(&[Esc], Act::Close, "cancel", "leave the line without effect", Screens, PROMPT, 1),
    bind(&[Esc], Act::Back, "back", "back: to now, to all lanes, to the dashboard", Screens, LAB, 1),
    bind(&[Space], Act::Freeze, "freeze", "freeze the picture while the run goes on; again: live", Run, VIEWS, 4).when(|app| app.frozen.is_none()),
    bind(&[Space], Act::Freeze, "live", "back to the live picture", Run, VIEWS, 1).when(|app| app.frozen.is_some()),
    bind(&[Char('r')], Act::Restart, "restart", "start the lab anew with the same seed", Run, VIEWS, 5),
    bind(&[Char('R')], Act::Reseed, "", "start it anew with a new seed", Run, VIEWS, 9),
    bind(&[Char('e')], Act::Save, "export", "save story, figures, trace or picture to a file", Run, VIEWS, 8),
    bind(&[Char(',')], Act::Earlier, "earlier", "look back in time", Time, LAB, 8),
    bind(&[Char('.')], Act::Later, "later", "forward again", Time, LAB, 8).when(App::looks_back).fast(),
    bind(&[Home], Act::Oldest, "", "as far back as is remembered", Time, LAB, 9),
    bind(&[End], Act::Newest, "now", "back to now", Time, LAB, 2).when(App::looks_back),
    bind(&[Char('+'), Char('-')], Act::Zoom, "", "a shorter or longer stretch of time in the lanes", Time, LAB, 9),
    bind(&[Char('=')], Act::Zoom, "", "", Time, LAB, 9),
    bind(&[Char('/')], Act::Find, "find", "show only lanes and sentences with a text in them", Look, VIEWS, 7),
    bind(&[Char('g')], Act::Lesson, "lesson", "what to look for in this lab, and what it means", Look, VIEWS, 5),
    bind(&[Up, Down], Act::Scroll, "", "scroll the picture; if all of it shows, the story", Look, VIEWS, 9),
    bind(&[Up, Down], Act::Scroll, "scroll", "scroll", Look, READING, 2),
    bind(&[PageUp, PageDown], Act::Page, "", "the same by pages", Look, &[Place::Dashboard, Place::Lab, Place::Reading], 9),
    bind(&[Char('t')], Act::Theme, "theme", "next theme: dark, light, high contrast, colour-blind, mono", Program, VIEWS, 8),
    bind(&[Char('?')], Act::Help, "help", "all keys that work here", Program, VIEWS, 1).fast(),
    bind(&[Char('?')], Act::Close, "", "close it again", Program, READING, 9),
    bind(&[Ctrl('l')], Act::Redraw, "", "draw everything afresh", Program, ANYWHERE, 9).fast(),
    bind(&[Ctrl('z')], Act::Suspend, "", "stop the program and go back to the shell; `fg` continues", Program, ANYWHERE, 9).fast(),
    bind(&[Char('q'), Ctrl('c')], Act::Quit, "quit", "end the program", Program, NO_PROMPT, 0).fast(),
    bind(&[Ctrl('c')], Act::Quit, "quit", "end the program", Program, PROMPT, 0).fast(),
];

/// Keys of a lab's controls that it can never have, by name: they lead out of any lab.
pub(super) fn out_of_reach(info: &Info) -> Vec<String> {
    let fast = TABLE.iter().filter(|row| row.bond == Fast);
    let fast: Vec<Key> = fast.flat_map(|row| row.keys.iter().copied()).collect();
    let wanted = info.controls.iter().flat_map(|control| match control.keys {
        Keys::None => Vec::new(),
        Keys::Next(key) => vec![key],
        Keys::Steps { back, on } => [back, on].concat(),
    });
    let wanted = wanted.map(Key::from).filter(|key| fast.contains(key));
    wanted.map(|key| key.to_string()).collect()
}

#[cfg(test)]
mod tests;
