//! Moments of a run as text: beside sentences, and on an axis. Moments are numbers of
//! nanoseconds that the scene gives; no clock is read here.

/// Units from the smallest: nanoseconds in one, and its name. Seconds are the largest: a run of
/// hours is still measured in them.
const UNITS: [(u64, &str); 4] = [(1, "ns"), (1_000, "µs"), (1_000_000, "ms"), (1_000_000_000, "s")];

/// A moment with three decimals, in the unit that suits `last`, the latest moment beside it. So
/// all stamps of a list have one unit and can be compared at a glance.
pub fn stamp(at: u64, last: u64) -> String {
    let (unit, name) = unit(last);
    decimal(at, unit, 3, name)
}

/// A moment on an axis whose ticks are `step` apart, with as many decimals as the ticks need to
/// differ.
pub fn tick(at: u64, last: u64, step: u64) -> String {
    let (unit, name) = unit(last);
    let decimals = (0..9).find(|d| step >= unit / 10u64.pow(*d)).unwrap_or(9);
    decimal(at, unit, decimals, name)
}

/// The smallest step of 1, 2 or 5 times a power of ten that is at least this long: distances
/// that can be added up in the head.
pub fn step(least: u64) -> u64 {
    let power = 10u64.pow(least.max(1).ilog10());
    [1, 2, 5, 10]
        .into_iter()
        .map(|factor| power.saturating_mul(factor))
        .find(|step| *step >= least)
        .unwrap_or(u64::MAX)
}

/// The largest unit that is not larger than `last`, so that the number before the decimals is
/// at least 1.
fn unit(last: u64) -> (u64, &'static str) {
    UNITS.into_iter().rev().find(|(unit, _)| last >= *unit).unwrap_or(UNITS[0])
}

/// A moment in a unit, with a fixed number of decimals, so that texts beside each other line
/// up. Computed in whole numbers, since a `f64` does not hold every nanosecond of a long run.
fn decimal(at: u64, unit: u64, decimals: u32, name: &str) -> String {
    let (whole, rest) = (at / unit, at % unit);
    let scale = 10u64.pow(decimals);
    // Cut, not rounded: a moment is never shown before it was.
    let rest = u128::from(rest) * u128::from(scale) / u128::from(unit);
    match decimals {
        _ if decimals == 0 || unit == 1 => format!("{whole} {name}"),
        decimals => format!("{whole}.{rest:0width$} {name}", width = decimals as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_cut_not_rounded() {
        assert_eq!(stamp(12_103_999_999, 12_103_999_999), "12.103 s");
        assert_eq!(stamp(999_999, 2_000_000), "0.999 ms");
        assert_eq!(stamp(17, 17), "17 ns");
    }

    #[test]
    fn ticks_are_as_exact_as_their_distance() {
        assert_eq!(tick(12_500_000_000, 13_000_000_000, 500_000_000), "12.5 s");
        assert_eq!(tick(13_000_000_000, 13_000_000_000, 1_000_000_000), "13 s");
        assert_eq!(tick(12_000_250_000, 13_000_000_000, 50_000), "12.00025 s");
    }

    #[test]
    fn steps_are_round() {
        assert_eq!([1, 3, 70, 100, 101].map(step), [1, 5, 100, 100, 200]);
        assert_eq!(step(u64::MAX), u64::MAX);
    }
}
