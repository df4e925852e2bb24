//! The blame ledger: each wait is charged to the lane that held what was waited for.
//!
//! A wait that outlives a holder is split at the change, and each part is charged to the holder
//! of that time. So the sum of all charges is the sum of all waits, exactly. Lanes are known by
//! their names here: a worker that is replaced goes on with the account of its name.
//!
//! ```text
//! remove-1 waits for the lock   |------- held by add-1 -------|--- held by add-2 ---|
//! charged to                      add-1: 8 ms                   add-2: 5 ms           sum: 13 ms
//! ```

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use hdrhistogram::Histogram;

use super::stat::P99_SAMPLES;
use crate::kit::event::{LaneId, ResourceId};
use crate::printable::Printable;
use crate::scene::{Span, Table, Tone, units};

/// The most separate accounts; beyond it, new pairs share one, so that the total stays exact.
const ACCOUNTS: usize = 128;
/// Entries of the cache from numbers to accounts. Lanes come and go while names stay, so it is
/// emptied when it is full.
const NUMBERS: usize = 1 << 14;
/// Rows of the table: more than a screen shows at once.
const ROWS: usize = 32;
/// Significant digits of the histograms. Two keep an account within some kilobytes, and a table
/// shows no more.
const DIGITS: u8 = 2;

/// Who waited, for what, and who held it, by name; `None` if no holder was known. Names and not
/// numbers, so that the accounts of a replaced worker are one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Charge {
    pub waiter: Arc<str>,
    pub holder: Option<Arc<str>>,
    pub resource: Arc<str>,
    /// Whether it is held by those who get it, as a lock is and the end of a thread is not.
    pub is_held: bool,
}

/// What one holder cost one waiter at one resource. Sum and maximum are exact, quantiles are read
/// from a histogram.
///
/// ```text
/// parts of waits   3 ms, 5 ms, 8 ms     waits 3    total 16 ms    longest 8 ms    p50 5 ms
/// ```
#[derive(Clone, Debug)]
pub struct Account {
    /// Sum of the waits in ns; exact.
    pub total: u64,
    /// The longest wait, or part of one, in ns, exact.
    pub longest: u64,
    times: Histogram<u32>,
}

/// All accounts of a run. Grows to `ACCOUNTS` pairs; what comes after is kept as one sum. Written
/// at the end of each wait, and of each part of one.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Shared with the snapshots that hold the same.
    accounts: Vec<(Charge, Arc<Account>)>,
    by_name: BTreeMap<Charge, usize>,
    /// The same by numbers, a cache that saves building and comparing names at every wait. May
    /// be emptied at any time.
    by_number: HashMap<Numbers, AccountIndex>,
    /// What came after [`ACCOUNTS`] pairs, all of them in one account; `None` until then.
    others: Option<Account>,
    /// New pairs have no account of their own any more.
    closed: bool,
}

pub type Numbers = (LaneId, Option<LaneId>, ResourceId);

/// Where an account is among those with names; `None` for the pairs that share one.
type AccountIndex = Option<usize>;

impl Account {
    fn new() -> Option<Self> {
        Some(Self { total: 0, longest: 0, times: Histogram::new(DIGITS).ok()? })
    }

    fn merge(&mut self, other: &Self) {
        self.total += other.total;
        self.longest = self.longest.max(other.longest);
        let _ = self.times.add(&other.times);
    }

    fn record(&mut self, ns: u64) {
        self.total += ns;
        self.longest = self.longest.max(ns);
        // It grows with what it is given: the saturating form would cut long waits short.
        let _ = self.times.record(ns);
    }

    /// How many waits, or parts of one, were charged. A wait that outlived two holders counts
    /// as three parts.
    pub fn waits(&self) -> u64 {
        self.times.len()
    }

    /// A quantile in ns, to two digits, and never above the longest wait: a bucket's upper end
    /// may be.
    pub fn quantile(&self, share: f64) -> u64 {
        self.times.value_at_quantile(share).min(self.longest)
    }
}

