//! Bodies where room is just enough, or one less.

use super::super::body;
use super::*;
use crate::scene::{
    Activity, Bar, Bars, Body, Code, CodeLine, LaneChart, LaneRow, Language, Line, Listing,
    LogLine, Part, Progress, Segment, Span, Table, Tree, TreeNode,
};

pub fn body_lines(body: &Body, width: u16, height: u16) -> Vec<String> {
    let buf = drawn(width, height, |canvas| body::draw(canvas, body));
    (0..height).map(|y| symbols(&buf, y)).collect()
}

#[test]
fn a_story_has_its_times_from_forty_columns_on() {
    let line = |at, lane: &str, text: &str| LogLine {
        at,
        lane: lane.into(),
        text: text.into(),
        ..LogLine::default()
    };
    let log = Body::Log(vec![
        line(1_000, "a", "was left out above"),
        line(2_500_000, "worker", "counts 1"),
        line(12_000_000, "b", "counts 2"),
    ]);
    assert_eq!(
        body_lines(&log, 40, 2),
        [" 2.500 ms  worker  counts 1", "12.000 ms  b       counts 2"]
    );
    assert_eq!(body_lines(&log, 39, 2), ["worker  counts 1", "b       counts 2"]);
}

#[test]
fn a_sentence_of_the_story_goes_on_below_and_the_oldest_is_shortened() {
    let line = |text: &str| LogLine { text: text.into(), ..LogLine::default() };
    let log = Body::Log(vec![line("one"), line("a sentence of two lines"), line("newest")]);
    assert_eq!(body_lines(&log, 16, 4), ["one", "a sentence of", "two lines", "newest"]);
    assert_eq!(body_lines(&log, 16, 3), ["a sentence of", "two lines", "newest"]);
    assert_eq!(body_lines(&log, 16, 2), ["a sentence of …", "newest"]);
    assert_eq!(body_lines(&log, 16, 1), ["newest"]);
}

#[test]
fn code_shows_the_lines_with_markers_and_those_after_them() {
    let lines = (1..=12).map(|number| CodeLine {
        text: format!("line_{number}").into(),
        at: if [2, 8].contains(&number) { vec![Span::from("w1")] } else { Vec::new() },
        skipped: number == 6,
    });
    let code = Body::Code(Code::new(vec![Listing::new(Language::Rust, lines)]));
    // The names stand beside the longest line of all, which is `line_12`.
    let shown = |height| {
        let lines = body_lines(&code, 30, height);
        lines.iter().map(|line| line.trim_start().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        shown(5),
        ["1   line_1", "2 ► line_2   ◀ w1", "┄┄┄", "7   line_7", "8 ► line_8   ◀ w1"]
    );
    assert_eq!(shown(8)[..2], ["2 ► line_2   ◀ w1", "3   line_3"]);
    assert_eq!(shown(8)[4..], ["6╌  line_6", "7   line_7", "8 ► line_8   ◀ w1", "9   line_9"]);
}

#[test]
fn threads_that_have_no_room_beside_their_line_are_counted_whole() {
    for width in 12..40 {
        let at = (1..=14).map(|n| Span::from(format!("w{n}"))).collect();
        let line = CodeLine { text: "x".into(), at, skipped: false };
        let code = Body::Code(Code::new(vec![Listing::new(Language::Rust, [line])]));
        let shown = &body_lines(&code, width, 1)[0];
        let names = shown.matches('w').count();
        let counted = shown.ends_with(&format!(" +{}", 14 - names));
        assert!(counted || names == 0, "{width}: {shown}");
    }
}

#[test]
fn code_is_indented_less_where_a_line_would_be_cut() {
    let texts = ["def add():", "    with lock:", "        values[n] = number"];
    let lines = texts.map(|text| CodeLine { text: text.into(), ..CodeLine::default() });
    let code = Body::Code(Code::new(vec![Listing::new(Language::Python, lines)]));
    for (width, indent) in [(39, 8), (38, 4), (35, 4), (34, 2), (33, 2)] {
        let shown = body_lines(&code, width, 3);
        assert!(
            shown[2].ends_with(&format!("3   {}values[n] = number", " ".repeat(indent))),
            "{shown:?}"
        );
        let outer = " ".repeat(indent / 2);
        assert!(shown[1].ends_with(&format!("2   {outer}with lock:")), "{shown:?}");
    }
}

#[test]
fn the_last_line_with_a_thread_is_in_view_however_many_rows_the_lines_above_take() {
    for (width, height) in (24..60).step_by(4).flat_map(|width| (1..9).map(move |h| (width, h))) {
        for marked in 1..=12 {
            let lines = (1..=12).map(|number| CodeLine {
                text: format!("    line_{number} = call(argument_1, argument_2)").into(),
                at: (number == marked).then(|| Span::from("w1")).into_iter().collect(),
                skipped: false,
            });
            let code = Body::Code(Code::new(vec![Listing::new(Language::Python, lines)]));
            let shown = body_lines(&code, width, height).join("\n");
            let wanted = format!("{marked:>2} ►");
            assert!(shown.contains(&wanted), "{width}x{height}, {marked}:\n{shown}");
        }
    }
}

#[test]
fn a_line_of_code_that_is_too_long_continues_below() {
    let line = |text: &str, at: &[&str]| CodeLine {
        text: text.into(),
        at: at.iter().map(|name| Span::from(*name)).collect(),
        ..CodeLine::default()
    };
    let lines =
        [line("counter, lock = 0, threading.Lock()", &[]), line("with lock:", &["a", "b", "c"])];
    let code = Body::Code(Code::new(vec![Listing::new(Language::Python, lines)]));
    let expected =
        ["1   counter, lock = 0,", "threading.Lock()", "2 ► with lock:          ◀ a, b, c"];
    assert_eq!(
        body_lines(&code, 35, 3).iter().map(|line| line.trim_start()).collect::<Vec<_>>(),
        expected
    );
    // Names that do not fit are counted.
    let narrow = body_lines(&code, 23, 8);
    let with_names = narrow.iter().find(|line| line.contains("with lock")).unwrap();
    assert!(with_names.ends_with("◀ a +2"), "{narrow:#?}");
}

#[test]
fn a_name_that_python_gives_keeps_its_number_where_room_is_short() {
    let cells = ["ThreadPoolExecutor-0_3", "MainThread", "1.24 s"].map(Span::from);
    let head = ["waiter", "holder", "total"].map(Into::into).into();
    let table = Body::Table(Table { head, rows: vec![cells.into()], figures_from: 2 });
    assert_eq!(body_lines(&table, 60, 2)[1], "ThreadPoolExecutor-0_3  MainThread  1.24 s");
    assert_eq!(body_lines(&table, 24, 2)[1], "pool0_3  main    1.24 s");
    let lane =
        |n| LaneRow { name: format!("ThreadPoolExecutor-0_{n}").into(), ..LaneRow::default() };
    let chart = LaneChart { from: 0, to: 9, lanes: [1, 2].map(lane).into() };
    let shown = body_lines(&Body::Lanes(chart), 60, 9);
    let names: Vec<_> = shown.iter().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"pool0_1") && names.contains(&"pool0_2"), "{shown:?}");
}

