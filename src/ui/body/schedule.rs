//! Steps of threads as a sequence diagram: one column per thread, the order from top to bottom,
//! and at the end of it what each thread would do next.
//!
//! ```text
//!       1 adder[1]            2 adder[2]
//!       ready                 blocked by 1
//!    1  acquire lock          │
//!    2  load count -> 0       │
//!   ▸   store count = 1       acquire lock
//! ```

use std::borrow::Cow;

use ratatui::style::Style;

use super::Need;
use crate::scene::{Schedule, ScheduleThread, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::glyph::CHOSEN;
use crate::ui::hits::Hit;
use crate::ui::text;

/// Columns for the number of a step and its mark.
const MARGIN: u16 = 6;
/// Columns kept free between two texts of one row, so that they are not read as one.
const GAP: u16 = 2;
const HEAD: u16 = 2;
/// Steps that are enough to follow what happens.
const ENOUGH: usize = 4;
/// Steps of a short schedule: where there is room for as many, they stand further apart, so that
/// the first ones do not move when the next ones come.
const SHORT: usize = 8;
/// Lines from one step to the next at most.
const FAR: u16 = 3;

/// The column of each thread, and whether their states and their next steps fit beside each other.
struct Columns {
    step: u16,
    states: bool,
    beside: bool,
}

pub fn need(schedule: &Schedule, width: u16) -> Need {
    let next = Columns::of(schedule, width).next_rows(schedule);
    let head = usize::from(HEAD) + usize::from(next);
    Need::at_least(head + schedule.steps.len().min(ENOUGH))
}

pub fn draw(canvas: &mut Canvas<'_>, schedule: &Schedule) {
    let columns = Columns::of(schedule, canvas.width);
    let head = if canvas.height > HEAD + 2 { HEAD } else { 1 };
    heads(canvas, schedule, &columns, head);
    let room = canvas.height.saturating_sub(head);
    let next = columns.next_rows(schedule).min(room);
    let taken = schedule.taken.min(schedule.steps.len());
    let apart = apart(schedule.steps.len(), room - next);
    // The next steps are always in view, below as many of those before as have room.
    let above = u16::try_from(taken).unwrap_or(u16::MAX).min((room - next) / apart);
    let first = taken - usize::from(above);
    let now = head + above * apart;
    lifelines(canvas, schedule, &columns, head, now);
    for (y, at) in (head..now).step_by(apart.into()).zip(first..taken) {
        step(canvas, schedule, &columns, y, at);
    }
    next_steps(canvas, schedule, &columns, now, next);
    let below = (now + next + apart - 1..canvas.height).step_by(apart.into());
    for (y, at) in below.zip(taken..schedule.steps.len()) {
        step(canvas, schedule, &columns, y, at);
    }
}

/// Lines from one step to the next: one, or more where as many steps as a short schedule has fit
/// even so.
fn apart(steps: usize, room: u16) -> u16 {
    let fits = |lines: &u16| steps.max(SHORT) * usize::from(*lines) <= usize::from(room);
    (2..=FAR).rev().find(fits).unwrap_or(1)
}

impl Columns {
    /// Equal columns where all texts fit into them. Otherwise those at the right move to the
    /// left, so that the longest text of the last one still fits: a row has one step, whose
    /// text may reach into the next column.
    fn of(schedule: &Schedule, width: u16) -> Self {
        let count = u16::try_from(schedule.threads.len()).unwrap_or(u16::MAX).max(1);
        let room = width.saturating_sub(MARGIN);
        let texts = schedule.steps.iter().map(|step| text::width(&step.text.text));
        let next = schedule.threads.iter().map(|thread| {
            let head = text::width(&thread.name).saturating_add(GAP);
            head.max(text::width(&thread.state.text)).max(text::width(&thread.next.text))
        });
        let widest = next.max().unwrap_or(0);
        let longest = texts.max().unwrap_or(0).max(widest);
        let equal = room / count;
        let step = match count {
            1 => equal,
            _ => equal.min(room.saturating_sub(longest) / (count - 1)),
        };
        let state = schedule.threads.iter().map(|thread| text::width(&thread.state.text)).max();
        let states = step > state.unwrap_or(0);
        Self { step: step.max(GAP), states, beside: step > widest }
    }

    fn x(&self, thread: usize) -> u16 {
        let before = self.step.saturating_mul(u16::try_from(thread).unwrap_or(u16::MAX));
        MARGIN.saturating_add(before)
    }

    /// Lines of the next steps: one, or one for each thread where they are too long for that.
    fn next_rows(&self, schedule: &Schedule) -> u16 {
        let open = schedule.threads.iter().filter(|thread| !thread.next.text.is_empty()).count();
        let open = u16::try_from(open).unwrap_or(u16::MAX);
        if self.beside { open.min(1) } else { open }
    }
}

/// Keys, names and states of the threads. Where they do not fit beside each other, a name is
/// shorter or left out, as its key names the thread too, and the state is left out.
fn heads(canvas: &mut Canvas<'_>, schedule: &Schedule, columns: &Columns, head: u16) {
    let accent = canvas.tone(Tone::Accent);
    let height = canvas.height;
    for (at, thread) in schedule.threads.iter().enumerate() {
        let x = columns.x(at);
        let last = at + 1 == schedule.threads.len();
        let room = if last { canvas.width.saturating_sub(x) } else { columns.step };
        let after = canvas.put(x, 0, &thread.key, accent);
        let style = canvas.tone(thread.tone);
        let left = (x + room).saturating_sub(after + if last { 1 } else { 2 });
        canvas.put(after + 1, 0, &short(&thread.name, left), style);
        if head > 1 && columns.states {
            let style = canvas.tone(thread.state.tone);
            canvas.fit(x, 1, room, &thread.state.text, style);
        }
        canvas.zone(x, 0, room, height, Hit::LabKey(thread.key.clone()));
    }
}

/// The name, or without its number (`adder[1]`, `consumer-1`), or nothing, as there is room.
fn short(name: &str, columns: u16) -> Cow<'_, str> {
    let kind = name.split(['[', '-']).next().unwrap_or_default();
    let forms = [text::name(name, columns), kind.into()];
    forms.into_iter().find(|form| text::width(form) <= columns).unwrap_or_default()
}

