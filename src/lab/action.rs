//! What a user can do in a running lab beyond its settings, and the commands that reach a
//! lab.
//!
//! A lab has commands of its own type, and offers them as [`Action`]s. What has no use
//! for that type (the screen, its menus and prompts) handles them as [`AnyCommand`]s and
//! gives back what it was given, so what was offered is what is done:
//!
//! ```text
//! Lab::actions ── Action<L::Command> ──erased──▶ Action ──▶ footer, menu, prompt
//!                                                               │ the user chooses
//! Lab::run ◀── Command<L::Command> ◀──typed── Command<AnyCommand>
//! ```
//!
//! A command is never made from text by its name, so a menu cannot name one that does not
//! exist.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::key::Key;
use super::setting::{Setting, SettingType};
use super::value::Value;
use crate::scene::{Label, Scene};

/// Something that can be done right now. A lab lists its actions from its state again after
/// each change, so one that is not possible has no key.
#[derive(Clone, Debug)]
pub struct Action<C = AnyCommand> {
    /// The key that starts it. Two actions of one list must not share a key.
    pub key: Key,
    /// For the footer, a word or two. Empty: it is not in the footer.
    pub label: Label,
    /// For the help, what it does; empty where the label says that already.
    pub about: &'static str,
    pub kind: ActionKind<C>,
}

/// What an action's key leads to: a command at once, a prompt for a line of text, a menu,
/// a text on the clipboard, a terminal that takes all keys, or another run.
#[derive(Clone, Debug)]
pub enum ActionKind<C = AnyCommand> {
    Press(C),
    /// The same, and from then on each thread waits for its own key before its next step.
    StepByStep(C),
    /// Prompts for a line of text and sends the command that is made of it. The command
    /// is sent for any text: the lab judges it, and may answer in its story.
    Ask {
        label: Label,
        hint: Label,
        command: WithText<C>,
    },
    Choose {
        title: Label,
        items: Vec<(C, String)>,
    },
    /// Asks these questions one after the other, each with its answers and the command of
    /// each; then shows what follows from them: a scene, `None` until all are answered. One
    /// dialog, so that a user sees how many questions are left.
    Interview {
        questions: Vec<(String, Vec<(C, String)>)>,
        answer: Option<Scene>,
    },
    /// Says why the key does nothing now. Nothing is sent to the lab.
    Refuse(String),
    /// Puts this text on the terminal's clipboard. Nothing is sent to the lab.
    Copy(String),
    /// Gives the keyboard to a terminal that the lab has, whose output is in the scene's
    /// [`Body::Tail`](crate::scene::Body::Tail). The command is sent for each key, and for each
    /// size that the panel gets.
    Terminal(With<TerminalInput, C>),
    /// Ends the run, and starts another one with these values of settings, by their keys. For
    /// what a run decides at its start, and for a run that has ended.
    Restart(Vec<(&'static str, Value)>),
}

/// What a program in a terminal gets from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalInput {
    /// As a terminal sends it: control characters for keys, a carriage return for enter.
    Typed(String),
    Size {
        columns: u16,
        rows: u16,
    },
}

/// A command that still lacks what the user does: a function, behind an `Arc` because actions
/// are cloned with the screen.
#[derive(Clone)]
pub struct With<T, C>(Arc<dyn Fn(T) -> C + Send + Sync>);

/// A command that still lacks a line of text.
pub type WithText<C> = With<String, C>;

impl<T: 'static, C: 'static> With<T, C> {
    /// Makes the command from whatever the user does; it must not fail.
    pub fn new(command: impl Fn(T) -> C + Send + Sync + 'static) -> Self {
        Self(Arc::new(command))
    }

    pub fn command(&self, input: T) -> C {
        (self.0)(input)
    }
}

impl<T, C> fmt::Debug for With<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("With")
    }
}

