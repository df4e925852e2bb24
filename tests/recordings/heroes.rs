//! The dashboard over recorded runs: what it must show at each size, and that nothing in it moves
//! but what it shows.

use ratatui::buffer::Buffer;
use threadbare::lab::{Detail, PlaybackCommand, Run, ViewOptions};
use threadbare::scene::{Pane, Screen, View};
use threadbare::ui::{self, Charset, ColorDepth, Theme, ThemeName};

use super::{documented, read};

const SIZES: [(u16, u16); 4] = [(80, 24), (100, 30), (120, 40), (200, 60)];

/// The runs of the dashboard at shares of their length, from their beginning to their end.
fn moments(ids: &[&str], mut look: impl FnMut(&[Box<dyn Run>])) {
    let runs = documented().filter(|(entry, _)| ids.contains(&entry.info.id));
    let mut runs: Vec<_> = runs.map(|(_, file)| read(&file).open()).collect();
    let lengths: Vec<_> = runs.iter().map(|run| run.playback().unwrap().length).collect();
    for run in &mut runs {
        run.play(PlaybackCommand::Pause);
    }
    for share in 1..=40 {
        for (run, length) in runs.iter_mut().zip(&lengths) {
            run.play(PlaybackCommand::Seek(length / 40 * share));
            while run.drain(1000) > 0 {}
        }
        look(&runs);
    }
}

fn dashboard(runs: &[Box<dyn Run>], (width, height): (u16, u16)) -> Buffer {
    let look = ViewOptions::default();
    let pane = |run: &dyn Run| Pane { scene: run.scene(Detail::Compact, &look), ..Pane::default() };
    let view = View::Dashboard(runs.iter().map(|run| pane(run.as_ref())).collect());
    let theme = Theme::new(ThemeName::Dark, ColorDepth::True, Charset::Unicode);
    ui::to_buffer(&Screen { view, ..Screen::default() }, &theme, width, height)
}

fn rows(buf: &Buffer) -> Vec<String> {
    let row = |y| (0..buf.area.width).map(|x| buf[(x, y)].symbol()).collect();
    (0..buf.area.height).map(row).collect()
}

#[test]
fn the_heroes_of_list_and_factorial_are_whole_at_every_size() {
    for size in SIZES {
        moments(&["list", "factorial", "pool"], |runs| {
            let text = rows(&dashboard(runs, size)).join("\n");
            for part in ["lost ", "duplicated ", " added", "queued", "w_0", "w_3", "10!"] {
                assert!(text.contains(part), "`{part}` is not in\n{text}");
            }
            // Each thread with its timeline.
            for name in ["add-1", "remove-1"] {
                let lanes = text.lines().filter(|line| line.contains(name)).count();
                assert!(lanes >= 1, "{name} is not in\n{text}");
            }
        });
    }
}

#[test]
fn nothing_in_the_dashboard_of_list_and_factorial_moves_by_itself() {
    for size in SIZES {
        let mut first: Option<Vec<(usize, usize)>> = None;
        moments(&["list", "factorial"], |runs| {
            let rows = rows(&dashboard(runs, size));
            let corners = rows.iter().enumerate().flat_map(|(y, row)| {
                let corners = row.chars().enumerate().filter(|(_, c)| "╭╮╰╯┌┐└┘".contains(*c));
                corners.map(move |(x, _)| (x, y))
            });
            let corners: Vec<_> = corners.collect();
            let before = first.get_or_insert_with(|| corners.clone());
            assert_eq!(*before, corners, "{size:?}\n{}", rows.join("\n"));
        });
    }
}

/// A recording cannot be guessed about, stepped or asked: only the footer names keys, and it
/// names those that there are.
#[test]
fn no_scene_of_a_recording_asks_for_a_key() {
    for (entry, file) in documented() {
        let mut run = read(&file).open();
        run.play(PlaybackCommand::Seek(u64::MAX));
        while run.drain(1000) > 0 {}
        for detail in [Detail::Compact, Detail::Full] {
            let scene = format!("{:?}", run.scene(detail, &ViewOptions::default()));
            assert!(!scene.contains("Press ") && !scene.contains("press "), "{}", entry.info.id);
        }
    }
}
