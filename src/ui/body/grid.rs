//! Many of a kind, from one to thousands (workers, processes, tasks), each with a state. The
//! form that shows the most and still fits is used:
//!
//! ```text
//!   w1 ► 7! ███░░░       w2 · idle ░░░░░░   Bars
//!   w1 ► running 7!      w2 · idle          Full
//!   w1 ► 7!    w2 · idle                    Brief
//!   w1►  w2·  w3·                           Names
//!    1 ►·◷►►·►··► ►►·                       Tens
//!   ►·◷►►·►··►►►·                           Signs
//!   ► 8 running  · 5 idle                   legend, for the forms without words
//! ```

use super::Need;
use crate::scene::{Activity, Cell, Grid, GridStyle, Tone};
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
/// A text of more columns is cut, whatever its grid asks for.
const WIDEST: u16 = 40;
/// Columns for the longest word for a state, and a gap. The same for all cells, so that texts
/// line up.
const WORD: u16 = 10;
/// Names up to this many columns stand before the lines of signs, instead of a number.
const SHORT: u16 = 6;
/// The shortest bar in which a quarter can be told from a half, and the longest that is not
/// only long.
const BAR: std::ops::RangeInclusive<u16> = 6..=24;
/// Lines that a cell with its words may take where there is room, a blank one among them.
const PITCH: u16 = 3;

/// The forms, from the most informative to the smallest; see the drawing at the top. The first
/// one that fits is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `w1 ► 7! ███░░░`, for a grid whose cells have bars.
    Bars,
    Full,
    /// `w1 ► 7!`, or the word where there is no text.
    Brief,
    Names,
    Tens,
    Signs,
}

/// What the cells need, whatever their form: the columns of the longest name and text, within
/// limits, and how many cells there are.
struct Widths {
    name: u16,
    text: u16,
    count: usize,
}

/// How the cells are laid out in one form: what each has columns for, and where it stands.
///
/// ```text
/// margin │ name sign text bar │ gap │ name sign text bar │
///        └──── step ────────────────┘                        per_row 2
///                                                            pitch: lines to the next row
/// ```
struct GridLayout {
    form: Form,
    name: u16,
    text: u16,
    bar: u16,
    margin: u16,
    step: u16,
    /// Cells of a line; 0 if not even one fits, which excludes the form.
    per_row: u16,
    /// Lines from one line of cells to the next.
    pitch: u16,
}

