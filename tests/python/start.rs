//! What it costs a script's processes to be watched from their start: what is loaded for it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::figures::written;
use crate::{clean, interpreters, output, threadbare};

/// Modules that the shim may load: in C, and the small table of bytecodes.
const LIGHT: &[&str] = &[
    "_collections",
    "_functools",
    "_opcode",
    "_opcode_metadata",
    "_struct",
    "atexit",
    "itertools",
    "mmap",
    "opcode",
];

/// The modules in what an interpreter writes about its imports.
fn imported(said: &str) -> BTreeSet<&str> {
    let lines = said.lines().filter_map(|line| line.strip_prefix("import time:"));
    lines.filter_map(|line| line.rsplit('|').next()).map(str::trim).collect()
}

#[test]
fn no_module_is_loaded_that_takes_long() {
    let (_folder, script) = written("");
    for python in interpreters() {
        // Without what is installed beside this interpreter, which may load anything at its start.
        let folder = tempfile::tempdir().unwrap();
        let home = python.parent().unwrap().display();
        let about = format!("home = {home}\ninclude-system-site-packages = false\n");
        fs::write(folder.path().join("pyvenv.cfg"), about).unwrap();
        let alone = folder.path().join("bin/python3");
        fs::create_dir(alone.parent().unwrap()).unwrap();
        symlink(&python, &alone).unwrap();

        let mut plain = Command::new(&alone);
        clean(plain.arg(&script).env("PYTHONPROFILEIMPORTTIME", "1"));
        let plain = String::from_utf8(output(&mut plain).stderr).unwrap();
        let mut watched = threadbare(&alone, &[script.to_str().unwrap()]);
        let report = output(watched.env("PYTHONPROFILEIMPORTTIME", "1")).stdout;
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        let watched = imported(report["result"]["stderr"].as_str().unwrap());
        let plain = imported(&plain);

        assert!(watched.contains("threadbare_shim"), "{}: {watched:?}", python.display());
        let more: Vec<_> = watched
            .difference(&plain)
            .filter(|name| !name.starts_with("threadbare_shim") && !LIGHT.contains(name))
            .collect();
        assert!(more.is_empty(), "{}: {more:?}", python.display());
    }
}

#[test]
fn bytecodes_are_read_as_dis_reads_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for python in interpreters() {
        let mut command = Command::new(&python);
        // Old modules of the library have escapes that newer versions warn of.
        command.args(["-W", "ignore", "-B"]).arg(root.join("tests/python/instructions.py"));
        clean(command.arg(root.join("assets/python/shim")));
        let output = command.output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success() && said.is_empty(), "{}: {said}", python.display());
    }
}

/// Debian's interpreters have one as well.
#[test]
fn a_sitecustomize_of_the_users_own_runs_as_if_there_were_no_other() {
    let (folder, script) = written(
        "import os, subprocess, sys\n\
         own = sys.modules['sitecustomize']\n\
         print(own.__file__, own.__spec__.origin, os.environ['PYTHONPATH'], sys.path[1], flush=True)\n\
         subprocess.run([sys.executable, '-c', ''])\n",
    );
    let own = folder.path().join("own");
    fs::create_dir(&own).unwrap();
    fs::write(own.join("sitecustomize.py"), "print('mine', flush=True)\n").unwrap();
    for python in interpreters() {
        let mut plain = Command::new(&python);
        clean(plain.arg(&script));
        let plain = String::from_utf8(output(plain.env("PYTHONPATH", &own)).stdout).unwrap();
        let mut watched = threadbare(&python, &[script.to_str().unwrap()]);
        let report = output(watched.env("PYTHONPATH", &own)).stdout;
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        let result = &report["result"];
        assert_eq!(plain.matches("mine").count(), 2, "{}: {plain}", python.display());
        assert_eq!(result["stdout"], plain, "{}", python.display());
        assert!(result["records"].as_u64().unwrap() > 0, "{}", python.display());
    }
}
