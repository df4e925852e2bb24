//! What can be typed and configured, and what is refused.

mod asked;

use std::io::Write as _;
use std::time::Duration;

use super::*;
use crate::lab::trial::{COUNT, END, ENTRIES, End, LOUD, PAUSE, SIZES};

static SCRIPT: Entry = Entry::of::<crate::lab::trial::Trial>();
const KNOWN: Registry = Registry { labs: ENTRIES, script: &SCRIPT, themes: &["dark", "light"] };

fn typed(line: &str) -> Result<Request, Failure> {
    // A file that does not exist would be refused, an empty one sets nothing.
    with_config(line, "")
}

fn with_config(line: &str, config: &str) -> Result<Request, Failure> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(config.as_bytes()).unwrap();
    let args = std::iter::once("threadbare")
        .chain(line.split_whitespace())
        .map(OsString::from)
        .chain(["--config".into(), file.path().into()]);
    read(&KNOWN, args)
}

fn refused(line: &str) -> String {
    typed(line).unwrap_err().to_string()
}

fn run_options(request: Result<Request, Failure>) -> RunOptions {
    match request {
        Ok(Request::Run(options)) => *options,
        other => panic!("no run: {other:?}"),
    }
}

fn screen(request: Result<Request, Failure>) -> ScreenRequest {
    match request {
        Ok(Request::Screen(screen)) => *screen,
        other => panic!("no screen: {other:?}"),
    }
}

fn printed(line: &str) -> String {
    match typed(line) {
        Ok(Request::Print(text)) => text,
        other => panic!("nothing to print: {other:?}"),
    }
}

#[test]
fn a_run_takes_its_settings_from_defaults_file_and_arguments_in_this_order() {
    let config = "seed = 7\n[trial]\ncount = 11\nloud = false\nsizes = [1, 2]\npause = \"2ms\"\n";
    let options =
        run_options(with_config("run trial --set count=12 --timeout 1.5s --check", config));
    assert_eq!(options.settings.get(COUNT), 12);
    assert_eq!(options.settings.get(SIZES), [1, 2]);
    assert_eq!(options.settings.get(PAUSE), Duration::from_millis(2));
    assert!(!options.settings.get(LOUD));
    assert_eq!(options.settings.get(END), End::Word("done"));
    assert_eq!((options.settings.seed, options.settings.live), (7, false));
    assert_eq!((options.timeout, options.check), (Duration::from_millis(1500), true));
}

#[test]
fn a_seed_that_is_typed_goes_before_one_that_is_configured() {
    let options = run_options(with_config("--seed 9 run trial", "seed = 7"));
    assert_eq!(options.settings.seed, 9);
}

#[test]
fn without_a_command_the_dashboard_opens_and_settings_are_live() {
    let screen = screen(typed(""));
    assert!(screen.lab.is_none());
    assert_eq!(screen.settings.len(), ENTRIES.len());
    assert!(screen.settings[0].live);
}

#[test]
fn one_lab_opens_with_what_was_set() {
    let screen = screen(typed("open trial --set count=5 --theme light --no-color"));
    assert_eq!(screen.lab.map(|entry| entry.info.id), Some("trial"));
    assert_eq!(screen.settings[0].get(COUNT), 5);
    assert_eq!(screen.display.theme.as_deref(), Some("light"));
    assert_eq!(screen.display.color, Some(false));
}

#[test]
fn the_looks_may_be_configured() {
    let screen = screen(with_config("", "theme = \"dark\"\nascii = true\ncolor = true"));
    let display = DisplayOptions { theme: Some("dark".to_owned()), ascii: true, color: Some(true) };
    assert_eq!(screen.display, display);
}

#[test]
fn the_list_of_labs_names_each_setting_with_its_range() {
    let text = printed("labs");
    assert!(text.contains("trial: Trial\n  Does the frame hold?\n"));
    assert!(text.contains("--set count=3  how far; a whole number from 1 to 1000000"));
    let list: serde_json::Value = serde_json::from_str(&printed("labs --format json")).unwrap();
    let settings = &list[0]["settings"];
    assert_eq!(list[0]["id"], "trial");
    assert_eq!(settings[0]["default"], 3);
    assert_eq!(settings[0]["max"], 1_000_000);
    assert_eq!(settings[2]["max_us"], 1e7);
    assert_eq!(settings[3]["default"], "2,4");
    assert_eq!(settings[4]["forms"][5]["word"], "after");
}

#[test]
fn help_version_completions_and_manual_know_the_labs() {
    assert!(printed("--version").starts_with("threadbare "));
    assert!(printed("run --help").contains("trial"));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(&format!("completions {shell}"));
        assert!(script.contains("completions"), "{shell}");
    }
    assert!(printed("completions bash").contains("trial"));
    assert!(printed("man").contains(".TH threadbare"));
    assert!(printed("man run").contains("timeout"));
}

