//! What is typed or configured and cannot be: one line that names it, status 2, nothing started.

use std::io::Write;
use std::process::Stdio;

use super::*;

#[test]
fn bad_arguments_are_one_line_and_status_2() {
    for (args, expected) in [
        (&["--sed", "1"][..], "did you mean --seed?"),
        (&["-x"], "-x"),
        (&["nothing"], "unknown command: nothing"),
        (&["list"], "`threadbare run list`"),
        (&["run"], "<LAB>"),
        (&["run", "lists"], "did you mean list?"),
        (&["run", "list", "more"], "more"),
        (&["run", "list", "--format", "xml"], "text, json or jsonl"),
        (&["run", "list", "--timeout", "soon"], "--timeout soon"),
        (&["run", "list", "--timeout", "0s"], "above zero"),
        (&["run", "list", "--timeout", "5"], "60s"),
        (&["run", "list", "--set"], "--set"),
        (&["run", "list", "--set", "adders"], "KEY=VALUE"),
        (&["run", "list", "--set", "adders=0"], "list.adders"),
        (&["run", "list", "--set", "adders=-1"], "list.adders"),
        (&["run", "list", "--set", "adders=1e3"], "list.adders"),
        (&["run", "list", "--set", "adder=1"], "no such setting"),
        (&["run", "list", "--set", "lock=maybe"], "on or off"),
        (&["run", "list", "--set", "pause=5"], "a time from"),
        (&["run", "list", "--set", "window=spin:"], "list.window"),
        (&["open", "nolab"], "nolab"),
        (&["open", "list", "--set", "ops=x"], "list.ops"),
        (&["labs", "--format", "jsonl"], "text or json"),
        (&["--seed", "-1", "labs"], "--seed -1"),
        (&["--seed", "1.5", "labs"], "--seed 1.5"),
        (&["--seed", "18446744073709551616", "labs"], "--seed"),
        (&["--seed", "1", "--seed", "2", "labs"], "only once"),
        (&["--theme", "pink"], "dark"),
        (&["--config", "/no/such/file", "labs"], "/no/such/file"),
        (&["completions", "sh"], "bash"),
        (&["completions"], "<SHELL>"),
        (&["man", "nothing"], "nothing"),
        (&["explore", "nothing"], "nothing"),
        (&["explore", "list", "--set", "n=0"], "list.n"),
        (&["explore", "list", "--search", "luck"], "--search luck"),
        (&["explore", "--replay", "list2-xxxx-a5b"], "list2-xxxx-a5b"),
        (
            &["explore", "counter", "--query", "end cuont == 1"],
            "counter `end cuont == 1`: character 5: no thing is called `cuont`; there are count",
        ),
        (&["explore", "--query", "count == 1"], "<PROGRAM>"),
        (&["run", "list", "--trace", "/no/such/folder/t.json"], "--trace /no/such/folder/t.json"),
    ] {
        assert_refused(args, &run(args), expected);
    }
}

#[test]
fn bad_configurations_name_file_line_and_key() {
    for (config, place) in [
        ("nonsense", ":1"),
        ("thema = \"dark\"", ":1 thema"),
        ("theme = \"pink\"", ":1 theme"),
        ("\n\ntheme = 7", ":3 theme"),
        ("ascii = 1", ":1 ascii"),
        ("color = \"no\"", ":1 color"),
        ("seed = \"x\"", ":1 seed"),
        ("seed = 1\nseed = 2", ":2"),
        ("list = true", ":1 list"),
        ("[lists]", ":1 lists"),
        ("[list]\nadders = 0", ":2 list.adders"),
        ("[list]\n\nlock = \"maybe\"", ":3 list.lock"),
        ("[list]\nadder = 1", ":2 list.adder"),
        ("[list]\npause = 5", ":2 list.pause"),
        ("[list]\npause = 1979-05-27", ":2 list.pause"),
        ("[factorial]\nfail = [1, \"x\"]", ":2 factorial.fail"),
        ("[list]\nops = 1\n[list]\nops = 2", ":3"),
        ("[list", ":1"),
        ("theme = \"dark", ":1"),
    ] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(config.as_bytes()).unwrap();
        let path = file.path().to_str().unwrap();
        // Also where the screen would open: nothing may be written to a terminal.
        for command in ["labs", "open"] {
            let mut args = vec!["--config", path, command];
            args.extend((command == "open").then_some("list"));
            assert_refused(&args, &run(&args), &format!("{path}{place}"));
        }
    }
}

