//! The pictures that explain: schedules, pools under a fault, cards.

use ratatui::style::Modifier;

use super::bodies::body_lines;
use super::drawn;
use crate::scene::{
    Activity, Body, Card, CardPart, Cards, Fate, Overview, OverviewItem, PoolPicture, PoolTask,
    PoolWorker, Schedule, ScheduleRow, ScheduleThread, Span, Structure, Tone,
};
use crate::ui::body;

fn schedule(taken: usize) -> Body {
    let thread = |key: &str, next: &str| ScheduleThread {
        key: key.to_owned(),
        name: format!("adder[{key}]").into(),
        tone: Tone::Plain,
        state: Span::from("ready"),
        next: Span::from(next.to_owned()),
    };
    let step = |thread, text: &str, conflict| ScheduleRow {
        thread,
        text: text.to_owned().into(),
        conflict,
    };
    Body::Schedule(Schedule {
        threads: vec![thread("1", "store count = 1"), thread("2", "load count -> 0")],
        steps: [
            step(0, "load count -> 0", true),
            step(1, "load count -> 0", false),
            step(1, "store count = 1", true),
        ]
        .into(),
        taken,
    })
}

#[test]
fn each_thread_has_its_column_and_the_next_steps_follow_the_last_one() {
    let expected = [
        "      1 adder[1]                 2 adder[2]",
        "      ready                      ready",
        "  1 ! load count -> 0            │",
        "  2   │                          load count -> 0",
        "    ▸ store count = 1            load count -> 0",
        "  3 ! ┊                          store count = 1",
        "      ┊                          ┊",
        "      ┊                          ┊",
    ];
    assert_eq!(body_lines(&schedule(2), 60, 8), expected);
}

