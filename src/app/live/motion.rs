//! The last seconds of the screen as pictures: its runs are taken back to one moment after the
//! other, as the user does by hand, and then to where they were.
//!
//! The runs go on meanwhile. A moment that is no longer kept counts as the oldest that is.

use std::time::{Duration, Instant};

use super::compose::compose;
use super::state::App;
use super::time;
use crate::app::picture;
use crate::export::Picture;
use crate::kit::clock::whole_ns;
use crate::lab::{PlaybackCommand, Run};
use crate::ui;

/// Between two pictures: enough for a step at the usual pace, and for a document of which a page
/// can hold one.
pub const STEP: Duration = Duration::from_millis(250);
const PICTURES: u64 = 32;

/// The screen as it was at moments `step` apart, up to the one that it shows. In the size of the
/// last frame. Fewer pictures of a run that is younger than all of them.
pub fn pictures(app: &mut App, step: Duration) -> Vec<Picture> {
    let step = whole_ns(step);
    let moments = time::moments(app);
    let shown = moments.iter().max().copied().unwrap_or_default();
    let playheads: Vec<_> = app.slots[app.visible()]
        .iter()
        .map(|slot| slot.run().and_then(Run::playhead).map(|playhead| playhead.at))
        .collect();
    let back = (0..PICTURES).map(|n| n.saturating_mul(step)).take_while(|back| *back <= shown);
    let pictures = back.collect::<Vec<_>>().into_iter().rev().filter_map(|back| {
        let moments = moments.iter().map(|at| Some(at.saturating_sub(back)));
        show(app, moments);
        let screen = compose(app, Instant::now());
        let (width, height) = app.size;
        picture::of(&ui::to_buffer(&screen, &app.theme, width, height))
    });
    let pictures = pictures.collect();
    if app.replays() {
        show(app, moments.into_iter().map(Some));
    } else {
        show(app, playheads.into_iter());
    }
    pictures
}

/// Shows each visible run at its moment, or at its present (`None`); a recording is moved there.
fn show(app: &mut App, moments: impl Iterator<Item = Option<u64>>) {
    if !app.replays() {
        return time::rewind(app, moments);
    }
    let visible = app.visible();
    for (slot, at) in app.slots[visible].iter_mut().zip(moments.flatten()) {
        slot.play(PlaybackCommand::Seek(at));
        let now = Instant::now();
        while slot.fold(now).more {}
    }
}
