//! Which results of a monitor's operations are emitted. The rule is that of
//! [`super::super::lock`]: an emitted acquisition has its release.

use crate::kit::event::LaneId;
use crate::kit::model::{Op, OpResult};
use crate::kit::step::{current_thread_id, release_sampled, sampled as any_sampled};

/// The holds that were emitted as acquired and not yet as released: of each lane its permits, or
/// the depth of its re-entrant lock. Empty while no thread is observed.
#[derive(Default)]
pub struct EmittedHolds(Vec<(LaneId, i64)>);

impl EmittedHolds {
    /// Whether the result of `op` is emitted, `wanted` by the caller or not: an emitted
    /// acquisition has its release emitted, and of a re-entrant lock everything in between, so
    /// that the depths fit together. To be asked once for each operation carried out.
    ///
    /// A permit that another lane returns than the one that took it is not matched: which of
    /// the emitted permits it was is not known, as most are not emitted.
    pub fn is_emitted(&mut self, op: Op, seen: OpResult, wanted: bool) -> bool {
        if !wanted && self.0.is_empty() {
            return false;
        }
        let me = current_thread_id();
        let held = self.0.iter().find(|(lane, _)| *lane == me).map_or(0, |(_, held)| *held);
        let (emits, left) = match (op, seen) {
            (Op::Lock(_) | Op::Unlock, OpResult::Value(depth)) => (wanted || held > 0, depth),
            (Op::Acquire(_), OpResult::Done) => (wanted, held + i64::from(wanted)),
            (Op::Release(permits), OpResult::Done) => {
                (wanted || held > 0, (held - i64::from(permits)).max(0))
            }
            _ => return wanted,
        };
        if emits {
            self.0.retain(|(lane, _)| *lane != me);
            if left > 0 {
                self.0.push((me, left));
            }
        }
        emits
    }
}

/// Whether an operation at full speed is emitted for its own sake; see [`any_sampled`].
pub fn sampled(op: Op) -> bool {
    match op {
        Op::Unlock | Op::Release(_) => release_sampled(),
        _ => any_sampled(),
    }
}