#[test]
fn long_next_steps_are_below_each_other_and_touch_no_line() {
    // 15 columns for a step of 15.
    let lines = body_lines(&schedule(1), 36, 7);
    let expected = [
        "      1 adder[1]     2 adder[2]",
        "      ready          ready",
        "  1 ! load count -> 0",
        "    ▸ store count = 1",
        "    ▸ ┊              load count -> 0",
        "  2   ┊              load count -> 0",
        "  3 ! ┊              store count = 1",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn names_of_threads_are_shorter_where_they_do_not_fit_beside_each_other() {
    let Body::Schedule(mut schedule) = schedule(0) else { unreachable!() };
    let mut third = schedule.threads[0].clone();
    (third.key, third.name) = ("3".to_owned(), "adder[3]".into());
    schedule.threads.push(third);
    let head = |width| body_lines(&Body::Schedule(schedule.clone()), width, 6).remove(0);
    assert_eq!(head(42), "      1 adder   2 adder   3 adder[3]");
    assert_eq!(head(32), "      1    2    3 adder[3]");
}

#[test]
fn where_a_schedule_is_low_its_last_steps_and_the_next_ones_stay() {
    let lines = body_lines(&schedule(3), 60, 5);
    assert!(lines[2].starts_with("  2 ") && lines[3].starts_with("  3 !"), "{lines:?}");
    assert!(lines[4].contains("▸ store count = 1"));
}

#[test]
fn where_a_schedule_is_narrow_no_text_of_a_step_is_cut() {
    let lines = body_lines(&schedule(3), 32, 9).join("\n");
    assert!(!lines.contains('…'), "{lines}");
    assert_eq!(lines.matches('▸').count(), 2, "a line for each thread\n{lines}");
}

#[test]
fn with_room_the_steps_of_a_schedule_stand_further_apart() {
    // The lines of the two steps taken, of the next ones, and of the one undone.
    for (height, [first, second, next, undone]) in
        [(18, [2, 3, 4, 5]), (22, [2, 4, 6, 8]), (30, [2, 5, 8, 11])]
    {
        let lines = body_lines(&schedule(2), 60, height);
        assert!(lines[first].starts_with("  1 ! load"), "{lines:?}");
        assert!(lines[second].starts_with("  2   │"), "{lines:?}");
        assert!(lines[next].contains("▸ store count = 1"), "{lines:?}");
        assert!(lines[undone].starts_with("  3 !"), "{lines:?}");
    }
}

fn pool() -> Body {
    let fates = [Fate::Done, Fate::Done, Fate::Lost, Fate::Failed, Fate::Running, Fate::Waiting];
    let task = |(at, fate)| PoolTask { fate, is_target: at == 2 };
    let worker = |name: &str, activity, state: &[&'static str], is_target| PoolWorker {
        name: name.to_owned(),
        activity,
        state: state.into(),
        is_target,
    };
    let killed = ["killed by SIGKILL", "SIGKILL"];
    Body::Pool(PoolPicture {
        tasks: fates.into_iter().enumerate().map(task).collect(),
        workers: vec![
            worker("27981", Activity::Dead, &killed, true),
            worker("27984", Activity::Running, &["task 7"], false),
        ],
        verdict: "`get()` never returns".to_owned(),
    })
}

#[test]
fn a_pool_shows_the_fate_of_each_task_and_marks_the_target() {
    let lines = body_lines(&pool(), 60, 9);
    assert_eq!(lines[0], "███✓████ ███✓████ ░░[?]░░░ ███✗████ ▒▒▒►▒▒▒▒ ░░░·░░░░");
    assert_eq!(lines[1], "✓ 2 done  ✗ 1 failed  ? 1 lost  ► 1 running  · 1 waiting");
    assert_eq!(lines[2], "† 27981 killed by SIGKILL ◀");
    assert_eq!(lines[3], "► 27984 task 7");
    assert!(lines.contains(&"get() never returns".to_owned()), "{lines:?}");
}

#[test]
fn a_sign_in_a_full_cell_has_the_colour_of_the_ground() {
    let buf = drawn(60, 9, |canvas| body::draw(canvas, &pool()));
    let reversed = |x: u16| buf[(x, 0)].modifier.contains(Modifier::REVERSED);
    let of = |sign: &str| (0..60).find(|x| buf[(*x, 0)].symbol() == sign).unwrap();
    assert_eq!(["✓", "✗", "?", "►"].map(|sign| reversed(of(sign))), [true, true, false, false]);
    // The smallest cells are signs on the ground.
    let small = drawn(12, 3, |canvas| body::draw(canvas, &pool()));
    assert!((0..12).all(|x| !small[(x, 0)].modifier.contains(Modifier::REVERSED)));
}

#[test]
fn a_pool_grows_with_its_room_and_cuts_nothing_in_little() {
    let high = body_lines(&pool(), 60, 30);
    assert!(high[0].starts_with("████████ ████████ ░░░"), "{high:?}");
    let narrow = body_lines(&pool(), 18, 10);
    assert_eq!(
        narrow[1..3],
        ["✓ 2  ✗ 1  ? 1  ► 1  · 1", "† 27981 SIGKILL ◀"]
            .map(|line| { line.chars().take(18).collect::<String>().trim_end().to_owned() })
    );
}

fn cards(text: &str) -> Body {
    let part = |label: &str, text: &str, longest| CardPart {
        label: label.to_owned(),
        text: Span::from(text.to_owned()),
        longest,
    };
    let card = |title: &str| Card {
        title: title.into(),
        mark: Span::from("✓ worked"),
        listings: vec![
            vec![part("Python", "", 0), part("", "try: divide()", 0), part("", "except: raise", 0)],
            vec![part("Rust", "", 0), part("", "divide()?;", 0)],
        ],
        parts: vec![part("kept", text, 90)],
    };
    Body::Cards(Cards { cards: ["Catch", "Log", "Carry", "Clean"].map(card).into(), shown: 0 })
}

#[test]
fn each_card_shows_one_language_and_its_mark_or_the_sign_of_it() {
    let Body::Cards(mut all) = cards("") else { panic!("no cards") };
    all.cards[1].title = "A failure in the critical section".into();
    for (shown, code) in [(0, " try: divide() "), (1, " divide()?; "), (2, " except: raise ")] {
        all.shown = shown;
        let lines = body_lines(&Body::Cards(all.clone()), 44, 40);
        let text = lines.join("\n");
        assert_eq!(text.matches(code).count(), 4, "{text}");
        assert_eq!(text.matches("✓ worked").count(), 3, "{text}");
        assert_eq!(text.matches('✓').count(), 4, "{text}");
    }
}

#[test]
fn cards_wrap_their_sentences_and_keep_room_for_those_that_come() {
    let sentence =
        "8 threads and 8 processes wrote 1,600 of 1,600 lines whole and in order, none torn";
    for width in [40, 78, 120, 200] {
        let height = |text| crate::ui::body::need(&cards(text), width).least;
        assert_eq!(height(""), height(sentence), "{width}");
        let lines = body_lines(&cards(sentence), width, height(""));
        let text = lines.join("\n");
        assert!(!text.contains('…') && text.matches("torn").count() == 4, "{text}");
    }
}

#[test]
fn things_have_their_names_where_there_is_room_for_all_of_them() {
    let item = |name: &str, is_here| OverviewItem {
        sign: "★☆".to_owned(),
        name: name.to_owned(),
        tone: Tone::Plain,
        is_here,
    };
    let group = |name: &str, items: Vec<OverviewItem>| (name.to_owned(), items);
    let first = vec![item("Read, add, write", true), item("Countdown", false)];
    let groups = vec![group("updates", first), group("queues", vec![item("Buffer", false)])];
    let overview = Body::Overview(Overview { groups });
    assert_eq!(body_lines(&overview, 30, 2), ["updates  [★☆]   ★☆", "queues    ★☆"]);
    let named = body_lines(&overview, 60, 4);
    assert_eq!(named[0], "updates  [★☆] Read, add, write     ★☆  Countdown");
    assert_eq!(named[1], "queues    ★☆  Buffer");
    // A name of two lines keeps all groups two lines apart.
    let tall = body_lines(&overview, 48, 4);
    assert_eq!(
        tall[..3],
        [
            "updates  [★☆] Read, add,     ★☆  Countdown",
            "              write",
            "queues    ★☆  Buffer"
        ]
    );
    assert!(!body_lines(&overview, 48, 3).concat().contains("Buffer"));
}

#[test]
fn who_got_a_tool_in_turn_is_shown_as_far_as_there_is_room() {
    let structure = Structure {
        figures: vec![("waits".to_owned(), "p50 3 ms".to_owned())],
        order: ["a-1", "a-2", "a-1"].map(str::to_owned).into(),
        ..Structure::default()
    };
    let shown = |width| body_lines(&Body::Structure(structure.clone()), width, 1).remove(0);
    assert_eq!(shown(40), "waits p50 3 ms   order a-1 a-2 a-1");
    assert_eq!(shown(32), "waits p50 3 ms   order a-1 +2");
    assert_eq!(shown(30), "waits p50 3 ms");
}

#[test]
fn of_text_that_grows_the_last_lines_are_shown() {
    let text = |count: usize| Body::Tail((1..=count).map(|n| format!("line {n}").into()).collect());
    assert_eq!(body_lines(&text(2), 9, 3), ["line 1", "line 2", ""]);
    assert_eq!(body_lines(&text(9), 9, 3), ["line 7", "line 8", "line 9"]);
    assert_eq!(body_lines(&text(0), 9, 1), [""]);
    let long = crate::scene::Line::new()
        .then("12345", Tone::Plain)
        .then("67宽9", Tone::Good)
        .then("", Tone::Dim);
    let text = Body::Tail(vec!["first".into(), long, crate::scene::Line::new(), "last".into()]);
    let shown = |rows| body_lines(&text, 4, rows);
    assert_eq!(shown(9)[..8], ["firs", "t", "1234", "567", "宽 9", "", "last", ""]);
    assert_eq!(shown(3), ["宽 9", "", "last"]);
}
