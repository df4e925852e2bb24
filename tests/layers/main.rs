//! The rules of the project, held by reading the sources: which layer may mention which, what
//! stays in one place, how long files may be, and what must not be written at all.
//! Each rule is first shown to fail on a planted fault.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod circles;
mod labs;
mod map;
mod orphans;
mod source;
mod waits;
mod words;

use source::{Source, bare, files, mentioned};

/// Lies under all layers: each may mention it.
const UNDER_ALL: &str = "printable";

/// What each layer may mention besides itself; a path with `::` is that module alone.
const LAYERS: &[(&str, &[&str])] = &[
    (UNDER_ALL, &[]),
    ("scene", &[]),
    ("kit", &[]),
    ("programs", &["kit", "scene"]),
    ("timeline", &["kit::event", "scene"]),
    ("lab", &["timeline", "kit", "scene"]),
    ("labs", &["lab", "timeline", "programs", "kit", "scene"]),
    ("ui", &["scene"]),
    ("report", &["scene"]),
    ("export", &["timeline", "scene", "kit::event"]),
    ("app", &["ui", "report", "export", "lab", "timeline", "scene", "kit"]),
    ("cli", &["app", "lab", "report"]),
];

/// Terminal libraries, and where they live.
const TERMINAL: &[&str] = &["ratatui", "crossterm"];
const SCREEN: &[&str] = &["ui", "app"];

/// Where threads are started: the kit's crew, and the app's own three.
const STARTERS: &[&str] = &["kit", "app"];

/// What the registry of labs offers to `main`; anything else in it is a lab.
const REGISTRY: &[&str] = &["self", "ALL", "WORKER_FNS", "explore", "script"];

/// Layers that learn nothing about Python.
const LANGUAGELESS: &[&str] = &["timeline", "ui", "app"];

const LONGEST_FILE: usize = 400;

/// Must not be written anywhere. In halves, or this file would break its own rule.
const FORBIDDEN: &[(&str, &str)] = &[
    ("TO", "DO"),
    ("FIX", "ME"),
    ("coming ", "soon"),
    ("not yet ", "implemented"),
    ("todo", "!("),
    ("unimplemented", "!("),
    ("dbg", "!("),
    ("/wo", "rk/"),
    ("/ro", "ot/"),
    ("/ho", "me/"),
    ("Clau", "de"),
    ("Chat", "GPT"),
    ("Copi", "lot"),
    ("language ", "model"),
];

type Rule = fn(&Source) -> Vec<String>;

fn sources() -> Vec<Source> {
    files(&["src"], &["rs"])
}

