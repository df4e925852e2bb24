//! Figures with their units, written the same way everywhere.
//!
//! Three digits are enough to compare and few enough to read; the unit follows from the size,
//! so that a column may mix units and each figure is still short.

use std::time::Duration;

/// A duration in nanoseconds, as figures that are shown carry it: a float, since they are averages
/// and quotients as often as measured times.
pub fn in_ns(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

/// A time in seconds since 1970, as `2026-11-29 07:50 UTC`. In the proleptic Gregorian
/// calendar, without leap seconds (H. Hinnant, "chrono-compatible low-level date algorithms").
pub fn date(seconds: u64) -> String {
    let (days, minutes) = (seconds / 86_400, seconds / 60 % 1440);
    // Years begin in March here, so that the day that leap years have is the last one.
    let (era, day) = ((days + 719_468) / 146_097, (days + 719_468) % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march = (5 * day + 2) / 153;
    let day = day - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

/// A duration in microseconds, for the fields whose names end in `_us`. Exact to a nanosecond for
/// all durations that a run can have.
pub fn in_us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// A duration in milliseconds, for the fields whose names end in `_ms`. As exact as [`in_us`].
pub fn in_ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// An interval of time in its natural unit, three digits: `850 ns`, `3.14 µs`, `12.4 ms`, `2.00
/// s`, `5 min`.
pub fn nanos(ns: f64) -> String {
    const MINUTE: f64 = 60e9;
    // Each limit of three digits is where rounding would make a fourth.
    match ns.abs() {
        t if t < 999.5 => format!("{ns:.0} ns"),
        t if t < 999.5e3 => format!("{} µs", three(ns / 1e3)),
        t if t < 999.5e6 => format!("{} ms", three(ns / 1e6)),
        // Each unit begins at two of it or more from here on: `119 s` is more exact than
        // `2 min`.
        t if t < 2.0 * MINUTE => format!("{} s", three(ns / 1e9)),
        t if t < 120.0 * MINUTE => format!("{:.0} min", ns / MINUTE),
        t if t < 48.0 * 60.0 * MINUTE => format!("{:.0} h", ns / (60.0 * MINUTE)),
        t if t < 60.0 * 24.0 * 60.0 * MINUTE => format!("{:.0} days", ns / (24.0 * 60.0 * MINUTE)),
        // Estimates of a search may be this long: an average month and year are exact enough.
        t if t < 730.0 * 24.0 * 60.0 * MINUTE => {
            format!("{:.0} months", ns / (30.4 * 24.0 * 60.0 * MINUTE))
        }
        _ => format!("{:.0} years", ns / (365.25 * 24.0 * 60.0 * MINUTE)),
    }
}

/// The same for a whole number of nanoseconds, as clocks and events give it: 104 days are exact,
/// and three digits are shown anyway.
pub fn whole_nanos(ns: u64) -> String {
    nanos(to_f64(ns))
}

/// A count with a comma between its thousands: `2,704,156`. Wide enough for the number of
/// interleavings of a large program; the largest number stands for all that are not.
pub fn count(n: impl Into<u128>) -> String {
    let n = n.into();
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    if n == u128::MAX {
        out.push_str("more than ");
    }
    for (i, digit) in digits.chars().enumerate() {
        // Groups of three are counted from the right.
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A rate in its natural unit: `950/s`, `14.2 k/s`, `2.40 M/s`. The factors are thousands, not
/// 1024.
pub fn per_second(rate: f64) -> String {
    match rate.abs() {
        r if r < 999.5 => format!("{}/s", three(rate)),
        r if r < 999.5e3 => format!("{} k/s", three(rate / 1e3)),
        r if r < 999.5e6 => format!("{} M/s", three(rate / 1e6)),
        _ => format!("{} G/s", three(rate / 1e9)),
    }
}

/// A share as a percentage. Something is never rounded to nothing (`< 0.01 %`), and nearly all
/// has its own form (`> 99.99 %`).
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p > 0.0 && p < 0.01 => "< 0.01 %".to_owned(),
        // One decimal would round it up to all.
        p if p < 100.0 && p > 99.99 => "> 99.99 %".to_owned(),
        // Small shares need their second decimal to differ at all, and so do nearly all.
        p if p < 1.0 || (99.95..100.0).contains(&p) => format!("{p:.2} %"),
        p => format!("{p:.1} %"),
    }
}

/// An interval of time as short as it can be written: `5 ms`, `2.5 ms`, `0`. For the ticks of
/// an axis, whose values are round.
pub fn short_nanos(ns: f64) -> String {
    if ns == 0.0 {
        return "0".to_owned();
    }
    let text = nanos(ns);
    match text.split_once(' ') {
        Some((number, unit)) => format!("{} {unit}", without_zeros(number)),
        None => text,
    }
}

fn without_zeros(number: &str) -> &str {
    match number.split_once('.') {
        Some(_) => number.trim_end_matches('0').trim_end_matches('.'),
        None => number,
    }
}

/// Three digits, as many of them behind the point as fit. From 1,000 on, all digits before the
/// point are written: callers choose a unit in which that does not happen, but for the largest one.
pub fn three(value: f64) -> String {
    match value.abs() {
        // The limits are where rounding would make a fourth digit: 9.995 would become `10.00`.
        v if v < 9.995 => format!("{value:.2}"),
        v if v < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// `1 worker`, `8 workers`, `3 processes`: for words whose plural only adds an s, or es after a
/// hiss. The count is written as [`count`] writes it.
pub fn plural(n: u64, what: &str) -> String {
    let hisses = ["s", "x", "ch", "sh"].iter().any(|ending| what.ends_with(ending));
    let ending = match (n, hisses) {
        (1, _) => "",
        (_, false) => "s",
        (_, true) => "es",
    };
    format!("{} {what}{ending}", count(n))
}

/// A count or a time as a number that can be divided. Exact below 2^53: counts beyond it would
/// take years, nanoseconds 104 days, and a figure is shown with three digits.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub fn to_f64(n: u64) -> f64 {
    n as f64
}

/// A place in an order: `1st`, `2nd`, `3rd`, `11th`. 0 is `0th`.
pub fn ordinal(n: usize) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_written_in_its_natural_unit() {
        let written: Vec<_> =
            [0.0, 850.0, 1e3, 3_140.0, 12_400_000.0, 1e9, 1.5e9, 2e9, 3.0 * 3600e9, 8e15]
                .map(nanos)
                .into();
        assert_eq!(
            written,
            [
                "0 ns", "850 ns", "1.00 µs", "3.14 µs", "12.4 ms", "1.00 s", "1.50 s", "2.00 s",
                "3 h", "3 months"
            ]
        );
    }

    #[test]
    fn round_values_are_written_without_zeros_behind_the_point() {
        let times = [0.0, 500.0, 1e3, 2.5e6, 1e7, 2.5e8, 3e10].map(short_nanos);
        assert_eq!(times, ["0", "500 ns", "1 µs", "2.5 ms", "10 ms", "250 ms", "30 s"]);
    }

    #[test]
    fn a_duration_has_one_value_in_each_unit() {
        let time = Duration::from_nanos(1_500_000_250);
        let near = |value: f64, expected: f64| (value - expected).abs() < 1e-3;
        assert!(near(in_ns(time), 1_500_000_250.0));
        assert!(near(in_us(time), 1_500_000.25));
        assert!(near(in_ms(time), 1_500.000_25));
    }

    #[test]
    fn a_date_is_that_of_the_calendar() {
        assert_eq!(date(0), "1970-01-01 00:00 UTC");
        assert_eq!(date(951_782_399), "2000-02-28 23:59 UTC");
        assert_eq!(date(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(date(1_709_251_199), "2024-02-29 23:59 UTC");
        assert_eq!(date(4_107_542_400), "2100-03-01 00:00 UTC");
        assert_eq!(date(1_795_938_600), "2026-11-29 07:50 UTC");
        // Whatever a file claims.
        assert!(date(u64::MAX).ends_with("UTC"));
    }

    #[test]
    fn each_unit_begins_where_the_one_before_ends() {
        let written = [
            999.4, 9_994.0, 99_940.0, 1e6, 999.4e6, 119e9, 120e9, 7_200e9, 172_800e9, 5.2e15,
            6.5e16,
        ]
        .map(nanos);
        assert_eq!(
            written,
            [
                "999 ns", "9.99 µs", "99.9 µs", "1.00 ms", "999 ms", "119 s", "2 min", "2 h",
                "2 days", "2 months", "2 years"
            ]
        );
        let day = 86_400e9;
        assert_eq!(
            [59.0, 365.0, 731.0].map(|days| nanos(days * day)),
            ["59 days", "12 months", "2 years"]
        );
        // A month has 30.4 days and a year 365.25.
        assert_eq!(
            [350.0, 714.0, 729.0, 730.0, 365_250.0].map(|days| nanos(days * day)),
            ["12 months", "23 months", "24 months", "2 years", "1000 years"]
        );
        assert_eq!(nanos(-1_500.0), "-1.50 µs");
        assert_eq!(whole_nanos(2_500), "2.50 µs");
    }

    #[test]
    fn rates_are_written_in_their_natural_unit() {
        assert_eq!(
            [0.5, 950.0, 1_000.0, 1_500.0, 14_200.0, 1e6, 1_500_000.0, 2_400_000.0, 1.5e9, 3e9]
                .map(per_second),
            [
                "0.50/s", "950/s", "1.00 k/s", "1.50 k/s", "14.2 k/s", "1.00 M/s", "1.50 M/s",
                "2.40 M/s", "1.50 G/s", "3.00 G/s"
            ]
        );
    }

    #[test]
    fn what_rounds_up_to_a_thousand_has_the_next_unit() {
        let times = [999.4, 999.6, 999_400.0, 999_600.0, 999.6e6].map(nanos);
        assert_eq!(times, ["999 ns", "1.00 µs", "999 µs", "1.00 ms", "1.00 s"]);
        let rates = [999.6, 999_600.0, 999.6e6].map(per_second);
        assert_eq!(rates, ["1.00 k/s", "1.00 M/s", "1.00 G/s"]);
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        assert_eq!([0u32, 999, 1000, 2_704_156].map(count), ["0", "999", "1,000", "2,704,156"]);
        assert!(count(u128::MAX).starts_with("more than 340,282,"));
    }

    #[test]
    fn a_small_share_is_not_nothing() {
        assert_eq!(
            [0.0, 0.000_01, 0.000_15, 0.009, 0.015, 0.5, 0.999_8, 0.999_999, 1.0].map(percent),
            [
                "0.00 %",
                "< 0.01 %",
                "0.01 %",
                "0.90 %",
                "1.5 %",
                "50.0 %",
                "99.98 %",
                "> 99.99 %",
                "100.0 %"
            ]
        );
    }

    #[test]
    fn places_end_as_they_are_spoken() {
        let places = [1, 2, 3, 4, 11, 12, 13, 21, 22, 103, 111].map(ordinal);
        let spoken =
            ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "103rd", "111th"];
        assert_eq!(places, spoken);
    }
}