#[test]
fn a_configuration_applies_and_arguments_go_before_it() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"seed = 7\n[list]\npause = \"0ms\"\nops = 3\n").unwrap();
    let path = file.path().to_str().unwrap();
    let result = json(&["run", "list", "--config", path, "--format", "json", "--set", "ops=4"]);
    assert_eq!((&result["seed"], &result["settings"]["ops"]), (&7.into(), &4.into()));
    assert_eq!(result["settings"]["pause"], "0ms");
}

#[test]
fn the_usual_configuration_is_read_if_it_is_there() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("threadbare");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "seed = 1\nsed = 2").unwrap();
    let mut command = threadbare(&["labs"]);
    let output = command.env("XDG_CONFIG_HOME", home.path()).output().unwrap();
    assert_refused(&["labs"], &output, "threadbare/config.toml:2 sed");
}

#[test]
fn what_cannot_be_decoded_is_a_mistake_like_any_other() {
    use std::os::unix::ffi::OsStrExt;
    let mut command = threadbare(&["run"]);
    let output = command.arg(std::ffi::OsStr::from_bytes(b"\xff\xfe")).output().unwrap();
    assert_refused(&["run", "..."], &output, "UTF-8");
}

#[test]
fn the_screen_needs_a_terminal_and_says_what_does_not() {
    for args in [&[][..], &["open", "list"]] {
        for stdin in [Stdio::null(), Stdio::piped()] {
            let output = threadbare(args).stdin(stdin).output().unwrap();
            assert_refused(args, &output, "threadbare run");
        }
    }
}

/// A home whose configuration may not be read, not even by root: a folder stands there.
fn unreadable_home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(home.path().join("threadbare/config.toml")).unwrap();
    home
}

#[test]
fn a_usual_configuration_that_cannot_be_read_is_a_warning() {
    let home = unreadable_home();
    for args in [&["labs"][..], &["run", "list", "--set", "pause=0ms"], &["explore", "--list"]] {
        let mut command = threadbare(args);
        let output = command.env("XDG_CONFIG_HOME", home.path()).output().unwrap();
        let file = home.path().join("threadbare/config.toml");
        let line =
            format!("threadbare: cannot read configuration: {}: is a directory\n", file.display());
        assert_eq!(stderr(&output), line, "{args:?}");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(!output.stdout.is_empty(), "{args:?}");
    }
    // The same file, named, is one that the user wants to be read.
    let named = home.path().join("threadbare/config.toml");
    let args = ["--config", named.to_str().unwrap(), "labs"];
    assert_refused(&args, &run(&args), "is a directory");
}

#[test]
fn settings_that_contradict_each_other_are_refused_before_anything_starts() {
    for (lab, sets, keys) in [
        ("factorial", &["from=5", "to=1"][..], ["from=5", "to=1"]),
        ("factorial", &["from=20"], ["from=20", "to=10"]),
        ("factorial", &["to=100000"], ["from=1", "to=100000"]),
        ("pool", &["from=9", "to=1"], ["from=9", "to=1"]),
        ("pool", &["to=1000000"], ["from=1", "to=1000000"]),
        ("steps", &["n=9"], ["n=9", "program=counter"]),
        ("steps", &["program=pop", "n=2"], ["n=2", "program=pop"]),
        ("steps", &["memory=tso"], ["memory=tso", "program=counter"]),
        ("sync", &["tool=lock", "misuse=pulse"], ["tool=lock", "misuse=pulse"]),
    ] {
        let typed = sets.iter().flat_map(|set| ["--set", set]);
        for command in ["run", "open"] {
            let args: Vec<_> = [command, lab].into_iter().chain(typed.clone()).collect();
            let output = run(&args);
            assert_refused(&args, &output, &format!("{lab}."));
            for key in keys {
                assert!(stderr(&output).contains(key), "{}", stderr(&output));
            }
        }
        // From a file it is the file's line that is named, also before the screen opens.
        let lines: Vec<_> = sets.iter().map(|set| set.replacen('=', "=\"", 1) + "\"").collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "[{lab}]\n{}\n", lines.join("\n")).unwrap();
        let path = file.path().to_str().unwrap();
        for command in [&["run", lab][..], &["open", lab], &[]] {
            let args = [&["--config", path][..], command].concat();
            let output = run(&args);
            assert_refused(&args, &output, &format!(" {lab}."));
            let at = sets.iter().position(|set| {
                let (key, _) = set.split_once('=').unwrap();
                let place = format!(" {lab}.{key}: ");
                stderr(&output).contains(&place)
            });
            let line = 2 + at.unwrap_or_else(|| panic!("{}", stderr(&output)));
            let place = format!("bad configuration: {path}:{line} {lab}.");
            assert_refused(&args, &output, &place);
        }
    }
}

