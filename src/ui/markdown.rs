//! Markdown as wrapped lines: headings, lists, code, quotes, tables, emphasis. Lessons and
//! prose of scenes are written in it.
//!
//! The parser (pulldown-cmark) gives events; [`LineBuilder`] gathers the text of a block and
//! wraps it when the block ends. Markup that is not listed here loses its form, never its text.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use ratatui::style::Modifier;

use super::canvas::Canvas;
use super::text;
use crate::scene::Tone;

type Face = (Tone, Modifier);

const PLAIN: Face = (Tone::Plain, Modifier::empty());

/// A finished line: columns that stay blank before it, and its text in pieces of equal look. A line
/// without pieces is a blank one.
#[derive(Debug, Default)]
struct Row {
    indent: u16,
    pieces: Vec<(String, Face)>,
}

/// Lines that a text takes at this width. It lays the text out to find that, so it costs as
/// much as drawing.
pub fn height(markdown: &str, width: u16) -> usize {
    layout(markdown, width).len()
}

pub fn draw(canvas: &mut Canvas<'_>, markdown: &str, skip: u16) {
    let rows = layout(markdown, canvas.width);
    for (y, row) in (0..canvas.height).zip(rows.iter().skip(usize::from(skip))) {
        let mut x = row.indent;
        for (text, (tone, modifier)) in &row.pieces {
            let style = canvas.tone(*tone).add_modifier(*modifier);
            x = canvas.put(x, y, text, style);
        }
    }
}

fn layout(markdown: &str, width: u16) -> Vec<Row> {
    let mut setter = LineBuilder {
        width: width.max(1),
        rows: Vec::new(),
        pieces: Vec::new(),
        faces: vec![PLAIN],
        lists: Vec::new(),
        quotes: 0,
        bullet: None,
        code: false,
        table: Vec::new(),
    };
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        setter.take(event);
    }
    setter.end_block(false);
    // Blank lines at the end would be scrolled to for nothing.
    while setter.rows.last().is_some_and(|row| row.pieces.is_empty()) {
        setter.rows.pop();
    }
    setter.rows
}

/// Turns the parser's events into lines, block by block: text is gathered with its looks until
/// a block ends, and is wrapped then. One builder lays out one text.
struct LineBuilder {
    width: u16,
    rows: Vec<Row>,
    pieces: Vec<(String, Face)>,
    /// How text looks here: one entry per markup around this place, the innermost last. Popped
    /// when the markup ends, so nesting works by itself.
    faces: Vec<Face>,
    /// The lists around this place, the innermost last: for a numbered one its next number,
    /// `None` for one with bullets.
    lists: Vec<Option<u64>>,
    quotes: u16,
    /// What stands before the next block, at the beginning of a list item: a bullet or a
    /// number. Taken by the first block of the item.
    bullet: Option<String>,
    code: bool,
    /// The rows of a table so far. It is written as a whole, when the widths of its columns are
    /// known.
    table: Vec<Vec<String>>,
}

