//! The source of a script, read without any risk of waiting.
//!
//! A script says itself which file its code is from, `compile(text, "/dev/tty", "exec")` included,
//! so a name may lead to anything.

use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// Bytes of a file that are read at most.
const LONGEST: u64 = 4 << 20;

/// The lines of a source file; none of one that cannot be read. A pipe or a device is not read:
/// that could wait, or never end.
pub fn source_lines(path: &Path) -> Vec<String> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = file.ok().filter(|file| file.metadata().is_ok_and(|about| about.is_file()));
    let mut text = Vec::new();
    if let Some(file) = file {
        let _ = file.take(LONGEST).read_to_end(&mut text);
    }
    String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
}
