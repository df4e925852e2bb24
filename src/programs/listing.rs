//! The code that is shown is the code that runs: a listing is cut out of the
//! program's own source file, so that a thread's line is the line where it stands.
//!
//! In the source, `// [code]` and `// [end]` enclose what is shown, and `//= 3` at the
//! end of a line says that it corresponds to line 3 of the Python beside it. Where rustfmt
//! has moved such a mark to a line of its own, behind an opening brace, it belongs to the
//! line before.

/// Where a program's listing comes from: its own source file, and its translation.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The whole source file, as the compiler has read it.
    pub rust: &'static str,
    /// The same in Python, translated by hand. One line is one step or a few.
    pub python: &'static str,
}

/// One line of the Rust that runs, without its mark: what a code panel shows, and where it comes
/// from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceLine {
    pub text: &'static str,
    /// Its number in the source file, from 1.
    pub number: u32,
    /// The corresponding line of the Python, from 1; `None` where it has no counterpart.
    pub python: Option<u16>,
}

impl Source {
    /// The Rust that is shown, with a number for each line. A line's mark is cut off, and a mark
    /// that rustfmt has moved to a line of its own makes that line vanish.
    pub fn rust(&self) -> impl Iterator<Item = SourceLine> {
        let lines = self.body().skip(1).take_while(|(_, text)| text.trim() != "// [end]");
        let mut lines = lines.peekable();
        std::iter::from_fn(move || {
            let (number, text) = lines.next()?;
            let mark = lines.next_if(|(_, next)| next.trim_start().starts_with("//="));
            let (text, mark) = match mark {
                Some((_, mark)) => (text, mark.trim_start().strip_prefix("//=")),
                None => {
                    text.rsplit_once("//=").map_or((text, None), |(code, mark)| (code, Some(mark)))
                }
            };
            let python = mark.and_then(|mark| mark.trim().parse().ok());
            Some(SourceLine { text: text.trim_end(), number, python })
        })
    }

    /// The lines that the steps of a run depend on, with their numbers: those that are shown,
    /// and behind them how the program is instantiated. Texts about the program, its imports
    /// and its types stand before them.
    pub fn body(&self) -> impl Iterator<Item = (u32, &'static str)> {
        (1..).zip(self.rust.lines()).skip_while(|(_, text)| text.trim() != "// [code]")
    }

    /// The Python that is shown, line by line; the marks count these from 1.
    pub fn python(&self) -> impl Iterator<Item = &'static str> {
        self.python.trim_matches('\n').lines()
    }

    /// The place of a source line, by its number in the file, in the Rust that is shown, from
    /// 0. `None` for lines that are not shown.
    pub fn place(&self, number: u32) -> Option<usize> {
        self.rust().position(|line| line.number == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUST: &str = "
//! About it.
// [code]
fn one() { //= 1
    if done() {
        //= 2
        return;
    }
}

fn two() {} //= 4
// [end]
fn instantiate() {}
";

    #[test]
    fn a_mark_on_a_line_of_its_own_belongs_to_the_line_before() {
        let source = Source { rust: RUST, python: "" };
        let lines: Vec<_> =
            source.rust().map(|line| (line.number, line.text, line.python)).collect();
        assert_eq!(
            lines,
            [
                (4, "fn one() {", Some(1)),
                (5, "    if done() {", Some(2)),
                (7, "        return;", None),
                (8, "    }", None),
                (9, "}", None),
                (10, "", None),
                (11, "fn two() {}", Some(4)),
            ]
        );
        assert_eq!((source.place(7), source.place(6), source.place(13)), (Some(2), None, None));
    }
}
