//! Records a lab's real run on a screen that nobody needs to watch:
//! `cargo run --example record list 10s > list.cast`, then `asciinema play list.cast`.

use std::io::{self, BufWriter};
use std::time::{Duration, Instant};

use threadbare::app::picture;
use threadbare::export::cast::Cast;
use threadbare::lab::{Detail, Entry, Settings, ViewOptions, parse_duration};
use threadbare::labs;
use threadbare::scene::{Pane, Screen, View};
use threadbare::ui::{self, Charset, ColorDepth, ThemeName};

const WIDTH: u16 = 120;
const HEIGHT: u16 = 40;
/// Time between frames.
const FRAME: Duration = Duration::from_millis(100);
/// Events taken in for one frame at most.
const CHUNK: usize = 100_000;
const LOOK: ui::Look =
    ui::Look { theme: ThemeName::Dark, depth: ColorDepth::True, charset: Charset::Unicode };

fn main() -> io::Result<()> {
    let mut words = std::env::args().skip(1);
    let lab = words.next().unwrap_or_default();
    let entry = labs::ALL.iter().find(|entry| entry.info.id == lab);
    let time = parse_duration(&words.next().unwrap_or_else(|| "10s".to_owned()));
    let (Some(entry), Some(time)) = (entry, time) else {
        return Err(io::Error::other("usage: record LAB [DURATION]"));
    };
    record(entry, time)
}

fn record(entry: &Entry, time: Duration) -> io::Result<()> {
    // Worker processes are started from the program itself, which is built beside this.
    let here = std::env::current_exe()?;
    let built = here.parent().and_then(|examples| examples.parent());
    let program = built.map_or_else(|| "threadbare".into(), |built| built.join("threadbare"));
    let settings = Settings::defaults(entry.info, 42, program, true);
    let mut run = entry.open(settings).map_err(io::Error::other)?;
    let out = BufWriter::new(io::stdout().lock());
    let mut cast = Cast::new(out, WIDTH, HEIGHT, &entry.info.question.into())?;
    let began = Instant::now();
    while began.elapsed() < time {
        run.drain(CHUNK);
        let screen = Screen {
            view: View::Single(Pane {
                scene: run.scene(Detail::Full, &ViewOptions::default()),
                focused: true,
                scroll: 0,
            }),
            ..Screen::default()
        };
        let buffer = ui::to_buffer(&screen, &LOOK.theme(), WIDTH, HEIGHT);
        if let Some(picture) = picture::of(&buffer) {
            cast.frame(began.elapsed(), &picture)?;
        }
        let next = began.elapsed().as_millis() / FRAME.as_millis() + 1;
        let due = FRAME * u32::try_from(next).unwrap_or(u32::MAX);
        // Waiting for the lab keeps the recorder from spinning between frames.
        while began.elapsed() < due {
            let left = due.saturating_sub(began.elapsed());
            run.wait(left);
            if run.drain(CHUNK) == 0 {
                break;
            }
        }
    }
    cast.finish().map(drop)
}
