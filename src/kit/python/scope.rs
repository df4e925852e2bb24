//! Numbers of several processes side by side.

/// The numbers of one process among those of all processes of a run: each process counts its
/// threads, locks and so on from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scope(pub u32);

impl Scope {
    /// Bits of a number within its process.
    const BITS: u32 = 40;

    /// A number of this process, unique in the run. 0 means none.
    pub fn number(self, own: u64) -> u64 {
        let own = own & ((1 << Self::BITS) - 1);
        if own == 0 { 0 } else { own | u64::from(self.0) << Self::BITS }
    }

    /// The number that another process of the same origin has for the same thing: a forked child
    /// has the objects of its parent, by the parent's numbers.
    pub fn same(self, number: u64) -> u64 {
        self.number(number & ((1 << Self::BITS) - 1))
    }

    /// The process that a number belongs to.
    pub fn of(number: u64) -> Self {
        Self(u32::try_from(number >> Self::BITS).unwrap_or_default())
    }

    /// The identity of a thread: a pointer, which threads of other processes may have as well.
    pub fn ident(self, own: u64) -> u64 {
        own ^ u64::from(self.0) << 48
    }
}