#[test]
fn a_line_of_code_is_broken_between_its_tokens() {
    let shown = |code: &str, width| {
        let line = CodeLine { text: code.into(), ..CodeLine::default() };
        let lines = body_lines(
            &Body::Code(Code::new(vec![Listing::new(Language::Python, [line])])),
            width,
            9,
        );
        let parts = lines.iter().map(|line| line.trim_start_matches([' ', '1']).to_owned());
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>()
    };
    assert_eq!(
        shown("results=list(pool.map(work,range(tasks)))", 40),
        ["results=list(", "pool.map(work,range(tasks)))"]
    );
    assert_eq!(
        shown("print(f'the count is {count}', file=output)", 48),
        ["print(f'the count is {count}',", "file=output)"]
    );
    assert_eq!(shown("length = len(values)", 26), ["length =", "len(values)"]);
    assert_eq!(shown("walker(level - 1)", 28), ["walker(", "level - 1)"]);
    let refused = "raise IndexError(\"List is empty, cannot remove\")";
    assert_eq!(shown(refused, 44), ["raise IndexError(", "\"List is empty, cannot remove\")"]);
    // Longer than a line.
    assert_eq!(shown(refused, 30), ["raise IndexError(", "\"List is empty, cannot", "remove\")"]);
}

#[test]
fn a_comment_that_has_no_room_follows_below_as_a_comment() {
    let shown = |language: Language, code: &str, width| {
        let line = CodeLine { text: code.into(), ..CodeLine::default() };
        let lines =
            body_lines(&Body::Code(Code::new(vec![Listing::new(language, [line])])), width, 9);
        lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>()
    };
    let pass = "pass            # one: both(a, b), two: both(b, a)";
    assert_eq!(
        shown(Language::Python, pass, 44),
        [" 1   pass", "       # one: both(a, b), two: both(b, a)"]
    );
    assert_eq!(
        shown(Language::Python, pass, 30),
        [" 1   pass", "       # one: both(a, b), two:", "       # both(b, a)"]
    );
    assert_eq!(
        shown(Language::Rust, "let n = \"a // b\"; // what is asked for", 34),
        [" 1   let n = \"a // b\";", "       // what is asked for"]
    );
    // The indentation does not give way to a comment.
    let indented = "    pass            # one: both(a, b), two: both(b, a)";
    assert_eq!(
        shown(Language::Python, indented, 46),
        [" 1       pass", "           # one: both(a, b), two: both(b, a)"]
    );
    // A line of its own as well; a sign within quotes begins none.
    assert_eq!(
        shown(Language::Python, "# the first thread forgets", 30),
        [" 1   # the first thread", "       # forgets"]
    );
    assert_eq!(
        shown(Language::Python, "print('# of items', count)", 30),
        [" 1   print(", "       '# of items', count)"]
    );
}

