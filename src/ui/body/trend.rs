//! A figure over time as a row of columns, the newest at the right, with the current figure
//! beside it.

use crate::scene::{Tone, Trend};
use crate::ui::canvas::Canvas;
use crate::ui::glyph::LEVELS;
use crate::ui::text;

/// Draws as many of the latest values as there are columns. The highest of them has the full
/// height.
pub fn draw(canvas: &mut Canvas<'_>, trend: &Trend) {
    let strong = canvas.tone(Tone::Strong);
    let figure = text::width(&trend.figure).min(canvas.width / 2);
    let gap = if figure > 0 { 2 } else { 0 };
    let room = canvas.width.saturating_sub(figure + gap);
    let bottom = canvas.height.saturating_sub(1);
    canvas.fit(room + gap, bottom, figure, &trend.figure, strong);
    let newest = trend.values.len().saturating_sub(usize::from(room));
    let values = &trend.values[newest..];
    let most = values.iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
    let shown = u16::try_from(values.len()).unwrap_or(room);
    let active = canvas.tone(Tone::Active);
    for (x, value) in (room.saturating_sub(shown)..).zip(values) {
        let eighths = eighths(*value, most, canvas.height);
        for line in 0..canvas.height {
            let level = eighths.saturating_sub(line * 8).min(8);
            if level > 0 {
                canvas.glyph(x, bottom - line, LEVELS[usize::from(level)], active);
            }
        }
    }
}

/// The height of a column in eighths of a line. A value above zero is never drawn as nothing.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of the height, between 0 and 1"
)]
fn eighths(value: f64, most: f64, height: u16) -> u16 {
    if !value.is_finite() || value <= 0.0 || most <= 0.0 {
        return 0;
    }
    let full = f64::from(height.min(u16::MAX / 8)) * 8.0;
    ((value / most).clamp(0.0, 1.0) * full).round().max(1.0) as u16
}
