//! What a drawing did, for tests of whole screens: the labels of which no form fitted, and where
//! the panels were.

use std::cell::RefCell;

/// The title of a panel, and its left, top, width and height on the screen.
pub type DrawnPanel = (String, [i32; 4]);

#[derive(Debug, Default)]
pub struct Drawing {
    pub cut: Vec<String>,
    pub panels: Vec<DrawnPanel>,
}

thread_local! {
    static DRAWING: RefCell<Drawing> = RefCell::default();
}

pub fn cut(label: &str) {
    DRAWING.with_borrow_mut(|drawing| drawing.cut.push(label.to_owned()));
}

pub fn panel(title: &str, area: [i32; 4]) {
    DRAWING.with_borrow_mut(|drawing| drawing.panels.push((title.to_owned(), area)));
}

/// What was drawn by this thread since the last call.
pub fn take() -> Drawing {
    DRAWING.take()
}
