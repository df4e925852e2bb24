//! Bars: values that can be compared at a glance, each perhaps cut into parts, with a value
//! that all are measured against and how far each of them is sure.
//!
//! ```text
//!             parts: ██ computing  ▓▓ waiting          rule: serial, 1x
//! serial        ██████████████████████│                  1.30 ms
//! 2 threads     ████████████▓▓▓▓▓▓├───┼──┤               1.31 ms  ± 0.2, median of 5
//! label         values            spread                 figure   note
//! ```

use super::activity::Activity;
use super::axis::{Scale, Tick};
use super::label::Label;
use super::text::{Span, Tone};

/// A bar chart. Each bar is made of the same parts, as the breakdown of a time is: the parts
/// are named once, in the legend.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars {
    pub parts: Vec<Part>,
    pub bars: Vec<Bar>,
    pub scale: Scale,
    /// What the bars are compared with (serial, 1x): a line through all of them, named in the
    /// legend.
    pub rule: Option<Tick>,
    /// Values along the bars. The scale reaches to the last of them at least, so that it does not
    /// change with every new figure. Empty for a chart without an axis.
    pub ticks: Vec<Tick>,
    /// What the whisker of a bar stands for, for the legend ("95 % interval"); empty if no bar has
    /// one.
    pub whisker: String,
    /// What all bars came to, at the right end of the legend; names of the legend go for it where
    /// there is no room for both.
    pub result: Label,
}

/// What a part of each bar stands for: an entry of the legend. The order is that of the parts in
/// each bar, from its beginning.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    pub name: String,
    pub tone: Tone,
}

/// One bar: a label, the lengths of its parts, the total as text, and a remark.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bar {
    pub label: Label,
    /// One for each of [`Bars::parts`], all in one unit, none negative. On a logarithmic scale
    /// their sum is drawn as one part: lengths would not add up.
    pub values: Vec<f64>,
    /// From where to where the total may lie, in the unit of the values, as a thin line over the
    /// end of the bar. `None` where only one sample was taken or the value is exact.
    pub spread: Option<(f64, f64)>,
    /// The tone of a bar of one part, in the place of that of the part: for families of bars.
    pub tone: Option<Tone>,
    /// Begins a group: a blank line is left before it where there is room. Groups have no other
    /// meaning.
    pub apart: bool,
    /// The total with its unit, as text ("1.3 ms"): written by the lab, since the drawing knows
    /// no units.
    pub figure: String,
    /// A remark at the right ("± 0.2, median of 5"). All remarks of a chart are shown, or none.
    pub note: Span,
    pub activity: Activity,
}
