//! The colours themselves: one table per theme. Each colour stands as it is, and as the one of
//! a terminal's 16 that means the same there; for 256 colours the nearest is computed.
//!
//! The 16 colours differ by terminal and are often changed by users, so they are chosen by name
//! and not by distance. Text of every tone has to be readable on the ground; tests measure the
//! contrast.

use ratatui::style::Color;

/// Number of tones that have a colour of their own. Those of series are counted apart, since a
/// scene may use any number of them.
pub const TONES: usize = 9;
/// Number of colours for series; they repeat after the last. More could not be distinguished
/// anyway.
pub const SERIES: usize = 8;

#[derive(Clone, Copy, Debug)]
pub struct ThemeColor {
    pub rgb: u32,
    pub ansi: Color,
}

#[derive(Debug)]
pub struct Palette {
    /// The ground under everything. With 16 colours it is the terminal's own in all themes but
    /// one, since the named colours are made for it.
    pub back: ThemeColor,
    /// Plain, dim, strong, good, active, waiting, caution, broken, accent: the order in which
    /// [`Theme`](super::theme::Theme) looks them up.
    pub tones: [ThemeColor; TONES],
    /// For series of equal rank, such as the threads of a chart: neighbours as different as
    /// possible.
    pub series: [ThemeColor; SERIES],
    pub frame: ThemeColor,
    /// Text and ground of what is chosen. The only place where a theme sets a ground other than
    /// its own.
    pub selected: (ThemeColor, ThemeColor),
}

/// The nearest of the 240 colours that 256-colour terminals agree on: the cube and the greys,
/// not the 16 with names. By the square of the distance in RGB, which is good enough for
/// colours so close to each other.
pub fn nearest(rgb: u32) -> u8 {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let [_, r, g, b] = rgb.to_be_bytes();
    let step = |c: u8| (0u8..6).min_by_key(|i| STEPS[usize::from(*i)].abs_diff(c));
    // Channel by channel: the cube is a grid, so its nearest point is found in each direction
    // alone.
    let cube = [r, g, b].map(|c| step(c).unwrap_or(0));
    let mean = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let grey = u8::try_from(mean.saturating_sub(3) / 10).unwrap_or(23).min(23);
    let off = |to: [u8; 3]| {
        [r, g, b].iter().zip(to).map(|(c, t)| u32::from(c.abs_diff(t)).pow(2)).sum::<u32>()
    };
    let cube_off = off(cube.map(|i| STEPS[usize::from(i)]));
    if off([8 + 10 * grey; 3]) < cube_off {
        232 + grey
    } else {
        16 + 36 * cube[0] + 6 * cube[1] + cube[2]
    }
}

const fn color(rgb: u32, ansi: Color) -> ThemeColor {
    ThemeColor { rgb, ansi }
}

pub static DARK: Palette = Palette {
    back: color(0x0f_1318, Color::Reset),
    tones: [
        color(0xc8_d0d9, Color::Reset),
        color(0x7f_8995, Color::DarkGray),
        color(0xf2_f6fa, Color::White),
        color(0x78_c98b, Color::Green),
        color(0x6c_b2f5, Color::Cyan),
        color(0xe2_c15c, Color::Yellow),
        color(0xf0_9a55, Color::LightYellow),
        color(0xff_7a72, Color::LightRed),
        color(0xb9_9cf5, Color::LightMagenta),
    ],
    series: [
        color(0x6c_b2f5, Color::Cyan),
        color(0xe2_c15c, Color::Yellow),
        color(0x78_c98b, Color::Green),
        color(0xb9_9cf5, Color::LightMagenta),
        color(0xf0_9a55, Color::LightYellow),
        color(0x5f_d0c0, Color::LightCyan),
        color(0xf0_86a8, Color::LightRed),
        color(0xa4_b3c2, Color::Gray),
    ],
    frame: color(0x3c_4653, Color::DarkGray),
    selected: (color(0xf2_f6fa, Color::Black), color(0x2c_3850, Color::Cyan)),
};

