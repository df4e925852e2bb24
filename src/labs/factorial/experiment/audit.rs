//! Whether a value is n!: plain multiplication modulo a prime, which shares nothing with
//! the way in which the value was computed. A wrong value passes only if it differs from
//! n! by a multiple of the prime.

use dashu_int::UBig;

/// 2^61 - 1, a Mersenne prime. It is larger than any n, so no n! is 0 modulo it, and
/// products of two rests fit in 128 bits.
const PRIME: u64 = (1 << 61) - 1;

/// Plain multiplication so far. Values are expected in ascending order of n, so that each
/// step multiplies only by what is new; another order is allowed and begins again.
#[derive(Clone, Copy, Debug)]
pub struct Audit {
    n: u32,
    product: u64,
}

impl Default for Audit {
    fn default() -> Self {
        Self { n: 0, product: 1 }
    }
}

impl Audit {
    pub fn agrees(&mut self, n: u32, value: &UBig) -> bool {
        // Backwards is only possible by beginning again: there is no division here.
        if n < self.n {
            *self = Self::default();
        }
        for factor in self.n + 1..=n {
            self.product = times(self.product, u64::from(factor));
        }
        self.n = n;
        value % PRIME == self.product
    }
}

fn times(a: u64, b: u64) -> u64 {
    let rest = u128::from(a) * u128::from(b) % u128::from(PRIME);
    u64::try_from(rest).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_value_agrees() {
        let mut audit = Audit::default();
        let factorial = |n: u32| (1..=n).fold(UBig::ONE, |product, k| product * k);
        for n in [0, 1, 5, 30, 200, 7] {
            assert!(audit.agrees(n, &factorial(n)), "{n}");
            assert!(!audit.agrees(n, &(factorial(n) + 1u8)), "{n}");
        }
    }
}
