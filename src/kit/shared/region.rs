//! A stretch of shared memory and the order in which it is laid out.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};

use crate::kit::sys::map::SharedMap;

/// Memory that every process that attaches it sees. Clones are handles to the same.
#[derive(Clone, Debug)]
pub struct Region {
    map: Arc<SharedMap>,
}

impl Region {
    /// Makes a region of `cells` eight-byte cells, all zero.
    ///
    /// # Errors
    /// If the system has no memory or descriptors left.
    pub fn create(cells: usize) -> io::Result<Self> {
        SharedMap::create(cells).map(|map| Self { map: Arc::new(map) })
    }

    /// Attaches a region made by another process, by the file it handed over.
    ///
    /// # Errors
    /// If the file is not a region.
    pub fn attach(file: OwnedFd) -> io::Result<Self> {
        SharedMap::attach(file).map(|map| Self { map: Arc::new(map) })
    }

    /// The file to hand to another process.
    pub fn file(&self) -> BorrowedFd<'_> {
        self.map.file()
    }

    /// Begins to lay the region out. Each process that attaches it makes the same
    /// calls in the same order, and so finds the same tools.
    pub fn layout(&self) -> Layout {
        Layout { region: self.clone(), next: 0 }
    }
}

/// Hands out a region's cells one after the other.
#[derive(Clone, Debug)]
pub struct Layout {
    region: Region,
    next: usize,
}

impl Layout {
    /// The next `count` cells.
    ///
    /// # Panics
    /// If the region is too small for what is laid out in it.
    pub(crate) fn cells(&mut self, count: usize) -> Cells {
        let first = self.next;
        self.next += count;
        let have = self.region.map.cells();
        assert!(self.next <= have, "the region has {have} cells, {} are laid out", self.next);
        Cells { map: Arc::clone(&self.region.map), first, count }
    }
}

/// Cells of one tool.
#[derive(Clone, Debug)]
pub(crate) struct Cells {
    map: Arc<SharedMap>,
    first: usize,
    count: usize,
}

impl Cells {
    pub(crate) fn word(&self, at: usize) -> &AtomicU32 {
        assert!(at < self.count, "cell {at} of a tool with {}", self.count);
        self.map.word(self.first + at)
    }

    pub(crate) fn wide(&self, at: usize) -> &AtomicU64 {
        assert!(at < self.count, "cell {at} of a tool with {}", self.count);
        self.map.wide(self.first + at)
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }
}
