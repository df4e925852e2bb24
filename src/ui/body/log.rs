//! The story, one sentence a line, the newest at the bottom: time, lane, sentence.
//!
//! ```text
//! 12.103 s  remove-1  removed 8, the list is now empty
//! stamp     lane      sentence, cut to its line
//! ```

use crate::scene::{Label, LogLine, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::{text, time};

/// Draws the last sentences that fit, each cut to one line: the newest is always visible, at
/// the bottom if there are enough.
pub fn draw(canvas: &mut Canvas<'_>, lines: &[LogLine]) {
    let dim = canvas.tone(Tone::Dim);
    if lines.is_empty() {
        canvas.put(0, 0, "no events yet", dim);
        return;
    }
    let height = usize::from(canvas.height);
    let shown = &lines[lines.len().saturating_sub(height)..];
    // The latest moment that shows decides the unit of all stamps.
    let last = shown.iter().map(|line| line.at).max().unwrap_or(0);
    let stamps: Vec<_> = shown.iter().map(|line| time::stamp(line.at, last)).collect();
    let stamp = super::widest(stamps.iter().map(String::as_str), canvas.width / 3);
    let lane = super::widest(shown.iter().map(|line| line.lane.as_str()), canvas.width / 5);
    for (y, (line, at)) in (0..).zip(shown.iter().zip(&stamps)) {
        let mut x = 0;
        // Where it is narrow, the sentence matters more than its time.
        if canvas.width >= 40 {
            canvas.right(stamp, y, at, dim);
            x = stamp + 2;
        }
        if lane > 0 {
            let own = canvas.tone(line.own);
            canvas.fit(x, y, lane, Label::name(&line.lane).fit(lane, text::width), own);
            x += lane + 2;
        }
        let tone = canvas.tone(line.tone);
        canvas.fit(x, y, canvas.width.saturating_sub(x), &line.text, tone);
    }
}
