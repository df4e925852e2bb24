//! Threads that the user lets take one step at a time, as all labs have them that step threads: what
//! is known of each, their keys, their table, and the words for what they can do.

use std::fmt::Display;

use serde::{Deserialize, Deserializer, Serialize};

use super::action::{Action, ActionKind};
use super::key::Key;
use crate::kit::explore::ModelState;
use crate::kit::model::OpResult;
use crate::scene::{Body, Panel, Press, Span, Table, Tone};

/// The key by which a lab pauses its threads before their next steps, and lets them continue.
const PAUSE: Key = Key::Char('p');

/// A thread before its next step, copied from the model at one moment; the thread itself may have
/// come to its step since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SteppedThread<Who> {
    #[serde(alias = "name")]
    pub who: Who,
    /// The next step in words, such as `store length = 3`; `None` while the thread is on its way
    /// there, and once it has ended.
    #[serde(deserialize_with = "read_if_any")]
    pub next: Option<String>,
    /// What that step would read if it were taken now; `None` if it reads nothing, or cannot be
    /// taken.
    #[serde(deserialize_with = "read_if_any")]
    pub would_read: Option<String>,
    /// Whether it can take that step now. False for a thread that is on its way, waits or has
    /// ended.
    pub ready: bool,
    /// The thread that owns what it waits for; `None` if it is ready, or no single thread can free
    /// it.
    pub blocked_by: Option<Who>,
}

/// Older recordings have for nothing an empty text, or what a step finds that reads nothing.
fn read_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    Ok(text.filter(|text| !matches!(text.as_str(), "" | "done")))
}

impl<Who: Display> SteppedThread<Who> {
    /// The state of `who`, which has this number in the model; `None` before it has come to its
    /// first step. `named` is who a number is.
    pub fn of(
        model: &ModelState,
        who: Who,
        thread: Option<usize>,
        named: impl Fn(usize) -> Option<Who>,
    ) -> Self {
        let found = thread.and_then(|thread| model.would_find(thread));
        let found = found.filter(|found| *found != OpResult::Done);
        Self {
            who,
            next: thread.and_then(|thread| model.describe(thread)),
            would_read: found.map(|found| found.to_string()),
            ready: thread.is_some_and(|thread| model.is_enabled(thread)),
            blocked_by: thread.and_then(|thread| model.blocked_by(thread)).and_then(named),
        }
    }

    /// Whether it can take its next step, or what keeps it from that: the owner of what it waits
    /// for, if that is known. `no_step` is for a thread that stands before no step.
    pub fn status(&self, no_step: &'static str) -> Span {
        match &self.blocked_by {
            _ if self.ready => Span::new("ready", Tone::Good),
            Some(by) => Span::new(format!("blocked by {by}"), Tone::Waiting),
            None if self.next.is_some() => Span::new("blocked", Tone::Waiting),
            None => Span::new(no_step, Tone::Dim),
        }
    }

    /// Why it cannot take a step, as a sentence.
    pub fn why_not(&self) -> String {
        match &self.blocked_by {
            Some(by) => format!("{} is blocked by {by}", self.who),
            None if self.next.is_some() => format!("{} is blocked", self.who),
            None => format!("{} is on the way to its next step, or has ended", self.who),
        }
    }
}

/// Offers step mode, with the command that begins it.
pub fn step_by_step<C>(command: C) -> Action<C> {
    Action::new(PAUSE, "step by step", ActionKind::StepByStep(command))
        .about("pause the threads before their next steps; each then takes one by its digit")
}

/// Offers the end of step mode.
pub fn resume<C>(command: C) -> Action<C> {
    Action::press(PAUSE, "continue", command).about("let all threads continue")
}

/// Whether these actions of a lab offer step mode; while it is on, they offer its end.
pub fn offer_step_mode<C>(actions: &[Action<C>]) -> bool {
    actions.iter().any(|action| matches!(action.kind, ActionKind::StepByStep(_)))
}

