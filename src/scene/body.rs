//! The kinds of picture that a panel can hold, each as plain data.
//!
//! A kind says what is to be seen, not how: the drawing chooses glyphs, colours and what to
//! leave out where room is short. Texts are short labels unless said otherwise; empty means
//! none.

use super::activity::Activity;
use super::bars::Bars;
use super::boxes::Boxes;
use super::cards::Cards;
use super::code::Code;
use super::gantt::Gantt;
use super::grid::Grid;
use super::label::Label;
use super::overview::Overview;
use super::plot::Plot;
use super::pool::PoolPicture;
use super::schedule::Schedule;
use super::structure::Structure;
use super::text::{Line, Span, Tone};
use crate::printable::Printable;

/// What a panel shows. Each kind but lines and prose is drawn by a file of its own in the
/// UI. A kind is added only for what no other can show: each costs a drawing, a text form
/// and a test.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Lines as they are; what does not fit is cut at the right edge. A click on one may do
    /// something; see [`Panel::presses`](super::Panel::presses).
    Lines(Vec<Line>),
    /// Text that grows at its end: the last lines that fit are shown, broken where the panel ends.
    /// The first such panel of a scene is the output of the lab's terminal, if it has one.
    Tail(Vec<Line>),
    /// Prose in Markdown; wrapped to the width of the panel. Headings, lists, code and tables are
    /// understood.
    Prose(String),
    Boxes(Boxes),
    Grid(Grid),
    Bars(Bars),
    Lanes(LaneChart),
    Gantt(Gantt),
    Code(Code),
    Table(Table),
    Structure(Structure),
    Graph(Graph),
    Tree(Tree),
    Schedule(Schedule),
    Pool(PoolPicture),
    Cards(Cards),
    Overview(Overview),
    Log(Vec<LogLine>),
    Plot(Plot),
    Progress(Progress),
}

impl Body {
    /// Whether it has code with more than one listing, so that the key for the next listing does
    /// something.
    pub fn has_listings(&self) -> bool {
        match self {
            Self::Code(code) => code.listings.len() > 1,
            Self::Cards(cards) => cards.cards.iter().any(|card| card.listings.len() > 1),
            _ => false,
        }
    }
}

/// Who did what when: one row for each lane, the newest moment at the right. The drawing has fewer
/// columns than there are nanoseconds, so it chooses what a column shows.
///
/// ```text
///            from ─────────────────────────────── to
/// add-1      ░░░░░███████───────███████             holding lock
/// remove-1        ░░░░░░░███████───────             waiting for lock for 3 ms
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LaneChart {
    /// The interval of time shown, in nanoseconds since the run began; `from` included,
    /// `to` not.
    pub from: u64,
    pub to: u64,
    pub lanes: Vec<LaneRow>,
}

impl LaneChart {
    /// The place for a run's timeline in the scene of its lab: the run, which alone knows the
    /// lanes, puts them there.
    pub fn place() -> Self {
        Self { from: u64::MAX, to: 0, lanes: Vec::new() }
    }

    /// Whether this is such a place. No chart ends before it begins, so no real one is taken for
    /// it.
    pub fn is_place(&self) -> bool {
        self.from > self.to
    }

    /// Sorts the lanes by the numbers in their names, whichever started first: `w_2` before `w_10`.
    pub fn sort_by_number(&mut self) {
        self.lanes.sort_by_cached_key(|lane| (lane.name.len(), lane.name.clone()));
    }
}

/// One lane of a chart: its name, its state now, and what it did in the interval shown.
/// The state is that of now even if the interval ends earlier.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LaneRow {
    pub name: Printable,
    /// Its own colour, the same wherever it is shown.
    pub tone: Tone,
    /// What it does now, or how it ended, in words: "waiting for lock for 3.14 µs".
    pub state: Span,
    pub activity: Activity,
    /// Which lanes stay where not all have room; the order of the rows does not follow from it.
    pub rank: LaneRank,
    /// In the order of time, without overlap. Time without a segment is before the lane's
    /// start, after its end, or between two lives of it.
    pub segments: Vec<Segment>,
    pub marks: Vec<Mark>,
}

