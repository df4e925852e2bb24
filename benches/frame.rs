//! One frame of the dashboard at 120x40, from a finished screen to bytes for the
//! terminal, against a bare ratatui program that draws as much with stock widgets.

mod common;
#[path = "../tests/screens/fixtures/mod.rs"]
#[expect(dead_code, reason = "the tests draw more screens than this")]
mod fixtures;

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use common::{Goals, Rival, Spread};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Paragraph};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};
use threadbare::lab::{Detail, Entry, PlaybackCommand, ViewOptions};
use threadbare::labs;
use threadbare::scene::{Screen, View};
use threadbare::ui::{self, Charset, ColorDepth, Theme, ThemeName};

const SIZE: (u16, u16) = (120, 40);
/// Frames per round.
const FRAMES: u32 = 200;
/// Between two frames of a program that is watched.
const REST: Duration = Duration::from_millis(50);

fn main() {
    let theme = Theme::new(ThemeName::Dark, ColorDepth::True, Charset::Unicode);
    let ascii = Theme::new(ThemeName::Dark, ColorDepth::True, Charset::Ascii);
    let screens = [fixtures::dashboard(), stirred(fixtures::dashboard())];
    let (lab, crowd) = (fixtures::lab(), fixtures::crowd());
    let ours = |theme: &Theme| {
        frames(|frame, turn| {
            ui::draw(frame, &screens[turn % 2], theme);
        })
    };
    let times = common::table(
        &format!("one frame drawn at {}x{}, a few figures changed each time", SIZE.0, SIZE.1),
        30,
        u64::from(FRAMES),
        &mut [
            Rival::new("bare ratatui, stock widgets", || frames(bare)),
            Rival::new("threadbare's dashboard", || ours(&theme)),
            Rival::new("threadbare's dashboard, ASCII", || ours(&ascii)),
            Rival::new("threadbare's lab screen, unchanged", || {
                frames(|frame, _| {
                    ui::draw(frame, &lab, &theme);
                })
            }),
            Rival::new("1,024 workers, unchanged", || {
                frames(|frame, _| {
                    ui::draw(frame, &crowd, &theme);
                })
            }),
        ],
    );
    let mut goals = Goals::new("frame");
    goals.add("the dashboard drawn, against bare ratatui", times[1].to(&times[0]), 2.0);
    let whole = whole_frames(&theme);
    goals.add("a whole frame after a rest, against bare ratatui", whole, 2.0);
    goals.print();
}

/// Frames as the running program makes them: scenes, comparison and drawing, each after a rest in
/// which the processor's caches forget them. That is most of what a frame costs.
fn whole_frames(theme: &Theme) -> Spread {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/recordings");
    let runs: Vec<_> = labs::ALL[..3]
        .iter()
        .map(|entry| {
            let file = File::open(assets.join(format!("{}.jsonl", entry.info.id)));
            let file = &mut BufReader::new(file.expect("each lab has a recording"));
            let mut run = Entry::read(labs::ALL, file).expect("it can be read").open();
            run.play(PlaybackCommand::Pause);
            run.play(PlaybackCommand::Seek(u64::MAX));
            while run.drain(1024) > 0 {}
            run
        })
        .collect();
    let composed = || {
        let mut screen = fixtures::dashboard();
        if let View::Dashboard(panes) = &mut screen.view {
            for (pane, run) in panes.iter_mut().zip(&runs) {
                pane.scene = run.scene(Detail::Compact, &ViewOptions::default());
            }
        }
        screen
    };
    let last = composed();
    let mut bare_terminal = terminal();
    let mut our_terminal = terminal();
    let mut turn = 0;
    let times = common::table(
        &format!("one whole frame at {}x{}, after {} ms of rest", SIZE.0, SIZE.1, REST.as_millis()),
        60,
        1,
        &mut [
            Rival::new("bare ratatui, stock widgets", || {
                thread::park_timeout(REST);
                turn += 1;
                common::timed(|| bare_terminal.draw(|frame| bare(frame, turn)).is_ok())
            }),
            Rival::new("threadbare's dashboard", || {
                thread::park_timeout(REST);
                common::timed(|| {
                    let screen = composed();
                    let same = screen == last;
                    let draw = |frame: &mut Frame<'_>| drop(ui::draw(frame, &screen, theme));
                    (same, our_terminal.draw(draw).is_ok())
                })
            }),
        ],
    );
    times[1].to(&times[0])
}

/// The same with other figures, so that there is something to send.
fn stirred(mut screen: Screen) -> Screen {
    if let View::Dashboard(panes) = &mut screen.view {
        for pane in panes {
            pane.scene.badge("run 2", threadbare::scene::Tone::Dim);
        }
    }
    screen
}

/// The time that `FRAMES` frames take, bytes included; they go nowhere.
fn frames(mut draw: impl FnMut(&mut Frame<'_>, usize)) -> Duration {
    let mut terminal = terminal();
    let start = Instant::now();
    for turn in 0..FRAMES as usize {
        terminal.draw(|frame| draw(frame, turn)).expect("nothing refuses the bytes");
    }
    start.elapsed()
}

/// One whose bytes go nowhere.
fn terminal() -> Terminal<CrosstermBackend<io::BufWriter<io::Sink>>> {
    let area = Rect::new(0, 0, SIZE.0, SIZE.1);
    let out = io::BufWriter::with_capacity(1 << 16, io::sink());
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    Terminal::with_options(CrosstermBackend::new(out), options)
        .expect("a fixed viewport asks no terminal")
}

/// A dashboard of three bordered panes, tabs and keys, with the text that such a
/// program would format for each frame.
fn bare(frame: &mut Frame<'_>, turn: usize) {
    let [head, top, low, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Fill(1),
        Constraint::Length(2),
    ])
    .areas(frame.area());
    let [left, right] =
        Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]).areas(top);
    let dim = Style::new().fg(Color::DarkGray);
    let bold = Style::new().fg(Color::White).add_modifier(Modifier::BOLD);
    let cyan = Style::new().fg(Color::Cyan);
    let tabs: Vec<Span<'_>> = (1..9)
        .flat_map(|i| [Span::styled(format!(" {i} "), cyan), Span::styled("Dashboard", dim)])
        .collect();
    frame.render_widget(Line::from(tabs), head);
    for (area, title, lines) in
        [(left, "Shared list", 9), (right, "Factorials", 9), (low, "Processes", 8)]
    {
        let text: Vec<Line<'_>> = (0..lines)
            .map(|i| {
                Line::from(vec![
                    Span::styled(format!("worker {i}  "), bold),
                    Span::styled("● running ", cyan),
                    Span::raw(format!("appended {}   ", turn % 2 + i)),
                    Span::styled("████████▓▓▓▒▒░░· 1.3 ms", cyan),
                ])
            })
            .collect();
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(dim)
            .title(Span::styled(format!(" {title} "), bold));
        frame.render_widget(Paragraph::new(text).block(block), area);
    }
    let keys: Vec<Span<'_>> = ["lock", "speed", "restart", "freeze", "help", "quit"]
        .iter()
        .flat_map(|key| [Span::styled(&key[..1], cyan), Span::styled(format!(" {key}  "), dim)])
        .collect();
    frame.render_widget(
        Paragraph::new(vec![Line::raw("12.103 s  removed 8"), Line::from(keys)]),
        foot,
    );
}
