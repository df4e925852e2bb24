//! A picture as SVG that looks the same with any font: each run of text is stretched to the
//! width of its columns (`textLength`), and what has to touch its neighbours is drawn as
//! shapes.
//!
//! Row by row the document holds the grounds that differ from the picture's own, then shapes
//! and text. Equal neighbours share one element, which keeps the file small.

use std::fmt::Write as _;

use super::glyph::{Shape, shape};
use super::picture::{Cell, Picture, Rgb, Style};
use crate::printable::Printable;

/// Size of one cell, in the units of the picture. They fit a font of size 14, whose characters
/// are 0.6 of that wide in most fixed-width fonts.
const WIDTH: f32 = 8.4;
const HEIGHT: f32 = 18.0;
/// From the top of a cell down to the line that letters stand on.
const BASE: f32 = 13.5;
const MARGIN: f32 = 10.0;
/// The places of the dots of a braille character in its cell, in the order of their bits.
const DOTS: [(f32, f32); 8] = [
    (0.25, 0.125),
    (0.25, 0.375),
    (0.25, 0.625),
    (0.75, 0.125),
    (0.75, 0.375),
    (0.75, 0.625),
    (0.25, 0.875),
    (0.75, 0.875),
];

/// The whole document as text, complete in itself: no font, style or script is loaded from
/// elsewhere. A screen reader announces `title`.
pub fn write(picture: &Picture, title: &Printable) -> String {
    let mut svg = Svg { picture, out: String::new() };
    let width = wide(picture.width()) + 2.0 * MARGIN;
    let height = HEIGHT * count(picture.height()) + 2.0 * MARGIN;
    let title = escape(title);
    svg.line(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{title}\">"
    ));
    svg.line(&format!("<title>{title}</title>"));
    svg.line(&format!(
        "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>",
        hex(picture.ground)
    ));
    svg.line(
        // `xml:space` keeps the blanks between words, which XML would join.
        "<g font-family=\"ui-monospace,'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace\" \
         font-size=\"14\" stroke-width=\"1.2\" xml:space=\"preserve\">",
    );
    // Grounds first: an element that comes later is drawn over those before it.
    for (y, row) in picture.rows().enumerate() {
        svg.grounds(y, row);
        svg.row(y, row);
    }
    svg.line("</g>");
    svg.line("</svg>");
    svg.out
}

struct Svg<'a> {
    picture: &'a Picture,
    out: String,
}

