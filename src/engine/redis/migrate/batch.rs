//! Keys in batches: so many that a source is blocked for a bounded time.

use std::collections::BTreeMap;
use std::iter::once;
use std::time::Duration;

use super::cast::Reply;
use crate::engine::redis::command::{Answer, Command, Endpoint};

/// What bounds a move.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// So long a source may be busy with one batch.
    pub batch: Duration,
    /// Of one batch; a key that is larger is sent alone.
    pub bytes: u64,
    /// Percent of its time that a source may be busy with batches.
    pub busy: u32,
    /// Bytes of a key that is not sent at all.
    pub largest: Option<u64>,
    /// So long a source waits for a target that does not answer, in all of a batch: it answers nobody else meanwhile, and is
    /// taken for dead itself where that is too long.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { batch: BATCH, bytes: BYTES, busy: 100, largest: None, patience: PATIENCE }
    }
}

const BATCH: Duration = Duration::from_millis(12);
/// Shorter ones are mostly the way there and back.
const SHORTEST: Duration = Duration::from_millis(2);
const BYTES: u64 = 1 << 20;

/// Half of the node timeout as it comes.
const PATIENCE: Duration = Duration::from_millis(7_500);
/// Of one `MIGRATE` of many: a target that stalls for a moment is no target that is gone.
const LEAST_PATIENCE: Duration = Duration::from_millis(100);

/// A source is left alone for so long at most: the lease of the run has to be kept meanwhile.
const LONGEST_REST: Duration = Duration::from_secs(5);

impl Limits {
    /// Whoever may be busy for a part of its time has batches as much smaller: a client waits for the longest of them.
    pub fn throttled(busy: u8) -> Self {
        let batch = (BATCH * busy.into() / 100).max(SHORTEST);
        let bytes = BYTES * u64::from(busy) / 100;
        Self { batch, bytes, busy: busy.into(), ..Self::default() }
    }

    /// How long a source is left alone after it was busy for so long.
    pub fn rest(&self, took: Duration) -> Duration {
        let busy = self.busy.clamp(1, 100);
        (took * (100 - busy) / busy).min(LONGEST_REST)
    }

    /// So many `MIGRATE`s are sent together at most.
    pub fn most_together(&self) -> usize {
        let most = self.patience.as_millis() / LEAST_PATIENCE.as_millis();
        usize::try_from(most).unwrap_or(usize::MAX).max(1)
    }

    /// Of each of so many that are.
    pub fn patience_of(&self, commands: usize) -> Duration {
        self.patience / u32::try_from(commands).unwrap_or(u32::MAX).max(1)
    }
}

/// A first guess, before anything was measured.
const FIRST: usize = 200;
const LEAST: usize = 10;
const MOST: usize = 5_000;

#[derive(Debug)]
pub struct Batches {
    /// Slot, key, bytes; the next one last.
    waiting: Vec<(u16, Vec<u8>, u64)>,
    /// How many keys the next batch has.
    keys: usize,
    last: Vec<Vec<u8>>,
    last_keys: usize,
    last_bytes: u64,
}

impl Batches {
    pub fn new(limits: Limits) -> Self {
        let keys = (FIRST * limits.busy as usize / 100).max(LEAST);
        Self { waiting: Vec::new(), keys, last: Vec::new(), last_keys: 0, last_bytes: 0 }
    }

    /// Takes keys by slot; what to ask for their sizes.
    pub fn fill(&mut self, found: BTreeMap<u16, Vec<Vec<u8>>>) -> Vec<Command> {
        let each =
            |(slot, keys): (u16, Vec<Vec<u8>>)| keys.into_iter().map(move |key| (slot, key, 0));
        self.waiting = found.into_iter().rev().flat_map(each).collect();
        self.waiting.iter().map(|(_, key, _)| Command::Size { key: key.clone() }).collect()
    }

    /// Key and bytes of one that is larger than that.
    pub fn larger(&self, largest: u64) -> Option<(&[u8], u64)> {
        let found = self.waiting.iter().find(|(_, _, bytes)| *bytes > largest);
        found.map(|(_, key, bytes)| (key.as_slice(), *bytes))
    }

