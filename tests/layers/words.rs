//! One word, one thing: words that the project no longer uses, because the field has
//! better ones, and names of types that would mean two things in one room.

use crate::source::{Source, bare, bare_python, files, texts};
use crate::{assert_none, faults, planted, sources};

/// Parts of identifiers that were retired, and the word that is used instead.
const IDENTIFIERS: &[(&str, &str)] = &[
    ("actor", "thread"),
    ("anew", "again"),
    ("blow", "fault"),
    ("bond", "precedence"),
    ("bury", "handle the exit"),
    ("conductor", "driver"),
    ("crew", "thread group"),
    ("cue", "next"),
    ("curtain", "start gate"),
    ("director", "main or driver"),
    ("doze", "wait"),
    ("enrol", "register"),
    ("fallen", "died"),
    ("film", "trace"),
    ("glance", "poll"),
    ("glass", "stepper"),
    ("grip", "handle"),
    ("gulp", "read size"),
    ("heirs", "recovered"),
    ("hire", "spawn"),
    ("learner", "progress"),
    ("loan", "assignment"),
    ("luck", "chance"),
    ("mourn", "handle the death"),
    ("nap", "backoff"),
    ("ousted", "displaced"),
    ("outlet", "writer"),
    ("pilot", "scheduler"),
    ("rehearsal", "sample events"),
    ("seam", "controller"),
    ("shards", "output"),
    ("sip", "read size"),
    ("staff", "workers"),
    ("stranger", "unregistered"),
    ("strike", "inject"),
    ("struck", "outcome"),
    ("team", "thread group"),
    ("tell", "report"),
    ("told", "reported"),
    ("toll", "loss"),
    ("troupe", "process run"),
    ("unsaid", "early events"),
    ("victim", "target"),
    ("voice", "sink"),
    ("volunteer", "try_lead"),
    ("whereabouts", "state"),
];

/// Words that no text for a reader uses: the screen, lessons, the README.
const TEXTS: &[(&str, &str)] = &[
    ("anew", "again"),
    ("blow", "fault"),
    ("blows", "faults"),
    ("director", "main"),
    ("film", "trace"),
    ("nobody", "no thread"),
    ("panicked", "raised an exception"),
    ("rehearsal", "sample"),
    ("seam", "step controller"),
    ("troupe", "workers"),
];

/// The part of a layer in which a type's name stands for one thing: each lab, each folder
/// of the kit, and else the whole layer.
fn room(source: &Source) -> Option<&str> {
    let layer = source.layer()?;
    let inside = source.path.strip_prefix("src/")?;
    let deeper = match layer {
        "labs" | "kit" => inside.split('/').nth(1).filter(|part| !part.contains('.')),
        _ => None,
    };
    Some(deeper.map_or(layer, |part| &inside[..layer.len() + 1 + part.len()]))
}

/// The parts of a name, in small letters: `StepGate` and `step_gate` have the same.
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut before = '_';
    for c in name.chars() {
        let begins = before == '_' || c.is_uppercase() && !before.is_uppercase();
        if begins {
            parts.push(String::new());
        }
        if c != '_'
            && let Some(part) = parts.last_mut()
        {
            part.extend(c.to_lowercase());
        }
        before = c;
    }
    parts
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn identifier_rule(source: &Source) -> Vec<String> {
    let is_rust = source.path.rsplit('.').next() == Some("rs");
    let code = if is_rust { bare(&source.text) } else { bare_python(&source.text) };
    let mut faults = Vec::new();
    for name in words(&code) {
        let parts = parts(name);
        let retired = IDENTIFIERS.iter().filter(|(word, _)| {
            let plural = |part: &String| part.strip_suffix('s') == Some(word);
            parts.iter().any(|part| part == word || plural(part))
        });
        faults.extend(retired.map(|(_, now)| format!("`{name}`: say {now}")));
    }
    faults.sort();
    faults.dedup();
    faults
}

fn text_rule(source: &Source) -> Vec<String> {
    let text = if source.layer().is_some() {
        texts(&source.text).join(
            "
",
        )
    } else {
        source.text.clone()
    };
    let text = text.to_lowercase();
    let retired = TEXTS.iter();
    let retired = retired.filter(|(word, _)| words(&text).any(|other| other == *word));
    retired.map(|(word, now)| format!("a text says `{word}`: say {now}")).collect()
}

