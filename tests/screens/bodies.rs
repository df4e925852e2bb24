//! Arbitrary pictures of each kind.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use threadbare::scene::{
    Arrow, Axis, Bar, Bars, Body, Boxes, Cell, Code, CodeLine, Curve, Edge, EdgeKind, Figure,
    Gantt, GanttRow, GanttTask, Graph, Grid, GridStyle, LaneChart, LaneRow, Language, Listing,
    LogLine, Mark, Node, NodeKind, Part, Place, Plot, PlotMark, Point, Progress, Scale, Segment,
    Slot, SlotMark, Structure, Table, Tick, Tree, TreeNode, WaitingLine,
};

use super::explained::explained;
use super::strategy::{
    activity, label, line, number16, number64, of, prose, span, spans, text, tone,
};

pub(crate) fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        vec(line(), 0..6).prop_map(Body::Lines),
        vec(line(), 0..9).prop_map(Body::Tail),
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
    let figure = (of(["", "lost", "≡ duplicated"]), text(), tone())
        .prop_map(|(name, value, tone)| Figure { name, value: value.into(), tone });
    let rest = (vec(figure, 0..4), any::<bool>(), text(), any::<u16>(), 0..99usize);
    (vec(slot, 0..12), vec(arrow, 0..5), rest).prop_map(
        |(slots, arrows, (figures, numbers, caption, widest, more))| {
            Body::Boxes(Boxes { slots, arrows, figures, numbers, caption, widest, more })
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
    let along = (option::of(tick()), vec(tick(), 0..6), text(), label());
    (vec(part, 0..6), vec(bar, 0..6), scale(), along).prop_map(
        |(parts, bars, scale, (rule, ticks, whisker, result))| {
            Body::Bars(Bars { parts, bars, scale, rule, ticks, whisker, result })
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
        |(from, to, name, note, tone, rests)| GanttTask {
            from,
            to,
            name: name.into(),
            note,
            tone,
            rests,
        },
    );
    let row = (text(), tone(), vec(task, 0..6)).prop_map(|(name, tone, tasks)| GanttRow {
        name: name.into(),
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
            name: name.into(),
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
        text: text.into(),
        at,
        skipped,
    });
    let language = of([Language::Python, Language::Rust]);
    let listing = (language, vec(line, 0..9), label());
    let listing = listing.prop_map(|(language, lines, note)| Listing { language, lines, note });
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
    let figures = vec((text(), text()), 0..5);
    (vec(place, 0..9), vec(line, 0..4), spans(), figures, vec(text(), 0..9)).prop_map(
        |(places, lines, remarks, figures, order)| {
            Body::Structure(Structure { places, lines, remarks, figures, order })
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
