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
        (
            &["run", "list", "--trace", "/no/such/folder/t.json"],
            "--trace /no/such/folder/t.json",
        ),
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
    file.write_all(b"seed = 7\n[list]\npause = \"0ms\"\nops = 3\n")
        .unwrap();
    let path = file.path().to_str().unwrap();
    let result = json(&[
        "run", "list", "--config", path, "--format", "json", "--set", "ops=4",
    ]);
    assert_eq!(
        (&result["seed"], &result["settings"]["ops"]),
        (&7.into(), &4.into())
    );
    assert_eq!(result["settings"]["pause"], "0ms");
}

#[test]
fn the_usual_configuration_is_read_if_it_is_there() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("threadbare");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "seed = 1\nsed = 2").unwrap();
    let mut command = threadbare(&["labs"]);
    let output = command
        .env("XDG_CONFIG_HOME", home.path())
        .output()
        .unwrap();
    assert_refused(&["labs"], &output, "threadbare/config.toml:2 sed");
}

#[test]
fn what_cannot_be_decoded_is_a_mistake_like_any_other() {
    use std::os::unix::ffi::OsStrExt;
    let mut command = threadbare(&["run"]);
    let output = command
        .arg(std::ffi::OsStr::from_bytes(b"\xff\xfe"))
        .output()
        .unwrap();
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
