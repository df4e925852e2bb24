//! Rust sources as the rules look at them: without comments and texts, and with their
//! test code apart.

use std::path::{Path, PathBuf};

/// One file of the repository.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// From the repository's root, with `/` between.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The layer that a file of `src` belongs to: its folder, or its own name.
    pub(crate) fn layer(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src/")?;
        let first = inside.split('/').next()?;
        Some(first.strip_suffix(".rs").unwrap_or(first))
    }

    /// The names of the modules that lead to this file's.
    pub(crate) fn module(&self) -> Vec<&str> {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let inside = inside.strip_suffix(".rs").unwrap_or(inside);
        let mut names: Vec<_> = inside.split('/').collect();
        if matches!(names.last(), Some(&("mod" | "lib" | "main"))) {
            names.pop();
        }
        names
    }

    /// Whether the whole file is test code.
    pub(crate) fn is_test(&self) -> bool {
        let stem = |part: &str| {
            let name = part.strip_suffix(".rs").unwrap_or(part);
            name == "tests" || name.ends_with("_tests") || name == "trial"
        };
        !self.path.starts_with("src/") || self.path.split('/').any(stem)
    }

    /// The code without comments, texts and modules for tests.
    pub(crate) fn code(&self) -> String {
        without_tests(&bare(&self.text))
    }
}

/// All files below these folders that end so, except what was built.
pub(crate) fn files(folders: &[&str], endings: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in folders {
        walk(&root.join(folder), &mut found);
    }
    let ends = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| endings.contains(&ending))
    };
    found.retain(ends);
    found.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        Source { path, text }
    };
    found.into_iter().map(read).collect()
}

fn walk(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_file() {
        found.push(path.to_owned());
    } else if let Ok(entries) = std::fs::read_dir(path) {
        for entry in entries {
            walk(&entry.unwrap().path(), found);
        }
    }
}

/// The text with comments, strings and characters blanked out; lines stay where they are.
pub(crate) fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = hidden(rest, out.chars().next_back());
        if skip == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let lines = rest[..skip].matches('\n').count();
        out.push(' ');
        out.extend(std::iter::repeat_n('\n', lines));
        rest = &rest[skip..];
    }
    out
}

/// The same of Python.
pub(crate) fn bare_python(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = match c {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => {
                let long = c.to_string().repeat(3);
                match rest.strip_prefix(&long) {
                    Some(inside) => inside.find(&long).map_or(rest.len(), |at| at + 6),
                    None => quoted(rest, c),
                }
            }
            _ => 0,
        };
        out.push(if skip == 0 { c } else { ' ' });
        rest = &rest[skip.max(c.len_utf8())..];
    }
    out
}

/// The strings of the code, as they are written.
pub(crate) fn texts(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut rest, mut before) = (text, None);
    while let Some(c) = rest.chars().next() {
        let skip = hidden(rest, before).max(c.len_utf8());
        let part = &rest[..skip];
        if skip > 1 && !part.starts_with("//") && !part.starts_with("/*") {
            found.push(part);
        }
        before = part.chars().next_back();
        rest = &rest[skip..];
    }
    found
}

/// How many bytes of a comment or a literal begin here; 0 if none does.
fn hidden(rest: &str, before: Option<char>) -> usize {
    let end_of = |start: usize, end: &str| {
        let found = rest[start..].find(end);
        found.map_or(rest.len(), |at| start + at + end.len())
    };
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return end_of(2, "*/");
    }
    if !in_word {
        let raw = rest.trim_start_matches(['b', 'c']);
        if let Some(raw) = raw.strip_prefix('r') {
            let hashes = raw.len() - raw.trim_start_matches('#').len();
            if raw[hashes..].starts_with('"') {
                let start = rest.len() - raw.len() + hashes + 1;
                return end_of(start, &format!("\"{}", "#".repeat(hashes)));
            }
        }
    }
    match rest.as_bytes() {
        [b'"', ..] => quoted(rest, '"'),
        [b'\'', b'\\', ..] => quoted(rest, '\''),
        [b'\'', ..] => {
            // A character, or else a lifetime.
            let mut chars = rest.char_indices().skip(2);
            match chars.next() {
                Some((at, '\'')) => at + 1,
                _ => 0,
            }
        }
        _ => 0,
    }
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    rest.len()
}

/// Bare code without its modules and items for tests.
fn without_tests(code: &str) -> String {
    let mut out = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..at]);
        let item = &rest[at..];
        let brace = item.find('{');
        let end = match (brace, item.find(';')) {
            (Some(brace), semicolon) if semicolon.is_none_or(|at| brace < at) => {
                brace + block(&item[brace..])
            }
            (_, Some(semicolon)) => semicolon + 1,
            (_, None) => item.len(),
        };
        rest = &item[end..];
    }
    out + rest
}

/// The length of the block that begins here.
fn block(code: &str) -> usize {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// The paths that code mentions from the crate's root on, as far as they are written
/// out: `kit::event` for `use crate::kit::event::LaneId` and `use crate::{kit::event}`,
/// and for what leads out of the file's own layer by way of `super`.
pub(crate) fn mentioned(source: &Source, code: &str) -> Vec<Vec<String>> {
    let module = source.module();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if !word_before(code, at) {
            leaves(&code[at + "crate::".len()..], &[], &mut found);
        }
    }
    for (at, _) in code.match_indices("super::") {
        if word_before(code, at) || code[..at].ends_with("super::") {
            continue;
        }
        let mut rest = &code[at..];
        let mut up = 0;
        while let Some(next) = rest.strip_prefix("super::") {
            (rest, up) = (next, up + 1);
        }
        if up >= module.len() {
            leaves(rest, &[], &mut found);
        }
    }
    found
}

/// Whether this stands within a longer word or path.
fn word_before(code: &str, at: usize) -> bool {
    let before = code[..at].chars().next_back();
    before
        .is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$' && !code[..at].ends_with('$'))
}

fn leaves(rest: &str, path: &[String], found: &mut Vec<Vec<String>>) {
    let rest = rest.trim_start();
    if let Some(group) = rest.strip_prefix('{') {
        let mut depth = 0;
        let mut start = 0;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    if !group[start..at].trim().is_empty() {
                        leaves(&group[start..at], path, found);
                    }
                    start = at + 1;
                    if c == '}' {
                        return;
                    }
                }
                _ => {}
            }
        }
        return;
    }
    let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let after = rest[word.len()..].trim_start();
    let path = [path, &[word]].concat();
    match after.strip_prefix("::") {
        Some(more) if path.len() < 3 => leaves(more, &path, found),
        _ => found.push(path),
    }
}
