//! A region of shared memory and the order in which tools are laid out in it.
//!
//! A region is a row of eight-byte cells. Nothing in it says what is where: the process that
//! makes it and those that attach it call the same constructors in the same order on a
//! [`Layout`], and so give each tool the same cells; [`laid_out`] writes that order down once,
//! as a struct. New memory is zero, and every tool is designed so that all zero is its initial
//! state; tools that need more have an `init`, for the process that makes the region.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};

use crate::kit::sys::map::SharedMap;

/// Memory that every process that attaches it sees. Clones are handles to the same mapping; the
/// last one to be dropped unmaps it in this process.
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

    /// Attaches a region made by another process, by the file that it handed over.
    ///
    /// # Errors
    /// If the file is not a region, or cannot be mapped.
    pub fn attach(file: OwnedFd) -> io::Result<Self> {
        SharedMap::attach(file).map(|map| Self { map: Arc::new(map) })
    }

    /// The memory file to hand to another process, over a socket. It has no name, so only
    /// processes that were given it can attach the region.
    pub fn file(&self) -> BorrowedFd<'_> {
        self.map.file()
    }

    /// Begins to lay the region out, at its first cell. Each process makes the same calls in
    /// the same order, and so finds the same tools.
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
    /// If the region is too small for what is laid out in it: a mistake of the program, not of
    /// its input.
    pub(crate) fn cells(&mut self, count: usize) -> Cells {
        let first = self.next;
        self.next += count;
        let have = self.region.map.cells();
        assert!(self.next <= have, "the region has {have} cells, {} are laid out", self.next);
        Cells { map: Arc::clone(&self.region.map), first, count }
    }
}

/// Tools that lie in a region side by side. Implemented by [`laid_out`].
pub(crate) trait LaidOut {
    /// Number of cells that they occupy together.
    const CELLS: usize;

    /// Lays them out, one after the other.
    fn new(layout: &mut Layout) -> Self;
}

/// Declares a struct of tools and, from its fields, how many cells they take and in which order
/// they are laid out. A tool whose size is not in its type has it behind it: `Array[6]`.
macro_rules! laid_out {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $tool:ident $([$size:expr])?,)*
    }) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $tool,)*
        }

        impl $crate::kit::shared::LaidOut for $name {
            const CELLS: usize = 0 $(+ laid_out!(@cells $tool $($size)?))*;

            fn new(layout: &mut $crate::kit::shared::Layout) -> Self {
                Self { $($field: $tool::new(layout $(, $size)?),)* }
            }
        }
    };
    (@cells $tool:ident) => { $tool::CELLS };
    (@cells $tool:ident $size:expr) => { $tool::cells($size) };
}
pub(crate) use laid_out;

/// The cells of one tool. Access beyond them is a panic, so no tool can change another one.
#[derive(Clone, Debug)]
pub(crate) struct Cells {
    map: Arc<SharedMap>,
    first: usize,
    count: usize,
}

impl Cells {
    /// Cell `at` as a 32-bit atomic, the width of a futex. A cell is used in one width
    /// throughout.
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