#[test]
fn each_mistake_is_one_line_that_names_what_where_and_why() {
    for (line, expected) in [
        ("--sed 1", "unknown argument: --sed: did you mean --seed?"),
        ("rum trial", "unknown command: rum: did you mean run?"),
        (
            "zzz",
            "unknown command: zzz: it may be labs, replay, explore, completions, man, open or run",
        ),
        // A file or folder beside which the tests run: a script without `.py`, perhaps.
        (
            "run src",
            "bad value: <LAB> src: no such choice: it may be trial; the file or folder of this name is ./src",
        ),
        (
            "trial",
            "unknown command: trial: that is a lab: `threadbare open trial` or `threadbare run trial`",
        ),
        ("run", "missing argument: <LAB>: see `threadbare --help`"),
        (
            "run trail",
            "bad value: <LAB> trail: no such choice: did you mean trial? It may be trial",
        ),
        (
            "run trial --format xml",
            "bad value: --format xml: no such choice: it may be text, json or jsonl",
        ),
        (
            "run trial --timeout 5",
            "bad value: --timeout 5: not a time above zero such as 500ms, 60s or 5m",
        ),
        (
            "run trial --timeout 0s",
            "bad value: --timeout 0s: not a time above zero such as 500ms, 60s or 5m",
        ),
        (
            "run trial --seed -1",
            "bad value: --seed -1: not a whole number from 0 to 18446744073709551615",
        ),
        ("run trial --set count", "bad value: --set count: not of the form KEY=VALUE"),
        (
            "run trial --set cuont=1",
            "bad setting: trial.cuont: no such setting of trial; it has count, loud, pause, sizes, end",
        ),
        (
            "run trial --set count=0",
            "bad setting: trial.count: `0` is not a whole number from 1 to 1000000",
        ),
        ("open trial --set loud=maybe", "bad setting: trial.loud: `maybe` is not on or off"),
        (
            "run trial --set sizes=1,2,65",
            "bad setting: trial.sizes: `1,2,65` is not 1 to 4 numbers from 1 to 64 with commas between",
        ),
        ("--theme pink", "bad value: --theme pink: no such choice: it may be dark or light"),
        ("--seed 1 --seed 2", "repeated argument: --seed <N>: it may be given only once"),
        ("run trial extra", "unknown argument: extra: see `threadbare --help`"),
        ("man nothing", "unknown command: nothing: see `threadbare --help`"),
        (
            "completions tcsh",
            "bad value: <SHELL> tcsh: no such choice: did you mean zsh? It may be bash, elvish, fish, powershell or zsh",
        ),
    ] {
        let failure = typed(line).unwrap_err();
        assert_eq!(failure.to_string(), format!("threadbare: {expected}"));
        assert_eq!(failure.status(), 2, "{line}");
    }
    assert!(!refused("run trial --set count").contains('\n'));
}

#[test]
fn each_bad_configuration_is_reported_with_file_line_and_key() {
    for (config, expected) in [
        (
            "them = 1",
            ":1 them: no such key; there are theme, ascii, color, seed and the tables trial",
        ),
        ("\ntheme = \"pink\"", ":2 theme: it may be one of dark, light"),
        ("theme = 3", ":1 theme: it may be one of dark, light"),
        ("ascii = \"yes\"", ":1 ascii: it may be true or false"),
        ("color = 1", ":1 color: it may be true or false"),
        ("seed = -1", ":1 seed: it must be a whole number from 0"),
        ("seed = 1.5", ":1 seed: it must be a whole number from 0"),
        ("trial = 1", ":1 trial: it must be a table of settings"),
        (
            "[trail]\ncount = 1",
            ":1 trail: no such key; there are theme, ascii, color, seed and the tables trial",
        ),
        ("[trial]\ncount = 0", ":2 trial.count: `0` is not a whole number from 1 to 1000000"),
        ("[trial]\n\ncount = 1.5", ":3 trial.count: it must be a string, number, boolean or list"),
        (
            "[trial]\ncuont = 1",
            ":2 trial.cuont: no such setting of trial; it has count, loud, pause, sizes, end",
        ),
        ("[trial]\npause = \"11s\"", ":2 trial.pause: `11s` is not a time from 0ms to 10s"),
        (
            "[trial]\nsizes = []",
            ":2 trial.sizes: `` is not 1 to 4 numbers from 1 to 64 with commas between",
        ),
        ("[trial.count]\nx = 1", ":1 trial.count: it must be a string, number, boolean or list"),
        ("seed = ", ":1: "),
        ("seed = 1\nseed = 2", ":2: duplicate key in `seed = 2`"),
        ("[trial\n", ":1: "),
        ("seed = 1\n\"", ":2: "),
    ] {
        let failure = with_config("labs", config).unwrap_err();
        let text = failure.to_string();
        assert!(text.starts_with("threadbare: bad configuration: "), "{text}");
        assert!(text.contains(expected), "{text}\n{expected}");
        assert!(!text.contains('\n'), "{text}");
        assert_eq!(failure.status(), 2);
    }
}

#[test]
fn a_configuration_that_was_named_must_be_readable() {
    let read = |path: &str| {
        let args = ["threadbare", "labs", "--config", path].map(OsString::from);
        read(&KNOWN, args).unwrap_err().to_string()
    };
    assert_eq!(
        read("/no/such/file"),
        "threadbare: cannot read configuration: /no/such/file: no such file or directory"
    );
    assert!(read("/").contains(": is a directory"));
}

#[test]
fn a_configuration_may_come_through_a_pipe_that_a_process_writes_to() {
    use std::os::fd::AsRawFd;

    let (pipe, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"[trial]\ncount = 5").unwrap();
    drop(writer);
    let path = format!("/dev/fd/{}", pipe.as_raw_fd());
    let run = |path: &str| {
        let args = ["threadbare", "run", "trial", "--config", path].map(OsString::from);
        read(&KNOWN, args)
    };
    assert_eq!(run_options(run(&path)).settings.get(COUNT), 5);
    let refused = run(&path).unwrap_err().to_string();
    assert_eq!(
        refused,
        format!("threadbare: cannot read configuration: {path}: no process writes to it")
    );
}
