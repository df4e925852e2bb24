//! Made-up screens: what a full picture of each kind looks like.

use threadbare::scene::{
    Activity, Badge, Bar, Bars, Body, Boxes, Cell, Code, CodeLine, Edge, EdgeKind, Graph, Grid,
    Height, HelpGroup, KeyHint, LaneChart, LaneRow, LogLine, Mark, Menu, Node, NodeKind, Notice,
    Overlay, Pane, Panel, Part, Progress, Scale, Scene, Screen, Segment, Slot, Span, Tab, Table,
    Tone, Tree, TreeNode, Trend, View, Weight, line,
};

const TABS: [&str; 8] = [
    "Dashboard",
    "List",
    "Factorial",
    "Pool",
    "Worlds",
    "Sync",
    "Failures",
    "Steps",
];

pub(crate) fn all() -> Vec<Screen> {
    vec![
        dashboard(),
        lab(),
        others(),
        help(),
        lesson(),
        menu(),
        prompt(),
    ]
}

pub(crate) fn dashboard() -> Screen {
    let panes = [list(), factorial(), processes()];
    let view = View::Dashboard(
        panes
            .into_iter()
            .enumerate()
            .map(|(i, scene)| Pane {
                scene,
                focused: i == 0,
                scroll: 0,
            })
            .collect(),
    );
    around(view, 0)
}

/// One lab with its own picture and what every lab's screen ends with.
pub(crate) fn lab() -> Screen {
    let mut scene = list();
    scene.row(
        Height::Fill { min: 4, weight: 1 },
        vec![
            Panel::titled("What the threads execute", Body::Code(code())).weight(3),
            Panel::titled("Loss rate", Body::Trend(trend())).weight(2),
        ],
    );
    scene.row(
        Height::Fill { min: 3, weight: 1 },
        vec![Panel::titled("Lanes", Body::Lanes(lanes())).note("newest at the right")],
    );
    scene.row(
        Height::Fill { min: 3, weight: 1 },
        vec![
            Panel::titled("Story", Body::Log(story())).weight(3),
            Panel::titled("Who holds, who waits", Body::Graph(waits())).weight(2),
            Panel::titled("Blame", Body::Table(blame())).weight(2),
        ],
    );
    around(
        View::Single(Pane {
            scene,
            focused: true,
            scroll: 0,
        }),
        1,
    )
}

/// The kinds of picture that the labs above do not use.
pub(crate) fn others() -> Screen {
    let mut scene = Scene::new("Other pictures");
    scene.badge("search: sleep sets", Tone::Accent);
    scene.row(
        Height::Lines(1),
        vec![Panel::bare(Body::Progress(Progress {
            done: 421_337,
            of: Some(2_704_156),
            label: "search: about 12 s left".to_owned(),
        }))],
    );
    scene.row(
        Height::Fill { min: 6, weight: 1 },
        vec![
            Panel::titled("Workers", Body::Grid(many(96))).note("96 processes"),
            Panel::titled("Schedules", Body::Tree(tree())),
        ],
    );
    scene.row(
        Height::Fill { min: 4, weight: 1 },
        vec![
            Panel::titled("Locks, ns per operation", Body::Bars(log_bars())),
            Panel::titled("Deadlock", Body::Graph(deadlock())),
        ],
    );
    scene.row(Height::Lines(4), vec![
        Panel::titled("Prose", Body::Prose("A lock makes two threads **take turns**. Each `append` is then whole: nobody sees it half done.".to_owned())),
        Panel::titled("Memory", Body::Boxes(labelled())),
    ]);
    scene.finding(Weight::Caution, "3 of 924 interleavings lose an update.");
    scene.finding(
        Weight::Broken,
        "add-1 and remove-1 wait for each other: nobody will ever go on.",
    );
    around(
        View::Single(Pane {
            scene,
            focused: true,
            scroll: 0,
        }),
        7,
    )
}

