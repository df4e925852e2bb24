//! A pool: its tasks as cells that grow with the room, a legend that counts them, its workers,
//! and what became of it.
//!
//! ```text
//!   ✓✓✓ ✓✓✓ ✓✓✓ ✓✓✓ ✓✓✓ ✓✓✓
//!   [✗] ✓✓✓ ✓✓✓ ►►► ►►► ···        the target in brackets
//!   ✓ 9 done  ✗ 1 failed  ► 2 running  · 1 waiting
//!   † 27981 killed by SIGKILL ◀
//!   ► 27984 task 7
//! ```

use super::Need;
use crate::scene::{Fate, PoolPicture, PoolTask, PoolWorker, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::glyph;
use crate::ui::{markdown, text};

/// Sizes of a cell with the gap around it, from the largest: columns and lines.
const CELLS: [(u16, u16); 7] = [(9, 4), (7, 3), (6, 2), (4, 2), (4, 1), (2, 1), (1, 1)];
/// The size that a pool asks for at least: filled cells where they have room beside each other.
const FILLED: usize = 3;
const SMALL: usize = 5;
/// Columns from which on cells are filled.
const WIDE: u16 = 30;
/// Lines kept for the workers, of which a long verdict may take all but one.
const WORKERS: u16 = 4;
/// Characters of a verdict that room is kept for, so that nothing moves when it comes.
const VERDICT: u16 = 130;
const LEGEND: u16 = 1;

pub fn need(pool: &PoolPicture, width: u16) -> Need {
    let lines = |size| usize::from(grid(pool.tasks.len(), width, size).1 + below(width));
    let least = if width >= WIDE { FILLED } else { SMALL };
    Need::at_least(lines(CELLS[least]))
}

/// Lines below the cells: legend, workers and verdict.
fn below(width: u16) -> u16 {
    // A line that wraps between words is not full.
    LEGEND + WORKERS + VERDICT.div_ceil(width.saturating_sub(3).max(20))
}

/// Cells of a row, and the lines that all of them take. The rows are made about equally long, so
/// the last one is not a remnant.
fn grid(tasks: usize, width: u16, (columns, lines): (u16, u16)) -> (usize, u16) {
    // The gap behind the last one is not needed.
    let gap = u16::from(columns > 1);
    let fit = usize::from((width + gap) / columns).max(1);
    // Rows of about the same length: 24 as 12 and 12, not as 17 and 7.
    let rows = tasks.div_ceil(fit).max(1);
    let rows_lines = u16::try_from(rows).unwrap_or(u16::MAX).saturating_mul(lines);
    (tasks.div_ceil(rows).max(1), rows_lines)
}

pub fn draw(canvas: &mut Canvas<'_>, pool: &PoolPicture) {
    let (width, height) = (canvas.width, canvas.height);
    let room = height.saturating_sub(below(width)).max(1);
    let fits = |size: &&(u16, u16)| grid(pool.tasks.len(), width, **size).1 <= room;
    let size = *CELLS.iter().find(fits).unwrap_or(&CELLS[CELLS.len() - 1]);
    let (per_row, lines) = grid(pool.tasks.len(), width, size);
    // As wide as fills the row.
    let even = (width + 1) / u16::try_from(per_row).unwrap_or(u16::MAX);
    let size = (even.clamp(size.0, CELLS[0].0.max(size.0)), size.1);
    let lines = lines.min(room);
    tasks(&mut canvas.part(0, 0, width, lines), &pool.tasks, size, per_row);
    legend(canvas, lines, &pool.tasks);
    let left = height.saturating_sub(lines + LEGEND);
    let verdict = u16::try_from(markdown::height(&pool.verdict, width)).unwrap_or(u16::MAX);
    let verdict = if pool.verdict.is_empty() { 0 } else { verdict.min(left.saturating_sub(1)) };
    // Below all workers that are shown, or at the bottom.
    let shown = u16::try_from(pool.workers.len()).unwrap_or(u16::MAX).min(left - verdict);
    let top = lines + LEGEND;
    workers(&mut canvas.part(0, top, width, shown), &pool.workers);
    markdown::draw(&mut canvas.part(0, top + shown, width, verdict), &pool.verdict, 0);
}

fn sign(fate: Fate) -> char {
    match fate {
        Fate::Waiting => '·',
        Fate::Running => '►',
        Fate::Done => '✓',
        Fate::Failed => '✗',
        Fate::Lost => '?',
    }
}

fn tone(fate: Fate) -> Tone {
    match fate {
        Fate::Waiting => Tone::Dim,
        Fate::Running => Tone::Active,
        Fate::Done => Tone::Good,
        Fate::Failed => Tone::Broken,
        Fate::Lost => Tone::Caution,
    }
}

/// The cells. Each is filled, with its sign in the middle; the smallest are their signs alone.
fn tasks(
    canvas: &mut Canvas<'_>,
    tasks: &[PoolTask],
    (columns, lines): (u16, u16),
    per_row: usize,
) {
    for (at, task) in tasks.iter().enumerate() {
        let x = u16::try_from(at % per_row).unwrap_or(u16::MAX).saturating_mul(columns);
        let y = u16::try_from(at / per_row).unwrap_or(u16::MAX).saturating_mul(lines);
        let style = canvas.tone(tone(task.fate));
        let (wide, high) = (columns.saturating_sub(1).max(1), lines.saturating_sub(1).max(1));
        let fill = match task.fate {
            Fate::Waiting | Fate::Lost => '░',
            Fate::Running => '▒',
            Fate::Done | Fate::Failed => '█',
        };
        // The smallest cells are a sign on the ground.
        let (sign_style, bracket) = if fill == '█' && wide > 1 {
            [canvas.theme.on_fill(style); 2].into()
        } else {
            (style, canvas.tone(Tone::Strong))
        };
        for line in 0..high {
            canvas.fill(x, y + line, wide, fill, style);
        }
        let (middle, line) = (x + (wide - 1) / 2, y + (high - 1) / 2);
        canvas.glyph(middle, line, sign(task.fate), sign_style);
        if task.is_target && wide > 2 {
            canvas.glyph(middle - 1, line, '[', bracket);
            canvas.glyph(middle + 1, line, ']', bracket);
        }
    }
}

/// How many tasks had each fate: with words, or with signs alone where that is too long.
fn legend(canvas: &mut Canvas<'_>, y: u16, tasks: &[PoolTask]) {
    let counts =
        Fate::ALL.map(|fate| (fate, tasks.iter().filter(|task| task.fate == fate).count()));
    let entries = |words: bool| {
        let seen = counts.iter().filter(|(_, count)| *count > 0);
        let written = seen.map(|(fate, count)| {
            let word = if words { format!(" {}", fate.word()) } else { String::new() };
            (format!("{} {count}{word}", sign(*fate)), tone(*fate))
        });
        written.collect::<Vec<_>>()
    };
    let width =
        |all: &[(String, Tone)]| all.iter().map(|(text, _)| text::width(text) + 2).sum::<u16>();
    let long = entries(true);
    let all = if width(&long) <= canvas.width + 2 { long } else { entries(false) };
    let mut x = 0;
    for (text, tone) in &all {
        let style = canvas.tone(*tone);
        x = canvas.put(x, y, text, style) + 2;
    }
}

fn workers(canvas: &mut Canvas<'_>, workers: &[PoolWorker]) {
    let (shown, hidden) = super::showing(workers.len(), canvas.height);
    let [plain, dim, strong] = [Tone::Plain, Tone::Dim, Tone::Strong].map(|tone| canvas.tone(tone));
    for (y, worker) in (0u16..).zip(&workers[..shown]) {
        let style = canvas.tone(worker.activity.tone());
        canvas.glyph(0, y, glyph::activity(worker.activity), style);
        let name = if worker.activity.tone() == Tone::Dim { dim } else { plain };
        let x = canvas.put(2, y, &worker.name, name) + 1;
        let mark = u16::from(worker.is_target) * 2;
        let room = canvas.width.saturating_sub(x + mark);
        let x = canvas.fit(x, y, room, worker.state.fit(room, text::width), style);
        if worker.is_target {
            canvas.glyph(x + 1, y, '◀', strong);
        }
    }
    if hidden > 0 {
        super::more(canvas, canvas.height, hidden, "workers");
    }
}
