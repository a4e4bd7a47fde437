//! `metadata` of a StatefulSet, with what shows who manages it. What was applied last may hold passwords: of it only one
//! bit is kept.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

use super::meta::{Meta, or_default};
use crate::model::Trace;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SetMeta {
    #[serde(flatten)]
    pub meta: Meta,
    #[serde(deserialize_with = "or_default")]
    pub annotations: SetAnnotations,
    /// Only the managers that own `spec.replicas`.
    #[serde(deserialize_with = "of_replicas")]
    pub managed_fields: Vec<ManagedFields>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetAnnotations {
    #[serde(rename = "argocd.argoproj.io/tracking-id")]
    pub argo_cd: Option<String>,
    #[serde(rename = "meta.helm.sh/release-name")]
    pub helm: Option<String>,
    /// Whether what was applied names `spec.replicas`; in a capture it is written so.
    #[serde(
        rename = "kubectl.kubernetes.io/last-applied-configuration",
        deserialize_with = "names_replicas",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub applied_replicas: bool,
}

/// Of one manager's fields only whether `spec.replicas` is among them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ManagedFields {
    pub manager: String,
    pub operation: String,
    #[serde(rename = "fieldsV1", deserialize_with = "owns_replicas")]
    pub owns_replicas: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written<T> {
    Kept(bool),
    Fields(T),
    Other(IgnoredAny),
}

fn of_replicas<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<ManagedFields>, D::Error> {
    let mut managers: Vec<ManagedFields> = or_default(input)?;
    managers.retain(|it| it.owns_replicas);
    Ok(managers)
}

fn owns_replicas<'de, D: Deserializer<'de>>(input: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    struct Fields {
        #[serde(rename = "f:spec")]
        spec: Option<SpecFields>,
    }
    #[derive(Deserialize)]
    struct SpecFields {
        #[serde(rename = "f:replicas")]
        replicas: Option<IgnoredAny>,
    }
    Ok(match Written::<Fields>::deserialize(input)? {
        Written::Kept(kept) => kept,
        Written::Fields(fields) => fields.spec.is_some_and(|spec| spec.replicas.is_some()),
        Written::Other(IgnoredAny) => false,
    })
}

fn names_replicas<'de, D: Deserializer<'de>>(input: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    struct Applied {
        spec: Spec,
    }
    #[derive(Deserialize)]
    struct Spec {
        replicas: Option<u32>,
    }
    Ok(match Written::<String>::deserialize(input)? {
        Written::Kept(kept) => kept,
        Written::Fields(text) => serde_json::from_str(&text)
            .is_ok_and(|applied: Applied| applied.spec.replicas.is_some()),
        Written::Other(IgnoredAny) => false,
    })
}

impl SetMeta {
    pub(super) fn trace(&self) -> Trace {
        let owners = self.managed_fields.iter();
        Trace {
            replicas_set_by: owners.map(|it| (it.manager.clone(), it.operation.clone())).collect(),
            replicas_applied: self.annotations.applied_replicas,
            deployed_by: self.deployed_by(),
        }
    }

    /// GitOps comes first: what Argo CD or Flux deploys may carry Helm's marks as well.
    fn deployed_by(&self) -> Option<(&'static str, String)> {
        let label = |name: &str| self.meta.labels.get(name);
        let flux = label("kustomize.toolkit.fluxcd.io/name")
            .or_else(|| label("helm.toolkit.fluxcd.io/name"));
        let argo = self.annotations.argo_cd.as_ref().and_then(|id| id.split(':').next());
        if let Some(application) = argo {
            Some(("Argo CD", application.to_owned()))
        } else if let Some(name) = flux {
            Some(("Flux", name.clone()))
        } else {
            Some(("Helm", self.annotations.helm.clone()?))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_set_the_replicas_is_kept_and_nothing_else() -> serde_json::Result<()> {
        let applied = json!({"spec": {"replicas": 3, "password": "hunter2"}}).to_string();
        let meta: SetMeta = serde_json::from_value(json!({
            "name": "web",
            "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": applied,
                "meta.helm.sh/release-name": "shop",
            },
            "managedFields": [
                {"manager": "helm", "operation": "Apply",
                 "fieldsV1": {"f:spec": {"f:replicas": {}, "f:hunter2": {}}}},
                {"manager": "kube-controller-manager", "operation": "Update",
                 "fieldsV1": {"f:status": {"f:replicas": {}}}},
            ],
        }))?;
        let expected = Trace {
            replicas_set_by: vec![("helm".into(), "Apply".into())],
            replicas_applied: true,
            deployed_by: Some(("Helm", "shop".into())),
        };
        assert_eq!(meta.trace(), expected);
        let written = serde_json::to_string(&meta)?;
        assert!(!written.contains("hunter2"), "{written}");
        assert_eq!(serde_json::from_str::<SetMeta>(&written)?.trace(), expected);
        Ok(())
    }

    #[test]
    fn what_is_not_as_expected_is_no_owner() -> serde_json::Result<()> {
        let meta: SetMeta = serde_json::from_value(json!({
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "no JSON"},
            "managedFields": [{"manager": "x", "fieldsV1": {"f:env": "text"}}, {"manager": "y", "fieldsV1": null}],
        }))?;
        assert_eq!(meta.trace(), Trace::default());
        Ok(())
    }
}
