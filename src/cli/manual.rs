//! The manual page, made from the declarations of the command line and printed to stdout:
//! `threadbare man | man -l -`.

use super::{Registry, Request, args};
use crate::report::Failure;

/// The manual page of the program or of one command, in roff. It is made from the same
/// declarations as the help, so it cannot contradict it.
///
/// # Errors
/// If there is no such command.
pub fn page(known: &Registry, name: Option<&str>) -> Result<Request, Failure> {
    let mut whole = args::command(known);
    // Fills in what the parser adds to commands, such as `help` and global options.
    whole.build();
    let page = match name {
        None => whole,
        Some(name) => whole
            .find_subcommand(name)
            .cloned()
            .ok_or_else(|| Failure::usage("unknown command", name, "see `threadbare --help`"))?,
    };
    let mut out = Vec::new();
    // The commands have no version of their own.
    let source = format!("threadbare {}", env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(page)
        .source(source)
        .render(&mut out)
        .map_err(|error| Failure::writing("manual page", &error))?;
    Ok(Request::Print(String::from_utf8_lossy(&out).into_owned()))
}
