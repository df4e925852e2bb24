//! Screens that nobody would make up: any text, any number, any shape.

use super::explained::explained;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use threadbare::scene::{
    Activity, Arrow, Axis, Badge, Bar, Bars, Body, Boxes, Cell, Code, CodeLine, Curve, Edge,
    EdgeKind, Finding, Gantt, GanttRow, GanttTask, Graph, Grid, GridStyle, Guide, GuideHint,
    Height, HelpGroup, KeyHint, Label, LaneChart, LaneRow, Line, Listing, LogLine, Mark, Menu,
    Node, NodeKind, Notice, Overlay, Pane, Panel, Part, Place, Playhead, Plot, PlotMark, Point,
    Progress, Row, Scale, Scene, Screen, Segment, Slot, SlotMark, Span, Structure, Tab, Table,
    Tick, Tone, Tree, TreeNode, View, WaitingLine, Weight,
};
use threadbare::ui::{Charset, ColorDepth, Theme, ThemeName};

/// What must never reach a terminal: it would move the cursor, or turn or hide text.
pub(crate) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe0f}')
}

pub(crate) fn theme() -> impl Strategy<Value = Theme> {
    let depths = [ColorDepth::None, ColorDepth::Ansi16, ColorDepth::Ansi256, ColorDepth::True];
    let charsets = [Charset::Unicode, Charset::Ascii];
    (of(ThemeName::ALL), of(depths), of(charsets))
        .prop_map(|(name, depth, charset)| Theme::new(name, depth, charset))
}

pub(crate) fn screen() -> impl Strategy<Value = Screen> {
    let tab = (any::<char>(), label(), any::<[bool; 2]>());
    let tab =
        tab.prop_map(|(key, title, [selected, answered])| Tab { key, title, selected, answered });
    let badge = (label(), tone(), any::<u8>());
    let badge = badge.prop_map(|(text, tone, rank)| Badge { text, tone, rank });
    let notice = proptest::option::of(line().prop_map(|text| Notice { text }));
    let playhead = (any::<[u64; 3]>(), label(), label())
        .prop_map(|([from, at, to], first, last)| Playhead { from, at, to, ends: [first, last] });
    let line = (notice, proptest::option::of(playhead));
    let header = (vec(tab, 0..10), vec(badge, 0..5), proptest::option::of(guide()));
    (header, view(), line, footer(), proptest::option::of(overlay())).prop_map(
        |((tabs, badges, guide), view, (notice, playhead), footer, overlay)| Screen {
            tabs,
            badges,
            guide,
            view,
            notice,
            playhead,
            footer,
            overlay,
        },
    )
}

fn guide() -> impl Strategy<Value = Guide> {
    let hint = (of(["", "try"]), text(), label(), text());
    let hint = hint.prop_map(|(verb, key, what, press)| GuideHint { verb, key, what, press });
    let parts =
        (any::<u8>(), label(), any::<bool>(), proptest::option::of(span()), vec(hint, 0..3));
    parts.prop_map(|(number, text, answered, verdict, hints)| Guide {
        number,
        text,
        answered,
        verdict,
        hints,
    })
}

/// Some keys, and among them the way out.
fn footer() -> impl Strategy<Value = Vec<KeyHint>> {
    (vec(hint(), 0..8), vec(hint(), 0..3)).prop_map(|(mut keys, after)| {
        keys.push(KeyHint {
            key: "q".to_owned(),
            label: "quit".into(),
            press: "q".to_owned(),
            rank: 0,
        });
        keys.extend(after);
        keys
    })
}

fn hint() -> impl Strategy<Value = KeyHint> {
    (text(), label(), text(), 1..9u8).prop_map(|(key, label, press, rank)| KeyHint {
        key,
        label,
        press,
        rank,
    })
}

fn view() -> impl Strategy<Value = View> {
    prop_oneof![vec(pane(), 0..5).prop_map(View::Dashboard), pane().prop_map(View::Single),]
}

fn pane() -> impl Strategy<Value = Pane> {
    let panel = (proptest::option::of(0..6usize), any::<bool>(), vec(number16(), 0..6));
    (scene(), any::<bool>(), number16(), panel).prop_map(
        |(scene, focused, scroll, (panel, zoomed, scrolls))| Pane {
            scene,
            focused,
            scroll,
            panel,
            zoomed,
            scrolls,
        },
    )
}

