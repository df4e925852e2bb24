//! What lies over the view: reading matter, a menu, a line of input.
//!
//! Must not know what is chosen or typed for, beyond its name.

use super::document::Kind;
use super::focus::InputContext;
use crate::scene::{self, HelpGroup, Line};

/// Characters that a line of input may have.
const LONGEST: usize = 200;

/// What lies over the view.
#[derive(Clone, Debug)]
pub enum Overlay {
    Help { groups: Vec<HelpGroup>, scroll: u16 },
    Lesson { title: String, markdown: String, scroll: u16 },
    Menu(Menu),
    Prompt(Prompt),
}

/// A menu.
#[derive(Clone, Debug)]
pub struct Menu {
    pub title: String,
    pub items: Vec<(Line, Choice)>,
    pub selected: usize,
}

/// What choosing an item leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The lab's own.
    Press(String),
    Save(Kind),
}

/// A line of input.
#[derive(Clone, Debug)]
pub struct Prompt {
    pub label: String,
    pub hint: String,
    pub text: String,
    pub purpose: Purpose,
}

/// What the line is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The filter of lanes and story; what it was before.
    Find { before: String },
    /// The lab asked for it.
    Ask { id: String },
}

impl Overlay {
    pub fn context(&self) -> InputContext {
        match self {
            Self::Help { .. } | Self::Lesson { .. } => InputContext::Reading,
            Self::Menu(_) => InputContext::Menu,
            Self::Prompt(_) => InputContext::Prompt,
        }
    }

    /// As the screen shows it.
    pub fn scene(&self) -> scene::Overlay {
        match self {
            Self::Help { groups, scroll } => {
                scene::Overlay::Help { groups: groups.clone(), scroll: *scroll }
            }
            Self::Lesson { title, markdown, scroll } => scene::Overlay::Lesson {
                title: title.clone(),
                markdown: markdown.clone(),
                scroll: *scroll,
            },
            Self::Menu(menu) => scene::Overlay::Menu(scene::Menu {
                title: menu.title.clone(),
                items: menu.items.iter().map(|(line, _)| line.clone()).collect(),
                selected: menu.selected,
                hint: "up/down and enter, or a click; esc closes".to_owned(),
            }),
            Self::Prompt(prompt) => scene::Overlay::Prompt {
                label: prompt.label.clone(),
                text: prompt.text.clone(),
                hint: prompt.hint.clone(),
            },
        }
    }
}

impl Menu {
    /// Moves the choice, from one end to the other at the ends.
    pub fn go(&mut self, by: isize) {
        let count = self.items.len().max(1).cast_signed();
        let next = (self.selected.cast_signed() + by).rem_euclid(count);
        self.selected = next.unsigned_abs();
    }

    pub fn choice(&self) -> Option<Choice> {
        self.items.get(self.selected).map(|(_, choice)| choice.clone())
    }
}

impl Prompt {
    /// Adds what was typed or pasted: one line, without anything that is no text.
    pub fn add(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.text.chars().count());
        let line = text.lines().next().unwrap_or_default();
        let clean = line.chars().filter(|c| !c.is_control());
        self.text.extend(clean.take(room));
    }

    pub fn delete_char(&mut self) {
        self.text.pop();
    }

    /// Back to the end of the word before.
    pub fn delete_word(&mut self) {
        let kept = self.text.trim_end();
        let end = kept.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        self.text.truncate(end);
    }
}
