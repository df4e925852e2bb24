//! No file imports itself by way of others: a reader of a file can read what it is
//! made of first, and understand each part without the whole.
//!
//! A name is followed through re-exports to the file that defines it; the re-export
//! itself is the face of its folder and no import.

use std::collections::BTreeMap;

use crate::source::Source;
use crate::sources;

/// A use tree spread out: the path, and the name that it has here.
type Import = (Vec<String>, String);

struct File {
    path: String,
    imports: Vec<Import>,
    /// What the file hands on under its own name.
    exports: Vec<Import>,
}

/// The files of the crate, each under the path of its module.
struct Crate(BTreeMap<Vec<String>, File>);

impl Crate {
    fn new(sources: &[Source]) -> Self {
        let of_crate = sources.iter().filter(|source| !source.is_test());
        Self(
            of_crate
                .map(|source| {
                    let module = source.module().iter().map(ToString::to_string).collect();
                    let (exports, imports) = uses(&source.code());
                    (module, File { path: source.path.clone(), imports, exports })
                })
                .collect(),
        )
    }

    /// The module whose file defines what `path` names as seen from `module`.
    fn definer(&self, module: &[String], path: &[String], depth: usize) -> Option<Vec<String>> {
        let (mut at, mut rest) = (module.to_vec(), path);
        match rest.first()?.as_str() {
            "crate" => (at, rest) = (Vec::new(), &rest[1..]),
            "self" => rest = &rest[1..],
            "super" => {
                while let Some(("super", more)) = rest.split_first().map(|(f, r)| (f.as_str(), r)) {
                    at.pop()?;
                    rest = more;
                }
            }
            first => {
                let child = [at.as_slice(), &[first.to_owned()]].concat();
                let exported = self.0.get(&at)?.exports.iter().any(|(_, name)| name == first);
                if !self.0.contains_key(&child) && !exported {
                    return None;
                }
            }
        }
        for (n, name) in rest.iter().enumerate() {
            let child = [at.as_slice(), std::slice::from_ref(name)].concat();
            if self.0.contains_key(&child) {
                at = child;
                continue;
            }
            let mut exports = self.0.get(&at).into_iter().flat_map(|file| &file.exports);
            // Deeper than any chain of re-exports: one that leads to itself by a glob.
            if let Some((to, _)) = exports.find(|(_, export)| export == name).filter(|_| depth < 8)
            {
                let to = [to.as_slice(), &rest[n + 1..]].concat();
                return self.definer(&at, &to, depth + 1);
            }
            break;
        }
        self.0.contains_key(&at).then_some(at)
    }

    /// For each file, those that it imports.
    fn imports(&self) -> BTreeMap<&str, Vec<&str>> {
        let of = |module: &[String], file: &File| {
            let found = file.imports.iter().filter_map(|(path, _)| self.definer(module, path, 0));
            let mut found: Vec<_> = found.map(|module| self.0[&module].path.as_str()).collect();
            found.retain(|path| *path != file.path && !encloses(path, &file.path));
            found.sort_unstable();
            found.dedup();
            found
        };
        self.0.iter().map(|(module, file)| (file.path.as_str(), of(module, file))).collect()
    }
}

/// Whether `path` is the `mod.rs` of a folder that `inner` lies in. What it declares holds
/// for all its files, and it is composed of them: the two are read together.
fn encloses(path: &str, inner: &str) -> bool {
    path.strip_suffix("mod.rs").is_some_and(|folder| inner.starts_with(folder))
}

/// The sets of files that import each other, each named by its imports.
fn circles(sources: &[Source]) -> Vec<String> {
    let house = Crate::new(sources);
    let imports = house.imports();
    let reached = |from: &str| {
        let (mut reached, mut todo) = (Vec::new(), imports[from].clone());
        while let Some(path) = todo.pop() {
            if !reached.contains(&path) {
                reached.push(path);
                todo.extend(&imports[path]);
            }
        }
        reached
    };
    let all: BTreeMap<&str, Vec<&str>> =
        imports.keys().map(|path| (*path, reached(path))).collect();
    let together = |a: &str, b: &str| all[a].contains(&b) && all[b].contains(&a);
    let mut named = Vec::new();
    let mut found = Vec::new();
    for (path, reached) in &all {
        if !reached.contains(path) || named.contains(path) {
            continue;
        }
        let circle: Vec<_> = all.keys().filter(|other| together(path, other)).copied().collect();
        let ties = circle.iter().flat_map(|from| {
            let to = imports[from].iter().filter(|to| circle.contains(to));
            to.map(move |to| format!("  {from} -> {to}"))
        });
        found.push(ties.collect::<Vec<_>>().join("\n"));
        named.extend(circle);
    }
    found
}

