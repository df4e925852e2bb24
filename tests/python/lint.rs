//! The shim is Python that others read: it compiles without a warning under every interpreter
//! that it is for, and a linter finds nothing in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::interpreters;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn linter(python: &Path, files: &[PathBuf]) -> (bool, String) {
    let mut command = Command::new(python);
    command.arg(Path::new(ROOT).join("tests/python/lint.py")).args(files);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// Every Python file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "py") {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_linter_finds_nothing_in_the_shim() {
    let shim = files(&Path::new(ROOT).join("assets/python/shim"));
    assert!(shim.len() > 30, "{shim:?}");
    for python in interpreters() {
        let (clean, said) = linter(&python, &shim);
        assert!(clean, "{}:\n{said}", python.display());
    }
}

#[test]
fn the_linter_finds_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let pythons = interpreters();
    for (text, fault) in [
        ("x = 1\n", "1: the module does not say what it is"),
        ("'''A module.'''\nimport os\n", "2: os is imported and not used"),
        ("'''A module.'''\nprint(1)\n", "2: writes to the script's output"),
        ("'''A module.'''\nx = nothing\n", "2: nothing is not defined"),
        ("'''A module.'''\ndef f():\n    x = 1\n", "3: x is assigned and not used"),
        ("'''A module.'''\ntry:\n    f = 1\nexcept:\n    f = 2\n", "4: catches everything"),
        ("'''A module.'''\nx = '\\d'\n", "2: invalid escape sequence"),
        ("'''A module.'''\nx = (\n", "2: "),
        ("'''A module.'''\ndef f(): pass\n", "2: f does not say its types"),
        ("'''A module.'''\ndef f():  # type: (int\n    pass\n", "2: the types of f"),
        (&format!("'''A module.'''\n{}", "\n".repeat(299)), "300: the file is longer"),
    ] {
        let file = folder.path().join("module.py");
        std::fs::write(&file, text).unwrap();
        for python in &pythons {
            let (clean, said) = linter(python, std::slice::from_ref(&file));
            let expected = format!("{}:{fault}", file.display());
            let found = said.lines().any(|line| line.starts_with(&expected));
            assert!(!clean && found, "{}: {text}: {said}", python.display());
        }
    }
}
