//! The program: hands over to the library.

use std::io::Write;
use std::process::ExitCode;

use threadbare::app::headless;
use threadbare::cli::{self, Known, Request};
use threadbare::labs;
use threadbare::report::{Failure, RAN};

fn main() -> ExitCode {
    let known = Known {
        labs: labs::ALL,
        themes: &[],
    };
    let status = cli::read(&known, std::env::args_os())
        .and_then(carry_out)
        .unwrap_or_else(|failure| {
            failure.complain();
            failure.status()
        });
    ExitCode::from(status)
}

fn carry_out(request: Request) -> Result<u8, Failure> {
    match request {
        Request::Print(text) => print(&text),
        Request::Run(job) => headless::run(*job),
        Request::Screen(_) => Err(Failure::unfinished(
            "no screen",
            "threadbare",
            "this build has none; use `threadbare run LAB`",
        )),
    }
}

fn print(text: &str) -> Result<u8, Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::writing("stdout", &error))?;
    Ok(RAN)
}
