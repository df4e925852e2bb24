//! The times at which the user had paused the script.

/// Pauses in the order of time, in nanoseconds of the run's clock.
#[derive(Debug, Default)]
pub struct Pauses {
    ended: Vec<(u64, u64)>,
    since: Option<u64>,
}

impl Pauses {
    pub fn begin(&mut self, at: u64) {
        self.since.get_or_insert(at);
    }

    /// Ends the present pause, if there is one; its length.
    pub fn end(&mut self, at: u64) -> Option<u64> {
        let since = self.since.take()?;
        self.ended.push((since, at.max(since)));
        Some(at.saturating_sub(since))
    }

    pub fn is_paused(&self) -> bool {
        self.since.is_some()
    }

    /// A moment on the script's own clock, which stands still in a pause: waits and holds are
    /// measured by it, so no pause is taken for one.
    pub fn own_time(&self, at: u64) -> u64 {
        let open = self.since.map(|since| (since, u64::MAX));
        let all = self.ended.iter().copied().chain(open);
        at - all.map(|(from, to)| at.clamp(from, to) - from).sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_clock_stands_still_in_each_pause() {
        let mut pauses = Pauses::default();
        assert_eq!(pauses.end(5), None);
        pauses.begin(10);
        pauses.begin(12);
        assert_eq!([5, 10, 14].map(|at| pauses.own_time(at)), [5, 10, 10]);
        assert_eq!(pauses.end(30), Some(20));
        pauses.begin(50);
        assert_eq!([5, 20, 30, 41, 50, 99].map(|at| pauses.own_time(at)), [5, 10, 10, 21, 30, 30]);
        assert_eq!(pauses.end(60), Some(10));
        assert_eq!([55, 61].map(|at| pauses.own_time(at)), [30, 31]);
    }
}
