//! How far a long work is: a bar, a share and the estimate.

use crate::scene::{Progress, Tone, units};
use crate::ui::glyph::EIGHTHS;
use crate::ui::sheet::Sheet;
use crate::ui::text;

/// Columns of the bar where there is room.
const BAR: u16 = 30;

pub(super) fn draw(sheet: &mut Sheet<'_>, progress: &Progress) {
    let (accent, dim, plain) = (
        sheet.tone(Tone::Accent),
        sheet.tone(Tone::Dim),
        sheet.tone(Tone::Plain),
    );
    let Some(of) = progress.of else {
        let so_far = format!("{} so far", units::count(progress.done));
        let x = sheet.fit(0, 0, sheet.width, &so_far, plain);
        let room = sheet.width.saturating_sub(x.saturating_add(2));
        sheet.fit(x.saturating_add(2), 0, room, &progress.label, dim);
        return;
    };
    let done = progress.done.min(of);
    let bar = BAR.min(sheet.width / 3);
    let eighths = u128::from(bar) * 8 * u128::from(done) / u128::from(of.max(1));
    let eighths = u16::try_from(eighths).unwrap_or(0);
    let whole = (eighths / 8).min(bar);
    sheet.fill(0, 0, bar, '░', dim);
    sheet.fill(0, 0, whole, '█', accent);
    if eighths % 8 > 0 {
        sheet.glyph(whole, 0, EIGHTHS[usize::from(eighths % 8)], accent);
    }
    let percent = u128::from(done) * 100 / u128::from(of.max(1));
    let figure = format!("{percent} %");
    let mut x = bar + 1;
    sheet.right(x + 5, 0, &figure, sheet.tone(Tone::Strong));
    x += 7;
    x = sheet.fit(x, 0, sheet.width.saturating_sub(x), &progress.label, plain);
    let count = format!("{} of {}", units::count(done), units::count(of));
    let room = sheet.width.saturating_sub(x.saturating_add(2));
    if text::width(&count) <= room {
        sheet.put(x + 2, 0, &count, dim);
    }
}
