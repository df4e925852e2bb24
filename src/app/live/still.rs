//! The screen with recorded runs in place of live ones. The pictures of the README are made
//! with it, so they show what happened, and can be made again without a terminal.

use std::time::Instant;

use super::Options;
use super::compose::compose;
use super::state::App;
use crate::lab::{PlaybackCommand, Recording};
use crate::scene::Screen;

/// The screen with each lab at the end of its recording, as if that was a live run; the badge
/// says that it is a recording. As many recordings as labs, in their order.
pub fn still(options: Options, recordings: &[Recording]) -> Screen {
    let now = Instant::now();
    let mut app = App::new(options.labs, options.start, options.look, now);
    for (slot, recording) in app.slots.iter_mut().zip(recordings) {
        let mut run = recording.open();
        run.play(PlaybackCommand::Pause);
        run.play(PlaybackCommand::Seek(u64::MAX));
        while run.drain(1024) > 0 {}
        slot.put(run);
    }
    compose(&app, now)
}
