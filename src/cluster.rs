//! The cluster: the only module that knows `kube`.

mod capture;
mod connect;
mod environment;
mod exec_auth;
mod explain;
mod forward;
mod http;
mod inputs;
pub mod kind;
mod kubeconfig;
mod observe;
mod proxy;
mod reach;
mod read;
mod retry;

pub use capture::{Capture, Replies};
pub use connect::{Connection, Options, connect, parse_request_timeout};
pub use inputs::Inputs;
pub use observe::observe;
pub use reach::Forwarded;
pub use read::{Listing, Resource, Version};

#[cfg(test)]
mod tests;
