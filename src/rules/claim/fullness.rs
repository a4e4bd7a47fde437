//! How full the mounted volumes are, as the kubelets say.

use std::collections::BTreeMap;

use super::wanted;
use crate::model::{Operation, Seen, Snapshot, Unread, Usage, Value};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const FULL: Rule = Rule::new(
    "volume-full",
    Severity::Error,
    "a volume is full, or nearly: 95 % of its bytes or inodes are used",
    |now, ()| beyond(now, |percent| percent >= FULL_PERCENT),
);

pub(super) const FILLING: Rule = Rule::new(
    "volume-filling",
    Severity::Warning,
    "85 % of the bytes or inodes of a volume are used",
    |now, ()| beyond(now, |percent| (FILLING_PERCENT..FULL_PERCENT).contains(&percent)),
)
// What the others hold comes to those that stay.
.blocks(&[Operation::ScaleDown]);

const FULL_PERCENT: u64 = 95;
const FILLING_PERCENT: u64 = 85;

fn beyond(now: &Snapshot, is_told: fn(u64) -> bool) -> Seen<Vec<Violation>> {
    let (usage, unread) = usage(now)?;
    let mut violations = Vec::new();
    for claim in wanted(now)? {
        let Some(usage) = usage.get(claim.name.as_str()) else { continue };
        violations
            .extend(fullest(usage).filter(|it| is_told(it.percent)).map(|it| full(usage, &it)));
    }
    match unread {
        // A volume that is nearly full is worth telling although others are not known.
        Some(unread) if violations.is_empty() => Err(unread),
        _ => Ok(violations),
    }
}

/// Of each claim of this namespace, and the first kubelet that did not tell although its node is ready.
fn usage(now: &Snapshot) -> Seen<(BTreeMap<&str, &Usage>, Option<Unread>)> {
    let by_node = now.details.usage.as_ref().map_err(Clone::clone)?;
    let mut of_claims = BTreeMap::new();
    let mut unread = None;
    for node in now.pods()?.iter().filter_map(|pod| pod.node.as_ref()) {
        match by_node.get(node) {
            Some(Ok(usages)) => {
                let own = usages.iter().filter(|usage| usage.namespace == now.set.namespace);
                of_claims.extend(own.map(|usage| (usage.claim.as_str(), usage)));
            }
            // That it does not answer is told by a rule about nodes.
            Some(Err(why)) if !now.shared.is_lost(node) => {
                unread = unread.or_else(|| Some(why.clone()));
            }
            _ => {}
        }
    }
    Ok((of_claims, unread))
}

struct Fullness {
    percent: u64,
    of: &'static str,
}

/// What is used up first: bytes, or inodes.
fn fullest(usage: &Usage) -> Option<Fullness> {
    let percent = |used: u64, all: u64| (all > 0).then(|| used.saturating_mul(100) / all);
    let bytes =
        percent(usage.used, usage.capacity).map(|percent| Fullness { percent, of: "space" });
    let inodes =
        percent(usage.inodes_used, usage.inodes).map(|percent| Fullness { percent, of: "inodes" });
    bytes.into_iter().chain(inodes).max_by_key(|it| it.percent)
}

fn full(usage: &Usage, fullness: &Fullness) -> Violation {
    let violation = Violation::new(Object::claim(&usage.claim), "{percent} % of its {of} is used")
        .with("percent", fullness.percent)
        .with("of", fullness.of)
        .with("used", Value::Bytes(usage.used))
        .with("capacity", Value::Bytes(usage.capacity))
        .with("inodes_used", usage.inodes_used)
        .with("inodes", usage.inodes);
    if fullness.of == "inodes" {
        violation.next(
            "{inodes_used} of {inodes} files: delete some, for a larger volume may not have more",
        )
    } else {
        violation.next(
            "{used} of {capacity}: let the claim grow, where its class allows that, or delete data",
        )
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, healthy};
    use crate::model::{Unread, Usage};
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("volume-full", |world| fill(world, 96, 3)),
        ("volume-filling", |world| fill(world, 3, 90)),
    ];

    /// So many percent of the bytes and of the inodes of ordinal 1.
    fn fill(world: &mut World, bytes: u64, inodes: u64) {
        let usage = Usage {
            namespace: "shop".into(),
            claim: "data-redis-1".into(),
            used: bytes << 20,
            capacity: 100 << 20,
            inodes_used: inodes,
            inodes: 100,
        };
        world.details.usage = Ok([("node-2".to_owned(), Ok(vec![usage]))].into());
    }

    #[test]
    fn volumes_fill_up_by_bytes_and_by_inodes() {
        let mut world = healthy(3);
        for (bytes, inodes, expected, says) in [
            (84, 10, &[][..], ""),
            (85, 10, &["volume-filling"][..], "85 % of its space is used"),
            (94, 96, &["volume-full"][..], "96 % of its inodes is used"),
            (95, 0, &["volume-full"][..], "95 % of its space is used"),
        ] {
            fill(&mut world, bytes, inodes);
            assert_eq!(found(&world), expected);
            assert_eq!(sentence(&world), says);
        }
    }

    #[test]
    fn a_file_system_without_inodes_or_size_is_never_full() {
        let mut world = healthy(3);
        fill(&mut world, 10, 10);
        if let Ok(usage) = &mut world.details.usage {
            for usage in usage.values_mut().flatten().flatten() {
                (usage.inodes, usage.capacity) = (0, 0);
            }
        }
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn a_kubelet_that_was_not_read() {
        let mut world = healthy(3);
        fill(&mut world, 96, 0);
        let unread = Unread::not_asked("ask the kubelet of node-1");
        let Ok(usage) = &mut world.details.usage else { panic!("read") };
        usage.insert("node-1".into(), Err(unread));
        let not_run = |world: &World| {
            let judged = judged(world);
            judged.not_run.iter().map(|it| it.rule).collect::<Vec<_>>()
        };
        // What was found is told.
        assert_eq!(found(&world), ["volume-full"]);
        assert_eq!(not_run(&world), ["volume-filling"]);
        world.nodes[0].is_ready = false;
        assert_eq!(not_run(&world), [""; 0]);
    }
}
