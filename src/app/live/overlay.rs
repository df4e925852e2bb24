//! What lies over the view: a text to read, a menu, or a line of input. Plain data with its few
//! operations; what a choice or a text leads to is in [`super::actions`].
//!
//! ```text
//! ?  ──▶ Help ─── / ──▶ its search            enter: the key of the entry is pressed
//! g  ──▶ Lesson                               scrolls; esc closes
//! e  ──▶ Menu of documents ── enter ──▶ saved
//! P  ──▶ Menu of answers ──── enter ──▶ remembered as the prediction
//! /  ──▶ Prompt ───────────── enter ──▶ the filter; esc restores the one before
//! interview ──▶ Menu ──▶ Menu ──▶ ... ──▶ Answer
//! ```

use std::collections::VecDeque;

use super::document::DocumentKind;
use super::focus::InputContext;
use crate::lab::{AnyCommand, WithText};
use crate::scene::{self, HelpGroup, KeyHint, Label, Line, Pane, Scene};

/// Characters that a line of input may have: more than any filter or query needs, and little
/// enough that a pasted file does no harm.
const LONGEST: usize = 200;

/// What lies over the view and takes the keys in its place. There is at most one.
#[derive(Clone, Debug)]
pub enum Overlay {
    Help(Help),
    /// The lesson of a lab, in Markdown.
    Lesson {
        title: String,
        markdown: String,
        scroll: u16,
    },
    Menu(Menu),
    Prompt(Prompt),
    /// What follows from the answers to an interview, which the lab makes for each frame.
    Answer {
        scroll: u16,
    },
}

/// A question of an interview: its text, and the answers with what each leads to.
pub type InterviewQuestion = (String, Vec<(AnyCommand, String)>);

/// All keys, each to be run, and a search among them.
#[derive(Clone, Debug)]
pub struct Help {
    pub groups: Vec<HelpGroup>,
    /// What is searched for, once that was begun. Only entries with all of it show.
    pub search: Option<Prompt>,
    pub typing: bool,
    /// Among the entries that show, those of all groups counted together.
    pub selected: usize,
}

#[derive(Clone, Debug)]
pub struct Menu {
    pub title: Label,
    /// What is shown, and what it leads to. The order is that on the screen, and the one in
    /// which keys move.
    pub items: Vec<(Line, Choice)>,
    pub selected: usize,
    /// What comes after a choice in an interview: the questions that are left, and the answer
    /// after the last of them. `None` for a menu that is no question.
    pub questions: Option<Interview>,
}

#[derive(Clone, Debug)]
pub struct Interview {
    /// Those that are left, in their order, and the number of all.
    pub left: VecDeque<InterviewQuestion>,
    pub of: usize,
}

/// What choosing an item leads to.
#[derive(Clone, Debug)]
pub enum Choice {
    /// A command that the lab has offered.
    Lab(AnyCommand),
    Save(DocumentKind),
    /// The answer at this position, as the prediction of the lab's question.
    Predict(usize),
}

#[derive(Clone, Debug)]
pub struct Prompt {
    pub label: Label,
    /// What can be typed, shown beside the input.
    pub hint: Label,
    pub text: String,
    pub purpose: Purpose,
}

/// What the line is for.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// The filter of lanes and story. `before` is what it was when the prompt was opened, to be
    /// restored on cancel.
    Find { before: String },
    /// What to look for in the help.
    SearchHelp,
    /// A command of the lab that lacks this line.
    Ask { command: WithText<AnyCommand> },
}

impl Overlay {
    pub fn context(&self) -> InputContext {
        match self {
            Self::Lesson { .. } | Self::Answer { .. } => InputContext::Reading,
            Self::Help(help) if help.typing => InputContext::Prompt,
            Self::Help(_) | Self::Menu(_) => InputContext::Menu,
            Self::Prompt(_) => InputContext::Prompt,
        }
    }

    /// The line of input that characters go to; `None` where they are keys. In the help, each use
    /// chooses the first entry again, as what is typed changes which there are.
    pub fn input(&mut self) -> Option<&mut Prompt> {
        match self {
            Self::Prompt(prompt) => Some(prompt),
            Self::Help(help) if help.typing => {
                help.selected = 0;
                help.search.as_mut()
            }
            _ => None,
        }
    }

