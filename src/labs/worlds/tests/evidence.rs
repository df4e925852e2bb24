//! Which causes the rounds bear out: speed-ups, costs, and where there is too little to tell.

use super::*;

#[test]
fn where_the_effects_are_real_the_causes_are_named() {
    let strategies =
        [SERIAL, (Strategy::Threads, &HALF), (Strategy::Gil, &EQUAL), (Strategy::Processes, &HALF)];
    assert_eq!(
        texts(&measured(Work::Cpu, &strategies)),
        [
            "Computing, times as fast as serial: threads 1.99 (1.93 to 2.03), processes 1.99 (1.93 to 2.03), because 2 cores work at once.",
            "Under the GIL model: 0.97 (0.95 to 0.99), because only one thread may run at a time.",
        ]
    );
    let strategies =
        [SERIAL, (Strategy::Threads, &HALF), (Strategy::Gil, &HALF), (Strategy::Processes, &EQUAL)];
    assert_eq!(
        texts(&measured(Work::Io, &strategies)),
        [
            "Waiting, times as fast as serial: threads 1.99 (1.93 to 2.03), under the GIL model 1.99 (1.93 to 2.03), because a wait needs no core and gives the lock up; processes 0.97 (0.95 to 0.99)."
        ]
    );
}

#[test]
fn where_the_effect_is_absent_or_reversed_no_cause_is_named() {
    let strategies = [
        SERIAL,
        (Strategy::Threads, &EQUAL),
        (Strategy::Gil, &EQUAL),
        (Strategy::Processes, &[320; 7]),
    ];
    let expected = "threads 0.97 (0.95 to 0.99), under the GIL model 0.97 (0.95 to 0.99), processes 0.50 (0.49 to 0.51).";
    assert_eq!(
        texts(&measured(Work::Cpu, &strategies)),
        [format!("Computing, times as fast as serial: {expected}")]
    );
    assert_eq!(
        texts(&measured(Work::Io, &strategies)),
        [format!("Waiting, times as fast as serial: {expected}")]
    );
}

#[test]
fn what_is_drowned_in_noise_is_called_too_noisy_with_what_to_do() {
    let strategies = [
        SERIAL,
        (Strategy::Threads, &NOISE),
        (Strategy::Gil, &EQUAL),
        (Strategy::Processes, &HALF),
    ];
    let mut state = measured(Work::Cpu, &strategies);
    let figures = "Computing, times as fast as serial: threads too noisy to tell (0.53 to 2.00), \
                   under the GIL model 0.97 (0.95 to 0.99), processes 1.99 (1.93 to 2.03)";
    assert_eq!(
        texts(&state),
        [format!("{figures}: choose a larger size, or let it measure longer.")]
    );
    let load = crate::kit::load::Load { others_cores: 1.4, cores: 2 };
    apply(&mut state, Fact::Load(load));
    assert_eq!(
        texts(&state),
        [
            format!(
                "{figures}: something else used about 1.4 of 2 cores; end that, or choose a larger size."
            ),
            "While this was measured, something else used about 1.4 of 2 cores: that spoils times and speed-ups.".to_owned(),
        ]
    );
    assert_eq!(ThreadsOrProcesses::result(&state)["load"]["others_cores"], 1.4);
}

#[test]
fn a_gil_model_that_gains_or_is_unclear_is_given_no_cause() {
    let with = |gil: &[u64]| {
        let strategies = [
            SERIAL,
            (Strategy::Threads, &HALF),
            (Strategy::Gil, gil),
            (Strategy::Processes, &HALF),
        ];
        texts(&measured(Work::Cpu, &strategies)).remove(1)
    };
    let gains = with(&[120, 121, 119, 120, 122, 120, 118]);
    assert_eq!(gains, "Under the GIL model: 1.33 (1.33 to 1.34).");
    let unclear = with(&NOISE);
    assert_eq!(
        unclear,
        "Under the GIL model: too noisy to tell (0.53 to 2.00): choose a larger size, or let it measure longer."
    );
}

#[test]
fn too_few_rounds_are_no_evidence() {
    let strategies = [
        (Strategy::Serial, &[160, 160][..]),
        (Strategy::Threads, &[80, 80]),
        (Strategy::Gil, &[160, 160]),
        (Strategy::Processes, &[80, 80]),
    ];
    let text = texts(&measured(Work::Cpu, &strategies)).remove(0);
    assert!(
        text.starts_with("Computing, times as fast as serial: threads too few rounds (2 of 6), "),
        "{text}"
    );
    assert!(!text.contains("because"), "{text}");
    // More are to come; at the end it is the tasks that take too long.
    assert!(text.ends_with("processes too few rounds (2 of 6)."), "{text}");
    let mut state = measured(Work::Cpu, &strategies);
    apply(&mut state, Fact::Done);
    let text = texts(&state).remove(0);
    assert!(text.ends_with("(2 of 6): choose a smaller size."), "{text}");
}

