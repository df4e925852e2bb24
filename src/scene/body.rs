//! The kinds of picture that a panel can hold.

use super::text::{Line, Span, Tone};
use crate::printable::Printable;

/// What a panel shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Lines as they are; cut at the right edge.
    Lines(Vec<Line>),
    /// Prose in Markdown; wrapped.
    Prose(String),
    Boxes(Boxes),
    Grid(Grid),
    Bars(Bars),
    Lanes(LaneChart),
    Code(Code),
    Table(Table),
    Graph(Graph),
    Tree(Tree),
    Log(Vec<LogLine>),
    Trend(Trend),
    Progress(Progress),
}

/// What a lane is doing. Each has a glyph and a word of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Activity {
    #[default]
    Idle,
    Running,
    /// In the critical section, or holding something.
    Holding,
    Waiting,
    Sleeping,
    /// Paused before its next step, by the user or a search.
    Paused,
    Finished,
    Failed,
    Cancelled,
    /// A thread or process that is no more, not by its own will.
    Dead,
}

impl Activity {
    pub const ALL: [Self; 10] = [
        Self::Idle,
        Self::Running,
        Self::Holding,
        Self::Waiting,
        Self::Sleeping,
        Self::Paused,
        Self::Finished,
        Self::Failed,
        Self::Cancelled,
        Self::Dead,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running => "running",
            Self::Holding => "holding",
            Self::Waiting => "waiting",
            Self::Sleeping => "sleeping",
            Self::Paused => "paused",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Dead => "dead",
        }
    }

    pub fn tone(self) -> Tone {
        match self {
            Self::Idle | Self::Sleeping | Self::Cancelled => Tone::Dim,
            Self::Running => Tone::Active,
            Self::Waiting => Tone::Waiting,
            Self::Paused => Tone::Accent,
            Self::Holding | Self::Finished => Tone::Good,
            Self::Failed | Self::Dead => Tone::Broken,
        }
    }
}

/// Slots of memory side by side, drawn as boxes: `│64│ 7│`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Boxes {
    pub slots: Vec<Slot>,
    /// Stands right of the boxes ("length 4").
    pub caption: String,
    /// How many more slots there are than are listed.
    pub more: usize,
}

/// One box.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slot {
    pub text: String,
    pub tone: Tone,
    /// Stands under the box if there is room ("front", "add-1").
    pub label: String,
}

/// Many of a kind, each with its state: workers of a pool.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    pub cells: Vec<Cell>,
}

/// One of a grid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    pub name: String,
    pub activity: Activity,
    /// What it works at ("7!", "pid 4711 9²"); may be empty.
    pub text: String,
}

/// A bar chart, each bar made of parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars {
    pub parts: Vec<Part>,
    pub bars: Vec<Bar>,
    pub scale: Scale,
}

/// What a part of each bar stands for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    pub name: String,
    pub tone: Tone,
}

/// How lengths follow from values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    #[default]
    Linear,
    /// Parts are not drawn apart on a logarithmic scale.
    Log,
}

/// One bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bar {
    pub label: String,
    /// In the order of [`Bars::parts`], all in one unit, none negative.
    pub values: Vec<f64>,
    /// The total with its unit, as text ("1.3 ms").
    pub figure: String,
    /// A remark at the right ("± 0.2, median of 5").
    pub note: Span,
    pub activity: Activity,
}

/// Who did what when: one row per lane, the newest at the right.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LaneChart {
    /// The interval of time shown, in nanoseconds since the run began.
    pub from: u64,
    pub to: u64,
    pub lanes: Vec<LaneRow>,
}

/// One lane of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LaneRow {
    pub name: String,
    /// What it does now, or how it ended, in words.
    pub state: Span,
    pub activity: Activity,
    pub segments: Vec<Segment>,
    pub marks: Vec<Mark>,
}

/// An interval of one activity, `from` included and `to` not, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    pub from: u64,
    pub to: u64,
    pub activity: Activity,
}

/// A moment worth seeing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub at: u64,
    /// One column: `+`, `-`, `x`.
    pub sign: char,
    pub tone: Tone,
}

/// The few lines that the threads execute, perhaps in several languages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Code {
    pub language: String,
    pub lines: Vec<CodeLine>,
}

/// A line of code, and who is at it now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CodeLine {
    pub text: String,
    pub at: Vec<Span>,
}

/// Rows under a head; the columns are as wide as they need to be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub head: Vec<String>,
    pub rows: Vec<Vec<Span>>,
    /// Columns from this one on are figures, set flush right.
    pub figures_from: usize,
}

/// Who holds what, who waits for whom.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

/// A lane or a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub name: String,
    pub kind: NodeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    Lane,
    Resource,
}

/// `from` and `to` are positions in [`Graph::nodes`].
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    pub kind: EdgeKind,
    /// Part of a cycle: a deadlock.
    pub cycle: bool,
    pub label: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeKind {
    /// A resource is held by a lane.
    HeldBy,
    /// A lane waits for a resource.
    WaitsFor,
}

/// A tree in the order in which it is read, each node with its depth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    pub nodes: Vec<TreeNode>,
    /// The node under the cursor.
    pub selected: Option<usize>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TreeNode {
    pub depth: u16,
    pub text: Line,
    /// Children that are not listed.
    pub folded: bool,
    pub on_path: bool,
}

/// One sentence of the story.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogLine {
    /// Nanoseconds since the run began.
    pub at: u64,
    pub lane: Printable,
    pub text: Printable,
    pub tone: Tone,
}

/// A figure over time, the newest last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trend {
    pub values: Vec<f64>,
    /// Stands beside it ("2.4 million/s").
    pub figure: String,
}

/// How far a long work is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    pub done: u64,
    /// `None` while it is unknown.
    pub of: Option<u64>,
    /// What is under way, and the estimate ("search: about 12 s left").
    pub label: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_activity_has_its_word_and_its_tone() {
        let all = Activity::ALL.map(|activity| (activity.word(), activity.tone()));
        assert_eq!(
            all,
            [
                ("idle", Tone::Dim),
                ("running", Tone::Active),
                ("holding", Tone::Good),
                ("waiting", Tone::Waiting),
                ("sleeping", Tone::Dim),
                ("paused", Tone::Accent),
                ("finished", Tone::Good),
                ("failed", Tone::Broken),
                ("cancelled", Tone::Dim),
                ("dead", Tone::Broken),
            ]
        );
    }
}
