//! What a tool between processes must offer beside its run: the data that the processes share,
//! and what each process does with it.
//!
//! A process is a worker of its own pool that runs the worker function [`RunProcess`] of its
//! tool: it finds the shared data in the region that it was given, and works on it when all
//! processes of the run are there. It must not count on anything of the process that started
//! it but its arguments and the region.

use std::marker::PhantomData;

use super::process_context::{ProcessArgs, ProcessContext, ProcessReport};
use super::tool::Tool;
use crate::kit::child::{WorkerFn, WorkerFnError};
use crate::kit::event::ResourceKind;
use crate::kit::shared::LaidOut;

/// A tool between processes, implemented for the data that its processes share.
pub trait ProcessTool: LaidOut + 'static {
    const TOOL: &'static Tool;
    /// As what the timeline shows it. It decides whether the tool can have a holder: a lock and a
    /// semaphore can, a queue or an event cannot.
    const KIND: ResourceKind;

    /// The part of one process in a run.
    ///
    /// # Errors
    /// If the tool refused what the run could not expect.
    fn run(&self, process: &ProcessContext) -> Result<(), WorkerFnError>;

    /// Measures what an operation costs this process.
    ///
    /// # Errors
    /// If the tool refused an operation.
    fn time(&self, process: &ProcessContext) -> Result<(), WorkerFnError>;
}

/// The worker function of the tool `T`, under the tool's own name: its process part as a task
/// of a worker process.
#[derive(Debug)]
pub struct RunProcess<T>(PhantomData<T>);

impl<T: ProcessTool> WorkerFn for RunProcess<T> {
    const NAME: &'static str = T::TOOL.id;
    type In = ProcessArgs;
    type Out = ProcessReport;

    fn run(args: ProcessArgs) -> Result<ProcessReport, WorkerFnError> {
        let process = ProcessContext::enter(args)?;
        let shared = T::new(&mut process.layout());
        if process.args.timed.is_some() { shared.time(&process) } else { shared.run(&process) }?;
        Ok(process.into_report())
    }
}
