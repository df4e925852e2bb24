//! What the figures mean: which variant is faster, and how sure that is.

use super::*;

#[test]
fn a_larger_pool_is_called_slower_only_if_its_rounds_are() {
    let with = |large: &[u64]| {
        let times: [(Mode, usize, &[u64]); 3] =
            [(Mode::Serial, 1, &[500; 7]), (Mode::Processes, 2, &TEN), (Mode::Processes, 8, large)];
        texts(&measured(&times)).remove(0)
    };
    let slower = "8 processes are slower than 2, 2.00 times as long (1.96 to 2.04): that is not their start, which takes 40.0 ms against 20.0 ms";
    assert_eq!(with(&[200; 7]), slower);
    let run_batch =
        "2 processes beat serial: 100 ms against 500 ms, 5.00 times as fast (4.90 to 5.10)";
    // Absent: nothing is said of the sizes.
    assert_eq!(with(&TEN), run_batch);
    // Reversed: 8 is the best then.
    assert_eq!(
        with(&[50; 7]),
        "8 processes beat serial: 50.0 ms against 500 ms, 10.0 times as fast (10.0 to 10.0)"
    );
    assert_eq!(
        with(&NOISE),
        "8 processes against 2: too noisy to tell (0.42 to 2.00 times as fast): repeat more often"
    );
}

#[test]
fn the_start_is_a_cause_only_if_it_is_half_of_the_difference() {
    // Of 100 ms more 20 are for starting, and then 60.
    let with = |[spawn, ready]: [u64; 2]| {
        let mut state = measured(&[(Mode::Serial, 1, &[500; 7]), (Mode::Processes, 2, &TEN)]);
        let variant = Variant { mode: Mode::Processes, size: 8 };
        for round in 0..7 {
            apply(&mut state, Fact::VariantStarted { round, variant });
            let moments = [spawn, ready, 150, 180, 190, 200].map(|ms| ms * 1_000_000);
            let parts_ns = Parts::cut(moments);
            let (total_ns, results) = (parts_ns.total(), (1..=10).map(|n| n * n).collect());
            let sample = Sample { variant, total_ns, parts_ns, pids: Vec::new(), results };
            apply(&mut state, Fact::Measured(sample));
        }
        apply(&mut state, Fact::Done);
        texts(&state).remove(0)
    };
    let slower = "8 processes are slower than 2, 2.00 times as long (1.96 to 2.04): ";
    let not = "that is not their start, which takes 40.0 ms against 20.0 ms";
    assert_eq!(with([20, 40]), format!("{slower}{not}"));
    let start = "to start them takes 80.0 ms against 20.0 ms";
    assert_eq!(with([20, 80]), format!("{slower}{start}"));
}

#[test]
fn cpython_that_fails_later_leaves_what_was_measured() {
    let mut state = measured(&[(Mode::Processes, 2, &TEN), (Mode::Python, 2, &TEN)]);
    let python = |version: Option<&str>, why: Option<&str>| Fact::Python {
        version: version.map(Into::into),
        start: "fork".into(),
        why: why.map(Into::into),
    };
    apply(&mut state, python(Some("3.11"), None));
    apply(&mut state, python(None, Some("it was killed")));
    let text = "CPython's own Pool failed after 7 rounds: it was killed".to_owned();
    assert!(texts(&state).contains(&text), "{:?}", texts(&state));
    let summary = ProcessPoolLab::summary(&state);
    let mode = "Mode: CPython 3.11, multiprocessing.Pool, fork".to_owned();
    assert!(summary.contains(&mode), "{summary:?}");
}

#[test]
fn a_pool_is_compared_with_serial_by_their_rounds() {
    let with = |serial: &[u64]| {
        let times: [(Mode, usize, &[u64]); 2] =
            [(Mode::Serial, 1, serial), (Mode::Processes, 2, &TEN)];
        texts(&measured(&times)).remove(0)
    };
    assert_eq!(
        with(&[200; 7]),
        "2 processes beat serial: 100 ms against 200 ms, 2.00 times as fast (1.96 to 2.04)"
    );
    assert_eq!(with(&TEN), "2 processes against serial: as fast within 10 % (1.00 to 1.00 times)");
    assert_eq!(
        with(&[50; 7]),
        "No process pool beats serial here: 10 squares alone take 50.0 ms, 2 processes 100 ms"
    );
    assert_eq!(
        with(&NOISE),
        "2 processes against serial: too noisy to tell (0.50 to 2.38 times as fast): repeat more often"
    );
    assert_eq!(
        with(&[200; 5]),
        "2 processes against serial: too few rounds to tell (5, it takes 6): repeat=6 or more tells"
    );
}

