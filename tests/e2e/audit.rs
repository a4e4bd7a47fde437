//! What the API server's audit log says of us.

use anyhow::Result;
use serde_json::Value;

use crate::case::Case;

impl Case<'_> {
    /// Writes of ours to objects of the case, by the audit log.
    pub fn writes(&self) -> Result<Vec<String>> {
        let place = format!("/namespaces/{}/", self.namespace);
        let log = self.cluster.audit()?;
        let ours = log.lines().filter(|line| {
            line.contains("\"userAgent\":\"kubectl-sts/")
                && line.contains("\"stage\":\"ResponseComplete\"")
        });
        let read = ours.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let writes = read.filter_map(|it| {
            let (verb, uri) = (it["verb"].as_str()?, it["requestURI"].as_str()?);
            let is_write = !["get", "list", "watch"].contains(&verb) && !uri.contains("dryRun");
            (is_write && uri.contains(&place))
                .then(|| format!("{verb} {}", it["objectRef"]["resource"]))
        });
        Ok(writes.collect())
    }
}
