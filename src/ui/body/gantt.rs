//! Tasks over time: a row for each worker, each task a bar with its name.
//!
//! ```text
//!   w_0  ▐1!░░░░░░▐9!░░░░░░
//!   w_1  ▐2!░░░░░░▐10!░░░░░      ▐ and █ at work, ░ a pause on purpose
//!        ┴0 ms┴──────┴500 ms
//! ```

use super::{Need, axis};
use crate::scene::{Gantt, GanttTask, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::text;

/// A line for each worker and the axis, or two lines for each where there is room.
pub fn need(gantt: &Gantt) -> Need {
    Need::at_least(gantt.rows.len().clamp(1, 8))
}

pub fn draw(canvas: &mut Canvas<'_>, gantt: &Gantt) {
    let most = canvas.width / 4;
    let names: Vec<_> = gantt.rows.iter().map(|row| text::name(&row.name, most)).collect();
    let name = super::widest(names.iter().map(AsRef::as_ref), most) + 1;
    let count = u16::try_from(gantt.rows.len()).unwrap_or(u16::MAX).max(1);
    let each = (canvas.height.saturating_sub(1) / count).clamp(1, 2);
    let (shown, hidden) = super::showing(gantt.rows.len(), canvas.height / each);
    let frame = canvas.theme.frame;
    let present = column(gantt.now, gantt, canvas.width.saturating_sub(name));
    for (at, row) in (0u16..).zip(&gantt.rows[..shown]) {
        let y = at.saturating_mul(each);
        let style = canvas.tone(row.tone);
        canvas.fit(0, y, name - 1, &names[usize::from(at)], style);
        for y in y..y + each {
            canvas.glyph(name + present, y, '┆', frame);
        }
        let mut part = canvas.part(name, y, u16::MAX, each);
        for task in &row.tasks {
            bar(&mut part, task, gantt);
        }
    }
    if hidden > 0 {
        super::more(canvas, canvas.height, hidden, "workers");
        return;
    }
    let below = count.saturating_mul(each);
    if below < canvas.height {
        let width = canvas.width.saturating_sub(name);
        axis::draw(canvas, below, name, width, [gantt.from, gantt.to]);
    }
}

/// Draws one task: where it began, its name and what else is to be said, and the rest as work or
/// as rest.
fn bar(canvas: &mut Canvas<'_>, task: &GanttTask, gantt: &Gantt) {
    let width = canvas.width;
    let (start, end) = (column(task.from, gantt, width), column(task.to, gantt, width));
    // A task is at least one column, however short it was.
    let end = end.max(start + 1).min(width);
    let style = canvas.tone(task.tone);
    let fill = if task.rests { '░' } else { '█' };
    for y in 0..canvas.height {
        canvas.glyph(start, y, '▐', style);
        canvas.fill(start + 1, y, end.saturating_sub(start + 1), fill, style);
    }
    let room = end.saturating_sub(start + 2);
    let long = format!("{} {} ", task.name, task.note);
    let long = if task.note.is_empty() { task.name.as_str() } else { long.as_str() };
    let texts = [long, task.name.as_str()];
    if let Some(label) = texts.into_iter().find(|label| text::width(label) <= room)
        && !task.name.is_empty()
    {
        let [name, note] = if task.rests {
            [canvas.tone(Tone::Strong), canvas.tone(Tone::Plain)]
        } else {
            [canvas.theme.on_fill(style); 2]
        };
        let x = canvas.put(start + 1, 0, &task.name, name);
        canvas.put(x, 0, &label[task.name.len()..], note);
    }
}

/// The column of a moment, within the chart: what lies before it or behind it falls into the first
/// or the last one. In 128 bits, so that no time overflows.
fn column(at: u64, gantt: &Gantt, width: u16) -> u16 {
    let span = u128::from(gantt.to.saturating_sub(gantt.from).max(1));
    let at = u128::from(at.clamp(gantt.from, gantt.to.max(gantt.from)) - gantt.from);
    let column = u16::try_from(at * u128::from(width) / span).unwrap_or(width);
    column.min(width.saturating_sub(1))
}
