//! Menus, questions, help and panes where room is short: what shows, what gives way.

use super::super::captions::Captions;
use super::super::{Hit, Hits, paint, probe, to_buffer};
use super::*;
use crate::scene::{
    Activity, Body, Finding, Height, HelpGroup, KeyHint, LaneChart, LaneRow, Menu, Overlay, Pane,
    Panel, Scene, Screen, Segment, Span, Table, View, Weight, line,
};

fn screen(overlay: Overlay) -> Screen {
    Screen { overlay: Some(overlay), ..Screen::default() }
}

fn texts(screen: &Screen, width: u16, height: u16) -> String {
    let buf = to_buffer(screen, &theme(), width, height);
    (0..height).map(|y| symbols(&buf, y) + "\n").collect()
}

fn menu(items: usize, selected: usize, hint: &str) -> Screen {
    let items = (1..=items).map(|at| line([format!("choice {at}").as_str()])).collect();
    screen(Overlay::Menu(Menu { title: "Which one?".into(), items, selected, hint: hint.into() }))
}

#[test]
fn a_menu_keeps_its_choice_in_view_and_its_hint_while_there_is_room() {
    let mut out = Vec::new();
    for (selected, hint, height) in [
        (0, "enter takes it", 14),
        (5, "enter takes it", 12),
        (8, "enter takes it", 12),
        (8, "enter takes it", 7),
        (4, "", 9),
        (8, "", 8),
    ] {
        let screen = menu(9, selected, hint);
        out.push(format!("-- {selected}, {height} lines\n{}", texts(&screen, 30, height)));
    }
    insta::assert_snapshot!("menus", out.concat());
}

#[test]
fn a_click_on_an_item_of_a_scrolled_menu_means_the_item_that_stands_there() {
    let mut buf = Buffer::empty(Rect::new(0, 0, 30, 8));
    let hits = paint(&mut buf, &menu(9, 8, ""), &theme());
    let items = (0..8).filter_map(|y| match hits.at(15, y) {
        Some(Hit::Item(at)) => Some((*at, symbols(&buf, y))),
        _ => None,
    });
    let items: Vec<_> = items.collect();
    assert!(items.len() > 2 && items[0].0 > 0, "{items:?}");
    for (at, text) in items {
        assert!(text.contains(&format!("choice {} ", at + 1)), "{at}: {text}");
    }
}

#[test]
fn what_is_typed_shows_its_end_and_the_hint_only_as_a_whole() {
    let line = |width: u16, label: &str, text: &str, hint: &str| {
        let overlay =
            Overlay::Prompt { label: label.into(), text: text.to_owned(), hint: hint.into() };
        let mut buf = Buffer::empty(Rect::new(0, 0, width, 8));
        let hits: Hits = paint(&mut buf, &screen(overlay), &theme());
        (symbols(&buf, 6), hits.cursor())
    };
    let of = |text: &str, x| (text.to_owned(), Some((x, 6)));
    // One column, the label, one column, the text, the cursor, two columns, the hint.
    assert_eq!(line(24, "code", "ab", "as in list1-"), of(" code ab▏  as in list1-", 8));
    assert_eq!(line(23, "code", "ab", "as in list1-"), of(" code ab▏  as in list1-", 8));
    assert_eq!(line(22, "code", "ab", "as in list1-"), of(" code ab▏", 8));
    assert_eq!(line(24, "code", "0123456789abcdefghij", ""), of(" code 3456789abcdefghij▏", 23));
    assert_eq!(
        line(24, "code", "語語語語語語語語語語", ""),
        of(" code 語 語 語 語 語 語 語 語 ▏", 22)
    );
    assert_eq!(line(24, "a long question here", "x", ""), of(" a long … x▏", 11));
}

fn help(sizes: &[usize]) -> Screen {
    let groups = sizes.iter().enumerate().map(|(group, size)| HelpGroup {
        title: format!("Group {group}"),
        keys: (0..*size)
            .map(|key| KeyHint {
                key: format!("k{key}"),
                label: format!("does {key} of group {group}, in full words").into(),
                press: format!("{group}{key}"),
                rank: 0,
            })
            .collect(),
    });
    screen(Overlay::Help { groups: groups.collect(), selected: 0, search: None })
}

