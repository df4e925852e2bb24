//! Draws the documentation's pictures into `assets/`: the dashboard and each lab, made
//! of their sample events, so that the same sources give the same pictures.

use std::io;
use std::path::{Path, PathBuf};

use threadbare::app::live::{Options, still};
use threadbare::app::picture;
use threadbare::export::svg;
use threadbare::lab::Settings;
use threadbare::labs;
use threadbare::ui::{self, Charset, ColorDepth, ThemeName};

const WIDTH: u16 = 120;
const DASHBOARD: u16 = 34;
const LAB: u16 = 48;
const LOOK: ui::Look =
    ui::Look { theme: ThemeName::Dark, depth: ColorDepth::True, charset: Charset::Unicode };

fn main() -> io::Result<()> {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    draw(&assets.join("dashboard.svg"), None, DASHBOARD)?;
    for (at, entry) in labs::ALL.iter().enumerate() {
        let file = assets.join(format!("{}.svg", entry.info.id));
        draw(&file, Some(at), LAB)?;
    }
    Ok(())
}

fn draw(file: &PathBuf, start: Option<usize>, height: u16) -> io::Result<()> {
    let settings = |entry: &threadbare::lab::Entry| {
        let mut settings = Settings::defaults(entry.info, 42, PathBuf::new(), true);
        // The pictures must not depend on the machine that draws them.
        settings.cores = 2;
        settings
    };
    let labs = labs::ALL.iter().map(|entry| (*entry, settings(entry)));
    let screen =
        still(Options { labs: labs.collect(), start, recording: None, look: LOOK, warning: None });
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
