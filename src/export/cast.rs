//! A recording in asciinema's format, version 2: one line of JSON as a header, then one line
//! per frame, `[seconds, "o", text]`, with what was written to the terminal.
//!
//! The text holds only the rows that have changed since the last frame. A player repeats it on
//! a terminal of its own, so it begins with a cleared screen.
//!
//! ```text
//! {"version":2,"width":80,"height":24,...}          once
//! [0.0,"o","clear, hide the cursor, all rows"]      the first frame
//! [0.1,"o","go to row 3, that row"]                 only what has changed since
//! ```

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use serde_json::json;

use super::picture::{Cell, Picture, Rgb, Style};
use crate::printable::{self, Printable};

/// A recording that is being written, frame by frame, to `out`. Its header is written when it is
/// made.
#[derive(Debug)]
pub struct Cast<W> {
    out: W,
    /// What a player shows by now, to write only rows that differ; `None` before the first
    /// frame.
    shown: Option<Picture>,
}

impl<W: Write> Cast<W> {
    /// Writes the header of a recording of a screen of this size.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new(mut out: W, width: u16, height: u16, title: &Printable) -> io::Result<Self> {
        let header = json!({
            "version": 2, "width": width, "height": height, "title": title,
            "env": { "TERM": "xterm-256color" },
        });
        writeln!(out, "{}", printable::json(&header.to_string()))?;
        Ok(Self { out, shown: None })
    }

    /// Writes the screen at a time since the beginning. A frame like the last one writes
    /// nothing. One of another width writes everything again.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn frame(&mut self, at: Duration, picture: &Picture) -> io::Result<()> {
        let mut text = String::new();
        // Rows of another width have nothing in common with those before.
        let known = self.shown.as_ref().filter(|known| known.width() == picture.width());
        if known.is_none() {
            // A player's terminal may show anything before, and its cursor would jump from row
            // to row.
            text.push_str("\x1b[2J\x1b[?25l");
        }
        for (y, row) in picture.rows().enumerate() {
            if known.and_then(|known| known.rows().nth(y)) != Some(row) {
                // Writing to a string cannot fail.
                let _ = write!(text, "\x1b[{};1H", y + 1);
                line(&mut text, row);
            }
        }
        if !text.is_empty() {
            let event = json!([at.as_secs_f64(), "o", text]).to_string();
            writeln!(self.out, "{}", printable::json(&event))?;
            self.shown = Some(picture.clone());
        }
        Ok(())
    }

    /// Flushes the writer and returns it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// A row as text and escape sequences, one sequence per run of equal style. At its end the
/// style is reset, so that rows do not depend on each other.
fn line(text: &mut String, row: &[Cell]) {
    for run in row.chunk_by(|a, b| a.style == b.style) {
        set_style(text, run[0].style);
        text.extend(run.iter().map(|cell| cell.text.as_str()));
    }
    text.push_str("\x1b[0m");
}

/// The escape sequence of a style. It begins with a reset, so nothing of the style before
/// remains.
fn set_style(text: &mut String, style: Style) {
    text.push_str("\x1b[0");
    for (on, code) in [
        (style.bold, ";1"),
        (style.dim, ";2"),
        (style.italic, ";3"),
        (style.underlined, ";4"),
        (style.reversed, ";7"),
        (style.crossed_out, ";9"),
    ] {
        if on {
            text.push_str(code);
        }
    }
    for (colour, code) in [(style.ink, 38), (style.ground, 48)] {
        if let Some(Rgb(r, g, b)) = colour {
            let _ = write!(text, ";{code};2;{r};{g};{b}");
        }
    }
    text.push('m');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(text: &str) -> Picture {
        let cells =
            text.chars().map(|c| Cell { text: c.to_string().into(), style: Style::default() });
        Picture::new(4, cells.collect())
    }

    #[test]
    fn only_rows_that_changed_are_written_again() {
        let mut cast = Cast::new(Vec::new(), 4, 2, &"t".into()).unwrap();
        cast.frame(Duration::ZERO, &picture("one two ")).unwrap();
        cast.frame(Duration::from_secs(1), &picture("one two ")).unwrap();
        cast.frame(Duration::from_secs(2), &picture("one six ")).unwrap();
        let written = String::from_utf8(cast.finish().unwrap()).unwrap();
        let lines: Vec<serde_json::Value> =
            written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 3);
        assert_eq!((&lines[0]["version"], &lines[0]["width"]), (&json!(2), &json!(4)));
        assert_eq!(lines[2], json!([2.0, "o", "\x1b[2;1H\x1b[0msix \x1b[0m"]));
    }

    #[test]
    fn each_figure_of_a_recording_is_known() {
        let styled = Style {
            ink: Some(Rgb(1, 2, 3)),
            ground: Some(Rgb(4, 5, 6)),
            bold: true,
            underlined: true,
            ..Style::default()
        };
        let cell = |text: &str, style| Cell { text: text.into(), style };
        let cells = vec![
            cell("a", styled),
            cell(
                "b",
                Style {
                    dim: true,
                    italic: true,
                    reversed: true,
                    crossed_out: true,
                    ..Style::default()
                },
            ),
        ];
        let mut cast = Cast::new(Vec::new(), 80, 24, &"t".into()).unwrap();
        let picture = Picture::new(2, cells);
        cast.frame(Duration::from_millis(1_250), &picture).unwrap();
        let written = String::from_utf8(cast.finish().unwrap()).unwrap();
        let mut lines = written.lines();
        let header: serde_json::Value = serde_json::from_str(lines.next().unwrap()).unwrap();
        assert_eq!(
            header,
            json!({ "version": 2, "width": 80, "height": 24, "title": "t", "env": { "TERM": "xterm-256color" } })
        );
        let text =
            "\x1b[2J\x1b[?25l\x1b[1;1H\x1b[0;1;4;38;2;1;2;3;48;2;4;5;6ma\x1b[0;2;3;7;9mb\x1b[0m";
        let frame: serde_json::Value = serde_json::from_str(lines.next().unwrap()).unwrap();
        assert_eq!(frame, json!([1.25, "o", text]));
        assert_eq!(lines.next(), None);
    }
}
