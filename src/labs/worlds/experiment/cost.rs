//! What single things cost: which of them are measured, and their names. Pure.
//!
//! Each round trip is measured in two fixed placements: on one core it costs a switch
//! between two threads, across two it costs waking the other core, which is several times
//! as much. Without a placement the kernel chooses, and the figure is a mixture of both
//! that differs from run to run.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a single thing costs on this machine; the names end in the unit of the samples. A
/// thread is started and joined, a process started until it is ready and ended. Memory is
/// what a waiting thread adds to its process, what is resident of a waiting worker
/// process, and the part of that which no other process shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cost {
    ThreadStartUs,
    ProcessStartUs,
    RoundTripUs(Transport, Placement),
    ThreadMemoryKib,
    ProcessMemoryKib,
    ProcessPrivateKib,
}

/// How a message goes there and back: a channel between two threads of this process, two
/// pipes to a process, the socket of a pool's worker with the pool's protocol, or two
/// events in memory that both processes map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    Channel,
    Pipe,
    Socket,
    SharedMemory,
}

/// Where the two sides of a round trip run: wherever the kernel puts them, which differs
/// from run to run; both pinned to the same core; or each pinned to a core of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placement {
    Anywhere,
    OneCore,
    TwoCores,
}

impl Transport {
    pub const ALL: [Self; 4] = [Self::Channel, Self::Pipe, Self::Socket, Self::SharedMemory];
}

impl Placement {
    const ALL: [Self; 3] = [Self::Anywhere, Self::OneCore, Self::TwoCores];

    /// Those of them that this many cores allow.
    pub fn possible(cores: usize) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |place| cores > 1 || *place != Self::TwoCores)
    }
}

impl Cost {
    pub fn all() -> impl Iterator<Item = Self> {
        let trips = Transport::ALL.into_iter().flat_map(|transport| {
            Placement::ALL.into_iter().map(move |place| Self::RoundTripUs(transport, place))
        });
        [Self::ThreadStartUs, Self::ProcessStartUs].into_iter().chain(trips).chain(Self::MEMORY)
    }

    pub const MEMORY: [Self; 3] =
        [Self::ThreadMemoryKib, Self::ProcessMemoryKib, Self::ProcessPrivateKib];

    /// Those that the screen shows: an unplaced round trip depends on chance, and is
    /// there only for scripts that ask for it.
    pub fn shown() -> impl Iterator<Item = Self> {
        Self::all().filter(|cost| !matches!(cost, Self::RoundTripUs(_, Placement::Anywhere)))
    }

    /// How the screen shows them, a line each: a short name, the cost, and for a message the
    /// cost across two cores. An unplaced round trip depends on chance, and is there only for
    /// scripts that ask for it.
    pub fn rows() -> impl Iterator<Item = (&'static str, Self, Option<Self>)> {
        let starts = [
            ("start a thread", Self::ThreadStartUs, None),
            ("start a process", Self::ProcessStartUs, None),
        ];
        let trips = Transport::ALL.into_iter().map(|transport| {
            let name = match transport {
                Transport::Channel => "message, channel",
                Transport::Pipe => "message, pipe",
                Transport::Socket => "message, socket",
                Transport::SharedMemory => "message, shared",
            };
            let trip = |place| Self::RoundTripUs(transport, place);
            (name, trip(Placement::OneCore), Some(trip(Placement::TwoCores)))
        });
        let memory = [
            ("thread, memory", Self::ThreadMemoryKib, None),
            ("process, memory", Self::ProcessMemoryKib, None),
            ("not shared", Self::ProcessPrivateKib, None),
        ];
        starts.into_iter().chain(trips).chain(memory)
    }

    pub fn field(self) -> &'static str {
        use Placement::{Anywhere, OneCore, TwoCores};
        use Transport::{Channel, Pipe, SharedMemory, Socket};
        match self {
            Self::ThreadStartUs => "thread_start_us",
            Self::ProcessStartUs => "process_start_us",
            Self::RoundTripUs(Channel, Anywhere) => "channel_round_trip_us",
            Self::RoundTripUs(Channel, OneCore) => "channel_round_trip_one_core_us",
            Self::RoundTripUs(Channel, TwoCores) => "channel_round_trip_two_cores_us",
            Self::RoundTripUs(Pipe, Anywhere) => "pipe_round_trip_us",
            Self::RoundTripUs(Pipe, OneCore) => "pipe_round_trip_one_core_us",
            Self::RoundTripUs(Pipe, TwoCores) => "pipe_round_trip_two_cores_us",
            Self::RoundTripUs(Socket, Anywhere) => "socket_round_trip_us",
            Self::RoundTripUs(Socket, OneCore) => "socket_round_trip_one_core_us",
            Self::RoundTripUs(Socket, TwoCores) => "socket_round_trip_two_cores_us",
            Self::RoundTripUs(SharedMemory, Anywhere) => "shared_memory_round_trip_us",
            Self::RoundTripUs(SharedMemory, OneCore) => "shared_memory_round_trip_one_core_us",
            Self::RoundTripUs(SharedMemory, TwoCores) => "shared_memory_round_trip_two_cores_us",
            Self::ThreadMemoryKib => "thread_memory_kib",
            Self::ProcessMemoryKib => "process_memory_kib",
            Self::ProcessPrivateKib => "process_private_kib",
        }
    }

    pub fn label(self) -> String {
        let what = match self {
            Self::ThreadStartUs => "start and join a thread",
            Self::ProcessStartUs => "start and end a process",
            Self::RoundTripUs(Transport::Channel, _) => "round trip, channel between threads",
            Self::RoundTripUs(Transport::Pipe, _) => "round trip, pipes to a process",
            Self::RoundTripUs(Transport::Socket, _) => "round trip, socket to a process",
            Self::RoundTripUs(Transport::SharedMemory, _) => "round trip, shared memory",
            Self::ThreadMemoryKib => "memory of a waiting thread",
            Self::ProcessMemoryKib => "memory of a waiting process (RSS)",
            Self::ProcessPrivateKib => "of that, its own alone (private)",
        };
        match self {
            Self::RoundTripUs(_, Placement::Anywhere) => format!("{what}, unpinned"),
            Self::RoundTripUs(_, Placement::OneCore) => format!("{what}, on one core"),
            Self::RoundTripUs(_, Placement::TwoCores) => format!("{what}, across two cores"),
            _ => what.to_owned(),
        }
    }

    pub fn is_memory(self) -> bool {
        Self::MEMORY.contains(&self)
    }
}

impl Serialize for Cost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.field())
    }
}

impl<'de> Deserialize<'de> for Cost {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let field = String::deserialize(deserializer)?;
        let found = Self::all().find(|cost| cost.field() == field);
        found.ok_or_else(|| D::Error::custom(format_args!("no cost is called `{field}`")))
    }
}