/// What a file re-exports, and all else that it names by a path.
fn uses(code: &str) -> (Vec<Import>, Vec<Import>) {
    let (mut exports, mut imports) = (Vec::new(), Vec::new());
    let mut rest = code;
    let mut outside = String::new();
    while let Some(at) = rest.find("use ") {
        let before = &rest[..at];
        let starts = before.chars().next_back().is_none_or(char::is_whitespace);
        let end = rest[at..].find(';').map_or(rest.len(), |end| at + end);
        if starts {
            let line = before.rsplit('\n').next().unwrap_or_default().trim();
            let to = if line.starts_with("pub") { &mut exports } else { &mut imports };
            spread(rest[at + "use ".len()..end].trim(), &[], to);
            outside.push_str(before);
        } else {
            outside.push_str(&rest[..end]);
        }
        rest = &rest[end..];
    }
    outside.push_str(rest);
    imports.extend(inline(&outside));
    (exports, imports)
}

/// Spreads `a::{b, c as d}` out into `a::b` and `a::c`, the latter known as `d`.
fn spread(tree: &str, path: &[String], found: &mut Vec<Import>) {
    if let Some(group) = tree.strip_prefix('{').and_then(|group| group.strip_suffix('}')) {
        let mut depth = 0;
        let parts = group.split(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && depth == 0
        });
        for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
            spread(part, path, found);
        }
        return;
    }
    if let Some((first, more)) = tree.split_once("::") {
        spread(more.trim(), &[path, &[first.trim().to_owned()]].concat(), found);
        return;
    }
    let (name, here) = tree.split_once(" as ").unwrap_or((tree, tree));
    let path = if name == "self" { path.to_vec() } else { [path, &[name.to_owned()]].concat() };
    let here = if here == "self" {
        path.last().cloned().unwrap_or_default()
    } else {
        here.trim().to_owned()
    };
    found.push((path, here));
}

/// The paths that stand in the code itself: `scene::units::count` in `scene::units::count(3)`.
fn inline(code: &str) -> Vec<Import> {
    let in_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let paths = code.split(|c| !in_path(c)).filter(|path| path.contains("::"));
    let names = paths.map(|path| path.split("::").map(str::to_owned).collect::<Vec<_>>());
    names
        .filter(|path| path.iter().all(|name| !name.is_empty() && !name.contains(':')))
        .map(|path| (path, String::new()))
        .collect()
}

#[test]
fn no_file_imports_itself_by_way_of_others() {
    let circles = circles(&sources());
    assert!(circles.is_empty(), "{} circles:\n{}", circles.len(), circles.join("\n\n"));
}

#[test]
fn a_circle_is_found() {
    let of = |files: &[(&str, &str)]| {
        let sources: Vec<_> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
        circles(&sources)
    };
    let root = ("src/lib.rs", "pub mod kit;");
    let face = ("src/kit/mod.rs", "mod a;\nmod b;\npub use a::A;\npub use b::{B, C as D};");
    let a = ("src/kit/a.rs", "use super::{D, Other};\npub struct A(D);");
    let b = ("src/kit/b.rs", "pub struct B;\npub struct C;");
    assert_eq!(of(&[root, face, a, b]), Vec::<String>::new());
    let back = ("src/kit/b.rs", "fn f() { crate::kit::A::new(); }");
    let expected = "  src/kit/a.rs -> src/kit/b.rs\n  src/kit/b.rs -> src/kit/a.rs";
    assert_eq!(of(&[root, face, a, back]), [expected]);
    let tests = ("src/kit/b.rs", "#[cfg(test)]\nmod tests { use crate::kit::A; }");
    assert_eq!(of(&[root, face, a, tests]), Vec::<String>::new());
    let parent = ("src/kit/mod.rs", "mod a;\nfn f() { a::f(); }\npub struct D;");
    assert_eq!(of(&[root, parent, a]), Vec::<String>::new());
}
