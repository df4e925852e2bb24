//! Draws the documentation's pictures into `assets/`: the dashboard and each lab at the end of
//! the run in `assets/recordings/`, so that the same recordings give the same pictures. The
//! example `record` records them again.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use threadbare::app::live::{Options, still};
use threadbare::app::picture;
use threadbare::export::svg;
use threadbare::lab::{Entry, Recording};
use threadbare::labs;
use threadbare::ui::{self, Charset, ColorDepth, ThemeName};

const WIDTH: u16 = 120;
const DASHBOARD_HEIGHT: u16 = 34;
const LAB_HEIGHT: u16 = 48;
const LOOK: ui::Look =
    ui::Look { theme: ThemeName::Dark, depth: ColorDepth::True, charset: Charset::Unicode };

fn main() -> io::Result<()> {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let recordings: Vec<_> =
        labs::ALL.iter().map(|entry| read(&assets, entry)).collect::<io::Result<_>>()?;
    draw(&assets.join("dashboard.svg"), &recordings, None, DASHBOARD_HEIGHT)?;
    for (at, entry) in labs::ALL.iter().enumerate() {
        let file = assets.join(format!("{}.svg", entry.info.id));
        draw(&file, &recordings, Some(at), LAB_HEIGHT)?;
    }
    Ok(())
}

fn read(assets: &Path, entry: &Entry) -> io::Result<Recording> {
    let file = File::open(assets.join(format!("recordings/{}.jsonl", entry.info.id)))?;
    Entry::read(labs::ALL, &mut BufReader::new(file)).map_err(io::Error::other)
}

fn draw(
    file: &PathBuf,
    recordings: &[Recording],
    start: Option<usize>,
    height: u16,
) -> io::Result<()> {
    let labs = labs::ALL.iter().zip(recordings);
    let labs = labs.map(|(entry, recording)| (*entry, recording.settings.clone()));
    let options =
        Options { labs: labs.collect(), start, recording: None, look: LOOK, warning: None };
    let screen = still(options, recordings);
    let title = match start {
        None => "threadbare: the dashboard".to_owned(),
        Some(lab) => format!("threadbare: {}", labs::ALL[lab].info.title),
    };
    let buffer = ui::to_buffer(&screen, &LOOK.theme(), WIDTH, height);
    if let Some(picture) = picture::of(&buffer) {
        std::fs::write(file, svg::write(&picture, &title.into()))?;
        println!("{}", file.display());
    }
    Ok(())
}
