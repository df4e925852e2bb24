//! What the terminal can show, worked out from the environment. A pure function of the
//! variables, so that each case is a line in a test. The terminal itself is not asked: its
//! answer would come among the keys, or never.

use super::theme::{Charset, ColorDepth, Theme, ThemeName};

/// Theme, colours and characters that a [`Theme`] is made from. Small enough to be copied, and
/// kept by the program to change the theme later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub theme: ThemeName,
    pub depth: ColorDepth,
    pub charset: Charset,
}

impl Look {
    /// Asks for variables by name: `NO_COLOR`, `COLORTERM`, `TERM`, `COLORFGBG`, `LC_ALL`,
    /// `LC_CTYPE`, `LANG`. An empty variable counts as unset, which is what no-color.org asks
    /// for.
    pub fn detect(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| env(name).filter(|value| !value.is_empty());
        let term = get("TERM").unwrap_or_default();
        // Any value counts, also `0`.
        let depth = if get("NO_COLOR").is_some() {
            ColorDepth::None
        } else {
            depth(&term, &get("COLORTERM").unwrap_or_default())
        };
        Self {
            theme: ground(&get("COLORFGBG").unwrap_or_default()),
            depth,
            charset: charset(
                &term,
                get("LC_ALL").or_else(|| get("LC_CTYPE")).or_else(|| get("LANG")),
            ),
        }
    }

    pub fn theme(self) -> Theme {
        Theme::new(self.theme, self.depth, self.charset)
    }
}

/// The number of colours. There is no standard for it: `COLORTERM` is a convention, and the name in
/// `TERM` says the rest. Too few is a duller picture, too many a wrong one; so in doubt there are
/// 16.
fn depth(term: &str, colorterm: &str) -> ColorDepth {
    // Terminals that show all colours but do not always announce it, for example over ssh.
    const FULL: [&str; 6] = ["direct", "kitty", "alacritty", "foot", "wezterm", "ghostty"];
    match (term, colorterm) {
        ("" | "dumb", _) => ColorDepth::None,
        (_, "truecolor" | "24bit") => ColorDepth::True,
        (term, _) if FULL.iter().any(|name| term.contains(name)) => ColorDepth::True,
        (term, _) if term.contains("256color") => ColorDepth::Ansi256,
        _ => ColorDepth::Ansi16,
    }
}

/// The locale decides whether the terminal shows more than ASCII. The Linux console has only the
/// glyphs of a code page, whatever its locale.
fn charset(term: &str, locale: Option<String>) -> Charset {
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    let utf8 = locale.contains("utf-8") || locale.contains("utf8");
    if utf8 && !matches!(term, "linux" | "dumb") { Charset::Unicode } else { Charset::Ascii }
}

/// The theme for the terminal's own ground. `COLORFGBG` is `text;ground` or
/// `text;something;ground`, with numbers of the 16 colours; 7 and the bright ones except 8
/// (dark grey) are light.
fn ground(colorfgbg: &str) -> ThemeName {
    match colorfgbg.rsplit(';').next().and_then(|n| n.parse().ok()) {
        Some(7 | 9..=15u8) => ThemeName::Light,
        _ => ThemeName::Dark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(variables: &[(&str, &str)]) -> Look {
        Look::detect(&|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn colours_follow_from_what_the_terminal_reports() {
        let depth = |variables: &[(&str, &str)]| look(variables).depth;
        assert_eq!(depth(&[("TERM", "xterm")]), ColorDepth::Ansi16);
        assert_eq!(depth(&[("TERM", "xterm-256color")]), ColorDepth::Ansi256);
        assert_eq!(depth(&[("TERM", "xterm-kitty")]), ColorDepth::True);
        let full = [("TERM", "xterm-256color"), ("COLORTERM", "truecolor")];
        assert_eq!(depth(&full), ColorDepth::True);
        for none in [&[][..], &[("TERM", "")], &[("TERM", "dumb")]] {
            assert_eq!(depth(none), ColorDepth::None);
        }
    }

    #[test]
    fn no_color_wins_unless_it_is_empty() {
        let depth = |no_color| look(&[("TERM", "xterm"), ("NO_COLOR", no_color)]).depth;
        assert_eq!(depth("1"), ColorDepth::None);
        assert_eq!(depth(""), ColorDepth::Ansi16);
    }

    #[test]
    fn characters_follow_from_the_first_locale_that_is_set() {
        let charset = |variables: &[(&str, &str)]| look(variables).charset;
        assert_eq!(charset(&[("LANG", "C")]), Charset::Ascii);
        assert_eq!(charset(&[]), Charset::Ascii);
        assert_eq!(charset(&[("LANG", "de_DE.UTF-8")]), Charset::Unicode);
        assert_eq!(charset(&[("LANG", "C.utf8")]), Charset::Unicode);
        let overruled = [("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")];
        assert_eq!(charset(&overruled), Charset::Ascii);
        let empty = [("LC_ALL", ""), ("LC_CTYPE", "en_GB.UTF-8")];
        assert_eq!(charset(&empty), Charset::Unicode);
        let console = [("TERM", "linux"), ("LANG", "en_GB.UTF-8")];
        assert_eq!(charset(&console), Charset::Ascii);
    }

    #[test]
    fn a_light_ground_is_recognised() {
        let theme = |colours| look(&[("COLORFGBG", colours)]).theme;
        assert_eq!(theme("0;15"), ThemeName::Light);
        assert_eq!(theme("0;default;7"), ThemeName::Light);
        assert_eq!(theme("15;0"), ThemeName::Dark);
        assert_eq!(theme("nonsense"), ThemeName::Dark);
    }
}
