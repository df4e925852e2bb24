//! Every lab has the same files, so that who has read one finds everything in the next. What grows
//! beyond a file has a folder of that name beside it.

use std::collections::BTreeSet;
use std::fs;

/// What stands in the folder of a lab, as a file, a folder or both.
const PARTS: &[&str] = &[
    "experiment",
    "facts",
    "findings",
    "mod",
    "questions",
    "result",
    "run",
    "scene",
    "settings",
    "state",
    "story",
    "tests",
];

/// Parts that a lab does not have, and why.
const MISSING: &[(&str, &str, &str)] = &[
    ("python", "questions", "it is about a script of the user's, not about a question"),
    ("steps", "result", "its result is the answer to a question, which the experiment gives"),
];

/// What a folder has too much or too little.
fn faults(lab: &str, entries: &[&str]) -> Vec<String> {
    let has: BTreeSet<_> = entries.iter().map(|name| name.trim_end_matches(".rs")).collect();
    let wanted = |part: &&&str| !MISSING.iter().any(|(of, name, _)| *of == lab && name == *part);
    let wanted: BTreeSet<_> = PARTS.iter().filter(wanted).copied().collect();
    // Pictures that tests compare with; their tool names the folder.
    let too_many = has.difference(&wanted).filter(|name| **name != "snapshots");
    let too_many = too_many.map(|name| format!("{lab}/{name} is no part of a lab"));
    too_many.chain(wanted.difference(&has).map(|name| format!("{lab} has no {name}"))).collect()
}

#[test]
fn every_lab_has_the_same_files() {
    let folders = fs::read_dir("src/labs").unwrap().map(|entry| entry.unwrap().path());
    let labs: Vec<_> = folders.filter(|path| path.join("mod.rs").exists()).collect();
    assert!(labs.len() >= 8, "{labs:?}");
    let name = |path: &std::path::Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let found = labs.iter().flat_map(|lab| {
        let entries = fs::read_dir(lab).unwrap().map(|entry| name(&entry.unwrap().path()));
        let entries: Vec<_> = entries.collect();
        faults(&name(lab), &entries.iter().map(String::as_str).collect::<Vec<_>>())
    });
    assert_eq!(found.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_file_too_many_and_one_too_few_are_found() {
    let mut entries = PARTS.to_vec();
    entries.push("snapshots");
    assert_eq!(faults("list", &entries), Vec::<String>::new());
    entries.push("helpers.rs");
    entries.retain(|part| *part != "story");
    assert_eq!(faults("list", &entries), ["list/helpers is no part of a lab", "list has no story"]);
    assert_eq!(faults("steps", PARTS), ["steps/result is no part of a lab"]);
}
