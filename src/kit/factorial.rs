//! Exact factorials, fast: prime swing on big integers.
//!
//! The algorithm is Peter Luschny's ("Fast Factorial Functions", *prime swing*,
//! luschny.de/math/factorial/FastFactorialFunctions.htm), the one that GMP uses too: `n! =
//! (n/2)!² · swing(n)`, and the swing is a product of primes that are known beforehand, so
//! no division and few multiplications of unequal length happen. Factors of two are left
//! out and put back by one shift at the end: there are `n - popcount(n)` of them
//! (Legendre).
//!
//! The work is a task of the labs: real computing without any waiting, that can be stopped.
//! It checks its [`Stop`] between multiplications.

use dashu_int::{UBig, Word};

use super::stop::Stop;

/// The odd part of n! fits a word of 64 bits up to here.
const SMALL: u32 = 25;
/// Up to this number of factors are multiplied one by one, which is faster as long as the
/// product is short; above that, halves are multiplied.
const RUN: usize = 24;

/// n!, or `None` if `stop` was requested meanwhile. 0! is 1.
///
/// It checks `stop` between multiplications, the last of which is the longest: about a
/// third of the whole work.
pub fn factorial(n: u32, stop: &Stop) -> Option<UBig> {
    let primes = if n > SMALL { odd_primes(n) } else { Vec::new() };
    Some(odd_part(n, &primes, stop)? << (n - n.count_ones()) as usize)
}

/// n! without its factors of two, by the recursion. `primes` are the odd ones up to the
/// outermost n, which every level uses a part of.
fn odd_part(n: u32, primes: &[u32], stop: &Stop) -> Option<UBig> {
    if n <= SMALL {
        return Some(UBig::from(small_odd_part(n)));
    }
    let half = odd_part(n / 2, primes, stop)?;
    let swing = odd_swing(n, primes, stop)?;
    if stop.requested() {
        return None;
    }
    let square = half.sqr();
    if stop.requested() {
        return None;
    }
    Some(square * swing)
}

/// By the definition, for what fits a word.
fn small_odd_part(n: u32) -> Word {
    (2..=Word::from(n)).map(|k| k >> k.trailing_zeros()).product()
}

/// The odd primes up to `n`, ascending: the sieve of Eratosthenes on odd numbers.
fn odd_primes(n: u32) -> Vec<u32> {
    // Position i stands for 2i + 1.
    let mut composite = vec![false; n.div_ceil(2) as usize];
    let mut primes = Vec::new();
    for i in 1..composite.len() {
        if composite[i] {
            continue;
        }
        let prime = 2 * i + 1;
        primes.push(u32::try_from(prime).unwrap_or(u32::MAX));
        // From the square of the prime, in steps of two primes: the odd multiples.
        for multiple in (2 * i * (i + 1)..composite.len()).step_by(prime) {
            composite[multiple] = true;
        }
    }
    primes
}

/// n! / (n/2)!² without its factors of two: each prime p to the power of how many of n/p,
/// n/p², n/p³, … are odd.
fn odd_swing(n: u32, primes: &[u32], stop: &Stop) -> Option<UBig> {
    let up_to = |limit: u32| primes.partition_point(|&prime| prime <= limit);
    let (root, third, half, all) = (up_to(n.isqrt()), up_to(n / 3), up_to(n / 2), up_to(n));
    let mut factors = Factors::default();
    // Up to the root, higher powers of the prime count.
    for &prime in &primes[..root] {
        let (mut quotient, mut power) = (n, 1);
        while quotient >= prime {
            quotient /= prime;
            if quotient % 2 == 1 {
                power *= Word::from(prime);
            }
        }
        factors.push(power);
    }
    // Beyond it only n/p does. Between n/3 and n/2 that is 2, so these primes drop out.
    for &prime in primes[root..third].iter().filter(|&prime| n / prime % 2 == 1) {
        factors.push(Word::from(prime));
    }
    // Above n/2 it is 1.
    for &prime in &primes[half..all] {
        factors.push(Word::from(prime));
    }
    product(&factors.finish(), stop)
}

/// Gathers small factors into as few words as possible: each word that is saved is one pass
/// over the product less.
#[derive(Default)]
struct Factors {
    words: Vec<Word>,
    /// The product of those since the last full word; 0 at the beginning.
    open: Word,
}

impl Factors {
    /// Multiplies into the open word, or begins a new one.
    fn push(&mut self, factor: Word) {
        match self.open.max(1).checked_mul(factor) {
            Some(product) => self.open = product,
            None => self.words.push(std::mem::replace(&mut self.open, factor)),
        }
    }

    fn finish(mut self) -> Vec<Word> {
        self.words.push(self.open.max(1));
        self.words
    }
}

/// The product of all factors, halves first, so that the long multiplications are of equal
/// length, where they are fastest.
fn product(factors: &[Word], stop: &Stop) -> Option<UBig> {
    if factors.len() <= RUN {
        return Some(short_product(factors));
    }
    if stop.requested() {
        return None;
    }
    let (left, right) = factors.split_at(factors.len() / 2);
    let (left, right) = (product(left, stop)?, product(right, stop)?);
    if stop.requested() {
        return None;
    }
    Some(left * right)
}

/// One factor after the other in one buffer, without a new allocation for each.
fn short_product(factors: &[Word]) -> UBig {
    let mut product: Vec<Word> = Vec::with_capacity(factors.len() + 1);
    product.push(1);
    for &factor in factors {
        let mut carry: Word = 0;
        // Schoolbook multiplication by one word, from the lowest.
        for word in &mut product {
            (*word, carry) = word.carrying_mul(factor, carry);
        }
        if carry > 0 {
            product.push(carry);
        }
    }
    UBig::from_words(&product)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the definition says, one factor after the other.
    fn by_definition(n: u32) -> UBig {
        (2..=n).fold(UBig::ONE, |product, k| product * k)
    }

    #[test]
    fn the_first_factorials_are_those_of_the_definition() {
        let stop = Stop::new();
        for n in 0..=300 {
            assert_eq!(factorial(n, &stop), Some(by_definition(n)), "{n}!");
        }
    }

    #[test]
    fn larger_ones_are_too() {
        let stop = Stop::new();
        for n in [999, 1000, 1023, 1024, 1025, 3003, 5040] {
            assert_eq!(factorial(n, &stop), Some(by_definition(n)), "{n}!");
        }
    }

    /// Legendre's formula and Wilson's theorem check a huge one without computing it again.
    #[test]
    fn a_huge_one_has_the_trailing_zeros_and_the_length_that_theory_asks_for() {
        let text = factorial(20_000, &Stop::new()).unwrap().to_string();
        assert_eq!(text.len(), 77_338);
        let zeros = text.len() - text.trim_end_matches('0').len();
        assert_eq!(zeros, 4_000 + 800 + 160 + 32 + 6 + 1);
        assert!(text.starts_with("1819206320230345134827641756"), "{text:.30}");
    }

    #[test]
    fn a_huge_one_is_given_up_when_asked_to_stop() {
        let stop = Stop::new();
        stop.request();
        assert_eq!(factorial(100_000, &stop), None);
    }
}