/// The types that a file defines for more than itself.
fn types(source: &Source) -> Vec<String> {
    let code = source.code();
    let mut found = Vec::new();
    let mut all = words(&code).peekable();
    let mut open = false;
    while let Some(word) = all.next() {
        match word {
            "pub" => open = true,
            // Between `pub` and what it opens stand only these.
            "crate" | "super" | "in" | "self" | "unsafe" | "const" => {}
            "struct" | "enum" | "trait" | "type" | "union" if open => {
                found.extend(all.peek().map(|name| (*name).to_owned()));
                open = false;
            }
            _ => open = false,
        }
    }
    found
}

/// Each type name that a room has more than once, with where.
fn doubles(sources: &[Source]) -> Vec<String> {
    let mut all: Vec<(String, &str, &str)> = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        let Some(room) = room(source) else { continue };
        let types = types(source).into_iter();
        all.extend(types.map(|name| (name, room, source.path.as_str())));
    }
    all.sort_unstable();
    let same = all.chunk_by(|a, b| (&a.0, a.1) == (&b.0, b.1));
    same.filter(|same| same.len() > 1)
        .map(|same| {
            let paths: Vec<_> = same.iter().map(|(_, _, path)| *path).collect();
            format!("{} is defined in {}", same[0].0, paths.join(" and "))
        })
        .collect()
}

#[test]
fn no_identifier_has_a_retired_word() {
    let mut all = files(&["src", "benches", "examples"], &["rs"]);
    all.extend(files(&["assets/python/shim"], &["py"]));
    assert_none(&faults(&all, identifier_rule));
}

#[test]
fn no_text_for_a_reader_has_a_retired_word() {
    let mut all = sources();
    all.retain(|source| !source.is_test());
    all.extend(files(&["README.md", "assets/lessons"], &["md"]));
    all.extend(files(&["assets/python/shim"], &["py"]));
    assert_none(&faults(&all, text_rule));
}

#[test]
fn a_type_name_stands_for_one_thing_in_its_room() {
    assert_none(&doubles(&sources()));
}

#[test]
fn a_retired_word_is_found() {
    let named = |text| planted("src/kit/a.rs", text, identifier_rule).len();
    assert_eq!(named("struct StepSeam;"), 1);
    assert_eq!(named("fn open_seams(seam: u8) {}"), 2);
    assert_eq!(named("const OLD_VOICE: u8 = 0;"), 1);
    assert_eq!(named("fn seamless() {} // seam\nlet a = \"seam\";"), 0);
    let python = |text| planted("assets/a.py", text, identifier_rule).len();
    assert_eq!(python("def seam(a='\\'', b=1): return seams"), 2);
    assert_eq!(python("\"\"\"A seam.\"\"\"\n# It's a seam\nx = r'seam'\n"), 0);
    let shown = |path, text| planted(path, text, text_rule).len();
    assert_eq!(shown("src/kit/a.rs", "let a = \"Begins anew.\";"), 1);
    assert_eq!(shown("src/kit/a.rs", "// anew\nlet a = b\"x\";"), 0);
    assert_eq!(shown("README.md", "It begins Anew"), 1);
    assert_eq!(shown("assets/a.py", "emit('notifies nobody')"), 1);
}

#[test]
fn a_name_with_two_meanings_is_found() {
    let file = |path, text| Source::new(path, text);
    let one = || file("src/ui/a.rs", "pub(super) struct Row { pub a: u8 }");
    let twice = [one(), file("src/ui/b/c.rs", "pub enum Row {}")];
    assert_eq!(doubles(&twice).len(), 1);
    let private = [one(), file("src/ui/b.rs", "struct Row;")];
    assert_eq!(doubles(&private).len(), 0);
    let elsewhere = [one(), file("src/scene/b.rs", "pub struct Row;")];
    assert_eq!(doubles(&elsewhere).len(), 0);
    let lab = |path| file(path, "pub struct State;");
    let labs = ["src/labs/list/a.rs", "src/labs/pool/a.rs"].map(lab);
    assert_eq!(doubles(&labs).len(), 0);
}
