//! Memory that several processes see at once, as atomics and nothing else.
//!
//! A mapping of an anonymous memory file. It is handed out as shared references
//! to atomics alone, so no use of it from safe code can be a data race, in this
//! process or between processes.
#![expect(unsafe_code, reason = "no safe crate gives shared memory as atomics")]

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64};

use rustix::fs::{MemfdFlags, SealFlags};
use rustix::mm::{MapFlags, ProtFlags};

/// Bytes of one cell; the widest atomic that is handed out.
const CELL: usize = size_of::<AtomicU64>();

/// A shared mapping of `cells` eight-byte cells, all zero at first. Two mappings of one file,
/// in one process or in two, are the same memory at different addresses.
#[derive(Debug)]
pub struct SharedMap {
    base: NonNull<AtomicU64>,
    cells: usize,
    file: OwnedFd,
}

// SAFETY: the mapping is only reachable as shared references to atomics, which any
// thread may use, and it lives until the last owner drops it.
unsafe impl Send for SharedMap {}
// SAFETY: as above.
unsafe impl Sync for SharedMap {}

impl SharedMap {
    /// Makes a new memory file of `cells` cells and maps it.
    ///
    /// # Errors
    /// If the system has no memory or descriptors left.
    pub fn create(cells: usize) -> io::Result<Self> {
        let file = rustix::fs::memfd_create(
            "threadbare",
            MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING,
        )?;
        rustix::fs::ftruncate(&file, (cells.max(1) * CELL) as u64)?;
        // No process may shrink the file under a mapping: that would turn a read into SIGBUS.
        rustix::fs::fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        Self::attach(file)
    }

    /// Maps a memory file made by [`SharedMap::create`], perhaps in another process.
    ///
    /// # Errors
    /// If it is not such a file, or cannot be mapped.
    pub fn attach(file: OwnedFd) -> io::Result<Self> {
        if !rustix::fs::fcntl_get_seals(&file)?.contains(SealFlags::SHRINK) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the file could shrink under its mapping",
            ));
        }
        let bytes = usize::try_from(rustix::fs::fstat(&file)?.st_size).unwrap_or(0);
        let cells = bytes / CELL;
        if cells == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "an empty memory file"));
        }
        // SAFETY: a fresh mapping at an address of the kernel's choice touches no
        // memory that is in use; its length is that of the file, which is sealed against shrinking.
        let base = unsafe {
            rustix::mm::mmap(
                std::ptr::null_mut(),
                bytes,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                &file,
                0,
            )?
        };
        let base = NonNull::new(base.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { base, cells, file })
    }

    /// Number of cells; fixed when the file was made.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// The file behind it, for handing to another process.
    pub fn file(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// Cell `at` as one 64-bit atomic. A cell is to be used in one width throughout.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn wide(&self, at: usize) -> &AtomicU64 {
        assert!(at < self.cells, "cell {at} of {}", self.cells);
        // SAFETY: within the mapping, aligned (pages are), initialised (zero pages),
        // and alive as long as `self` is.
        unsafe { self.base.add(at).as_ref() }
    }

    /// The first half of cell `at` as a 32-bit atomic, the width of a futex.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn word(&self, at: usize) -> &AtomicU32 {
        assert!(at < self.cells, "cell {at} of {}", self.cells);
        // SAFETY: as in `wide`; half a cell is aligned for half the width.
        unsafe { self.base.add(at).cast().as_ref() }
    }
}

impl Drop for SharedMap {
    fn drop(&mut self) {
        // SAFETY: mapped by `attach` with this length, and no reference outlives `self`.
        let _ = unsafe { rustix::mm::munmap(self.base.as_ptr().cast(), self.cells * CELL) };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;

    #[test]
    fn two_mappings_of_one_file_are_one_memory() {
        let one = SharedMap::create(4).unwrap();
        let two = SharedMap::attach(one.file().try_clone_to_owned().unwrap()).unwrap();
        assert_eq!(two.wide(3).load(Ordering::Relaxed), 0);
        one.wide(3).store(7, Ordering::Relaxed);
        assert_eq!(two.wide(3).load(Ordering::Relaxed), 7);
    }

    #[test]
    fn a_file_that_could_shrink_is_refused() {
        let file = rustix::fs::memfd_create("plain", MemfdFlags::CLOEXEC).unwrap();
        rustix::fs::ftruncate(&file, 64).unwrap();
        assert!(SharedMap::attach(file).is_err());
    }

    #[test]
    #[should_panic(expected = "cell 4 of 4")]
    fn a_cell_that_is_not_there_is_a_panic_and_no_read() {
        SharedMap::create(4).unwrap().wide(4);
    }
}
