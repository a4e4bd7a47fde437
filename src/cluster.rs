//! The cluster: the only module that knows `kube`.

mod capture;
mod closer;
mod connect;
mod environment;
mod exec_auth;
mod explain;
mod forward;
mod http;
mod inputs;
mod kept;
pub mod kind;
mod kubeconfig;
mod lookup;
mod observe;
mod proxy;
mod reach;
mod read;
mod retry;
mod written;

pub use capture::{Capture, Replies};
pub use closer::look_closer;
pub use connect::{Connection, Options, connect, parse_request_timeout};
pub use inputs::Inputs;
pub use observe::observe;
pub use reach::Forwarded;
pub use read::{Listing, Resource};

#[cfg(test)]
mod tests;