#[test]
fn all_listings_show_where_there_is_room_the_chosen_one_first() {
    let listing = |language: Language| {
        let name = language.name();
        let line =
            |text: &str| CodeLine { text: format!("{name} {text}").into(), ..CodeLine::default() };
        Listing::new(language, [line("one"), line("two")])
    };
    let mut code = Code::new(vec![listing(Language::Python), listing(Language::Rust)]);
    let shown = |code: &Code, height| body_lines(&Body::Code(code.clone()), 30, height).join("\n");
    assert!(!shown(&code, 5).contains("Rust"));
    let both = shown(&code, 6);
    assert!(both.find("Python two") < both.find("Rust one"), "{both}");
    assert!(both.contains("─ Rust ─") && both.contains("Rust two"), "{both}");
    code.shown = 1;
    let both = shown(&code, 6);
    assert!(both.find("Rust two") < both.find("Python one"), "{both}");
}

#[test]
fn rows_that_do_not_fit_below_each_other_stand_beside_each_other() {
    let row = |n: usize| vec![Span::from(format!("fault {n}")), Span::from("all done")];
    let head = ["fault", "retry"].map(Into::into).into();
    let rows = (1..=5).map(row).collect();
    let table = Body::Table(Table { head, rows, figures_from: usize::MAX });
    let shown = body_lines(&table, 40, 4);
    assert_eq!(shown[0], "fault    retry       fault    retry");
    assert_eq!(shown[1], "fault 1  all done    fault 4  all done");
    // Too narrow for that, they are counted.
    assert_eq!(body_lines(&table, 30, 4)[3], "+3 more rows");
    // Where all show there is nothing to scroll to.
    assert_eq!((body::height(&table, 40, 4), body::height(&table, 30, 4)), (4, 6));
}

