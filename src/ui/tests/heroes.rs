//! The large pictures: what they show at each size, and that nothing in them moves with a value.

use ratatui::style::Modifier;

use super::super::body;
use super::*;
use crate::scene::{
    Activity, Arrow, Body, Boxes, Figure, Gantt, GanttRow, GanttTask, Grid, GridStyle, LaneChart,
    LaneRank, LaneRow, Segment, Slot, SlotMark,
};

fn lines(body: &Body, width: u16, height: u16) -> Vec<String> {
    let buf = drawn(width, height, |canvas| body::draw(canvas, body));
    (0..height).map(|y| symbols(&buf, y)).collect()
}

fn slots(texts: &[&str]) -> Vec<Slot> {
    let slot = |text: &&str| Slot { text: (*text).to_owned(), ..Slot::default() };
    texts.iter().map(slot).collect()
}

fn arrow(slot: Option<usize>, text: &str) -> Arrow {
    Arrow { slot, text: vec![text.into()] }
}

#[test]
fn who_is_at_a_slot_stands_below_it() {
    let arrows = vec![arrow(Some(2), "add-1 writes 31"), arrow(None, "remove-1 waits")];
    let boxes = Boxes { slots: slots(&["64", "7", ""]), arrows, widest: 2, ..Boxes::default() };
    assert_eq!(
        lines(&Body::Boxes(boxes.clone()), 40, 6),
        [
            "┌────┬────┬────┐",
            "│ 64 │  7 │    │",
            "└────┴────┴────┘",
            "            ↑ add-1 writes 31",
            "remove-1 waits",
            "",
        ]
    );
    // Without room at its right the text stands at the left of its arrow.
    assert_eq!(lines(&Body::Boxes(boxes.clone()), 20, 5)[3], "            ↑ add-1…");
    let far = Boxes { arrows: vec![arrow(Some(2), "add-1 does")], ..boxes };
    assert_eq!(lines(&Body::Boxes(far), 20, 5)[3], " add-1 does ↑");
}

#[test]
fn in_a_tall_place_the_digits_are_large() {
    let arrows = vec![arrow(Some(0), "here")];
    let mut boxes = Boxes { slots: slots(&["31", ""]), arrows, widest: 2, ..Boxes::default() };
    boxes.numbers = true;
    assert_eq!(
        lines(&Body::Boxes(boxes), 30, 6),
        [
            "┌─────────────┬─────────────┐",
            "│   ▀▀█ ▄█    │             │",
            "│   ▀▀█  █    │             │",
            "│   ▀▀▀ ▀▀▀   │             │",
            "└─────────────┴─────────────┘",
            "       ↑ here",
        ]
    );
}

#[test]
fn boxes_stand_in_rows_where_that_makes_their_digits_larger() {
    let arrows = vec![arrow(Some(3), "here"), arrow(None, "removed 7")];
    let mut boxes = Boxes { slots: slots(&["1", "2", "3", "4"]), arrows, ..Boxes::default() };
    boxes.numbers = true;
    let shown = lines(&Body::Boxes(boxes.clone()), 40, 18);
    let edges = |line: &String| line.matches('│').count();
    assert_eq!((edges(&shown[1]), edges(&shown[10])), (3, 3), "{shown:#?}");
    // Each row has a line for each thread, and a thread stands below its slot.
    assert_eq!(shown[8], "removed 7");
    assert!(shown[16].ends_with("↑ here"), "{shown:#?}");
    // In one row the digits would be smaller.
    let low = lines(&Body::Boxes(boxes), 40, 9);
    assert_eq!(edges(&low[1]), 5, "{low:#?}");
}

#[test]
fn figures_stand_beside_the_boxes_or_below_them_as_far_apart_as_fits() {
    let figure = |name, value: &str| Figure { name, value: value.into(), tone: Tone::Plain };
    let figures = vec![figure("✗ lost", "3"), figure("+ added", "40")];
    let boxes = Boxes { slots: slots(&["1", "2"]), widest: 2, figures, ..Boxes::default() };
    let shown = |width, height| lines(&Body::Boxes(boxes.clone()), width, height);
    let beside = shown(40, 3);
    assert!(beside[0].ends_with("✗ lost       3"), "{beside:#?}");
    assert!(beside[1].ends_with("+ added     40"), "{beside:#?}");
    assert_eq!(shown(27, 4)[3], "✗ lost 3     + added 40");
    assert_eq!(shown(22, 4)[3], "✗ lost 3   + added 40");
    // None is cut.
    assert_eq!(shown(20, 4)[3], "✗ lost 3");
    // Without a line for them, and without the columns, boxes give way.
    let many = Boxes { slots: slots(&["1"; 12]), ..boxes.clone() };
    let low = lines(&Body::Boxes(many), 40, 3);
    assert!(low[0].ends_with("✗ lost       3") && low[1].contains(" +"), "{low:#?}");
}

