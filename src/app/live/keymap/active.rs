//! Which keys work right now, and what each leads to: the rows of the table that are active in
//! a context, merged with the controls and the actions of the chosen lab.
//!
//! Reading a key, the footer and the help all use this one list. So no key is shown that does
//! nothing, and none works that the help does not show.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Binding, Group, InputContext, Key, Precedence, ProgramAction, TABLE};
use crate::app::live::slot::LabSlot;
use crate::app::live::state::App;
use crate::lab::{ActionKind, Control, Keys};
use crate::scene::{HelpGroup, KeyHint, Label};

/// Keys that work right now and lead to the same: a row of the table, or a control or action of
/// the lab. Made for one key or one frame.
#[derive(Clone, Debug)]
pub struct ActiveBinding {
    pub keys: Vec<Key>,
    pub target: Target,
    /// For the footer, a word or two; empty if it does not appear there.
    label: Label,
    /// For the help; empty if it does not appear there.
    about: Cow<'static, str>,
    /// Its heading in the help; `None` for what belongs to the lab.
    group: Option<Group>,
    rank: u8,
    /// Its place in footer and help: the row of the table, or 0 and 1 for the lab's actions and
    /// controls.
    order: usize,
}

#[derive(Clone, Debug)]
pub enum Target {
    ProgramAction(ProgramAction),
    /// Moves the lab's control by `steps` of its list, and beyond its end to the beginning if
    /// `wrap`.
    Step {
        control: &'static dyn Control,
        steps: isize,
        wrap: bool,
    },
    Lab(ActionKind),
}

/// Ranks in the footer: of a lab's own actions, of its first controls, and of the others.
/// Between the ranks of the table: what a lab offers is more important than `theme`, and less
/// than `quit`.
const ACTION: u8 = 2;
const CONTROL: u8 = 3;
const FURTHER: u8 = 7;
/// Number of controls that have the rank [`CONTROL`].
const FIRST: usize = 3;

/// All that works right now, in the order of the footer. No key is in it twice. Made again for
/// each key and each frame: the table is small, and so it can never be out of date.
pub fn active_bindings(app: &App) -> Vec<ActiveBinding> {
    active_bindings_at(app, app.keyboard())
}

/// The same for a context that the keyboard may not be in: the help shows the keys of the view
/// below it.
pub fn active_bindings_at(app: &App, context: InputContext) -> Vec<ActiveBinding> {
    let table = |precedence: Option<Precedence>| {
        let rows = TABLE.iter().enumerate();
        rows.filter(move |(_, row)| {
            precedence.is_none_or(|precedence| row.precedence == precedence)
        })
        .filter(move |(_, row)| row.contexts.contains(&context) && (row.when)(app))
        .map(|(order, row)| ActiveBinding::of(row, order, app))
    };
    // Who comes first gets the key. A lab on the whole screen comes before the keys that it may
    // override; a menu, a prompt or a text has no keys of a lab.
    let wanted: Vec<ActiveBinding> = match context {
        // A lab's keys do nothing in a recording or in the past but to report that, so none of
        // the others has to give way.
        InputContext::Lab if app.replays() || app.looks_back() => {
            table(None).chain(lab(app)).collect()
        }
        InputContext::Lab => table(Some(Precedence::Reserved))
            .chain(table(Some(Precedence::Panel)))
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
            // Key by key: a binding that loses one of its keys keeps the others.
            binding.keys.retain(|key| taken.insert(*key));
            (!binding.keys.is_empty()).then_some(binding)
        })
        .collect();
    if app.replays() || app.looks_back() {
        for binding in active_bindings.iter_mut().filter(|binding| binding.group.is_none()) {
            binding.label = Label::default();
            binding.about = Cow::default();
        }
    }
    // The lab's own first, then the rows of the table. Stable, so actions stay before controls.
    active_bindings.sort_by_key(|binding| (binding.group.is_some(), binding.order));
    active_bindings
}

