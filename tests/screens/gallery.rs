//! Each kind of picture by itself, where there is room and where there is not: with unlike
//! figures in every place, so that none can stand for another.

use std::fmt::Write as _;

use threadbare::scene::{
    Activity, Body, Cell, Code, CodeLine, Edge, EdgeKind, Graph, Grid, Height, Label, LaneChart,
    LaneRow, Language, Listing, LogLine, Mark, Node, NodeKind, Pane, Panel, Place, Scene, Screen,
    Segment, Span, Structure, Tone, Tree, TreeNode, View, WaitingLine,
};
use threadbare::ui;

use super::{dark, fixtures, text};

/// A picture alone on screens of these sizes; what frames each screen is left out.
pub(crate) fn gallery(body: &Body, sizes: &[(u16, u16)]) -> String {
    let mut out = String::new();
    for &(width, height) in sizes {
        let mut scene = Scene::new("");
        let asked = match height {
            1 => Height::Lines(1),
            _ => Height::Fill { min: 1, weight: 1 },
        };
        scene.row(asked, vec![Panel::bare(body.clone())]);
        let screen =
            Screen { view: View::Single(Pane { scene, ..Pane::default() }), ..Screen::default() };
        // Header, rule and footer; from seven lines on, a notice and a line for findings, too. Five
        // lines are the least.
        let lines = height.max(2) + if height < 3 { 3 } else { 5 };
        let buf = ui::to_buffer(&screen, &dark(), width + 2, lines);
        let picture = text(&buf);
        let lines: Vec<_> = picture.lines().skip(2).take(height.into()).collect();
        let _ = writeln!(out, "{width}x{height}\n{}", lines.join("\n"));
    }
    out
}

const KINDS: [Activity; 10] = Activity::ALL;

fn cell(name: &str, activity: Activity, text: &str) -> Cell {
    Cell { name: name.to_owned(), activity, text: text.to_owned(), ..Cell::default() }
}

#[test]
fn workers() {
    let cells = (1..).zip(KINDS).map(|(n, kind)| {
        let text = if n % 3 == 0 { "" } else { "7!" };
        let text = if n == 4 { kind.word() } else { text };
        cell(&format!("w{n}"), kind, text)
    });
    let few = Body::Grid(Grid { cells: cells.collect(), ..Grid::default() });
    let sizes = [(94, 4), (60, 3), (44, 5), (44, 3), (30, 2), (30, 1), (20, 12)];
    insta::assert_snapshot!("gallery_grid", gallery(&few, &sizes));
    let many = Body::Grid(fixtures::bodies::many(347));
    insta::assert_snapshot!(
        "gallery_grid_many",
        gallery(&many, &[(94, 10), (64, 8), (40, 4), (30, 2)])
    );
    let none = gallery(&Body::Grid(Grid::default()), &[(20, 2)]);
    assert_eq!(none, "20x2\n none\n\n");
}

#[test]
fn structure() {
    let place = |name: &str, content: &str| Place {
        name: name.to_owned(),
        content: content.to_owned(),
        tone: Tone::Good,
    };
    let line = |name: &str, waiting: &[&str]| WaitingLine {
        name: name.to_owned(),
        waiting: waiting.iter().map(|name| (*name).to_owned()).collect(),
    };
    let structure = Structure {
        places: vec![place("seat 1", "guest-1"), place("seat 2", "")],
        lines: vec![line("waiting", &["guest-3", "guest-4"]), line("room", &[])],
        remarks: vec![("guest-3 waits for ever", Tone::Broken).into()],
        figures: vec![("visits".to_owned(), "12".to_owned())],
        order: ["guest-1", "guest-2 x2", "guest-1"].map(str::to_owned).into(),
    };
    let sizes = [(70, 12), (40, 7), (30, 6), (24, 3), (12, 2)];
    insta::assert_snapshot!("gallery_structure", gallery(&Body::Structure(structure), &sizes));
}

#[test]
fn code() {
    let at = |names: &[(&str, Tone)]| names.iter().map(|(n, tone)| Span::new(*n, *tone)).collect();
    let line = |text: &str, names: &[(&str, Tone)]| CodeLine {
        text: text.into(),
        at: at(names),
        skipped: text.contains("guard"),
    };
    let listing = Listing::new(
        Language::Rust,
        vec![
            line("// one after the other", &[]),
            line("let guard = lock.lock();", &[]),
            line("let length = list.len();", &[("add-1", Tone::Active)]),
            line("list.slots[length] = value;", &[]),
            line("list.len = length + 1;", &[]),
            line("drop(guard);", &[("remove-1", Tone::Waiting), ("add-2", Tone::Dim)]),
            line("  # and again", &[]),
            line("work(pause);", &[]),
            line("end();", &[]),
            line("}", &[]),
        ],
    );
    let code = Code::new(vec![listing.note(Label::new("the note below the code").or("note"))]);
    let sizes = [(80, 10), (80, 4), (40, 7), (24, 3), (24, 1)];
    insta::assert_snapshot!("gallery_code", gallery(&Body::Code(code), &sizes));
}

