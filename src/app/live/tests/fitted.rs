//! Recorded runs, played through the whole screen: what is cut off, and what moves by itself.
//! Which labs there are is known above the app, so the tests are there.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use ratatui::layout::Rect;

use super::app_harness::AppHarness;
use crate::app::live::overlay::{Interview, Menu, Overlay, Prompt, Purpose};
use crate::app::live::state::App;
use crate::lab::{ActionKind, Entry, PlaybackCommand, Run};
use crate::ui::{self, probe};

/// Lines below what scrolls, at most: findings, story and keys.
const BELOW: u16 = 3;
const SIZES: [(u16, u16); 4] = [(80, 24), (100, 30), (120, 40), (200, 60)];

/// The screen of these labs, each with its recorded run; the dashboard if there are several.
pub fn screen(all: &[Entry], labs: &[&str]) -> AppHarness {
    let recordings = labs.iter().map(|lab| {
        let path = format!("assets/recordings/{lab}.jsonl");
        let file = File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        Entry::read(all, &mut BufReader::new(file)).unwrap()
    });
    let recordings: Vec<_> = recordings.collect();
    let entry = |lab: &str| *all.iter().find(|entry| entry.info.id == lab).unwrap();
    let slots = labs.iter().zip(&recordings);
    let slots = slots.map(|(lab, recording)| (entry(lab), recording.settings.clone())).collect();
    let start = (labs.len() == 1).then_some(0);
    let mut harness = AppHarness::closed(slots, start);
    for (slot, recording) in harness.app.slots.iter_mut().zip(recordings) {
        slot.play_recording(recording);
    }
    harness.app.open(harness.now);
    for slot in &mut harness.app.slots {
        slot.play(PlaybackCommand::Pause);
    }
    harness
}

/// Shows the moment after `share` of the run, in each of its parts.
pub fn seek(harness: &mut AppHarness, share: f64) {
    for slot in &mut harness.app.slots {
        let length = slot.run().and_then(Run::playback).map_or(0, |playback| playback.length);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a test"
        )]
        slot.play(PlaybackCommand::Seek((length as f64 * share) as u64));
    }
    while harness.app.advance(harness.now).more {}
}

/// The menus and prompts that the screen can open, one after the other.
fn overlays(app: &App) -> Vec<Overlay> {
    let actions = app.open_runs().flat_map(Run::actions);
    let of_labs = actions.flat_map(|action| match action.kind {
        ActionKind::Ask { label, hint, command } => {
            let purpose = Purpose::Ask { command };
            vec![Overlay::Prompt(Prompt { label, hint, text: String::new(), purpose })]
        }
        ActionKind::Choose { title, .. } => {
            vec![Overlay::Menu(Menu { title, items: Vec::new(), selected: 0, questions: None })]
        }
        ActionKind::Interview { questions, .. } => {
            let each = questions.into_iter();
            each.map(|question| Interview::new(vec![question]).next()).collect()
        }
        ActionKind::Press(_)
        | ActionKind::StepByStep(_)
        | ActionKind::Refuse(_)
        | ActionKind::Copy(_)
        | ActionKind::Terminal(_)
        | ActionKind::Restart(_) => Vec::new(),
    });
    of_labs.collect()
}

/// The labels of a screen with these labs that are cut at a usual size, at any moment.
pub fn cut_labels(all: &[Entry], labs: &[&str]) -> Vec<String> {
    let mut cut = Vec::new();
    let mut harness = screen(all, labs);
    for moment in 0..=12 {
        seek(&mut harness, f64::from(moment) / 12.0);
        for (width, height) in SIZES {
            probe::take();
            harness.draw(width, height);
            for overlay in overlays(&harness.app) {
                harness.app.overlay = Some(overlay);
                harness.draw(width, height);
                harness.app.overlay = None;
            }
            let labels = probe::take().cut.into_iter();
            cut.extend(labels.map(|label| format!("{labs:?} at {width}x{height}: {label}")));
        }
    }
    cut.sort();
    cut.dedup();
    cut
}

/// The moments at which a panel of a screen with these labs is elsewhere than the moment before.
pub fn moved_panels(all: &[Entry], labs: &[&str]) -> Vec<String> {
    let mut moved = Vec::new();
    for (width, height) in SIZES {
        let mut harness = screen(all, labs);
        let mut before: Option<Vec<probe::DrawnPanel>> = None;
        for moment in 0..=40 {
            seek(&mut harness, f64::from(moment) / 40.0);
            probe::take();
            harness.draw(width, height);
            let panels = probe::take().panels;
            let areas =
                |panels: &[probe::DrawnPanel]| panels.iter().map(|it| it.1).collect::<Vec<_>>();
            if let Some(before) = before.filter(|before| areas(before) != areas(&panels)) {
                let what = before.iter().zip(&panels).find(|(a, b)| a.1 != b.1);
                let counts = (before.len(), panels.len());
                moved.push(format!(
                    "{labs:?} at {width}x{height}, moment {moment}: {what:?}, {counts:?} panels"
                ));
            }
            before = Some(panels);
        }
    }
    moved
}

/// The share of each panel that shows nothing, in percent, at the moment of the run when it shows
/// the most. Of the panels that are wholly in view.
pub fn blank_shares(
    all: &[Entry],
    labs: &[&str],
    (width, height): (u16, u16),
) -> Vec<(String, u32)> {
    let mut harness = screen(all, labs);
    let mut shares: Vec<(String, u32)> = Vec::new();
    for moment in 1..=12 {
        seek(&mut harness, f64::from(moment) / 12.0);
        harness.app.update_story_line(harness.now);
        probe::take();
        let drawn = ui::to_buffer(&harness.screen(), &harness.app.theme, width, height);
        for (title, area) in probe::take().panels {
            let [x, y, columns, lines] = area.map(|it| u16::try_from(it).unwrap_or(0));
            let inside =
                Rect::new(x + 1, y + 1, columns.saturating_sub(2), lines.saturating_sub(2));
            let in_view = Rect::new(0, 0, width, height - BELOW).intersection(inside) == inside;
            if title.is_empty() || inside.is_empty() || !in_view {
                continue;
            }
            let behind = drawn[(x, y)].bg;
            let blank = |at| drawn[at].symbol() == " " && drawn[at].bg == behind;
            let blank = inside.positions().filter(|position| blank(*position)).count();
            let share = u32::try_from(blank * 100).unwrap() / inside.area();
            match shares.iter_mut().find(|(other, _)| *other == title) {
                Some((_, least)) => *least = share.min(*least),
                None => shares.push((title, share)),
            }
        }
    }
    shares
}

/// Presses the key of the code on the screen of this lab: the tabs each time, whether the text
/// shows below them, and whether any panel has moved.
pub fn code_tabs(all: &[Entry], lab: &str, text: &str) -> Vec<(String, bool, bool)> {
    let mut harness = screen(all, &[lab]);
    seek(&mut harness, 0.5);
    let mut first = None;
    let mut seen = Vec::new();
    for _ in 0..3 {
        probe::take();
        let drawn = harness.draw(120, 90);
        let panels = probe::take().panels;
        let tabs = ["▸ Python · Rust", "Python · ▸ Rust"].into_iter();
        let tabs = tabs.filter(|tabs| drawn.contains(tabs)).collect();
        let first = first.get_or_insert_with(|| panels.clone());
        seen.push((tabs, drawn.contains(text), panels != *first));
        harness.press("v");
    }
    seen
}
