//! The real loop on a made-up terminal: keys in, pictures out.

use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Sender, unbounded};
use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, TestBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::toy::{DEADLINE, LABS};
use crate::app::live::document::DocumentKind;
use crate::app::live::message::{ExitReason, Message};
use crate::app::live::path::Save;
use crate::app::live::run::{TerminalIo, run};
use crate::app::live::state::App;
use crate::lab::Settings;
use crate::ui::{self, Charset, ColorDepth, ThemeName};

/// What can be seen from outside.
#[derive(Debug, Default)]
pub struct Observed {
    pub text: String,
    pub frames: u64,
    /// Cells that were drawn.
    pub cells: u64,
    pub copied: Vec<String>,
    /// `None` for a document that a bug of the lab prevented.
    pub saved: Vec<Option<DocumentKind>>,
    /// How often everything was drawn afresh.
    pub clears: u32,
    pub stops: u32,
    pub resumes: u32,
    size: Option<(u16, u16)>,
    /// The terminal does not take frames.
    pub stalled: bool,
    /// How often the loop asked whether it does.
    pub asked: u64,
}

type SharedObserved = Arc<(Mutex<Observed>, Condvar)>;

/// A running loop.
pub struct LoopHarness {
    shared: SharedObserved,
    inbox: Sender<Message>,
    thread: Option<JoinHandle<(ExitReason, App)>>,
}

/// An app with four toys, the first three on the dashboard.
pub fn app(start: Option<usize>) -> App {
    app_with(start, &[])
}

/// The same with settings of the first toy.
pub fn app_with(start: Option<usize>, settings: &[(&str, &str)]) -> App {
    let labs = LABS.iter().enumerate().map(|(at, entry)| {
        let mut of = Settings::defaults(entry.info, 42, PathBuf::new(), true);
        for (key, value) in settings.iter().filter(|_| at == 0) {
            of.set(entry.info, key, value).unwrap();
        }
        (*entry, of)
    });
    let look =
        ui::Look { theme: ThemeName::Mono, depth: ColorDepth::None, charset: Charset::Unicode };
    App::new(labs.collect(), start, look, Instant::now())
}

