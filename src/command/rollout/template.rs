//! The template that is asked for: the server says what it would be, and nothing is changed yet.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};

use crate::cluster::{Connection, Templated, Writer, pod_of};
use crate::command::{cannot, file};
use crate::model::{Revision, Snapshot};
use crate::plan::rollout::NewTemplate;
use crate::writes::Target;

/// `redis=redis:7.2`.
pub(super) fn image(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((container, image)) if !container.is_empty() && !image.is_empty() => {
            Ok((container.to_owned(), image.to_owned()))
        }
        _ => Err("give it as CONTAINER=IMAGE, such as redis=redis:7.2".to_owned()),
    }
}

/// kubectl's own annotation. One that is on its way is gone on with.
pub(super) async fn restart(
    connection: &Connection,
    now: &Snapshot,
) -> Result<Option<NewTemplate>> {
    if is_on_its_way(now, false) {
        return Ok(None);
    }
    let at = now.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let annotations = json!({ "kubectl.kubernetes.io/restartedAt": at });
    let patch = json!({ "metadata": { "annotations": annotations } });
    patched(connection, now, &patch, "every pod starts anew".to_owned()).await
}

/// None where they have these images already.
pub(super) async fn images(
    connection: &Connection,
    now: &Snapshot,
    images: &[(String, String)],
) -> Result<Option<NewTemplate>> {
    let pod = &now.set.template.pod;
    let (mut containers, mut init_containers, mut says) = (Vec::new(), Vec::new(), Vec::new());
    for (name, image) in images {
        let entry = json!({ "name": name, "image": image });
        let before = if let Some(found) = pod.containers.iter().find(|it| it.name == *name) {
            containers.push(entry);
            found
        } else if let Some(found) = pod.init_containers.iter().find(|it| it.name == *name) {
            init_containers.push(entry);
            found
        } else {
            let all = pod.containers.iter().chain(&pod.init_containers);
            let known: Vec<&str> = all.map(|it| it.name.as_str()).collect();
            bail!(
                "cannot change statefulset/{}: its pods have no container {name}, but {}",
                now.set.name,
                known.join(", ")
            );
        };
        says.push(format!("image of {name} {} -> {image}", before.image));
    }
    let mut spec = json!({});
    for (field, entries) in [("containers", containers), ("initContainers", init_containers)] {
        if !entries.is_empty() {
            spec[field] = entries.into();
        }
    }
    patched(connection, now, &json!({ "spec": spec }), says.join(", ")).await
}

/// A strategic merge patch of the template, as YAML or JSON: `spec.template` of a set, or the template itself.
pub(super) async fn apply(
    connection: &Connection,
    now: &Snapshot,
    path: &Path,
) -> Result<Option<NewTemplate>> {
    let shown = path.display();
    let change =
        patch(&file::read(path)?).with_context(|| format!("cannot use {shown} as a patch"))?;
    patched(connection, now, &change, format!("as {shown} says")).await
}

fn patch(text: &str) -> Result<Value> {
    let value: Value = serde_saphyr::from_str(text)?;
    let of_set = value.pointer("/spec/template");
    let template = of_set.unwrap_or(&value);
    let fields = template.as_object().context("it is no object")?;
    if let Some(other) = fields.keys().find(|it| !["metadata", "spec"].contains(&it.as_str())) {
        bail!("a template has metadata and spec, and no {other}");
    }
    Ok(template.clone())
}

/// The revision before, or the one that is asked for.
pub(super) async fn undo(
    connection: &Connection,
    now: &Snapshot,
    wanted: Option<&str>,
) -> Result<Option<NewTemplate>> {
    if wanted.is_none() && is_on_its_way(now, true) {
        return Ok(None);
    }
    let revisions = now.revisions().map_err(|unread| cannot(&unread))?;
    let to = chosen(now, &revisions, wanted)?;
    let before = connection.templated(&now.set.name).await.map_err(|unread| cannot(&unread))?;
    let template = connection.template_at(&to.name).await.map_err(|unread| cannot(&unread))?;
    if !template.is_object() {
        bail!("cannot go back to {}: it holds no template", to.name);
    }
    let says = format!("back to revision {} ({})", to.number, to.name);
    Ok(changed(before, template, says, true))
}

pub(super) fn chosen<'a>(
    now: &Snapshot,
    revisions: &[&'a Revision],
    wanted: Option<&str>,
) -> Result<&'a Revision> {
    let set = &now.set;
    let newest = set.update_revision.as_deref();
    let found = if let Some(wanted) = wanted {
        let full = format!("{}-{wanted}", set.name);
        let is_it = |it: &&&Revision| {
            it.name == wanted || it.name == full || it.number.to_string() == wanted
        };
        revisions.iter().find(is_it)
    } else {
        // What the other pods run is what it was before; else the one of before.
        let current = set.current_revision.as_deref().filter(|it| Some(*it) != newest);
        let is_current = |it: &&&Revision| Some(it.name.as_str()) == current;
        let is_other = |it: &&&Revision| Some(it.name.as_str()) != newest;
        revisions.iter().find(is_current).or_else(|| revisions.iter().rev().find(is_other))
    };
    found.copied().ok_or_else(|| {
        let kept: Vec<String> =
            revisions.iter().map(|it| format!("{} ({})", it.number, it.name)).collect();
        match wanted {
            Some(wanted) => anyhow!(
                "there is no revision {wanted} of statefulset/{}: it has {}",
                set.name,
                kept.join(", ")
            ),
            None => anyhow!("cannot go back: statefulset/{} keeps no earlier revision", set.name),
        }
    })
}

/// A rollout of this kind was begun and is not at its end.
pub(super) fn is_on_its_way(now: &Snapshot, is_undo: bool) -> bool {
    let newest = now.set.update_revision.as_deref();
    now.rollout().is_some_and(|it| it.is_undo == is_undo && it.revision.as_deref() != newest)
}

async fn patched(
    connection: &Connection,
    now: &Snapshot,
    patch: &Value,
    says: String,
) -> Result<Option<NewTemplate>> {
    let before = connection.templated(&now.set.name).await.map_err(|unread| cannot(&unread))?;
    let writer = Writer::new(connection);
    let after = writer.template_with(&Target::set(&now.set), patch).await;
    let after = after
        .map_err(|failed| anyhow!("{failed}"))
        .with_context(|| format!("cannot change the template of statefulset/{}", now.set.name))?;
    Ok(changed(before, after, says, false))
}

/// None where nothing changes.
fn changed(before: Templated, template: Value, says: String, is_undo: bool) -> Option<NewTemplate> {
    let pod = pod_of(&template).unwrap_or_default();
    (before.template != template).then(|| NewTemplate {
        pod: Arc::new(pod),
        template: Arc::new(template),
        generation: before.generation,
        revision: before.revision,
        says,
        is_undo,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_of_the_template_or_of_the_set() {
        let spec = json!({ "spec": { "terminationGracePeriodSeconds": 60 } });
        assert_eq!(patch("spec: {terminationGracePeriodSeconds: 60}").expect("a patch"), spec);
        let of_set = "spec:\n  template:\n    spec:\n      terminationGracePeriodSeconds: 60\n";
        assert_eq!(patch(of_set).expect("a patch"), spec);
        for wrong in ["containers: []", "- a", "text", "spec: {", ""] {
            assert!(patch(wrong).is_err(), "{wrong}");
        }
    }
}
