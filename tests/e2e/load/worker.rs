//! One connection, and what it writes in turn.

use std::time::{Duration, Instant, SystemTime};

use redis::{Cmd, FromRedisValue, cmd};

use super::client::Client;
use super::keys;
use super::ledger::{COUNTERS, Expiring, LISTS, Ledger, PAIRS, REGISTERS, STREAMS};
use super::log::Log;

/// Long beside every case: no key expires while one runs.
pub const TTL: Duration = Duration::from_secs(3600);

pub struct Worker {
    client: Client,
    round: usize,
    pub ledger: Ledger,
    pub log: Log,
}

impl Worker {
    pub fn new(index: usize, client: Client, began: Instant) -> Self {
        Self { client, round: 0, ledger: Ledger::new(index), log: Log::new(began) }
    }

    /// A write of each kind.
    pub fn round(&mut self) {
        let (round, number) = (self.round, self.round as u64);
        self.round += 1;
        self.count(round % COUNTERS);
        self.expire(round);
        self.pair(round % PAIRS, number);
        self.overwrite(round % REGISTERS, number);
        self.push(round % LISTS, number);
        self.add(round % STREAMS, number);
    }

    fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> Option<T> {
        self.log.note(|| self.client.ask(command))
    }

    fn count(&mut self, index: usize) {
        let key = keys::counter(self.ledger.worker, index);
        let answer = self.ask(cmd("INCR").arg(&key));
        let counter = &mut self.ledger.counters[index];
        if let Some(value) = answer {
            self.ledger.faults.number(&key, value, &counter.next());
        }
        counter.note(answer);
    }

    fn expire(&mut self, index: usize) {
        let key = keys::expiring(self.ledger.worker, index);
        let sent = SystemTime::now();
        let answer: Option<()> =
            self.ask(cmd("SET").arg(key).arg(index).arg("EX").arg(TTL.as_secs()));
        let answered = answer.map(|()| SystemTime::now());
        self.ledger.expiring.push(Expiring { value: index, sent, answered });
    }

    /// Both are read first: once they are overwritten, nobody sees any more what they were.
    fn pair(&mut self, index: usize, number: u64) {
        let a = keys::first_of_pair(self.ledger.worker, index);
        let b = keys::second_of_pair(&a);
        let latest = &self.ledger.pairs[index];
        if let Some(before) = self.log.note(|| self.client.ask(cmd("MGET").arg(&a).arg(&b))) {
            self.ledger.faults.pair(&a, before, latest);
        }
        let answer: Option<()> = self.ask(cmd("MSET").arg(a).arg(number).arg(b).arg(number));
        self.ledger.pairs[index].note(number, answer.is_some());
    }

    fn overwrite(&mut self, index: usize, number: u64) {
        let key = keys::register(self.ledger.worker, index);
        let answer: Option<Option<u64>> = self.ask(cmd("SET").arg(&key).arg(number).arg("GET"));
        let latest = &mut self.ledger.registers[index];
        // One that was sent twice answers itself.
        if let Some(before) = answer.filter(|before| *before != Some(number)) {
            self.ledger.faults.latest(&key, before, latest);
        }
        latest.note(number, answer.is_some());
    }

    fn push(&mut self, index: usize, number: u64) {
        let key = keys::list(self.ledger.worker, index);
        let answer: Option<u64> = self.ask(cmd("RPUSH").arg(key).arg(number));
        self.ledger.lists[index].note(number, answer.is_some());
    }

    fn add(&mut self, index: usize, number: u64) {
        let key = keys::stream(self.ledger.worker, index);
        let answer: Option<String> = self.ask(cmd("XADD").arg(key).arg("*").arg("n").arg(number));
        self.ledger.streams[index].note(number, answer.is_some());
    }
}