impl<C> Action<C> {
    /// An action that the help describes by its label; [`Action::about`] says more.
    pub fn new(key: Key, label: impl Into<Label>, kind: ActionKind<C>) -> Self {
        Self { key, label: label.into(), about: "", kind }
    }

    pub fn press(key: Key, label: impl Into<Label>, command: C) -> Self {
        Self::new(key, label, ActionKind::Press(command))
    }

    pub fn choose(
        key: Key,
        label: impl Into<Label>,
        title: impl Into<Label>,
        items: impl IntoIterator<Item = (C, String)>,
    ) -> Self {
        let kind = ActionKind::Choose { title: title.into(), items: items.into_iter().collect() };
        Self::new(key, label, kind)
    }

    /// Sets what the help says.
    #[must_use]
    pub fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }
}

impl<C: Any + fmt::Debug + Send + Sync> Action<C> {
    /// The same action without the type of its commands. Done once, where a run lists its
    /// actions; from here on nothing knows the lab.
    pub fn erased(self) -> Action {
        let kind = match self.kind {
            ActionKind::Press(command) => ActionKind::Press(AnyCommand::of(command)),
            ActionKind::StepByStep(command) => ActionKind::StepByStep(AnyCommand::of(command)),
            ActionKind::Ask { label, hint, command } => {
                let command = WithText::new(move |text| AnyCommand::of(command.command(text)));
                ActionKind::Ask { label, hint, command }
            }
            ActionKind::Choose { title, items } => {
                let items = items.into_iter().map(|(one, text)| (AnyCommand::of(one), text));
                ActionKind::Choose { title, items: items.collect() }
            }
            ActionKind::Interview { questions, answer } => {
                let questions = questions.into_iter().map(|(question, answers)| {
                    let answers = answers.into_iter();
                    (question, answers.map(|(one, text)| (AnyCommand::of(one), text)).collect())
                });
                ActionKind::Interview { questions: questions.collect(), answer }
            }
            ActionKind::Refuse(why) => ActionKind::Refuse(why),
            ActionKind::Copy(text) => ActionKind::Copy(text),
            ActionKind::Terminal(command) => {
                ActionKind::Terminal(With::new(move |input| AnyCommand::of(command.command(input))))
            }
            ActionKind::Restart(values) => ActionKind::Restart(values),
        };
        Action { key: self.key, label: self.label, about: self.about, kind }
    }
}

/// A command of some lab, without its type: a run offers it, and takes it back. Cloned
/// cheaply, as menus are part of the screen that is compared for each frame.
#[derive(Clone)]
pub struct AnyCommand(Arc<dyn Erased>);

/// What is left of a command's type: enough to show it in a debug message and to get the
/// type back.
trait Erased: Any + fmt::Debug + Send + Sync {}

impl<C: Any + fmt::Debug + Send + Sync> Erased for C {}

impl AnyCommand {
    fn of(command: impl Any + fmt::Debug + Send + Sync) -> Self {
        Self(Arc::new(command))
    }

    /// The command, or `None` if it is of another lab: the one thing that the types no
    /// longer rule out.
    pub fn typed<C: Any + Clone>(&self) -> Option<C> {
        // Through the trait object, not the `Arc`: an `Arc` is `Any` itself, and would be
        // the type that is compared.
        (&*self.0 as &dyn Any).downcast_ref().cloned()
    }
}

impl fmt::Debug for AnyCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What the user sends to a running lab. It reaches the driver thread through a queue, so
/// it takes effect when the driver looks for it, and not while it is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Command<C = AnyCommand> {
    /// A setting's new value, which was checked against the setting's range and against
    /// the other settings.
    Set {
        key: &'static str,
        value: Value,
    },
    Do(C),
}

impl<C> Command<C> {
    /// Gives `setting` the value `to`; for labs and tests, where the type is known.
    pub fn set<T: SettingType>(setting: Setting<T>, to: T::Const) -> Self {
        let (key, value) = setting.with(to);
        Self::Set { key, value }
    }
}
