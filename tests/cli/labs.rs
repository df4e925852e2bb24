//! Every lab as the command line knows it: its settings are listed, accepted, refused and echoed.

use std::fmt::Write as _;

use super::*;

fn labs() -> Vec<Value> {
    let list = json(&["labs", "--format", "json"]);
    list.as_array().unwrap().clone()
}

/// What is typed to open a lab: its id, or an own script.
fn opened(lab: &Value) -> String {
    match lab["argument"].as_str().unwrap() {
        "SCRIPT.py" => concat!(env!("CARGO_MANIFEST_DIR"), "/examples/lost_update.py").to_owned(),
        id => id.to_owned(),
    }
}

fn typed(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Reading a configuration checks all settings in it without running anything.
fn configured(config: &str) -> Output {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), config).unwrap();
    run(&["--config", file.path().to_str().unwrap(), "labs"])
}

#[test]
fn every_default_and_every_step_of_every_lab_is_accepted() {
    let mut config = String::new();
    let mut steps = String::new();
    for lab in labs() {
        writeln!(config, "[{}]", lab["id"].as_str().unwrap()).unwrap();
        for setting in lab["settings"].as_array().unwrap() {
            let key = setting["key"].as_str().unwrap();
            writeln!(config, "{key} = \"{}\"", typed(&setting["default"])).unwrap();
            let other = setting["steps"].as_array().unwrap().iter();
            for value in other.chain([&setting["default_on_screen"]]) {
                let id = lab["id"].as_str().unwrap();
                writeln!(steps, "{id} {key} {}", typed(value)).unwrap();
            }
        }
    }
    let output = configured(&config);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for line in steps.lines() {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().unwrap();
        let (id, key, value) = (word(), word(), word());
        let output = configured(&format!("[{id}]\n{key} = \"{value}\"\n"));
        assert_eq!(output.status.code(), Some(0), "{line}: {}", stderr(&output));
    }
}

#[test]
fn whatever_is_out_of_range_is_refused_with_its_key() {
    for lab in labs() {
        let id = lab["id"].as_str().unwrap();
        for setting in lab["settings"].as_array().unwrap() {
            let key = setting["key"].as_str().unwrap();
            let place = format!("{id}.{key}");
            for value in beyond(setting) {
                let set = format!("{key}={value}");
                let args = ["run", "--set", &set, &opened(&lab)];
                assert_refused(&args, &run(&args), &place);
            }
        }
    }
}

/// Values that a setting must refuse.
fn beyond(setting: &Value) -> Vec<String> {
    let above = |key: &str| setting[key].as_u64().unwrap() + 1;
    let mut values = vec!["nonsense".to_owned(), "-1".to_owned()];
    match setting["kind"].as_str().unwrap() {
        // Any text is one; whether it means something is up to the lab.
        "text" => return Vec::new(),
        "toggle" => values.push("2".to_owned()),
        "number" => values.push(above("max").to_string()),
        "time" => {
            let max = setting["max_us"].as_f64().unwrap();
            values.push(format!("{:.0}us", max + 1.0));
            values.push("5".to_owned());
        }
        "numbers" => {
            values.push(above("max").to_string());
            let many = usize::try_from(above("most")).unwrap();
            values.push(vec![setting["min"].to_string(); many].join(","));
        }
        "choice" => values.push("yes:yes".to_owned()),
        other => panic!("unknown kind {other}"),
    }
    values
}

#[test]
fn every_lab_is_in_text_completions_and_help() {
    let (list, help) = (run(&["labs"]), run(&["run", "--help"]));
    let script = run(&["completions", "zsh"]);
    for lab in labs() {
        let own = lab["argument"] == "SCRIPT.py";
        let id = lab["id"].as_str().unwrap();
        let (title, question) = (lab["title"].as_str().unwrap(), lab["question"].as_str().unwrap());
        assert!(stdout(&list).contains(&format!("{id}: {title}\n  {question}\n")));
        assert_eq!(lab["argument"] == id, !own, "{id}");
        // A script is no name that could be completed.
        assert!(own || stdout(&help).contains(id), "{id}");
        assert!(own || stdout(&script).contains(id), "{id}");
        for setting in lab["settings"].as_array().unwrap() {
            let line = format!(
                "--set {}={} ",
                setting["key"].as_str().unwrap(),
                typed(&setting["default"])
            );
            assert!(stdout(&list).contains(&line), "{line}");
        }
    }
}

