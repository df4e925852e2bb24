//! The whole screen as plain data: what the app composes and the UI draws.
//!
//! Nothing is drawn that is not in here, so the app can compare two screens to see whether a
//! frame is needed, and a test can check one without a terminal.

use super::Scene;
use super::text::{Line, Span};

/// Everything that one frame shows. Its size is not in here: the drawing fits it into any.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Screen {
    /// One for each lab, in the order of the registry.
    pub tabs: Vec<Tab>,
    /// Right in the header: cores, seed, live or frozen and how far behind, losses. What
    /// concerns the program and not one lab.
    pub badges: Vec<Badge>,
    /// What is between header and footer.
    pub view: View,
    /// The latest sentence of the story, or a notice to the user, which comes first.
    pub notice: Option<Notice>,
    /// Only keys that have an effect now: a key that does nothing is not offered.
    pub footer: Vec<KeyHint>,
    /// What covers the view; keys go to it while it is there. The run below continues and
    /// is drawn around it.
    pub overlay: Option<Overlay>,
}

/// One lab in the header: the key that shows it, and its title. At most one is selected;
/// on the dashboard none is.
#[derive(Clone, Debug, PartialEq)]
pub struct Tab {
    pub key: char,
    pub title: String,
    pub selected: bool,
}

/// A remark in the header. The least important ones are dropped when room is short, by rank.
#[derive(Clone, Debug, PartialEq)]
pub struct Badge {
    pub span: Span,
    /// From 0, which is always shown: the larger the number, the earlier it is dropped.
    pub rank: u8,
}

/// What is between header and footer.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// Several labs at once: two above, the rest below at full width; all under each other
    /// where it is narrow.
    Dashboard(Vec<Pane>),
    /// One lab on the whole screen.
    Single(Pane),
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
    /// Whether keys go to this lab. Shown by the frame, also without colour.
    pub focused: bool,
    /// Lines scrolled down, where the scene is taller than its place. Larger values mean the
    /// end.
    pub scroll: u16,
}

/// A line above the footer: the latest sentence of the story, or a notice to the user.
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
    pub label: String,
    /// The key that a click on the hint presses, in the same words as `key`; empty if a click
    /// does nothing. The app reads it.
    pub press: String,
    /// From 0, which is dropped last when the footer is short of room. `q quit` is 0.
    pub rank: u8,
}

/// What covers the view. There is at most one: opening another one replaces it.
#[derive(Clone, Debug, PartialEq)]
pub enum Overlay {
    /// All keys that have an effect now, by purpose.
    Help { groups: Vec<HelpGroup>, scroll: u16 },
    /// The text of the focused lab, in Markdown.
    Lesson { title: String, markdown: String, scroll: u16 },
    /// Things to choose from: an action of a lab, or the settings.
    Menu(Menu),
    /// One line of input at the bottom.
    Prompt { label: String, text: String, hint: String },
}

/// The keys of one purpose, under a title.
#[derive(Clone, Debug, PartialEq)]
pub struct HelpGroup {
    pub title: String,
    pub keys: Vec<KeyHint>,
}

/// Things to choose from, one a line, with a hint below them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Menu {
    pub title: String,
    pub items: Vec<Line>,
    /// Position of the chosen item; the drawing scrolls so that it is visible.
    pub selected: usize,
    pub hint: String,
}