/// Everything in which the rule finds fault.
fn faults(sources: &[Source], rule: Rule) -> Vec<String> {
    let found = |source: &Source| {
        let faults = rule(source).into_iter();
        faults.map(|fault| format!("{}: {fault}", source.path)).collect::<Vec<_>>()
    };
    sources.iter().flat_map(found).collect()
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The faults of one planted file.
fn planted(path: &str, text: &str, rule: Rule) -> Vec<String> {
    rule(&Source::new(path, text))
}

/// A layer mentions only what lies below it.
fn layer_rule(source: &Source) -> Vec<String> {
    let Some((layer, allowed)) = LAYERS.iter().find(|(layer, _)| source.layer() == Some(layer))
    else {
        return Vec::new();
    };
    let known = |name: &str| LAYERS.iter().any(|(layer, _)| *layer == name);
    let code = bare(&source.text);
    let mut faults: Vec<_> = mentioned(source, &code)
        .into_iter()
        .filter(|path| known(&path[0]) && path[0] != *layer && path[0] != UNDER_ALL)
        .filter(|path| {
            !allowed.iter().any(|allowed| match allowed.split_once("::") {
                Some((layer, module)) => {
                    path[0] == layer && path.get(1).is_some_and(|m| m == module)
                }
                None => path[0] == *allowed,
            })
        })
        .map(|path| format!("{layer} must not mention {}", path.join("::")))
        .collect();
    if !SCREEN.contains(layer) {
        let named = TERMINAL.iter().filter(|name| has_word(&code, name));
        faults.extend(named.map(|name| format!("{layer} must not mention {name}")));
    }
    faults.dedup();
    faults
}

/// A lab knows no other lab.
fn lab_rule(source: &Source) -> Vec<String> {
    let Some(own) = source.path.strip_prefix("src/labs/") else {
        return Vec::new();
    };
    let Some((own, _)) = own.split_once('/') else {
        return Vec::new();
    };
    mentioned(source, &bare(&source.text))
        .into_iter()
        .filter(|path| path[0] == "labs" && path.get(1).is_none_or(|lab| lab != own))
        .map(|path| format!("{own} must not mention {}", path.join("::")))
        .collect()
}

/// Outside their own folders labs are found in the registry alone, never by name.
fn registry_rule(source: &Source) -> Vec<String> {
    if source.layer() == Some("labs") || source.is_test() {
        return Vec::new();
    }
    let code = source.code();
    let crate_name = code.replace("threadbare::", "crate::");
    let registry = |name: &String| REGISTRY.contains(&name.as_str());
    mentioned(source, &crate_name)
        .into_iter()
        .filter(|path| path[0] == "labs")
        .filter(|path| source.path != "src/main.rs" || !path.get(1).is_none_or(registry))
        .map(|path| format!("must not name {}", path.join("::")))
        .collect()
}

/// What only one place may do.
fn place_rule(source: &Source) -> Vec<String> {
    let mut faults = Vec::new();
    let whole = bare(&source.text);
    let sys = source.path == "src/kit/sys.rs" || source.path.starts_with("src/kit/sys/");
    if !sys && has_word(&whole, "unsafe") {
        faults.push("unsafe code belongs into kit/sys".to_owned());
    }
    let starts = ["thread::spawn", "thread::Builder", "thread::scope"];
    let layer = source.layer().unwrap_or_default();
    if !source.is_test() && !STARTERS.contains(&layer) {
        let code = source.code();
        let named = starts.iter().filter(|name| has_word(&code, name));
        faults.extend(named.map(|name| format!("{name} belongs into the kit")));
    }
    faults
}

/// Screen, timeline and app show what a lab reports, of whatever language its program is.
fn language_rule(source: &Source) -> Vec<String> {
    if source.is_test() || !LANGUAGELESS.contains(&source.layer().unwrap_or_default()) {
        return Vec::new();
    }
    let code = source.code().to_lowercase();
    let named = ["python", "shim"].into_iter().filter(|word| code.contains(word));
    named.map(|word| format!("must not know of {word}")).collect()
}

/// A file fits into a head.
fn size_rule(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    if source.is_test() || lines <= LONGEST_FILE {
        return Vec::new();
    }
    vec![format!("{lines} lines are more than {LONGEST_FILE}")]
}

/// A file begins with what it is.
fn header_rule(source: &Source) -> Vec<String> {
    if source.text.starts_with("//! ") {
        return Vec::new();
    }
    vec!["does not begin with what it is (`//!`)".to_owned()]
}

fn word_rule(source: &Source) -> Vec<String> {
    let found = FORBIDDEN
        .iter()
        .map(|(one, two)| format!("{one}{two}"))
        .filter(|word| source.text.contains(word));
    found.map(|word| format!("must not say `{word}`")).collect()
}

fn has_word(code: &str, word: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
    code.match_indices(word).any(|(at, _)| {
        edge(code[..at].chars().next_back()) && edge(code[at + word.len()..].chars().next())
    })
}

#[test]
fn each_layer_mentions_only_those_below_it() {
    assert_none(&faults(&sources(), layer_rule));
}

#[test]
fn a_layer_that_mentions_one_above_it_is_found() {
    let found = |path, text| planted(path, text, layer_rule).len();
    assert_eq!(found("src/scene/mod.rs", "use crate::kit::clock::Clock;"), 1);
    assert_eq!(found("src/kit/a.rs", "fn f() { crate::scene::units::count(1u8); }"), 1);
    assert_eq!(found("src/timeline/a.rs", "use crate::kit::{event::LaneId, probe};"), 1);
    assert_eq!(found("src/timeline/a.rs", "use crate::{scene, lab::Info};"), 1);
    assert_eq!(found("src/ui/a.rs", "use super::super::labs;"), 1);
    assert_eq!(found("src/labs/x/scene.rs", "use ratatui::Frame;"), 1);
    assert_eq!(found("src/report/a.rs", "pub(crate) use crate :: ui;"), 0, "not so written");
    assert_eq!(found("src/lab/a.rs", "// use crate::ui;\nlet a = \"crate::ui\";"), 0);
    assert_eq!(found("src/app/a.rs", "use crate::{ui, lab::Run, export::trace};"), 0);
    assert_eq!(found("src/kit/a/b.rs", "use super::super::probe;"), 0);
    assert_eq!(found("src/programs/all/a.rs", "use super::super::listing::Source;"), 0);
    assert_eq!(found("src/programs/code.rs", "use crate::lab::Words;"), 1);
    assert_eq!(found("src/scene/a.rs", "use crate::printable::Printable;"), 0);
    assert_eq!(found("src/printable.rs", "use crate::scene::Span;"), 1);
    assert_eq!(found("src/timeline/a.rs", "use crate::kit::event::{LaneId, What};"), 0);
}

#[test]
fn a_lab_knows_no_other_lab() {
    assert_none(&faults(&sources(), lab_rule));
}

#[test]
fn a_lab_that_mentions_another_is_found() {
    let found = |text| planted("src/labs/list/scene.rs", text, lab_rule).len();
    assert_eq!(found("use crate::labs::pool::State;"), 1);
    assert_eq!(found("use crate::labs::ALL;"), 1);
    assert_eq!(found("use crate::labs::list::State;"), 0);
}

#[test]
fn labs_are_named_in_their_registry_alone() {
    assert_none(&faults(&sources(), registry_rule));
}

#[test]
fn a_lab_that_is_named_elsewhere_is_found() {
    let found = |path, text| planted(path, text, registry_rule).len();
    assert_eq!(found("src/app/a.rs", "use crate::labs::list;"), 1);
    assert_eq!(found("src/app/a.rs", "use crate::labs::ALL;"), 1);
    assert_eq!(found("src/main.rs", "use threadbare::labs::list::State;"), 1);
    assert_eq!(found("src/main.rs", "use threadbare::labs;\nlabs::ALL"), 0);
}

#[test]
fn unsafe_code_and_bare_threads_have_one_place() {
    assert_none(&faults(&sources(), place_rule));
}

#[test]
fn unsafe_code_and_bare_threads_elsewhere_are_found() {
    let found = |path, text| planted(path, text, place_rule).len();
    assert_eq!(found("src/kit/lock.rs", "unsafe { f() }"), 1);
    assert_eq!(found("src/labs/x/engine.rs", "std::thread::spawn(|| ());"), 1);
    assert_eq!(found("src/lab/a.rs", "thread::Builder::new()"), 1);
    assert_eq!(found("src/kit/sys/map.rs", "unsafe { f() }"), 0);
    assert_eq!(found("src/kit/a.rs", "#![deny(unsafe_code)] thread::spawn(f)"), 0);
    let in_tests = "#[cfg(test)]\nmod tests { fn f() { thread::spawn(f); } }";
    assert_eq!(found("src/lab/a.rs", in_tests), 0);
    assert_eq!(found("src/lab/a.rs", &format!("{in_tests} thread::spawn(f)")), 1);
}

#[test]
fn screen_timeline_and_app_learn_nothing_about_python() {
    assert_none(&faults(&sources(), language_rule));
}

#[test]
fn a_layer_that_knows_of_python_is_found() {
    let found = |path, text| planted(path, text, language_rule).len();
    assert_eq!(found("src/app/a.rs", "struct PythonScript;"), 1);
    assert_eq!(found("src/timeline/a.rs", "fn shim() {}"), 1);
    assert_eq!(found("src/ui/a.rs", "// As Python has it.\nlet a = \"Python\";"), 0);
    assert_eq!(found("src/labs/python/a.rs", "struct Python;"), 0);
}

#[test]
fn every_file_fits_into_a_head() {
    assert_none(&faults(&sources(), size_rule));
}

#[test]
fn a_file_that_is_too_long_is_found() {
    let long = "\n".repeat(LONGEST_FILE + 1);
    assert_eq!(planted("src/ui/a.rs", &long, size_rule).len(), 1);
    assert_eq!(planted("src/ui/tests.rs", &long, size_rule).len(), 0);
    assert_eq!(planted("src/ui/a.rs", &long[1..], size_rule).len(), 0);
}

#[test]
fn every_file_begins_with_what_it_is() {
    let all = files(&["src", "tests", "benches", "examples"], &["rs"]);
    assert_none(&faults(&all, header_rule));
}

#[test]
fn a_file_without_a_header_is_found() {
    assert_eq!(planted("src/ui/a.rs", "use a;", header_rule).len(), 1);
    assert_eq!(planted("tests/a.rs", "use a;", header_rule).len(), 1);
    assert_eq!(planted("src/ui/a.rs", "//! What it is.", header_rule).len(), 0);
    assert_eq!(planted("src/ui/tests.rs", "use a;", header_rule).len(), 1);
}

#[test]
fn nothing_unfinished_and_no_place_of_a_machine_is_written_anywhere() {
    let folders = [
        "src",
        "tests",
        "benches",
        "examples",
        "assets",
        ".ci",
        "README.md",
        "CHANGELOG.md",
        "Cargo.toml",
    ];
    let endings = ["rs", "md", "toml", "py", "snap", "sh", "svg", "run"];
    assert_none(&faults(&files(&folders, &endings), word_rule));
}

#[test]
fn a_forbidden_word_is_found() {
    for (one, two) in FORBIDDEN {
        let text = format!("// {one}{two} here");
        assert_eq!(planted("src/ui/a.rs", &text, word_rule).len(), 1, "{text}");
    }
    assert_eq!(planted("src/ui/a.rs", "a path of the method", word_rule).len(), 0);
}

#[test]
fn comments_texts_and_characters_are_no_code() {
    let bared =
        bare("a // b\n\"c \\\" d\" e /* f\ng */ 'h' '\\'' &'i str r#\"j \" k\"# br\"l\" for_r");
    let words: Vec<_> = bared.split_whitespace().collect();
    assert_eq!(words, ["a", "e", "&'i", "str", "for_r"]);
    assert_eq!(bared.matches('\n').count(), 2);
}