/// How much a lane matters where not all can be shown, the most first. Lanes of the same rank keep
/// their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LaneRank {
    #[default]
    Living,
    /// It has ended, and a finding is about it: so it is looked for.
    Named,
    Ended,
}

/// An interval of one activity, `from` included and `to` not, in nanoseconds since the run
/// began. Segments shorter than a column may be merged already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    pub from: u64,
    pub to: u64,
    pub activity: Activity,
}

/// A moment worth seeing: a round done, a failure, a death. It has no length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub at: u64,
    /// One column wide: `+`, `-`, `!`, `x`. Other characters are allowed and have no tone of their
    /// own; wide ones are cut.
    pub sign: char,
    pub tone: Tone,
}

/// Rows under a head. Each row has a cell for each word of the head; the columns are as wide as
/// they need to be.
///
/// ```text
/// waiter     holder      total      p50      head, figures_from: 2
/// add-1      add-2       12 ms     3 ms      rows
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub head: Vec<Label>,
    pub rows: Vec<Vec<Span>>,
    /// Columns from this one on are figures: set flush right, and shown whole or not at all,
    /// because a figure that is cut is a wrong one. At or beyond the number of columns there are
    /// none.
    pub figures_from: usize,
}

/// Who holds what and who waits for whom: the wait-for graph with its resources as nodes between
/// the lanes.
///
/// ```text
/// one ── WaitsFor ──▶ lock B ── HeldBy ──▶ two ── WaitsFor ──▶ lock A ── HeldBy ──▶ one    a cycle
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

/// A lane or a resource, by its name. Its position in the list is its number, by which edges name
/// it.
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

/// A line between two nodes; `from` and `to` are positions in [`Graph::nodes`]. Read from the
/// waiter to the resource, and from the resource to its holder.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    pub kind: EdgeKind,
    /// Part of a cycle of waits, and so of a deadlock. Named as such by the drawing, and drawn
    /// first.
    pub cycle: bool,
    /// How long a wait lasts ("12 ms"); empty for a hold.
    pub label: String,
}

/// Which way an edge is read, and so how it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeKind {
    /// From a resource to the lane that holds it: the lane can release it at any time.
    HeldBy,
    /// From a lane to the resource that it waits for: it goes on when that is released.
    WaitsFor,
}

/// A tree in the order in which it is read: a node, then its children, each with its depth.
///
/// ```text
/// depth 0   all
/// depth 1     a          on_path
/// depth 2       b        on_path, selected
/// depth 1     b          folded: it has children that are not listed
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    pub nodes: Vec<TreeNode>,
    /// The node under the cursor, by its position; the drawing scrolls so that it shows.
    pub selected: Option<usize>,
}

/// One node of a tree, in its line. Parents are not named: a node's parent is the nearest one
/// before it that is less deep.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TreeNode {
    pub depth: u16,
    pub text: Line,
    /// It has children that are not listed. The drawing marks it, so that a part is not taken for
    /// all.
    pub folded: bool,
    /// It lies on the path that is being followed: from the root to the state that is shown
    /// elsewhere.
    pub on_path: bool,
}

/// One sentence of the story: its subject is the lane, which is not repeated in the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogLine {
    /// Nanoseconds since the run began.
    pub at: u64,
    pub lane: Printable,
    /// The lane's own colour, for its name; `tone` is that of the sentence.
    pub own: Tone,
    pub text: Printable,
    pub tone: Tone,
}

/// How far a long work is. Without a total only what is done is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    pub done: u64,
    /// `None` while it is unknown: the drawing then shows no share, only what is done.
    pub of: Option<u64>,
    /// What is under way, and the estimate ("search: about 12 s left").
    pub label: String,
}