fn overlay() -> impl Strategy<Value = Overlay> {
    let group = (text(), vec(hint(), 0..9)).prop_map(|(title, keys)| HelpGroup { title, keys });
    let menu = (label(), vec(line(), 0..20), any::<usize>(), label())
        .prop_map(|(title, items, selected, hint)| Menu { title, items, selected, hint });
    prop_oneof![
        (vec(group, 0..6), 0..60usize, proptest::option::of(text()))
            .prop_map(|(groups, selected, search)| Overlay::Help { groups, selected, search }),
        (text(), prose(), number16()).prop_map(|(title, markdown, scroll)| Overlay::Lesson {
            title,
            markdown,
            scroll
        }),
        menu.prop_map(Overlay::Menu),
        pane().prop_map(Overlay::Answer),
        (label(), text(), label()).prop_map(|(label, text, hint)| Overlay::Prompt {
            label,
            text,
            hint
        }),
    ]
}

const WEIGHTS: [Weight; 5] =
    [Weight::ToDo, Weight::Fact, Weight::Fine, Weight::Caution, Weight::Broken];

/// With any shorter forms, also some that are longer.
pub(crate) fn label() -> impl Strategy<Value = Label> {
    vec(text(), 1..4).prop_map(|forms| {
        let forms: Vec<_> = forms.iter().map(String::as_str).collect();
        Label::from(forms.as_slice())
    })
}

fn scene() -> impl Strategy<Value = Scene> {
    let finding = (of(WEIGHTS), text()).prop_map(|(weight, text)| Finding::from((weight, text)));
    (label(), spans(), vec(panels(), 0..5), vec(finding, 0..4)).prop_map(
        |(title, badges, rows, findings)| Scene {
            title,
            badges,
            rows,
            findings,
            ..Scene::default()
        },
    )
}

fn panels() -> impl Strategy<Value = Row> {
    let height = prop_oneof![
        number16().prop_map(Height::Lines),
        Just(Height::Content),
        (number16(), number16()).prop_map(|(min, weight)| Height::Fill { min, weight }),
    ];
    let title = prop_oneof![Just(Label::default()), label()];
    let panel = (title, label(), number16(), number16(), body()).prop_map(
        |(title, note, weight, at_least, body)| Panel {
            title,
            note,
            weight,
            at_least,
            body,
            presses: Vec::new(),
        },
    );
    (height, any::<bool>(), vec(panel, 0..4)).prop_map(|(height, joins, panels)| Row {
        height,
        joins,
        panels,
    })
}

fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        vec(line(), 0..6).prop_map(Body::Lines),
        prose().prop_map(Body::Prose),
        boxes(),
        grid(),
        bars(),
        plot(),
        lanes(),
        gantt(),
        explained(),
        code(),
        table(),
        structure(),
        graph(),
        tree(),
        log(),
        (any::<u64>(), any::<Option<u64>>(), text())
            .prop_map(|(done, of, label)| Body::Progress(Progress { done, of, label })),
    ]
}

fn boxes() -> impl Strategy<Value = Body> {
    let mark = of([SlotMark::None, SlotMark::Next, SlotMark::Lost, SlotMark::Twice]);
    let text_or_number = prop_oneof![text(), (0..999u16).prop_map(|n| n.to_string())];
    let slot = (text_or_number, tone(), text(), mark).prop_map(|(text, tone, label, mark)| Slot {
        text,
        tone,
        label,
        mark,
    });
    let arrow = (any::<Option<u8>>(), vec(span(), 0..3))
        .prop_map(|(slot, text)| Arrow { slot: slot.map(usize::from), text });
    (vec(slot, 0..12), vec(arrow, 0..5), text(), any::<u16>(), 0..99usize).prop_map(
        |(slots, arrows, caption, widest, more)| {
            Body::Boxes(Boxes { slots, arrows, caption, widest, more })
        },
    )
}

fn grid() -> impl Strategy<Value = Body> {
    let cell = (text(), activity(), text(), tone(), any::<Option<f64>>())
        .prop_map(|(name, activity, text, tone, share)| Cell { name, activity, text, tone, share });
    let style = of([GridStyle::Words, GridStyle::Brief, GridStyle::Bars]);
    (vec(cell, 0..40), any::<u16>(), style)
        .prop_map(|(cells, widest, style)| Body::Grid(Grid { cells, widest, style }))
}

