//! The experiment: techniques that contain a failure, faults that are injected into
//! pools, and the ways in which a pool is shut down.
//!
//! The three are independent of each other. Each starts its own threads and processes,
//! has joined all of them when it returns, and reads its outcome from what they left.

pub mod injection;
pub mod kinds;
pub mod shutdown;
pub mod technique;
pub mod techniques;
pub mod worker_fns;
