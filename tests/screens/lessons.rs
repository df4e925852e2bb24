//! Lessons as they are read on the smallest usual screen.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use threadbare::labs;
use threadbare::scene::{Guide, Overlay, Screen};
use threadbare::ui::{Charset, ColorDepth, Hits, Theme, ThemeName, draw};

/// Header, question, notice, footer and the frame of the window take six of 24 lines.
const LINES: u16 = 18;

#[test]
fn a_lesson_takes_two_screens_of_eighty_columns_at_most() {
    for info in labs::ALL.iter().map(|entry| entry.info) {
        let lesson = Overlay::Lesson {
            title: info.title.to_owned(),
            markdown: info.lesson.to_owned(),
            scroll: 0,
        };
        let (overlay, guide) = (Some(lesson), Some(Guide::default()));
        let screen = Screen { overlay, guide, ..Screen::default() };
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        let mut hits = Hits::default();
        let theme = Theme::new(ThemeName::Dark, ColorDepth::True, Charset::Unicode);
        terminal.draw(|frame| hits = draw(frame, &screen, &theme)).unwrap();
        assert!(hits.overlay_limit() <= LINES, "{}: {} more", info.id, hits.overlay_limit());
    }
}