fn bars() -> impl Strategy<Value = Body> {
    let part = (text(), tone()).prop_map(|(name, tone)| Part { name, tone });
    let spread = option::of((any::<f64>(), any::<f64>()));
    let drawn = (vec(any::<f64>(), 0..6), spread, option::of(tone()), any::<bool>());
    let bar = (label(), drawn, text(), span(), activity()).prop_map(
        |(label, (values, spread, tone, apart), figure, note, activity)| Bar {
            label,
            values,
            spread,
            tone,
            apart,
            figure,
            note,
            activity,
        },
    );
    let along = (option::of(tick()), vec(tick(), 0..6), text());
    (vec(part, 0..6), vec(bar, 0..6), scale(), along).prop_map(
        |(parts, bars, scale, (rule, ticks, whisker))| {
            Body::Bars(Bars { parts, bars, scale, rule, ticks, whisker })
        },
    )
}

fn scale() -> impl Strategy<Value = Scale> {
    of([Scale::Linear, Scale::Log])
}

fn tick() -> impl Strategy<Value = Tick> {
    (any::<f64>(), text()).prop_map(|(at, text)| Tick { at, text })
}

fn plot() -> impl Strategy<Value = Body> {
    let axis = || {
        (any::<f64>(), any::<f64>(), scale(), vec(tick(), 0..6))
            .prop_map(|(from, to, scale, ticks)| Axis { from, to, scale, ticks })
    };
    // Most of a plot of any numbers lies outside of its axes.
    let number = || prop_oneof![any::<f64>(), 0.0..10.0];
    let point = (number(), number(), number(), number()).prop_map(|(x, y, low, high)| Point {
        x,
        y,
        low,
        high,
    });
    let curve = (text(), tone(), vec(point, 0..9)).prop_map(|(name, tone, points)| Curve {
        name,
        tone,
        points,
    });
    let mark = (number(), number(), text(), tone()).prop_map(|(from, to, text, tone)| PlotMark {
        from,
        to,
        text,
        tone,
    });
    let ten = Just(Axis::linear(10.0, |value| value.to_string()));
    let axes = prop_oneof![(axis(), axis()), (ten.clone(), ten)];
    (axes, vec(curve, 0..4), vec(mark, 0..3))
        .prop_map(|((x, y), curves, marks)| Body::Plot(Plot { x, y, curves, marks }))
}

fn gantt() -> impl Strategy<Value = Body> {
    let task = (number64(), number64(), text(), text(), tone(), any::<bool>()).prop_map(
        |(from, to, name, note, tone, rests)| GanttTask { from, to, name, note, tone, rests },
    );
    let row = (text(), tone(), vec(task, 0..6)).prop_map(|(name, tone, tasks)| GanttRow {
        name,
        tone,
        tasks,
    });
    (number64(), number64(), number64(), vec(row, 0..12))
        .prop_map(|(from, to, now, rows)| Body::Gantt(Gantt { from, to, now, rows }))
}

fn lanes() -> impl Strategy<Value = Body> {
    let segment = (number64(), number64(), activity()).prop_map(|(from, to, activity)| Segment {
        from,
        to,
        activity,
    });
    let mark =
        (number64(), any::<char>(), tone()).prop_map(|(at, sign, tone)| Mark { at, sign, tone });
    let lane = (text(), span(), activity(), vec(segment, 0..9), vec(mark, 0..5)).prop_map(
        |(name, state, activity, segments, marks)| LaneRow {
            name,
            state,
            activity,
            segments,
            marks,
            ..LaneRow::default()
        },
    );
    (number64(), number64(), vec(lane, 0..5))
        .prop_map(|(from, to, lanes)| Body::Lanes(LaneChart { from, to, lanes }))
}

fn code() -> impl Strategy<Value = Body> {
    let line = (text(), spans(), any::<bool>()).prop_map(|(text, at, skipped)| CodeLine {
        text,
        at,
        skipped,
    });
    let listing = (text(), vec(line, 0..9), label());
    let listing = listing.prop_map(|(name, lines, note)| Listing { name, lines, note });
    (vec(listing, 0..4), any::<usize>())
        .prop_map(|(listings, shown)| Body::Code(Code { listings, shown }))
}

fn table() -> impl Strategy<Value = Body> {
    (vec(label(), 0..6), vec(spans(), 0..9), 0..7usize)
        .prop_map(|(head, rows, figures_from)| Body::Table(Table { head, rows, figures_from }))
}

