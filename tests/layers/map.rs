//! The tests that the map in `src/lib.rs` names as those that hold its promises exist.

use super::source::{Source, files};

/// The tests that the map names: each stands in code marks after "Held by".
fn named(map: &str) -> Vec<String> {
    let text = map.replace("\n//!", " ");
    let mut names = Vec::new();
    for part in text.split("Held by").skip(1) {
        let until = part.find('.').unwrap_or(part.len());
        names.extend(part[..until].split('`').skip(1).step_by(2).map(str::to_owned));
    }
    names
}

fn missing(map: &str, sources: &[Source]) -> Vec<String> {
    let mut names = named(map);
    names.retain(|name| {
        let test = format!("fn {name}(");
        !sources.iter().any(|source| source.text.contains(&test))
    });
    names
}

#[test]
fn each_test_that_the_map_names_exists() {
    let sources = files(&["src", "tests"], &["rs"]);
    let map = sources.iter().find(|source| source.path == "src/lib.rs").unwrap();
    assert!(named(&map.text).len() >= 10, "{:?}", named(&map.text));
    assert_eq!(missing(&map.text, &sources), Vec::<String>::new());
}

#[test]
fn a_test_that_is_gone_is_found() {
    let map = "//! Labs never draw. Held by `a_test` and\n//! `another`. Not `this`.";
    let source = Source::new("src/a.rs", "fn a_test() {}");
    assert_eq!(missing(map, &[source]), ["another"]);
}