impl LineBuilder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code => self.code_lines(&text),
            Event::Text(text) => self.push(&text, self.face()),
            Event::Code(text) => self.push(&text, (Tone::Accent, Modifier::empty())),
            // The end of a line in the source is a blank between words.
            Event::SoftBreak => self.push(" ", PLAIN),
            Event::HardBreak => self.end_block(false),
            Event::Rule => {
                self.pieces.push((
                    "─".repeat(usize::from(self.width.min(40))),
                    (Tone::Dim, Modifier::empty()),
                ));
                self.end_block(true);
            }
            Event::Html(text) | Event::InlineHtml(text) => self.push(&text, PLAIN),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { .. } => {
                self.end_block(false);
                self.faces.push((Tone::Strong, Modifier::BOLD));
            }
            Tag::Strong => self.emphasise(Modifier::BOLD),
            Tag::Emphasis => self.emphasise(Modifier::ITALIC),
            Tag::Link { .. } => self.emphasise(Modifier::UNDERLINED),
            Tag::List(number) => {
                self.end_block(false);
                self.lists.push(*number);
            }
            Tag::Item => {
                self.end_block(false);
                self.bullet = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".to_owned(),
                });
            }
            Tag::BlockQuote(_) => {
                self.quotes += 1;
                self.faces.push((Tone::Dim, Modifier::empty()));
            }
            Tag::CodeBlock(_) => {
                self.end_block(false);
                self.code = true;
            }
            Tag::TableHead | Tag::TableRow => self.table.push(Vec::new()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.end_block(true);
                self.faces.pop();
            }
            TagEnd::Strong | TagEnd::Emphasis | TagEnd::Link => {
                self.faces.pop();
            }
            TagEnd::Paragraph => self.end_block(self.lists.is_empty()),
            TagEnd::Item => self.end_block(false),
            TagEnd::List(_) => {
                self.lists.pop();
                if self.lists.is_empty() {
                    self.blank();
                }
            }
            TagEnd::BlockQuote(_) => {
                self.quotes = self.quotes.saturating_sub(1);
                self.faces.pop();
            }
            TagEnd::CodeBlock => {
                self.code = false;
                self.blank();
            }
            // A cell's text was gathered as that of a block.
            TagEnd::TableCell => {
                let cell = self.pieces.drain(..).map(|(text, _)| text).collect();
                if let Some(row) = self.table.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => self.end_table(),
            _ => {}
        }
    }

    fn push(&mut self, text: &str, face: Face) {
        self.pieces.push((text.to_owned(), face));
    }

    fn face(&self) -> Face {
        self.faces.last().copied().unwrap_or(PLAIN)
    }

    fn emphasise(&mut self, modifier: Modifier) {
        let (tone, modifiers) = self.face();
        self.faces.push((tone, modifiers | modifier));
    }

    /// Columns before the text of a block: two per list and quote around it, at most half of
    /// the width, so that deep nesting leaves room for text.
    fn indent(&self) -> u16 {
        let lists = u16::try_from(self.lists.len().saturating_sub(1)).unwrap_or(0);
        (lists * 2 + self.quotes * 2).min(self.width / 2)
    }

    /// Wraps what was gathered since the last block and adds it as lines, with the bullet of a
    /// list item before the first and the bar of a quote before each.
    fn end_block(&mut self, blank_after: bool) {
        if self.pieces.is_empty() {
            return;
        }
        let indent = self.indent();
        let bullet = self.bullet.take();
        // Further lines of a list item begin below its text, not below its bullet.
        let hang = match &bullet {
            Some(bullet) => text::width(bullet),
            None if self.lists.is_empty() => 0,
            None => 2,
        };
        let pieces: Vec<_> =
            self.pieces.iter().map(|(text, face)| (text.as_str(), *face)).collect();
        let columns = self.width.saturating_sub(indent + hang);
        for (i, line) in text::wrap(&pieces, columns).into_iter().enumerate() {
            let mut row = Row { indent: indent + hang, pieces: Vec::with_capacity(line.len() + 1) };
            if let (0, Some(bullet)) = (i, &bullet) {
                row.indent = indent;
                row.pieces.push((bullet.clone(), (Tone::Dim, Modifier::empty())));
            }
            if self.quotes > 0 {
                row.indent = row.indent.saturating_sub(2);
                row.pieces.push(("│ ".to_owned(), (Tone::Accent, Modifier::empty())));
            }
            row.pieces.extend(line.into_iter().map(|(text, face)| (text.to_owned(), face)));
            self.rows.push(row);
        }
        self.pieces.clear();
        if blank_after {
            self.blank();
        }
    }

    fn blank(&mut self) {
        if self.rows.last().is_some_and(|row| !row.pieces.is_empty()) {
            self.rows.push(Row::default());
        }
    }

    /// Adds lines of code. Code is never wrapped, only cut: a wrapped line would read as two.
    fn code_lines(&mut self, text: &str) {
        let indent = self.indent() + 2;
        for line in text.lines() {
            let line = text::cut(line, self.width.saturating_sub(indent)).into_owned();
            self.rows.push(Row { indent, pieces: vec![(line, (Tone::Accent, Modifier::empty()))] });
        }
    }

    /// Adds the rows of a table, its columns as wide as their widest cell. A table that is
    /// wider than the room is cut at the right: wrapped cells could not be read across.
    fn end_table(&mut self) {
        let columns = self.table.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<u16> = (0..columns)
            .map(|column| {
                let cells = self.table.iter().filter_map(|row| row.get(column));
                cells.map(|cell| text::width(cell)).max().unwrap_or(0)
            })
            .collect();
        for (i, cells) in std::mem::take(&mut self.table).into_iter().enumerate() {
            let face = if i == 0 { (Tone::Dim, Modifier::empty()) } else { PLAIN };
            let mut line = String::new();
            for (cell, width) in cells.iter().zip(&widths) {
                line.push_str(cell);
                let pad = width.saturating_sub(text::width(cell)) + 2;
                line.extend(std::iter::repeat_n(' ', usize::from(pad)));
            }
            let line = text::cut(line.trim_end(), self.width).into_owned();
            self.rows.push(Row { indent: 0, pieces: vec![(line, face)] });
        }
        self.blank();
    }
}
