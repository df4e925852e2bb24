//! A picture as SVG that looks the same with any font: each run of text is stretched to the
//! width of its columns (`textLength`), and what has to touch its neighbours is drawn as
//! shapes.
//!
//! Row by row the document holds the grounds that differ from the picture's own, then shapes
//! and text. Equal neighbours share one element, which keeps the file small.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

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
    let mut svg = Svg::begin(picture, title, "");
    // Grounds first: an element that comes later is drawn over those before it.
    for (y, row) in picture.rows().enumerate() {
        svg.grounds(y, row);
        svg.row(y, row);
    }
    svg.end()
}

/// The same as [`write()`], of several pictures of one size that follow each other every `step`,
/// over and over. What stays the same stands in the document once, and shows as long as it does.
/// Who asks for less motion, and a viewer that knows no animation, sees the first picture. Empty
/// without a picture.
///
/// It changes by `visibility` in keyframes that hold their values (`step-end`): that needs no
/// script.
pub fn animate(pictures: &[Picture], step: Duration, title: &Printable) -> String {
    let Some(first) = pictures.first() else {
        return String::new();
    };
    let (all, seconds) = (pictures.len(), step.as_secs_f32() * count(pictures.len()));
    let shown = shown(pictures);
    let spans: BTreeSet<_> = shown.keys().map(|(_, span)| *span).collect();
    let changing = spans.into_iter().filter(|span| *span != (0, all));
    let style: String = changing.map(|span| keyframes(span, all, seconds)).collect();
    let style = format!("@media(prefers-reduced-motion:no-preference){{{style}}}");
    let mut svg = Svg::begin(first, title, &format!("<style>{style}</style>\n"));
    for ((_, (from, to)), elements) in shown {
        let hidden = if from > 0 { " visibility=\"hidden\"" } else { "" };
        svg.line(&format!("<g class=\"f{from}-{to}\"{hidden}>\n{elements}</g>"));
    }
    svg.end()
}

/// From one picture to before another.
type Span = (usize, usize);

/// The elements that show in each span, first those that lie under the text.
fn shown(pictures: &[Picture]) -> BTreeMap<(Layer, Span), String> {
    let mut shown: BTreeMap<_, String> = BTreeMap::new();
    let mut end = |elements: BTreeMap<(Layer, String), usize>, to| {
        for ((layer, element), from) in elements {
            shown.entry((layer, (from, to))).or_default().push_str(&(element + "\n"));
        }
    };
    // Since when each is there.
    let mut present: BTreeMap<(Layer, String), usize> = BTreeMap::new();
    for (at, picture) in pictures.iter().enumerate() {
        let now = elements(picture);
        let (stays, gone) = present.into_iter().partition(|(element, _)| now.contains(element));
        present = stays;
        end(gone, at);
        for element in now {
            present.entry(element).or_insert(at);
        }
    }
    end(present, pictures.len());
    shown
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Ground,
    Text,
}

/// All elements of a picture. Each has its place in it, so none is there twice.
fn elements(picture: &Picture) -> BTreeSet<(Layer, String)> {
    let empty = || Svg { picture, out: String::new() };
    let (mut under, mut over) = (empty(), empty());
    for (y, row) in picture.rows().enumerate() {
        under.grounds(y, row);
        over.row(y, row);
    }
    let under = under.out.lines().map(|line| (Layer::Ground, line.to_owned()));
    under.chain(over.out.lines().map(|line| (Layer::Text, line.to_owned()))).collect()
}

/// The rule for what is visible in a span of `all` pictures, which together take this many seconds.
fn keyframes((from, to): Span, all: usize, seconds: f32) -> String {
    let at = |n: usize| format!("{}%", tenth(1000.0 * count(n) / count(all)) / 10.0);
    let hidden = |n: usize| format!("{}{{visibility:hidden}}", at(n));
    let before = if from > 0 { hidden(0) } else { String::new() };
    let after = if to < all { hidden(to) } else { String::new() };
    let name = format!("f{from}-{to}");
    format!(
        ".{name}{{animation:{name} {seconds}s step-end infinite}}\
         @keyframes {name}{{{before}{}{{visibility:visible}}{after}}}",
        at(from)
    )
}

struct Svg<'a> {
    picture: &'a Picture,
    out: String,
}

impl<'a> Svg<'a> {
    /// A document of the picture's size, with its ground and nothing on it. `head` stands in front
    /// of all that is drawn.
    fn begin(picture: &'a Picture, title: &Printable, head: &str) -> Self {
        let mut svg = Svg { picture, out: String::new() };
        let width = wide(picture.width()) + 2.0 * MARGIN;
        let height = HEIGHT * count(picture.height()) + 2.0 * MARGIN;
        let title = escape(title);
        svg.line(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{title}\">"
        ));
        svg.line(&format!("<title>{title}</title>"));
        svg.out.push_str(head);
        svg.line(&format!(
            "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>",
            hex(picture.ground)
        ));
        svg.line(
            // `xml:space` keeps the blanks between words, which XML would join.
            "<g font-family=\"ui-monospace,'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace\" \
             font-size=\"14\" stroke-width=\"1.2\" xml:space=\"preserve\">",
        );
        svg
    }

    fn end(mut self) -> String {
        self.line("</g>");
        self.line("</svg>");
        self.out
    }

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
mod tests;
