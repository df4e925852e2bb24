//! What a terminal shows of the output of a script: its last lines.
//!
//! A terminal in small. Text goes where the cursor is; carriage return, backspace, tab and the
//! sequences of progress bars and line editors move it, erase, insert and delete. Colours become
//! tones of the theme. Every other sequence is read to its end and does nothing, so none reaches
//! the real terminal.
//!
//! Lines are as long as they were written, up to [`COLUMNS`]; the panel that shows them breaks
//! them. Memory is bounded by that and by [`LINES`], whatever is written.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use anstyle_parse::{Params, Parser, Perform};

use crate::printable::{LONGEST, Printable};
use crate::scene::units::{count, plural};
use crate::scene::{Line, Tone};

/// Lines that are kept: more than a panel has rows.
const LINES: usize = 200;
/// Characters of a line that are kept; how many more there are is counted.
const COLUMNS: usize = 1000;
/// Bytes of one output that are looked at: its last.
const LOOKED: usize = 16 * 1024;
const TAB: usize = 8;

/// The lines and the cursor. A clone shares its lines, as the past of a run has many of them.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    parser: Parser,
    page: Page,
}

#[derive(Clone, Debug, Default)]
struct Page {
    rows: VecDeque<Arc<Row>>,
    /// Where the cursor is. Its row may be one that is not there yet.
    row: usize,
    column: usize,
    style: Style,
    /// The tone of text without a colour of its own.
    base: Tone,
}

#[derive(Clone, Debug, Default)]
struct Row {
    cells: Vec<(char, Tone)>,
    /// How many characters it would have if all were kept.
    length: usize,
    /// How it is shown without a cursor; empty since the last change, and made again when it is
    /// asked for.
    shown: OnceLock<Line>,
}

/// What the script has chosen for its text.
#[derive(Clone, Copy, Debug, Default)]
struct Style {
    colour: Option<Tone>,
    bold: bool,
    faint: bool,
}

impl Transcript {
    /// Shows what was written, in this tone where it has no colour.
    pub fn write(&mut self, text: &str, base: Tone) {
        self.page.base = base;
        let from = text.ceil_char_boundary(text.len().saturating_sub(LOOKED));
        if from > 0 {
            self.skip(from as u64);
        }
        for byte in text.as_bytes()[from..].iter().copied() {
            self.parser.advance(&mut self.page, byte);
        }
    }

    /// Says in a line of its own that this much is missing there.
    pub fn skip(&mut self, bytes: u64) {
        self.parser = Parser::default();
        let page = &mut self.page;
        if page.column > 0 {
            page.line_feed();
        }
        page.style = Style { faint: true, ..Style::default() };
        format!("… {} not shown", plural(bytes, "byte")).chars().for_each(|c| page.print(c));
        page.style = Style::default();
        page.line_feed();
    }

    /// The last `most` lines, with a mark for the cursor if it is wanted.
    pub fn lines(&self, most: usize, cursor: bool) -> Vec<Line> {
        let page = &self.page;
        let end = page.rows.len().max(if cursor { page.row + 1 } else { 0 });
        let blank = Row::default();
        let rows = (end.saturating_sub(most)..end).map(|at| {
            let row = page.rows.get(at).map_or(&blank, |row| &**row);
            if cursor && at == page.row {
                return row.line(Some(page.column));
            }
            row.shown.get_or_init(|| row.line(None)).clone()
        });
        rows.collect()
    }
}

impl Row {
    /// Runs of characters of one tone, the cursor before the character that it is on.
    fn line(&self, cursor: Option<usize>) -> Line {
        let mut line = Line::new();
        let mut run = (String::new(), Tone::Plain);
        let push = |line: &mut Line, run: &mut (String, Tone)| {
            let (text, tone) = std::mem::take(run);
            if !text.is_empty() {
                *line = std::mem::take(line).then(Printable::within(&text, LONGEST), tone);
            }
        };
        for at in 0..=self.cells.len() {
            if cursor.map(|column| column.min(self.cells.len())) == Some(at) {
                push(&mut line, &mut run);
                line = line.then("▏", Tone::Accent);
            }
            if let Some((c, tone)) = self.cells.get(at) {
                if *tone != run.1 {
                    push(&mut line, &mut run);
                    run.1 = *tone;
                }
                run.0.push(*c);
            }
        }
        push(&mut line, &mut run);
        if self.length > COLUMNS {
            let more = count((self.length - COLUMNS) as u64);
            line = line.then(format!("… {more} more characters"), Tone::Dim);
        }
        line
    }

    /// Writes one character at a column. Blanks fill what was skipped before it.
    fn put(&mut self, column: usize, cell: (char, Tone)) {
        self.length = self.length.max(column + 1);
        if column >= COLUMNS {
            return;
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, (' ', Tone::Plain));
        }
        self.cells[column] = cell;
    }

    fn truncate(&mut self, column: usize) {
        self.cells.truncate(column);
        self.length = self.length.min(column);
    }
}

