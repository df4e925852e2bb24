//! The story, one sentence after the other, the newest at the bottom: time, lane, sentence.
//!
//! ```text
//! 12.103 s  remove-1  removed 8, the list is now empty
//! 12.204 s  main      Round 2: 9 removed + 1 left = 10 added + 0 lost, and what does not fit
//!                     goes on below
//! stamp     lane      sentence
//! ```

use crate::scene::{LogLine, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::{text, time};

/// Draws the last sentences that fit, each in as many lines as it needs: the newest is always
/// visible, at the bottom if there are enough. The oldest is shortened to what is left.
pub fn draw(canvas: &mut Canvas<'_>, lines: &[LogLine]) {
    let dim = canvas.tone(Tone::Dim);
    if lines.is_empty() {
        canvas.put(0, 0, "no events yet", dim);
        return;
    }
    let height = usize::from(canvas.height);
    let last = &lines[lines.len().saturating_sub(height)..];
    // The latest moment that shows decides the unit of all stamps.
    let latest = last.iter().map(|line| line.at).max().unwrap_or(0);
    let stamps: Vec<_> = last.iter().map(|line| time::stamp(line.at, latest)).collect();
    // Where it is narrow, the sentence matters more than its time.
    let has_stamps = canvas.width >= 40;
    let stamp = super::widest(stamps.iter().map(String::as_str), canvas.width / 3);
    let name_at = if has_stamps { stamp + 2 } else { 0 };
    let lane = super::widest(last.iter().map(|line| line.lane.as_str()), canvas.width / 5);
    let text_at = name_at + if lane > 0 { lane + 2 } else { 0 };
    let columns = canvas.width.saturating_sub(text_at);
    // From the newest back, as long as there is a line left.
    let mut left = height;
    let texts = last.iter().rev().map_while(|line| {
        let text = parts(&line.text, columns, left);
        left -= text.len();
        (!text.is_empty()).then_some(text)
    });
    let texts: Vec<_> = texts.collect();
    let first = last.len() - texts.len();
    let shown = last.iter().zip(&stamps).skip(first).zip(texts.iter().rev());
    let mut y = 0;
    for ((line, at), text) in shown {
        if has_stamps {
            canvas.right(stamp, y, at, dim);
        }
        let own = canvas.tone(line.own);
        canvas.fit(name_at, y, lane, &text::name(&line.lane, lane), own);
        let tone = canvas.tone(line.tone);
        for part in text {
            canvas.put(text_at, y, part, tone);
            y += 1;
        }
    }
}

/// A sentence in lines, or shortened to one if it needs more than there are; none if there is
/// none.
fn parts(sentence: &str, columns: u16, lines: usize) -> Vec<String> {
    let wrapped = text::wrap(&[(sentence, ())], columns);
    if wrapped.len() <= lines {
        let join = |line: Vec<_>| line.into_iter().map(|(text, ())| text).collect();
        return wrapped.into_iter().map(join).collect();
    }
    let shortened = std::iter::once(text::shorten(sentence, columns).into_owned());
    shortened.take(lines).collect()
}
