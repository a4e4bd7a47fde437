use super::super::example::{Model, id};
use super::super::replies::Outcome;
use crate::model::{Member, Value};

fn row(member: &Member) -> String {
    let cells = member.cells.iter().map(|cell| match &cell.value {
        Value::Text(text) => text.clone(),
        Value::List(items) => items.join("+"),
        Value::Bytes(bytes) => format!("{bytes}B"),
        Value::Count(count) => count.to_string(),
        other => format!("{other:?}"),
    });
    let pod = member.pod.as_ref().map_or("-".to_owned(), |pod| pod.ordinal.to_string());
    format!("{pod} {} {}", cells.collect::<Vec<_>>().join(" "), member.state)
}

fn rows(model: &Model) -> Vec<String> {
    model.table().iter().map(row).collect()
}

#[test]
fn a_member_stands_at_its_ordinal() {
    let rows = rows(&Model::healthy());
    assert_eq!(rows[1], "1 primary 1 5461-10922 11111111 10.244.0.11:6379 100 2097152B 7 ok");
    assert_eq!(rows[4], "4 replica 1 10B 44444444 10.244.0.14:6379 100 2097152B 7 ok");
}

#[test]
fn what_is_wrong_with_a_member_is_its_state() {
    let mut model = Model::healthy();
    model.kill(1).outcome(2, Outcome::Silent);
    let info = &mut model.member(3).info;
    info.insert("master_link_status", "down".to_owned());
    info.insert("master_link_down_since_seconds", "12".to_owned());
    model.peers_say(5, |line| line.flags.push_str(",fail?"));
    let rows = rows(&model);
    assert_eq!(rows[1], "1 primary 1 5461-10922 11111111 10.244.0.11:6379 failed");
    assert_eq!(rows[2], "2 primary 2 10923-16383 22222222 10.244.0.12:6379 silent");
    assert!(rows[3].ends_with("link down 12s"), "{}", rows[3]);
    assert!(rows[5].ends_with("failing"), "{}", rows[5]);
}

#[test]
fn a_node_without_a_pod_is_shown_after_the_pods() {
    let mut model = Model::healthy();
    model.kill(5);
    model.members.pop();
    model.world.pods.pop();
    model.world.set.replicas = 5;
    let table = model.table();
    let last = table.last().expect("six rows");
    assert_eq!(
        (last.id.as_str(), &last.pod, last.state.as_str()),
        (id(5).as_str(), &None, "failed")
    );
}
