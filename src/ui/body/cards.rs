//! Cards beside and below each other, as many in a row as can be read, with their sentences
//! wrapped and never cut.
//!
//! ```text
//! ╭ title ──────── ✓ worked ╮  ╭ title ───────────────── ✗ ╮      as high as the longest of a row
//! │ Python                   │  │ ...                       │
//! │ the shown listing        │  │                           │
//! │ kept: a sentence, wrapped│  │                           │
//! ╰─────────────────────────╯  ╰───────────────────────────╯
//! ```

use super::Need;
use crate::scene::{Card, CardPart, Cards, Span, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::frame::{self, Border, Title};
use crate::ui::text;

/// Columns that a card needs for lines that can be read.
const READABLE: u16 = 38;
/// More cards in a row than this would leave the eye no line to follow.
const MOST: u16 = 3;
/// Columns and lines of a card that its frame takes.
const FRAME: (u16, u16) = (4, 2);
/// Columns of the border that title and mark leave free.
const BESIDE: u16 = 9;

pub fn need(cards: &[Card], width: u16) -> Need {
    Need::exactly(heights(cards, width).into_iter().map(usize::from).sum())
}

pub fn draw(canvas: &mut Canvas<'_>, Cards { cards, shown }: &Cards) {
    let (width, per_row) = (canvas.width, per_row(canvas.width));
    let mut y = 0;
    let rows = cards.chunks(usize::from(per_row)).zip(heights(cards, width));
    for (row, height) in rows {
        for (at, card) in (0..).zip(row) {
            let (x, end) = (width * at / per_row, width * (at + 1) / per_row);
            draw_card(&mut canvas.part(x, y, end - x, height), card, *shown);
        }
        y = y.saturating_add(height);
    }
}

fn draw_card(canvas: &mut Canvas<'_>, card: &Card, shown: usize) {
    let mark = mark(card, canvas.width);
    let badges = if mark.text.is_empty() { &[] } else { std::slice::from_ref(&mark) };
    let title = Title { text: &card.title, badges, note: None, focused: false };
    let mut inside = frame::draw(canvas, &title, Border::Framed);
    let mut y = 0;
    let listing = card.listings.get(shown % card.listings.len().max(1));
    for part in listing.into_iter().flatten().chain(&card.parts) {
        let (label, indent, text) = written(part);
        let pieces = [(label.as_str(), Tone::Dim), (text, part.text.tone)];
        for line in text::wrap(&pieces, inside.width.saturating_sub(indent)) {
            inside.pieces(indent, y, &line);
            y += 1;
        }
    }
}

/// The whole mark, or its sign alone where the title leaves no room for the word.
fn mark(card: &Card, width: u16) -> Span {
    let both = text::width(card.title.shortest()) + text::width(&card.mark.text);
    let sign = card.mark.text.as_str().split(' ').next().unwrap_or_default();
    if both + BESIDE <= width { card.mark.clone() } else { Span::new(sign, card.mark.tone) }
}

fn per_row(width: u16) -> u16 {
    (width / READABLE).clamp(1, MOST)
}

/// The height of each row of cards: that of its longest one.
fn heights(cards: &[Card], width: u16) -> Vec<u16> {
    let per_row = per_row(width);
    // The narrowest of a row, as the width may not divide evenly.
    let inner = (width / per_row).saturating_sub(FRAME.0);
    let rows = cards.chunks(usize::from(per_row));
    let height = |card: &Card| {
        let all = |parts: &Vec<_>| parts.iter().map(|part| lines(part, inner)).sum::<usize>();
        card.listings.iter().map(all).max().unwrap_or(0) + all(&card.parts)
    };
    let rows = rows.map(|row| row.iter().map(height).max().unwrap_or(0));
    rows.map(|lines| u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(FRAME.1)).collect()
}

/// What stands before the text of a part, how far all its lines are indented, and the text. Without
/// a label its blanks are its indentation, by which Python has a meaning.
fn written(part: &CardPart) -> (String, u16, &str) {
    let text = part.text.text.as_str();
    if !part.label.is_empty() {
        return (format!("{} ", part.label), 0, text.trim_start());
    }
    let bare = text.trim_start();
    (String::new(), u16::try_from(text.len() - bare.len()).unwrap_or(0), bare)
}

/// The lines of a part, or those that its longest text would have.
fn lines(part: &CardPart, width: u16) -> usize {
    let (label, indent, text) = written(part);
    let width = width.saturating_sub(indent);
    let now = text::wrap(&[(label.as_str(), ()), (text, ())], width).len();
    // A line that wraps between words is not full.
    let full = usize::from(width.saturating_sub(3)).max(1);
    now.max((label.len() + part.longest).div_ceil(full))
}
