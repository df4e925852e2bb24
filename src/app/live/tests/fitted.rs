//! The recorded run of each lab, played through the whole screen: no label is cut at any usual
//! size, and no panel moves by itself.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::app_harness::AppHarness;
use crate::app::live::overlay::{Menu, Overlay, Prompt, Purpose};
use crate::app::live::state::App;
use crate::lab::{ActionKind, Entry, PlaybackCommand, Run};
use crate::labs;
use crate::ui::probe;

const SIZES: [(u16, u16); 4] = [(80, 24), (100, 30), (120, 40), (200, 60)];

/// Labs whose screens are in order; the others are still to be mended.
const UNCUT: &[&str] = &["list", "factorial", "pool", "worlds", "sync", "failures", "steps"];
const STEADY: &[&str] = &["list", "factorial", "pool", "worlds", "sync", "failures", "steps"];

/// The screen of these labs, each with its recorded run; the dashboard if there are several.
fn screen(labs: &[&str]) -> AppHarness {
    let mut harness = AppHarness::new(None);
    let recordings = labs.iter().map(|lab| {
        let path = format!("assets/recordings/{lab}.jsonl");
        let file = File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        Entry::read(labs::ALL, &mut BufReader::new(file)).unwrap()
    });
    let recordings: Vec<_> = recordings.collect();
    let entry = |lab: &str| *labs::ALL.iter().find(|entry| entry.info.id == lab).unwrap();
    let slots = labs.iter().zip(&recordings);
    let slots = slots.map(|(lab, recording)| (entry(lab), recording.settings.clone())).collect();
    let start = (labs.len() == 1).then_some(0);
    harness.app = App::new(slots, start, harness.app.style, harness.now);
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
fn seek(harness: &mut AppHarness, share: f64) {
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

/// Every screen, by the labs that are on it.
fn screens(which: &'static [&'static str]) -> impl Iterator<Item = Vec<&'static str>> {
    let dashboard: Vec<_> = ["list", "factorial", "pool"].into();
    let shown = dashboard.iter().all(|lab| which.contains(lab));
    which.iter().map(|lab| vec![*lab]).chain(shown.then_some(dashboard))
}

/// The menus and prompts that the screen can open, one after the other.
fn overlays(app: &App) -> Vec<Overlay> {
    let actions = app.open_runs().flat_map(Run::actions);
    let of_labs = actions.filter_map(|action| match action.kind {
        ActionKind::Ask { label, hint, command } => {
            let purpose = Purpose::Ask { command };
            Some(Overlay::Prompt(Prompt { label, hint, text: String::new(), purpose }))
        }
        ActionKind::Choose { title, .. } => {
            Some(Overlay::Menu(Menu { title, items: Vec::new(), selected: 0 }))
        }
        ActionKind::Press(_) | ActionKind::Copy(_) => None,
    });
    of_labs.collect()
}

#[test]
fn no_label_is_cut_at_any_usual_size() {
    let mut cut = Vec::new();
    for labs in screens(UNCUT) {
        let mut harness = screen(&labs);
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
                for label in probe::take().cut {
                    cut.push(format!("{labs:?} at {width}x{height}: {label}"));
                }
            }
        }
    }
    cut.sort();
    cut.dedup();
    assert!(cut.is_empty(), "{}", cut.join("\n"));
}

#[test]
fn no_panel_moves_while_a_run_is_played() {
    let mut moved = Vec::new();
    for labs in screens(STEADY) {
        for (width, height) in SIZES {
            let mut harness = screen(&labs);
            let mut before: Option<Vec<probe::DrawnPanel>> = None;
            for moment in 0..=40 {
                seek(&mut harness, f64::from(moment) / 40.0);
                probe::take();
                harness.draw(width, height);
                let panels = probe::take().panels;
                let areas = |panels: &[probe::DrawnPanel]| -> Vec<_> {
                    panels.iter().map(|panel| panel.1).collect()
                };
                if let Some(before) = before.filter(|before| areas(before) != areas(&panels)) {
                    let what = before.iter().zip(&panels).find(|(a, b)| a.1 != b.1);
                    moved.push(format!(
                        "{labs:?} at {width}x{height}, moment {moment}: {what:?}, {} panels -> {}",
                        before.len(),
                        panels.len()
                    ));
                }
                before = Some(panels);
            }
        }
    }
    assert!(moved.is_empty(), "{}", moved.join("\n"));
}

#[test]
fn the_key_of_the_code_shows_the_next_listing_and_moves_nothing() {
    let mut harness = screen(&["list"]);
    seek(&mut harness, 0.5);
    let mut seen = Vec::new();
    for _ in 0..3 {
        probe::take();
        let drawn = harness.draw(120, 80);
        let tab =
            ["▸ Python · Rust", "Python · ▸ Rust"].into_iter().find(|tab| drawn.contains(tab));
        let listing = drawn.contains("shared_list.append(number)");
        seen.push((tab, listing, probe::take().panels));
        harness.press("v");
    }
    let tabs: Vec<_> = seen.iter().map(|(tab, listing, _)| (tab.unwrap(), *listing)).collect();
    let (python, rust) = (("▸ Python · Rust", true), ("Python · ▸ Rust", false));
    assert_eq!(tabs, [python, rust, python]);
    assert!(seen.iter().all(|(_, _, panels)| *panels == seen[0].2));
}