    /// The same as plain data for the drawing, without what choices lead to. The hint of a menu
    /// is added here, since it is about keys. `answer` is what the lab makes of an interview.
    pub fn scene(&self, answer: impl FnOnce() -> Option<Scene>) -> scene::Overlay {
        match self {
            Self::Help(help) => scene::Overlay::Help {
                groups: help.found(),
                selected: help.selected,
                search: help.search.as_ref().map(|prompt| prompt.text.clone()),
            },
            Self::Lesson { title, markdown, scroll } => scene::Overlay::Lesson {
                title: title.clone(),
                markdown: markdown.clone(),
                scroll: *scroll,
            },
            Self::Menu(menu) => scene::Overlay::Menu(scene::Menu {
                title: menu.title.clone(),
                items: menu.items.iter().map(|(line, _)| line.clone()).collect(),
                selected: menu.selected,
                hint: Label::new("up/down and enter, or a click; esc closes").or("enter takes it"),
            }),
            Self::Prompt(prompt) => scene::Overlay::Prompt {
                label: prompt.label.clone(),
                text: prompt.text.clone(),
                hint: prompt.hint.clone(),
            },
            Self::Answer { scroll } => {
                let scene = answer().unwrap_or_default();
                scene::Overlay::Answer(Pane {
                    scene,
                    focused: true,
                    scroll: *scroll,
                    ..Pane::default()
                })
            }
        }
    }
}

impl Interview {
    /// An interview that begins with the first of these. Their number is kept, to show how far it
    /// is.
    pub fn new(questions: Vec<InterviewQuestion>) -> Self {
        Self { of: questions.len(), left: questions.into() }
    }

    /// The next question as a menu, or the answer after the last one.
    pub fn next(mut self) -> Overlay {
        let Some((question, answers)) = self.left.pop_front() else {
            return Overlay::Answer { scroll: 0 };
        };
        let number = self.of - self.left.len();
        let answers = answers.into_iter();
        Overlay::Menu(Menu {
            title: format!("{number} of {}: {question}", self.of).into(),
            items: answers.map(|(one, text)| (Line::from(text), Choice::Lab(one))).collect(),
            selected: 0,
            questions: Some(self),
        })
    }
}

impl Help {
    pub fn new(groups: Vec<HelpGroup>) -> Self {
        Self { groups, search: None, typing: false, selected: 0 }
    }

    /// The groups with the entries that show, without those that have none.
    pub fn found(&self) -> Vec<HelpGroup> {
        let wanted = self.search.as_ref().map_or("", |prompt| &prompt.text).to_lowercase();
        let matches = |title: &str, hint: &KeyHint| {
            let text = format!("{title} {} {}", hint.key, &*hint.label).to_lowercase();
            wanted.split_whitespace().all(|word| text.contains(word))
        };
        let found = self.groups.iter().map(|group| HelpGroup {
            title: group.title.clone(),
            keys: group.keys.iter().filter(|hint| matches(&group.title, hint)).cloned().collect(),
        });
        found.filter(|group| !group.keys.is_empty()).collect()
    }

    /// Moves the choice by `by` entries, up to the first or last.
    pub fn go(&mut self, by: isize) {
        let count: usize = self.found().iter().map(|group| group.keys.len()).sum();
        self.selected = self.selected.saturating_add_signed(by).min(count.saturating_sub(1));
    }

    /// The name of the key of the chosen entry; `None` if no entry shows.
    pub fn key(&self) -> Option<String> {
        let found = self.found();
        let mut entries = found.iter().flat_map(|group| &group.keys);
        entries.nth(self.selected).map(|hint| hint.press.clone())
    }

    /// Begins a search, or goes on with it: what was typed before is kept.
    pub fn search(&mut self) {
        self.typing = true;
        self.search.get_or_insert_with(|| Prompt {
            label: Label::default(),
            hint: Label::default(),
            text: String::new(),
            purpose: Purpose::SearchHelp,
        });
    }
}

impl Menu {
    /// Moves the choice by `by` items; at the ends it continues at the other end. An empty menu has
    /// no choice to move.
    pub fn go(&mut self, by: isize) {
        let count = self.items.len().max(1).cast_signed();
        let next = (self.selected.cast_signed() + by).rem_euclid(count);
        self.selected = next.unsigned_abs();
    }

    /// What the chosen item leads to; `None` in an empty menu, which is closed without an
    /// effect.
    pub fn choice(&self) -> Option<Choice> {
        self.items.get(self.selected).map(|(_, choice)| choice.clone())
    }
}

impl Prompt {
    /// Adds what was typed or pasted: the first line of it, without control characters, up to
    /// [`LONGEST`].
    pub fn add(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.text.chars().count());
        let line = text.lines().next().unwrap_or_default();
        let clean = line.chars().filter(|c| !c.is_control());
        self.text.extend(clean.take(room));
    }

    pub fn delete_char(&mut self) {
        self.text.pop();
    }

    /// Deletes the last word and the space behind it, as Ctrl-W does in a terminal.
    pub fn delete_word(&mut self) {
        let kept = self.text.trim_end();
        let end = kept.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        self.text.truncate(end);
    }
}
