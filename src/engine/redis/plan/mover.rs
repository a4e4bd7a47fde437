//! Which servers move whole slots by themselves, and what they have begun: that goes on without us, and is waited for before
//! anything else is done.

use super::cluster::{Cluster, Node};
use super::level::Share;
use super::step::MoveSlots;
use super::{act, refuse, wait};
use crate::engine::redis::info::Product;
use crate::engine::redis::tasks::{Mover, Task};
use crate::model::Snapshot;
use crate::plan::{Next, Wait};
use crate::rules::{Object, Violation};

/// How all that take part in it can be told to; None where they cannot.
pub fn mover(cluster: &Cluster, share: &Share) -> Option<Mover> {
    let of = |node: &Node| Mover::of(node.product, node.version);
    let first = of(cluster.node(&share.source)?)?;
    let mut targets = share.to.iter().map(|(id, _)| cluster.node(id).and_then(of));
    targets.all(|it| it == Some(first)).then_some(first)
}

/// Key by key those of database 0 alone are moved: the others would stay behind.
pub fn moved(cluster: &Cluster, step: MoveSlots) -> Next<Snapshot> {
    let has_others = |node: &&Node| node.keys_beyond_first > 0;
    let source = step.sources_by_keys().filter_map(|id| cluster.node(id)).find(has_others);
    source.map_or_else(|| act(step), other_databases)
}

fn other_databases(node: &Node) -> Next<Snapshot> {
    let says = "it has {keys:key} in other databases than 0 (cluster-databases), which do not move key by key";
    let next = "leave out --migrate=keys and --throttle: whole slots are moved by the servers, with all databases; one that somebody left open has to be closed by hand first";
    let violation = Violation::new(Object::pod(&node.name()), says)
        .with("keys", node.keys_beyond_first)
        .next(next);
    refuse("keys-in-other-databases", violation)
}

/// What the servers move by themselves goes on without us, and a primary that gives its last slot away then needs its setting
/// to stay as it is.
pub fn may_go_on(node: &Node) -> bool {
    !node.slots.is_empty() && Mover::of(node.product, node.version).is_some()
}

/// Some as long as a server moves slots, or deletes keys of slots that it has given away: of those it is not rid, neither to
/// be reset nor to follow another. Without a record of ours it is somebody else who moves them.
pub fn under_way(now: &Snapshot, cluster: &Cluster) -> Option<Next<Snapshot>> {
    // What is hopeless is for the step that moves these slots to cancel, and never where it may be somebody else's.
    let is_ours = now.record.is_some();
    let is_in_the_way = |task: &&Task| task.is_running() && !(is_ours && task.is_hopeless());
    let mut running = cluster
        .nodes
        .iter()
        .filter_map(|node| Some((node, node.tasks.iter().find(is_in_the_way)?)));
    if let Some((node, task)) = running.next() {
        return Some(if is_ours { arrives(cluster, task) } else { moves_already(node, task) });
    }
    let trims = cluster.nodes.iter().find(|node| node.is_trimming)?;
    Some(wait(trims, "until it has deleted the keys of slots that it gave away"))
}

fn arrives(cluster: &Cluster, task: &Task) -> Next<Snapshot> {
    let name = |id: &str| cluster.node(id).map(Node::name).unwrap_or_default();
    let target = cluster.node(&task.target);
    let mut evidence = vec![
        ("slots", task.slots().count().into()),
        ("source", name(&task.source).into()),
        ("state", task.state.clone().into()),
        // As long as they grow it gets on.
        ("keys", target.map(|node| node.keys).unwrap_or_default().into()),
        ("sign", task.sign.clone().into()),
    ];
    evidence.extend((!task.error.is_empty()).then(|| ("error", task.error.clone().into())));
    Next::Wait(Wait {
        object: Object::pod(&name(&task.target)),
        says: "until {slots:slot} from {source}, which the servers move by themselves, have arrived ({state})",
        evidence,
    })
}

