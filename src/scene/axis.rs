//! An axis: an interval of values, how positions follow from them, and ticks at round ones.
//!
//! A lab chooses the interval and writes the ticks, because the drawing knows no units. Ends
//! are rounded outwards to ticks, so that an axis does not change with every new value.

/// How positions follow from values. The labs choose it; the drawing says so where it is
/// logarithmic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    #[default]
    Linear,
    /// Equal distances are equal factors. Values of 0 and less have no position, so they are not
    /// drawn.
    Log,
}

/// A value on an axis, and its text. The text is chosen by the lab, which knows the unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tick {
    pub at: f64,
    pub text: String,
}

/// An interval of values, `from` below `to`, and the ticks within it in ascending order. Made by
/// [`Axis::linear`] or [`Axis::log`]; the default has no extent, and no value has a position on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    pub from: f64,
    pub to: f64,
    pub scale: Scale,
    pub ticks: Vec<Tick>,
}

/// Ticks of a linear axis at least, besides the one at 0; with fewer a reader could not estimate
/// what lies between.
const FEWEST: f64 = 3.0;
/// Steps between the ticks of a linear axis, each times a power of ten: distances that can be
/// added up in the head. Neighbours differ by a factor of 2 at most, so that an axis has at
/// most twice as many ticks as the fewest.
const STEPS: [f64; 5] = [1.0, 2.0, 2.5, 5.0, 10.0];

impl Axis {
    /// A linear axis from 0 to `most` or a little more, with three to six ticks behind the 0.
    /// `write` gives the text of a tick.
    pub fn linear(most: f64, write: impl Fn(f64) -> String) -> Self {
        let most = if most.is_finite() && most > 0.0 { most } else { 1.0 };
        let least = most / (FEWEST * 2.0);
        let power = least.log10().floor();
        // Divided by a power of ten, a decimal fraction is as close to what it is written as can
        // be: 6 / 10 is 0.6, and 6 * 0.1 is 0.6000000000000001.
        let times_power = |value: f64| {
            if power < 0.0 { value / 10_f64.powf(-power) } else { value * 10_f64.powf(power) }
        };
        let step = STEPS.into_iter().find(|step| times_power(*step) >= least).unwrap_or(10.0);
        let count = (most / times_power(step)).ceil().clamp(1.0, 100.0);
        let ticks = values(0.0, count, |n| times_power(n * step), write);
        Self { from: 0.0, to: times_power(count * step), scale: Scale::Linear, ticks }
    }

    /// A logarithmic axis over `least` to `most`, both above 0, with its ends at 1, 2 or 5 times
    /// a power of ten. Its ticks are at powers of ten, and at 2 and 5 times such a power too
    /// where these are few.
    pub fn log(least: f64, most: f64, write: impl Fn(f64) -> String) -> Self {
        let positive = |value: f64| if value.is_finite() && value > 0.0 { value } else { 1.0 };
        let (least, most) = (positive(least.min(most)), positive(least.max(most)));
        let (from, to) = (round_down(least), round_up(most));
        // Of a single value, the middle of an interval.
        let (from, to) =
            if to > from { (from, to) } else { (round_down(least / 2.0), round_up(most * 2.0)) };
        let mut axis = Self { from, to, scale: Scale::Log, ticks: Vec::new() };
        let steps: &[f64] = if to / from < 1e3 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        // A power of ten more on each side, since its multiples may be inside.
        let powers = (0..=100).map(|n| from.log10().floor() + f64::from(n));
        for power in powers.take_while(|power| *power <= to.log10()) {
            let all = steps.iter().map(|step| step * 10_f64.powf(power));
            let inside = all.filter(|at| axis.position(*at).is_some()).collect::<Vec<_>>();
            axis.ticks.extend(inside.into_iter().map(|at| Tick { at, text: write(at) }));
        }
        axis
    }

