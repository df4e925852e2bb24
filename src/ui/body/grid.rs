//! Many of a kind, from one to thousands (workers, processes, tasks), each with a state. The
//! form that shows the most and still fits is used:
//!
//! ```text
//!   w1 ► running 7!      w2 · idle          Full
//!   w1 ► 7!    w2 · idle                    Brief
//!   w1►  w2·  w3·                           Names
//!    1 ►·◷►►·►··► ►►·                       Tens
//!   ►·◷►►·►··►►►·                           Signs
//!   ► 8 running  · 5 idle                   legend, for the forms without words
//! ```

use super::Need;
use crate::scene::{Activity, Cell, Grid, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::glyph;
use crate::ui::text;

const GAP: u16 = 2;
/// Texts are given at least this many columns, so that cells do not move when "7!" becomes
/// "idle".
const TEXT: u16 = 6;
/// Up to this many cells are few and keep their words; this many lines are enough for any
/// number of them.
const FEW: usize = 4;
/// Columns for the longest word for a state, and a gap. The same for all cells, so that texts
/// line up.
const WORD: u16 = 10;

/// The forms, from the most informative to the smallest; see the drawing at the top. The first
/// one that fits is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Full,
    /// `w1 ► 7!`, or the word where there is no text.
    Brief,
    Names,
    Tens,
    Signs,
}

/// What the cells need, whatever their form.
struct Widths {
    name: u16,
    text: u16,
    count: usize,
}

struct GridLayout {
    form: Form,
    name: u16,
    text: u16,
    margin: u16,
    step: u16,
    /// Cells of a line; 0 if not even one fits, which excludes the form.
    per_row: u16,
}

/// The lines that the cells ask for. A few keep their words; more give them up, then their
/// names.
pub fn need(grid: &Grid, width: u16) -> Need {
    let widths = Widths::of(grid);
    let lines = |form| GridLayout::of(&widths, form, width).lines(grid.cells.len());
    // A few keep their words; more give them up, then their names.
    let least = if grid.cells.len() <= FEW {
        lines(Form::Full)
    } else {
        lines(Form::Names).saturating_add(1).min(lines(Form::Brief))
    };
    let least = least.min(FEW);
    Need::between(least.max(1), lines(Form::Full))
}

pub fn draw(canvas: &mut Canvas<'_>, grid: &Grid) {
    if grid.cells.is_empty() {
        let dim = canvas.tone(Tone::Dim);
        canvas.put(0, 0, "none", dim);
        return;
    }
    let height = usize::from(canvas.height);
    let widths = Widths::of(grid);
    let plans = |forms: &[Form], room| {
        let plans = forms.iter().map(|form| GridLayout::of(&widths, *form, canvas.width));
        let mut fitting = plans.filter(|plan| plan.lines(grid.cells.len()) <= room);
        fitting.next()
    };
    if let Some(plan) = plans(&[Form::Full, Form::Brief], height) {
        named(canvas, &grid.cells, &plan);
        return;
    }
    // The legend takes the last line, if there is more than one.
    let room = height.saturating_sub(1).max(1);
    let plan = plans(&[Form::Names, Form::Tens], room)
        .unwrap_or_else(|| GridLayout::of(&widths, Form::Signs, canvas.width));
    signs(canvas, &grid.cells, &plan, room);
    if height > 1 {
        legend(canvas, &grid.cells, plan.lines(grid.cells.len()).min(room));
    }
}

impl Widths {
    fn of(grid: &Grid) -> Self {
        let cells = || grid.cells.iter();
        Self {
            name: super::widest(cells().map(|cell| cell.name.as_str()), 16),
            text: super::widest(cells().map(|cell| cell.text.as_str()), 24).max(TEXT),
            count: grid.cells.len(),
        }
    }
}

impl GridLayout {
    fn of(widths: &Widths, form: Form, width: u16) -> Self {
        let &Widths { name, text, count } = widths;
        let mut plan = Self { form, name, text, margin: 0, step: 1, per_row: width };
        let cell = match form {
            Form::Full => name + 3 + WORD + text,
            Form::Brief => name + 3 + text,
            Form::Names => name + 1,
            Form::Tens => {
                let digits = count.checked_ilog10().unwrap_or(0) + 1;
                plan.margin = u16::try_from(digits + 1).unwrap_or(2);
                // Ten signs and a gap, the last gap outside of the width.
                let tens = (width.saturating_sub(plan.margin) + 1) / 11;
                plan.per_row = tens * 10;
                return plan;
            }
            Form::Signs => return plan,
        };
        plan.step = cell + GAP;
        plan.per_row = if cell > width { 0 } else { width.saturating_add(GAP) / plan.step };
        plan
    }