impl Style {
    fn tone(self, base: Tone) -> Tone {
        let weight = match (self.bold, self.faint) {
            (_, true) => Tone::Dim,
            (true, false) if base == Tone::Plain => Tone::Strong,
            _ => base,
        };
        self.colour.unwrap_or(weight)
    }

    /// Applies the numbers of one SGR sequence; see `console_codes(4)`.
    fn apply(&mut self, params: &Params) {
        let mut codes = params.iter();
        while let Some(code) = codes.next() {
            match code.first() {
                None | Some(0) => *self = Self::default(),
                Some(1) => self.bold = true,
                Some(2) => self.faint = true,
                Some(22) => (self.bold, self.faint) = (false, false),
                Some(39) => self.colour = None,
                Some(code @ (30..=37 | 90..=97)) => self.colour = tone(code % 10, *code >= 90),
                // A colour by its number or its parts, which follow: the theme has no such.
                Some(38 | 48 | 58) if code.len() == 1 => {
                    let parts = match codes.next().and_then(|kind| kind.first()) {
                        Some(2) => 3,
                        _ => 1,
                    };
                    codes.by_ref().take(parts).for_each(drop);
                }
                Some(_) => {}
            }
        }
    }
}

/// The theme's tone for one of the eight colours: the one that looks most like it.
fn tone(colour: u16, bright: bool) -> Option<Tone> {
    match colour {
        0 if bright => Some(Tone::Dim),
        1 => Some(Tone::Broken),
        2 => Some(Tone::Good),
        3 => Some(Tone::Caution),
        4 | 6 => Some(Tone::Active),
        5 => Some(Tone::Waiting),
        _ => None,
    }
}

impl Page {
    /// The row of the cursor, to be changed; made if it is not there yet.
    fn current(&mut self) -> &mut Row {
        while self.rows.len() <= self.row {
            if self.rows.len() == LINES {
                self.rows.pop_front();
                self.row -= 1;
            }
            self.rows.push_back(Arc::default());
        }
        let row = Arc::make_mut(&mut self.rows[self.row]);
        row.shown = OnceLock::new();
        row
    }

    /// To the beginning of the next line: the terminal adds a carriage return to each line feed.
    fn line_feed(&mut self) {
        self.current();
        (self.row, self.column) = (self.row + 1, 0);
    }

    fn erase_line(&mut self, mode: u16) {
        let column = self.column;
        let row = self.current();
        match mode {
            0 => row.truncate(column),
            1 => {
                let end = row.cells.len().min(column + 1);
                row.cells[..end].fill((' ', Tone::Plain));
            }
            _ => row.truncate(0),
        }
    }

    fn erase_page(&mut self, mode: u16) {
        if mode == 0 {
            self.erase_line(0);
            self.rows.truncate(self.row + 1);
        } else if mode >= 2 {
            self.rows.clear();
            (self.row, self.column) = (0, 0);
        }
    }

    /// Moves what is behind the cursor: to the right, or to the left over what it is on.
    fn shift(&mut self, by: usize, right: bool) {
        let column = self.column;
        let row = self.current();
        let at = column.min(row.cells.len());
        if right {
            row.cells.splice(at..at, std::iter::repeat_n((' ', Tone::Plain), by.min(COLUMNS)));
            row.cells.truncate(COLUMNS);
        } else {
            row.cells.drain(at..row.cells.len().min(at.saturating_add(by)));
        }
        row.length = row.cells.len();
    }
}

impl Perform for Page {
    fn print(&mut self, c: char) {
        let (column, tone) = (self.column, self.style.tone(self.base));
        self.current().put(column, (c, tone));
        self.column += 1;
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' | 0x0b | 0x0c => self.line_feed(),
            b'\r' => self.column = 0,
            0x08 => self.column = self.column.saturating_sub(1),
            b'\t' => self.column = (self.column / TAB + 1) * TAB,
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: u8) {
        if ignore || !intermediates.is_empty() {
            return;
        }
        let number =
            |at: usize| params.iter().nth(at).and_then(|one| one.first().copied()).unwrap_or(0);
        // No more than there is room for, so that a sequence costs as little as a line.
        let (first, by) = (number(0), usize::from(number(0).max(1)).min(COLUMNS));
        // Where the cursor was stays a row that it can come back to.
        self.current();
        match action {
            b'A' => self.row = self.row.saturating_sub(by),
            b'B' => self.row = (self.row + by).min(self.row.max(self.rows.len().saturating_sub(1))),
            b'C' => self.column = (self.column + by).min(COLUMNS),
            b'D' => self.column = self.column.saturating_sub(by),
            b'E' => (self.row, self.column) = (self.row + by.min(LINES), 0),
            b'F' => (self.row, self.column) = (self.row.saturating_sub(by), 0),
            b'G' => self.column = (by - 1).min(COLUMNS),
            b'H' | b'f' => {
                let column = usize::from(number(1).max(1)) - 1;
                (self.row, self.column) = ((by - 1).min(LINES - 1), column.min(COLUMNS));
            }
            b'J' => self.erase_page(first),
            b'K' => self.erase_line(first),
            b'P' => self.shift(by, false),
            b'@' => self.shift(by, true),
            b'm' => self.style.apply(params),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