#[test]
fn help_takes_as_many_columns_as_it_needs_and_has_room_for() {
    let mut out = Vec::new();
    for (sizes, width, height) in [
        (&[3, 2, 4][..], 60, 22),
        (&[3, 2, 4], 84, 12),
        (&[3, 2, 4], 130, 9),
        (&[3, 2, 4], 50, 10),
        (&[2, 2, 2, 2], 84, 12),
        (&[1, 5, 1], 84, 12),
        (&[4], 26, 12),
    ] {
        out.push(format!(
            "-- {sizes:?} on {width}x{height}\n{}",
            texts(&help(sizes), width, height)
        ));
    }
    insta::assert_snapshot!("help", out.concat());
}

fn pane(title: &str, lines: u16, findings: &[&str]) -> Pane {
    let mut scene = Scene::new(title);
    let rows = (1..=lines).map(|at| line([format!("{title} line {at}").as_str()])).collect();
    let panel = Panel::titled("Panel", Body::Lines(rows)).note("its note");
    scene.row(Height::Lines(lines), vec![panel]);
    for (text, weight) in findings.iter().zip([Weight::Broken, Weight::Caution, Weight::Fine]) {
        scene.finding(weight, *text);
    }
    Pane { scene, ..Pane::default() }
}

#[test]
fn several_panes_have_frames_where_the_shortest_has_room_for_one() {
    let panes = || (1..=4).map(|at| pane(&format!("P{at}"), 2, &["One."])).collect();
    let screen = Screen { view: View::Dashboard(panes()), ..Screen::default() };
    let corners = |width, height| {
        let buf = to_buffer(&screen, &theme(), width, height);
        let lines = 0..height;
        lines.filter(|y| buf[(0, *y)].symbol() == "╭").count()
    };
    // Two beside each other from 100 columns on, framed from 5 lines each; below that
    // four, framed from 10 lines each. Three lines belong to the screen itself.
    let framed = [(100, 12), (100, 13), (100, 14), (99, 42), (99, 43), (99, 44)];
    assert_eq!(framed.map(|(width, height)| corners(width, height)), [0, 2, 2, 0, 4, 4]);
}

#[test]
fn the_first_finding_is_whole_before_others_show() {
    let first = "The first finding is long enough for two lines.";
    let view = View::Single(pane("Lab", 4, &[first, "The second one.", "The third one."]));
    let screen = Screen { view, ..Screen::default() };
    let mut out = Vec::new();
    for height in 7..=15 {
        out.push(format!("-- {height} lines\n{}", texts(&screen, 34, height)));
    }
    insta::assert_snapshot!("findings", out.concat());
}

/// The entry that each line of the window is of, with its text.
fn zones(screen: &Screen, width: u16, height: u16) -> (Vec<(usize, String)>, Hits) {
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    let hits = paint(&mut buf, screen, &theme());
    let lines = (0..height).filter_map(|y| match hits.at(width / 2, y) {
        Some(Hit::Item(at)) => Some((*at, symbols(&buf, y))),
        _ => None,
    });
    (lines.collect(), hits)
}

#[test]
fn a_click_on_any_line_of_a_wrapped_description_is_one_on_its_key() {
    let (lines, _) = zones(&help(&[2]), 26, 12);
    let entries: Vec<_> = lines.iter().map(|(at, _)| *at).collect();
    assert_eq!(entries, [0, 0, 1, 1], "{lines:?}");
    assert!(lines[0].1.contains("▸ k0") && lines[2].1.contains("k1"), "{lines:?}");
}

#[test]
fn help_is_scrolled_so_that_the_chosen_key_shows() {
    let at = |chosen: usize, words: Option<&str>| {
        let mut screen = help(&[9]);
        let Some(Overlay::Help { selected, search, .. }) = &mut screen.overlay else {
            panic!("no help")
        };
        (*selected, *search) = (chosen, words.map(str::to_owned));
        zones(&screen, 60, 9)
    };
    let (top, hits) = at(0, None);
    // Nine keys and their title, in four lines.
    assert_eq!((top.len(), hits.overlay_limit()), (3, 6));
    for chosen in 0..9 {
        let marked: Vec<_> =
            at(chosen, None).0.into_iter().filter(|it| it.1.contains('▸')).collect();
        assert_eq!(marked.len(), 1, "{marked:?}");
        assert!(marked[0].0 == chosen && marked[0].1.contains(&format!("k{chosen}")), "{marked:?}");
    }
    // Under what is searched for.
    let (lines, _) = at(4, Some("word"));
    assert!(lines.iter().any(|line| line.1.contains("▸ k4")), "{lines:?}");
}