    /// Their sizes. One that has none is gone by now.
    pub fn size<'a>(&mut self, mut answers: impl Iterator<Item = &'a Answer>) {
        let mut sized = Vec::with_capacity(self.waiting.len());
        for (slot, key, _) in self.waiting.drain(..) {
            match answers.next() {
                Some(Answer::Number(bytes)) => {
                    sized.push((slot, key, u64::try_from(*bytes).unwrap_or_default()));
                }
                Some(Answer::Nil) => {}
                // Without the right to ask, the time that a batch takes is all there is to go by.
                _ => sized.push((slot, key, 0)),
            }
        }
        self.waiting = sized;
    }

    /// One `MIGRATE` a slot, as it takes keys of one slot only, between two looks at the clock. All that a slot has goes at once
    /// where that is not too much: of keys on both sides a client is told `TRYAGAIN` when it asks for several.
    pub fn next(&mut self, limits: Limits, target: &Endpoint) -> Vec<Command> {
        let mut taken: BTreeMap<u16, Vec<Vec<u8>>> = BTreeMap::new();
        (self.last_keys, self.last_bytes) = (0, 0);
        while let Some(&(slot, ..)) = self.waiting.last()
            && taken.len() < limits.most_together()
        {
            let of_slot = self.waiting.iter().rev().take_while(|it| it.0 == slot);
            let (keys, bytes) = of_slot.fold((0, 0), |sum, it| (sum.0 + 1, sum.1 + it.2));
            if self.last_keys > 0 && !self.has_room(keys, bytes, limits) {
                break;
            }
            while let Some((slot, key, bytes)) = self.waiting.pop_if(|it| it.0 == slot) {
                if self.last_keys > 0 && !self.has_room(1, bytes, limits) {
                    self.waiting.push((slot, key, bytes));
                    break;
                }
                self.last_keys += 1;
                self.last_bytes += bytes;
                taken.entry(slot).or_default().push(key);
            }
        }
        self.last = taken.values().flatten().cloned().collect();
        if taken.is_empty() {
            return Vec::new();
        }
        let patience = limits.patience_of(taken.len());
        let command = |keys| {
            let to = target.clone();
            Command::Migrate { to, keys, replace: false, patience }
        };
        let commands = taken.into_values().map(command);
        once(Command::Time).chain(commands).chain([Command::Time]).collect()
    }

    fn has_room(&self, keys: usize, bytes: u64, limits: Limits) -> bool {
        self.last_keys + keys <= self.keys && self.last_bytes + bytes <= limits.bytes
    }

    /// How long a source worked on the last batch; how many keys it had.
    pub fn sent(&mut self, took: Duration, limits: Limits) -> usize {
        // Large keys say nothing of how many small ones fit.
        if self.last_bytes < limits.bytes {
            let took = took.as_micros().max(1);
            let fits = self.last_keys as u128 * limits.batch.as_micros() / took;
            let fits = usize::try_from(fits).unwrap_or(MOST);
            // One slow answer is no measure: by half at most, and twice at most.
            self.keys = fits.clamp((self.keys / 2).max(LEAST), (self.keys * 2).min(MOST));
        }
        self.last_keys
    }

    /// Keys of the last batch.
    pub fn last(&self) -> &[Vec<u8>] {
        &self.last
    }

    pub fn clear(&mut self) {
        self.waiting.clear();
    }
}

/// What was said to the commands between the two looks at the clock.
pub fn of_batch(reply: &Reply) -> &[Answer] {
    match reply.answers.as_slice() {
        [_, answers @ .., _] => answers,
        _ => &[],
    }
}

/// How long the server worked between the two, which is no more than its answer took. The way there and back is none of it, and
/// neither is what others have it do before.
pub fn worked(reply: &Reply) -> Duration {
    let clock = |answer: Option<&Answer>| match answer {
        Some(Answer::List(words)) => match words.as_slice() {
            [seconds, micros] => Some(number(seconds)? * 1_000_000 + number(micros)?),
            _ => None,
        },
        _ => None,
    };
    let micros = clock(reply.answers.last()).zip(clock(reply.answers.first()));
    let micros = micros.and_then(|(end, begin)| end.checked_sub(begin));
    micros.map_or(reply.took, |it| Duration::from_micros(it).min(reply.took))
}

