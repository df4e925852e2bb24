//! Medians, intervals and rates against known values.

use proptest::prelude::*;

use super::*;
use crate::scene::units::three;

#[test]
fn an_even_number_of_samples_has_its_median_between_the_middle_two() {
    let statistic = Statistic::of(&[4.0, 1.0, 3.0, 2.0]).unwrap();
    assert_eq!(
        serde_json::to_string(&statistic).unwrap(),
        r#"{"median":2.5,"min":1.0,"max":4.0,"lower_quartile":1.0,"samples":4}"#
    );
    let odd = Statistic::of(&[7.0, 1.0, 3.0]).unwrap();
    assert_eq!(odd.median.total_cmp(&3.0), std::cmp::Ordering::Equal);
    assert_eq!(Statistic::of(&[]), None);
}

#[test]
fn a_quarter_of_the_samples_is_not_above_the_lower_quartile() {
    let quartile = |samples: &[f64]| Statistic::of(samples).unwrap().lower_quartile;
    let all = [
        quartile(&[3.0]),
        quartile(&[9.0, 1.0, 5.0, 3.0, 7.0]),
        quartile(&[8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]),
        Statistic::of(&[4.0, 8.0, 12.0, 16.0, 20.0]).unwrap().scaled(0.5).lower_quartile,
    ];
    assert_eq!(format!("{all:?}"), "[3.0, 3.0, 2.0, 4.0]");
}

#[test]
fn wilsons_interval_is_the_one_in_the_books() {
    // Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I.
    for (hits, trials, low, high) in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ] {
        let rate = Rate::proportion(hits, trials).unwrap();
        assert!((rate.low - low).abs() < 5e-5, "{hits}/{trials}: {rate:?}");
        assert!((rate.high - high).abs() < 5e-5, "{hits}/{trials}: {rate:?}");
    }
    assert_eq!(Rate::proportion(0, 0), None);
}

#[test]
fn a_poisson_interval_is_close_to_the_exact_one() {
    // Exact limits from the chi-square distribution (Garwood 1936).
    for (count, low, high) in [(0, 0.0, 3.69), (5, 1.62, 11.67), (100, 81.36, 121.63)] {
        let rate = Rate::per_second(count, Duration::from_secs(1)).unwrap();
        assert!((rate.low - low).abs() < 0.05, "{count}: {rate:?}");
        assert!((rate.high - high).abs() < 0.05, "{count}: {rate:?}");
    }
    assert_eq!(Rate::per_second(5, Duration::ZERO), None);
}

#[test]
fn rounds_that_differ_widen_the_interval_and_equal_ones_do_not() {
    let plain = Rate::proportion(500, 1000).unwrap();
    let equal = Rate::clustered([(50, 100); 10]).unwrap();
    let apart = Rate::clustered([(0, 100), (100, 100)].repeat(5)).unwrap();
    assert_eq!(equal, plain);
    assert!(apart.high - apart.low > 5.0 * (plain.high - plain.low));
    assert_eq!(Rate::clustered([]), None);
    assert_eq!(Rate::clustered([(0, 0)]), None);
}

proptest! {
    #[test]
    fn a_rate_lies_in_its_interval_and_that_in_0_to_1(
        rounds in prop::collection::vec((0u64..2000, 1u64..2000), 1..50)
    ) {
        let rounds: Vec<_> = rounds.iter().map(|(hits, n)| (*hits.min(n), *n)).collect();
        let rate = Rate::clustered(rounds.iter().copied()).unwrap();
        prop_assert!(0.0 <= rate.low && rate.low <= rate.estimate);
        prop_assert!(rate.estimate <= rate.high && rate.high <= 1.0);
        let hits = rounds.iter().map(|(h, _)| h).sum();
        let trials = rounds.iter().map(|(_, n)| n).sum();
        let alone = Rate::proportion(hits, trials).unwrap();
        prop_assert!(rate.high - rate.low >= alone.high - alone.low - 1e-12);
    }

    #[test]
    fn half_of_the_samples_lie_on_each_side_of_the_median(
        samples in prop::collection::vec(-1e9..1e9, 1..99)
    ) {
        let statistic = Statistic::of(&samples).unwrap();
        let below = samples.iter().filter(|s| **s <= statistic.median).count();
        let above = samples.iter().filter(|s| **s >= statistic.median).count();
        prop_assert!(2 * below >= samples.len() && 2 * above >= samples.len());
        prop_assert!(statistic.min <= statistic.median && statistic.median <= statistic.max);
    }
}

