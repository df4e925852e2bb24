//! Which keys work right now, and what each leads to: the table, the lab's controls
//! and its actions merged, so that no key shows that does nothing and none works
//! that does not show in the help.
//!
//! Must not know what comes of a key.

use std::collections::HashSet;

use super::{Binding, Group, InputContext, Key, Precedence, ProgramAction, TABLE};
use crate::app::live::state::App;
use crate::lab::{ActionKind, Control, Keys, Run};
use crate::scene::{HelpGroup, KeyHint};

/// Keys that work right now and lead to the same.
#[derive(Clone, Debug)]
pub struct ActiveBinding {
    pub keys: Vec<Key>,
    pub target: Target,
    label: String,
    about: String,
    /// `None` for what belongs to the lab.
    group: Option<Group>,
    rank: u8,
    /// Its place in the footer and the help.
    order: usize,
}

/// What a key leads to.
#[derive(Clone, Debug)]
pub enum Target {
    ProgramAction(ProgramAction),
    /// Moves the lab's control by a number of steps.
    Step {
        control: &'static dyn Control,
        steps: isize,
        wrap: bool,
    },
    Lab(ActionKind),
}

/// Ranks of a lab's own actions in the footer, of its first controls, and of the others.
const ACTION: u8 = 2;
const CONTROL: u8 = 3;
const FURTHER: u8 = 7;
/// Controls that count as the first.
const FIRST: usize = 3;

/// All that works right now, in the order of the footer; no key twice.
pub fn active_bindings(app: &App) -> Vec<ActiveBinding> {
    active_bindings_at(app, app.keyboard())
}

/// The same for a place that the keyboard may not be at.
pub fn active_bindings_at(app: &App, context: InputContext) -> Vec<ActiveBinding> {
    let table = |precedence: Option<Precedence>| {
        let rows = TABLE.iter().enumerate();
        rows.filter(move |(_, row)| {
            precedence.is_none_or(|precedence| row.precedence == precedence)
        })
        .filter(move |(_, row)| row.contexts.contains(&context) && (row.when)(app))
        .map(|(order, row)| ActiveBinding::of(row, order, app))
    };
    // The first of several bindings with the same key gets it.
    let wanted: Vec<ActiveBinding> = match context {
        InputContext::Lab => table(Some(Precedence::Reserved))
            .chain(lab(app))
            .chain(table(Some(Precedence::Overridable)))
            .collect(),
        InputContext::Dashboard => table(None).chain(lab(app)).collect(),
        _ => table(None).collect(),
    };
    let mut taken = HashSet::new();
    let mut active_bindings: Vec<ActiveBinding> = wanted
        .into_iter()
        .filter_map(|mut binding| {
            binding.keys.retain(|key| taken.insert(*key));
            (!binding.keys.is_empty()).then_some(binding)
        })
        .collect();
    active_bindings.sort_by_key(|binding| (binding.group.is_some(), binding.order));
    active_bindings
}

/// The bindings of the chosen lab: its current actions, then its controls.
fn lab(app: &App) -> impl Iterator<Item = ActiveBinding> {
    let slot = app.chosen();
    let run = slot.and_then(|slot| slot.run());
    let actions = run.map(Run::actions).unwrap_or_default();
    let actions = actions.into_iter().map(|action| ActiveBinding {
        keys: vec![action.key.into()],
        about: action.label.clone(),
        label: action.label,
        target: Target::Lab(action.kind),
        group: None,
        rank: ACTION,
        order: 0,
    });
    let controls = run.map_or(&[][..], |run| run.info().controls).iter().copied();
    let with_keys = controls.filter(|control| control.keys() != Keys::None);
    actions.chain(
        with_keys
            .enumerate()
            .flat_map(|(at, control)| steps(control, if at < FIRST { CONTROL } else { FURTHER })),
    )
}

