//! The experiment: techniques that contain a failure, faults that are injected into pools, and
//! the ways in which a pool is shut down.

pub mod injection;
pub mod jobs;
pub mod kinds;
pub mod shutdown;
pub mod technique;
pub mod techniques;