fn moves_already(node: &Node, task: &Task) -> Next<Snapshot> {
    let says = "it moves slots {slots} for somebody else (migration {id}, {state})";
    let next = match node.product {
        Product::Valkey => {
            "wait until that is over, or end it with CLUSTER CANCELSLOTMIGRATIONS on this node"
        }
        Product::Redis => {
            "wait until that is over, or end it with CLUSTER MIGRATION CANCEL on the node that gets them"
        }
    };
    let violation = Violation::new(Object::pod(&node.name()), says)
        .with("slots", task.slots.clone())
        .with("id", task.id.clone())
        .with("state", task.state.clone())
        .next(next);
    refuse("slots-move-already", violation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::redis::example::Model;
    use crate::engine::redis::slots::Slots;
    use crate::model::{Record, Version};

    fn cluster() -> (Snapshot, Cluster) {
        let (now, facts) = Model::healthy().facts();
        let cluster = facts.cluster(&now);
        (now, cluster)
    }

    fn moving(cluster: &mut Cluster, state: &str, retries: u64) {
        let (source, target) = (cluster.nodes[0].id.clone(), cluster.nodes[1].id.clone());
        let (slots, state) = ("0-99".to_owned(), state.to_owned());
        let task = Task {
            id: "d09c88".to_owned(),
            slots,
            source,
            target,
            state,
            retries,
            ..Task::default()
        };
        cluster.nodes[0].tasks = vec![Task { is_import: false, ..task.clone() }];
        cluster.nodes[1].tasks = vec![Task { is_import: true, ..task }];
    }

    #[test]
    fn what_a_run_began_is_waited_for_and_what_nobody_of_us_did_stands_in_the_way() {
        let (mut now, mut cluster) = cluster();
        assert!(under_way(&now, &cluster).is_none());
        moving(&mut cluster, "accumulate-buffer", 0);
        let Some(Next::Refuse(findings)) = under_way(&now, &cluster) else { panic!("it goes on") };
        assert_eq!(findings[0].rule, "slots-move-already");
        assert!(findings[0].violation.evidence.contains(&("id", "d09c88".into())));
        now.record = Some(Record::of(6));
        let Some(Next::Wait(wait)) = under_way(&now, &cluster) else { panic!("it goes on") };
        assert_eq!(wait.object.name, cluster.nodes[1].name());
        assert!(wait.evidence.contains(&("slots", 100_usize.into())), "{wait:?}");
        cluster.nodes[1].tasks[0].state = "completed".to_owned();
        cluster.nodes[0].tasks[0].state = "failed".to_owned();
        assert!(under_way(&now, &cluster).is_none());
    }

    #[test]
    fn what_never_arrives_is_not_waited_for() {
        let (mut now, mut cluster) = cluster();
        now.record = Some(Record::of(6));
        moving(&mut cluster, "failed", 3);
        assert!(matches!(under_way(&now, &cluster), Some(Next::Wait(_))));
        moving(&mut cluster, "failed", 30);
        assert!(under_way(&now, &cluster).is_none());
        now.record = None;
        assert!(matches!(under_way(&now, &cluster), Some(Next::Refuse(_))), "it is cancelled");
    }

    #[test]
    fn keys_that_are_given_away_are_deleted_first() {
        let (now, mut cluster) = cluster();
        cluster.nodes[2].is_trimming = true;
        let Some(Next::Wait(wait)) = under_way(&now, &cluster) else { panic!("it goes on") };
        assert_eq!(wait.object.name, cluster.nodes[2].name());
    }

    #[test]
    fn who_moves_slots_by_themselves() {
        let (_, mut cluster) = cluster();
        let slots: Slots = [(0, 9)].into_iter().collect();
        let (source, target) = (cluster.nodes[0].id.clone(), cluster.nodes[1].id.clone());
        let share = Share { source, to: vec![(target, slots)] };
        let mut of = |product, source, target| {
            for (node, version) in cluster.nodes.iter_mut().zip([source, target]) {
                (node.product, node.version) = (product, Version::parse(version));
            }
            mover(&cluster, &share)
        };
        assert_eq!(of(Product::Redis, "8.4.0", "8.6.3"), Some(Mover::Target));
        assert_eq!(of(Product::Redis, "8.6.3", "8.2.1"), None);
        assert_eq!(of(Product::Redis, "9.0.0", "7.0.15"), None);
        assert_eq!(of(Product::Valkey, "9.0.0", "9.1.2"), Some(Mover::Source));
        assert_eq!(of(Product::Valkey, "8.4.0", "9.1.2"), None);
    }
}
