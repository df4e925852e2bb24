//! What is made of the records of a script: lanes and their events, and exact figures.

pub mod locks;
pub mod names;
pub mod output;
pub mod threads;
pub mod watcher;
