//! How often everything is measured, and in which order. Pure, so that budget and order
//! are tested with a made-up clock.

use std::time::Duration;

use super::kinds::Strategy;

/// Rounds of the comparison. Six are the fewest that can decide at all; with nine, one
/// bad round of each pair does no harm.
pub const ROUNDS: usize = 9;
/// How long all rounds together are to take; with long tasks there are fewer of them. A
/// user waits for the whole comparison, so it has to end within half a minute.
const BUDGET: Duration = Duration::from_secs(24);
const FEWEST_ROUNDS: usize = 3;

/// The strategies in the order of this round: each round begins with another one, so that
/// in the long run each of them has each position equally often.
pub fn in_turns<const N: usize>(mut all: [Strategy; N], round: usize) -> [Strategy; N] {
    all.rotate_left(round % N);
    all
}

/// Runs all rounds, as many as fit into [`BUDGET`] if each takes as long as the first,
/// and returns their number. The first round decides, because CPython must be given the
/// same number beforehand.
///
/// # Errors
/// That of the round that ended early.
pub fn run_rounds<E>(
    now: impl Fn() -> Duration,
    mut round: impl FnMut(usize) -> Result<(), E>,
) -> Result<usize, E> {
    let began = now();
    round(0)?;
    let rounds = rounds_within(BUDGET, now().saturating_sub(began));
    (1..rounds).try_for_each(round)?;
    Ok(rounds)
}

fn rounds_within(budget: Duration, first: Duration) -> usize {
    let fit = budget.as_nanos() / first.as_nanos().max(1);
    usize::try_from(fit).unwrap_or(ROUNDS).clamp(FEWEST_ROUNDS, ROUNDS)
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    #[test]
    fn each_way_has_each_place_equally_often() {
        let firsts: Vec<_> = (0..8).map(|round| in_turns(Strategy::OURS, round)).collect();
        for place in 0..4 {
            for strategy in Strategy::OURS {
                let often = firsts.iter().filter(|turns| turns[place] == strategy).count();
                assert_eq!(often, 2, "{strategy} at {place}: {firsts:?}");
            }
        }
        assert_eq!(
            firsts[1],
            [Strategy::Threads, Strategy::Gil, Strategy::Processes, Strategy::Serial]
        );
    }

    #[test]
    fn there_are_rounds_enough_for_an_interval_unless_a_round_is_very_long() {
        let rounds = |ms| rounds_within(BUDGET, Duration::from_millis(ms));
        assert_eq!([700, 2_600, 4_000, 9_000, 60_000].map(rounds), [9, 9, 6, 3, 3]);
        const { assert!(ROUNDS >= crate::timeline::stat::FEWEST) };
        assert_eq!(rounds_within(BUDGET, Duration::ZERO), ROUNDS);
    }

    #[test]
    fn rounds_go_on_as_long_as_the_first_leaves_room_for_them() {
        let run = |each: Duration, fails_at: usize| {
            let (clock, rounds) = (Cell::new(Duration::from_secs(77)), RefCell::new(Vec::new()));
            let done = run_rounds(
                || clock.get(),
                |round| {
                    rounds.borrow_mut().push(round);
                    // Those after the first take longer, which changes nothing any more.
                    clock.set(clock.get() + each * if round == 0 { 1 } else { 3 });
                    if round == fails_at { Err("stopped") } else { Ok(()) }
                },
            );
            (done, rounds.into_inner())
        };
        let all = |count: usize| (Ok(count), (0..count).collect());
        let seconds = Duration::from_secs;
        // 24 seconds in all.
        assert_eq!(run(seconds(4), usize::MAX), all(6));
        assert_eq!(run(Duration::from_millis(4_001), usize::MAX), all(5));
        assert_eq!(run(seconds(3), usize::MAX), all(8));
        assert_eq!(run(seconds(1), usize::MAX), all(9));
        assert_eq!(run(seconds(20), usize::MAX), all(3));
        assert_eq!(run(seconds(3), 2), (Err("stopped"), vec![0, 1, 2]));
        assert_eq!(run(seconds(3), 0), (Err("stopped"), vec![0]));
    }
}