impl Ledger {
    /// Charges a wait; `name` is asked for the names of the numbers only if they are new.
    /// Called at the end of every wait, so the usual case is one hash lookup.
    pub(crate) fn charge(&mut self, numbers: Numbers, ns: u64, name: impl FnOnce() -> Charge) {
        let place = match self.by_number.get(&numbers) {
            Some(place) => *place,
            None => self.place(numbers, name()),
        };
        let account = if let Some(place) = place {
            self.accounts.get_mut(place).map(|(_, account)| Arc::make_mut(account))
        } else {
            if self.others.is_none() {
                self.others = Account::new();
            }
            self.others.as_mut()
        };
        if let Some(account) = account {
            account.record(ns);
        }
    }

    /// Keeps the accounts that a table would show, and makes the others one: for a snapshot, which
    /// costs some kilobytes for each. The total stays exact.
    pub fn shrink(&mut self) {
        self.by_number = HashMap::new();
        if self.accounts.len() <= ROWS {
            return;
        }
        self.closed = true;
        let mut dearest: Vec<_> = (0..self.accounts.len()).collect();
        dearest.sort_by_key(|at| std::cmp::Reverse(self.accounts[*at].1.total));
        dearest.truncate(ROWS);
        let all = std::mem::take(&mut self.accounts).into_iter().enumerate();
        let (kept, others): (Vec<_>, Vec<_>) = all.partition(|(at, _)| dearest.contains(at));
        self.accounts = kept.into_iter().map(|(_, account)| account).collect();
        let places = self.accounts.iter().enumerate().map(|(at, (who, _))| (who.clone(), at));
        self.by_name = places.collect();
        for (_, (_, account)) in others {
            match &mut self.others {
                Some(sum) => sum.merge(&account),
                None => self.others = Some(Arc::unwrap_or_clone(account)),
            }
        }
    }

    /// The account of these numbers, made if the names are new and there is room. Called once
    /// for each new triple of numbers.
    #[cold]
    fn place(&mut self, numbers: Numbers, charge: Charge) -> AccountIndex {
        let known = self.by_name.get(&charge).copied();
        let place = known.or_else(|| {
            let room = !self.closed && self.accounts.len() < ACCOUNTS;
            let account = Account::new().filter(|_| room)?;
            self.accounts.push((charge.clone(), account.into()));
            self.by_name.insert(charge, self.accounts.len() - 1);
            Some(self.accounts.len() - 1)
        });
        if self.by_number.len() >= NUMBERS {
            self.by_number.clear();
        }
        self.by_number.insert(numbers, place);
        place
    }

    /// Each pair with its account, in the order in which they came up. The shared account of
    /// late pairs is not among them.
    pub fn accounts(&self) -> impl Iterator<Item = (&Charge, &Account)> {
        self.accounts.iter().map(|(charge, account)| (charge, &**account))
    }

    /// All that was ever charged, in ns: with the waits under way, exactly what the lanes
    /// waited.
    pub fn total(&self) -> u64 {
        let named = self.accounts.iter().map(|(_, account)| &**account);
        let all = named.chain(&self.others);
        all.map(|account| account.total).sum()
    }

    /// The accounts of what is held, the most expensive first; `open` are the waits under way with
    /// their time so far. A wait for the end of a thread, or for an item, is no contention.
    pub(crate) fn table(&self, open: impl Iterator<Item = (Charge, u64)>) -> Table {
        let ended = self.accounts().filter(|(charge, _)| charge.is_held);
        let mut lines: BTreeMap<_, _> = ended.map(|(who, account)| (who, account.line())).collect();
        let open: Vec<_> = open.filter(|(charge, _)| charge.is_held).collect();
        // Added here and not to the accounts: they change with every frame until they end.
        for (charge, ns) in &open {
            let line = lines.entry(charge).or_default();
            line.waits += 1;
            line.total += ns;
            line.longest = line.longest.max(*ns);
        }
        let mut dearest: Vec<_> = lines.into_iter().collect();
        dearest.sort_by_key(|(_, line)| std::cmp::Reverse(line.total));
        let mut rows: Vec<_> = dearest
            .into_iter()
            .take(ROWS)
            .map(|(charge, line)| {
                let holder = match &charge.holder {
                    Some(holder) => Span::from(Printable::from(holder)),
                    None => Span::new("unknown", Tone::Dim),
                };
                let waiter = Span::from(Printable::from(&charge.waiter));
                let resource = Span::from(Printable::from(&charge.resource));
                line.row([waiter, holder, resource])
            })
            .collect();
        if let Some(others) = &self.others {
            let who = ["others", "", ""].map(|text| Span::new(text, Tone::Dim));
            rows.push(others.line().row(who));
        }
        let head = ["waiter", "holder", "of", "total", "p50", "p99", "max", "waits"];
        Table { head: head.map(Into::into).into(), rows, figures_from: 3 }
    }
}