#[test]
fn the_lines_of_findings_follow_from_the_height_alone() {
    let mut scene = Scene::new("Lab");
    // It wants all of the height, and its first lines are enough.
    let rows = (1..=90).map(|at| vec![Span::new(format!("row {at}"), Tone::Plain)]).collect();
    let table = Body::Table(Table { head: vec!["Row".into()], rows, ..Table::default() });
    scene.row(Height::Lines(90), vec![Panel::titled("Panel", table)]);
    for at in 1..=12 {
        scene.finding(Weight::Fine, format!("finding {at} of them"));
    }
    let view = View::Single(Pane { scene, ..Pane::default() });
    let screen = Screen { view, ..Screen::default() };
    let pinned = |height: u16| texts(&screen, 60, height).matches("finding ").count();
    // Four lines belong to the screen and to the title of the lab.
    assert_eq!([12, 21, 22, 31, 54, 90].map(pinned), [1, 1, 2, 3, 5, 6]);
}

#[test]
fn findings_are_whole_with_the_keyboard_and_without() {
    let finding = "It is too noisy to tell whether 2 processes beat serial up to 10.0 ms of work";
    for width in 24..100 {
        for panel in [None, Some(1)] {
            let view = View::Single(Pane { panel, ..pane("Lab", 4, &[finding]) });
            let buf = to_buffer(&Screen { view, ..Screen::default() }, &theme(), width, 40);
            let shown = (0..40).map(|y| symbols(&buf, y)).collect::<Vec<_>>().join(" ");
            let words: Vec<_> = shown.split_whitespace().collect();
            for word in finding.split_whitespace() {
                assert!(words.contains(&word), "{width} {panel:?}: {word} in\n{shown}");
            }
        }
    }
}

#[test]
fn no_panel_moves_when_findings_come_and_go() {
    let panels = |findings: &[&str], height| {
        let view = View::Single(pane("Lab", 4, findings));
        probe::take();
        to_buffer(&Screen { view, ..Screen::default() }, &theme(), 34, height);
        probe::take().panels
    };
    for height in 8..40 {
        let none = panels(&[], height);
        assert_eq!(none, panels(&["One."], height), "{height}");
        let three = ["The first finding is long enough for two lines.", "Two.", "Three."];
        assert_eq!(none, panels(&three, height), "{height}");
    }
}

#[test]
fn the_border_of_a_row_does_not_come_and_go_with_what_is_in_it() {
    let corners = |lines: usize, height: u16| {
        let mut scene = Scene::new("Lab");
        let panel = Panel::titled("Waits", Body::Lines(vec!["text".into(); lines]));
        scene.row(Height::Fill { min: 3, weight: 1 }, vec![panel]);
        let view = View::Single(Pane { scene, ..Pane::default() });
        let drawn = to_buffer(&Screen { view, ..Screen::default() }, &theme(), 60, height);
        (0..height).map(|y| symbols(&drawn, y).matches('╭').count()).sum::<usize>()
    };
    for height in 5..14 {
        assert_eq!(corners(1, height), corners(9, height), "{height}");
    }
}

#[test]
fn a_row_joins_the_one_before_it_only_where_all_of_their_panels_fit() {
    let panel = |title: &str, columns| {
        Panel::titled(title, Body::Lines(vec!["text".into()])).at_least(columns)
    };
    let mut scene = Scene::new("Lab");
    scene.row(Height::Fill { min: 3, weight: 1 }, vec![panel("A", 0), panel("B", 30)]);
    scene.joining_row(Height::Lines(5), vec![panel("C", 0), panel("D", 0)]);
    let view = View::Single(Pane { scene, ..Pane::default() });
    let screen = Screen { view, ..Screen::default() };
    let places = |width: u16| {
        probe::take();
        to_buffer(&screen, &theme(), width, 40);
        let panels = probe::take().panels.into_iter();
        panels.map(|(title, [x, y, ..])| (title, x, y)).collect::<Vec<_>>()
    };
    let beside = |width: u16, line: i32| {
        places(width)
            .iter()
            .filter(|(_, _, y)| *y == line)
            .map(|(title, ..)| title.clone())
            .collect()
    };
    let all: String = beside(120, 2);
    assert_eq!(all, "ABCD");
    // Four of equal width would be 29 columns each, less than one of them asks for.
    let two: String = beside(119, 2);
    assert_eq!(two, "AB");
    let (_, x, y) = places(119).remove(2);
    // As high as the row itself asks for, and not as the other one.
    assert!(x < 2 && y > 4, "{x} {y}");
}