pub fn key(code: KeyCode) -> Message {
    Message::Input(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

pub fn mouse(kind: MouseEventKind, column: u16, row: u16) -> Message {
    Message::Input(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
}

impl LoopHarness {
    pub fn open(mut app: App, width: u16, height: u16) -> Self {
        let shared = SharedObserved::default();
        let (inbox, outbox) = unbounded();
        let mut console = Fake(Arc::clone(&shared));
        let backend =
            Watched { screen: TestBackend::new(width, height), shared: Arc::clone(&shared) };
        let thread = std::thread::Builder::new()
            .spawn(move || {
                let mut terminal = Terminal::new(backend).unwrap();
                let Ok(why) = run(&mut app, &mut terminal, &mut console, &outbox);
                assert!(app.close(DEADLINE), "the labs did not end");
                (why, app)
            })
            .unwrap();
        Self { shared, inbox, thread: Some(thread) }
    }

    pub fn send(&self, message: Message) {
        self.inbox.send(message).unwrap();
    }

    pub fn press(&self, keys: &str) {
        for c in keys.chars() {
            self.send(key(KeyCode::Char(c)));
        }
    }

    pub fn code(&self, code: KeyCode) {
        self.send(key(code));
    }

    pub fn paste(&self, text: &str) {
        self.send(Message::Input(Event::Paste(text.to_owned())));
    }

    /// Clicks on the first place where this text stands.
    pub fn click(&self, text: &str) {
        let (x, y) = self.find(text);
        self.send(mouse(MouseEventKind::Down(MouseButton::Left), x, y));
        self.send(mouse(MouseEventKind::Up(MouseButton::Left), x, y));
    }

    pub fn find(&self, text: &str) -> (u16, u16) {
        let screen = self.text();
        let (y, line) = screen
            .lines()
            .enumerate()
            .find(|(_, line)| line.contains(text))
            .unwrap_or_else(|| panic!("`{text}` is not in\n{screen}"));
        let x = line[..line.find(text).unwrap()].chars().count();
        (u16::try_from(x).unwrap(), u16::try_from(y).unwrap())
    }

    pub fn resize(&self, width: u16, height: u16) {
        self.shared.0.lock().unwrap().size = Some((width, height));
        self.send(Message::Resized);
    }

    pub fn stall(&self, stalled: bool) {
        self.shared.0.lock().unwrap().stalled = stalled;
        if !stalled {
            self.send(Message::Drawn);
        }
    }

    pub fn text(&self) -> String {
        self.shared.0.lock().unwrap().text.clone()
    }

    /// Waits until what is seen is as wanted, and gives what `wanted` gives.
    pub fn until<T>(&self, what: &str, wanted: impl Fn(&Observed) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        let mut seen = self.shared.0.lock().unwrap();
        loop {
            if let Some(found) = wanted(&seen) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "not in time: {what}\n{}", seen.text);
            seen = self.shared.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    pub fn until_text(&self, text: &str) {
        self.until(text, |seen| seen.text.contains(text).then_some(()));
    }

    pub fn until_gone(&self, text: &str) {
        self.until(text, |seen| (!seen.text.contains(text)).then_some(()));
    }

    /// Ends the loop, and returns why it ended.
    pub fn quit(self) -> ExitReason {
        self.send(Message::End(ExitReason::Quit));
        self.quit_by_itself()
    }

    /// Waits for the end that something else has brought about.
    pub fn quit_by_itself(self) -> ExitReason {
        self.ended().0
    }

    /// Ends the loop after all that was sent, and gives why it ended, the state that it
    /// left, and what was seen.
    pub fn end(self) -> (ExitReason, App, Observed) {
        self.send(Message::End(ExitReason::Quit));
        let shared = Arc::clone(&self.shared);
        let (why, app) = self.ended();
        let seen = std::mem::take(&mut *shared.0.lock().unwrap());
        (why, app, seen)
    }

    fn ended(mut self) -> (ExitReason, App) {
        self.thread.take().unwrap().join().unwrap()
    }
}

struct Fake(SharedObserved);

impl Fake {
    fn note(&self, note: impl FnOnce(&mut Observed)) {
        note(&mut self.0.0.lock().unwrap());
        self.0.1.notify_all();
    }
}

impl TerminalIo for Fake {
    fn ready(&self) -> bool {
        let mut ready = true;
        self.note(|seen| {
            seen.asked += 1;
            ready = !seen.stalled;
        });
        ready
    }

    fn stop(&mut self) -> io::Result<()> {
        self.note(|seen| seen.stops += 1);
        Ok(())
    }

    fn resume(&mut self) -> io::Result<()> {
        self.note(|seen| seen.resumes += 1);
        Ok(())
    }

    fn copy(&mut self, text: &str) {
        self.note(|seen| seen.copied.push(text.to_owned()));
    }

    fn save(&mut self, kind: DocumentKind, app: &mut App) {
        let saved = kind.write(app).inspect(|text| assert!(!text.is_empty()));
        self.note(|seen| seen.saved.push(saved.ok().map(|_| kind)));
    }

    fn keep(&mut self, save: Save) {
        assert!(save().is_none());
    }
}

/// A backend that shows what was drawn as soon as it was.
struct Watched {
    screen: TestBackend,
    shared: SharedObserved,
}

impl Watched {
    /// Takes the size that was asked for.
    fn follow(&mut self) {
        let wanted = self.shared.0.lock().unwrap().size;
        let Ok(before) = self.screen.size();
        if let Some(size) = wanted.map(Size::from).filter(|size| *size != before) {
            self.screen.resize(size.width, size.height);
        }
    }
}

impl Backend for Watched {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.follow();
        let mut cells = 0;
        self.screen.draw(content.inspect(|_| cells += 1))?;
        self.shared.0.lock().unwrap().cells += cells;
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.screen.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        self.screen.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        self.screen.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.screen.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.screen.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> Result<(), Infallible> {
        self.follow();
        self.shared.0.lock().unwrap().clears += 1;
        self.shared.1.notify_all();
        self.screen.clear_region(region)
    }

    fn size(&self) -> Result<Size, Infallible> {
        let wanted = self.shared.0.lock().unwrap().size;
        wanted.map_or_else(|| self.screen.size(), |size| Ok(size.into()))
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        self.screen.window_size()
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        self.follow();
        let buffer = self.screen.buffer();
        let mut text = String::new();
        for row in buffer.content.chunks(usize::from(buffer.area.width.max(1))) {
            text.extend(row.iter().map(Cell::symbol));
            text.push('\n');
        }
        let mut seen = self.shared.0.lock().unwrap();
        seen.text = text;
        seen.frames += 1;
        drop(seen);
        self.shared.1.notify_all();
        Ok(())
    }
}
