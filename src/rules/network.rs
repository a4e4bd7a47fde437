//! Rules about the Service that gives the pods their names.

use super::{Info, Object, Rule, Severity, Violation};
use crate::model::{Seen, Service, Snapshot};

pub(super) const RULES: &[Rule] = &[
    Rule {
        info: Info {
            id: "service-missing",
            severity: Severity::Error,
            about: "the Service of spec.serviceName does not exist: the pods have no names",
        },
        check: missing,
    },
    Rule {
        info: Info {
            id: "service-selector",
            severity: Severity::Error,
            about: "the governing Service does not select the pods",
        },
        check: selector,
    },
    Rule {
        info: Info {
            id: "service-not-headless",
            severity: Severity::Warning,
            about: "the governing Service is not headless",
        },
        check: not_headless,
    },
];

fn governing(now: &Snapshot) -> Seen<Option<&Service>> {
    match &now.set.service {
        Some(name) => now.service(name),
        None => Ok(None),
    }
}

fn missing(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let Some(name) = &now.set.service else { return Ok(Vec::new()) };
    if now.service(name)?.is_some() {
        return Ok(Vec::new());
    }
    let says = "spec.serviceName names it and it does not exist: the pods have no names in DNS";
    Ok(vec![Violation::new(Object::service(name), says).with("set", now.set.name.as_str())])
}

fn selector(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let labels = &now.set.template.labels;
    let Some(service) = governing(now)?.filter(|service| !service.is_external_name) else {
        return Ok(Vec::new());
    };
    // Without a selector the endpoints are made by hand, and none of them is a pod's.
    let selects = !service.selector.is_empty()
        && service.selector.iter().all(|(key, value)| labels.get(key) == Some(value));
    if selects {
        return Ok(Vec::new());
    }
    let pairs =
        service.selector.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
    let says =
        "its selector {selector} does not select the pods of {set}: they have no names in DNS";
    Ok(vec![
        Violation::new(Object::service(&service.name), says)
            .with("selector", format!("{{{}}}", pairs.join(",")))
            .with("set", now.set.name.as_str()),
    ])
}

fn not_headless(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let service = governing(now)?.filter(|service| !service.is_headless);
    let says =
        "it is not headless (clusterIP: None): clients reach any pod, and not the one they name";
    Ok(service
        .map(|service| Violation::new(Object::service(&service.name), says))
        .into_iter()
        .collect())
}

#[cfg(test)]
mod tests {
    use crate::model::example::healthy;
    use crate::rules::tests::found;

    #[test]
    fn a_service_that_does_not_exist() {
        let mut world = healthy(3);
        world.services.clear();
        assert_eq!(found(&world), ["service-missing"]);
        world.set.service = None;
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn a_service_that_selects_others() {
        let mut world = healthy(3);
        world.services[0].selector.insert("app".into(), "web".into());
        assert_eq!(found(&world), ["service-selector"]);
        world.services[0].selector.clear();
        assert_eq!(found(&world), ["service-selector"]);
    }

    #[test]
    fn a_service_that_is_not_headless() {
        let mut world = healthy(3);
        world.services[0].is_headless = false;
        assert_eq!(found(&world), ["service-not-headless"]);
    }
}