#[test]
fn boxes_stand_still_while_their_values_change() {
    let edges = |texts: &[&str]| {
        let boxes = Boxes { slots: slots(texts), widest: 2, ..Boxes::default() };
        let line = lines(&Body::Boxes(boxes), 60, 3).remove(1);
        line.chars().enumerate().filter(|(_, c)| *c == '│').map(|(x, _)| x).collect::<Vec<_>>()
    };
    let full = edges(&["1", "22", "33", "4"]);
    assert_eq!(full.len(), 5);
    assert_eq!(edges(&["", "", "", ""]), full);
    assert_eq!(edges(&["99", "", "", ""]), full);
}

#[test]
fn what_is_lost_is_crossed_out_and_what_is_twice_is_marked_also_without_colour() {
    let mut boxes = Boxes { slots: slots(&["31", "7"]), widest: 2, ..Boxes::default() };
    boxes.slots[0].mark = SlotMark::Lost;
    boxes.slots[1].mark = SlotMark::Twice;
    let buf = drawn(20, 3, |canvas| body::draw(canvas, &Body::Boxes(boxes)));
    assert_eq!(symbols(&buf, 1), "│✗31 │≡ 7 │");
    let crossed = |x: u16| buf[(x, 1)].modifier.contains(Modifier::CROSSED_OUT);
    assert_eq!([2, 3, 7, 8].map(crossed), [true, true, false, false]);
}

fn lane(name: &str, activity: Activity, to: u64, rank: LaneRank) -> LaneRow {
    LaneRow {
        name: name.into(),
        activity,
        segments: vec![Segment { from: 0, to, activity }],
        rank,
        ..LaneRow::default()
    }
}

fn chart(lanes: Vec<LaneRow>) -> Body {
    Body::Lanes(LaneChart { from: 0, to: 80, lanes })
}

#[test]
fn lanes_are_tall_where_there_is_room_and_half_a_line_before_one_is_hidden() {
    use Activity::{Holding, Running, Waiting};
    let four = |rank| {
        [("w1", Running), ("w2", Waiting), ("w3", Holding), ("w4", Running)]
            .map(|(name, activity)| lane(name, activity, 40, rank))
            .to_vec()
    };
    let living = four(LaneRank::Living);
    assert_eq!(
        lines(&chart(living.clone()), 12, 4),
        ["w1 ▄▄▄▄▖", "w2 ▒▒▒▒▒", "w3 ████▌", "w4 ▄▄▄▄▖"]
    );
    // Six columns of two names: the upper half is the first of each pair.
    assert_eq!(lines(&chart(living.clone()), 24, 2)[0].trim_end(), "w1 w2 ▀▀▀▀▀▀▀▀▀");
    let tall = lines(&chart(living[..2].to_vec()), 12, 5);
    assert_eq!(tall[..4], ["w1", "   ████▌", "w2 ▒▒▒▒▒", "   ▒▒▒▒▒"]);
}

#[test]
fn where_not_all_lanes_fit_those_that_live_stay_then_those_that_a_finding_names() {
    use Activity::{Finished, Running};
    let lanes = vec![
        lane("e1", Finished, 10, LaneRank::Ended),
        lane("e2", Finished, 20, LaneRank::Ended),
        lane("n1", Finished, 5, LaneRank::Named),
        lane("l1", Running, 80, LaneRank::Living),
        lane("e3", Finished, 15, LaneRank::Ended),
    ];
    let shown = lines(&chart(lanes.clone()), 30, 2);
    assert_eq!((&shown[0][..5], shown[1].as_str()), ("l1 n1", "+3 more lanes"));
    // All of them fit: none changes its place.
    let names: Vec<_> =
        lines(&chart(lanes), 30, 5).iter().map(|line| line[..2].to_owned()).collect();
    assert_eq!(names, ["e1", "e2", "n1", "l1", "e3"]);
}

