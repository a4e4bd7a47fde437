//! What was acknowledged, and what else may be there because nobody answered.

use std::ops::RangeInclusive;
use std::time::SystemTime;

use super::faults::Faults;

/// Counters of a worker; they lie in slots all over the cluster.
pub const COUNTERS: usize = 100;
pub const PAIRS: usize = 50;
pub const REGISTERS: usize = 50;
pub const LISTS: usize = 4;
pub const STREAMS: usize = 4;

pub struct Ledger {
    pub worker: usize,
    pub counters: Vec<Counter>,
    pub expiring: Vec<Expiring>,
    pub pairs: Vec<Latest>,
    pub registers: Vec<Latest>,
    pub lists: Vec<Sequence>,
    pub streams: Vec<Sequence>,
    /// What was seen while writing.
    pub faults: Faults,
}

#[derive(Clone, Default)]
pub struct Counter {
    pub at_least: u64,
    pub unanswered: u64,
}

#[derive(Clone)]
pub struct Expiring {
    pub value: usize,
    pub sent: SystemTime,
    pub answered: Option<SystemTime>,
}

/// Overwritten with rising numbers.
#[derive(Clone, Default)]
pub struct Latest {
    pub acknowledged: Option<u64>,
    /// Sent after it.
    pub unanswered: Vec<u64>,
}

/// Rising numbers, appended.
#[derive(Clone, Default)]
pub struct Sequence {
    pub acknowledged: Vec<u64>,
    pub unanswered: Vec<u64>,
}

impl Ledger {
    pub fn new(worker: usize) -> Self {
        Self {
            worker,
            counters: vec![Counter::default(); COUNTERS],
            expiring: Vec::new(),
            pairs: vec![Latest::default(); PAIRS],
            registers: vec![Latest::default(); REGISTERS],
            lists: vec![Sequence::default(); LISTS],
            streams: vec![Sequence::default(); STREAMS],
            faults: Faults::default(),
        }
    }
}

impl Counter {
    /// What it may be now.
    pub fn range(&self) -> RangeInclusive<u64> {
        self.at_least..=self.at_least + self.unanswered
    }

    /// What INCR may answer now.
    pub fn next(&self) -> RangeInclusive<u64> {
        self.at_least + 1..=self.at_least + 1 + self.unanswered
    }

    /// Given what INCR answered.
    pub fn note(&mut self, answer: Option<u64>) {
        match answer {
            Some(value) => *self = Self { at_least: value, unanswered: 0 },
            None => self.unanswered += 1,
        }
    }
}

impl Latest {
    pub fn note(&mut self, number: u64, is_acknowledged: bool) {
        if is_acknowledged {
            *self = Self { acknowledged: Some(number), unanswered: Vec::new() };
        } else {
            self.unanswered.push(number);
        }
    }

    pub fn may_be(&self, value: Option<u64>) -> bool {
        value == self.acknowledged || value.is_some_and(|value| self.unanswered.contains(&value))
    }
}

impl Sequence {
    pub fn note(&mut self, number: u64, is_acknowledged: bool) {
        let numbers = if is_acknowledged { &mut self.acknowledged } else { &mut self.unanswered };
        numbers.push(number);
    }
}
