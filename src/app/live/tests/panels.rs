//! The panels of a lab, by keys and by the mouse, at three sizes: which has the keyboard, which
//! the whole screen.

use std::fs::File;
use std::io::BufReader;
use std::time::Instant;

use crossterm::event::{KeyCode, MouseButton, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;

use super::keys::message;
use super::loop_harness::{LoopHarness, app, mouse};
use crate::app::live::compose::compose;
use crate::app::live::focus::titles;
use crate::app::live::keymap::Key;
use crate::app::live::panels;
use crate::app::live::state::App;
use crate::app::live::update::update;
use crate::lab::{Entry, PlaybackCommand};
use crate::scene::{Body, Pane, View};
use crate::ui::{self, Charset, ColorDepth, Hit, ThemeName};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];
/// The panels of the toy.
const TOYS: [&str; 4] = ["Timeline", "Story", "Wait-for graph", "Lock contention"];

#[test]
fn each_panel_is_reached_and_enlarged_by_keys() {
    for (width, height) in SIZES {
        let harness = LoopHarness::open(app(Some(0)), width, height);
        harness.until_text("in full");
        for title in TOYS {
            harness.code(KeyCode::Tab);
            harness.until_text(&format!("▸ {title}"));
            harness.code(KeyCode::Enter);
            harness.until_gone("in full");
            assert!(harness.text().contains(title), "{}", harness.text());
            harness.code(KeyCode::Esc);
            harness.until_text(&format!("▸ {title}"));
            harness.press("zz");
        }
        harness.code(KeyCode::BackTab);
        harness.until_text("▸ Wait-for graph");
        harness.code(KeyCode::Esc);
        harness.until_text("▸ Toy");
        harness.quit();
    }
}

#[test]
fn each_panel_is_reached_and_enlarged_by_the_mouse() {
    for (width, height) in SIZES {
        let harness = LoopHarness::open(app(Some(0)), width, height);
        harness.until_text("in full");
        for title in TOYS {
            // Those that are out of sight are scrolled to.
            for _ in 0..20 {
                harness.send(mouse(MouseEventKind::ScrollDown, 3, 3));
            }
            harness.until_text(title);
            harness.click(title);
            harness.until_text(&format!("▸ {title}"));
            let (x, y) = harness.find(title);
            for _ in 0..2 {
                harness.send(mouse(MouseEventKind::Down(MouseButton::Left), x, y));
            }
            harness.until("it alone", |seen| {
                let others = TOYS.iter().filter(|one| seen.text.contains(**one)).count();
                (others == 1 && seen.text.contains(&format!("▸ {title}"))).then_some(())
            });
            harness.click("esc back");
            harness.until("all of them", |seen| seen.text.contains(TOYS[3]).then_some(()));
        }
        harness.quit();
    }
}

/// A lab on the whole screen at the end of its recorded run.
fn recorded(all: &[Entry], lab: &Entry) -> App {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/recordings");
    let file = File::open(format!("{folder}/{}.jsonl", lab.info.id)).unwrap();
    let recording = Entry::read(all, &mut BufReader::new(file)).unwrap();
    let look =
        ui::Look { theme: ThemeName::Mono, depth: ColorDepth::None, charset: Charset::Unicode };
    let now = Instant::now();
    let labs = vec![(*lab, recording.settings.clone())];
    let mut app = App::new(labs, Some(0), look, now);
    app.slots[0].play_recording(recording);
    app.open(now);
    app.play(PlaybackCommand::Pause);
    app.play(PlaybackCommand::Seek(u64::MAX));
    while app.advance(now).more {}
    app
}

/// Makes a frame as the loop does, and gives it as text.
fn draw(app: &mut App, (width, height): (u16, u16)) -> String {
    let screen = compose(app, Instant::now());
    app.shown.clone_from(&screen);
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let (theme, mut hits) = (&app.theme, ui::Hits::default());
    terminal.draw(|frame| hits = ui::draw(frame, &screen, theme)).unwrap();
    app.hits = hits;
    terminal.backend().buffer().content.iter().map(Cell::symbol).collect()
}

fn pane(app: &App) -> &Pane {
    match &app.shown.view {
        View::Single(pane) => pane,
        View::Dashboard(_) => panic!("no lab"),
    }
}

/// Which labs there are is known above the app, so the test is there.
pub fn reach_all_panels(all: &[Entry]) {
    for lab in all {
        for size in SIZES {
            let mut app = recorded(all, lab);
            let press = |app: &mut App, key| {
                update(app, message(key), Instant::now());
                draw(app, size)
            };
            draw(&mut app, size);
            let count = titles(&pane(&app).scene).len();
            assert!(count > 2, "{}", lab.info.id);
            let panels = pane(&app).scene.rows.iter().flat_map(|row| &row.panels);
            for bare in panels.filter(|panel| panel.title.is_empty()) {
                // A few words are read where they are; a picture has a title, and is reached.
                let words = matches!(
                    bare.body,
                    Body::Lines(_) | Body::Prose(_) | Body::Progress(_) | Body::Structure(_)
                );
                assert!(words, "{}: {:?}", lab.info.id, bare.body);
            }
            for number in (0..count).chain([0]) {
                press(&mut app, Key::Tab);
                let what = format!("panel {number} of {} at {size:?}", lab.info.id);
                assert_eq!(panels::focused(&app), Some(number), "{what}");
                let (place, scroll) = (app.hits.panel(number), pane(&app).scroll);
                let seen = place.top >= scroll && place.top < scroll + app.hits.room();
                // The findings are always in view, below what scrolls.
                assert!(seen || number + 1 == count, "{what}: {place:?} at {scroll}");
            }
            press(&mut app, Key::Enter);
            for number in (1..count).chain([0]) {
                let drawn = press(&mut app, Key::Tab);
                assert!(panels::zoomed(&app) && drawn.contains('▸'), "{drawn}");
                let zones = app.hits.zones.iter().filter_map(|(_, hit)| match hit {
                    Hit::Panel(number) => Some(*number),
                    _ => None,
                });
                assert_eq!(zones.collect::<Vec<_>>(), [number], "{} at {size:?}", lab.info.id);
            }
        }
    }
}