pub static LIGHT: Palette = Palette {
    back: color(0xfb_faf7, Color::Reset),
    tones: [
        color(0x28_2d33, Color::Reset),
        color(0x65_6c75, Color::DarkGray),
        color(0x00_0000, Color::Black),
        color(0x1b_7a38, Color::Green),
        color(0x0b_5cb8, Color::Blue),
        color(0x86_6000, Color::Magenta),
        color(0xad_4700, Color::Red),
        color(0xbd_1220, Color::Red),
        color(0x6d_3cc2, Color::Magenta),
    ],
    series: [
        color(0x0b_5cb8, Color::Blue),
        color(0xad_4700, Color::Red),
        color(0x1b_7a38, Color::Green),
        color(0x6d_3cc2, Color::Magenta),
        color(0x86_6000, Color::Yellow),
        color(0x00_7480, Color::Cyan),
        color(0xb0_2a6b, Color::LightMagenta),
        color(0x50_5862, Color::DarkGray),
    ],
    frame: color(0xbf_c4cb, Color::Gray),
    selected: (color(0x00_0000, Color::White), color(0xd5_def2, Color::Blue)),
};

pub static HIGH_CONTRAST: Palette = Palette {
    back: color(0x00_0000, Color::Black),
    tones: [
        color(0xff_ffff, Color::White),
        color(0xc4_c4c4, Color::Gray),
        color(0xff_ffff, Color::White),
        color(0x4d_ff88, Color::LightGreen),
        color(0x6f_dcff, Color::LightCyan),
        color(0xff_ff4d, Color::LightYellow),
        color(0xff_b84d, Color::Yellow),
        color(0xff_8f8f, Color::LightRed),
        color(0xff_a8ff, Color::LightMagenta),
    ],
    series: [
        color(0x6f_dcff, Color::LightCyan),
        color(0xff_ff4d, Color::LightYellow),
        color(0x4d_ff88, Color::LightGreen),
        color(0xff_a8ff, Color::LightMagenta),
        color(0xff_b84d, Color::Yellow),
        color(0xff_ffff, Color::White),
        color(0xff_8f8f, Color::LightRed),
        color(0xc4_c4c4, Color::Gray),
    ],
    frame: color(0xff_ffff, Color::White),
    selected: (color(0x00_0000, Color::Black), color(0xff_ffff, Color::White)),
};

/// The colours of Okabe and Ito (2008), which people with any kind of colour vision can tell
/// apart, except for their blue, which is too dark on a dark ground.
pub static COLOUR_BLIND: Palette = Palette {
    back: color(0x0f_1318, Color::Reset),
    tones: [
        color(0xd4_d9de, Color::Reset),
        color(0x8a_929c, Color::DarkGray),
        color(0xff_ffff, Color::White),
        color(0x00_9e73, Color::Green),
        color(0x56_b4e9, Color::Cyan),
        color(0xe6_9f00, Color::Yellow),
        color(0xf0_e442, Color::LightYellow),
        color(0xd5_5e00, Color::LightRed),
        color(0xcc_79a7, Color::LightMagenta),
    ],
    series: [
        color(0x56_b4e9, Color::Cyan),
        color(0xe6_9f00, Color::Yellow),
        color(0x00_9e73, Color::Green),
        color(0xf0_e442, Color::LightYellow),
        color(0xcc_79a7, Color::LightMagenta),
        color(0xd5_5e00, Color::LightRed),
        color(0xd4_d9de, Color::White),
        color(0x8a_929c, Color::Gray),
    ],
    frame: color(0x45_4f5c, Color::DarkGray),
    selected: (color(0xff_ffff, Color::Black), color(0x24_3f57, Color::Cyan)),
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as the Web Content Accessibility Guidelines define it.
    fn luminance(rgb: u32) -> f64 {
        let [_, r, g, b] = rgb.to_be_bytes().map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn contrast(a: ThemeColor, b: ThemeColor) -> f64 {
        let (a, b) = (luminance(a.rgb), luminance(b.rgb));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_can_be_read_on_its_ground() {
        let themes = [
            ("dark", &DARK, 4.5),
            ("light", &LIGHT, 4.5),
            ("high-contrast", &HIGH_CONTRAST, 7.0),
            ("colour-blind", &COLOUR_BLIND, 4.5),
        ];
        for (name, palette, least) in themes {
            for color in palette.tones.iter().chain(&palette.series) {
                let contrast = contrast(*color, palette.back);
                assert!(contrast >= least, "{name}: {:06x} has {contrast:.1}", color.rgb);
            }
            let (text, ground) = palette.selected;
            assert!(contrast(text, ground) >= least, "{name}: selected");
        }
    }

    #[test]
    fn the_nearest_of_256_colours_is_near() {
        assert_eq!(nearest(0x00_0000), 16);
        assert_eq!(nearest(0xff_ffff), 231);
        assert_eq!(nearest(0xff_0000), 196);
        assert_eq!(nearest(0x80_8080), 244);
        assert_eq!(nearest(0x5f_87af), 67);
    }
}
