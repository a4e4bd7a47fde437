//! The names of what is written. Each worker has its own, so that it alone knows what they hold.

pub const BIG_HASH: &str = "load:big-hash";
pub const BIG_STRING: &str = "load:big-string";

pub fn counter(worker: usize, index: usize) -> String {
    format!("load:{worker}:counter:{index}")
}

/// A key that expires.
pub fn expiring(worker: usize, index: usize) -> String {
    format!("load:{worker}:expiring:{index}")
}

/// One of two keys in one slot.
pub fn first_of_pair(worker: usize, index: usize) -> String {
    format!("{{load:{worker}:pair:{index}}}a")
}

/// The other one.
pub fn second_of_pair(first: &str) -> String {
    first.replace("}a", "}b")
}

pub fn list(worker: usize, index: usize) -> String {
    format!("load:{worker}:list:{index}")
}

pub fn stream(worker: usize, index: usize) -> String {
    format!("load:{worker}:stream:{index}")
}

/// A key that is overwritten again and again.
pub fn register(worker: usize, index: usize) -> String {
    format!("load:{worker}:register:{index}")
}