/// The lines that the cells ask for. A few keep their words; more give them up, then their
/// names.
pub fn need(grid: &Grid, width: u16) -> Need {
    let widths = Widths::of(grid);
    let lines = |form| GridLayout::of(&widths, form, width).lines(grid.cells.len());
    // A few keep their words; more give them up, then their names.
    let least = if grid.cells.len() <= FEW {
        lines(largest(grid))
    } else {
        lines(Form::Names).saturating_add(1).min(lines(Form::Brief))
    };
    let least = least.min(FEW);
    Need::between(least.max(1), lines(largest(grid)))
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
    if let Some(mut plan) = plans(&[largest(grid), Form::Brief], height) {
        let lines = u16::try_from(plan.lines(grid.cells.len())).unwrap_or(u16::MAX).max(1);
        plan.pitch = (canvas.height / lines).clamp(1, PITCH);
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

fn largest(grid: &Grid) -> Form {
    match grid.style {
        GridStyle::Words => Form::Full,
        GridStyle::Brief => Form::Brief,
        GridStyle::Bars => Form::Bars,
    }
}

impl Widths {
    fn of(grid: &Grid) -> Self {
        let cells = || grid.cells.iter();
        Self {
            name: super::widest(cells().map(|cell| cell.name.as_str()), 16),
            text: match grid.widest {
                0 => super::widest(cells().map(|cell| cell.text.as_str()), 24).max(TEXT),
                columns => columns.min(WIDEST),
            },
            count: grid.cells.len(),
        }
    }
}

impl GridLayout {
    fn of(widths: &Widths, form: Form, width: u16) -> Self {
        let &Widths { name, text, count } = widths;
        let mut plan =
            Self { form, name, text, bar: 0, margin: 0, step: 1, per_row: width, pitch: 1 };
        let cell = match form {
            Form::Bars => name + 3 + text + 1 + BAR.start(),
            Form::Full => name + 3 + WORD + text,
            Form::Brief => name + 3 + text,
            Form::Names => name + 1,
            Form::Tens => {
                // Each line begins with the name of its first cell, or with its number.
                let digits = u16::try_from(count.checked_ilog10().unwrap_or(0) + 1).unwrap_or(1);
                plan.margin = if name <= SHORT { name.max(digits) } else { digits } + 1;
                // Ten signs and a gap, the last gap outside of the width.
                let tens = (width.saturating_sub(plan.margin) + 1) / 11;
                plan.per_row = tens * 10;
                return plan;
            }
            Form::Signs => return plan,
        };
        plan.step = cell + GAP;
        plan.per_row = if cell > width { 0 } else { width.saturating_add(GAP) / plan.step };
        if form == Form::Bars && plan.per_row > 0 {
            // What is left of a line makes its bars longer. No more cells in a line than give
            // lines of equal length: seven and one look like a mistake.
            let lines = count.div_ceil(usize::from(plan.per_row)).max(1);
            plan.per_row = u16::try_from(count.div_ceil(lines)).unwrap_or(plan.per_row).max(1);
            let room = width.saturating_add(GAP) / plan.per_row;
            plan.bar = (room - (cell + GAP - BAR.start())).min(*BAR.end());
            plan.step = cell + GAP - BAR.start() + plan.bar;
        }
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

    /// Column and line of a cell, by its position in the grid. In the form of tens, one more column
    /// after each ten.
    fn place(&self, at: usize) -> (u16, u16) {
        let per_row = usize::from(self.per_row.max(1));
        let column = u16::try_from(at % per_row).unwrap_or(0);
        let between = if self.form == Form::Tens { column / 10 } else { 0 };
        let x = self.margin + column * self.step + between;
        let line = u16::try_from(at / per_row).unwrap_or(u16::MAX);
        (x, line.saturating_mul(self.pitch))
    }
}

fn named(canvas: &mut Canvas<'_>, cells: &[Cell], plan: &GridLayout) {
    let color = canvas.tone(Tone::Plain);
    for (at, cell) in cells.iter().enumerate() {
        let (mut x, y) = plan.place(at);
        let tone = canvas.tone(cell.activity.tone());
        let own = canvas.tone(cell.tone);
        canvas.fit(x, y, plan.name, &cell.name, own);
        x += plan.name + 1;
        canvas.glyph(x, y, glyph::activity(cell.activity), tone);
        x += 2;
        let word = cell.activity.word();
        if plan.form == Form::Full {
            canvas.put(x, y, word, tone);
            if cell.text != word {
                canvas.fit(x + WORD, y, plan.text, &cell.text, color);
            }
        } else {
            let text = if cell.text.is_empty() { word } else { &cell.text };
            canvas.fit(x, y, plan.text, text, tone);
            // As high as the line of cells, but for the last line, which keeps two apart.
            for y in y..y + (plan.pitch - 1).max(1) {
                bar(canvas, x + plan.text + 1, y, plan.bar, cell);
            }
        }
    }
}

/// How far a cell is, in its own colour, so that bars below each other are not one. A bar of nothing
/// shows its whole track, so that the room for it is seen.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a width, between 0 and 1"
)]
fn bar(canvas: &mut Canvas<'_>, x: u16, y: u16, width: u16, cell: &Cell) {
    let full = (cell.share.unwrap_or(0.0).clamp(0.0, 1.0) * f64::from(width)).round() as u16;
    let (own, frame) = (canvas.tone(cell.tone), canvas.theme.frame);
    canvas.fill(x, y, full, '█', own);
    canvas.fill(x + full, y, width - full, '░', frame);
}

/// Draws the cells as signs. Those for which there is no room are counted at the end of the last
/// line.
fn signs(canvas: &mut Canvas<'_>, cells: &[Cell], plan: &GridLayout, room: usize) {
    let fit = usize::from(plan.per_row).saturating_mul(room);
    let dim = canvas.tone(Tone::Dim);
    for (at, cell) in cells.iter().enumerate().take(fit) {
        let (mut x, y) = plan.place(at);
        if plan.form == Form::Names {
            let name = text::cut(&cell.name, plan.name);
            x += plan.name;
            let own = canvas.tone(cell.tone);
            canvas.right(x, y, &name, own);
        }
        if plan.margin > 0 && x == plan.margin {
            let number = (at + 1).to_string();
            let named = !cell.name.is_empty() && text::width(&cell.name) < plan.margin;
            let first = if named { &cell.name } else { &number };
            canvas.right(plan.margin - 1, y, first, dim);
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

/// How many cells are in each state, as text with its tone, what matters most first. States without
/// a cell are left out, so the legend is as short as the picture is simple.
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
