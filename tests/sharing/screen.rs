//! The screen of the lab through real runs of all tools and misuses: nothing on it is cut.

use std::time::{Duration, Instant};

use ratatui::buffer::{Buffer, Cell};
use threadbare::lab::{Detail, Settings, ViewOptions};
use threadbare::labs;
use threadbare::scene::{Pane, Panel, Scene, Screen, View};
use threadbare::ui::{self, Charset, ColorDepth, Theme, ThemeName};

use crate::common::program;

/// Generous: others may compile on the same machine.
const LIMIT: Duration = Duration::from_mins(4);
const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

fn text(drawn: &Buffer) -> String {
    let columns = usize::from(drawn.area.width);
    let rows = drawn.content.chunks(columns);
    let row = |cells: &[Cell]| cells.iter().map(Cell::symbol).collect();
    rows.map(row).collect::<Vec<String>>().join("\n")
}

/// The upper end of the lab's screen, and the lower one.
fn drawn(scene: &Scene, (width, height): (u16, u16)) -> [String; 2] {
    let theme = Theme::new(ThemeName::Dark, ColorDepth::True, Charset::Unicode);
    [0, u16::MAX].map(|scroll| {
        let pane = Pane { scene: scene.clone(), focused: true, scroll, ..Pane::default() };
        let screen = Screen { view: View::Single(pane), ..Screen::default() };
        text(&ui::to_buffer(&screen, &theme, width, height))
    })
}

/// What the lab itself shows, down to its lists of tools. The findings are left out: they say how
/// many more lines there are to scroll to.
fn own(mut scene: Scene) -> Scene {
    scene.findings.clear();
    let is_list = |panel: &Panel| panel.title.to_string().contains("multiprocessing");
    let lists = scene.rows.iter().position(|row| row.panels.iter().any(is_list));
    scene.rows.truncate(lists.unwrap() + 1);
    scene
}

/// The texts of this scene that are cut, and titles that do not name the tool.
fn cut(scene: &Scene) -> Vec<String> {
    let tool = scene.badges.last().map(|badge| badge.text.to_string()).unwrap_or_default();
    let is_title = |line: &str| line.contains("Tools for sharing") && line.contains(&tool);
    let mut cut = Vec::new();
    for size in SIZES {
        for text in drawn(scene, size) {
            cut.extend(text.lines().filter(|line| line.contains('…')).map(str::to_owned));
            if !text.lines().any(is_title) {
                cut.push(format!("the title without {tool}:\n{text}"));
            }
        }
    }
    cut
}

#[test]
fn no_text_is_cut_while_the_tools_run() {
    let entry = labs::ALL.iter().find(|entry| entry.info.id == "sync").unwrap();
    let mut settings = Settings::defaults(entry.info, 1, program().to_owned(), false);
    for (key, value) in [("workers", "4"), ("ops", "3")] {
        settings.set(entry.info, key, value).unwrap();
    }
    let mut run = entry.open(settings).unwrap();
    let (mut before, mut all, mut scenes) = (Scene::default(), Vec::new(), 0);
    let began = Instant::now();
    while !run.finished() {
        assert!(began.elapsed() < LIMIT, "still not done");
        run.wait(Duration::from_millis(100));
        // One by one, so that every moment is seen.
        run.drain(1);
        let scene = own(run.scene(Detail::Full, &ViewOptions::default()));
        if scene != before {
            all.extend(cut(&scene));
            (before, scenes) = (scene, scenes + 1);
        }
    }
    all.sort();
    all.dedup();
    assert!(all.is_empty(), "{}", all.join("\n"));
}
