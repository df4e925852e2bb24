//! Any events in any order: no panic, and the state stays consistent.

use std::time::Instant;

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::loop_harness::app;
use super::toy::DEADLINE;
use crate::app::live::actions::AppEffect;
use crate::app::live::compose::compose;
use crate::app::live::keymap::active_bindings;
use crate::app::live::message::Message;
use crate::app::live::overlay::Overlay;
use crate::app::live::state::{App, CurrentScreen};
use crate::app::live::update::update;
use crate::ui;

/// Drawing each state would take most of the time.
const DRAWN: usize = 25;

const CODES: [KeyCode; 13] = [
    KeyCode::Enter,
    KeyCode::Esc,
    KeyCode::Tab,
    KeyCode::BackTab,
    KeyCode::Backspace,
    KeyCode::Left,
    KeyCode::Right,
    KeyCode::Up,
    KeyCode::Down,
    KeyCode::Home,
    KeyCode::End,
    KeyCode::PageUp,
    KeyCode::PageDown,
];

fn any_message(random: &mut impl Rng) -> Message {
    let code = match random.random_range(0..3) {
        0 => CODES[random.random_range(0..CODES.len())],
        1 => KeyCode::Char(char::from(random.random_range(b' '..=b'~'))),
        _ => KeyCode::Char(
            ['1', '2', '3', 'g', '?', ' ', '/', ',', 'e', 'c', 'a', '+', 'r']
                [random.random_range(0..13)],
        ),
    };
    let kinds = [
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Up(MouseButton::Left),
        MouseEventKind::Drag(MouseButton::Left),
        MouseEventKind::ScrollUp,
        MouseEventKind::ScrollDown,
    ];
    let event = match random.random_range(0..10) {
        0..6 => Event::Key(KeyEvent::new(code, KeyModifiers::NONE)),
        6..9 => Event::Mouse(MouseEvent {
            kind: kinds[random.random_range(0..kinds.len())],
            column: random.random_range(0..130),
            row: random.random_range(0..50),
            modifiers: KeyModifiers::NONE,
        }),
        _ => Event::Paste("some\ntext \u{1b}[31m 日本".to_owned()),
    };
    match random.random_range(0..60) {
        0 => Message::Resized,
        1 => Message::Drawn,
        2 => Message::Notice("told".to_owned()),
        _ => Message::Input(event),
    }
}

fn check(app: &App) {
    assert!(app.focus < app.panes());
    assert!(matches!(app.at, CurrentScreen::Dashboard) || app.visible().end <= app.slots.len());
    let keys: Vec<_> = active_bindings(app).into_iter().flat_map(|binding| binding.keys).collect();
    let mut once = keys.clone();
    once.sort_by_key(ToString::to_string);
    once.dedup();
    assert_eq!(keys.len(), once.len(), "a key leads to two things");
    if let Some(Overlay::Menu(menu)) = &app.overlay {
        assert!(menu.selected < menu.items.len());
    }
    // All of the screen is of the past, or nothing.
    assert!(!app.looks_back() || app.open_runs().all(|run| run.playhead().is_some()));
}

#[test]
fn no_event_in_any_state_does_harm() {
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = SmallRng::seed_from_u64(seed);
    let mut app = app(None);
    app.open(Instant::now());
    let mut terminal = Terminal::new(TestBackend::new(100, 30)).unwrap();
    for n in 0..20_000 {
        let now = Instant::now();
        // Ends and stops are the loop's to bring about; here it goes on.
        let effect = update(&mut app, any_message(&mut random), now);
        if let Some(AppEffect::Redraw) = effect {
            let (width, height) = (random.random_range(0..130), random.random_range(0..50));
            terminal.backend_mut().resize(width, height);
        }
        check(&app);
        if n % DRAWN == 0 {
            app.advance(now);
            app.close_hidden_runs(now);
            app.update_story_line(now);
            let screen = compose(&app, now);
            app.shown.clone_from(&screen);
            let mut hits = ui::Hits::default();
            let theme = &app.theme;
            terminal.draw(|frame| hits = ui::draw(frame, &screen, theme)).unwrap();
            app.hits = hits;
        }
    }
    assert!(app.close(DEADLINE));
}
