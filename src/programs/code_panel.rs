//! The code of a program that is executed step by step, as a panel shows it.

use super::{Case, StepProgram};
use crate::scene::{Code, CodeLine, Language, Listing, Span};

impl StepProgram {
    /// The code in Python and as it runs here. `at` marks the threads whose next step is at one
    /// of the lines for which its argument is true.
    ///
    /// Lines are found by their numbers in the source file, so what is shown cannot differ from
    /// what runs. Each line of the Python corresponds to lines of the Rust; one that corresponds
    /// to none is never marked.
    pub fn code(&self, case: Case, at: impl Fn(&dyn Fn(u32) -> bool) -> Vec<Span>) -> Code {
        let rust: Vec<_> = self.source.rust().collect();
        let python = (1..).zip(self.source.python()).map(|(number, text)| {
            let corresponds = |line| {
                rust.iter().any(|shown| shown.number == line && shown.python == Some(number))
            };
            CodeLine { text: text.into(), at: at(&corresponds), skipped: self.skips(case, text) }
        });
        let rust_lines = rust.iter().map(|shown| CodeLine {
            text: narrow(shown.text).into(),
            at: at(&|line| line == shown.number),
            skipped: self.skips(case, shown.text),
        });
        Code::new(vec![
            Listing::new(Language::Python, python),
            Listing::new(Language::Rust, rust_lines),
        ])
    }
}

/// The line with half its indentation, two columns a level instead of four: room is short where
/// code is beside another panel.
fn narrow(code: &str) -> String {
    let text = code.trim_start();
    let indent = (code.len() - text.len()) / 2;
    format!("{:indent$}{text}", "")
}
