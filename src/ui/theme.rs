//! How a tone looks: one table of styles per theme, colour depth and charset.
//!
//! Scenes name tones ("broken", "waiting"), never colours. Nothing is shown by colour alone, so
//! each theme only has to be readable and calm. Where the terminal has no colour, or `NO_COLOR`
//! asks for none, no style here has one, and nothing is reversed either; bold, underline and
//! markers take their place.
//!
//! ```text
//! Tone ──▶ position in `tones`, or in `series` ──▶ Style
//!              ▲ made once, of the palette in the depth of the terminal, or without any colour
//! ```

use std::fmt;
use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};

use super::palette::{self, Palette, ThemeColor};
use crate::scene::Tone;

/// How many colours the terminal shows, in ascending order. A theme is drawn in its own
/// colours, in the nearest of 256, or in those of the 16 that stand for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColorDepth {
    None,
    Ansi16,
    Ansi256,
    True,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    Unicode,
    Ascii,
}

/// The name of a theme, as in `--theme NAME`. The default is chosen by the terminal's ground
/// where that is known, see [`Look::detect`](super::look::Look::detect).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeName {
    #[default]
    Dark,
    Light,
    HighContrast,
    /// Colours that people with any kind of colour vision can tell apart (Okabe and Ito, 2008).
    ColourBlind,
    Mono,
}

/// The error of a text that is not the name of a theme. Displays as a sentence that lists the
/// names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no theme is called `{0}`; there are {names}", names = Theme::NAMES.join(", "))]
pub struct UnknownTheme(String);

/// All styles that drawing needs. Immutable; made once per change of the look, so that drawing
/// only looks styles up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    name: ThemeName,
    depth: ColorDepth,
    charset: Charset,
    /// Under everything: the ground, and the colour of plain text. Without a colour of the text
    /// the theme has no colours at all.
    pub(crate) base: Style,
    pub(crate) frame: Style,
    pub(crate) focus: Style,
    /// The chosen item of a menu, a tree or the tabs. Laid over the text that is drawn already, so
    /// it sets what it has to and leaves the rest.
    pub(crate) selected: Style,
    /// In the order of [`Palette::tones`]; [`Theme::tone`] looks a tone up by its position in that
    /// array.
    tones: [Style; palette::TONES],
    series: [Style; palette::SERIES],
}

impl ThemeName {
    /// In the order in which the theme key steps through them: from the usual to the special.
    pub const ALL: [Self; 5] =
        [Self::Dark, Self::Light, Self::HighContrast, Self::ColourBlind, Self::Mono];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::ColourBlind => "colour-blind",
            Self::Mono => "mono",
        }
    }

    fn palette(self) -> Option<&'static Palette> {
        match self {
            Self::Dark => Some(&palette::DARK),
            Self::Light => Some(&palette::LIGHT),
            Self::HighContrast => Some(&palette::HIGH_CONTRAST),
            Self::ColourBlind => Some(&palette::COLOUR_BLIND),
            Self::Mono => None,
        }
    }

    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|name| *name == self);
        Self::ALL[at.map_or(0, |at| (at + 1) % Self::ALL.len())]
    }
}

impl fmt::Display for ThemeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ThemeName {
    type Err = UnknownTheme;

    /// Reads a name as it is written by `Display`. `color-blind` is accepted as well.
    fn from_str(text: &str) -> Result<Self, UnknownTheme> {
        // Users of American spelling find it, too; it is not listed.
        let wanted = if text == "color-blind" { Self::ColourBlind.as_str() } else { text };
        Self::ALL
            .into_iter()
            .find(|name| name.as_str() == wanted)
            .ok_or_else(|| UnknownTheme(text.to_owned()))
    }
}

impl Theme {
    /// All names, in the order of [`ThemeName::ALL`], for the command line and the
    /// configuration file, which know no type of this layer.
    pub const NAMES: [&'static str; 5] = [
        ThemeName::ALL[0].as_str(),
        ThemeName::ALL[1].as_str(),
        ThemeName::ALL[2].as_str(),
        ThemeName::ALL[3].as_str(),
        ThemeName::ALL[4].as_str(),
    ];

    pub fn new(name: ThemeName, depth: ColorDepth, charset: Charset) -> Self {
        match name.palette().filter(|_| depth != ColorDepth::None) {
            Some(palette) => Self::coloured(name, depth, charset, palette),
            None => Self::plain(name, depth, charset),
        }
    }

    pub fn name(&self) -> ThemeName {
        self.name
    }

    pub fn depth(&self) -> ColorDepth {
        self.depth
    }

    pub fn charset(&self) -> Charset {
        self.charset
    }

    /// Whether this theme draws with colours. If not, markers, brackets and heavy lines show
    /// what colour shows otherwise.
    pub fn has_colour(&self) -> bool {
        self.base.fg.is_some()
    }

