//! How findings name members, and the commands that they give to paste.

use super::super::config;
use super::super::facts::{Facts, Look, Seat};
use super::super::members::short;
use super::super::replies::Origin;
use super::super::topology::{Home, Peer};
use super::motion;
use crate::model::{Container, Pod, Snapshot, Timestamp, VolumeSource};
use crate::rules::Object;

/// The pod of a node, or enough of its id.
pub fn name(look: &Look, peer: &Peer) -> String {
    let pod = peer.home.seat().and_then(|seat| look.seat(seat)).map(|seat| seat.reply.pod.clone());
    pod.unwrap_or_else(|| match &peer.home {
        Home::Elsewhere(Some(pod)) => format!("{}-{}", pod.set, pod.ordinal),
        _ => short(&peer.id).to_owned(),
    })
}

/// The same, by an id that may be known to nobody.
pub fn name_of(look: &Look, id: &str) -> String {
    look.topology.peer(id).map_or_else(|| short(id).to_owned(), |peer| name(look, peer))
}

/// The pod where there is one, else the set.
pub fn object(now: &Snapshot, look: &Look, peer: &Peer) -> Object {
    match (&peer.home, peer.home.seat().and_then(|seat| look.seat(seat))) {
        (_, Some(seat)) => Object::pod(&seat.reply.pod),
        (Home::Elsewhere(Some(pod)), _) => Object::pod(&format!("{}-{}", pod.set, pod.ordinal)),
        (Home::Vacant(ordinal), _) => Object::pod(&now.set.pod_name(*ordinal)),
        _ => Object::set(&now.set.name),
    }
}

/// When anybody last heard it.
pub fn last_heard(peer: &Peer) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(peer.last_pong?).ok()?).ok()
}

/// The container of the server.
pub fn container<'a>(now: &'a Snapshot, seat: &Seat) -> Option<&'a Container> {
    place(now, seat).map(|(_, container)| container)
}

fn place<'a>(now: &'a Snapshot, seat: &Seat) -> Option<(&'a Pod, &'a Container)> {
    let pods = now.pods().unwrap_or_default();
    let pod = pods.iter().find(|pod| pod.uid == seat.reply.uid)?;
    let mut containers = pod.containers.iter();
    Some((pod, containers.find(|container| container.name == seat.reply.door.container)?))
}

pub fn is_on_claim(now: &Snapshot, seat: &Seat, path: &str) -> bool {
    let volume = place(now, seat).and_then(|(pod, server)| config::volume(pod, server, path));
    matches!(volume, Some(VolumeSource::Claim(_)))
}

/// Whether the next pod of the same ordinal finds what is there; None where the container is not known.
pub fn outlives_pod(now: &Snapshot, seat: &Seat, path: &str) -> Option<bool> {
    use VolumeSource::{Claim, HostPath, Other};
    let (pod, server) = place(now, seat)?;
    Some(matches!(config::volume(pod, server, path), Some(Claim(_) | HostPath | Other)))
}

/// Whether nobody finds anybody: whatever else is wrong follows from it.
pub fn is_stranded(facts: &Facts) -> bool {
    !facts.steady(motion::stranded).is_empty()
}

/// A command of the server's own client, inside the pod, with a password from where the pod has it.
pub fn client(seat: &Seat, words: &[&str]) -> Vec<String> {
    let door = &seat.reply.door;
    let program = seat.info().map_or("redis-cli", |info| info.product().client());
    let port = door.port.to_string();
    let mut call: Vec<&str> = vec![program, "-p", &port];
    if door.tls {
        call.extend(["--tls", "--insecure"]);
    }
    if matches!(door.password, Some(Origin::Given | Origin::Configuration)) {
        call.push("--askpass");
    }
    call.extend(words);
    let shell = |value: &str| {
        let script = format!("REDISCLI_AUTH=\"{value}\" {}", call.join(" "));
        vec!["sh".to_owned(), "-c".to_owned(), script]
    };
    let is_asked = matches!(door.password, Some(Origin::Given | Origin::Configuration));
    let inner = match &door.password {
        Some(Origin::Env(variable)) if variable != "REDISCLI_AUTH" => {
            shell(&format!("${variable}"))
        }
        Some(Origin::File(path)) => shell(&format!("$(cat {path})")),
        _ => call.iter().map(|word| (*word).to_owned()).collect(),
    };
    let terminal = is_asked.then_some("-it");
    ["kubectl", "exec"]
        .into_iter()
        .chain(terminal)
        .chain([seat.reply.pod.as_str(), "-c", door.container.as_str(), "--"])
        .map(str::to_owned)
        .chain(inner)
        .collect()
}
