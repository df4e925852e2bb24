//! Which part of the screen the keyboard controls. In a module of its own, because both the
//! state of the program and the table of keys depend on it, and the table depends on the state.

use crate::scene::Scene;

/// Which part of the screen gets the next key. Each row of the table of keys lists those in
/// which it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputContext {
    Dashboard,
    Lab,
    /// A text with a scroll position: help or lesson.
    Reading,
    Menu,
    /// A line of input. Characters are typed text here, so no command has one of them as its
    /// key.
    Prompt,
    /// The terminal of a lab: keys are for what runs in it, as in a prompt.
    Terminal,
}

/// The title of the findings, which have none in a scene.
const FINDINGS: &str = "Findings";

/// The panel that has the keyboard, of a lab on the whole screen. It is known by its number and
/// its title: where a lab shows other panels for a while, the one that the user chose is found
/// again, and one whose title changes stays chosen.
#[derive(Clone, Debug)]
pub struct ChosenPanel {
    pub number: usize,
    pub title: String,
    /// It has the whole screen.
    pub zoomed: bool,
}

impl ChosenPanel {
    /// Its number in this scene, if the scene still has it.
    pub fn in_scene(&self, scene: &Scene) -> Option<usize> {
        let titles = titles(scene);
        if titles.get(self.number) == Some(&self.title.as_str()) {
            return Some(self.number);
        }
        let moved = titles.iter().position(|title| *title == self.title);
        moved.or((self.number < titles.len()).then_some(self.number))
    }
}

/// What can have the keyboard, by its number.
pub fn titles(scene: &Scene) -> Vec<&str> {
    let findings = (!scene.findings.is_empty()).then_some(FINDINGS);
    scene.titled().map(|panel| &*panel.title).chain(findings).collect()
}
