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

/// What the program itself can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Opens the screen that the pressed digit stands for.
    Screen,
    NextPane,
    PreviousPane,
    Expand,
    Back,
    Freeze,
    Restart,
    Reseed,
    Earlier,
    Later,
    Oldest,
    Newest,
    ZoomIn,
    ZoomOut,
    Up,
    Down,
    PageUp,
    PageDown,
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

use Act::{
    Accept, Back, Close, Down, Earlier, Expand, Find, Freeze, Later, Newest, NextPane, Oldest,
    PageDown, PageUp, PreviousPane, Quit, Redraw, Reseed, Restart, Save, Suspend, Theme, Up,
    ZoomIn, ZoomOut,
};
use Bond::{Fast, Loose};
use Group::{Look, Program, Run, Screens, Time};
use Key::{Char, Ctrl, Esc};

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
const SCROLLED: &[Place] = &[Place::Dashboard, Place::Lab, Place::Reading];
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
    bind(&[Key::Enter], Expand, "expand", "give the chosen pane the whole screen", Screens, DASHBOARD, 3),
    bind(&[Key::Enter], Accept, "ok", "take it", Screens, CHOSEN, 1),
    bind(&[Key::Up, Char('k')], Up, "", "up", Screens, &[Place::Menu], 9),
    bind(&[Key::Down, Char('j')], Down, "", "down", Screens, &[Place::Menu], 9),
    bind(&[Esc], Close, "close", "close what lies over the picture", Screens, &[Place::Reading, Place::Menu], 1),
    bind(&[Esc], Close, "cancel", "leave the line without effect", Screens, &[Place::Prompt], 1),
    bind(&[Esc], Back, "back", "back to the dashboard; first to live, if looking back", Screens, LAB, 2),
    bind(&[Key::Tab], NextPane, "next", "next pane, or next screen", Screens, VIEWS, 6).fast(),
    bind(&[Key::BackTab], PreviousPane, "", "the one before", Screens, VIEWS, 9).fast(),
    bind(DIGITS, Act::Screen, "", "dashboard, and each lab", Screens, VIEWS, 9),
    bind(&[Key::Space], Freeze, "freeze", "freeze the picture while the run goes on; again: live", Run, VIEWS, 4).when(|app| app.frozen.is_none()),
    bind(&[Key::Space], Freeze, "live", "back to the live picture", Run, VIEWS, 2).when(|app| app.frozen.is_some()),
    bind(&[Char('r')], Restart, "restart", "start the lab anew with the same seed", Run, VIEWS, 5),
    bind(&[Char('R')], Reseed, "", "start it anew with a new seed", Run, VIEWS, 9),
    bind(&[Char('/')], Find, "find", "show only lanes and sentences with a text in them", Look, VIEWS, 7),
    bind(&[Char('g')], Act::Lesson, "lesson", "what to look for in this lab, and what it means", Look, VIEWS, 7),
    bind(&[Char('e')], Save, "export", "save trace, picture, text or figures to a file", Look, VIEWS, 8),
    bind(&[Char(',')], Earlier, "earlier", "look back in time", Time, LAB, 8),
    bind(&[Char('.')], Later, "later", "forward again", Time, LAB, 8).when(App::looks_back),
    bind(&[Key::Home], Oldest, "", "as far back as is remembered", Time, LAB, 9),
    bind(&[Key::End], Newest, "live", "back to now", Time, LAB, 4).when(App::looks_back),
    bind(&[Char('+'), Char('=')], ZoomIn, "", "a shorter stretch of time in the lanes", Time, LAB, 9),
    bind(&[Char('-')], ZoomOut, "", "a longer one", Time, LAB, 9),
    bind(&[Key::Up], Up, "", "scroll the picture; if all of it shows, the story", Look, SCROLLED, 9),
    bind(&[Key::Down], Down, "", "and down again", Look, SCROLLED, 9),
    bind(&[Key::PageUp], PageUp, "", "the same by pages", Look, SCROLLED, 9),
    bind(&[Key::PageDown], PageDown, "", "and down again", Look, SCROLLED, 9),
    bind(&[Char('t')], Theme, "theme", "next theme: dark, light, high contrast, colour-blind, mono", Program, VIEWS, 8),
    bind(&[Char('?')], Act::Help, "help", "all keys that work here", Program, VIEWS, 3).fast(),
    bind(&[Char('?')], Close, "", "close it again", Program, &[Place::Reading], 9),
    bind(&[Ctrl('l')], Redraw, "", "draw everything afresh", Program, ANYWHERE, 9).fast(),
    bind(&[Ctrl('z')], Suspend, "", "stop the program and go back to the shell; `fg` continues", Program, ANYWHERE, 9).fast(),
    bind(&[Char('q')], Quit, "quit", "end the program", Program, NO_PROMPT, 0).fast(),
    bind(&[Ctrl('c')], Quit, "quit", "end the program, wherever the keyboard is", Program, &[Place::Prompt], 0).fast(),
    bind(&[Ctrl('c')], Quit, "", "the same, wherever the keyboard is", Program, NO_PROMPT, 9).fast(),
];

#[cfg(test)]
mod tests;
