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

/// Findings as wrapped lines, for one width. Made for each drawing.
pub struct Captions<'s> {
    lines: Vec<CaptionLine<'s>>,
}

struct CaptionLine<'s> {
    /// The mark of a finding that begins here; `None` for its further lines.
    weight: Option<Weight>,
    pieces: Vec<Piece<'s, Tone>>,
}

impl<'s> Captions<'s> {
    /// Wraps the findings to this width, two columns for the mark excepted. Further lines of a
    /// finding begin below its text. What went wrong comes first, then what needs care; apart
    /// from that the order stays.
    pub fn new(findings: &'s [Finding], width: u16) -> Self {
        let mut sorted: Vec<_> = findings.iter().collect();
        sorted.sort_by_key(|finding| std::cmp::Reverse(finding.weight));
        let lines = sorted.into_iter().flat_map(|finding| {
            let lines = text::wrap(&finding.parts(), width.saturating_sub(2));
            lines.into_iter().enumerate().map(|(at, pieces)| {
                let weight = (at == 0).then_some(finding.weight);
                CaptionLine { weight, pieces }
            })
        });
        Self { lines: lines.collect() }
    }

    pub fn total(&self) -> u16 {
        u16::try_from(self.lines.len()).unwrap_or(u16::MAX)
    }

    /// Draws as many lines as the canvas has, after the first `from`. Over the end of the last
    /// one stands how many further findings there are, if it is not all.
    pub fn draw(&self, canvas: &mut Canvas<'_>, from: u16) {
        let from = usize::from(from);
        for (y, line) in (0..canvas.height).zip(self.lines.iter().skip(from)) {
            if let Some(weight) = line.weight {
                let style = canvas.tone(weight.tone());
                canvas.glyph(0, y, glyph::weight(weight), style);
            }
            canvas.pieces(2, y, &line.pieces);
        }
        let hidden = self.lines.get(from + usize::from(canvas.height)..).unwrap_or_default();
        if let Some(y) = canvas.height.checked_sub(1).filter(|_| !hidden.is_empty()) {
            let further = hidden.iter().filter(|line| line.weight.is_some()).count();
            let more = if further > 0 { format!(" … +{further}") } else { " …".to_owned() };
            let style = canvas.tone(Tone::Dim);
            canvas.right(canvas.width, y, &more, style);
        }
    }
}
