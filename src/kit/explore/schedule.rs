//! A step of a schedule, and sets of them.

/// Threads that a program may have: each has a letter in schedule codes, and a bit in half a word
/// of a [`StepSet`].
pub const MOST_THREADS: usize = 26;

/// What goes next: a thread takes a step, or the memory takes the oldest store out of a
/// thread's store buffer. The number is that of the thread, below [`MOST_THREADS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScheduleStep {
    Thread(u8),
    Drain(u8),
}

impl ScheduleStep {
    /// The thread that goes on, or whose buffer is drained. For a drain, that thread does nothing.
    pub fn thread(self) -> usize {
        match self {
            Self::Thread(thread) | Self::Drain(thread) => usize::from(thread),
        }
    }

    /// Whether a thread takes a step. Only those count as switches: a drain is done by the
    /// memory.
    pub fn is_step(self) -> bool {
        matches!(self, Self::Thread(_))
    }

    /// Its place in a [`StepSet`], as a word with that bit alone: threads in the low half of the
    /// word, drains in the high half.
    fn bit(self) -> u64 {
        match self {
            Self::Thread(thread) => 1 << thread,
            Self::Drain(thread) => 1 << (32 + thread),
        }
    }

    /// The step of a bit that [`Self::bit`] made; the inverse of it.
    fn of_bit(bit: u32) -> Self {
        let number = u8::try_from(bit % 32).unwrap_or_default();
        if bit < 32 { Self::Thread(number) } else { Self::Drain(number) }
    }
}

/// A set of steps in one word, in the order of threads first, then drains. `Copy` and cheap, since
/// a search keeps several for each step of its path.
///
/// ```text
/// bit   63 ... 58   57 ... 33 32   31 ... 26   25 ... 1 0
///       unused      drains Z..B A  unused      steps z..b a
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct StepSet(u64);

impl StepSet {
    pub fn insert(&mut self, choice: ScheduleStep) {
        self.0 |= choice.bit();
    }

    pub fn remove(&mut self, choice: ScheduleStep) {
        self.0 &= !choice.bit();
    }

    pub fn contains(self, choice: ScheduleStep) -> bool {
        self.0 & choice.bit() != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// The smallest, if there is any: the thread with the lowest number, before all drains.
    pub fn first(self) -> Option<ScheduleStep> {
        (self.0 != 0).then(|| ScheduleStep::of_bit(self.0.trailing_zeros()))
    }

    /// The position of a step of the set in its order, from 0: the inverse of [`StepSet::nth`].
    pub(crate) fn rank(self, choice: ScheduleStep) -> usize {
        Self(self.0 & (choice.bit() - 1)).len()
    }

    /// The nth, from 0, in the set's order; `None` if there are fewer. For random choices.
    pub fn nth(self, n: usize) -> Option<ScheduleStep> {
        self.into_iter().nth(n)
    }
}

impl IntoIterator for StepSet {
    type Item = ScheduleStep;
    type IntoIter = StepSetIter;

    fn into_iter(self) -> StepSetIter {
        StepSetIter(self)
    }
}

impl FromIterator<ScheduleStep> for StepSet {
    fn from_iter<I: IntoIterator<Item = ScheduleStep>>(choices: I) -> Self {
        let mut set = Self::default();
        choices.into_iter().for_each(|choice| set.insert(choice));
        set
    }
}

#[derive(Clone, Debug)]
pub struct StepSetIter(StepSet);

impl Iterator for StepSetIter {
    type Item = ScheduleStep;

    fn next(&mut self) -> Option<ScheduleStep> {
        let choice = self.0.first()?;
        self.0.remove(choice);
        Some(choice)
    }
}
