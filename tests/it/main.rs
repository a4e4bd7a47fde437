//! The program from the outside: the real binary against an API server that only plays back what it was given, and
//! the rules of the source itself. Needs cargo alone.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on has nobody to tell but its reader"
)]

mod api;
mod architecture;
mod check;
mod commands;
mod completion;
mod documents;
#[cfg(target_os = "linux")] // where releases are packed
mod krew;
mod pvc;
mod readme;
mod refusals;
mod scale;
mod scratch;
mod usage;
mod version;
mod workstation;
mod world;