pub(crate) fn help() -> Screen {
    let group = |title: &str, keys: &[(&str, &str)]| HelpGroup {
        title: title.to_owned(),
        keys: keys
            .iter()
            .map(|(key, label)| hint(key, label, 1))
            .collect(),
    };
    Screen {
        overlay: Some(Overlay::Help {
            groups: vec![
                group(
                    "Everywhere",
                    &[
                        ("1..8", "screen"),
                        ("tab", "next pane"),
                        ("enter", "expand"),
                        ("esc", "back"),
                        ("space", "freeze the picture; the run goes on"),
                        ("t", "next theme"),
                        ("?", "this help"),
                        ("q", "quit"),
                    ],
                ),
                group(
                    "Time",
                    &[
                        (",", "scroll back"),
                        ("home", "oldest"),
                        ("end", "live"),
                        ("/", "filter story and lanes"),
                    ],
                ),
                group(
                    "Shared list",
                    &[
                        ("l", "lock on or off"),
                        ("s", "faster"),
                        ("S", "slower"),
                        ("left/right", "pool size"),
                        ("r", "restart, same seed"),
                        ("R", "restart, new seed"),
                    ],
                ),
            ],
            scroll: 0,
        }),
        ..dashboard()
    }
}

pub(crate) fn lesson() -> Screen {
    Screen {
        overlay: Some(Overlay::Lesson {
            title: "Shared list".to_owned(),
            markdown: LESSON.to_owned(),
            scroll: 0,
        }),
        ..lab()
    }
}

pub(crate) fn menu() -> Screen {
    Screen {
        overlay: Some(Overlay::Menu(Menu {
            title: "Kill desk".to_owned(),
            items: vec![
                line([
                    ("worker 1  ", Tone::Plain),
                    ("pid 4711  SIGKILL", Tone::Broken),
                ]),
                line([
                    ("worker 1  ", Tone::Plain),
                    ("pid 4711  SIGTERM", Tone::Caution),
                ]),
                line([
                    ("worker 2  ", Tone::Plain),
                    ("pid 4712  SIGSTOP", Tone::Waiting),
                ]),
            ],
            selected: 1,
            hint: "enter sends it, esc leaves it".to_owned(),
        })),
        ..dashboard()
    }
}

pub(crate) fn prompt() -> Screen {
    Screen {
        overlay: Some(Overlay::Prompt {
            label: "find".to_owned(),
            text: "remove-1".to_owned(),
            hint: "story and lanes that contain it".to_owned(),
        }),
        ..dashboard()
    }
}

fn around(view: View, selected: usize) -> Screen {
    Screen {
        tabs: TABS
            .iter()
            .zip('1'..)
            .enumerate()
            .map(|(i, (title, key))| Tab {
                key,
                title: (*title).to_owned(),
                selected: i == selected,
            })
            .collect(),
        badges: [
            ("2 cores", Tone::Dim, 3),
            ("seed 42", Tone::Dim, 2),
            ("▶ live", Tone::Good, 0),
        ]
        .map(|(text, tone, rank)| Badge {
            span: Span::new(text, tone),
            rank,
        })
        .into(),
        view,
        notice: Some(Notice {
            text: line([
                ("12.103 s  ", Tone::Dim),
                ("remove-1 removed 8, the list is now empty", Tone::Plain),
            ]),
        }),
        footer: [
            ("l", "lock", 3),
            ("s", "speed", 4),
            ("left/right", "pool size", 5),
            ("r", "restart", 4),
            ("space", "freeze", 2),
            ("enter", "expand", 2),
            ("tab", "next pane", 3),
            ("/", "find", 5),
            ("?", "help", 1),
            ("q", "quit", 0),
        ]
        .map(|(key, label, rank)| hint(key, label, rank))
        .into(),
        overlay: None,
    }
}

fn hint(key: &str, label: &str, rank: u8) -> KeyHint {
    KeyHint {
        key: key.to_owned(),
        label: label.to_owned(),
        press: key.to_owned(),
        rank,
    }
}