#[test]
fn a_tree_folds_what_is_furthest_from_the_path_where_not_all_has_room() {
    let node = |depth: u16, on_path| TreeNode {
        depth,
        text: Line::from(format!("n{depth}")),
        folded: false,
        on_path,
    };
    // The path, and beside it one way that is three levels deep.
    let nodes = vec![
        node(0, true),
        node(1, true),
        node(2, false),
        node(1, false),
        node(2, false),
        node(3, false),
    ];
    let tree = Body::Tree(Tree { nodes, selected: Some(1) });
    let names = |height| {
        let lines = body_lines(&tree, 30, height);
        lines
            .iter()
            .map(|line| line.trim_start_matches(|c| c != 'n').to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(6), ["n0", "n1", "n2", "n1", "n2", "n3"]);
    assert_eq!(names(5), ["n0", "n1", "n2", "n1", "n2 …"]);
    assert_eq!(names(4), ["n0", "n1", "n2", "n1 …"]);
    // The next choices show even where not all of them do.
    assert_eq!(names(2), ["n0", "n1"]);
}

#[test]
fn figures_are_left_out_before_a_name_is_cut() {
    let head = ["waiter", "total", "max"].map(Into::into).into();
    let row = ["remove-1", "115 ms", "46.9 ms"].map(Span::from).into();
    let table = Body::Table(Table { head, rows: vec![row], figures_from: 1 });
    assert_eq!(body_lines(&table, 25, 2)[1], "remove-1  115 ms  46.9 ms");
    assert_eq!(body_lines(&table, 24, 2)[1], "remove-1  115 ms");
    assert_eq!(body_lines(&table, 15, 2)[1], "remove…  115 ms");
}

#[test]
fn the_smallest_part_of_a_bar_still_shows() {
    let bar = |label: &str, values: &[f64]| Bar {
        label: label.into(),
        values: values.to_vec(),
        figure: format!("{values:?}"),
        ..Bar::default()
    };
    let part = |name: &str| Part { name: name.to_owned(), tone: Tone::Good };
    let bars = Body::Bars(Bars {
        parts: vec![part("ran"), part("waited")],
        bars: vec![
            bar("long", &[60.0, 40.0]),
            bar("tiny", &[0.01, 0.02]),
            bar("none", &[0.0, 0.0]),
        ],
        ..Bars::default()
    });
    // Label and two columns, 21 of bar, one, the figure.
    let lines = body_lines(&bars, 40, 4);
    assert_eq!(
        lines,
        [
            "long  █████████████▓▓▓▓▓▓▓▓ [60.0, 40.0]",
            "tiny  ▏ [0.01, 0.02]",
            "none  [0.0, 0.0]",
            "      █ ran  ▓ waited",
        ]
    );
}

#[test]
fn progress_shows_its_share_its_count_and_its_label() {
    let progress = |done, of| Body::Progress(Progress { done, of, label: "runs".to_owned() });
    assert_eq!(body_lines(&progress(1_234, None), 40, 1), ["1,234 so far  runs"]);
    assert_eq!(
        body_lines(&progress(1_000, Some(4_000)), 48, 1),
        ["████░░░░░░░░░░░░  25 %  runs  1,000 of 4,000"]
    );
    assert_eq!(body_lines(&progress(9, Some(4)), 48, 1), ["████████████████ 100 %  runs  4 of 4"]);
}

#[test]
fn ticks_stand_fourteen_columns_apart_at_round_times() {
    let lanes = vec![LaneRow { name: "w".into(), activity: Activity::Idle, ..LaneRow::default() }];
    let chart = Body::Lanes(LaneChart { from: 0, to: 10_000_000, lanes });
    // One column of name and one between; 20 of state; 62 are left: 2.3 ms want 5 ms steps.
    let axis = &body_lines(&chart, 84, 2)[1];
    let ticks: Vec<_> = axis.match_indices('┴').map(|(at, _)| axis[..at].chars().count()).collect();
    assert_eq!(ticks, [2, 33], "{axis}");
    assert!(axis.contains("┴0 ms") && axis.contains("┴5 ms"), "{axis}");
}

/// One lane of three columns from 0 to 10 ns: their halves begin at 0, 2, 4, 5, 7 and 9.
fn three_columns(segments: &[(u64, u64, Activity)]) -> String {
    let segments = segments.iter().map(|&(from, to, activity)| Segment { from, to, activity });
    let lanes =
        vec![LaneRow { name: "w".into(), segments: segments.collect(), ..LaneRow::default() }];
    body_lines(&Body::Lanes(LaneChart { from: 0, to: 10, lanes }), 5, 1).remove(0)
}

#[test]
fn an_interval_fills_the_halves_of_columns_that_it_lies_in_and_no_other() {
    use Activity::{Holding, Running};
    assert_eq!(three_columns(&[(0, 2, Running)]), "w ▖");
    assert_eq!(three_columns(&[(0, 3, Running)]), "w ▄");
    assert_eq!(three_columns(&[(9, 10, Running)]), "w   ▗");
    assert_eq!(three_columns(&[(0, 5, Running), (5, 10, Holding)]), "w ▄▟█");
    assert_eq!(three_columns(&[(0, 4, Holding), (4, 10, Running)]), "w █▄▄");
}

#[test]
fn a_moment_shows_in_its_half_also_at_either_end() {
    let moment = |at| three_columns(&[(at, at, Activity::Running)]);
    assert_eq!([0, 5, 10].map(moment), ["w ▖", "w  ▗", "w   ▗"]);
    // The chart ends before them.
    assert_eq!(three_columns(&[(11, 20, Activity::Running)]), "w");
}

#[test]
fn a_tick_without_room_for_its_label_is_left_out() {
    let lanes = vec![LaneRow { name: "w".into(), ..LaneRow::default() }];
    let from = 12_000_000_000_000;
    let chart = Body::Lanes(LaneChart { from, to: from + 50_000, lanes });
    // Two columns of name, 20 of state, and 70 of chart: a tick in 14, a label in 15.
    let axis = &body_lines(&chart, 92, 2)[1];
    let labels: Vec<_> =
        axis.split(['┴', '─']).map(str::trim).filter(|it| !it.is_empty()).collect();
    assert_eq!(labels, ["12000.00000 s", "12000.00002 s"], "{axis}");
}

#[test]
fn one_row_below_its_head_is_not_counted() {
    let table = |rows: usize| {
        let head = ["name", "n"].map(Into::into).into();
        let row = |n: usize| vec![Span::from("row"), Span::from(&*n.to_string())];
        Body::Table(Table { head, rows: (1..=rows).map(row).collect(), figures_from: 1 })
    };
    assert_eq!(body_lines(&table(1), 12, 2), ["name  n", "row   1"]);
    assert_eq!(body_lines(&table(3), 12, 2)[0], "1 o…  n");
}