/// Each end of an interval, and what it is about, to four digits.
fn rounded(rate: Rate) -> [String; 3] {
    [rate.estimate, rate.low, rate.high].map(|x| format!("{x:.4}"))
}

#[test]
fn rounds_that_differ_count_as_few_trials() {
    // The design effect of one round without and one with all hits is that of one trial.
    let apart = Rate::clustered([(0, 100), (100, 100)]).unwrap();
    assert_eq!(rounded(apart), rounded(wilson(0.5, 1.0)));
    assert_eq!(rounded(apart), ["0.5000", "0.0546", "0.9454"]);
    // 30 of 100 and 50 of 100: between 2 * 2 * 10^2 / 200^2 = 0.01, alone 0.4 * 0.6 / 200.
    let some = Rate::clustered([(30, 100), (50, 100)]).unwrap();
    assert_eq!(rounded(some), rounded(wilson(0.4, 0.24 / 0.01)));
    // Rounds without trials say nothing.
    assert_eq!(Rate::clustered([(30, 100), (0, 0), (50, 100)]), Some(some));
    let one = Rate::clustered([(30, 100)]).unwrap();
    assert_eq!(Some(one), Rate::proportion(30, 100));
}

#[test]
fn a_rate_is_that_of_one_second() {
    let in_one = Rate::per_second(100, Duration::from_secs(1)).unwrap();
    let in_four = Rate::per_second(100, Duration::from_secs(4)).unwrap();
    for (one, four) in [
        (in_one.estimate, in_four.estimate),
        (in_one.low, in_four.low),
        (in_one.high, in_four.high),
    ] {
        assert!((one - 4.0 * four).abs() < 1e-9);
    }
    assert!((in_four.estimate - 25.0).abs() < 1e-9);
}

#[test]
fn a_statistic_in_another_unit_has_all_its_figures_there() {
    let scaled = Statistic::of(&[2.0, 4.0, 6.0, 9.0, 20.0]).unwrap().scaled(0.5);
    assert_eq!(
        serde_json::to_string(&scaled).unwrap(),
        r#"{"median":3.0,"min":1.0,"max":10.0,"lower_quartile":2.0,"samples":5}"#
    );
}

#[test]
fn a_share_is_displayed_as_a_percentage_with_its_interval() {
    let rate = Rate { estimate: 0.123, low: 0.119, high: 0.128, confidence: CONFIDENCE };
    assert_eq!(rate.to_string(), "12.3 % (11.9 % to 12.8 %)");
}

#[test]
fn three_rounds_that_differ_count_as_few_trials_too() {
    // Between 3 / 2 * (30^2 + 10^2 + 20^2) / 300^2, alone 0.4 * 0.6 / 300.
    let rate = Rate::clustered([(10, 100), (50, 100), (60, 100)]).unwrap();
    let between = 1.5 * 1_400.0 / 90_000.0;
    assert_eq!(rounded(rate), rounded(wilson(0.4, 0.24 / between)));
}

#[test]
fn each_interval_reports_how_sure_it_is() {
    let proportion = Rate::proportion(81, 263).unwrap();
    let count = Rate::per_second(5, Duration::from_secs(1)).unwrap();
    for rate in [proportion, count] {
        assert_eq!(rate.confidence.total_cmp(&0.95), std::cmp::Ordering::Equal);
    }
    let verdict =
        Verdict::of(&[(6.0, 2.0), (4.0, 1.0), (10.0, 2.0), (12.0, 2.0), (14.0, 2.0), (8.0, 1.0)]);
    assert_eq!(
        serde_json::to_string(&verdict).unwrap(),
        r#"{"verdict":"faster","estimate":5.5,"low":3.0,"high":8.0,"confidence":0.95,"rounds":6}"#
    );
    let factors = [1.954, 9.99, 9.996, 12.34, 99.96, 240.4].map(three);
    assert_eq!(factors, ["1.95", "9.99", "10.0", "12.3", "100", "240"]);
}
