//! Whether the locale of the environment can show more than ASCII. A pure function of the
//! variables, so that each case is a line in a test.
//!
//! Only for what goes to a pipe or a file. What a terminal can show is worked out by the drawing,
//! which also knows the kind of terminal.

/// Asks for variables by name, in the order of POSIX: `LC_ALL`, `LC_CTYPE`, `LANG` (locale(7)).
/// An empty one counts as unset. No locale at all is the POSIX locale, which is ASCII.
pub fn is_utf8(env: &dyn Fn(&str) -> Option<String>) -> bool {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let locale = set("LC_ALL")
        .or_else(|| set("LC_CTYPE"))
        .or_else(|| set("LANG"))
        .unwrap_or_default()
        .to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let with = |all: &'static [(&str, &str)]| {
            is_utf8(&move |name| {
                let found = all.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(with(&[("LANG", "en_GB.UTF-8")]));
        assert!(with(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8"), ("LANG", "C")]));
        assert!(!with(&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")]));
        assert!(!with(&[("LANG", "de_DE.ISO-8859-1")]));
        assert!(!with(&[]));
    }
}
