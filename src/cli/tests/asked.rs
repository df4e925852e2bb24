//! What is asked for arrives as it was asked, each part as itself.

use super::*;
use crate::app::headless;
use crate::lab::pair::{FIRST, Pair, SECOND};

static TWO: [Entry; 2] = [Entry::of::<Pair>(), Entry::of::<crate::lab::trial::Trial>()];

/// With two labs, and this file, whose name stands as `FILE` in the message.
fn asked(line: &str, config: &str) -> Result<Request, String> {
    let known = Registry { labs: &TWO, script: &SCRIPT, themes: &["dark", "light"] };
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(config.as_bytes()).unwrap();
    let args = std::iter::once("threadbare")
        .chain(line.split_whitespace())
        .map(OsString::from)
        .chain(["--config".into(), file.path().into()]);
    let name = file.path().display().to_string();
    read(&known, args).map_err(|reported| reported.to_string().replace(&name, "FILE"))
}

#[test]
fn only_the_lab_that_is_opened_gets_what_was_typed() {
    let asked = asked("open pair --set first=5", "[trial]\ncount = 7");
    let Ok(Request::Screen(screen)) = asked else { panic!("no screen: {asked:?}") };
    assert_eq!(screen.lab.map(|entry| entry.info.id), Some("pair"));
    let [pair, trial] = &screen.settings[..] else { panic!("{:?}", screen.settings) };
    assert_eq!((pair.get(FIRST), pair.get(SECOND)), (5, 3));
    assert_eq!((trial.get(COUNT), trial.live), (7, true));
    assert_eq!(pair.data, files::data());
    assert!(screen.warning.is_none());
}

#[test]
fn a_contradiction_is_reported_where_it_can_be_settled() {
    let both = "[pair]\nfirst = 5\n\nsecond = 6\n";
    let first = "[pair]\n\nfirst = 8\n";
    for (line, config, expected) in [
        ("run pair", both, "bad configuration: FILE:4 pair.second"),
        ("run pair", first, "bad configuration: FILE:3 pair.first"),
        ("run pair --set second=9", first, "bad setting: pair.second"),
        ("run pair --set first=9", both, "bad setting: pair.second"),
        ("open pair --set first=7 --set second=8", "", "bad setting: pair.second"),
    ] {
        let reported = asked(line, config).unwrap_err();
        assert_eq!(reported, format!("threadbare: {expected}: too much together"));
    }
    assert!(asked("run pair --set second=1", first).is_ok());
}

#[test]
fn what_is_typed_about_the_looks_goes_before_the_file() {
    let config = "theme = \"dark\"\nascii = false\ncolor = true";
    let display = |line| screen(with_config(line, config)).display;
    let all = display("--theme light --ascii --no-color");
    assert_eq!(
        all,
        DisplayOptions { theme: Some("light".to_owned()), ascii: true, color: Some(false) }
    );
    assert_eq!(
        display(""),
        DisplayOptions { theme: Some("dark".to_owned()), ascii: false, color: Some(true) }
    );
    assert_eq!(screen(typed("")).display, DisplayOptions::default());
}

#[test]
fn a_run_that_is_asked_for_plainly_has_its_usual_choices() {
    let plain = run_options(typed("run trial --seed 3"));
    assert_eq!(plain.entry.info.id, "trial");
    assert_eq!(plain.format, headless::Format::Text);
    assert_eq!(plain.timeout, Duration::from_mins(1));
    assert_eq!((plain.trace, plain.check), (None, false));
    assert_eq!((plain.settings.seed, plain.settings.data), (3, None));
    let all =
        run_options(typed("run trial --format jsonl --trace t.json --timeout 2m --check --ascii"));
    assert_eq!(all.format, headless::Format::Jsonl);
    assert_eq!(all.timeout, Duration::from_mins(2));
    assert_eq!((all.trace, all.check), (Some("t.json".into()), true));
    assert!(all.ascii);
    let json = run_options(typed("run trial --format json"));
    assert_eq!(json.format, headless::Format::Json);
}

fn explored(line: &str) -> String {
    match typed(line) {
        Ok(Request::Explore(request)) => format!("{request:?}"),
        other => panic!("nothing to explore: {other:?}"),
    }
}

#[test]
fn each_part_of_what_is_explored_is_its_own() {
    let program = |rest: &str| {
        format!("ExploreRequest {{ what: Program(ProgramQuery {{ id: \"bank\", {rest}")
    };
    assert_eq!(
        explored(
            "--seed 9 explore bank --set n=3 --set fix=yes --search random --bound 2 --limit 70 --query q --format json --complete"
        ),
        program(
            "settings: [(\"n\", \"3\"), (\"fix\", \"yes\")], search: \"random\", bound: Some(2), limit: Some(70), query: Some(\"q\"), complete: true }), seed: 9, json: true }"
        )
    );
    assert_eq!(
        explored("--seed 8 explore bank"),
        program(
            "settings: [], search: \"all\", bound: None, limit: None, query: None, complete: false }), seed: 8, json: false }"
        )
    );
    for search in ["all", "random", "pct", "sleep-sets"] {
        let reported = explored(&format!("explore bank --search {search}"));
        assert!(reported.contains(&format!("search: \"{search}\"")), "{reported}");
    }
    assert_eq!(
        explored("--seed 7 explore --replay CODE bank"),
        "ExploreRequest { what: Replay { code: \"CODE\", program: Some(\"bank\") }, seed: 7, json: false }"
    );
    assert_eq!(
        explored("--seed 6 explore --list --format json"),
        "ExploreRequest { what: List, seed: 6, json: true }"
    );
}

#[test]
fn the_list_of_labs_is_whole() {
    let settings = "    \
         --set count=3  how far; a whole number from 1 to 1000000\n    \
         --set loud=on  whether each count is reported; on or off\n    \
         --set pause=0ms  between counts; a time from 0ms to 10s\n    \
         --set sizes=2,4  of nothing; 1 to 4 numbers from 1 to 64 with commas between\n    \
         --set end=done  how it ends; done or broken or missing or never or refuse or after:N (N from 1 to 9)\n";
    let own =
        "    SCRIPT.py [ARGS]  the script, in the place of a lab's name; its arguments follow it\n";
    let title = "trial: Trial\n  Does the frame hold?\n";
    assert_eq!(printed("labs"), format!("{title}{settings}\n{title}{own}{settings}"));
    let list: serde_json::Value = serde_json::from_str(&printed("labs --format json")).unwrap();
    let all = list[0].as_object().unwrap();
    assert_eq!(all.len(), 5);
    assert_eq!((&all["argument"], &list[1]["argument"]), (&"trial".into(), &"SCRIPT.py".into()));
    assert_eq!((&all["id"], &all["title"]), (&"trial".into(), &"Trial".into()));
    assert_eq!(all["question"], "Does the frame hold?");
    assert_eq!(all["settings"].as_array().unwrap().len(), 5);
}

#[test]
fn numbers_of_the_file_may_be_written_in_any_base() {
    for (text, number) in [("0x2A", 42), ("0o17", 15), ("0b101", 5), ("1_000", 1000)] {
        let options = run_options(with_config("run trial", &format!("seed = {text}")));
        assert_eq!(options.settings.seed, number, "{text}");
    }
    let config = "[trial]\nloud = true\nsizes = [3, 0x10]";
    let options = run_options(with_config("run trial --set loud=off", config));
    assert_eq!(options.settings.get(SIZES), [3, 16]);
    assert!(!options.settings.get(LOUD));
}
