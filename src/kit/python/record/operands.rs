//! What the fields of a record stand for.

/// What the methods of a list do, by their numbers.
pub const LIST_OPERATIONS: [ListOperation; 7] = [
    ListOperation::AddsOne,
    ListOperation::AddsOne,
    ListOperation::AddsSome,
    ListOperation::RemovesOne,
    ListOperation::RemovesOne,
    ListOperation::RemovesAll,
    ListOperation::Orders,
];

/// The number that a cell of a value holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// It is no number, or one that is too large for a record.
    #[default]
    Unknown,
    Integer(i64),
    /// Its bits.
    Float(u64),
}

/// A task: the number of its executor, and its own among the tasks of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId {
    pub executor: u64,
    pub index: u64,
}

/// A task in a worker process, by the numbers that its parent knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChildTask {
    /// The process that submitted it.
    pub parent: u32,
    /// Of a `multiprocessing.Pool`, or else of an executor.
    pub of_pool: bool,
    /// The number of the task, for a pool that of the call.
    pub number: u64,
    /// The chunk of a pool's call.
    pub chunk: u64,
}

/// A step in the life of a pool: its parent makes the workers from `Begins` on, and waits for
/// their ends between `Ends` and `Ended`. These are the two parts of its time that are no work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolStep {
    Begins,
    /// It was closed or terminated.
    Ends,
    Ended,
}

/// What a thread that waits at a queue waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueWant {
    Item,
    Room,
    /// That each item was reported as done: `join`.
    AllDone,
}

/// What a method of a list does to its length. From this, and the length afterwards, follows how
/// many items were added and removed; which ones they were is not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListOperation {
    /// `append` and `insert`.
    AddsOne,
    /// `extend`.
    AddsSome,
    /// `pop` and `remove`.
    RemovesOne,
    /// `clear`.
    RemovesAll,
    /// `sort` and `reverse`.
    Orders,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskEnd {
    Finished,
    Failed,
    Cancelled,
}

/// Why a lock was not acquired. The first is no wait at all, the second one that lasted as long as
/// it was to last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockFailure {
    Tried,
    TimedOut,
    /// An exception, such as the user's interrupt, ended the wait.
    Exception,
}

impl ChildTask {
    /// From the fields of a record: the number, the chunk, and what kind of task it is.
    pub fn read(parent: u32, number: u64, chunk: u64, kind: u64) -> Self {
        let of_pool = kind & 1 == 1;
        Self { parent, of_pool, number, chunk: if of_pool { chunk } else { 0 } }
    }
}
