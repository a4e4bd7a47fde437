//! Claims against the template that they were made from, which may have been another one, and against each other.

use std::collections::BTreeMap;

use super::placed;
use crate::claims::Difference;
use crate::model::{Claim, ClaimTemplate, Seen, Snapshot, Value};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const DIFFERS: Rule = Rule::new(
    "claim-differs",
    Severity::Warning,
    "a claim is not what its template says: the controller takes any claim of the right name",
    differs,
);

pub(super) const UNEQUAL: Rule = Rule::new(
    "claims-unequal",
    Severity::Warning,
    "the ordinals have volumes of different sizes",
    unequal,
);

/// The claims of each template, by its name.
fn by_template(now: &Snapshot) -> Seen<BTreeMap<String, Vec<&Claim>>> {
    let mut claims: BTreeMap<String, Vec<&Claim>> = BTreeMap::new();
    for (place, claim) in placed(now)? {
        claims.entry(place.template).or_default().push(claim);
    }
    Ok(claims)
}

fn differs(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let claims = by_template(now)?;
    let of = |template: &ClaimTemplate| claims.get(&template.name).into_iter().flatten().copied();
    let templates = now.set.claim_templates.iter();
    Ok(templates
        .flat_map(|template| of(template).filter_map(|claim| difference(template, claim)))
        .collect())
}

fn difference(template: &ClaimTemplate, claim: &Claim) -> Option<Violation> {
    let about = |says| Violation::new(Object::claim(&claim.name), says);
    let texts = |says, is: String, wanted: String| {
        about(says).with("is", is).with("wanted", wanted).next(MADE_BEFORE)
    };
    Some(match Difference::between(template, claim)? {
        Difference::Class { is, wanted } => {
            texts("its class is {is}, and its template says {wanted}", is, wanted)
        }
        Difference::VolumeMode { is, wanted } => {
            texts("its volume mode is {is}, and its template says {wanted}", is, wanted)
        }
        Difference::AccessModes { is, wanted } => {
            texts("its access modes are {is}, and its template says {wanted}", is, wanted)
        }
        Difference::Smaller { is, wanted } => {
            about("it is smaller than its template says: {is} instead of {wanted}")
                .with("is", Value::Bytes(is))
                .with("wanted", Value::Bytes(wanted))
                .next("let it grow to the size of the template, where its class allows that")
        }
    })
}

const MADE_BEFORE: &str = "it was made by another template or by hand, and is used as it is: only a new claim follows the template";

fn unequal(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let claims = by_template(now)?;
    let templates = now.set.claim_templates.iter();
    Ok(templates.filter_map(|it| sizes(now, it, claims.get(&it.name)?)).collect())
}

/// Sizes that differ, or that are all another than what the next ordinal would get.
fn sizes(now: &Snapshot, template: &ClaimTemplate, claims: &[&Claim]) -> Option<Violation> {
    let requests = || claims.iter().filter_map(|claim| claim.request);
    let (least, most) = (requests().min()?, requests().max()?);
    if template.request.is_some_and(|wanted| least < wanted) {
        // The small ones are told already.
        return None;
    }
    let about = |says| {
        Violation::new(Object::set(&now.set.name), says)
            .with("template", template.name.as_str())
            .with("least", Value::Bytes(least))
            .with("most", Value::Bytes(most))
    };
    if least < most {
        let small = claims.iter().filter(|claim| claim.request.is_some_and(|it| it < most));
        let small: Vec<String> = small.map(|claim| claim.name.clone()).collect();
        let says =
            "its volumes for {template} have {least} to {most}: the smaller ones are full first";
        return Some(
            about(says).with("small", small).next("let these grow to {most} as well: {small}"),
        );
    }
    let wanted = template.request.filter(|wanted| *wanted < most)?;
    let says =
        "its volumes for {template} have {most}, and a new ordinal would get one of {wanted}";
    Some(about(says).with("wanted", Value::Bytes(wanted)).severity(Severity::Info))
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, healthy};
    use crate::rules::Severity;
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("claim-differs", |world| world.claims[1].class = Some("slow".into())),
        ("claims-unequal", |world| resize(world, &[1 << 30, 2 << 30, 2 << 30])),
    ];

    fn resize(world: &mut World, sizes: &[u64]) {
        for (claim, size) in world.claims.iter_mut().zip(sizes) {
            (claim.request, claim.capacity) = (Some(*size), Some(*size));
        }
    }

    #[test]
    fn claims_that_are_not_what_their_template_says() {
        let mut world = healthy(3);
        world.claims[1].class = Some("slow".into());
        assert_eq!(found(&world), ["claim-differs"]);
        assert_eq!(sentence(&world), "its class is slow, and its template says standard");
        world.claims[1] = world.claims[2].clone();
        world.claims[1].name = "data-redis-1".into();
        world.claims[1].modes.push("ReadWriteOncePod".into());
        assert!(found(&world).contains(&"claim-differs"));
    }

    #[test]
    fn a_template_without_a_class_takes_the_default() {
        let mut world = healthy(3);
        world.set.claim_templates[0].class = None;
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn small_claims_are_told_once() {
        let mut world = healthy(3);
        resize(&mut world, &[1 << 29, 1 << 30, 2 << 30]);
        assert_eq!(found(&world), ["claim-differs"]);
    }

    #[test]
    fn claims_that_were_grown() {
        let mut world = healthy(3);
        resize(&mut world, &[2 << 30; 3]);
        assert_eq!(found(&world), ["claims-unequal"]);
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
        resize(&mut world, &[2 << 30, 1 << 30, 2 << 30]);
        assert_eq!(found(&world), ["claims-unequal"]);
        assert_eq!(judged(&world).worst(), Some(Severity::Warning));
    }
}
