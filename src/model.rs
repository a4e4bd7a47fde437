//! What was seen of one StatefulSet at one moment: plain data and the queries derived from it.

mod seen;

pub use seen::{Access, Seen, Unread, Why};
