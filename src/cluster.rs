//! The cluster: the only module that knows `kube`.

mod connect;
mod environment;
mod exec_auth;
mod explain;
mod forward;
mod http;
pub mod kind;
mod kubeconfig;
mod proxy;
mod read;
mod retry;

pub use connect::{Connection, Options, connect, parse_request_timeout};
pub use forward::PortStream;
pub use read::{Listing, Resource, Version};

#[cfg(test)]
mod tests;