/// A line of the table; times in ns. Made from an account, or from a wait that is under way.
#[derive(Default)]
struct Line {
    waits: u64,
    total: u64,
    /// Of the waits that have ended; `None` without any, since a wait under way has no length
    /// yet.
    p50: Option<u64>,
    /// The same, if there are at least [`P99_SAMPLES`]: of fewer it would be the maximum again.
    p99: Option<u64>,
    longest: u64,
}

impl Account {
    fn line(&self) -> Line {
        Line {
            waits: self.waits(),
            total: self.total,
            p50: Some(self.quantile(0.5)),
            p99: (self.waits() >= P99_SAMPLES).then(|| self.quantile(0.99)),
            longest: self.longest,
        }
    }
}

impl Line {
    fn row(&self, who: [Span; 3]) -> Vec<Span> {
        let times = [Some(self.total), self.p50, self.p99, Some(self.longest)];
        let times =
            times.map(|ns| Span::from(ns.map_or_else(|| "-".to_owned(), units::whole_nanos)));
        let waits = Span::from(units::count(self.waits));
        who.into_iter().chain(times).chain([waits]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_waits_however_long() {
        let mut account = Account::new().unwrap();
        for ns in [1_000, 50_000_000, 50_000_000] {
            account.record(ns);
        }
        let p50 = account.quantile(0.5);
        assert!((49_000_000..=50_000_000).contains(&p50), "{p50}");
        assert_eq!((account.waits(), account.longest), (3, 50_000_000));
    }

    #[test]
    fn a_snapshot_keeps_the_dearest_accounts_and_the_whole_sum() {
        let charge = |at: u32| Charge {
            waiter: format!("waiter-{at}").into(),
            holder: None,
            resource: "lock".into(),
            is_held: true,
        };
        let numbers = |at: u32| (LaneId(at), None, ResourceId(1));
        let mut ledger = Ledger::default();
        for at in 0..100 {
            ledger.charge(numbers(at), u64::from(at), || charge(at));
        }
        let (mut snapshot, sum) = (ledger.clone(), ledger.total());
        snapshot.shrink();
        let kept: Vec<_> = snapshot.accounts().map(|(_, account)| account.total).collect();
        assert_eq!(kept, (68..100).collect::<Vec<_>>());
        assert_eq!(snapshot.total(), sum);
        // A pair that was merged has no account that would hold a part of it alone.
        snapshot.charge(numbers(3), 1_000, || charge(3));
        snapshot.charge(numbers(99), 1_000, || charge(99));
        let kept: Vec<_> = snapshot.accounts().map(|(_, account)| account.total).collect();
        assert_eq!((kept.len(), kept[31]), (32, 1_099));
        assert_eq!(snapshot.total(), sum + 2_000);
    }

    #[test]
    fn of_accounts_that_cost_the_same_a_snapshot_keeps_as_many() {
        let mut ledger = Ledger::default();
        for at in 0..40 {
            let charge = || Charge {
                waiter: format!("{at}").into(),
                holder: None,
                resource: "lock".into(),
                is_held: true,
            };
            ledger.charge((LaneId(at), None, ResourceId(1)), 7, charge);
        }
        ledger.shrink();
        assert_eq!((ledger.accounts().count(), ledger.total()), (ROWS, 40 * 7));
    }
}
