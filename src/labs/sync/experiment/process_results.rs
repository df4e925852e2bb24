//! The results of a run between processes: the reports of all its processes, and the
//! order in which they got the tool. Must not know any single tool.

use super::outcome::{MAX_ORDER, Outcome};
use super::process_context::ProcessReport;

/// How a run went, as its processes report it. Whether the result is right is found out by the
/// tool's audit of the shared data, never by this.
pub struct ProcessResults {
    /// What each process noted, in the order of their starts.
    pub reports: Vec<ProcessReport>,
    order: Vec<String>,
}

impl ProcessResults {
    /// Brings the reports of all processes, each with its name, together, and their
    /// acquisitions into one order. A process that was killed has no report.
    pub fn of(all: impl Iterator<Item = (String, Option<ProcessReport>)>) -> Self {
        let (mut reports, mut order) = (Vec::new(), Vec::new());
        for (name, report) in all {
            let Some(report) = report else { continue };
            order.extend(report.got_at.iter().map(|at| (*at, name.clone())));
            reports.push(report);
        }
        order.sort();
        order.truncate(MAX_ORDER);
        Self { reports, order: order.into_iter().map(|(_, name)| name).collect() }
    }

    /// What the processes noted about what went wrong, in the order of their starts.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.reports.iter().flat_map(|report| report.messages.iter().map(String::as_str))
    }

    /// The outcome of the run: what `operations` operations had to give, and what they gave.
    #[expect(clippy::needless_pass_by_value, reason = "figures and texts alike, as they were made")]
    pub fn outcome(self, operations: u64, expected: impl ToString, got: impl ToString) -> Outcome {
        Outcome {
            operations,
            expected: expected.to_string(),
            got: got.to_string(),
            order: self.order,
            waits_ns: self.reports.into_iter().flat_map(|report| report.waits_ns).collect(),
            ..Outcome::default()
        }
    }
}
