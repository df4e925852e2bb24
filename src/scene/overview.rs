//! Things in groups, each with a sign of how far it is.

use super::text::Tone;

/// A map of what there is: a line for each group, in it a place for each thing. Where there is
/// room the things have their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    pub groups: Vec<(String, Vec<OverviewItem>)>,
}

/// One item of the map: an exercise or a screen, with a sign of how far it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OverviewItem {
    /// As wide as those of all others.
    pub sign: String,
    pub name: String,
    pub tone: Tone,
    /// The one that the rest of the screen is about: it stands in brackets.
    pub is_here: bool,
}
