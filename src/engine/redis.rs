//! Redis (>= 6.2) and Valkey, in cluster mode.
use crate::engine::{Engine, Reach};
use crate::model::{Column, Evidence, Headline, Member, Seen, Snapshot, Unread};
use crate::rules::Rule;

pub struct Redis;
pub struct Facts;

impl Engine for Redis {
    const NAME: &'static str = "redis";
    const RULES: &'static [Rule<Facts>] = &[];
    const COLUMNS: &'static [Column] = &[];
    type Replies = ();
    type Facts = Facts;
    fn detect(_now: &Snapshot) -> Option<Evidence> {
        None
    }
    async fn ask(_now: &Snapshot, _reach: &dyn Reach) {}
    fn interpret(_now: &Snapshot, (): ()) -> Seen<(Vec<Member>, Facts)> {
        Err(Unread::not_asked("ask redis"))
    }
    fn headline(_now: &Snapshot, _facts: &Facts) -> Headline {
        unimplemented!()
    }
}