#[test]
fn the_lab_of_an_own_script_is_listed_with_its_settings_and_its_argument() {
    let labs = labs();
    let python = labs.last().unwrap();
    assert_eq!((&python["id"], &python["argument"]), (&"python".into(), &"SCRIPT.py".into()));
    let keys = python["settings"].as_array().unwrap().iter();
    let keys: Vec<_> = keys.map(|setting| setting["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["python", "delay", "mode", "schedule"]);
    let list = run(&["labs"]);
    let own = stdout(&list).split("\n\n").last().unwrap();
    assert!(own.starts_with("python: ") && own.contains("\n    SCRIPT.py [ARGS]  "), "{own}");
    assert!(own.contains("\n    --set mode=watch  "), "{own}");
}

#[test]
fn each_kind_of_setting_reaches_the_run() {
    let result = json(&[
        "run",
        "factorial",
        "--format",
        "json",
        "--set",
        "workers=2",
        "--set",
        "fail=2,3",
        "--set",
        "order=completed",
        "--set",
        "pace=1ms",
        "--set",
        "to=4",
    ]);
    assert_eq!(result["settings"]["workers"], 2);
    assert_eq!(result["settings"]["fail"], serde_json::json!([2, 3]));
    assert_eq!(result["settings"]["order"], "completed");
    assert_eq!(result["settings"]["pace"], "1ms");
    let results = result["result"]["results"].as_array().unwrap();
    let failed = results.iter().filter(|one| one["state"] == "failed").count();
    assert_eq!((results.len(), failed), (4, 2));
}

#[test]
fn factorials_are_listed_one_per_line() {
    let output = run(&["run", "factorial"]);
    let lines: Vec<_> = stdout(&output).lines().collect();
    assert!(lines.contains(&"Factorial of 5 is 120"));
    assert!(lines.contains(&"10! = 3628800"));
}

#[test]
fn the_readme_leads_to_every_lab() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    for lab in labs() {
        let id = lab["id"].as_str().unwrap();
        let folder = format!("src/labs/{id}");
        let named = |line: &&str| line.contains(&format!("`{id}`"));
        let row = readme.lines().filter(named).find(|line| line.contains(&folder));
        // The lab beyond the exercise has a sentence instead of a row.
        assert!(row.is_some() || readme.lines().any(|line| line.contains(&format!("`{id}`"))));
        assert!(root.join(&folder).is_dir(), "{folder}");
    }
    for word in readme.split(['`', '(', ')']).filter(|word| word.starts_with("assets/")) {
        assert!(root.join(word).exists(), "{word}");
    }
}

/// What ran, where the result shows it: the figure that a setting leads to.
#[test]
fn what_is_echoed_is_what_ran() {
    let result = |id: &str, sets: &[&str]| {
        let mut args = vec!["run", id, "--format", "json"];
        args.extend(sets.iter().flat_map(|set| ["--set", set]));
        json(&args)["result"].clone()
    };
    let list = result("list", &["pause=0ms", "adders=3", "ops=7", "rounds=2"]);
    assert_eq!((&list["added"], &list["rounds"]), (&42.into(), &2.into()));
    assert!(list["lock_wait_us"].is_object());
    let unlocked = result("list", &["pause=0ms", "lock=off"]);
    assert!(unlocked["lock_wait_us"].is_null());
    let factorial = result("factorial", &["from=3", "to=6", "workers=2", "cancel=4"]);
    assert_eq!(factorial["pool"]["workers"], 2);
    let tasks = factorial["results"].as_array().unwrap();
    let states: Vec<_> = tasks
        .iter()
        .map(|task| (task["n"].as_u64().unwrap(), task["state"] == "cancelled"))
        .collect();
    assert_eq!(states, [(3, false), (4, true), (5, false), (6, false)]);
    let quiet = ["repeat=1", "python=off", "break_even=off"];
    let pool = result("pool", &[&quiet[..], &["sizes=3", "from=2", "to=4"]].concat());
    let bars = pool["bars"].as_array().unwrap();
    assert!(bars.iter().any(|bar| bar["mode"] == "processes" && bar["size"] == 3));
    for bar in bars {
        assert_eq!(bar["results"], serde_json::json!([4, 9, 16]), "{bar}");
    }
    for (sets, settings) in [
        (&["program=list", "n=2"][..], serde_json::json!({"lock": "off", "memory": "sc", "n": 2})),
        (&["program=store", "memory=tso"], serde_json::json!({"memory": "tso"})),
        (&["program=counter", "lock=on", "n=3"], serde_json::json!({"lock": "on", "n": 3})),
    ] {
        let steps = result("steps", sets);
        for (key, value) in settings.as_object().unwrap() {
            assert_eq!(&steps["settings"][key], value, "{sets:?} {key}");
        }
    }
}

/// A value that is not the default, and one that a run takes no time for.
fn other(setting: &Value) -> String {
    let default = typed(&setting["default"]);
    let steps = setting["steps"].as_array().unwrap().iter().map(typed);
    let of_kind = match setting["kind"].as_str().unwrap() {
        "toggle" => vec!["on".to_owned(), "off".to_owned()],
        "number" => vec!["2".to_owned(), "3".to_owned()],
        "time" => vec!["2ms".to_owned(), "3ms".to_owned()],
        "numbers" => vec!["3".to_owned(), "2,4".to_owned()],
        _ => forms(setting),
    };
    let mut values = of_kind.into_iter().chain(steps);
    values.find(|value| *value != default).unwrap()
}

/// A value of each form of a choice.
fn forms(setting: &Value) -> Vec<String> {
    let forms = setting["forms"].as_array().unwrap().iter();
    let one =
        |form: &Value| match (form["word"].as_str(), form["min"].as_u64(), form["min_us"].as_f64())
        {
            (Some(word), None, None) => word.to_owned(),
            (Some(word), Some(min), _) => format!("{word}:{min}"),
            (Some(word), _, Some(_)) => format!("{word}:2ms"),
            (None, min, _) => min.unwrap().to_string(),
        };
    forms.map(one).collect()
}

/// The smallest run of each lab, so that one setting at a time can be another.
fn small(id: &str) -> &'static [&'static str] {
    match id {
        "list" => &["pause=0ms"],
        "pool" => &["repeat=1", "sizes=2", "python=off", "break_even=off"],
        "worlds" => &["n=2", "work=cpu", "size=1ms", "python=off"],
        "sync" => &["tool=lock", "misuse=off", "ops=10"],
        "failures" => &["lines=1", "tasks=2", "fault=exit-0", "policy=fail-all"],
        _ => &[],
    }
}