/// The key that steps the thread at this place: `1` is the first. `None` beyond the ninth.
pub fn thread_key(at: usize) -> Option<char> {
    "123456789".chars().nth(at)
}

/// The keys of these threads. `step` says what the key of a thread does: its command, or why there
/// is none. All nine always: a digit without an action would lead to another screen.
pub fn thread_keys<Who: Display, C>(
    threads: &[SteppedThread<Who>],
    step: impl Fn(&SteppedThread<Who>) -> ActionKind<C>,
) -> impl Iterator<Item = Action<C>> {
    (0..).map_while(thread_key).enumerate().map(move |(at, key)| {
        let thread = threads.get(at);
        let none = || ActionKind::Refuse(format!("there is no thread {key}"));
        let kind = thread.map_or_else(none, &step);
        // The footer offers only what can be done.
        let name = thread.filter(|thread| thread.ready && matches!(kind, ActionKind::Press(_)));
        let label = name.map_or_else(String::new, |thread| thread.who.to_string());
        Action::new(Key::Char(key), label, kind)
    })
}

/// The threads as a table, one in each row, in the order of their keys. A click on a row is the
/// key of its thread where that one can be stepped.
pub fn stepped_panel(
    head: &[&'static str],
    rows: Vec<Vec<Span>>,
    can_step: impl Iterator<Item = bool>,
) -> Panel {
    let press = |(at, can_step)| {
        let key = thread_key(at).filter(|_| can_step);
        key.map_or(Press::Nothing, |key| Press::Key(key.to_string()))
    };
    let head = head.iter().map(|title| (*title).into()).collect();
    // No column contains figures to be aligned at the right.
    let table = Body::Table(Table { head, rows, figures_from: usize::MAX });
    Panel::titled("You are the scheduler", table).presses(can_step.enumerate().map(press))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_nine_digits_have_an_action_that_steps_or_says_why_not() {
        let thread = |who, next: Option<&str>, blocked_by: Option<&'static str>| SteppedThread {
            who,
            next: next.map(str::to_owned),
            would_read: None,
            ready: next.is_some() && blocked_by.is_none(),
            blocked_by,
        };
        let threads = [
            thread("a", Some("load x"), None),
            thread("b", Some("acquire lock"), Some("a")),
            thread("c", None, None),
        ];
        let step = |thread: &SteppedThread<&'static str>| {
            if thread.ready {
                ActionKind::Press(thread.who)
            } else {
                ActionKind::Refuse(thread.why_not())
            }
        };
        let keys: Vec<_> = thread_keys(&threads, step).collect();
        let labels: Vec<_> = keys.iter().map(|action| action.label.to_string()).collect();
        assert_eq!(labels, ["a", "", "", "", "", "", "", "", ""]);
        let whys = keys.iter().map(|action| match &action.kind {
            ActionKind::Refuse(why) => why.as_str(),
            _ => "",
        });
        let whys: Vec<_> = whys.take(4).collect();
        let on_its_way = "c is on the way to its next step, or has ended";
        assert_eq!(whys, ["", "b is blocked by a", on_its_way, "there is no thread 4"]);
    }

    #[test]
    fn the_first_nine_threads_have_keys() {
        assert_eq!(thread_key(0), Some('1'));
        assert_eq!(thread_key(9), None);
    }

    #[test]
    fn what_older_recordings_have_for_nothing_is_read_as_nothing() {
        let of_sync = r#"{"name":"one","next":"","would_read":"","ready":false,"blocked_by":null}"#;
        let of_list =
            r#"{"who":"one","next":"store x","would_read":"done","ready":true,"blocked_by":null}"#;
        let [one, two] = [of_sync, of_list]
            .map(|text| serde_json::from_str::<SteppedThread<String>>(text).unwrap());
        assert_eq!((one.who.as_str(), one.next, one.would_read), ("one", None, None));
        assert_eq!((two.next.as_deref(), two.would_read), (Some("store x"), None));
    }
}