fn list() -> Scene {
    let mut scene = Scene::new("Shared list");
    scene.badge("lock ON", Tone::Good);
    scene.lines(vec![
        line([
            ("add-1     ", Tone::Plain),
            ("◆ holding   ", Tone::Active),
            ("appended 64      ", Tone::Plain),
            ("10 added", Tone::Strong),
        ]),
        line([
            ("remove-1  ", Tone::Plain),
            ("◷ waiting   ", Tone::Waiting),
            ("for add-1 (3 µs)  ", Tone::Plain),
            ("9 removed", Tone::Strong),
        ]),
    ]);
    scene.row(
        Height::Lines(3),
        vec![Panel::bare(Body::Boxes(Boxes {
            slots: ["64", "7", "16", "8"]
                .map(|text| Slot {
                    text: text.to_owned(),
                    ..Slot::default()
                })
                .into(),
            caption: "length 4".to_owned(),
            more: 0,
        }))],
    );
    scene.lines(vec![
        line([
            ("+64  −64  +7  −7  +16  −16  +8  ", Tone::Plain),
            ("empty", Tone::Dim),
        ]),
        line([
            ("audit  ", Tone::Dim),
            ("10 added = 9 removed + 1 left   ", Tone::Plain),
            ("0 lost  0 doubled", Tone::Good),
        ]),
    ]);
    scene.finding(
        Weight::Fine,
        "Every value was removed exactly once: with the lock, each operation is whole.",
    );
    scene
}

fn factorial() -> Scene {
    let mut scene = Scene::new("Factorial pool");
    scene.badge("8 workers", Tone::Plain);
    scene.badge("order submitted", Tone::Dim);
    let cells = [
        ("w1", Activity::Running, "7!"),
        ("w2", Activity::Idle, ""),
        ("w3", Activity::Running, "9!"),
        ("w4", Activity::Running, "10!"),
        ("w5", Activity::Idle, ""),
        ("w6", Activity::Finished, "6!"),
        ("w7", Activity::Idle, ""),
        ("w8", Activity::Failed, "8!"),
    ];
    scene.row(
        Height::Fill { min: 2, weight: 1 },
        vec![Panel::bare(Body::Grid(Grid {
            cells: cells
                .map(|(name, activity, text)| Cell {
                    name: name.to_owned(),
                    activity,
                    text: text.to_owned(),
                })
                .into(),
        }))],
    );
    scene.lines(vec![
        line([
            ("queue ", Tone::Dim),
            ("0", Tone::Strong),
            ("   running ", Tone::Dim),
            ("3", Tone::Strong),
            ("   done ", Tone::Dim),
            ("7 of 10", Tone::Strong),
        ]),
        line([("1! 1   2! 2   3! 6   4! 24   5! 120   6! 720", Tone::Plain)]),
    ]);
    scene.finding(
        Weight::Fine,
        "Results arrive in the order of completion and are shown in the order of submission.",
    );
    scene
}

fn processes() -> Scene {
    let mut scene = Scene::new("Process pool: squares of 1 to 10");
    scene.badge("with creation", Tone::Plain);
    scene.badge("median of 5", Tone::Dim);
    let bar = |label: &str, values: [f64; 5], figure: &str, note: &str, activity| Bar {
        label: label.to_owned(),
        values: values.into(),
        figure: figure.to_owned(),
        note: (note, Tone::Dim).into(),
        activity,
    };
    let parts = ["create", "send", "compute", "return", "join"];
    scene.row(
        Height::Fill { min: 5, weight: 1 },
        vec![Panel::bare(Body::Bars(Bars {
            parts: (0..)
                .zip(parts)
                .map(|(i, name)| Part {
                    name: name.to_owned(),
                    tone: Tone::Series(i),
                })
                .collect(),
            bars: vec![
                bar(
                    "serial",
                    [0.0, 0.0, 0.002, 0.0, 0.0],
                    "2.00 µs",
                    "",
                    Activity::Finished,
                ),
                bar(
                    "2 processes",
                    [0.9, 0.1, 0.1, 0.1, 0.1],
                    "1.30 ms",
                    "± 0.2",
                    Activity::Finished,
                ),
                bar(
                    "4 processes",
                    [1.8, 0.2, 0.1, 0.2, 0.1],
                    "2.40 ms",
                    "± 0.3",
                    Activity::Running,
                ),
                bar(
                    "8 processes",
                    [3.7, 0.3, 0.1, 0.3, 0.2],
                    "4.60 ms",
                    "slower than 2",
                    Activity::Idle,
                ),
            ],
            scale: Scale::Linear,
        }))],
    );
    scene.finding(Weight::Caution, "Creating processes costs more than ten squares: break-even lies near 310 µs of work per task.");
    scene
}