impl Svg<'_> {
    /// Draws what lies under the text, where it differs from the picture's ground: one
    /// rectangle per run of equal colour.
    fn grounds(&mut self, y: usize, row: &[Cell]) {
        let colour = |cell: &Cell| self.picture.colours(cell.style).1;
        let mut x = 0;
        let mut rects = Vec::new();
        for run in row.chunk_by(|a, b| colour(a) == colour(b)) {
            if colour(&run[0]) != self.picture.ground {
                rects.push((x, run.len(), colour(&run[0])));
            }
            x += run.len();
        }
        for (x, columns, colour) in rects {
            let (left, top) = corner(x, y);
            let width = wide(columns);
            self.line(&format!(
                "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{HEIGHT}\" fill=\"{}\"/>",
                hex(colour)
            ));
        }
    }

    /// Draws the shapes and the text of a row, one element for each run of cells that can share
    /// one.
    fn row(&mut self, y: usize, row: &[Cell]) {
        let mut x = 0;
        // Text of one style is one element. Shapes share one only if they join; a row of
        // corners does not.
        let alike = |a: &Cell, b: &Cell| {
            a.style == b.style
                && match (shape(&a.text), shape(&b.text)) {
                    (None, None) => true,
                    (Some(a), Some(b)) => a == b && a.joins(),
                    _ => false,
                }
        };
        for run in row.chunk_by(alike) {
            match shape(&run[0].text) {
                Some(shape) => self.shape((x, y), run.len(), shape, run[0].style),
                None => self.text(x, y, run),
            }
            x += run.len();
        }
    }

    /// Draws a run of text without the blanks around it. `textLength` stretches it to its
    /// columns, so that what stands below it stays in line with any font.
    fn text(&mut self, x: usize, y: usize, run: &[Cell]) {
        let blank = |cell: &Cell| cell.text.trim().is_empty();
        let Some(first) = run.iter().position(|cell| !blank(cell)) else {
            return;
        };
        // Not trimmed like the beginning: the second column of a wide character belongs to the
        // text before it.
        let last = run.iter().rposition(|cell| cell.text != " ").unwrap_or(first);
        let run = &run[first..=last];
        let (left, top) = corner(x + first, y);
        let text: String = run.iter().map(|cell| escape(&cell.text)).collect();
        let style = run[0].style;
        let mut look = format!("fill=\"{}\"", hex(self.picture.colours(style).0));
        for (on, attribute) in [
            (style.bold, " font-weight=\"bold\""),
            (style.italic, " font-style=\"italic\""),
            (style.underlined, " text-decoration=\"underline\""),
            (style.crossed_out, " text-decoration=\"line-through\""),
            (style.dim, " opacity=\"0.6\""),
        ] {
            if on {
                look.push_str(attribute);
            }
        }
        let width = wide(run.len());
        self.line(&format!(
            "<text x=\"{left}\" y=\"{}\" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\" \
             {look}>{text}</text>",
            top + BASE
        ));
    }

    /// Draws a run of equal shapes; only those that join come as more than one. Lines end at
    /// the edges of the cell, so those of neighbours meet.
    fn shape(&mut self, at: (usize, usize), columns: usize, shape: Shape, style: Style) {
        let (left, top) = corner(at.0, at.1);
        let ink = hex(self.picture.colours(style).0);
        let width = wide(columns);
        let (right, low) = (tenth(left + width), top + HEIGHT);
        let (middle, centre) = (tenth(left + width / 2.0), top + HEIGHT / 2.0);
        let line = match shape {
            // Without smoothing of its edges, so that no line shows between blocks.
            Shape::Block([x, y, share, height], cover) => format!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{ink}\" \
                 fill-opacity=\"{cover}\" shape-rendering=\"crispEdges\"/>",
                tenth(left + x * width),
                top + y * HEIGHT,
                tenth(share * width),
                height * HEIGHT
            ),
            Shape::Arms(arms) => {
                let ends = [(middle, top), (right, centre), (middle, low), (left, centre)];
                let mut path = String::new();
                for (x, y) in arms.iter().zip(ends).filter_map(|(on, end)| on.then_some(end)) {
                    // Writing to a string cannot fail.
                    let _ = write!(path, "M{middle} {centre}L{x} {y}");
                }
                format!("<path d=\"{path}\" stroke=\"{ink}\"/>")
            }
            Shape::Corner { up, right: east } => {
                let (x, y) = (if east { right } else { left }, if up { top } else { low });
                format!(
                    // A quadratic curve with the middle of the cell as its control point.
                    "<path d=\"M{middle} {y}Q{middle} {centre} {x} {centre}\" stroke=\"{ink}\" fill=\"none\"/>"
                )
            }
            Shape::Dots(bits) => {
                let mut path = String::new();
                for (bit, (x, y)) in DOTS.into_iter().enumerate() {
                    if bits & (1 << bit) != 0 {
                        let (x, y) = (tenth(left + x * width), tenth(top + y * HEIGHT));
                        let _ = write!(path, "M{x} {y}h0");
                    }
                }
                format!(
                    "<path d=\"{path}\" stroke=\"{ink}\" stroke-width=\"2.4\" stroke-linecap=\"round\"/>"
                )
            }
        };
        self.line(&line);
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }
}

fn corner(x: usize, y: usize) -> (f32, f32) {
    (tenth(MARGIN + wide(x)), MARGIN + HEIGHT * count(y))
}

fn wide(columns: usize) -> f32 {
    tenth(WIDTH * count(columns))
}

/// Rounded to one decimal, which is finer than any display and keeps the file short.
fn tenth(n: f32) -> f32 {
    (n * 10.0).round() / 10.0
}

#[expect(clippy::cast_precision_loss, reason = "columns and rows of a screen")]
fn count(n: usize) -> f32 {
    n as f32
}

