//! The cluster: the only module that knows `kube`.

mod capture;
mod closer;
mod connect;
mod environment;
mod exec;
mod exec_auth;
mod explain;
mod fetch;
mod forward;
mod http;
mod inputs;
mod kept;
pub mod kind;
mod kubeconfig;
mod lease;
mod lookup;
mod observe;
mod post;
mod proxy;
mod reach;
mod read;
mod retry;
mod table;
mod template;
mod workloads;
mod write;
mod written;

pub use capture::{Capture, Replies};
pub use closer::{Closer, look_closer};
pub use connect::{Connection, Options, connect, parse_duration};
pub use inputs::Inputs;
pub use kubeconfig::{Named, NamedContext, named};
pub use lease::{
    Holder, Lease, Leased, NotPaused, NotTaken, lease_rights, pause_holder, unfinished,
};
pub use observe::{Reading, observe};
pub use reach::Forwarded;
pub use read::{Listing, Resource};
pub use template::{Templated, pod_of};
pub use write::Writer;

#[cfg(test)]
mod tests;
