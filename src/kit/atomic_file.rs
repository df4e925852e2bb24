//! A file that takes its place as a whole, or not at all.
//!
//! It is written beside its place, where the system can without any name (`O_TMPFILE`), so
//! that nothing is left behind even by SIGKILL. An older file of that name stays until the
//! new one is complete, and `rename(2)` exchanges the two in one step: a reader sees one or
//! the other.

use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};

/// Permissions of a new file before the user's mask.
const MODE: Mode = Mode::from_bits_truncate(0o666);

/// A file on its way to its place; dropped before that it leaves nothing.
#[derive(Debug)]
pub struct AtomicFile {
    file: File,
    /// Where it is to stand.
    place: PathBuf,
    /// Its name for the time being, on file systems that have no files without names.
    name: Option<TemporaryName>,
}

#[derive(Debug)]
struct TemporaryName(PathBuf);

impl Drop for TemporaryName {
    fn drop(&mut self) {
        // Renamed by now, or not worth a second error.
        let _ = fs::remove_file(&self.0);
    }
}

impl AtomicFile {
    /// Begins a file that will stand at `path`; where that is a link, at its end. An older
    /// file's permissions are taken over.
    ///
    /// # Errors
    /// If nothing can be created in that folder.
    pub fn create(path: &Path) -> io::Result<Self> {
        let place = end_of_links(path);
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        let (file, name) = match rustix::fs::open(folder(&place), flags, MODE) {
            Ok(file) => (File::from(file), None),
            // The answer of file systems and kernels without files that have no name.
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::ISDIR) => {
                let (file, name) = with_free_name(&place, |name| File::create_new(name))?;
                (file, Some(name))
            }
            Err(error) => return Err(error.into()),
        };
        if let Ok(older) = fs::metadata(&place) {
            file.set_permissions(Permissions::clone(&older.permissions()))?;
        }
        Ok(Self { file, place, name })
    }

    /// Waits until the system has stored what was written (`fsync(2)`). Without it a crash
    /// of the machine may leave an empty file in the place.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Puts the file in its place, instead of an older one if there is one.
    ///
    /// # Errors
    /// If the system refuses; then the older one stays.
    pub fn replace(mut self) -> io::Result<()> {
        // `linkat` does not replace an existing file, so a file without a name gets one
        // first.
        let name = if let Some(name) = self.name.take() {
            name
        } else {
            with_free_name(&self.place, |name| self.link(name))?.1
        };
        fs::rename(&name.0, &self.place)
    }

    /// Puts the file at `place` if nothing is there. Unlike a check before, this cannot
    /// overwrite what another process puts there meanwhile. The file can still be put
    /// elsewhere.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if something is, or whatever else the system says.
    pub fn keep_older(&self, place: &Path) -> io::Result<()> {
        match &self.name {
            Some(name) => fs::hard_link(&name.0, place),
            None => self.link(place),
        }
    }

    /// Gives a file without a name this one. By way of `/proc/self/fd`, as `open(2)`
    /// recommends: a link from the descriptor itself needs a capability.
    fn link(&self, name: &Path) -> io::Result<()> {
        let unnamed = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        rustix::fs::linkat(CWD, unnamed, CWD, name, AtFlags::SYMLINK_FOLLOW)?;
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    // Writes are not buffered here.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn folder(place: &Path) -> &Path {
    let parent = place.parent().filter(|parent| *parent != Path::new(""));
    parent.unwrap_or_else(|| Path::new("."))
}

/// Where a file at `path` would stand: links are followed, also one to a file that is not there.
fn end_of_links(path: &Path) -> PathBuf {
    let mut place = path.to_owned();
    // As many as the system follows (`path_resolution(7)`).
    for _ in 0..40 {
        let Ok(target) = fs::read_link(&place) else { break };
        place = folder(&place).join(target);
    }
    place
}

/// Calls `make` with a temporary name beside `place`, and with further ones while there is a file
/// of that name: a process of the same number may have left it, in another container say.
fn with_free_name<T>(
    place: &Path,
    make: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(T, TemporaryName)> {
    let mut attempts = 0..100;
    loop {
        let name = beside(place);
        match make(&name) {
            Err(error)
                if error.kind() == io::ErrorKind::AlreadyExists && attempts.next().is_some() => {}
            made => return Ok((made?, TemporaryName(name))),
        }
    }
}

/// A name in the same folder, and so on the same file system, that no other process of this
/// system uses.
fn beside(place: &Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    // Relaxed: only the numbers must differ.
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    folder(place).join(OsString::from(format!(".threadbare-{}-{n}.new", process::id())))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn an_older_file_stays_until_the_new_one_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.json");
        fs::write(&path, "older").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "older");
        file.replace().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["t.json"]);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }

    #[test]
    fn what_is_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.json");
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn without_files_that_have_no_name_it_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.json");
        let begin = || {
            let (file, name) = with_free_name(&path, |name| File::create_new(name)).unwrap();
            let (place, name) = (path.clone(), Some(name));
            AtomicFile { file, place, name }
        };
        drop(begin());
        assert!(names(folder.path()).is_empty());
        begin().replace().unwrap();
        assert_eq!(names(folder.path()), ["t.json"]);
        let refused = begin().keep_older(&path).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        begin().keep_older(&folder.path().join("u.json")).unwrap();
        assert_eq!(names(folder.path()), ["t.json", "u.json"]);
    }

    #[test]
    fn what_an_earlier_process_left_is_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.json");
        let next = beside(&path).into_os_string().into_string().unwrap();
        let (start, number) = next.trim_end_matches(".new").rsplit_once('-').unwrap();
        let number: u32 = number.parse().unwrap();
        // Other tests take numbers meanwhile.
        for left in number + 1..number + 60 {
            fs::write(format!("{start}-{left}.new"), "left").unwrap();
        }
        let before = names(folder.path()).len();
        AtomicFile::create(&path).unwrap().replace().unwrap();
        with_free_name(&path, |name| File::create_new(name)).unwrap();
        assert!(path.is_file());
        assert_eq!(names(folder.path()).len(), before + 1);
    }

    #[test]
    fn a_link_to_no_file_stays_a_link_to_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        std::os::unix::fs::symlink("real", &link).unwrap();
        AtomicFile::create(&link).unwrap().replace().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::symlink_metadata(&real).unwrap().is_file());
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "older").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let mut file = AtomicFile::create(&link).unwrap();
        file.write_all(b"new").unwrap();
        file.replace().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
    }
}
