//! A window played by hand: who is asked what, and when.

use super::*;
use crate::engine::redis::command::Endpoint;
use crate::engine::redis::migrate::Target;

const BATCH: Duration = Duration::from_millis(1);

/// A source with keys in its first slot, a target, and its replica that has so much of what the target sent.
struct Played {
    window: Window,
    keys: Vec<Vec<u8>>,
    copied: u64,
    /// What the target says to a `PING`.
    pong: Answer,
    /// Slots that the target was told to import.
    opened: usize,
    /// Keys of each batch.
    sent: Vec<usize>,
    /// Slots of each time that the target was told that it owns some.
    owned: Vec<usize>,
}

impl Played {
    fn new(slots: u16, keys: u32) -> Self {
        let target = Target {
            id: "target".to_owned(),
            endpoint: Endpoint::default(),
            replicas: vec!["replica".to_owned()],
        };
        let cast = Cast {
            purpose: Purpose::Move,
            source: "source".to_owned(),
            target,
            others: Vec::new(),
        };
        let limits = Limits { batch: BATCH, ..Limits::default() };
        Self {
            window: Window::new(cast, (0..slots).collect(), limits),
            keys: (0..keys).map(|it| it.to_be_bytes().to_vec()).collect(),
            copied: u64::MAX,
            pong: Answer::Bytes(b"PONG".to_vec()),
            opened: 0,
            sent: Vec::new(),
            owned: Vec::new(),
        }
    }

    /// To its end.
    fn play(&mut self) -> Round {
        let mut replies = Vec::new();
        loop {
            replies = match self.window.next(&replies) {
                Round::Ask(questions) => questions.iter().map(|it| self.answer(it)).collect(),
                Round::Pause(_) => Vec::new(),
                over => return over,
            };
        }
    }

    fn answer(&mut self, question: &Question) -> Reply {
        let is_owner = |it: &&Command| matches!(it, Command::Owner { .. });
        let owned = question.commands.iter().filter(is_owner).count();
        if question.to == "target" && owned > 0 {
            self.owned.push(owned);
        }
        let answers = question.commands.iter().map(|it| self.one(&question.to, it));
        Reply { from: question.to.clone(), answers: answers.collect(), took: BATCH }
    }

    fn one(&mut self, to: &str, command: &Command) -> Answer {
        let text = |words: &str| Answer::Bytes(words.as_bytes().to_vec());
        match command {
            Command::Keys { slot: 0, most } => {
                Answer::List(self.keys.iter().take(*most).cloned().collect())
            }
            Command::Keys { .. } => Answer::List(Vec::new()),
            Command::Count { slot: 0 } => Answer::Number(self.keys.len().try_into().unwrap()),
            Command::Count { .. } => Answer::Number(0),
            Command::Size { .. } => Answer::Number(100),
            Command::Migrate { keys, .. } => {
                self.keys.retain(|key| !keys.contains(key));
                self.sent.push(keys.len());
                text("OK")
            }
            Command::MyId => text(to),
            Command::Ping => self.pong.clone(),
            Command::Importing { .. } => {
                self.opened += 1;
                text("OK")
            }
            Command::Info(_) if to == "replica" => {
                text(&format!("slave_repl_offset:{}\r\n", self.copied))
            }
            Command::Info(_) => text("master_repl_offset:1\r\n"),
            _ => text("OK"),
        }
    }
}

#[test]
fn all_keys_are_sent_and_then_the_slots_change_hands_a_few_at_a_time() {
    let mut played = Played::new(150, 1_000);
    assert!(matches!(played.play(), Round::Done));
    assert_eq!(played.sent.iter().sum::<usize>(), 1_000);
    assert_eq!(played.owned, [64, 64, 22]);
}

#[test]
fn without_copies_no_second_batch_begins() {
    let mut played = Played { copied: 0, ..Played::new(1, 1_000) };
    let Round::Stopped(stop) = played.play() else { panic!("it went on") };
    assert_eq!(stop, Stop::Behind("replica".to_owned()));
    assert_eq!(played.sent.len(), 1);
    assert_eq!(played.owned, [0; 0], "nobody was told of a new owner");
}

#[test]
fn without_copies_of_the_last_batch_the_slot_is_not_its_targets() {
    let mut played = Played { copied: 0, ..Played::new(1, 1) };
    assert!(matches!(played.play(), Round::Stopped(_)));
    assert_eq!((played.sent.len(), played.owned.len()), (1, 0));
}

#[test]
fn no_slot_is_opened_to_a_target_that_cannot_write_to_its_disk() {
    let words = "MISCONF Errors writing to the AOF file: No space left on device";
    let mut played = Played { pong: Answer::Error(words.to_owned()), ..Played::new(2, 10) };
    let Round::Stopped(stop) = played.play() else { panic!("it went on") };
    assert_eq!(stop, Stop::Says { node: "target".to_owned(), words: words.to_owned() });
    assert_eq!(played.opened, 0);
    let mut played = Played { pong: Answer::Error("NOPERM".to_owned()), ..Played::new(2, 10) };
    assert!(matches!(played.play(), Round::Done));
    assert_eq!(played.opened, 2);
}
