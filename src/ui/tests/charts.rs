//! Bars and plots: what is compared with what, at which length, and what more room is for.

use super::bodies::body_lines;
use super::*;
use crate::scene::{Axis, Bar, Bars, Body, Curve, Label, Part, Plot, PlotMark, Point, Tick};

fn tick(at: f64, text: &str) -> Tick {
    Tick { at, text: text.to_owned() }
}

fn bar(label: &str, value: f64, spread: Option<(f64, f64)>) -> Bar {
    let figure = format!("{value}x");
    Bar { label: label.into(), values: vec![value], spread, figure, ..Bar::default() }
}

/// Two bars of up to 4x: label and two columns, 40 of bar, and five of figure.
fn speed_ups() -> Bars {
    Bars {
        parts: vec![Part { name: "speed-up".to_owned(), tone: Tone::Active }],
        bars: vec![bar("serial", 1.0, None), bar("threads", 3.0, Some((2.5, 3.5)))],
        rule: Some(tick(2.0, "twice")),
        ticks: vec![tick(0.0, "0x"), tick(2.0, "2x"), tick(4.0, "4x")],
        whisker: "95 %".to_owned(),
        ..Bars::default()
    }
}

#[test]
fn rule_ticks_and_whiskers_stand_at_their_values() {
    // Nine columns of label, 37 of bar, one between, two of figure: 2x is after 18.5 of them.
    let lines = body_lines(&Body::Bars(speed_ups()), 49, 4);
    assert_eq!(
        lines,
        [
            "         ┬0x────────────────┬2x───────────────",
            "serial   █████████▎ 1x      │",
            "threads  ███████████████████│███├███▊───┤ 3x",
            "         │ twice  ├┤ 95 %",
        ]
    );
}

#[test]
fn the_result_stands_at_the_end_of_the_legend_and_goes_before_its_names() {
    let bars = Bars { result: Label::new("results 1 4 9").or("1 4 9"), ..speed_ups() };
    let legend = |width| body_lines(&Body::Bars(bars.clone()), width, 4).pop().unwrap();
    assert_eq!(legend(60), format!("{:9}│ twice  ├┤ 95 %{:22}results 1 4 9", "", ""));
    assert_eq!(legend(32), "         │ twice  ├┤ 95 %  1 4 9");
    assert_eq!(legend(16), "│ twice    1 4 9");
}

#[test]
fn more_room_keeps_bars_apart_and_makes_them_thicker() {
    let thick = |height| {
        let lines = body_lines(&Body::Bars(speed_ups()), 49, height);
        let marks = lines.iter().map(|line| match line.trim_start().chars().next() {
            Some('┬') => 't',
            Some('s' | 't') => 'n',
            Some('█') => '#',
            Some('│') if line.contains("twice") => 'l',
            Some('│') => '|',
            _ => ' ',
        });
        marks.collect::<String>()
    };
    // Names stand beside the bars; a bar below the first one of its lines has none.
    assert_eq!([2, 3, 4, 5].map(thick), ["nn", "nnl", "tnnl", "tn|nl"]);
    assert_eq!([6, 7, 9].map(thick), ["tn|n l", "tn#|n#l", "t#n#|#n#l"]);
}

#[test]
fn bars_stand_beside_each_other_before_one_is_hidden() {
    let mut bars = speed_ups();
    bars.bars.extend([bar("procs", 2.0, None), bar("all", 4.0, None)]);
    let body = Body::Bars(bars);
    let lines = body_lines(&body, 80, 3);
    assert!(lines[0].starts_with("serial") && lines[0].contains("procs"), "{lines:?}");
    assert!(lines[1].starts_with("threads") && lines[1].contains("all"), "{lines:?}");
    assert!(lines[2].contains("twice"), "{lines:?}");
    // One scale for both columns.
    let columns = |line: &str, from: usize| line.chars().skip(from).filter(|c| *c == '█').count();
    // The rule covers a column of the longer bar.
    assert_eq!(columns(&lines[1], 40) + 1, 2 * columns(&lines[0], 40));
    // Too narrow for two columns: the last line counts what is hidden.
    assert_eq!(body_lines(&body, 40, 3)[2], "+2 more bars");
}

