//! Durations as people write them: `250us`, `1.5ms`, `2s`. The unit is always there, on
//! input and output: a bare number would be milliseconds to one reader and seconds to
//! another.

use std::time::Duration;

/// The units in which durations are read and written. `m` is a minute, as in other
/// command-line tools; milliseconds are `ms`.
const UNITS: [fundu::CustomTimeUnit<'static>; 6] = {
    use fundu::{CustomTimeUnit as Unit, TimeUnit};
    [
        Unit::with_default(TimeUnit::NanoSecond, &["ns"]),
        Unit::with_default(TimeUnit::MicroSecond, &["us", "µs"]),
        Unit::with_default(TimeUnit::MilliSecond, &["ms"]),
        Unit::with_default(TimeUnit::Second, &["s"]),
        Unit::with_default(TimeUnit::Minute, &["m", "min"]),
        Unit::with_default(TimeUnit::Hour, &["h"]),
    ]
};

/// A duration of `n` milliseconds, for constants.
pub const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Reads `250us`, `1.5ms`, `2s`, `1m`, `1h`; the unit is required. `None` for anything else: no
/// sign, no exponent, no sum of several.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let parser = fundu::CustomDurationParser::builder()
        .time_units(&UNITS)
        .disable_exponent()
        .disable_infinity()
        .build();
    // The parser would take a bare number as seconds.
    if text.ends_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    parser.parse(text).ok()?.try_into().ok()
}

/// Writes a duration as [`parse_duration`] reads it, exactly, in the largest unit that
/// keeps it short: whole seconds in seconds, everything else from a millisecond on in
/// milliseconds.
pub fn write_duration(time: Duration) -> String {
    let ns = time.as_nanos();
    let (unit, name) = match ns {
        0 => return "0ms".to_owned(),
        n if n % 1_000_000_000 == 0 => (1_000_000_000, "s"),
        n if n >= 1_000_000 => (1_000_000, "ms"),
        n if n >= 1_000 => (1_000, "us"),
        _ => (1, "ns"),
    };
    let (whole, rest) = (ns / unit, ns % unit);
    if rest == 0 {
        return format!("{whole}{name}");
    }
    // As many digits as the unit has zeros, so that 1.05 is not written as 1.5.
    let width = usize::try_from(unit.ilog10()).unwrap_or(0);
    let fraction = format!("{rest:0width$}");
    format!("{whole}.{}{name}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them_and_written_back() {
        for text in ["0ms", "250us", "1.5ms", "1.05ms", "2s", "90s", "17ns", "1005ns", "1500ms"] {
            let time = parse_duration(text).unwrap();
            assert_eq!(parse_duration(&write_duration(time)), Some(time), "{text}");
        }
        for (ns, text) in [
            (0, "0ms"),
            (7, "7ns"),
            (999, "999ns"),
            (1_000, "1us"),
            (1_005, "1.005us"),
            (250_000, "250us"),
            (999_999, "999.999us"),
            (1_000_000, "1ms"),
            (1_500_000, "1.5ms"),
            (1_050_000, "1.05ms"),
            (2_000_000_000, "2s"),
            (90_000_000_000, "90s"),
            (1_250_000_000, "1250ms"),
            (1_000_000_001, "1000.000001ms"),
        ] {
            let time = Duration::from_nanos(ns);
            assert_eq!(write_duration(time), text);
            assert_eq!(parse_duration(text), Some(time));
        }
        assert_eq!(parse_duration("1.5m"), parse_duration("90s"));
        assert_eq!(parse_duration("2min"), parse_duration("120s"));
        assert_eq!(parse_duration("1.5h"), parse_duration("90m"));
        assert_eq!(parse_duration("3µs"), parse_duration("3000ns"));
    }

    #[test]
    fn nonsense_is_no_duration() {
        for text in ["", "5", "5.", "ms", "-1s", "1.5.2s", "1 fortnight", "1e9999s", "nan"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