#[test]
fn workers_have_cells_of_fixed_width_each_with_a_bar() {
    let grid = |texts: [&str; 2], shares: [Option<f64>; 2]| {
        let cells = texts.iter().zip(shares).zip(["w_0", "w_1"]).map(|((text, share), name)| {
            crate::scene::Cell {
                name: name.to_owned(),
                activity: Activity::Running,
                text: (*text).to_owned(),
                share,
                ..crate::scene::Cell::default()
            }
        });
        let cells = cells.collect();
        lines(&Body::Grid(Grid { cells, widest: 4, style: GridStyle::Bars }), 46, 1).remove(0)
    };
    assert_eq!(
        grid(["7!", "idle"], [Some(0.5), None]),
        "w_0 ► 7!   ██████░░░░░  w_1 ► idle ░░░░░░░░░░░"
    );
    assert_eq!(
        grid(["10!", "9!"], [Some(1.0), Some(0.0)]),
        "w_0 ► 10!  ███████████  w_1 ► 9!   ░░░░░░░░░░░"
    );
}

#[test]
fn cells_take_the_lines_that_there_are_and_stay_apart() {
    let cell = |name: &str| crate::scene::Cell {
        name: name.into(),
        activity: Activity::Running,
        text: "7!".to_owned(),
        share: Some(1.0),
        ..crate::scene::Cell::default()
    };
    let grid = |height| {
        let cells = ["w_0", "w_1"].map(cell).into();
        lines(&Body::Grid(Grid { cells, widest: 4, style: GridStyle::Bars }), 24, height)
    };
    let (named, bar) =
        (["w_0 ► 7!   █████████████", "w_1 ► 7!   █████████████"], "           █████████████");
    assert_eq!(grid(2), named);
    assert_eq!(grid(5), [named[0], "", named[1], "", ""]);
    assert_eq!(grid(6), [named[0], bar, "", named[1], bar, ""]);
}

#[test]
fn a_task_has_its_name_in_its_bar_and_what_it_does_where_the_bar_is_long_enough() {
    let task = |from, to, name: &str, rests| GanttTask {
        from,
        to,
        name: name.into(),
        note: if rests { "pauses".to_owned() } else { String::new() },
        rests,
        ..GanttTask::default()
    };
    let row = |name: &str, tasks| GanttRow { name: name.into(), tasks, ..GanttRow::default() };
    let gantt = Gantt {
        from: 0,
        to: 30,
        now: 30,
        rows: vec![
            row("w_0", vec![task(0, 14, "1!", true), task(14, 15, "", false)]),
            row("w_1", vec![task(0, 6, "2!", true), task(15, 21, "9!", false)]),
        ],
    };
    let lines = lines(&Body::Gantt(gantt), 34, 2);
    // A column for each unit of time, and the present in the last one.
    assert_eq!(lines[0], format!("w_0 ▐1! pauses ░░░▐{:14}┆", ""));
    assert_eq!(lines[1], format!("w_1 ▐2!░░░{:9}▐9!███{:8}┆", "", ""));
}

#[test]
fn figures_beside_boxes_are_large_where_their_largest_values_have_room() {
    let figure = |name, value: &str| Figure { name, value: value.into(), tone: Tone::Broken };
    let figures = vec![figure("lost", "12"), figure("added", "1,304")];
    let arrows = vec![arrow(None, "add-1 pauses")];
    let mut boxes = Boxes { slots: slots(&["64"]), arrows, widest: 2, ..Boxes::default() };
    boxes.numbers = true;
    boxes.figures = figures;
    let shown = |width| lines(&Body::Boxes(boxes.clone()), width, 8);
    let large = shown(70);
    assert!(large[1].contains("lost                    █  █▀▀"), "{large:#?}");
    assert!(large.iter().any(|line| line.contains("added")), "{large:#?}");
    let narrow = shown(40);
    assert!(narrow.iter().any(|line| line.contains("lost      12")), "{narrow:#?}");
    // A number of more digits is no picture, and the others are not either.
    boxes.figures[1].value = "1,304,000".into();
    let text = lines(&Body::Boxes(boxes), 70, 8);
    assert!(text.iter().any(|line| line.contains("1,304,000")), "{text:#?}");
}
