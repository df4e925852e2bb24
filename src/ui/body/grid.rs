//! Many of a kind, from one to thousands: named cells with words while they fit,
//! then names with signs, then signs alone with a legend that counts them.

use super::Need;
use crate::scene::{Activity, Cell, Grid, Tone};
use crate::ui::glyph;
use crate::ui::sheet::Sheet;
use crate::ui::text;

/// Columns between cells.
const GAP: u16 = 3;
/// Texts are given at least this, so that cells stay put when "7!" becomes "running".
const TEXT: u16 = 7;

/// From the most telling to the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `w1 ► running 7!`
    Full,
    /// `w1 ► 7!`, or the word where there is no text.
    Brief,
    /// `w1►`
    Names,
    /// `► ► ·`, or without gaps.
    Signs { step: u16 },
}

/// Columns that the parts of a cell take.
struct Widths {
    name: u16,
    text: u16,
}

pub(super) fn need(grid: &Grid, width: u16) -> Need {
    let widths = Widths::of(grid);
    let lines = |form| rows(grid.cells.len(), per_row(form, &widths, width));
    Need::between(
        lines(Form::Signs { step: 1 }).min(2),
        lines(Form::Full).max(1),
    )
}

pub(super) fn draw(sheet: &mut Sheet<'_>, grid: &Grid) {
    if grid.cells.is_empty() {
        let dim = sheet.tone(Tone::Dim);
        sheet.put(0, 0, "none", dim);
        return;
    }
    let widths = Widths::of(grid);
    let (width, height) = (sheet.width, usize::from(sheet.height));
    let lines = |form| rows(grid.cells.len(), per_row(form, &widths, width));
    if let Some(form) = [Form::Full, Form::Brief]
        .into_iter()
        .find(|form| lines(*form) <= height && widths.cell(*form) <= width)
    {
        named(sheet, &grid.cells, form, &widths);
        return;
    }
    // The legend takes the last line, if there is more than one.
    let room = height.saturating_sub(1).max(1);
    let form = [
        Form::Names,
        Form::Signs { step: 2 },
        Form::Signs { step: 1 },
    ]
    .into_iter()
    .find(|form| lines(*form) <= room)
    .unwrap_or(Form::Signs { step: 1 });
    signs(sheet, &grid.cells, form, &widths, room);
    if height > 1 {
        legend(sheet, &grid.cells, lines(form).min(room));
    }
}

impl Widths {
    fn of(grid: &Grid) -> Self {
        let cells = || grid.cells.iter();
        Self {
            name: super::widest(cells().map(|cell| cell.name.as_str()), 16),
            text: super::widest(cells().map(|cell| cell.text.as_str()), 24).max(TEXT),
        }
    }

    fn cell(&self, form: Form) -> u16 {
        match form {
            Form::Full => self.name + 3 + 10 + self.text,
            Form::Brief => self.name + 3 + self.text,
            Form::Names => self.name + 2,
            Form::Signs { step } => step,
        }
    }
}

fn per_row(form: Form, widths: &Widths, width: u16) -> u16 {
    let gap = match form {
        Form::Full | Form::Brief => GAP,
        Form::Names => 2,
        Form::Signs { .. } => 0,
    };
    (width.saturating_add(gap) / (widths.cell(form) + gap)).max(1)
}

fn rows(cells: usize, per_row: u16) -> usize {
    cells.div_ceil(usize::from(per_row))
}

/// Cells in reading order, each with its corner.
fn places(cells: &[Cell], per_row: u16, step: u16) -> impl Iterator<Item = (u16, u16, &Cell)> {
    cells.iter().enumerate().map(move |(i, cell)| {
        let per_row = usize::from(per_row);
        let x = u16::try_from(i % per_row).unwrap_or(0) * step;
        let y = u16::try_from(i / per_row).unwrap_or(u16::MAX);
        (x, y, cell)
    })
}

fn named(sheet: &mut Sheet<'_>, cells: &[Cell], form: Form, widths: &Widths) {
    let per_row = per_row(form, widths, sheet.width);
    for (x, y, cell) in places(cells, per_row, widths.cell(form) + GAP) {
        let tone = sheet.tone(cell.activity.tone());
        let plain = sheet.tone(Tone::Plain);
        sheet.fit(x, y, widths.name, &cell.name, plain);
        let mut x = x + widths.name + 1;
        sheet.glyph(x, y, glyph::activity(cell.activity), tone);
        x += 2;
        let word = cell.activity.word();
        if form == Form::Full {
            sheet.put(x, y, word, tone);
            x += 10;
            sheet.fit(x, y, widths.text, &cell.text, plain);
        } else if cell.text.is_empty() {
            sheet.fit(x, y, widths.text, word, tone);
        } else {
            sheet.fit(x, y, widths.text, &cell.text, tone);
        }
    }
}

fn signs(sheet: &mut Sheet<'_>, cells: &[Cell], form: Form, widths: &Widths, room: usize) {
    let per_row = per_row(form, widths, sheet.width);
    let fit = usize::from(per_row).saturating_mul(room);
    let hidden = cells.len().saturating_sub(fit);
    let gap = if form == Form::Names { 2 } else { 0 };
    let plain = sheet.tone(Tone::Plain);
    for (mut x, y, cell) in places(
        &cells[..cells.len().min(fit)],
        per_row,
        widths.cell(form) + gap,
    ) {
        if form == Form::Names {
            sheet.right(
                x + widths.name,
                y,
                &text::cut(&cell.name, widths.name),
                plain,
            );
            x += widths.name;
        }
        let tone = sheet.tone(cell.activity.tone());
        sheet.glyph(x, y, glyph::activity(cell.activity), tone);
    }
    if hidden > 0 {
        let text = format!(" +{hidden}");
        let y = u16::try_from(room - 1).unwrap_or(u16::MAX);
        let dim = sheet.tone(Tone::Dim);
        sheet.right(sheet.width, y, &text, dim);
    }
}

/// `► 12 running  · 3 idle`, under the signs.
fn legend(sheet: &mut Sheet<'_>, cells: &[Cell], y: usize) {
    const ALL: [Activity; 10] = [
        Activity::Running,
        Activity::Holding,
        Activity::Waiting,
        Activity::Failed,
        Activity::Dead,
        Activity::Finished,
        Activity::Idle,
        Activity::Sleeping,
        Activity::Held,
        Activity::Cancelled,
    ];
    let mut counts = [0usize; ALL.len()];
    for cell in cells {
        if let Some(at) = ALL.iter().position(|kind| *kind == cell.activity) {
            counts[at] += 1;
        }
    }
    let mut x = 0;
    let mut y = u16::try_from(y).unwrap_or(u16::MAX);
    for (kind, count) in ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0) {
        let text = format!("{} {count} {}", glyph::activity(kind), kind.word());
        if x > 0 && x + text::width(&text) > sheet.width {
            (x, y) = (0, y.saturating_add(1));
        }
        let tone = sheet.tone(kind.tone());
        x = sheet.put(x, y, &text, tone).saturating_add(GAP);
    }
}
