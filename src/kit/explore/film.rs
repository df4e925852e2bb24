//! The film of a run: where it began and every step, so that any moment of it can
//! be looked at again without running anything.
//!
//! Must not know how the run was made.

use super::desk::{Desk, Next, Phase};
use super::turn::Turn;
use crate::kit::model::{Op, Seen};
use crate::kit::step::ObjectId;

/// One step of a run.
#[derive(Clone, Debug)]
pub struct Frame {
    pub turn: Turn,
    pub op: Op,
    pub object: Option<ObjectId>,
    pub line: u32,
    pub seen: Seen,
    /// What the thread announced after it, or how it ended; unknown if the run was
    /// over before that.
    pub then: Option<Then>,
}

/// What a thread did after a step.
#[derive(Clone, Debug)]
pub enum Then {
    Announced(Next),
    Ended(Phase),
}

/// A run, from its first announcements on.
#[derive(Clone, Debug)]
pub struct Film {
    first: Desk,
    frames: Vec<Frame>,
}

impl Film {
    pub(super) fn new(first: Desk, frames: Vec<Frame>) -> Self {
        Self { first, frames }
    }

    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    pub fn len(&self) -> usize {
        self.frames.len()
    }

    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The desk after `steps` steps; at the end for any number beyond it.
    pub fn at(&self, steps: usize) -> Desk {
        let mut desk = self.first.clone();
        for frame in self.frames.iter().take(steps) {
            play(&mut desk, frame);
        }
        desk
    }

    /// Shows every moment from before the first step to after the last one.
    pub fn walk(&self, mut show: impl FnMut(usize, &Desk)) {
        let mut desk = self.first.clone();
        show(0, &desk);
        for (step, frame) in (1..).zip(&self.frames) {
            play(&mut desk, frame);
            show(step, &desk);
        }
    }
}

fn play(desk: &mut Desk, frame: &Frame) {
    let thread = frame.turn.thread();
    if !frame.turn.is_step() {
        desk.drain(thread);
        return;
    }
    desk.step(thread);
    match &frame.then {
        Some(Then::Announced(next)) => desk.announce(thread, next.clone()),
        Some(Then::Ended(phase)) => desk.end(thread, *phase),
        None => {}
    }
}
