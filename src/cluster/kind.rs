//! The kinds that we read, each a slim struct in the shape of the API's JSON. What is not in a struct is
//! dropped while decoding (half of a pod is managedFields), and a capture holds exactly these structs, so they
//! are the allow-list of what may leave a cluster in a file.

pub mod autoscaler;
pub mod budget;
pub mod claim;
pub mod class;
pub mod container;
pub mod event;
pub mod meta;
pub mod node;
pub mod pod;
pub mod quota;
pub mod revision;
pub mod service;
pub mod set;
pub mod slice;
pub mod trace;
pub mod volume;
mod words;
pub mod workload;
