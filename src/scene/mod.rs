//! What is on screen, as plain data in the screen's own words.
//!
//! A lab answers with a [`Scene`]: rows of panels with semantic tones, and findings in
//! plain sentences. The terminal, the text report, the pictures and the tests are
//! consumers of the same scene, so none of them can know a lab, and a lab cannot know how
//! it is drawn.
//!
//! ```text
//! Scene ── title, badges
//!   ├── Row (height)
//!   │     └── Panel (title, note, weight) ── Body: Lines, Grid, Bars, Lanes, Code, ...
//!   └── Finding (weight, sentence)
//! Screen ── tabs, badges, guide, View: Pane(s) of scenes, notice, playhead, footer, overlay
//! ```
//!
//! The kinds of bodies, about as a terminal shows them:
//!
//! ```text
//! Boxes     │64│ 7│16│ 8│  length 4
//! Grid      w1 ► 7!      w2 · idle    w3 ✗ 8!
//! Bars      2 processes  ████████▓▒· 1.30 ms  ± 0.2
//! Lanes     add-1        ▄▄▄████▒▒▒▒····▄▄▄▄████    + -
//! Gantt     w1  ▐7!░░░░░▐9!░░░░░
//! Code      2 ► let guard = lock.lock();     ◀ add-1
//! Structure ┏━ seat 1 ━┓ ┌─ seat 2 ─┐  waiting ◀ guest-3
//! Graph     add-1 ◀─holds─ lock ◀─waits─ remove-1 (12 ms)
//! Tree      ├─ step 1
//!           │  └─ step 2 …
//! Schedule    1  load count -> 0       │
//!             2  │                     load count -> 0
//! Log       12.103 s  remove-1  removed 8, list is now empty
//! Plot      2 ms ┤⠤⠤⠒⠒⠉⠉ serial
//! ```
//!
//! Must not know: threads, channels, clocks, any terminal library, any other layer than
//! the printable text that it is made of. A screen that equals the one that is shown is
//! not drawn again: everything that could make a difference must be in here.

mod activity;
mod axis;
mod bars;
mod body;
mod boxes;
mod cards;
mod code;
mod gantt;
mod grid;
mod guide;
mod label;
mod overview;
mod plot;
mod pool;
mod press;
mod schedule;
mod screen;
mod structure;
mod text;
pub mod units;
#[cfg(test)]
mod written;

use crate::printable::Printable;

pub use activity::Activity;
pub use axis::{Axis, Scale, Tick};
pub use bars::{Bar, Bars, Part};
pub use body::{
    Body, Edge, EdgeKind, Graph, LaneChart, LaneRank, LaneRow, LogLine, Mark, Node, NodeKind,
    Progress, Segment, Table, Tree, TreeNode,
};
pub use boxes::{Arrow, Boxes, Figure, Slot, SlotMark};
pub use cards::{Card, CardPart, Cards};
pub use code::{Code, CodeLine, Language, Listing};
pub use gantt::{Gantt, GanttRow, GanttTask};
pub use grid::{Cell, Grid, GridStyle};
pub use guide::{Guide, GuideHint};
pub use label::{Label, abbreviated};
pub use overview::{Overview, OverviewItem};
pub use plot::{Curve, Plot, PlotMark, Point};
pub use pool::{Fate, PoolPicture, PoolTask, PoolWorker};
pub use press::Press;
pub use schedule::{Schedule, ScheduleRow, ScheduleThread};
pub use screen::{
    Badge, HelpGroup, KeyHint, Menu, Notice, Overlay, Pane, PlayheadBar, Screen, Tab, View,
};
pub use structure::{Place, Structure, WaitingLine};
pub use text::{
    Finding, Line, NotRun, Span, Tone, Weight, WeightedText, capitalised, line, literal,
};
#[cfg(test)]
pub(crate) use written::written;

