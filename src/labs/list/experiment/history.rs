//! Which thread overwrote which, worked out from what each operation read.
//!
//! Each operation builds on the version of the list that it loaded: it records that
//! version, and stores its own. Without interference the versions form one chain. Where
//! two operations loaded the same version the chain forks, and in the end only one branch
//! leads to the list that is left: what the other branch stored was overwritten.
//!
//! ```text
//! start ── A1 ── R1 ── A3 ── R2   (the final list)     lasting: A1 R1 A3 R2
//!           └─── A2 ── R3                              overwritten: A2, and R3 with it
//! ```
//!
//! Here R1 and A2 both loaded the version of A1. R1's branch lasts, so A2 is the
//! overwritten operation of this conflict and R1 the lasting one. R3 is a follower of A2:
//! it did nothing wrong, but its work went with the list that it built on.
//!
//! That follows from the versions alone, so no pair is ever guessed from times. The cost
//! is linear in the number of operations: each version is given its fate once.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::op::{Op, OpKind, Version, WorkerId};

/// One thread's operations of a round, in its order. The index of an operation here is
/// its number in [`Version`].
#[derive(Clone, Copy, Debug)]
pub struct ThreadRecord<'a> {
    pub who: WorkerId,
    pub ops: &'a [Op],
}

/// One side of a conflict: which thread did what, with which value. Copied out of the
/// records, so a conflict can be sent as an event after they were used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictingOp {
    pub who: WorkerId,
    #[serde(rename = "did")]
    pub kind: OpKind,
    pub value: i64,
}

/// Two operations that read the same list, of which only one can have been kept. Its text
/// names both and what became of the one that was overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The length that both read, as a sign of the common version that a reader can
    /// recognise.
    pub length: u32,
    /// The one whose new length did not last: the final list does not build on it.
    pub overwritten: ConflictingOp,
    /// The one that the final list builds on. Neither of the two had seen the other's
    /// store when it loaded the length.
    pub lasting: ConflictingOp,
    /// Whether the audit found the overwritten one's value nowhere. Often it is not: two
    /// stores to a slot may come in the other order than the two to the length, and then
    /// the lasting one's value is lost.
    pub lost: bool,
    /// Operations that built on the overwritten one, directly or by way of others, and
    /// went with it.
    pub followed: u32,
}

/// One sentence without its full stop. Two removals of the same value are described as
/// such, because there the duplicate is what the audit will show.
impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (a, b) = (self.overwritten, self.lasting);
        write!(f, "{} and {} both read length {}; ", a.who, b.who, self.length)?;
        match a.kind {
            OpKind::Removed if b.kind == OpKind::Removed && a.value == b.value => {
                write!(f, "both took {}", a.value)?;
            }
            OpKind::Appended if self.lost => write!(f, "{}'s {} was overwritten", a.who, a.value)?,
            OpKind::Appended => write!(f, "{}'s longer list was overwritten", a.who)?,
            _ => write!(f, "{}'s shorter list was overwritten", a.who)?,
        }
        match self.followed {
            0 => Ok(()),
            1 => f.write_str(", and one operation built on it went with it"),
            n => write!(f, ", and {n} operations built on it went with it"),
        }
    }
}

/// All conflicts of one round. The number is exact; only the first few are worked out in
/// words, as all of them would be thousands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflicts {
    /// The number of overwritten branches. Followers are not counted: one collision can
    /// take many later operations with it.
    pub count: u64,
    pub some: Vec<Conflict>,
}

/// What became of one operation's version. Each version goes from `Unknown` to one of the
/// others once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Unknown,
    /// The final list builds on it; `then` is the next version of the chain, `None` for
    /// the last one.
    Lasting {
        then: Option<Version>,
    },
    /// Overwritten, as part of the branch that begins with this version, which may be the
    /// version itself.
    Overwritten {
        branch: Version,
    },
}

