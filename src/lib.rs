//! Looks after StatefulSets that hold data.
//!
//! ```text
//! cluster::observe -> model::Snapshot -> rules (findings)
//!      I/O                data              pure
//! engine (ask: I/O, interpret: pure) -> members, facts -> its own rules
//! controller (what Kubernetes itself does next, pure) -> rules, report
//! findings -> report -> render -> ui
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
//! | `rules` | `model`, `controller` |
//! | `cluster` | `model`, `reach` |
//! | `engine` | `model`, `reach`, `rules` |
//! | `report` | `model`, `controller`, `rules` |
//! | `render` | `model`, `controller`, `rules`, `report` |
//! | `ui` | `render`, `report` |
//! | `cli` | `cluster` (how a flag is read), `command` (the arguments of each) |
//! | `command` | all |

pub mod cli;
pub mod cluster;
pub mod command;
pub mod controller;
pub mod engine;
pub mod model;
pub mod reach;
pub mod render;
pub mod report;
pub mod rules;
pub mod ui;