#[test]
fn what_is_typed_settles_what_the_file_alone_would_contradict() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"[factorial]\nfrom = 20\n").unwrap();
    let path = file.path().to_str().unwrap();
    let args = ["--config", path, "run", "factorial", "--format", "json"];
    let typed = [&args[..], &["--set", "to=25"]].concat();
    assert_eq!(json(&typed)["settings"]["from"], 20);
    let worse = [&args[..], &["--set", "to=5"]].concat();
    assert_refused(&worse, &run(&worse), "factorial.from: from=20 is larger than to=5");
}

#[test]
fn a_list_within_a_list_is_no_value() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"[pool]\nsizes = [1, [2, [3]]]\n").unwrap();
    let path = file.path().to_str().unwrap();
    let args = ["--config", path, "labs"];
    assert_refused(&args, &run(&args), ":2 pool.sizes");
}

#[test]
fn a_message_quotes_the_beginning_of_a_long_key() {
    let key = "k".repeat(1_000_000);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{key} = 1").unwrap();
    let path = file.path().to_str().unwrap();
    let args = ["--config", path, "labs"];
    let output = run(&args);
    assert_refused(&["--config"], &output, " more bytes)");
    assert!(stderr(&output).len() < 4096, "{}", stderr(&output).len());
}

#[test]
fn what_is_empty_or_negative_is_named_where_it_stands() {
    for (args, line) in [
        (
            &["run", "list", "--trace", ""][..],
            "missing value: --trace <FILE>: expected something that is not empty",
        ),
        (
            &["--config", "", "labs"],
            "missing value: --config <FILE>: expected something that is not empty",
        ),
        (
            &["run", "list", "--timeout", "-1"],
            "bad value: --timeout -1: not a time above zero such as 500ms, 60s or 5m",
        ),
        (
            &["run", "list", "--timeout", "-5s"],
            "bad value: --timeout -5s: not a time above zero such as 500ms, 60s or 5m",
        ),
        (
            &["explore", "counter", "--bound", "-1"],
            "bad value: --bound -1: -1 is not in 0..=4294967295",
        ),
        (&["explore", "counter", "--limit", "-1"], "bad value: --limit -1: "),
        (&["explore", "--replay", ""], "bad code: ``: "),
    ] {
        assert_refused(args, &run(args), line);
    }
}

#[test]
fn every_manual_page_names_the_program_and_its_version() {
    let version = env!("CARGO_PKG_VERSION");
    for command in ["run", "open", "labs", "explore", "completions", "man"] {
        let page = run(&["man", command]);
        let title = stdout(&page).lines().find(|line| line.starts_with(".TH"));
        let wanted = format!(".TH threadbare-{command} 1  \"threadbare {version}\" ");
        assert_eq!(title, Some(wanted.as_str()));
    }
}

#[test]
fn a_file_without_end_and_one_that_nothing_comes_from_are_refused_at_once() {
    let args = ["--config", "/dev/zero", "labs"];
    assert_refused(&args, &run(&args), "/dev/zero");
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    let fifo = fifo.to_str().unwrap();
    for args in [["--config", fifo, "labs"].as_slice(), &["replay", fifo]] {
        assert_refused(args, &run(args), &format!("{fifo}: no process writes to it"));
    }
}