/// Finds the conflicts of a round that ended in version `last`, and names `most` of them.
/// The records are in the order of their threads' numbers in the versions; `is_lost`
/// returns whether the audit found a value nowhere.
pub fn conflicts(
    records: &[ThreadRecord<'_>],
    last: Version,
    most: usize,
    is_lost: impl Fn(i64) -> bool,
) -> Conflicts {
    let mut fates = Fates::new(records);
    fates.walk_chain(last);
    let mut followed: Vec<(Version, u32)> = Vec::new();
    let mut found = Conflicts::default();
    for (thread, record) in records.iter().enumerate() {
        for (number, op) in record.ops.iter().enumerate() {
            // A removal that found the list empty stored nothing, so it overwrote
            // nothing.
            if op.stored().is_none() {
                continue;
            }
            let mine = Version::of(thread, number);
            let Some(branch) = fates.branch(mine) else {
                continue;
            };
            // Only the first operation of a branch collided; the others built on its
            // list.
            if branch != mine {
                followed.push((branch, 1));
                continue;
            }
            found.count += 1;
            // The rival is the operation that stored on top of the same version and
            // lasted. It exists in every complete record: `op` stored after it had loaded
            // that version, so that version is not the last.
            let lasting = fates.then(op.read.by).and_then(|then| fates.op(then));
            if let Some((who, other)) = lasting
                && found.some.len() < most
            {
                found.some.push(Conflict {
                    length: op.read.length,
                    overwritten: conflicting_op(record.who, op),
                    lasting: conflicting_op(who, other),
                    lost: op.kind == OpKind::Appended && is_lost(op.value),
                    followed: 0,
                });
                // Remembered by its version until all operations were seen.
                followed.push((mine, 0));
            }
        }
    }
    count_followers(&mut found, followed);
    found
}

/// Charges each follower to its branch, if that is one of those named. `followed`
/// contains each named branch with 0, in the order of the conflicts, and each follower's
/// branch with 1: a follower may come before its branch, as threads are looked at one
/// after the other.
fn count_followers(found: &mut Conflicts, followed: Vec<(Version, u32)>) {
    let named: Vec<_> = followed.iter().filter(|(_, n)| *n == 0).map(|(v, _)| *v).collect();
    for (branch, n) in followed {
        if let Some(at) = named.iter().position(|version| *version == branch)
            && let Some(conflict) = found.some.get_mut(at)
        {
            conflict.followed += n;
        }
    }
}

fn conflicting_op(who: WorkerId, op: &Op) -> ConflictingOp {
    ConflictingOp { who, kind: op.kind, value: op.value }
}

/// The fate of every version of a round. Filled in two passes: first the lasting chain,
/// backwards from the end, then the branches, each as it is asked for.
struct Fates<'a> {
    records: &'a [ThreadRecord<'a>],
    known: Vec<Vec<Fate>>,
    /// The version that followed the start in the chain. The start is no operation, so it
    /// has no entry of its own in `known`.
    first: Option<Version>,
}