#[test]
fn what_stands_for_a_row_is_shown_only_while_that_may_be_out_of_view() {
    let mut scene = Scene::new("Lab");
    let rows = |count| Body::Lines(vec!["text".into(); count]);
    scene.stand_in("In full", "in short".into());
    scene.row(Height::Content, vec![Panel::titled("In full", rows(8))]);
    scene.row(Height::Content, vec![Panel::titled("Below", rows(20))]);
    let view = View::Single(Pane { scene, ..Pane::default() });
    let screen = Screen { view, ..Screen::default() };
    let shown = |height| texts(&screen, 60, height).contains("in short");
    assert_eq!([10, 14, 20, 60].map(shown), [true, true, false, false]);
}

#[test]
fn a_timeline_without_a_line_for_its_legend_has_it_in_the_border_on_the_dashboard() {
    let segments = [Activity::Holding, Activity::Running].into_iter().zip(0..);
    let segments = segments.map(|(activity, at)| Segment { from: at, to: at + 1, activity });
    let lane = LaneRow { name: "add-1".into(), segments: segments.collect(), ..LaneRow::default() };
    let chart = LaneChart { from: 0, to: 2, lanes: vec![lane] };
    let mut scene = Scene::new("Shared list");
    let lanes = Panel::bare(Body::Lanes(chart));
    scene.row(Height::Fill { min: 1, weight: 1 }, vec![lanes]);
    scene.badge("lock ON", crate::scene::Tone::Good);
    let pane = || Pane { scene: scene.clone(), ..Pane::default() };
    let view = View::Dashboard(vec![pane(), pane()]);
    let screen = Screen { view, ..Screen::default() };
    for (width, height) in [(80, 12), (120, 10), (80, 60), (200, 60)] {
        let text = texts(&screen, width, height);
        let legends = text.matches("█ holding  ▄ running").count();
        assert_eq!(legends, 2, "{width}x{height}\n{text}");
    }
    let ruled = texts(&screen, 80, 12);
    assert!(ruled.contains("── Shared list ─ █ holding  ▄ running ──"), "{ruled}");
    assert!(ruled.contains("─ lock ON ──"), "{ruled}");
}

#[test]
fn the_worst_finding_comes_first_and_what_does_not_fit_is_counted() {
    use Weight::{Broken, Caution, Fact, Fine, ToDo};
    let weights = [Fine, ToDo, Fact, Broken, Caution];
    let findings: Vec<Finding> = weights
        .iter()
        .map(|weight| (*weight, format!("A **{weight:?}** of two lines or more.")).into())
        .collect();
    let captions = Captions::new(&findings, 22);
    let shown = |height| {
        let buf = drawn(22, height, |canvas| captions.draw(canvas, 0));
        (0..height).map(|y| symbols(&buf, y)).collect::<Vec<_>>()
    };
    let all = shown(10);
    let marks: String = all.iter().step_by(2).filter_map(|line| line.chars().next()).collect();
    assert_eq!(marks, "✗▲✓•▸");
    assert_eq!(shown(1), ["✗ A Broken of two … +4"]);
    // No line beside the number is blank: the next one begins there, and is not counted.
    assert_eq!(shown(3)[2], "▲ A Caution of    … +3");
    assert_eq!(shown(2)[1], "  lines or more.    +4");
    assert_eq!(shown(9)[8], "▸ A ToDo of two      …");
    let short = [(Broken, "A Broken of two lines || **Broken**").into(), (Fine, "Fine").into()];
    let elsewhere = Finding::from((Broken, "Broken")).elsewhere_if(true);
    let other = [elsewhere, (ToDo, "To do").into()];
    let last = drawn(22, 2, |canvas| Captions::new(&other, 22).draw(canvas, 0));
    assert_eq!([0, 1].map(|y| symbols(&last, y)), ["▸ To do", "✗ Broken"]);
    let in_one_line = drawn(22, 1, |canvas| Captions::new(&short, 22).draw(canvas, 0));
    assert_eq!(symbols(&in_one_line, 0), "✗ Broken            +1");
    let bold = drawn(22, 1, |canvas| captions.draw(canvas, 0));
    let is_bold = |x| bold[(x, 0)].modifier.contains(ratatui::style::Modifier::BOLD);
    assert_eq!([3, 4, 9, 11].map(is_bold), [false, true, true, false]);
}
