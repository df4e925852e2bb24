//! The whole screen as plain data: what the app composes and the UI draws.
//!
//! ```text
//!  1 Dashboard 2 List 3 Factorial ...            ▶ live     tabs, badges
//! ── ▸ Shared list ──────────────────────────── lock ON ──
//!  add-1     ◆ holding   appended 64                        view: panes of scenes,
//!  │64│ 7│16│ 8│  length 4                                  one of them focused
//! ── Factorial pool ─────────────────────────── 8 workers ─
//!  w1 ► 7!      w2 · idle    w3 ► 9!
//!  12.103 s  remove-1 removed 8, the list is now empty      notice
//!  l lock  s speed  tab next pane  ? help  q quit           footer
//! ```
//!
//! Nothing is drawn that is not in here, so the app can compare two screens to see
//! whether a frame is needed, and a test can check one without a terminal.

use super::Scene;
use super::guide::Guide;
use super::label::Label;
use super::text::{Line, Tone};

/// Everything that one frame shows. Its size is not in here: the drawing fits it into any.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Screen {
    pub tabs: Vec<Tab>,
    /// Right in the header: cores, seed, live or frozen and how far behind, losses. What
    /// concerns the program and not one lab.
    pub badges: Vec<Badge>,
    /// The question that is asked here, if there is one.
    pub guide: Option<Guide>,
    pub view: View,
    /// The latest sentence of the story, or a notice to the user, which comes first.
    pub notice: Option<Notice>,
    /// Where in its run the view is, if that is not the present. In the line of the notice.
    pub playhead: Option<PlayheadBar>,
    /// Only keys that have an effect now: a key that does nothing is not offered. The
    /// drawing drops those of the highest rank where it is short of room.
    pub footer: Vec<KeyHint>,
    /// What covers the view; keys go to it while it is there. The run below continues and
    /// is drawn around it.
    pub overlay: Option<Overlay>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tab {
    pub key: char,
    pub title: Label,
    pub selected: bool,
    /// All questions of this screen are answered: the tab has a tick.
    pub answered: bool,
}

/// A remark in the header. The least important ones are dropped when room is short, by rank.
#[derive(Clone, Debug, PartialEq)]
pub struct Badge {
    pub text: Label,
    pub tone: Tone,
    /// From 0, which is always shown: the larger the number, the earlier it is dropped.
    pub rank: u8,
}

/// What is between header and footer: several labs at once, or one of them.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// Several labs at once: two above, the rest below at full width; all under each other
    /// where it is narrow.
    Dashboard(Vec<Pane>),
    /// One lab on the whole screen, which can be scrolled and whose panels can have the keyboard.
    Single(Pane),
}

impl View {
    /// The labs that it shows.
    pub fn panes(&self) -> &[Pane] {
        match self {
            Self::Dashboard(panes) => panes,
            Self::Single(pane) => std::slice::from_ref(pane),
        }
    }
}

impl Default for View {
    fn default() -> Self {
        Self::Dashboard(Vec::new())
    }
}

/// A scene in a frame, as part of a dashboard or alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pane {
    pub scene: Scene,
    pub focused: bool,
    /// Lines scrolled down, where the scene is taller than its place. Larger values mean the
    /// end.
    pub scroll: u16,
    /// The panel that has the keyboard, by its number ([`Scene::titled`]).
    pub panel: Option<usize>,
    /// That panel is shown alone, in the whole pane; without a panel it has no meaning.
    pub zoomed: bool,
    /// Lines that each panel is scrolled down in itself; 0 for those that are missing.
    pub scrolls: Vec<u16>,
}

/// A moment of a run and the time around it that can be moved to, in ns since the run began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlayheadBar {
    pub from: u64,
    pub at: u64,
    pub to: u64,
    /// `from` and `to` in words, for the two ends of the line on which the playhead stands.
    pub ends: [Label; 2],
}

/// A line above the footer: the latest sentence of the story, or a notice to the user. It
/// is there or it is not, but never more than one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub text: Line,
}

/// A key and what it does now. The footer and the help are made of these, so they cannot
/// name different keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyHint {
    /// As printed on the key: "l", "space", "left/right".
    pub key: String,
    pub label: Label,
    /// The key that a click on the hint presses, in the same words as `key`; empty if a click
    /// does nothing. The app reads it.
    pub press: String,
    /// From 0, which is dropped last when the footer is short of room. `q quit` is 0, since leaving
    /// must always be possible.
    pub rank: u8,
}

/// What covers the view. There is at most one: opening another one replaces it.
#[derive(Clone, Debug, PartialEq)]
pub enum Overlay {
    /// Keys to choose from. Scrolled so that the chosen one shows.
    Help {
        groups: Vec<HelpGroup>,
        /// Which of the keys of all groups together, counted on from one group to the next.
        selected: usize,
        /// What is searched for.
        search: Option<String>,
    },
    Lesson {
        title: String,
        markdown: String,
        scroll: u16,
    },
    Menu(Menu),
    /// What follows from what was asked: a scene of its own over all of the view, such as the
    /// answer to a query.
    Answer(Pane),
    /// One line of input at the bottom.
    Prompt {
        label: Label,
        text: String,
        hint: Label,
    },
}

/// The keys of one purpose, under a title. Kept together in one column of the help.
#[derive(Clone, Debug, PartialEq)]
pub struct HelpGroup {
    pub title: String,
    pub keys: Vec<KeyHint>,
}

/// Things to choose from, one a line, with a hint below them. A click on one chooses and accepts
/// it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Menu {
    pub title: Label,
    pub items: Vec<Line>,
    pub selected: usize,
    pub hint: Label,
}