    pub(crate) fn tone(&self, tone: Tone) -> Style {
        match tone {
            Tone::Series(n) => self.series[usize::from(n) % palette::SERIES],
            Tone::Plain => self.tones[0],
            Tone::Dim => self.tones[1],
            Tone::Strong => self.tones[2],
            Tone::Good => self.tones[3],
            Tone::Active => self.tones[4],
            Tone::Waiting => self.tones[5],
            Tone::Caution => self.tones[6],
            Tone::Broken => self.tones[7],
            Tone::Accent => self.tones[8],
        }
    }

    /// The style of a text that stands on a filled area of this style: the ground's colour on the
    /// fill's. Where full blocks are drawn with signs of ASCII, or nothing may be reversed, the
    /// text keeps its style and the fill is left out around it.
    pub(crate) fn on_fill(&self, fill: Style) -> Style {
        if self.charset == Charset::Ascii || self.depth == ColorDepth::None {
            return fill;
        }
        fill.add_modifier(Modifier::REVERSED)
    }

    /// A theme with colours, in the depth that the terminal has. Every style that is laid over
    /// others sets only what it changes.
    fn coloured(
        name: ThemeName,
        depth: ColorDepth,
        charset: Charset,
        palette: &'static Palette,
    ) -> Self {
        let fg = |color: ThemeColor| Style::new().fg(color.at(depth));
        let mut tones = palette.tones.map(fg);
        // Strong and broken are bold as well: they must stand out without their colour.
        for loud in [2, 7] {
            tones[loud] = tones[loud].add_modifier(Modifier::BOLD);
        }
        Self {
            name,
            depth,
            charset,
            base: fg(palette.tones[0]).bg(palette.back.at(depth)),
            frame: fg(palette.frame),
            focus: fg(palette.tones[8]),
            selected: fg(palette.selected.0)
                .bg(palette.selected.1.at(depth))
                .add_modifier(Modifier::BOLD),
            tones,
            series: palette.series.map(fg),
        }
    }

    /// A theme without colours: tones differ in weight alone, so several look the same. Signs
    /// and words beside them show which is which.
    fn plain(name: ThemeName, depth: ColorDepth, charset: Charset) -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let dim = plain.add_modifier(Modifier::DIM);
        // Reversed video is made of colours, so `NO_COLOR` excludes it as well. The theme mono
        // on a terminal with colours may reverse.
        let selected = if depth == ColorDepth::None {
            bold.add_modifier(Modifier::UNDERLINED)
        } else {
            bold.add_modifier(Modifier::REVERSED)
        };
        Self {
            name,
            depth,
            charset,
            base: plain,
            frame: dim,
            focus: bold,
            selected,
            tones: [plain, dim, bold, plain, plain, plain, bold, bold, bold],
            series: [plain; palette::SERIES],
        }
    }
}

impl ThemeColor {
    /// The colour as this depth of the terminal can show it: exact, the nearest of 256, or one of
    /// 16.
    fn at(self, depth: ColorDepth) -> Color {
        match depth {
            ColorDepth::None => Color::Reset,
            ColorDepth::Ansi16 => self.ansi,
            ColorDepth::Ansi256 => Color::Indexed(palette::nearest(self.rgb)),
            ColorDepth::True => {
                let [_, r, g, b] = self.rgb.to_be_bytes();
                Color::Rgb(r, g, b)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_are_refused_with_the_list() {
        for name in Theme::NAMES {
            assert_eq!(name.parse::<ThemeName>().unwrap().to_string(), name);
        }
        assert_eq!("color-blind".parse(), Ok(ThemeName::ColourBlind));
        let refused = "sepia".parse::<ThemeName>().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "no theme is called `sepia`; there are dark, light, high-contrast, colour-blind, mono"
        );
    }

    #[test]
    fn the_theme_key_comes_round() {
        let mut name = ThemeName::default();
        for _ in ThemeName::ALL {
            name = name.next();
        }
        assert_eq!(name, ThemeName::default());
    }

    #[test]
    fn without_colour_nothing_is_coloured_or_reversed() {
        for name in ThemeName::ALL {
            let theme = Theme::new(name, ColorDepth::None, Charset::Unicode);
            let styles = [theme.base, theme.frame, theme.focus, theme.selected];
            for style in styles.iter().chain(&theme.tones).chain(&theme.series) {
                assert_eq!((style.fg, style.bg), (None, None));
                assert!(!style.add_modifier.contains(Modifier::REVERSED));
                assert_eq!(theme.on_fill(*style), *style);
            }
        }
    }

    #[test]
    fn a_text_on_a_fill_has_the_ground_for_its_colour_and_in_ascii_its_own() {
        for depth in [ColorDepth::Ansi16, ColorDepth::Ansi256, ColorDepth::True] {
            let unicode = Theme::new(ThemeName::Dark, depth, Charset::Unicode);
            let green = unicode.tone(Tone::Good);
            assert_eq!(unicode.on_fill(green), green.add_modifier(Modifier::REVERSED));
            let ascii = Theme::new(ThemeName::Dark, depth, Charset::Ascii);
            assert_eq!(ascii.on_fill(green), green);
        }
    }
}
