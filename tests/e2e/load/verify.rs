//! The ledger beside what is there.

use redis::{Cmd, FromRedisValue, RedisResult, cmd};

use super::client::Client;
use super::faults::Faults;
use super::keys;
use super::ledger::Ledger;

struct Verifier<'a> {
    client: &'a Client,
    ledger: &'a Ledger,
    faults: Faults,
}

pub fn verify(client: &Client, ledger: &Ledger) -> Faults {
    let mut verifier = Verifier { client, ledger, faults: ledger.faults.clone() };
    verifier.numbers();
    verifier.expiring();
    verifier.sequences();
    verifier.faults
}

impl<'a> Verifier<'a> {
    /// Judges each entry by its key and what is answered about it.
    fn each<E, T: FromRedisValue>(
        &mut self,
        entries: &'a [E],
        key: fn(usize, usize) -> String,
        command: impl Fn(&str) -> Cmd,
        judge: impl Fn(&mut Faults, &str, T, &E),
    ) {
        let worker = self.ledger.worker;
        let keys: Vec<String> = (0..entries.len()).map(|index| key(worker, index)).collect();
        let commands: Vec<Cmd> = keys.iter().map(|key| command(key)).collect();
        let answers: Vec<RedisResult<T>> = self.client.ask_all(&commands);
        for ((key, entry), answer) in keys.iter().zip(entries).zip(answers) {
            match answer {
                Ok(answer) => judge(&mut self.faults, key, answer, entry),
                Err(error) => self.faults.lose(key, &error.to_string()),
            }
        }
    }

    fn numbers(&mut self) {
        let ledger = self.ledger;
        self.each(&ledger.counters, keys::counter, get, |faults, key, value, counter| {
            faults.number(key, Option::unwrap_or_default(value), &counter.range());
        });
        self.each(&ledger.registers, keys::register, get, Faults::latest);
        self.each(&ledger.pairs, keys::first_of_pair, get_pair, Faults::pair);
    }

    fn expiring(&mut self) {
        let entries = &self.ledger.expiring;
        self.each(entries, keys::expiring, get, Faults::kept);
        let expiry = |key: &str| cmd("PEXPIRETIME").arg(key).take();
        self.each(entries, keys::expiring, expiry, Faults::expiry);
    }

    fn sequences(&mut self) {
        type Entry = (String, (String, u64));
        let ledger = self.ledger;
        let all = |key: &str| Cmd::lrange(key, 0, -1);
        self.each(&ledger.lists, keys::list, all, |faults, key, numbers: Vec<u64>, list| {
            faults.sequence(key, &numbers, list);
        });
        let all = |key: &str| cmd("XRANGE").arg(key).arg("-").arg("+").take();
        self.each(
            &ledger.streams,
            keys::stream,
            all,
            |faults, key, entries: Vec<Entry>, stream| {
                let numbers: Vec<u64> =
                    entries.into_iter().map(|(_, (_, number))| number).collect();
                faults.sequence(key, &numbers, stream);
            },
        );
    }
}

fn get(key: &str) -> Cmd {
    cmd("GET").arg(key).take()
}

fn get_pair(first: &str) -> Cmd {
    cmd("MGET").arg(first).arg(keys::second_of_pair(first)).take()
}