fn hex(Rgb(r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Text that XML takes as it is. U+FFFE and U+FFFF, which XML cannot carry at all, become
/// U+FFFD; control characters were replaced when the text was made printable.
fn escape(text: &Printable) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(text: &str, style: Style) -> Picture {
        let cells = text.chars().map(|c| Cell { text: c.to_string().into(), style });
        Picture::new(u16::try_from(text.chars().count()).unwrap(), cells.collect())
    }

    #[test]
    fn text_is_escaped_and_set_to_its_columns() {
        let svg = write(&picture("a<&b", Style::default()), &"<\"x\">".into());
        assert!(svg.contains("textLength=\"33.6\""), "{svg}");
        assert!(svg.contains(">a&lt;&amp;b</text>"));
        assert!(svg.contains("<title>&lt;&quot;x&quot;&gt;</title>"));
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }

    #[test]
    fn frames_and_blocks_are_shapes_and_blanks_are_nothing() {
        let svg = write(&picture("╭─█ ", Style::default()), &"frame".into());
        assert_eq!(svg.matches("<path").count(), 2);
        assert_eq!(svg.matches("<rect").count(), 2, "the ground and the block");
        assert_eq!(svg.matches("<text").count(), 0);
    }

    #[test]
    fn reversed_text_swaps_its_colours() {
        let style = Style { ink: Some(Rgb(1, 2, 3)), reversed: true, ..Style::default() };
        let svg = write(&picture("x", style), &"x".into());
        assert!(svg.contains("fill=\"#010203\"/>"), "the ground under it");
        assert!(svg.contains("fill=\"#15181e\">x</text>"));
    }

    /// Two rows of three columns: text, a block with colours, text that looks otherwise.
    #[test]
    fn each_place_and_colour_of_a_picture_is_known() {
        let cell = |text: &str, style| Cell { text: text.into(), style };
        let plain = Style::default();
        let coloured = Style {
            ink: Some(Rgb(0x11, 0x22, 0x33)),
            ground: Some(Rgb(0x44, 0x55, 0x66)),
            ..plain
        };
        let looks = Style { bold: true, dim: true, italic: true, underlined: true, ..plain };
        let cells = vec![
            cell("a", plain),
            cell(" ", plain),
            cell("b", coloured),
            cell(" ", plain),
            cell("█", coloured),
            cell("c", looks),
        ];
        let svg = write(&Picture::new(3, cells), &"t".into());
        let shapes: Vec<_> = svg
            .lines()
            .filter(|line| {
                line.starts_with("<svg") || line.starts_with("<rect") || line.starts_with("<text")
            })
            .collect();
        assert_eq!(
            shapes,
            [
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 45.2 56\" width=\"45.2\" height=\"56\" role=\"img\" aria-label=\"t\">",
                "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#15181e\"/>",
                "<rect x=\"26.8\" y=\"10\" width=\"8.4\" height=\"18\" fill=\"#445566\"/>",
                "<text x=\"10\" y=\"23.5\" textLength=\"8.4\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#d4d7dd\">a</text>",
                "<text x=\"26.8\" y=\"23.5\" textLength=\"8.4\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#112233\">b</text>",
                "<rect x=\"18.4\" y=\"28\" width=\"8.4\" height=\"18\" fill=\"#445566\"/>",
                "<rect x=\"18.4\" y=\"28\" width=\"8.4\" height=\"18\" fill=\"#112233\" fill-opacity=\"1\" shape-rendering=\"crispEdges\"/>",
                "<text x=\"26.8\" y=\"41.5\" textLength=\"8.4\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#d4d7dd\" font-weight=\"bold\" font-style=\"italic\" text-decoration=\"underline\" opacity=\"0.6\">c</text>",
            ]
        );
    }

    /// A frame of three columns and two rows, below an ink of its own.
    #[test]
    fn each_shape_stands_where_its_character_would() {
        let text = ["╭", "─", "─", "┤", "▄", "╯"]
            .map(|text| Cell { text: text.into(), style: Style::default() });
        let svg = write(&Picture::new(3, text.into()), &"t".into());
        let lines: Vec<_> = svg.lines().skip(3).collect();
        assert_eq!(
            lines,
            [
                "<g font-family=\"ui-monospace,'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"14\" stroke-width=\"1.2\" xml:space=\"preserve\">",
                "<path d=\"M14.2 28Q14.2 19 18.4 19\" stroke=\"#d4d7dd\" fill=\"none\"/>",
                "<path d=\"M26.8 19L35.2 19M26.8 19L18.4 19\" stroke=\"#d4d7dd\"/>",
                "<path d=\"M14.2 37L14.2 28M14.2 37L14.2 46M14.2 37L10 37\" stroke=\"#d4d7dd\"/>",
                "<rect x=\"18.4\" y=\"37\" width=\"8.4\" height=\"9\" fill=\"#d4d7dd\" fill-opacity=\"1\" shape-rendering=\"crispEdges\"/>",
                "<path d=\"M31 28Q31 37 26.8 37\" stroke=\"#d4d7dd\" fill=\"none\"/>",
                "</g>",
                "</svg>",
            ]
        );
    }
}