/// One lab's picture, compact for a dashboard pane or full for a screen of its own. Made from
/// the lab's state for each frame; nothing is kept from one to the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Short: it is in a frame's top border.
    pub title: Label,
    /// Settings in force now ("8 workers", "lock ON"), right in the top border. The most
    /// important is last, at the corner: where the border is narrow, the first are
    /// dropped first.
    pub badges: Vec<Span>,
    /// From top to bottom. On a low screen rows are scrolled, or at a dashboard cut at
    /// the end: the most important comes first.
    pub rows: Vec<Row>,
    /// What it means, in plain sentences; the most important first. The drawing shows as
    /// many as have room, and the number of the others.
    pub findings: Vec<Finding>,
    /// A timing is being measured: the screen is then drawn rarely, because drawing takes
    /// time from what is measured, and a badge shows it.
    pub calm: bool,
}

/// Panels beside each other, of one height. Their widths follow from their weights; where it is too
/// narrow for all of them, the drawing puts them below each other.
///
/// ```text
/// weights 3 and 1, 80 columns    │ panel, 60 columns          │ panel, 20 │
/// the same on 40 columns         │ panel, 40 columns          │
///                                │ the other, below it        │
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub height: Height,
    /// Where all of its panels fit beside those of the row before, the two are one row, as high
    /// as the higher one. If its own then fit below each other, they are one column.
    pub joins: bool,
    /// The title of a panel that it stands for: it is shown only where that panel is further down
    /// than the pane reaches.
    pub stands_for: Option<&'static str>,
    pub panels: Vec<Panel>,
}

impl Row {
    pub fn new(height: Height, panels: Vec<Panel>) -> Self {
        Self { height, joins: false, stands_for: None, panels }
    }
}

/// How much of the height a row asks for. Borders come on top of that. What is asked for
/// and what is given may differ: a scene does not know the size of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Height {
    /// Exactly this many lines of content, without the frame: for what has a known size, such as
    /// one line of text or a list with a fixed number of rows.
    Lines(u16),
    /// At least `min` lines of content, and a share of the lines that are left, by `weight`.
    Fill { min: u16, weight: u16 },
    /// As many lines as the content asks for at the width that it gets: for prose, whose height
    /// follows from the width.
    Content,
}

/// One part of a scene. Without a title it has no frame, and then no place for a note.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    pub title: Label,
    /// A remark in the frame's top border, at the right; empty for none. The tabs of a code panel
    /// take its place.
    pub note: Label,
    /// Share of the row's width relative to its neighbours; 0 gives it no room at all.
    pub weight: u16,
    /// Columns below which it is not put beside others but below them; 0 for those that any
    /// picture needs.
    pub at_least: u16,
    pub body: Body,
    /// What a click on each row of a table, node of a tree or line does, by its position; what
    /// has none here does nothing.
    pub presses: Vec<Press>,
}