    /// Lines that `cells` cells take. If not even one fits into a line no number is enough, so
    /// that a smaller form is chosen.
    fn lines(&self, cells: usize) -> usize {
        match usize::from(self.per_row) {
            0 => usize::MAX,
            per_row => cells.div_ceil(per_row),
        }
    }

    fn place(&self, at: usize) -> (u16, u16) {
        let per_row = usize::from(self.per_row.max(1));
        let column = u16::try_from(at % per_row).unwrap_or(0);
        let between = if self.form == Form::Tens { column / 10 } else { 0 };
        let x = self.margin + column * self.step + between;
        (x, u16::try_from(at / per_row).unwrap_or(u16::MAX))
    }
}

fn named(canvas: &mut Canvas<'_>, cells: &[Cell], plan: &GridLayout) {
    let color = canvas.tone(Tone::Plain);
    for (at, cell) in cells.iter().enumerate() {
        let (mut x, y) = plan.place(at);
        let tone = canvas.tone(cell.activity.tone());
        canvas.fit(x, y, plan.name, &cell.name, color);
        x += plan.name + 1;
        canvas.glyph(x, y, glyph::activity(cell.activity), tone);
        x += 2;
        let word = cell.activity.word();
        if plan.form == Form::Full {
            canvas.put(x, y, word, tone);
            if cell.text != word {
                canvas.fit(x + WORD, y, plan.text, &cell.text, color);
            }
        } else if cell.text.is_empty() {
            canvas.fit(x, y, plan.text, word, tone);
        } else {
            canvas.fit(x, y, plan.text, &cell.text, tone);
        }
    }
}

fn signs(canvas: &mut Canvas<'_>, cells: &[Cell], plan: &GridLayout, room: usize) {
    let fit = usize::from(plan.per_row).saturating_mul(room);
    let (color, dim) = (canvas.tone(Tone::Plain), canvas.tone(Tone::Dim));
    for (at, cell) in cells.iter().enumerate().take(fit) {
        let (mut x, y) = plan.place(at);
        if plan.form == Form::Names {
            let name = text::cut(&cell.name, plan.name);
            x += plan.name;
            canvas.right(x, y, &name, color);
        }
        if plan.margin > 0 && x == plan.margin {
            canvas.right(plan.margin - 1, y, &(at + 1).to_string(), dim);
        }
        let tone = canvas.tone(cell.activity.tone());
        canvas.glyph(x, y, glyph::activity(cell.activity), tone);
    }
    let hidden = cells.len().saturating_sub(fit);
    if hidden > 0 {
        let y = u16::try_from(room - 1).unwrap_or(u16::MAX);
        // Over the end of the last line: how many signs are missing.
        canvas.right(canvas.width, y, &format!(" +{hidden}"), dim);
    }
}

fn legend(canvas: &mut Canvas<'_>, cells: &[Cell], y: usize) {
    let entries = counted(cells);
    let columns = |gap: u16| {
        let texts = entries.iter().map(|(text, _)| text::width(text) + gap);
        texts.fold(0, u16::saturating_add).saturating_sub(gap)
    };
    let gap = if columns(GAP) <= canvas.width { GAP } else { 1 };
    let (mut x, mut y) = (0u16, u16::try_from(y).unwrap_or(u16::MAX));
    for (text, tone) in &entries {
        if x > 0 && x.saturating_add(text::width(text)) > canvas.width {
            (x, y) = (0, y.saturating_add(1));
        }
        let style = canvas.tone(*tone);
        x = canvas.put(x, y, text, style).saturating_add(gap);
    }
}

/// How many cells are in each state, as text with its tone, what matters most first. States
/// without a cell are left out.
fn counted(cells: &[Cell]) -> Vec<(String, Tone)> {
    const ALL: [Activity; 10] = [
        Activity::Running,
        Activity::Holding,
        Activity::Waiting,
        Activity::Failed,
        Activity::Dead,
        Activity::Finished,
        Activity::Idle,
        Activity::Sleeping,
        Activity::Paused,
        Activity::Cancelled,
    ];
    let mut counts = [0usize; ALL.len()];
    for cell in cells {
        if let Some(at) = ALL.iter().position(|kind| *kind == cell.activity) {
            counts[at] += 1;
        }
    }
    ALL.into_iter()
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| {
            let text = format!("{} {count} {}", glyph::activity(kind), kind.word());
            (text, kind.tone())
        })
        .collect()
}
