//! The only place where the compiler's guarantees are replaced by reasoning of people.
//!
//! For what no safe crate offers: forking, handlers of fatal signals, ending with one's parent,
//! shared memory as atomics, giving memory back, and a look before the standard library begins.
//! Also what the kernel says of a thread's system call. Each `unsafe` block says in a `SAFETY`
//! comment why it is sound, and each module wraps its calls so that no caller can break that from
//! safe code. A test refuses unsafe code anywhere else.

pub mod calls;
pub mod fatal;
pub mod heap;
pub mod map;
pub mod parent;
pub mod process;
pub mod signal;
pub mod stdio;