fn structure() -> impl Strategy<Value = Body> {
    let place = (text(), text(), tone());
    let place = place.prop_map(|(name, content, tone)| Place { name, content, tone });
    let line = (text(), vec(text(), 0..9));
    let line = line.prop_map(|(name, waiting)| WaitingLine { name, waiting });
    (vec(place, 0..9), vec(line, 0..4), spans(), vec((text(), text()), 0..5)).prop_map(
        |(places, lines, remarks, figures)| {
            Body::Structure(Structure { places, lines, remarks, figures })
        },
    )
}

fn graph() -> impl Strategy<Value = Body> {
    let node = (text(), of([NodeKind::Lane, NodeKind::Resource]))
        .prop_map(|(name, kind)| Node { name, kind });
    let kind = of([EdgeKind::HeldBy, EdgeKind::WaitsFor]);
    let edge = (0..6usize, 0..6usize, kind, any::<bool>(), text())
        .prop_map(|(from, to, kind, cycle, label)| Edge { from, to, kind, cycle, label });
    (vec(node, 0..5), vec(edge, 0..9))
        .prop_map(|(nodes, edges)| Body::Graph(Graph { nodes, edges }))
}

fn tree() -> impl Strategy<Value = Body> {
    let node = (number16(), line(), any::<bool>(), any::<bool>())
        .prop_map(|(depth, text, folded, on_path)| TreeNode { depth, text, folded, on_path });
    (vec(node, 0..20), proptest::option::of(0..30usize))
        .prop_map(|(nodes, selected)| Body::Tree(Tree { nodes, selected }))
}

fn log() -> impl Strategy<Value = Body> {
    let told = (number64(), text(), text(), tone()).prop_map(|(at, lane, text, tone)| LogLine {
        at,
        lane: lane.into(),
        text: text.into(),
        tone,
        ..LogLine::default()
    });
    vec(told, 0..20).prop_map(Body::Log)
}

pub(crate) fn prose() -> impl Strategy<Value = String> {
    let block = prop_oneof![
        text(),
        text().prop_map(|text| format!("# {text}\n")),
        text().prop_map(|text| format!("- **{text}**\n  1. `{text}`\n")),
        text().prop_map(|text| format!("> {text}\n\n")),
        text().prop_map(|text| format!("```\n{text}\n```\n")),
        text().prop_map(|text| format!("| a | b |\n|---|---|\n| {text} | c |\n\n")),
        Just("---\n".to_owned()),
    ];
    vec(block, 0..6).prop_map(|blocks| blocks.concat())
}

fn line() -> impl Strategy<Value = Line> {
    spans().prop_map(Line)
}

fn spans() -> impl Strategy<Value = Vec<Span>> {
    vec(span(), 0..4)
}

pub(crate) fn span() -> impl Strategy<Value = Span> {
    (text(), tone()).prop_map(|(text, tone)| Span::new(text, tone))
}

/// Ordinary words, wide ones, and what programs under observation may print.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9 ,.]{0,12}",
        2 => "[a-z ]{0,90}",
        1 => "[µ×–²…▶✓é ]{0,9}",
        1 => "[語言ーア👍🏽한 ]{0,9}",
        1 => "[\\x00-\\x1f\\x7f-\\x9f\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2066}-\u{2069}\u{feff}a]{0,9}",
        1 => "[e\u{301}\u{302}\u{308}\u{fe0f}\u{200d}👩]{0,20}",
        1 => any::<String>(),
    ]
}

pub(crate) fn tone() -> impl Strategy<Value = Tone> {
    prop_oneof![
        of([
            Tone::Plain,
            Tone::Dim,
            Tone::Strong,
            Tone::Good,
            Tone::Active,
            Tone::Waiting,
            Tone::Caution,
            Tone::Broken,
            Tone::Accent,
        ]),
        any::<u8>().prop_map(Tone::Series),
    ]
}

pub(crate) fn activity() -> impl Strategy<Value = Activity> {
    of([
        Activity::Idle,
        Activity::Running,
        Activity::Holding,
        Activity::Waiting,
        Activity::Sleeping,
        Activity::Paused,
        Activity::Finished,
        Activity::Failed,
        Activity::Cancelled,
        Activity::Dead,
    ])
}

pub(crate) fn number16() -> impl Strategy<Value = u16> {
    prop_oneof![8 => 0..12u16, 1 => any::<u16>()]
}

fn number64() -> impl Strategy<Value = u64> {
    prop_oneof![3 => 0..1000u64, 1 => any::<u64>()]
}

pub(crate) fn of<T: Clone + std::fmt::Debug + 'static, const N: usize>(
    choices: [T; N],
) -> impl Strategy<Value = T> {
    proptest::sample::select(Vec::from(choices))
}
