//! What is wrong with what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use super::ledger::{Expiring, Latest, Sequence};
use super::worker::TTL;

/// A key that is moved takes with it the time that it has left, and so lives longer by what the move takes.
const SLACK: Duration = Duration::from_secs(2);

#[derive(Clone, Default)]
pub struct Faults {
    pub lost: Vec<String>,
    pub repeated: Vec<String>,
}

impl Faults {
    pub fn add(&mut self, others: Self) {
        self.lost.extend(others.lost);
        self.repeated.extend(others.repeated);
    }

    pub fn lose(&mut self, key: &str, what: &str) {
        self.lost.push(format!("{key}: {what}"));
    }

    fn repeat(&mut self, key: &str, what: &str) {
        self.repeated.push(format!("{key}: {what}"));
    }

    pub fn number(&mut self, key: &str, value: u64, expected: &RangeInclusive<u64>) {
        let words = format!("it is {value}, not {expected:?}");
        if value < *expected.start() {
            self.lose(key, &words);
        } else if value > *expected.end() {
            self.repeat(key, &words);
        }
    }

    pub fn latest(&mut self, key: &str, value: Option<u64>, latest: &Latest) {
        if !latest.may_be(value) {
            self.lose(key, &format!("it is {value:?}, not {:?}", latest.acknowledged));
        }
    }

    pub fn pair(&mut self, key: &str, values: (Option<u64>, Option<u64>), latest: &Latest) {
        if values.0 == values.1 {
            self.latest(key, values.0, latest);
        } else {
            self.lose(key, &format!("what was written together is {values:?}"));
        }
    }

    pub fn kept(&mut self, key: &str, value: Option<usize>, expiring: &Expiring) {
        let is_kept = value == Some(expiring.value);
        if !is_kept && (value.is_some() || expiring.answered.is_some()) {
            self.lose(key, &format!("it is {value:?}, not {}", expiring.value));
        }
    }

    /// Given when it expires, in milliseconds; negative where it does not, or is not there.
    pub fn expiry(&mut self, key: &str, at: i64, expiring: &Expiring) {
        const NOT_THERE: i64 = -2;
        let Expiring { sent, answered, .. } = expiring;
        let expires =
            u64::try_from(at).map(|at| SystemTime::UNIX_EPOCH + Duration::from_millis(at));
        let is_right = expires.is_ok_and(|at| {
            at >= *sent + TTL - SLACK
                && answered.is_none_or(|answered| at <= answered + TTL + SLACK)
        });
        if !is_right && at != NOT_THERE {
            self.lose(key, &format!("it was to expire {TTL:?} after {sent:?}, and does at {at}"));
        }
    }

    /// Each acknowledged number has to be there, in order; of the others only those that were sent.
    pub fn sequence(&mut self, key: &str, numbers: &[u64], sequence: &Sequence) {
        let mut times = BTreeMap::<u64, usize>::new();
        for number in numbers {
            *times.entry(*number).or_default() += 1;
        }
        let acknowledged: BTreeSet<_> = sequence.acknowledged.iter().collect();
        let missing: Vec<_> = acknowledged.iter().filter(|it| !times.contains_key(it)).collect();
        if !missing.is_empty() {
            self.lose(key, &format!("without {}", some(&missing)));
        }
        let is_known = |it: &u64| acknowledged.contains(it) || sequence.unanswered.contains(it);
        let strange: Vec<_> = times.keys().filter(|it| !is_known(it)).collect();
        if !strange.is_empty() {
            self.lose(key, &format!("nobody sent {}", some(&strange)));
        }
        if !numbers.iter().filter(|it| acknowledged.contains(it)).is_sorted() {
            self.lose(key, "not in the order in which it was written");
        }
        let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).map(|it| it.0).collect();
        if !twice.is_empty() {
            self.repeat(key, &format!("more than once {}", some(&twice)));
        }
    }
}

/// How many, and the first ones.
fn some<T: std::fmt::Debug>(all: &[T]) -> String {
    let first = all.get(..5).unwrap_or(all);
    format!("{} numbers, first {first:?}", all.len())
}
