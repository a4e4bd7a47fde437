//! The only module that knows the Kubernetes API.

pub mod kind;