    /// Where a value lies: 0 at `from`, 1 at `to`; `None` outside of the axis. A value a billionth
    /// beyond an end counts as at that end, since rounding may have moved it.
    pub fn position(&self, value: f64) -> Option<f64> {
        let at = match self.scale {
            Scale::Linear => (value - self.from) / (self.to - self.from),
            Scale::Log => (value / self.from).log10() / (self.to / self.from).log10(),
        };
        // What rounding moved over an end still belongs to it.
        (-1e-9..=1.0 + 1e-9).contains(&at).then(|| at.clamp(0.0, 1.0))
    }
}

/// Ticks for the whole numbers from `first` to `last`; 100 at most, whatever is asked for, so that
/// a wrong value costs neither time nor memory. `value` makes the value of a number.
fn values(
    first: f64,
    last: f64,
    value: impl Fn(f64) -> f64,
    write: impl Fn(f64) -> String,
) -> Vec<Tick> {
    let numbers = (0..=100).map(|n| first + f64::from(n)).take_while(|n| *n <= last);
    numbers.map(value).map(|at| Tick { at, text: write(at) }).collect()
}

/// The largest of 1, 2 and 5 times a power of ten that is not above `value`, which must be
/// positive. The small factor forgives what rounding in the logarithm has added.
fn round_down(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let steps = [5.0, 2.0, 1.0].map(|step| step * power);
    steps.into_iter().find(|step| *step <= value * (1.0 + 1e-9)).unwrap_or(power)
}

fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= value * (1.0 - 1e-9)).unwrap_or(power * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.text.as_str()).collect()
    }

    #[test]
    fn a_linear_axis_ends_at_a_round_value_that_is_not_below_the_largest() {
        let axis = |most| Axis::linear(most, |value| format!("{value}"));
        assert_eq!(texts(&axis(3.9)), ["0", "1", "2", "3", "4"]);
        assert_eq!(texts(&axis(22.6)), ["0", "5", "10", "15", "20", "25"]);
        assert_eq!(texts(&axis(0.9)), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(texts(&axis(0.06)), ["0", "0.01", "0.02", "0.03", "0.04", "0.05", "0.06"]);
        assert_eq!(texts(&axis(6.0)), ["0", "1", "2", "3", "4", "5", "6"]);
        assert_eq!(texts(&axis(1300.0)), ["0", "250", "500", "750", "1000", "1250", "1500"]);
        for tenths in 1..10_000 {
            let most = f64::from(tenths) / 10.0;
            let axis = axis(most);
            assert!(axis.to >= most && axis.to <= most * 1.5, "{most}: {axis:?}");
            assert!((4..=7).contains(&axis.ticks.len()), "{most}: {axis:?}");
        }
        for odd in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(axis(odd).to > 0.0, "{odd}");
        }
    }

    #[test]
    fn a_small_change_of_the_largest_value_does_not_move_a_linear_axis() {
        let ends = |most| Axis::linear(most, |_| String::new()).to;
        assert_eq!([21.0, 22.6, 24.9].map(ends).map(|end| end.to_string()), ["25", "25", "25"]);
    }

    #[test]
    fn a_logarithmic_axis_has_its_ticks_at_powers_of_ten() {
        let axis = Axis::log(0.3, 4_200.0, |value| format!("{value}"));
        assert_eq!((axis.from.to_string(), axis.to.to_string()), ("0.2".into(), "5000".into()));
        assert_eq!(texts(&axis), ["1", "10", "100", "1000"]);
        let few = Axis::log(120.0, 450.0, |value| format!("{value:.0}"));
        assert_eq!(texts(&few), ["100", "200", "500"]);
        let near = |value: f64, expected: f64| {
            axis.position(value).is_some_and(|at| (at - expected).abs() < 1e-9)
        };
        assert!(near(0.2, 0.0) && near(5_000.0, 1.0) && near((0.2_f64 * 5_000.0).sqrt(), 0.5));
        let outside = [0.0, -1.0, 0.1, 6_000.0, f64::NAN].map(|value| axis.position(value));
        assert_eq!(outside, [None; 5]);
        for odd in [0.0, f64::NAN, 7.0] {
            let axis = Axis::log(odd, odd, |_| String::new());
            assert!(axis.to > axis.from, "{odd}");
        }
    }
}
