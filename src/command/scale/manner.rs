//! The flags about what an ordinal leaves behind, or finds.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use clap::Args;
use http::uri::PathAndQuery;

use crate::engine::AnyEngine;
use crate::model::Snapshot;
use crate::plan::scale::{By, Drain, Manner};

#[derive(Debug, Args)]
#[command(next_help_heading = "Data of ordinals that leave or join")]
pub(super) struct MannerArgs {
    /// Run this with sh -c in the pod before its ordinal leaves; any exit code but 0 stops the run
    ///
    /// For a database that this command does not know. It has --step-timeout to end, and runs once for each pod; where it
    /// was cut off in the middle it is run again, so it has to bear that.
    #[arg(long, value_name = "COMMAND", conflicts_with = "drain_http")]
    drain_exec: Option<String>,
    /// Container to run it in [default: the first]
    #[arg(long, value_name = "NAME", requires = "drain_exec")]
    drain_container: Option<String>,
    /// POST to this port and path of the pod before its ordinal leaves; any answer but 2xx stops the run
    ///
    /// Such as :8080/ingester/prepare-shutdown. As --drain-exec, over plain HTTP. If you change your mind, nothing of it is
    /// taken back: tell the pod yourself.
    #[arg(long, value_name = ":PORT/PATH", value_parser = endpoint)]
    drain_http: Option<Endpoint>,
    /// Delete the claims of each ordinal that leaves, once it is gone; their volumes are kept
    ///
    /// With whenScaled: Delete it is Kubernetes that deletes them, and without this flag the set is not scaled down.
    #[arg(long)]
    delete_claims: bool,
    /// Delete claims that an earlier ordinal of that number left, before one joins; their volumes are kept
    #[arg(long)]
    fresh: bool,
    /// Let the data go with the claims where the reclaim policy says so
    #[arg(long)]
    discard_data: bool,
    /// Name of the set, in place of typing it where claims are deleted
    #[arg(long, value_name = "NAME", requires = "yes")]
    pub(super) confirm: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Endpoint {
    port: u16,
    path: String,
}

impl MannerArgs {
    /// Whether claims may be deleted.
    pub(super) fn is_about_claims(&self) -> bool {
        self.delete_claims || self.fresh
    }

    /// # Errors
    /// When it makes no sense for this set.
    pub(super) fn manner(
        &self,
        now: &Snapshot,
        engine: Option<&'static dyn AnyEngine>,
        patience: Duration,
    ) -> Result<Manner> {
        ensure!(
            !self.discard_data || self.is_about_claims(),
            "--discard-data takes --delete-claims or --fresh with it"
        );
        let by = match (&self.drain_exec, &self.drain_http) {
            (Some(script), _) => {
                let container = self.drain_container.clone();
                Some(By::Exec { script: script.clone(), container })
            }
            (None, Some(Endpoint { port, path })) => {
                Some(By::Post { port: *port, path: path.clone() })
            }
            (None, None) => None,
        };
        let set = &now.set;
        if let (Some(_), Some(engine)) = (&by, engine) {
            bail!(
                "cannot drain statefulset/{} so: it runs {}, whose data this command moves itself; --engine none treats it \
                 as one that is not known",
                set.name,
                engine.name()
            );
        }
        if let Some(name) = &self.drain_container {
            let known: Vec<&str> =
                set.template.pod.containers.iter().map(|it| it.name.as_str()).collect();
            ensure!(
                known.contains(&name.as_str()),
                "cannot drain statefulset/{}: its pods have no container {name}, but {}",
                set.name,
                known.join(", ")
            );
        }
        Ok(Manner {
            drain: by.map(|by| Drain { by, patience }),
            deletes_claims: self.delete_claims,
            is_fresh: self.fresh,
            discards_data: self.discard_data,
        })
    }

    /// As they were typed.
    pub(super) fn words(&self) -> Vec<String> {
        let endpoint = self.drain_http.as_ref().map(|it| format!(":{}{}", it.port, it.path));
        let values = [
            ("--drain-exec", self.drain_exec.clone()),
            ("--drain-container", self.drain_container.clone()),
            ("--drain-http", endpoint),
        ];
        let switches = [
            ("--delete-claims", self.delete_claims),
            ("--fresh", self.fresh),
            ("--discard-data", self.discard_data),
        ];
        let values = values.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value?]));
        let switches = switches.into_iter().filter(|(_, is_given)| *is_given);
        values.flatten().chain(switches.map(|(flag, _)| flag.to_owned())).collect()
    }
}

/// `:8080/prepare-shutdown`.
fn endpoint(text: &str) -> Result<Endpoint, String> {
    let form = || "give it as :PORT/PATH, such as :8080/prepare-shutdown".to_owned();
    let rest = text.strip_prefix(':').ok_or_else(form)?;
    let (port, path) = rest.split_at(rest.find('/').ok_or_else(form)?);
    let port = port.parse().ok().filter(|port| *port > 0).ok_or_else(form)?;
    let path = path.parse::<PathAndQuery>().map_err(|error| error.to_string())?;
    Ok(Endpoint { port, path: path.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_port_and_a_path() {
        let of = |text| endpoint(text).ok().map(|it| (it.port, it.path));
        assert_eq!(of(":8080/prepare"), Some((8080, "/prepare".into())));
        assert_eq!(of(":80/a?b=c"), Some((80, "/a?b=c".into())));
        for wrong in ["8080/prepare", ":8080", ":0/x", ":70000/x", ":x/y", "/prepare", ":80/a b"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