fn number(word: &[u8]) -> Option<u64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_left_alone_in_proportion() {
        let rest = |busy| Limits::throttled(busy).rest(Duration::from_millis(20));
        assert_eq!(rest(100), Duration::ZERO);
        assert_eq!(rest(25), Duration::from_millis(60));
        assert_eq!(Limits::throttled(5).rest(Duration::from_secs(60)), LONGEST_REST);
    }

    #[test]
    fn the_less_a_source_may_be_busy_the_shorter_a_client_waits() {
        let [all, quarter, least] = [100, 25, 5].map(Limits::throttled);
        assert_eq!((all.batch, all.bytes), (Duration::from_millis(12), 1 << 20));
        assert_eq!((quarter.batch, quarter.bytes), (Duration::from_millis(3), 1 << 18));
        assert_eq!(least.batch, Duration::from_millis(2));
    }

    #[test]
    fn a_target_that_is_gone_is_not_waited_for_until_its_source_is_taken_for_dead() {
        let limits = Limits { patience: Duration::from_secs(8), ..Limits::default() };
        assert_eq!(limits.patience_of(1), Duration::from_secs(8));
        assert_eq!(limits.patience_of(16), Duration::from_millis(500));
        assert_eq!(limits.most_together(), 80);
        let mut batches = Batches::new(Limits::default());
        batches.fill((0..100).map(|slot| (slot, vec![vec![0]])).collect());
        // Between two looks at the clock.
        assert_eq!(batches.next(limits, &Endpoint::default()).len(), 82);
        assert_eq!(batches.next(limits, &Endpoint::default()).len(), 22);
    }

    #[test]
    fn a_batch_is_as_large_as_the_source_can_take_in_its_time() {
        let keys = |count: u32| (0..count).map(|it| it.to_be_bytes().to_vec()).collect();
        let mut batches = Batches::new(Limits::default());
        batches.fill([(7, keys(1_000))].into());
        let limits = Limits { batch: Duration::from_millis(20), ..Limits::default() };
        let sent = |batches: &mut Batches, ms| {
            batches.next(limits, &Endpoint::default());
            batches.sent(Duration::from_millis(ms), limits)
        };
        assert_eq!(sent(&mut batches, 10), 200);
        assert_eq!(sent(&mut batches, 40), 400);
        assert_eq!(sent(&mut batches, 40), 200);
    }

    #[test]
    fn a_long_way_is_no_work() {
        let clock = |seconds: &str, micros: &str| Answer::List(vec![seconds.into(), micros.into()]);
        let ok = Answer::Bytes(b"OK".to_vec());
        let took = Duration::from_millis(50);
        let worked = |begin, end| {
            let answers = vec![begin, ok.clone(), end];
            worked(&Reply { from: "source".to_owned(), answers, took })
        };
        let five = worked(clock("1795700000", "999000"), clock("1795700001", "4000"));
        assert_eq!(five, Duration::from_millis(5));
        assert_eq!(worked(Answer::Nil, Answer::Nil), took, "without the right to ask");
        let set_back = worked(clock("1795700000", "0"), clock("1795699999", "0"));
        assert_eq!(set_back, took, "somebody sets the clock");
    }

    #[test]
    fn a_slot_that_fits_goes_at_once() {
        let keys = |count: u32| (0..count).map(|it| it.to_be_bytes().to_vec()).collect();
        let mut batches = Batches::new(Limits::default());
        batches.fill([(1, keys(150)), (2, keys(60)), (3, keys(250)), (4, keys(10))].into());
        let mut next = || -> Vec<usize> {
            let commands = batches.next(Limits::default(), &Endpoint::default());
            let count = |it: &Command| match it {
                Command::Migrate { keys, .. } => Some(keys.len()),
                _ => None,
            };
            commands.iter().filter_map(count).collect()
        };
        assert_eq!(next(), [150]);
        assert_eq!(next(), [60]);
        assert_eq!(next(), [200], "more than a batch");
        assert_eq!(next(), [50, 10]);
        assert_eq!(next(), [0; 0]);
    }

    #[test]
    fn a_key_that_is_too_large_is_known_before_it_is_sent() {
        let mut batches = Batches::new(Limits::default());
        batches.fill([(7, vec![b"small".to_vec(), b"large".to_vec()])].into());
        batches.size([Answer::Number(100), Answer::Number(90 << 20)].iter());
        assert_eq!(batches.larger(89 << 20), Some((b"large".as_slice(), 90 << 20)));
        assert_eq!(batches.larger(90 << 20), None);
    }
}