#[test]
fn lanes() {
    const MS: u64 = 1_000_000;
    let mut at = 500 * MS;
    let segments = (2..).zip(KINDS).map(|(length, activity)| {
        let from = at;
        at += length * 25 * MS;
        Segment { from, to: at, activity }
    });
    let segments: Vec<_> = segments.collect();
    let mark = |ms: u64, sign| Mark { at: ms * MS, sign, tone: Tone::Good };
    let lane = |name: &str, activity, state: &str, segments: Vec<Segment>, marks| LaneRow {
        name: name.into(),
        state: Span::new(state, Tone::Dim),
        activity,
        segments,
        marks,
        ..LaneRow::default()
    };
    let part = |from: u64, to: u64, activity| Segment { from: from * MS, to: to * MS, activity };
    let chart = LaneChart {
        from: 500 * MS,
        to: 2_125 * MS,
        lanes: vec![
            lane(
                "all kinds",
                Activity::Holding,
                "holding L",
                segments,
                vec![mark(560, '<'), mark(1_300, '+'), mark(2_125, '>'), mark(2_185, 'E')],
            ),
            lane(
                "short bursts",
                Activity::Idle,
                "",
                (0..20).map(|i| part(510 + i * 80, 511 + i * 80, Activity::Running)).collect(),
                vec![mark(499, 'E')],
            ),
            lane(
                "outside",
                Activity::Dead,
                "was killed by SIGKILL",
                vec![part(100, 700, Activity::Waiting), part(2_000, 9_000, Activity::Holding)],
                vec![],
            ),
            lane(
                "halves",
                Activity::Running,
                "running",
                (0..60)
                    .map(|i| {
                        part(
                            500 + i * 27,
                            527 + i * 27,
                            if i % 3 == 0 { Activity::Holding } else { Activity::Running },
                        )
                    })
                    .collect(),
                vec![],
            ),
        ],
    };
    let sizes = [(100, 7), (60, 6), (39, 5), (60, 3), (50, 2), (30, 1)];
    insta::assert_snapshot!("gallery_lanes", gallery(&Body::Lanes(chart), &sizes));
    let none = gallery(&Body::Lanes(LaneChart::default()), &[(30, 2)]);
    assert_eq!(none, "30x2\n no lanes yet\n\n");
}

#[test]
fn graphs() {
    let node = |name: &str, kind| Node { name: name.to_owned(), kind };
    let edge = |from, to, kind, label: &str| Edge {
        from,
        to,
        kind,
        cycle: false,
        label: label.to_owned(),
    };
    let graph = Graph {
        nodes: vec![
            node("w1", NodeKind::Lane),
            node("permits", NodeKind::Resource),
            node("w2", NodeKind::Lane),
            node("w3", NodeKind::Lane),
            node("event", NodeKind::Resource),
            node("idle lock", NodeKind::Resource),
            node("w4", NodeKind::Lane),
        ],
        edges: vec![
            edge(1, 0, EdgeKind::HeldBy, ""),
            edge(1, 2, EdgeKind::HeldBy, ""),
            edge(3, 1, EdgeKind::WaitsFor, "12 ms"),
            edge(6, 4, EdgeKind::WaitsFor, "7 s"),
            edge(5, 3, EdgeKind::HeldBy, ""),
        ],
    };
    insta::assert_snapshot!(
        "gallery_graph",
        gallery(&Body::Graph(graph), &[(70, 4), (70, 2), (30, 5), (24, 3)])
    );
    let none = gallery(&Body::Graph(Graph::default()), &[(30, 1)]);
    assert_eq!(none, "30x1\n nothing is held or waited for\n");
}

#[test]
fn trees() {
    let nodes = (0..20u16).map(|n| TreeNode {
        depth: [0, 1, 2, 2, 1, 2, 3, 3, 2, 1][usize::from(n % 10)],
        text: format!("step {n}").as_str().into(),
        folded: n % 4 == 3,
        on_path: n % 5 == 0,
    });
    let mut tree = Tree { nodes: nodes.collect(), selected: Some(12) };
    let chosen = gallery(&Body::Tree(tree.clone()), &[(40, 20), (40, 7), (24, 2)]);
    tree.selected = None;
    let unchosen = gallery(&Body::Tree(tree), &[(40, 7)]);
    insta::assert_snapshot!("gallery_tree", chosen + &unchosen);
}

#[test]
fn stories() {
    let told = |at: u64, lane: &str, text: &str| LogLine {
        at,
        lane: lane.into(),
        text: text.into(),
        ..LogLine::default()
    };
    let lines = vec![
        told(1_500, "first", "is not shown where there are four lines"),
        told(999_999, "add-1", "appended 64"),
        told(2_000_001, "", "The list is full, so nothing can be added to it"),
        told(31_999_999, "a lane with a long name", "removed 7"),
        told(32_123_456, "add-1", "appended 16"),
    ];
    insta::assert_snapshot!(
        "gallery_log",
        gallery(&Body::Log(lines), &[(80, 6), (50, 4), (39, 3), (24, 1)])
    );
    let none = gallery(&Body::Log(Vec::new()), &[(30, 1)]);
    assert_eq!(none, "30x1\n no events yet\n");
}