impl Scene {
    /// A scene with a title and nothing else; the methods below fill it from top to bottom.
    pub fn new(title: impl Into<Label>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Adds a row of `panels` below those before. It asks for `height` and gets less where room
    /// is short.
    pub fn row(&mut self, height: Height, panels: Vec<Panel>) -> &mut Self {
        self.rows.push(Row::new(height, panels));
        self
    }

    /// Adds a row that joins the one before it where it is wide enough for both: beside it, or, if
    /// its panels together are about as high as that, as one column. Elsewhere it is a row of its
    /// own, with its own height.
    pub fn joining_row(&mut self, height: Height, panels: Vec<Panel>) -> &mut Self {
        self.rows.push(Row { joins: true, ..Row::new(height, panels) });
        self
    }

    /// Adds a row without a frame, as high as these lines.
    pub fn lines(&mut self, lines: Vec<Line>) -> &mut Self {
        let height = Height::Lines(line_count(lines.len()));
        self.row(height, vec![Panel::bare(Body::Lines(lines))])
    }

    /// Adds a line that says in short what the panel of this title further down shows, for where
    /// that is out of view.
    pub fn stand_in(&mut self, panel: &'static str, short: Line) -> &mut Self {
        self.lines(vec![short]);
        if let Some(row) = self.rows.last_mut() {
            row.stands_for = Some(panel);
        }
        self
    }

    /// Adds a badge to the right of those before: the last one is dropped last, so the most
    /// important comes last.
    pub fn badge(&mut self, text: impl Into<Printable>, tone: Tone) -> &mut Self {
        self.badges.push(Span::new(text, tone));
        self
    }

    /// The panels that can have the keyboard: those in a frame. Their numbers are their positions
    /// here, from 0, and the findings come after them.
    pub fn titled(&self) -> impl Iterator<Item = &Panel> {
        let panels = self.rows.iter().flat_map(|row| &row.panels);
        panels.filter(|panel| !panel.title.is_empty())
    }

    /// Adds a finding below those before; the first one is shown first where room is short.
    pub fn finding(&mut self, weight: Weight, text: impl AsRef<str>) -> &mut Self {
        self.findings.push((weight, text).into());
        self
    }
}

/// A number of things that take a line each, as a height. More than any terminal has are cut
/// anyway, so a number beyond the type's limit becomes that limit.
pub fn line_count(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

impl Height {
    /// What a row asks for whose panels ask for one of these each. It grows if one of them does.
    #[must_use]
    pub fn or_higher(self, other: Self) -> Self {
        match (self, other) {
            (Self::Lines(a), Self::Lines(b)) => Self::Lines(a.max(b)),
            (Self::Fill { min, weight }, Self::Lines(lines))
            | (Self::Lines(lines), Self::Fill { min, weight }) => {
                Self::Fill { min: min.max(lines), weight }
            }
            (Self::Content, other) | (other, Self::Content) => other,
            (Self::Fill { min: a, weight: x }, Self::Fill { min: b, weight: y }) => {
                Self::Fill { min: a.max(b), weight: x.max(y) }
            }
        }
    }
}

impl Panel {
    /// A panel in a frame, with the weight 1 and no note; the methods below change that.
    pub fn titled(title: impl Into<Label>, body: Body) -> Self {
        let (title, note) = (title.into(), Label::default());
        Self { title, note, weight: 1, at_least: 0, body, presses: Vec::new() }
    }

    /// A panel without a frame: for lines that need no heading. It cannot have the keyboard.
    pub fn bare(body: Body) -> Self {
        Self::titled("", body)
    }

    /// Sets the remark in the top border, at the right. It is left out where the title needs the
    /// room.
    #[must_use]
    pub fn note(mut self, note: impl Into<Label>) -> Self {
        self.note = note.into();
        self
    }

    /// Sets what clicks on its rows do, one for each row, from the first on.
    #[must_use]
    pub fn presses(mut self, presses: impl IntoIterator<Item = Press>) -> Self {
        self.presses = presses.into_iter().collect();
        self
    }

    /// Sets the share of the row's width; 1 without it. Only the proportion to its neighbours
    /// counts.
    #[must_use]
    pub fn weight(mut self, weight: u16) -> Self {
        self.weight = weight;
        self
    }

    /// Sets the width without which it has a line of its own; 0 without it.
    #[must_use]
    pub fn at_least(mut self, columns: u16) -> Self {
        self.at_least = columns;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_keeps_what_is_added_in_its_order() {
        let mut scene = Scene::new("title");
        scene.lines(vec!["one".into(), "two".into()]);
        let fill = Height::Fill { min: 4, weight: 3 };
        let log = Panel::titled("Story", Body::Log(Vec::new()));
        scene.row(fill, vec![log.clone().note("late").weight(5), log]);
        scene.badge("first", Tone::Good).badge("last", Tone::Dim);
        scene.finding(Weight::Caution, "so").finding(Weight::Fine, "so what");
        let rows: Vec<_> = scene.rows.iter().map(|row| row.height).collect();
        assert_eq!((scene.title.as_str(), rows), ("title", vec![Height::Lines(2), fill]));
        let panels: Vec<_> = scene.rows.iter().flat_map(|row| &row.panels).collect();
        let looks = panels.iter();
        let looks: Vec<_> = looks.map(|p| (p.title.as_str(), p.note.as_str(), p.weight)).collect();
        assert_eq!(looks, [("", "", 1), ("Story", "late", 5), ("Story", "", 1)]);
        assert_eq!(panels[0].body, Body::Lines(vec!["one".into(), "two".into()]));
        assert_eq!(scene.badges, [Span::new("first", Tone::Good), Span::new("last", Tone::Dim)]);
        let findings = scene.findings.iter();
        let findings: Vec<_> = findings.map(|f| (f.weight, f.text.as_str())).collect();
        assert_eq!(findings, [(Weight::Caution, "so"), (Weight::Fine, "so what")]);
        assert!(!scene.calm);
    }
}
