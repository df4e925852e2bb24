//! The story, one sentence a line, the newest at the bottom.

use crate::scene::{LogLine, Tone};
use crate::ui::sheet::Sheet;
use crate::ui::time;

pub(super) fn draw(sheet: &mut Sheet<'_>, lines: &[LogLine]) {
    let dim = sheet.tone(Tone::Dim);
    if lines.is_empty() {
        sheet.put(0, 0, "nothing told yet", dim);
        return;
    }
    let height = usize::from(sheet.height);
    let shown = &lines[lines.len().saturating_sub(height)..];
    let last = shown.iter().map(|line| line.at).max().unwrap_or(0);
    let stamps: Vec<_> = shown
        .iter()
        .map(|line| time::stamp(line.at, last))
        .collect();
    let stamp = super::widest(stamps.iter().map(String::as_str), sheet.width / 3);
    let lane = super::widest(shown.iter().map(|line| line.lane.as_str()), sheet.width / 5);
    for (y, (line, at)) in (0..).zip(shown.iter().zip(&stamps)) {
        let mut x = 0;
        // Where it is narrow, the sentence matters more than its time.
        if sheet.width >= 40 {
            sheet.right(stamp, y, at, dim);
            x = stamp + 2;
        }
        if lane > 0 {
            sheet.fit(x, y, lane, &line.lane, dim);
            x += lane + 2;
        }
        let tone = sheet.tone(line.tone);
        sheet.fit(x, y, sheet.width.saturating_sub(x), &line.text, tone);
    }
}
