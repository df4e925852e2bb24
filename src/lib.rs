//! threadbare: threads, laid bare.

pub mod app;
pub mod cli;
pub mod export;
pub mod kit;
pub mod lab;
pub mod labs;
pub mod report;
pub mod scene;
pub mod scope;
pub mod ui;
