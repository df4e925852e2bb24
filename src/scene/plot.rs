//! A plot: curves over an axis, each perhaps with the interval within which it is sure.
//!
//! ```text
//!  2 ms ┤          ⠤⠒⠉ serial           y axis with a tick; a curve and its name
//!       │   ░░⠤⠒⠉░░                     the interval of the points
//!  1 ms ┤⠤⠒⠉     ┊                      a mark at one place
//!       └──┬─────┼────┬──
//!          10   20   30                 x axis
//! ```

use super::axis::Axis;
use super::text::Tone;

/// Curves in one system of axes. A curve has its name at its right end, and `marks` say what
/// happens along the horizontal axis. Later curves lie over earlier ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plot {
    pub x: Axis,
    pub y: Axis,
    pub curves: Vec<Curve>,
    pub marks: Vec<PlotMark>,
}

/// Points joined by straight lines, in the order of their `x`. A point that cannot be drawn is
/// passed by: its neighbours are joined instead.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// Stands at its right end ("serial", "230 of 1,000"); empty for none.
    pub name: String,
    pub tone: Tone,
    pub points: Vec<Point>,
}

/// One value of a curve, and the interval from `low` to `high` that it may lie in: equal to
/// `y` where there is none. A point outside of the axes is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
    pub low: f64,
    pub high: f64,
}

/// A place on the horizontal axis: a line, or two of them with what is between if `from` and `to`
/// differ. In the unit of the axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlotMark {
    pub from: f64,
    pub to: f64,
    pub text: String,
    pub tone: Tone,
}

impl Point {
    /// A point without an interval: it is sure, or how sure is not known.
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y, low: y, high: y }
    }

    /// The same with the interval that it may lie in, from `low` to `high`.
    #[must_use]
    pub fn within(self, low: f64, high: f64) -> Self {
        Self { low, high, ..self }
    }
}