/// A line down each column: solid for the past, dotted for what may come. A thread that has ended
/// has none below its last step.
fn lifelines(canvas: &mut Canvas<'_>, schedule: &Schedule, columns: &Columns, top: u16, now: u16) {
    let dim = canvas.theme.frame;
    for (at, thread) in schedule.threads.iter().enumerate() {
        let over = thread.next.text.is_empty();
        for y in top..canvas.height {
            if y < now {
                let style = canvas.tone(thread.tone);
                canvas.glyph(columns.x(at), y, '│', style);
            } else if !over {
                canvas.glyph(columns.x(at), y, '┊', dim);
            }
        }
    }
}

fn step(canvas: &mut Canvas<'_>, schedule: &Schedule, columns: &Columns, y: u16, at: usize) {
    let (step, undone) = (&schedule.steps[at], at >= schedule.taken);
    let dim = canvas.tone(Tone::Dim);
    canvas.right(3, y, &(at + 1).to_string(), dim);
    if step.conflict {
        let style = canvas.tone(Tone::Broken);
        canvas.glyph(4, y, '!', style);
    }
    let x = columns.x(step.thread);
    let tone = if undone { Tone::Dim } else { step.text.tone };
    let style = canvas.tone(tone);
    over_lines(canvas, x, y, &step.text.text, style);
}

/// Writes a text that may reach into the next column, and a blank behind it, so that it does not
/// touch the line there.
fn over_lines(canvas: &mut Canvas<'_>, x: u16, y: u16, text: &str, style: Style) {
    let after = canvas.fit(x, y, canvas.width.saturating_sub(x), text, style);
    canvas.put(after, y, " ", style);
}

fn next_steps(canvas: &mut Canvas<'_>, schedule: &Schedule, columns: &Columns, y: u16, rows: u16) {
    let open = |(_, thread): &(usize, &ScheduleThread)| !thread.next.text.is_empty();
    let open = schedule.threads.iter().enumerate().filter(open);
    let accent = canvas.tone(Tone::Accent);
    for (line, (at, thread)) in (0u16..).zip(open) {
        let y = if columns.beside { y } else { y + line };
        if rows == 0 || (!columns.beside && line >= rows) {
            return;
        }
        canvas.glyph(4, y, CHOSEN, accent);
        let (x, style) = (columns.x(at), canvas.tone(thread.next.tone));
        over_lines(canvas, x, y, &thread.next.text, style);
    }
}
