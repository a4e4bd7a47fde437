//! Looks after StatefulSets that hold data.
//!
//! ```text
//! cluster::observe -> model::Snapshot -> rules (findings)
//!      I/O                data              pure
//! claims (whose is which claim, pure) -> rules, report, render
//! engine (ask: I/O, interpret: pure) -> members, facts -> its own rules
//! controller (what Kubernetes itself does next, pure) -> rules, report
//! findings -> report -> render -> ui
//!
//! engine (next: pure) -> steps of its own, which change the members
//! plan::next (do, wait, refuse, done: pure) -> execute (look, decide, write, look again) -> writes
//! ```
//!
//! What decides does no I/O, what reads decides nothing, and only `ui` prints. A module uses those on its
//! right, and `tests/it/architecture.rs` holds it to that:
//!
//! | module | may use |
//! |---|---|
//! | `model` | nothing |
//! | `reach` | `model` |
//! | `controller` | `model` |
//! | `claims` | `model` |
//! | `rules` | `model`, `controller`, `claims` |
//! | `writes` | `model`, `reach` |
//! | `plan` | `model`, `reach`, `claims`, `rules`, `writes` |
//! | `execute` | `model`, `reach`, `rules`, `plan`, `writes` |
//! | `cluster` | `model`, `reach`, `writes` |
//! | `engine` | `model`, `reach`, `rules`, `plan`, `writes` |
//! | `report` | `model`, `controller`, `claims`, `rules` |
//! | `render` | `model`, `controller`, `claims`, `rules`, `report`, `plan`, `execute` |
//! | `ui` | `execute`, `render`, `report` |
//! | `cli` | `cluster` (how a flag is read), `command` (the arguments of each) |
//! | `command` | all |

pub mod claims;
pub mod cli;
pub mod cluster;
pub mod command;
pub mod controller;
pub mod engine;
pub mod execute;
pub mod model;
pub mod plan;
pub mod reach;
pub mod render;
pub mod report;
pub mod rules;
pub mod ui;
pub mod writes;
