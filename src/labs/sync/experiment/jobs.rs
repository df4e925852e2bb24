//! What the worker processes of this lab can do: one job, which runs one process in whatever
//! tool's run. Runs in another process; must not count on anything of this one.

use super::process_context::{ProcessArgs, ProcessContext, ProcessReport, refused};
use super::tools;
use crate::kit::child::{WorkerFn, WorkerFnEntry, WorkerFnError};
use crate::kit::event::ResourceKind;

/// All of them.
pub const JOBS: &[WorkerFnEntry] = &[WorkerFnEntry::of::<RunProcess>()];

/// What the processes of a tool do.
pub struct ProcessTool {
    /// The tool's name.
    pub tool: &'static str,
    /// What it is to those who look at the lanes.
    pub kind: ResourceKind,
    /// Runs one process of a tool.
    pub run: fn(&ProcessContext) -> Result<(), WorkerFnError>,
    /// Measures what an operation costs.
    pub time: fn(&ProcessContext) -> Result<(), WorkerFnError>,
}

impl ProcessTool {
    /// Those of the tool of that name.
    pub fn of(tool: &str) -> Option<&'static Self> {
        tools::PROCESS_TOOLS.iter().find(|tool_fns| tool_fns.tool == tool)
    }
}

/// Runs one process of a tool.
pub struct RunProcess;

impl WorkerFn for RunProcess {
    const NAME: &'static str = "sync.run_process";
    type In = ProcessArgs;
    type Out = ProcessReport;

    fn run(args: ProcessArgs) -> Result<ProcessReport, WorkerFnError> {
        let process = ProcessContext::enter(args)?;
        let tool = &process.args.tool;
        let tool_fns =
            ProcessTool::of(tool).ok_or_else(|| refused(format!("no tool is called {tool}")))?;
        let run = if process.args.timed.is_some() { tool_fns.time } else { tool_fns.run };
        run(&process)?;
        Ok(process.into_report())
    }
}
