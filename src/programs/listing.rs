//! The code that is shown is the code that runs: a listing is cut out of the
//! program's own source file, so that a thread's line is the line where it stands.
//!
//! In the source, `// [code]` and `// [end]` enclose what is shown, and `//= 3` at the
//! end of a line says that it corresponds to line 3 of the Python beside it.

/// Where a program's listing comes from: its own source file, and its translation.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The whole source file, as the compiler has read it.
    pub rust: &'static str,
    /// The same in Python, translated by hand. One line is one step or a few.
    pub python: &'static str,
}

/// One line of the Rust that runs, without its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceLine {
    pub text: &'static str,
    /// Its number in the source file, from 1.
    pub number: u32,
    /// The corresponding line of the Python, from 1; `None` where it has no counterpart.
    pub python: Option<u16>,
}

impl Source {
    /// The Rust that is shown.
    pub fn rust(&self) -> impl Iterator<Item = SourceLine> {
        (1..)
            .zip(self.rust.lines())
            .skip_while(|(_, text)| text.trim() != "// [code]")
            .skip(1)
            .take_while(|(_, text)| text.trim() != "// [end]")
            .map(|(number, text)| line(number, text))
    }

    /// The Python that is shown.
    pub fn python(&self) -> impl Iterator<Item = &'static str> {
        self.python.trim_matches('\n').lines()
    }

    /// The place of a source line, by its number in the file, in the Rust that is shown, from
    /// 0. `None` for lines that are not shown.
    pub fn place(&self, number: u32) -> Option<usize> {
        self.rust().position(|line| line.number == number)
    }
}

fn line(number: u32, text: &'static str) -> SourceLine {
    match text.rsplit_once("//=") {
        Some((code, python)) => {
            SourceLine { text: code.trim_end(), number, python: python.trim().parse().ok() }
        }
        None => SourceLine { text, number, python: None },
    }
}
