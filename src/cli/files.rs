//! Files that the user names, and the user's folders for what has no name.

use std::fs::File;
use std::io::{Cursor, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use rustix::fs::{Mode, OFlags};

/// Opens a file to be read; a FIFO only while a process writes to it. Without one it would be
/// waited for in vain, with nothing on the screen.
///
/// # Errors
/// If it cannot be opened, or is a FIFO that has nothing and that no process writes to.
pub fn open(path: &Path) -> std::io::Result<impl Read> {
    // Opened, and begun to read, without a wait; then read with one.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let mut first = vec![0];
    let read = match (&file).read(&mut first) {
        Ok(0) if file.metadata()?.file_type().is_fifo() => {
            return Err(std::io::Error::other("no process writes to it"));
        }
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => 0,
        read => read?,
    };
    first.truncate(read);
    rustix::fs::fcntl_setfl(&file, OFlags::empty())?;
    Ok(Cursor::new(first).chain(file))
}

/// `threadbare/config.toml` in the system's folder for configuration (XDG base directories on
/// Linux). `None` if the system names none, as without a home folder.
pub fn config() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.config_dir().join("threadbare").join("config.toml"))
}

/// The folder for what the user achieves in a lab; `None` if the system names none. It is not
/// created here, but by the lab that has something to keep.
pub fn data() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.data_dir().join("threadbare"))
}