impl<'a> Fates<'a> {
    fn new(records: &'a [ThreadRecord<'a>]) -> Self {
        Self {
            records,
            known: records.iter().map(|record| vec![Fate::Unknown; record.ops.len()]).collect(),
            first: None,
        }
    }

    /// The operation that stored a version; `None` for the start, and for one that no
    /// record contains.
    fn op(&self, version: Version) -> Option<(WorkerId, &'a Op)> {
        let (thread, number) = version.parts()?;
        let record = self.records.get(thread)?;
        Some((record.who, record.ops.get(number)?))
    }

    /// Follows the chain from the list that is left back to the start, and marks what is
    /// on it as lasting.
    fn walk_chain(&mut self, last: Version) {
        let (mut at, mut then) = (last, None);
        // A version that is not `Unknown` would be met twice: a cycle, which no real
        // record has. The check keeps a wrong record from a loop without end.
        while let Some((_, op)) = self.op(at)
            && self.get(at) == Some(Fate::Unknown)
        {
            self.put(at, Fate::Lasting { then });
            then = Some(at);
            at = op.read.by;
        }
        self.first = then;
    }

    /// The version that the final list put on top of a lasting one; of the start for any
    /// version without an entry.
    fn then(&self, version: Version) -> Option<Version> {
        match self.get(version) {
            None => self.first,
            Some(Fate::Lasting { then }) => then,
            _ => None,
        }
    }

    /// The first version of the overwritten branch that `version` belongs to; `None` if
    /// it lasts.
    ///
    /// Follows what was read until it meets a version whose fate is known, and gives that
    /// fate to all on the way. So each version is walked over once in all calls together.
    fn branch(&mut self, version: Version) -> Option<Version> {
        let mut path = Vec::new();
        let mut at = version;
        let branch = loop {
            match self.get(at) {
                // The start always lasts: what stood on it begins a branch. If `version`
                // itself lasts, the path is empty and the answer is `None`.
                None | Some(Fate::Lasting { .. }) => break *path.last()?,
                Some(Fate::Overwritten { branch }) => break branch,
                Some(Fate::Unknown) => path.push(at),
            }
            at = self.op(at)?.1.read.by;
        };
        for version in path {
            self.put(version, Fate::Overwritten { branch });
        }
        Some(branch)
    }

    fn get(&self, version: Version) -> Option<Fate> {
        let (thread, number) = version.parts()?;
        self.known.get(thread)?.get(number).copied()
    }

    fn put(&mut self, version: Version, fate: Fate) {
        if let Some((thread, number)) = version.parts()
            && let Some(slot) = self.known.get_mut(thread).and_then(|t| t.get_mut(number))
        {
            *slot = fate;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::op::Stamp;
    use super::*;

    fn op(kind: OpKind, value: i64, length: u32, by: Version) -> Op {
        Op { kind, value, read: Stamp { length, by } }
    }

    /// The conflicts between an adder's and a remover's operations.
    fn between(adder: &[Op], remover: &[Op], last: Version, gone: &[i64]) -> Vec<String> {
        let records = [
            ThreadRecord { who: WorkerId::adder(1), ops: adder },
            ThreadRecord { who: WorkerId::remover(1), ops: remover },
        ];
        let found = conflicts(&records, last, 8, |value| gone.contains(&value));
        assert_eq!(found.count, found.some.len() as u64);
        found.some.iter().map(Conflict::to_string).collect()
    }

    fn a(n: usize) -> Version {
        Version::of(0, n)
    }

    fn r(n: usize) -> Version {
        Version::of(1, n)
    }

    #[test]
    fn a_chain_has_no_conflict() {
        let adder = [op(OpKind::Appended, 64, 0, Version::START), op(OpKind::Appended, 7, 0, r(0))];
        let remover = [
            op(OpKind::Removed, 64, 1, a(0)),
            op(OpKind::Removed, 7, 1, a(1)),
            op(OpKind::FoundEmpty, 0, 0, r(1)),
        ];
        assert_eq!(between(&adder, &remover, r(1), &[]), [""; 0]);
    }

    #[test]
    fn the_append_that_a_removal_overwrote_is_named_with_it() {
        let adder = [
            op(OpKind::Appended, 64, 0, Version::START),
            op(OpKind::Appended, 7, 1, a(0)),
            op(OpKind::Appended, 42, 2, a(1)),
        ];
        let remover = [op(OpKind::Removed, 64, 2, a(1))];
        assert_eq!(
            between(&adder, &remover, r(0), &[42]),
            ["add-1 and remove-1 both read length 2; add-1's 42 was overwritten"]
        );
    }

    #[test]
    fn the_removal_that_an_append_overwrote_is_named_with_it() {
        let adder = [op(OpKind::Appended, 64, 0, Version::START), op(OpKind::Appended, 7, 1, a(0))];
        let remover = [op(OpKind::Removed, 64, 1, a(0))];
        assert_eq!(
            between(&adder, &remover, a(1), &[]),
            ["remove-1 and add-1 both read length 1; remove-1's shorter list was overwritten"]
        );
    }

    #[test]
    fn one_late_store_takes_all_that_happened_meanwhile_with_it() {
        let adder: Vec<_> = (0..4)
            .map(|n: u32| {
                let by = if n == 0 { Version::START } else { a(n as usize - 1) };
                op(OpKind::Appended, i64::from(n) + 10, n, by)
            })
            .collect();
        // It read length 1 and stored after the adder's fourth append.
        let remover = [op(OpKind::Removed, 10, 1, a(0))];
        assert_eq!(
            between(&adder, &remover, r(0), &[11, 12, 13]),
            [
                "add-1 and remove-1 both read length 1; add-1's 11 was overwritten, and 2 operations built on it went with it"
            ]
        );
    }

    #[test]
    fn two_threads_that_read_the_start_are_in_conflict_too() {
        let (one, two) = (WorkerId::adder(1), WorkerId::adder(2));
        let first = [op(OpKind::Appended, 5, 0, Version::START)];
        let second = [op(OpKind::Appended, 6, 0, Version::START)];
        let records =
            [ThreadRecord { who: one, ops: &first }, ThreadRecord { who: two, ops: &second }];
        let found = conflicts(&records, Version::of(1, 0), 8, |value| value == 5);
        assert_eq!(
            found.some[0].to_string(),
            "add-1 and add-2 both read length 0; add-1's 5 was overwritten"
        );
    }

    #[test]
    fn two_removers_that_take_the_same_value_are_reported() {
        let adder = [op(OpKind::Appended, 64, 0, Version::START)];
        let take = [op(OpKind::Removed, 64, 1, a(0))];
        let records = [
            ThreadRecord { who: WorkerId::adder(1), ops: &adder },
            ThreadRecord { who: WorkerId::remover(1), ops: &take },
            ThreadRecord { who: WorkerId::remover(2), ops: &take },
        ];
        let found = conflicts(&records, Version::of(2, 0), 8, |_| false);
        assert_eq!(
            found.some[0].to_string(),
            "remove-1 and remove-2 both read length 1; both took 64"
        );
    }
}