#[test]
fn no_more_cores_work_at_once_than_there_are_workers() {
    let strategies =
        [SERIAL, (Strategy::Threads, &HALF), (Strategy::Gil, &EQUAL), (Strategy::Processes, &HALF)];
    let mut state = measured(Work::Cpu, &strategies);
    state.cores = 8;
    let text = texts(&state).remove(0);
    assert!(text.ends_with("because 4 cores work at once."), "{text}");
}

#[test]
fn a_part_of_cpython_is_not_called_nothing() {
    let strategies = [SERIAL, (Strategy::PythonSerial, &[160; 7][..])];
    for (measured, part) in
        [(measured(Work::Cpu, &strategies), " completely"), (measured(Work::Cpu, &[SERIAL]), "")]
    {
        let mut state = measured;
        apply(&mut state, Fact::PythonAbsent { why: "it was killed".into() });
        let text = format!("CPython was not measured{part}: it was killed.");
        assert!(texts(&state).contains(&text), "{:?}", texts(&state));
    }
}

#[test]
fn runs_are_compared_within_their_round() {
    // The machine is three times slower in every second round: the ratio stays.
    let strategies: [(Strategy, &[u64]); 2] = [
        (Strategy::Serial, &[160, 480, 160, 480, 160, 480]),
        (Strategy::Threads, &[80, 240, 80, 240, 80, 240]),
    ];
    let mut state = measured(Work::Cpu, &strategies);
    let verdict = state.verdict(Work::Cpu, Strategy::Threads).unwrap();
    assert_eq!(verdict.to_string(), "2.00 times as fast (2.00 to 2.00)");
    // A round that has only one of the two compares nothing.
    let alone = Fact::Timed {
        round: 77,
        work: Work::Cpu,
        strategy: Strategy::Threads,
        n: 4,
        ns: 1,
        switches: None,
    };
    apply(&mut state, alone);
    let verdict = state.verdict(Work::Cpu, Strategy::Threads).unwrap();
    assert_eq!(verdict.ratio().unwrap().rounds, 6);
}

#[test]
fn each_runtime_is_compared_with_its_own_serial_run() {
    let strategies = [
        SERIAL,
        (Strategy::PythonSerial, &[40, 41, 40, 39, 40, 40, 40][..]),
        (Strategy::PythonThreads, &[40, 40, 41, 40, 39, 41, 40]),
        (Strategy::PythonProcesses, &[20, 21, 20, 20, 20, 19, 20]),
    ];
    let mut state = measured(Work::Cpu, &strategies);
    let version = "CPython 3.14.0".into();
    apply(&mut state, Fact::Python { version, gil: true });
    assert_eq!(
        texts(&state),
        [
            "CPython 3.14.0 (with its GIL), computing, times as fast as its own serial run: threads 1.00 (0.97 to 1.03), processes 2.00 (1.95 to 2.11)."
        ]
    );
    let result = ThreadsOrProcesses::result(&state);
    let strategies = result["ways"].as_array().unwrap();
    let of = |strategy: &str| strategies.iter().find(|entry| entry["way"] == strategy).unwrap();
    assert_eq!(of("python-processes")["baseline"], "python-serial");
    assert_eq!(of("python-processes")["runtime"], "python");
    assert_eq!(of("python-processes")["verdict"], "faster");
    assert_eq!(of("python-threads")["verdict"], "same");
    assert_eq!(of("python-processes")["speedup"], 2.0);
    assert_eq!(of("python-processes")["speedup_interval"]["rounds"], 7);
    assert_eq!(of("serial")["baseline"], "serial");
    let scene = crate::lab::trial::scene_of::<ThreadsOrProcesses>(&state, Detail::Full);
    let panels = scene.rows.iter().flat_map(|row| &row.panels);
    let charts: Vec<_> = panels
        .filter_map(|panel| match &panel.body {
            crate::scene::Body::Bars(bars) => Some((panel, bars)),
            _ => None,
        })
        .map(|(panel, bars)| {
            let bars = bars.bars.iter();
            let bars = bars.map(|bar| format!("{} {} {}", bar.label, bar.figure, bar.note.text));
            (panel.title.to_string(), bars.collect::<Vec<_>>())
        })
        .collect();
    // Two series in a chart, each beginning with its own serial run.
    let of = |serial: &str, threads: &str, python: [&str; 3]| {
        let ours = [serial, threads, "GIL model  follows", "processes  follows"];
        ours.into_iter().chain(python).map(str::to_owned).collect::<Vec<_>>()
    };
    let none = ["py serial  follows", "py threads  follows", "py processes  follows"];
    let nothing = of("serial  follows", "threads  follows", none);
    let python = ["py serial 1.0x 40.0 ms", "py threads 1.0x ±0.1", "py processes 2.0x ±0.2"];
    assert_eq!(
        charts,
        [
            ("Computing".to_owned(), of("serial 1.0x 160 ms", "threads  follows", python)),
            ("Waiting".to_owned(), nothing.clone()),
            ("Both".to_owned(), nothing),
        ]
    );
}