/// The bindings of a control: one for each direction.
fn steps(control: &'static dyn Control, rank: u8) -> Vec<ActiveBinding> {
    let binding = |keys: &[crate::lab::Key], label: &str, steps, wrap| ActiveBinding {
        keys: keys.iter().copied().map(Key::from).collect(),
        target: Target::Step { control, steps, wrap },
        label: label.to_owned(),
        about: format!("{}: {}", control.key(), control.about()),
        group: None,
        rank,
        order: 1,
    };
    match control.keys() {
        Keys::None => Vec::new(),
        Keys::Next(key) => vec![binding(&[key], control.key(), 1, true)],
        Keys::Steps { back, on } => {
            vec![binding(back, "", -1, false), binding(on, control.key(), 1, false)]
        }
    }
}

impl ActiveBinding {
    fn of(row: &Binding, order: usize, app: &App) -> Self {
        let mut keys = row.keys.to_vec();
        if row.action == ProgramAction::Screen {
            keys.truncate(app.screens());
        }
        Self {
            keys,
            target: Target::ProgramAction(row.action),
            label: row.label.to_owned(),
            about: row.about.to_owned(),
            group: Some(row.group),
            rank: row.rank,
            order,
        }
    }
}

/// The keys at the bottom of the screen.
pub fn footer(active_bindings: &[ActiveBinding]) -> Vec<KeyHint> {
    let shown = active_bindings.iter().filter(|binding| !binding.label.is_empty());
    shown
        .filter_map(|binding| {
            let press = binding.keys.first()?.to_string();
            Some(KeyHint {
                key: both_ways(active_bindings, binding)
                    .unwrap_or_else(|| on_footer(&binding.keys)),
                label: binding.label.clone(),
                press,
                rank: binding.rank,
            })
        })
        .collect()
}

/// `left/right` for a control that goes both ways.
fn both_ways(active_bindings: &[ActiveBinding], on: &ActiveBinding) -> Option<String> {
    let Target::Step { control, .. } = on.target else {
        return None;
    };
    let back = active_bindings.iter().find(|binding| {
        matches!(binding.target, Target::Step { control: other, steps: -1, .. } if other.key() == control.key())
    })?;
    Some(format!("{}/{}", back.keys.first()?, on.keys.first()?))
}

/// All of them with what they do, the lab's own first.
pub fn help(title: &str, active_bindings: &[ActiveBinding]) -> Vec<HelpGroup> {
    let group = |title: &str, wanted: Option<Group>| HelpGroup {
        title: title.to_owned(),
        keys: active_bindings
            .iter()
            .filter(|binding| binding.group == wanted && !binding.about.is_empty())
            .filter(|binding| !matches!(binding.target, Target::Step { steps: -1, .. }))
            .map(|binding| KeyHint {
                key: both_ways(active_bindings, binding).unwrap_or_else(|| in_words(&binding.keys)),
                label: binding.about.clone(),
                press: binding.keys.first().map(Key::to_string).unwrap_or_default(),
                rank: binding.rank,
            })
            .collect(),
    };
    std::iter::once(group(title, None))
        .chain(Group::ALL.map(|of| group(of.title(), Some(of))))
        .filter(|group| !group.keys.is_empty())
        .collect()
}

/// The first key, or both of a pair that a keyboard has side by side.
fn on_footer(keys: &[Key]) -> String {
    match keys {
        [Key::Up, Key::Down, ..] => "up/down".to_owned(),
        _ => keys.first().map(Key::to_string).unwrap_or_default(),
    }
}

/// `1..8`, `up/down`, `q ctrl-c`.
pub fn in_words(keys: &[Key]) -> String {
    match keys {
        [Key::Up, Key::Down] => "up/down".to_owned(),
        [first, .., last] if keys.len() > 2 => format!("{first}..{last}"),
        _ => {
            let names: Vec<_> = keys.iter().map(Key::to_string).collect();
            names.join(" ")
        }
    }
}
