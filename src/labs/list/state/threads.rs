//! What the state says of its threads, beyond what each of them does.

use std::time::Duration;

use super::super::experiment::op::{Role, WorkerId};
use super::super::settings::{applies, break_after};
use super::State;
use crate::kit::step::Widening;
use crate::scene::units;

impl State {
    /// The values that removers have taken and not yet reported as removed; `None` if that is
    /// not known of one of them.
    pub fn taken(&self) -> Option<Vec<i64>> {
        let removers = self.threads.iter().filter(|(who, _)| who.role == Role::Remover);
        let under_way = removers.filter_map(|(_, thread)| Some((thread, thread.under_way?)));
        let taken = under_way.map(|(thread, locked)| match thread.loaded {
            Some((_, value)) => Some(value),
            // Where something stands in the window, what was loaded is reported before it.
            None => (thread.waits_for.is_some() || applies(self.settings.window, locked))
                .then_some(None),
        });
        taken.collect::<Option<Vec<_>>>().map(|all| all.into_iter().flatten().collect())
    }

    /// Threads in the middle of an operation under another lock setting than the current
    /// one: those for which a change is still to take effect.
    pub fn behind(&self) -> impl Iterator<Item = WorkerId> {
        let wanted = self.settings.lock;
        self.threads
            .iter()
            .filter(move |(_, thread)| thread.under_way.is_some_and(|locked| locked != wanted))
            .map(|(who, _)| *who)
    }

    /// What a changed number of threads or operations will be, and when: they belong to a
    /// round, so they change with the next one.
    pub fn announcement(&self) -> Option<String> {
        let settings = &self.settings;
        let (adders, removers) = self.in_force;
        let changes = [
            (settings.adders != adders).then(|| units::plural(settings.adders.into(), "adder")),
            (settings.removers != removers)
                .then(|| units::plural(settings.removers.into(), "remover")),
            (settings.ops != self.ops)
                .then(|| format!("{} operations", units::count(settings.ops))),
        ];
        let changes: Vec<_> = changes.into_iter().flatten().collect();
        if changes.is_empty() || settings.full_speed() || self.stepped.is_some() {
            return None;
        }
        let seconds = self.until_next_round().as_secs().saturating_add(1);
        Some(format!("{} from the next round, in about {seconds} s", changes.join(", ")))
    }

    /// About how long the round in progress still takes, with the break after it.
    fn until_next_round(&self) -> Duration {
        let settings = &self.settings;
        let window = match settings.window {
            Widening::Delay(delay) => delay,
            _ => Duration::ZERO,
        };
        let done = |counts: super::super::facts::ThreadCounts| counts.done + counts.empty;
        let threads = self.threads.values().filter(|thread| thread.gone.is_none());
        let least = threads.map(|thread| done(thread.counts)).min().unwrap_or(0);
        let left = u32::try_from(u64::from(self.ops).saturating_sub(least)).unwrap_or(u32::MAX);
        let each = settings.pause.saturating_add(window);
        each.saturating_mul(left).saturating_add(break_after(settings.pause))
    }
}