#[test]
fn each_runtimes_own_amount_of_work_is_named() {
    let state = sample_state();
    let scene = crate::lab::trial::scene_of::<ThreadsOrProcesses>(&state, Detail::Full);
    let mut panels = scene.rows.iter().flat_map(|row| &row.panels);
    let figures = panels.find_map(|panel| match &panel.body {
        crate::scene::Body::Structure(structure) => Some(structure.figures.as_slice()),
        _ => None,
    });
    let figure = |name: &str, value: &str| (format!("each task in {name}"), value.to_owned());
    assert_eq!(
        figures.unwrap(),
        [
            figure("Rust", "9,600,000 hash rounds | 10 requests"),
            figure("CPython", "310,000 rounds | 10 requests"),
        ]
    );
    let result = ThreadsOrProcesses::result(&state);
    assert_eq!(result["ways"][0]["share"]["rounds"], 9_600_000);
}

#[test]
fn costs_are_lower_quartiles_in_their_units_and_named_by_their_placement() {
    let state = sample_state();
    let outcome = ThreadsOrProcesses::summary(&state);
    let costs: Vec<_> = outcome
        .iter()
        .filter(|line| line.ends_with("(lower quartile)"))
        .map(String::as_str)
        .collect();
    assert_eq!(costs.len(), 2 + 8 + 3);
    assert_eq!(costs[0], "start and join a thread: 18.0 µs (lower quartile)");
    assert_eq!(costs[1], "start and end a process: 720 µs (lower quartile)");
    assert_eq!(
        costs[4..6],
        [
            "round trip, pipes to a process, on one core: 9.00 µs (lower quartile)",
            "round trip, pipes to a process, across two cores: 41.0 µs (lower quartile)"
        ]
    );
    assert_eq!(costs[11], "memory of a waiting process (RSS): 2100 KiB (lower quartile)");
    let result = ThreadsOrProcesses::result(&state);
    let fields =
        ["pipe_round_trip_us", "pipe_round_trip_one_core_us", "pipe_round_trip_two_cores_us"];
    let quartiles = fields.map(|field| result["costs"][field]["lower_quartile"].to_string());
    assert_eq!(quartiles, ["14.0", "9.0", "41.0"]);
}

#[test]
fn a_start_is_only_called_dearer_if_its_rounds_say_so() {
    let with = |thread: &[f64], process: &[f64]| {
        let mut state = ThreadsOrProcesses::state(&settings());
        for (cost, samples) in [(Cost::ThreadStartUs, thread), (Cost::ProcessStartUs, process)] {
            let samples = samples.to_vec();
            apply(&mut state, Fact::Cost { cost, samples });
        }
        texts(&state).remove(0)
    };
    assert_eq!(
        with(&[50.0; 9], &[1500.0; 9]),
        "To start a process costs 1.50 ms here, a thread 50.0 µs (lower quartiles): round by round 30.0 to 30.0 times as much."
    );
    let noisy = [400.0, 5000.0, 900.0, 2600.0, 1100.0, 1300.0, 1500.0];
    assert_eq!(
        with(&noisy, &[1200.0; 7]),
        "To start a process costs 1.20 ms here, a thread 900 µs (lower quartiles); a thread, compared with a process: too noisy to tell (0.24 to 3.00 times as fast): choose a larger size, or let it measure longer."
    );
    assert_eq!(
        with(&[1300.0; 6], &[1290.0; 6]),
        "To start a process costs 1.29 ms here, a thread 1.30 ms (lower quartiles); a thread, compared with a process: as fast within 10 % (0.99 to 0.99 times)."
    );
}

#[test]
fn on_one_core_nothing_can_work_at_once_and_round_trips_have_one_placement() {
    let strategies = [
        SERIAL,
        (Strategy::Threads, &EQUAL),
        (Strategy::Gil, &EQUAL),
        (Strategy::Processes, &EQUAL),
    ];
    let mut state = measured(Work::Cpu, &strategies);
    state.cores = 1;
    let first =
        &crate::lab::trial::scene_of::<ThreadsOrProcesses>(&state, Detail::Full).findings[0];
    assert_eq!(first.weight, Weight::Caution);
    assert!(first.text.ends_with("; with one core nothing can work at once."), "{}", first.text);
    let cost = Cost::RoundTripUs(
        super::experiment::cost::Transport::Pipe,
        super::experiment::cost::Placement::OneCore,
    );
    let samples = vec![2.0];
    apply(&mut state, Fact::Cost { cost, samples });
    let scene = crate::lab::trial::scene_of::<ThreadsOrProcesses>(&state, Detail::Full);
    let text = crate::scene::written(&scene);
    assert!(text.contains(" message, pipe | 2.00 µs<Strong> | -<Dim>\n"), "{text}");
    assert!(ThreadsOrProcesses::result(&state)["costs"]["pipe_round_trip_two_cores_us"].is_null());
}
