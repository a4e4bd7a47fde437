//! Services, and the endpoints that DNS answers from.

use super::labels::contains;
use super::{Labels, Pod};

#[derive(Clone, Debug)]
pub struct Service {
    pub namespace: String,
    pub name: String,
    pub selector: Labels,
    pub is_headless: bool,
    pub is_external_name: bool,
    pub publishes_not_ready: bool,
    pub ports: Vec<ServicePort>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    pub name: Option<String>,
    pub number: u16,
    /// A port of the containers, by its name; None where it is a number.
    pub target_name: Option<String>,
}

/// One address of a Service (discovery.k8s.io `EndpointSlice`, one entry of `endpoints`).
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub namespace: String,
    pub service: String,
    pub addresses: Vec<String>,
    pub is_ready: bool,
    /// With it there is a name `<hostname>.<service>` in DNS.
    pub hostname: Option<String>,
    /// Name and uid of the pod behind it.
    pub pod: Option<(String, String)>,
}

impl Service {
    /// Whether a pod with these labels becomes an endpoint of it; without a selector none does.
    pub fn selects(&self, labels: &Labels) -> bool {
        !self.selector.is_empty() && contains(labels, &self.selector)
    }
}

impl Endpoint {
    pub fn is_of(&self, pod: &Pod) -> bool {
        self.pod.as_ref().is_some_and(|(_, uid)| *uid == pod.uid)
    }
}
