//! Pictures of figures, each where there is room and where there is not.

use threadbare::scene::{
    Activity, Bar, Bars, Body, Boxes, Part, Progress, Scale, Slot, Span, Table, Tone,
};

use super::gallery::gallery;

fn bar(label: &str, values: &[f64], figure: &str, note: &str, activity: Activity) -> Bar {
    Bar {
        label: label.into(),
        values: values.to_vec(),
        figure: figure.to_owned(),
        note: (note, Tone::Dim).into(),
        activity,
        ..Bar::default()
    }
}

fn parts(names: &[&str]) -> Vec<Part> {
    let part = |(i, name): (u8, &&str)| Part { name: (*name).to_owned(), tone: Tone::Series(i) };
    (0..).zip(names).map(part).collect()
}

#[test]
fn bars() {
    let linear = Bars {
        parts: parts(&["make", "send", "work", "back", "join", "rest"]),
        bars: vec![
            bar("one of each", &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "21 s", "± 2", Activity::Running),
            bar("the second alone", &[0.0, 10.3], "10.3 s", "", Activity::Idle),
            bar("nothing", &[0.0, 0.0], "0 s", "not run", Activity::Failed),
            bar("no number", &[f64::NAN, -3.0, f64::INFINITY], "?", "", Activity::Idle),
            bar("hardly any", &[0.000_1, 0.000_2], "300 µs", "", Activity::Finished),
            bar("whole", &[40.0], "40 s", "median of 9", Activity::Waiting),
        ],
        ..Bars::default()
    };
    let sizes = [(90, 7), (50, 7), (34, 6), (34, 4), (24, 2), (40, 1)];
    insta::assert_snapshot!("gallery_bars", gallery(&Body::Bars(linear), &sizes));
    let log = Bars {
        parts: parts(&["ns"]),
        bars: vec![
            bar("lowest", &[2.0], "2 ns", "", Activity::Idle),
            bar("ten times", &[20.0], "20 ns", "x 10", Activity::Idle),
            bar("most", &[2_000.0], "2 µs", "x 1000", Activity::Idle),
            bar("none", &[0.0], "0 ns", "", Activity::Idle),
        ],
        scale: Scale::Log,
        ..Bars::default()
    };
    insta::assert_snapshot!(
        "gallery_bars_log",
        gallery(&Body::Bars(log), &[(70, 6), (40, 4), (30, 3)])
    );
}

#[test]
fn tables() {
    let row = |cells: [&str; 5]| cells.map(Span::from).into();
    let rows = (1..=9).map(|n| {
        let name = format!("worker {n} of the second group");
        let (total, p50) = (format!("{n}.50 ms"), format!("{}0 µs", 10 - n));
        let waits = format!("{}", n * 111);
        row([name.as_str(), "list-lock", total.as_str(), p50.as_str(), waits.as_str()])
    });
    let table = Table {
        head: ["waiter", "of", "total", "p50", "waits"].map(Into::into).into(),
        rows: rows.collect(),
        figures_from: 2,
    };
    let sizes = [(80, 11), (50, 5), (40, 4), (30, 3), (24, 2), (20, 1)];
    insta::assert_snapshot!("gallery_table", gallery(&Body::Table(table), &sizes));
}

#[test]
fn how_far_one_is() {
    let mut all = String::new();
    for (done, of) in [
        (421, Some(1_234)),
        (7, None),
        (99, Some(100)),
        (5_000, Some(4_000)),
        (0, Some(0)),
        (29, Some(2_048)),
    ] {
        let progress =
            Body::Progress(Progress { done, of, label: "search: about 12 s left".to_owned() });
        all += &gallery(&progress, &[(96, 1), (50, 1), (22, 1)]);
    }
    insta::assert_snapshot!("gallery_progress", all);
}

#[test]
fn memory() {
    let slot = |text: &str, label: &str| Slot {
        text: text.to_owned(),
        label: label.to_owned(),
        ..Slot::default()
    };
    let mut boxes = Boxes {
        slots: (0..12).map(|n| slot(&(n * n * 7).to_string(), "")).collect(),
        caption: "length 12".to_owned(),
        ..Boxes::default()
    };
    let mut all = gallery(&Body::Boxes(boxes.clone()), &[(90, 3), (40, 2), (24, 1)]);
    boxes.slots[1].label = "front".to_owned();
    boxes.slots[10].label = "add-1".to_owned();
    boxes.more = 30;
    all += &gallery(&Body::Boxes(boxes), &[(100, 4), (60, 3), (40, 2)]);
    let empty = Boxes { caption: "length 0".to_owned(), ..Boxes::default() };
    all += &gallery(&Body::Boxes(empty), &[(40, 3), (40, 1)]);
    insta::assert_snapshot!("gallery_boxes", all);
}
