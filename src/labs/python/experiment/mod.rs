//! What is made of the records of a script: lanes and their events, and exact figures.

mod children;
pub mod executors;
mod lines;
pub mod lists;
pub mod locks;
pub mod names;
pub mod output;
pub mod pools;
pub mod processes;
pub mod queues;
#[cfg(test)]
mod tests;
pub mod threads;
pub mod times;
mod tools;
pub mod watcher;