/// The bindings of the chosen lab: its current actions, then its controls. None if it is
/// closed.
fn lab(app: &App) -> impl Iterator<Item = ActiveBinding> {
    let slot = app.chosen();
    let actions = slot.map(LabSlot::actions).unwrap_or_default();
    let actions = actions.iter().cloned().map(|action| ActiveBinding {
        keys: vec![action.key.into()],
        about: if action.about.is_empty() {
            action.label.to_string().into()
        } else {
            action.about.into()
        },
        label: action.label,
        target: Target::Lab(action.kind),
        group: None,
        rank: ACTION,
        order: 0,
    });
    let controls = slot.map(LabSlot::controls).unwrap_or_default().iter().copied();
    let with_keys = controls.filter(|control| control.keys() != Keys::None);
    actions.chain(
        with_keys
            .enumerate()
            .flat_map(|(at, control)| steps(control, if at < FIRST { CONTROL } else { FURTHER })),
    )
}

/// The bindings of a control: none, one that goes round, or one for each direction.
fn steps(control: &'static dyn Control, rank: u8) -> Vec<ActiveBinding> {
    let binding = |keys: &[crate::lab::Key], label: &str, steps, wrap| ActiveBinding {
        keys: keys.iter().copied().map(Key::from).collect(),
        target: Target::Step { control, steps, wrap },
        label: label.into(),
        about: format!("{}: {}", control.label(), control.about()).into(),
        group: None,
        rank,
        order: 1,
    };
    match control.keys() {
        Keys::None => Vec::new(),
        Keys::Next(key) => vec![binding(&[key], control.label(), 1, true)],
        Keys::Steps { back, on } => {
            // Without a label: the footer shows both directions at the other binding.
            vec![binding(back, "", -1, false), binding(on, control.label(), 1, false)]
        }
    }
}

impl ActiveBinding {
    fn of(row: &Binding, order: usize, app: &App) -> Self {
        let mut keys = row.keys.to_vec();
        if row.action == ProgramAction::Screen {
            // A digit without a screen does nothing, so it is no key.
            keys.truncate(app.screens());
        }
        Self {
            keys,
            target: Target::ProgramAction(row.action),
            label: row.label.into(),
            about: row.about.into(),
            group: Some(row.group),
            rank: row.rank,
            order,
        }
    }
}

/// The keys at the bottom of the screen, each with its label. What has no label works, but is
/// only in the help. The drawing decides by rank which of them fit.
pub fn footer(active_bindings: &[ActiveBinding]) -> Vec<KeyHint> {
    let shown = active_bindings.iter().filter(|binding| !binding.label.is_empty());
    shown
        .filter_map(|binding| {
            let press = pressed(&binding.keys)?.to_string();
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

/// `S/s` for a control that goes both ways: the first key of each direction, that for more first,
/// as that is what a newcomer presses. Only arrows stand as they do on the keyboard.
fn both_ways(active_bindings: &[ActiveBinding], on: &ActiveBinding) -> Option<String> {
    let Target::Step { control, .. } = on.target else {
        return None;
    };
    let back = active_bindings.iter().find(|binding| {
        matches!(binding.target, Target::Step { control: other, steps: -1, .. } if other.key() == control.key())
    })?;
    let (back, on) = (back.keys.first()?, on.keys.first()?);
    Some(match on {
        Key::Char(_) => format!("{on}/{back}"),
        _ => format!("{back}/{on}"),
    })
}

/// All bindings with what they do, under headings, the lab's own first. What has no description
/// is a second key of something that is listed.
pub fn help(title: &str, active_bindings: &[ActiveBinding]) -> Vec<HelpGroup> {
    let group = |title: &str, wanted: Option<Group>| HelpGroup {
        title: title.to_owned(),
        keys: active_bindings
            .iter()
            .filter(|binding| binding.group == wanted && !binding.about.is_empty())
            // One line for both directions.
            .filter(|binding| !matches!(binding.target, Target::Step { steps: -1, .. }))
            .map(|binding| KeyHint {
                key: both_ways(active_bindings, binding).unwrap_or_else(|| in_words(&binding.keys)),
                label: binding.about.as_ref().into(),
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

/// The key that a click on a binding presses: of a pair the one that goes down, since what is
/// read or chosen from begins at its top.
fn pressed(keys: &[Key]) -> Option<Key> {
    match keys {
        [Key::Up, Key::Down] => Some(Key::Down),
        _ => keys.first().copied(),
    }
}

/// The key for the footer: the first one, or both of a pair that a keyboard has side by side.
fn on_footer(keys: &[Key]) -> String {
    match keys {
        [Key::Up, Key::Down, ..] => "up/down".to_owned(),
        _ => keys.first().map(Key::to_string).unwrap_or_default(),
    }
}

/// All keys of a binding in short: `1..8`, `up/down`, `q ctrl-c`.
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