#[test]
fn the_peer_is_compared_by_its_rounds() {
    let with = |theirs: &[u64]| {
        let times: [(Mode, usize, &[u64]); 2] =
            [(Mode::Processes, 2, &TEN), (Mode::Python, 2, theirs)];
        let mut state = measured(&times);
        let (version, start, why) = (Some("3.14.0".into()), "fork".into(), None);
        apply(&mut state, Fact::Python { version, start, why });
        let all = texts(&state);
        all.into_iter().find(|text| text.starts_with("CPython")).unwrap()
    };
    let starts = "CPython 3.14.0 (fork), 2 processes:";
    assert_eq!(
        with(&[700; 7]),
        format!("{starts} 700 ms; compared with ours 7.00 times as long (6.86 to 7.14)")
    );
    assert_eq!(
        with(&TEN),
        format!("{starts} 100 ms; compared with ours as fast within 10 % (1.00 to 1.00 times)")
    );
    assert_eq!(
        with(&[50; 7]),
        format!("{starts} 50.0 ms; compared with ours 2.00 times as fast (1.96 to 2.04)")
    );
    assert_eq!(
        with(&NOISE),
        format!(
            "{starts} 90.0 ms; compared with ours too noisy to tell (0.42 to 2.00 times as fast): repeat more often"
        )
    );
}

#[test]
fn what_others_use_of_the_cores_is_named_beside_the_figures_that_it_spoils() {
    let times: [(Mode, usize, &[u64]); 2] = [(Mode::Serial, 1, &NOISE), (Mode::Processes, 2, &TEN)];
    let mut state = measured(&times);
    let load = |others_cores| {
        let cores = 2;
        Fact::Load(crate::kit::load::Load { others_cores, cores })
    };
    apply(&mut state, load(1.4));
    assert_eq!(
        texts(&state)[..2],
        [
            "2 processes against serial: too noisy to tell (0.50 to 2.38 times as fast): something else used about 1.4 of 2 cores; end that, or repeat more often",
            "While this was measured, something else used about 1.4 of 2 cores: that spoils all times",
        ]
    );
    let result = ProcessPoolLab::result(&state);
    assert_eq!(result["load"]["others_cores"], 1.4);
    assert_eq!(result["bars"][1]["compared_with_serial"]["verdict"], "too-noisy");
    assert_eq!(result["bars"][1]["compared_with_serial"]["rounds"], 7);
    apply(&mut state, load(0.1));
    assert!(!texts(&state).iter().any(|text| text.contains("something else")));
}

#[test]
fn nothing_is_compared_or_ranked_before_all_rounds_are_over() {
    let times: [(Mode, usize, &[u64]); 3] =
        [(Mode::Serial, 1, &TEN), (Mode::Processes, 2, &[200; 7]), (Mode::Processes, 8, &NOISE)];
    let mut state = measured(&times);
    let notes = |state: &State| -> Vec<_> {
        let bars = bars(&crate::lab::trial::scene_of::<ProcessPoolLab>(state, Detail::Full));
        bars.into_iter().map(|bar| bar.split_once(", ").unwrap().1.to_owned()).collect()
    };
    // What cannot be distinguished shares a place.
    assert_eq!(notes(&state), ["=1st 99 to 101", "3rd 200 to 200", "=1st 60 to 180"]);
    let variant = Variant { mode: Mode::Serial, size: 1 };
    apply(&mut state, Fact::VariantStarted { round: 8, variant });
    assert_eq!(notes(&state), [" 99 to 101", " 200 to 200", " 60 to 180"]);
    assert!(!texts(&state).iter().any(|text| text.contains("serial")));
}

#[test]
fn a_bar_of_too_few_runs_has_no_place() {
    let few = &TEN[..FEWEST - 1];
    let state = measured(&[
        (Mode::Serial, 1, &TEN),
        (Mode::Threads, 2, few),
        (Mode::Processes, 2, &[200; 7]),
    ]);
    let bars = bars(&crate::lab::trial::scene_of::<ProcessPoolLab>(&state, Detail::Full));
    let notes: Vec<_> = bars.iter().map(|bar| bar.split_once(", ").unwrap().1).collect();
    assert_eq!(notes, ["1st 99 to 101", " 100 to 101", "2nd 200 to 200"]);
}

#[test]
fn runs_are_compared_within_their_round_even_if_one_is_missing() {
    let times: [(Mode, usize, &[u64]); 2] = [
        (Mode::Serial, 1, &[100, 300, 100, 300, 100, 300, 100]),
        (Mode::Processes, 2, &[200, 600, 200, 600, 200, 600, 200]),
    ];
    let mut state = measured(&times);
    // The first run of the pool was void.
    state.bars.retain(|bar| !bar.is_blank());
    state.bars[1].rounds.remove(0);
    state.bars[1].samples.remove(0);
    let verdict = state.bars[1].compared_with(&state.bars[0], Timing::Whole);
    assert_eq!(verdict.to_string(), "2.00 times as long (2.00 to 2.00)");
    assert_eq!(verdict.ratio().unwrap().rounds, 6);
}

