//! Findings as captions: the worst first, each with its mark, its key figure in bold, and the
//! number of those that do not fit.
//!
//! ```text
//! ✗ 3 of 40 values were lost
//! ▲ The machine was busy: the times
//!   are not exact              … +2     two further findings, which can be scrolled to
//! ```

use super::canvas::Canvas;
use super::glyph;
use super::text::{self, Piece};
use crate::scene::{Finding, Tone, Weight};

/// Before that number where the last sentence goes on.
const CUT: &str = " …";

/// Findings as wrapped lines, for one width. Made for each drawing.
pub struct Captions<'s> {
    /// The worst first.
    findings: Vec<&'s Finding>,
    width: u16,
    /// Of all of them in full.
    lines: Vec<CaptionLine<'s>>,
}

struct CaptionLine<'s> {
    /// The mark of a finding that begins here; `None` for its further lines.
    weight: Option<Weight>,
    pieces: Vec<Piece<'s, Tone>>,
}

impl<'s> Captions<'s> {
    /// Wraps the findings to this width, two columns for the mark excepted. Further lines of a
    /// finding begin below its text. What is about the picture comes first; within that what went
    /// wrong, then what needs care, and what to do last; apart from that the order stays.
    pub fn new(findings: &'s [Finding], width: u16) -> Self {
        let mut sorted: Vec<_> = findings.iter().collect();
        // What is right and what is merely so are equal: a lab puts the newest first.
        sorted.sort_by_key(|finding| {
            let rank = match finding.weight {
                Weight::Broken => 0,
                Weight::Caution => 1,
                Weight::Fine | Weight::Fact => 2,
                Weight::ToDo => 3,
            };
            (finding.elsewhere, rank)
        });
        let lines = sorted.iter().flat_map(|finding| wrapped(finding, width)).collect();
        Self { findings: sorted, width, lines }
    }

    pub fn total(&self) -> u16 {
        u16::try_from(self.lines.len()).unwrap_or(u16::MAX)
    }

    /// Draws as many whole findings as the canvas has lines for, with fewer words where those
    /// are enough, then the beginning of the next one in the lines that are left, and how many
    /// further ones there are. Scrolled down by `from` lines it draws those that follow.
    pub fn draw(&self, canvas: &mut Canvas<'_>, from: u16) {
        if from == 0 {
            let (mut lines, hidden) = self.whole(canvas.height);
            let left = usize::from(canvas.height) - lines.len();
            let next = self.findings.get(self.findings.len() - hidden).filter(|_| left > 0);
            let begun = next.and_then(|next| next.forms().last());
            let count =
                if begun.is_some() { further(hidden - 1, CUT) } else { further(hidden, "") };
            let width = self.width.saturating_sub(text::width(&count));
            lines.extend(begun.iter().flat_map(|form| wrapped(form, width)).take(left));
            draw(canvas, &lines);
            write_count(canvas, &count);
            return;
        }
        let lines = self.lines.get(usize::from(from)..).unwrap_or_default();
        draw(canvas, lines);
        let hidden = lines.get(usize::from(canvas.height)..).unwrap_or_default();
        if !hidden.is_empty() {
            let hidden = hidden.iter().filter(|line| line.weight.is_some()).count();
            write_count(canvas, &further(hidden, CUT));
        }
    }

    /// The lines of the findings that fit as a whole, and the number of the others.
    fn whole(&self, height: u16) -> (Vec<CaptionLine<'s>>, usize) {
        let height = usize::from(height);
        let mut lines = Vec::new();
        for (at, finding) in self.findings.iter().enumerate() {
            let others = self.findings.len() - at - 1;
            let fits = |all: &Vec<CaptionLine<'_>>| {
                let end = lines.len() + all.len();
                // In the last line there must be room for the number of the further ones.
                let count = text::width(&further(others, ""));
                let last = all.last().map_or(0, CaptionLine::width) + 2 + count;
                end < height || end == height && last <= self.width
            };
            let form = finding.forms().map(|form| wrapped(form, self.width)).find(fits);
            let Some(form) = form else { return (lines, others + 1) };
            lines.extend(form);
        }
        (lines, 0)
    }
}

impl CaptionLine<'_> {
    fn width(&self) -> u16 {
        self.pieces.iter().map(|(text, _)| text::width(text)).fold(0, u16::saturating_add)
    }
}

fn wrapped(finding: &Finding, width: u16) -> Vec<CaptionLine<'_>> {
    let lines = text::wrap(&finding.parts(), width.saturating_sub(2));
    let lines = lines.into_iter().enumerate().map(|(at, pieces)| {
        let weight = (at == 0).then_some(finding.weight);
        CaptionLine { weight, pieces }
    });
    lines.collect()
}

fn draw(canvas: &mut Canvas<'_>, lines: &[CaptionLine<'_>]) {
    for (y, line) in (0..canvas.height).zip(lines) {
        if let Some(weight) = line.weight {
            let style = canvas.tone(weight.tone());
            canvas.glyph(0, y, glyph::weight(weight), style);
        }
        canvas.pieces(2, y, &line.pieces);
    }
}

/// The number of further findings, with a blank before it; nothing if there are none.
fn further(count: usize, cut: &str) -> String {
    if count > 0 { format!("{cut} +{count}") } else { cut.to_owned() }
}

/// Writes it at the end of the last line.
fn write_count(canvas: &mut Canvas<'_>, text: &str) {
    let Some(y) = canvas.height.checked_sub(1) else { return };
    let style = canvas.tone(Tone::Dim);
    canvas.right(canvas.width, y, text, style);
}