#[test]
fn every_setting_of_every_lab_is_echoed_as_it_was_set() {
    // What a script may be set to depends on the interpreters of the machine.
    for lab in labs().into_iter().filter(|lab| lab["argument"] == lab["id"]) {
        let id = lab["id"].as_str().unwrap();
        for setting in lab["settings"].as_array().unwrap() {
            let key = setting["key"].as_str().unwrap();
            let value = other(setting);
            let set = format!("{key}={value}");
            let mut args = vec!["run", id, "--format", "json", "--timeout", "60s"];
            let small = small(id).iter().filter(|one| !one.starts_with(&format!("{key}=")));
            args.extend(small.flat_map(|one| ["--set", one]));
            args.extend(["--set", &set]);
            let output = run(&args);
            if output.status.code() == Some(2) {
                // Two settings that cannot be had together are refused, never bent.
                assert!(stderr(&output).contains(&set), "{}", stderr(&output));
                continue;
            }
            let result: Value = serde_json::from_slice(&output.stdout)
                .unwrap_or_else(|error| panic!("{args:?}: {error}: {}", stderr(&output)));
            let echo = match &result["settings"][key] {
                Value::Array(all) => all.iter().map(typed).collect::<Vec<_>>().join(","),
                one => typed(one),
            };
            assert_eq!(echo, value, "{args:?}");
        }
    }
}

/// A list that was typed in another order, and with a number twice, is shown as it ran.
#[test]
fn a_list_is_echoed_as_it_ran() {
    let mut args = vec!["run", "pool", "--format", "json"];
    let sets = ["sizes=3,2,2", "repeat=1", "python=off", "break_even=off"];
    args.extend(sets.iter().flat_map(|set| ["--set", set]));
    let all = json(&args);
    let bars = all["result"]["bars"].as_array().unwrap().iter();
    let ran: Vec<_> =
        bars.filter(|bar| bar["mode"] == "processes").map(|bar| bar["size"].clone()).collect();
    assert_eq!(all["settings"]["sizes"], Value::from(ran));
    assert_eq!(all["settings"]["sizes"], serde_json::json!([2, 3]));
    let text = ["run", "factorial", "--set", "fail=3,2,3"];
    let head = run(&text);
    assert!(stdout(&head).contains("fail=2,3"), "{}", stdout(&head));
}
