//! How far a long piece of work is: a bar, a percentage and the count. Where the end is not
//! known, only the count.

use crate::scene::{Progress, Tone, units};
use crate::ui::canvas::Canvas;
use crate::ui::glyph::EIGHTHS;
use crate::ui::text;

/// Columns of the bar where there is room, and at most a third of the width, so that the
/// figures beside it are seen.
const BAR: u16 = 30;

/// Draws the progress in one line. Percent and bar are rounded down: 100 % is shown only when
/// it is done.
pub fn draw(canvas: &mut Canvas<'_>, progress: &Progress) {
    let (accent, dim, plain) =
        (canvas.tone(Tone::Accent), canvas.tone(Tone::Dim), canvas.tone(Tone::Plain));
    let Some(of) = progress.of else {
        let so_far = format!("{} so far", units::count(progress.done));
        let x = canvas.fit(0, 0, canvas.width, &so_far, plain);
        let room = canvas.width.saturating_sub(x.saturating_add(2));
        canvas.fit(x.saturating_add(2), 0, room, &progress.label, dim);
        return;
    };
    let done = progress.done.min(of);
    let bar = BAR.min(canvas.width / 3);
    // In 128 bits: `done` may be any number of 64 bits.
    let eighths = u128::from(bar) * 8 * u128::from(done) / u128::from(of.max(1));
    let eighths = u16::try_from(eighths).unwrap_or(0);
    let whole = (eighths / 8).min(bar);
    canvas.fill(0, 0, bar, '░', dim);
    canvas.fill(0, 0, whole, '█', accent);
    if eighths % 8 > 0 {
        canvas.glyph(whole, 0, EIGHTHS[usize::from(eighths % 8)], accent);
    }
    let percent = u128::from(done) * 100 / u128::from(of.max(1));
    let figure = format!("{percent} %");
    let mut x = bar + 1;
    canvas.right(x + 5, 0, &figure, canvas.tone(Tone::Strong));
    x += 7;
    x = canvas.fit(x, 0, canvas.width.saturating_sub(x), &progress.label, plain);
    let count = format!("{} of {}", units::count(done), units::count(of));
    let room = canvas.width.saturating_sub(x.saturating_add(2));
    if text::width(&count) <= room {
        canvas.put(x + 2, 0, &count, dim);
    }
}
