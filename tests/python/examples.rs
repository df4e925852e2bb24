//! The examples are real programs that end as they say.

use std::path::{Path, PathBuf};

use crate::{python, watched};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

#[test]
fn each_example_ends_as_it_says() {
    let python = python();
    let factorials = "1! = 1\n2! = 2\n3! = 6\n4! = 24\n5! = 120\n6! = 720\n7! = 5040\n\
                      8! = 40320\n9! = 362880\n10! = 3628800\n";
    let nested =
        "a plain list within: []\nassigned back: ['kept']\nmade by the manager: ['kept']\n";
    for (name, args, stdout) in [
        ("lock_away.py", &[][..], "300 added, 300 removed, 0 left\n0 of them"),
        (
            "ask.py",
            &[],
            "Your name? Hello one. Which colour do you like? two is noted.\nThe clock has counted ",
        ),
        ("factorial_pool.py", &[], factorials),
        ("square_pool.py", &[], "2 processes: [1, 4, 9, 16, 25, 36, 49, 64, 81, 100] in "),
        ("lost_exception.py", &[], "3 of 3 tasks are done\n"),
        ("killed_worker.py", &[], "lost with the pool: "),
        ("nested_manager.py", &[], nested),
        ("value_without_lock.py", &["locked"], "40000 after 40000 additions, 0 lost\n"),
    ] {
        let result = watched(&python, &example(name), args);
        assert_eq!(result["exit"]["code"], 0, "{name}: {result}");
        assert_eq!(result["stderr"], "", "{name}");
        let written = result["stdout"].as_str().unwrap();
        assert!(written.starts_with(stdout), "{name}: {written}");
    }
}

#[test]
fn each_example_that_a_lab_leads_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lessons = std::fs::read_dir(root.join("assets/lessons")).unwrap();
    let mut files: Vec<_> = lessons.map(|entry| entry.unwrap().path()).collect();
    let scenes = ["list/scene/full.rs", "steps/scene/panels.rs", "sync/scene/code.rs"];
    files.extend(scenes.map(|scene| root.join("src/labs").join(scene)));
    let mut found = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let is_part = |c: char| c.is_ascii_lowercase() || c == '_' || c == '.';
        for name in text.split(|c| !is_part(c)).filter_map(|word| word.strip_suffix(".py")) {
            let path = example(&format!("{name}.py"));
            assert!(path.is_file(), "{}: {}", file.display(), path.display());
            found += 1;
        }
    }
    assert!(found > 12, "{found}");
}
