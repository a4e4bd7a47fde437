//! Whether anybody else moves slots: what was left open and what is being moved look the same.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::cluster::{Cluster, Node};
use crate::engine::redis::command::{Answer, Command};
use crate::engine::redis::migrate::Question;
use crate::engine::redis::session::{Sessions, Ways};
use crate::model::{Record, Snapshot};
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::Failed;

#[derive(Debug)]
pub struct Watch {
    nodes: Vec<String>,
    first: String,
    record: Record,
    ways: Ways,
}

const SPAN: Duration = Duration::from_millis(500);
const SPANS: u32 = 6;
/// As `commandstats` and `CLIENT LIST` have them.
const MOVES: [&str; 3] = ["migrate", "cluster|setslot", "restore-asking"];

impl Watch {
    pub fn new(now: &Snapshot, cluster: &Cluster) -> Self {
        let nodes = cluster.nodes.iter().filter(|node| node.has_answered);
        let mut record = now.record_or_new();
        record.watched = Some(now.at);
        Self {
            first: nodes.clone().next().map(Node::name).unwrap_or_default(),
            nodes: nodes.map(|node| node.id.clone()).collect(),
            record,
            ways: cluster.ways.clone(),
        }
    }

    /// Addresses of those whose last command moves something, by the node that they are connected to.
    async fn movers(
        &self,
        sessions: &mut Sessions,
        hands: &Hands<'_>,
    ) -> Result<BTreeMap<String, String>, Failed> {
        let ask = |to: &String| Question { to: to.clone(), commands: vec![Command::Clients] };
        let replies = sessions.ask(self.nodes.iter().map(ask).collect(), hands).await?;
        let found = replies.iter().filter_map(|reply| {
            let list = reply.answers.first().and_then(Answer::text)?;
            Some((reply.from.clone(), mover(list)?.to_owned()))
        });
        Ok(found.collect())
    }

    async fn calls(
        &self,
        sessions: &mut Sessions,
        hands: &Hands<'_>,
    ) -> Result<BTreeMap<String, Vec<String>>, Failed> {
        let ask = |to: &String| Question {
            to: to.clone(),
            commands: vec![Command::Info("commandstats")],
        };
        let replies = sessions.ask(self.nodes.iter().map(ask).collect(), hands).await?;
        let lines = |answer: Option<&Answer>| {
            let text = answer.and_then(Answer::text).unwrap_or_default();
            text.lines().filter(|line| is_move(line)).map(calls_of).collect()
        };
        Ok(replies.iter().map(|it| (it.from.clone(), lines(it.answers.first()))).collect())
    }
}

/// `cmdstat_cluster|setslot:calls=3,usec=…`
fn is_move(line: &str) -> bool {
    let name = line.strip_prefix("cmdstat_").and_then(|rest| rest.split(':').next());
    name.is_some_and(|name| MOVES.contains(&name))
}

fn calls_of(line: &str) -> String {
    line.split(',').next().unwrap_or_default().to_owned()
}

/// `id=7 addr=10.0.0.4:41234 … cmd=migrate …`: where whoever did it last comes from.
fn mover(list: &str) -> Option<&str> {
    list.lines().find_map(|line| {
        let field = |name: &str| line.split(' ').find_map(|word| word.strip_prefix(name));
        let is_mover = field("cmd=").is_some_and(|command| MOVES.contains(&command));
        field("addr=").filter(|_| is_mover)
    })
}

impl Step<Snapshot> for Watch {
    fn describe(&self) -> Description {
        let says = "and the others for 3 s: whether anybody moves slots now";
        Description::new("watch", Object::pod(&self.first), says)
    }

    fn consent(&self) -> Consent {
        Consent::Arrange
    }

    fn forecast(&self, now: &mut Snapshot) {
        now.record = Some(self.record.clone());
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let Some(mut sessions) = Sessions::open(&self.ways, &self.nodes, hands).await? else {
                return Ok(());
            };
            let before = self.calls(&mut sessions, hands).await?;
            // Whoever moves slots may connect anew for each.
            let mut movers = BTreeMap::new();
            for _ in 0..SPANS {
                hands.reach()?.pause(SPAN).await;
                movers.extend(self.movers(&mut sessions, hands).await?);
            }
            let after = self.calls(&mut sessions, hands).await?;
            let busy = self.nodes.iter().find(|id| before.get(*id) != after.get(*id));
            let Some(busy) = busy else { return hands.writes().remember(&self.record).await };
            let who = movers.get(busy).map(|it| format!(" ({it})")).unwrap_or_default();
            Err(Failed::Rejected(format!(
                "somebody else{who} moves slots on {} at the moment: wait until that is over",
                sessions.name(busy)
            )))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_moves_is_named() {
        let list = "id=3 addr=10.0.0.1:5000 laddr=x cmd=info user=default\nid=4 addr=10.0.0.2:6000 laddr=x cmd=migrate user=default\n";
        assert_eq!(mover(list), Some("10.0.0.2:6000"));
        assert_eq!(mover("id=3 addr=10.0.0.1:5000 cmd=info\n"), None);
        assert!(is_move("cmdstat_cluster|setslot:calls=3,usec=9"));
        assert!(!is_move("cmdstat_info:calls=3,usec=9"));
        assert_eq!(calls_of("cmdstat_migrate:calls=3,usec=9"), "cmdstat_migrate:calls=3");
    }
}
