//! Templates of pods whole, as the server has them or would have them.

use ::http::Request;
use serde::Deserialize;
use serde_json::{Value, json};

use super::connect::Connection;
use super::kind::set::TemplateOfPod;
use super::read::{Resource, is_name};
use super::write::Writer;
use crate::model::{Pod, Seen};
use crate::writes::{Failed, Target};

/// A set, as far as a new template goes.
#[derive(Clone, Debug)]
pub struct Templated {
    pub template: Value,
    pub generation: i64,
    pub revision: Option<String>,
}

/// A template as rules and databases look at it; None where it is none.
pub fn pod_of(template: &Value) -> Option<Pod> {
    TemplateOfPod::deserialize(template).ok().map(|it| it.to_model())
}

impl Connection {
    /// # Errors
    /// When it could not be read.
    pub async fn templated(&self, set: &str) -> Seen<Templated> {
        let found: Value = self.get(Resource::SETS, Some(self.namespace()), set).await?;
        Ok(Templated {
            template: found["spec"]["template"].clone(),
            generation: found["metadata"]["generation"].as_i64().unwrap_or_default(),
            revision: found["status"]["updateRevision"].as_str().map(str::to_owned),
        })
    }

    /// That of a ControllerRevision, by its name.
    ///
    /// # Errors
    /// When it could not be read.
    pub async fn template_at(&self, revision: &str) -> Seen<Value> {
        const REVISIONS: Resource<'_> = Resource {
            group: "apps",
            version: "v1",
            plural: "controllerrevisions",
            singular: "controllerrevision",
        };
        let found: Value = self.get(REVISIONS, Some(self.namespace()), revision).await?;
        let mut template = found["data"]["spec"]["template"].clone();
        // What it says to a strategic merge is no part of it.
        if let Some(fields) = template.as_object_mut() {
            fields.remove("$patch");
        }
        Ok(template)
    }
}

impl Writer<'_> {
    /// As the set would be with a strategic merge patch of its template: the server goes through it, and keeps nothing.
    ///
    /// # Errors
    /// When it would not do it.
    pub async fn template_with(&self, set: &Target, template: &Value) -> Result<Value, Failed> {
        if !is_name(&set.name) {
            return Err(Failed::Changed);
        }
        let patch = json!({ "metadata": { "uid": set.uid }, "spec": { "template": template } });
        let address = format!(
            "/apis/apps/v1/namespaces/{}/statefulsets/{}?fieldManager=kubectl-sts&fieldValidation=Strict&dryRun=All",
            set.namespace, set.name
        );
        let content = "application/strategic-merge-patch+json";
        let written =
            self.write(Request::patch(address), content, &patch, &set.access("patch")).await?;
        Ok(written["spec"]["template"].clone())
    }
}