fn code() -> Code {
    let at = |name: &str, tone| vec![Span::new(name, tone)];
    Code {
        language: "Python".to_owned(),
        lines: vec![
            CodeLine {
                text: "with lock:".to_owned(),
                at: at("remove-1", Tone::Waiting),
            },
            CodeLine {
                text: "    shared.append(value)  # whole".to_owned(),
                at: at("add-1", Tone::Active),
            },
            CodeLine {
                text: "# then rest".to_owned(),
                at: Vec::new(),
            },
            CodeLine {
                text: "time.sleep(0.5)".to_owned(),
                at: Vec::new(),
            },
        ],
    }
}

fn trend() -> Trend {
    Trend {
        values: (0..80u32)
            .map(|i| f64::from(i % 17) * f64::from(i))
            .collect(),
        figure: "0.12 %".to_owned(),
    }
}

const MS: u64 = 1_000_000;

fn lanes() -> LaneChart {
    let lane = |name: &str, shift: u64, activity, state: &str, sign| {
        let mut segments = Vec::new();
        let mut marks = Vec::new();
        for i in 0..24 {
            let start = 10_000 * MS + i * 90 * MS + shift * MS;
            let mut at = start;
            for (length, activity) in [
                (20, Activity::Running),
                (15, Activity::Waiting),
                (25, Activity::Holding),
                (30, Activity::Sleeping),
            ] {
                segments.push(Segment {
                    from: at,
                    to: at + length * MS,
                    activity,
                });
                at += length * MS;
            }
            marks.push(Mark {
                at: start + 55 * MS,
                sign,
                tone: Tone::Strong,
            });
        }
        LaneRow {
            name: name.to_owned(),
            state: (state, activity_tone(activity)).into(),
            activity,
            segments,
            marks,
        }
    };
    LaneChart {
        from: 10_000 * MS,
        to: 12_103 * MS,
        lanes: vec![
            lane("add-1", 0, Activity::Holding, "holds lock", '+'),
            lane("remove-1", 40, Activity::Waiting, "waits for lock", '-'),
            lane("remove-2", 70, Activity::Dead, "killed by SIGKILL", '-'),
        ],
    }
}

fn activity_tone(activity: Activity) -> Tone {
    activity.tone()
}

fn story() -> Vec<LogLine> {
    (0..30u64)
        .map(|i| LogLine {
            at: 10_000 * MS + i * 70 * MS + 123_456,
            lane: if i % 2 == 0 { "add-1" } else { "remove-1" }.to_owned(),
            text: if i % 2 == 0 {
                format!("added {i}, the list has {} values", i % 5)
            } else {
                format!("removed {}, waited 3 µs for add-1", i - 1)
            },
            tone: if i == 27 { Tone::Caution } else { Tone::Plain },
        })
        .collect()
}

fn node(name: &str, kind: NodeKind) -> Node {
    Node {
        name: name.to_owned(),
        kind,
    }
}

fn edge(from: usize, to: usize, kind: EdgeKind, cycle: bool, label: &str) -> Edge {
    Edge {
        from,
        to,
        kind,
        cycle,
        label: label.to_owned(),
    }
}

fn waits() -> Graph {
    Graph {
        nodes: vec![
            node("add-1", NodeKind::Lane),
            node("lock", NodeKind::Resource),
            node("remove-1", NodeKind::Lane),
            node("remove-2", NodeKind::Lane),
        ],
        edges: vec![
            edge(1, 0, EdgeKind::HeldBy, false, ""),
            edge(2, 1, EdgeKind::WaitsFor, false, "3 µs"),
            edge(3, 1, EdgeKind::WaitsFor, false, "1 µs"),
        ],
    }
}

