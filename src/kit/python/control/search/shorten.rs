//! The shortest schedule that fails like one that was found: without this and that switch, then
//! each schedule with a single one. Shorter is the one with fewer preemptions, then fewer steps.

use super::super::execution::{Execution, FailureKind, Verdict};
use super::super::schedule::ForcedSwitch;
use super::super::server::{Policy, Request, ServerError};
use super::super::systematic::threads;
use super::{Found, Run};

/// Schedules that are run to shorten a failing one, at most.
const SHORTEN: usize = 300;
/// Of those with a single switch, if that is as many as the one that was found has; and their steps
/// together: some 0.2 s.
const SINGLE: usize = 60;
const STEPS: usize = 30_000;

fn length(execution: &Execution) -> (usize, usize) {
    (execution.preemptions(), execution.trace.steps.len())
}

impl Run<'_> {
    /// Leaves out switches as long as it fails in the same way: first many at once, then fewer
    /// (Zeller and Hildebrandt's delta debugging).
    pub(super) fn shorten(&mut self) {
        let Some((kind, execution)) = self.failing.take() else { return };
        let mut schedule = execution.schedule();
        let mut found = Found { kind, execution, repeats: None };
        match self.fails(&schedule, kind) {
            Ok(Some(again)) => (found.repeats, found.execution) = (Some(true), again),
            other => {
                found.repeats = other.ok().map(|_| false);
                self.report.shortest = Some(found);
                return;
            }
        }
        let mut size = schedule.len();
        while size > 0 {
            let mut at = 0;
            while at < schedule.len() {
                let end = (at + size).min(schedule.len());
                let mut shorter = schedule.clone();
                shorter.drain(at..end);
                match self.fails(&shorter, kind) {
                    Ok(Some(execution)) => {
                        // Without switches that it no longer comes to.
                        schedule = execution.schedule();
                        found.execution = execution;
                    }
                    _ => at += size,
                }
            }
            size /= 2;
        }
        if !schedule.is_empty() {
            self.find_one_switch(&mut found);
        }
        self.look_into(&mut found);
        self.report.shortest = Some(found);
    }

    /// Runs it once more, with the values of variables and the uses of tools, for a description.
    fn look_into(&mut self, found: &mut Found) {
        let asked = &found.execution.schedule();
        let request = Request { policy: Policy::Default, asked, whole: false, values: true };
        if let Ok(execution) = self.server.run(&request, self.stop)
            && execution.verdict(self.output) == Verdict::Failed(found.kind)
            && execution.trace.steps == found.execution.trace.steps
        {
            found.execution = execution;
        }
    }

    /// Tries each schedule with a single switch, as many as that is worth, for the shortest one of
    /// them: it is the same whatever was found by chance. What leaving out ends with need not be.
    fn find_one_switch(&mut self, found: &mut Found) {
        let Some(first) = self.report.first.clone() else { return };
        let single = SINGLE.min(STEPS / first.trace.steps.len().max(1));
        let (mut tried, mut is_single) = (0, false);
        for step in first.trace.steps.iter().filter(|step| step.ready.count_ones() > 1) {
            for next in threads(step.ready).filter(|thread| *thread != step.default) {
                if tried >= single && found.execution.preemptions() <= 1 {
                    return;
                }
                tried += 1;
                if let Ok(Some(execution)) = self.fails(&[step.to(next)], found.kind)
                    && (length(&execution) < length(&found.execution)
                        || !is_single && length(&execution) == length(&found.execution))
                {
                    (found.execution, is_single) = (execution, true);
                }
            }
        }
    }

    /// Whether a schedule fails like that; `None` also after as many tries as are worth it.
    fn fails(
        &mut self,
        schedule: &[ForcedSwitch],
        kind: FailureKind,
    ) -> Result<Option<Execution>, ServerError> {
        if self.report.shortening >= SHORTEN as u64 {
            return Ok(None);
        }
        self.report.shortening += 1;
        let request =
            Request { policy: Policy::Default, asked: schedule, whole: false, values: false };
        let execution = self.server.run(&request, self.stop)?;
        Ok((execution.verdict(self.output) == Verdict::Failed(kind)).then_some(execution))
    }
}
