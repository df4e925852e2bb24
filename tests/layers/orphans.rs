//! A source file that no module declares is never compiled, and rots unseen.

use super::source::{Source, files};

/// The modules that no source declares, by their files. `src/a/b.rs` is declared by
/// `mod b` in `src/a/mod.rs` or `src/a.rs`, `src/a.rs` also by `src/lib.rs` or `src/main.rs`.
/// Three are roots: the library, the program and the build script.
fn orphans(sources: &[Source]) -> Vec<String> {
    let declares = |path: &str, name: &str| {
        let source = sources.iter().find(|source| source.path == path);
        source.is_some_and(|source| {
            let mut words = source.text.lines().map(str::trim);
            words.any(|line| line.ends_with(&format!("mod {name};")))
        })
    };
    let orphan = |source: &&Source| {
        let path = source.path.trim_end_matches("/mod.rs").trim_end_matches(".rs");
        let Some((folder, name)) = path.rsplit_once('/') else {
            return false;
        };
        let parents = ["/mod.rs", ".rs", "/lib.rs", "/main.rs"];
        let roots = ["src/lib", "src/main", "src/build"].contains(&path);
        !roots && !parents.iter().any(|end| declares(&format!("{folder}{end}"), name))
    };
    let found = sources.iter().filter(orphan);
    found.map(|source| source.path.clone()).collect()
}

#[test]
fn every_source_file_is_declared_as_a_module() {
    assert_eq!(orphans(&files(&["src"], &["rs"])), Vec::<String>::new());
}

#[test]
fn a_file_that_no_module_declares_is_found() {
    let sources = [
        Source::new("src/lib.rs", "pub mod kit;\n"),
        Source::new("src/kit/mod.rs", "mod lock;\n#[cfg(test)]\nmod tests;\n"),
        Source::new("src/kit/lock.rs", ""),
        Source::new("src/kit/tests.rs", "mod deep;\n"),
        Source::new("src/kit/tests/deep.rs", ""),
        Source::new("src/kit/lost.rs", ""),
    ];
    assert_eq!(orphans(&sources), ["src/kit/lost.rs"]);
}