fn deadlock() -> Graph {
    Graph {
        nodes: vec![
            node("add-1", NodeKind::Lane),
            node("fork A", NodeKind::Resource),
            node("remove-1", NodeKind::Lane),
            node("fork B", NodeKind::Resource),
        ],
        edges: vec![
            edge(1, 0, EdgeKind::HeldBy, true, ""),
            edge(2, 1, EdgeKind::WaitsFor, true, "2.1 s"),
            edge(3, 2, EdgeKind::HeldBy, true, ""),
            edge(0, 3, EdgeKind::WaitsFor, true, "2.1 s"),
        ],
    }
}

fn blame() -> Table {
    let row = |cells: [&str; 4]| cells.map(Span::from).into();
    Table {
        head: ["holder", "p50", "p99", "max"].map(str::to_owned).into(),
        rows: vec![
            row(["add-1 on lock", "2.10 µs", "13.4 µs", "51.0 µs"]),
            row(["remove-1 on lock", "850 ns", "9.30 µs", "1.20 ms"]),
        ],
        figures_from: 1,
    }
}

fn many(count: usize) -> Grid {
    const KINDS: [Activity; 7] = [
        Activity::Running,
        Activity::Idle,
        Activity::Waiting,
        Activity::Finished,
        Activity::Running,
        Activity::Holding,
        Activity::Dead,
    ];
    Grid {
        cells: (0..count)
            .map(|i| Cell {
                name: format!("w{}", i + 1),
                activity: KINDS[(i * i + i / 5) % KINDS.len()],
                text: if i % 3 == 0 {
                    format!("{i}²")
                } else {
                    String::new()
                },
            })
            .collect(),
    }
}

fn tree() -> Tree {
    let node = |depth, text: &str, folded, on_path| TreeNode {
        depth,
        text: text.into(),
        folded,
        on_path,
    };
    Tree {
        nodes: vec![
            node(0, "start", false, true),
            node(1, "a loads 0", false, true),
            node(2, "b loads 0", false, true),
            node(3, "a stores 1", false, false),
            node(3, "b stores 1", true, true),
            node(2, "a stores 1", true, false),
            node(1, "b loads 0", true, false),
        ],
        selected: Some(2),
    }
}

fn log_bars() -> Bars {
    let bar = |label: &str, value, figure: &str| Bar {
        label: label.to_owned(),
        values: vec![value],
        figure: figure.to_owned(),
        ..Bar::default()
    };
    Bars {
        parts: vec![Part {
            name: "ns".to_owned(),
            tone: Tone::Active,
        }],
        bars: vec![
            bar("no lock", 0.35, "0.35 ns"),
            bar("Mutex", 30.0, "30.0 ns"),
            bar("channel", 345.0, "345 ns"),
        ],
        scale: Scale::Log,
    }
}

fn labelled() -> Boxes {
    let slot = |text: &str, label: &str, tone| Slot {
        text: text.to_owned(),
        label: label.to_owned(),
        tone,
    };
    Boxes {
        slots: vec![
            slot("64", "front", Tone::Accent),
            slot("7", "", Tone::Plain),
            slot("16", "add-1", Tone::Active),
        ],
        caption: "length 3".to_owned(),
        more: 9,
    }
}

const LESSON: &str = "\
# Who wins?

Two threads share one list. One **adds** ten values, the other *removes* them as soon as there are any.

- With the lock on, each `append` and each `remove` is whole.
- With the lock off, both may read the same length; one value is then lost, and nobody is told. That is what the audit finds when it counts the tags after both have ended.
  1. load the length
  2. write the slot

> A test that passed 9,999 times proves little.

```rust
let length = list.len.load(Relaxed);
list.slots[length].store(value, Relaxed);
list.len.store(length + 1, Relaxed);
```

| window | lost |
|---|---|
| yield | 97 % |
| none | 0 |
";