#[test]
fn the_break_even_says_between_which_works_it_lies() {
    let found = |work_us: Option<u64>, lost_us: Option<u64>| {
        let mut state = state();
        let found = crate::labs::pool::facts::BreakEven {
            size: 2,
            work_ns: work_us.map(|us| us * 1000),
            lost_ns: lost_us.map(|us| us * 1000),
            tried_to_ns: 10_000_000,
        };
        apply(&mut state, Fact::BreakEven(found));
        let outcome = ProcessPoolLab::summary(&state);
        let line = outcome.into_iter().find(|line| line.starts_with("Break-even"));
        (crate::labs::pool::findings::break_even(found), line.unwrap())
    };
    for (work, lost, finding, line) in [
        (
            Some(300),
            Some(200),
            "2 processes beat serial from 300 µs of work per task on, start-up included; up to 200 µs they do not",
            "Break-even: 300 µs of work per task",
        ),
        (
            Some(1),
            None,
            "2 processes beat serial from 1.00 µs of work per task or less, start-up included",
            "Break-even: 1.00 µs of work per task",
        ),
        (
            None,
            Some(10_000),
            "2 processes did not beat serial at any work per task up to 10.0 ms",
            "Break-even: not within 10.0 ms of work per task",
        ),
        (
            None,
            Some(200),
            "Break-even: too noisy to tell whether 2 processes beat serial up to 10.0 ms of work per task",
            "Break-even: too noisy to tell up to 10.0 ms of work per task",
        ),
    ] {
        assert_eq!(found(work, lost), (finding.to_owned(), line.to_owned()));
    }
}

#[test]
fn the_best_pool_is_that_of_the_least_median_not_of_the_luckiest_round() {
    let lucky = [1, 300, 300, 300, 300, 300, 300];
    let against = |sizes: [usize; 2]| {
        let times: [(Mode, usize, &[u64]); 4] = [
            (Mode::Serial, 1, &[500; 7]),
            (Mode::Processes, sizes[0], &lucky),
            (Mode::Processes, sizes[1], &TEN),
            (Mode::Processes, 9, &[900; 7]),
        ];
        texts(&measured(&times))
    };
    for (sizes, best) in [([2, 4], 4), ([4, 2], 2)] {
        let texts = against(sizes);
        let slower = format!("9 processes are slower than {best}, 9.00 times as long");
        assert!(texts[0].starts_with(&slower), "{texts:?}");
        let faster = format!("{best} processes beat serial: 100 ms against 500 ms");
        assert!(texts[1].starts_with(&faster), "{texts:?}");
    }
}

#[test]
fn cpython_is_compared_at_the_largest_size_that_both_have() {
    let mut state = measured(&[
        (Mode::Processes, 2, &TEN),
        (Mode::Processes, 4, &[200; 7]),
        (Mode::Processes, 8, &[300; 7]),
        (Mode::Python, 2, &[700; 7]),
        (Mode::Python, 4, &[600; 7]),
    ]);
    let (version, start, why) = (Some("3.14.0".into()), "fork".into(), None);
    apply(&mut state, Fact::Python { version, start, why });
    let text = "CPython 3.14.0 (fork), 4 processes: 600 ms; compared with ours 3.00 times as long (3.00 to 3.00)";
    assert!(texts(&state).contains(&text.to_owned()), "{:?}", texts(&state));
}

#[test]
fn more_workers_than_cores_are_named_where_they_compute() {
    let named = |set: &[(&str, &str)]| {
        let texts = texts(&ProcessPoolLab::state(&settings(set)));
        texts.into_iter().find(|text| text.contains("cannot help"))
    };
    let text = "2 cores: more than 2 workers that compute cannot help".to_owned();
    assert_eq!(named(&[("sizes", "2,3")]), Some(text.clone()));
    assert_eq!(named(&[("sizes", "1,3"), ("work", "spin:1ms")]), Some(text));
    // As many as cores; and those that sleep need none.
    assert_eq!(named(&[("sizes", "1,2")]), None);
    assert_eq!(named(&[("sizes", "2,8"), ("work", "sleep:1ms")]), None);
}

#[test]
fn a_break_even_that_was_not_found_differs_from_one_not_looked_for() {
    let last = |set: &[(&str, &str)]| {
        let state = ProcessPoolLab::state(&settings(set));
        ProcessPoolLab::summary(&state).into_iter().find(|line| line.starts_with("Break-even"))
    };
    assert_eq!(last(&[]).unwrap(), "Break-even: not found out");
    assert_eq!(last(&[("break_even", "off")]).unwrap(), "Break-even: not looked for");
}