#[test]
fn groups_of_bars_are_apart_where_there_is_a_line_for_it() {
    let mut bars = speed_ups();
    bars.bars[1].apart = true;
    let body = Body::Bars(Bars { ticks: Vec::new(), ..bars });
    let names = |height| {
        let lines = body_lines(&body, 49, height);
        lines.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(3), ["serial", "threads", ""]);
    assert_eq!(names(4), ["serial", "", "threads", ""]);
}

#[test]
fn a_rule_that_is_next_to_nothing_hides_no_bar() {
    let mut bars = speed_ups();
    bars.rule = Some(tick(0.001, "serial"));
    let lines = body_lines(&Body::Bars(bars), 49, 3);
    assert!(lines[0].starts_with("serial  │█████████▎ 1x"), "{lines:?}");
}

#[test]
fn the_scale_reaches_to_the_last_tick() {
    let length = |last: f64| {
        let mut bars = speed_ups();
        bars.ticks = vec![tick(last, "")];
        let lines = body_lines(&Body::Bars(bars), 49, 3);
        lines[0].chars().filter(|c| *c == '█').count()
    };
    assert_eq!([4.0, 8.0].map(length), [9, 4]);
}

fn number(value: f64) -> String {
    format!("{value}")
}

/// A line from corner to corner, with an interval above its first half.
fn plot() -> Plot {
    let points =
        vec![Point::new(0.0, 0.0).within(0.0, 5.0), Point::new(5.0, 5.0), Point::new(10.0, 10.0)];
    Plot {
        x: Axis::linear(10.0, number),
        y: Axis::linear(10.0, number),
        curves: vec![Curve { name: "all".to_owned(), tone: Tone::Good, points }],
        marks: vec![PlotMark { from: 7.5, to: 7.5, text: "half".to_owned(), tone: Tone::Dim }],
    }
}

#[test]
fn curves_bands_and_marks_lie_where_the_axes_say() {
    // Three columns for the axis, 21 of curves, four for the name.
    let lines = body_lines(&Body::Plot(plot()), 28, 6);
    let dots = |c| if ('\u{2801}'..='\u{28ff}').contains(&c) { '*' } else { c };
    let lines: Vec<_> =
        lines.iter().map(|line| line.chars().map(dots).collect::<String>()).collect();
    assert_eq!(
        lines,
        [
            "10┤               ┊ ***• all",
            "  │             *****",
            " 4┤░░░░░░░░░*•*** ┊",
            "  │░░░░*****      ┊",
            " 0┤•****          ┊ half",
            "  └┴0──┴2──┴4──┴6──┴8───",
        ]
    );
}

#[test]
fn a_point_outside_of_the_axes_is_left_out() {
    let mut plot = plot();
    plot.curves[0].points =
        [(20.0, 5.0), (5.0, f64::NAN), (2.0, 2.0)].map(|(x, y)| Point::new(x, y)).into();
    plot.marks.clear();
    let lines = body_lines(&Body::Plot(plot), 28, 6);
    let points: usize = lines.iter().map(|line| line.matches('•').count()).sum();
    assert_eq!(points, 1, "{lines:?}");
}

#[test]
fn names_of_curves_that_end_together_have_lines_of_their_own() {
    let mut plot = plot();
    plot.curves.push(Curve { name: "too".to_owned(), ..plot.curves[0].clone() });
    let lines = body_lines(&Body::Plot(plot), 28, 6);
    assert!(lines[0].ends_with("all") && lines[1].ends_with("too"), "{lines:?}");
}

#[test]
fn the_ends_of_a_low_axis_are_named() {
    let ticks = |height| {
        let lines = body_lines(&Body::Plot(plot()), 28, height);
        let ticks = lines.iter().filter_map(|line| Some(line.split_once('┤')?.0.trim().to_owned()));
        ticks.collect::<Vec<_>>()
    };
    assert_eq!(ticks(4), ["10", "0"]);
    assert_eq!(ticks(5), ["10", "0"]);
}
