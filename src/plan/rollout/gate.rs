//! What is asked after a pod, before the next has its turn: a command in it, an address, or a query of Prometheus.

use std::str::FromStr;
use std::time::Duration;

use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::act;
use super::way::Way;
use crate::model::{Access, Record, Snapshot, Unread, Value};
use crate::plan::{Consent, Description, Hands, Next, Said, Step};
use crate::reach::{Boxed, Reach, ShellCommand};
use crate::rules::Object;
use crate::writes::Failed;

/// Before it is asked again.
const PAUSE: Duration = Duration::from_secs(5);

/// What is asked after each pod.
#[derive(Clone, Debug, Default)]
pub struct Gates {
    pub all: Vec<Gate>,
    /// They have to be passed so soon: what looks at a pod from outside sees it a moment later.
    pub patience: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// As it was typed.
    pub words: String,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// For `sh -c` in the first container of the pod: it has to exit with 0.
    Exec(String),
    /// It has to answer 2xx.
    Http(Uri),
    /// An instant query: it has to find something, and nothing of it may be 0.
    Prometheus(Uri),
}

impl FromStr for Gate {
    type Err = String;

    fn from_str(words: &str) -> Result<Self, String> {
        let form = || "give it as exec:COMMAND, http:URL or prom:URL?query=QUERY".to_owned();
        let (kind, rest) = words.split_once(':').ok_or_else(form)?;
        let address = |rest: &str| {
            let uri: Uri = rest.parse().map_err(|error| format!("{rest}: {error}"))?;
            match (uri.scheme_str(), uri.authority()) {
                (Some("http" | "https"), Some(_)) => Ok(uri),
                _ => Err(format!("{rest}: an address begins with http:// or https://")),
            }
        };
        let kind = match kind {
            "exec" if !rest.trim().is_empty() => Kind::Exec(rest.to_owned()),
            // http://host/path is an address as it stands.
            "http" if rest.starts_with("//") => Kind::Http(address(words)?),
            "https" => Kind::Http(address(words)?),
            "http" => Kind::Http(address(rest)?),
            "prom" => Kind::Prometheus(query(rest, address)?),
            _ => return Err(form()),
        };
        Ok(Self { words: words.to_owned(), kind })
    }
}

/// `https://prometheus:9090?up == 1` asks `/api/v1/query` there.
fn query(text: &str, address: impl Fn(&str) -> Result<Uri, String>) -> Result<Uri, String> {
    let form = "give it as prom:URL?QUERY, such as prom:http://prometheus:9090?up{job=\"redis\"}";
    let (base, query) = text.split_once('?').filter(|it| !it.1.is_empty()).ok_or(form)?;
    let query = query.strip_prefix("query=").unwrap_or(query);
    let base = base.trim_end_matches('/').trim_end_matches("/api/v1/query");
    address(&format!("{base}/api/v1/query?query={}", utf8_percent_encode(query, RESERVED)))
}

/// All but what stands for itself in a query (RFC 3986); what was escaped already stays so.
const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'%');

/// Of the pods that run the newest revision, the highest one after which not every gate was passed.
pub(super) fn next(now: &Snapshot, way: &Way<'_>, gates: &Gates) -> Option<Next<Snapshot>> {
    let rollout = now.rollout().filter(|_| !gates.all.is_empty())?;
    let mut pods = way.pods().rev().take_while(|(index, _)| *index >= way.held);
    let pod = pods.find_map(|(_, pod)| pod.filter(|pod| !rollout.gated.contains(&pod.uid)))?;
    let ordinal = now.set.ordinal_of(&pod.name)?;
    let mut record = now.record_or_new();
    record.rollout.get_or_insert_default().gated.insert(pod.uid.clone());
    let container = pod.containers.first().map(|it| it.name.clone()).unwrap_or_default();
    Some(act(Asked {
        namespace: pod.namespace.clone(),
        pod: pod.name.clone(),
        container,
        ordinal,
        gates: gates.clone(),
        record,
    }))
}

#[derive(Debug)]
struct Asked {
    namespace: String,
    pod: String,
    container: String,
    ordinal: u32,
    gates: Gates,
    /// What is remembered when all were passed.
    record: Record,
}

impl Asked {
    /// Errs with why it is not passed.
    async fn passes(
        &self,
        gate: &Gate,
        reach: &dyn Reach,
        hands: &Hands<'_>,
    ) -> Result<(), String> {
        let unread = |unread: Unread| unread.to_string();
        match &gate.kind {
            Kind::Exec(script) => {
                let command = ShellCommand {
                    namespace: self.namespace.clone(),
                    pod: self.pod.clone(),
                    container: self.container.clone(),
                    script: script.clone(),
                    patience: self.gates.patience,
                };
                let say = |line: &str| {
                    hands.say(&Said { pod: self.pod.clone(), line: line.to_owned() });
                };
                match reach.exec(&command, &say).await.map_err(unread)? {
                    0 => Ok(()),
                    code => Err(format!("it exited with code {code}")),
                }
            }
            Kind::Http(address) => match reach.fetch(address).await.map_err(unread)? {
                answer if (200..300).contains(&answer.code) => Ok(()),
                answer => Err(format!("it answers {}: {}", answer.code, first_line(&answer.says))),
            },
            Kind::Prometheus(address) => {
                let answer = reach.fetch(address).await.map_err(unread)?;
                found(&answer.says).map_err(|words| format!("it answers {}: {words}", answer.code))
            }
        }
    }
}

fn first_line(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.get(..200).unwrap_or(line)
}

/// Of the answer to an instant query: `data.result` is a list of `{"value": [time, "1"]}`, or `[time, "1"]` of a scalar.
fn found(answer: &str) -> Result<(), String> {
    let Ok(answer) = serde_json::from_str::<serde_json::Value>(answer) else {
        return Err(first_line(answer).to_owned());
    };
    if let Some(error) = answer["error"].as_str() {
        return Err(error.to_owned());
    }
    let data = &answer["data"];
    let values: Vec<&str> = if data["resultType"] == "scalar" {
        data["result"][1].as_str().into_iter().collect()
    } else {
        let all = data["result"].as_array().map(Vec::as_slice).unwrap_or_default();
        all.iter().filter_map(|it| it["value"][1].as_str()).collect()
    };
    let is_zero = |value: &&str| value.parse().is_ok_and(|it: f64| it == 0.0 || it.is_nan());
    match (values.is_empty(), values.iter().filter(|it| is_zero(it)).count()) {
        (true, _) => Err("the query finds nothing".to_owned()),
        (false, 0) => Ok(()),
        (false, zeros) => Err(format!("{zeros} of {} values are 0", values.len())),
    }
}

impl Step<Snapshot> for Asked {
    fn describe(&self) -> Description {
        let seconds = i64::try_from(self.gates.patience.as_secs()).unwrap_or(i64::MAX);
        let words: Vec<String> = self.gates.all.iter().map(|it| it.words.clone()).collect();
        Description::new("ask", Object::pod(&self.pod), "{gates}: passed within {patience}")
            .with("gates", words.join(", "))
            .with("patience", Value::Seconds(seconds))
    }

    fn consent(&self) -> Consent {
        Consent::Restart(self.ordinal)
    }

    fn rights(&self) -> Vec<Access> {
        let is_in_pod = self.gates.all.iter().any(|it| matches!(it.kind, Kind::Exec(_)));
        if is_in_pod { Access::to_stream("pods/exec", &self.namespace) } else { Vec::new() }
    }

    fn forecast(&self, now: &mut Snapshot) {
        now.record = Some(self.record.clone());
    }

    /// It is asked again until it is passed: each of them, in their order.
    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            if hands.is_trial() {
                return Ok(());
            }
            let reach = hands.reach()?;
            let mut left = self.gates.patience;
            for gate in &self.gates.all {
                while let Err(words) = self.passes(gate, reach, hands).await {
                    hands.writes().hold().await?;
                    if left.is_zero() {
                        let says = format!("the gate {} is not passed: {words}", gate.words);
                        return Err(Failed::Halfway(says));
                    }
                    if hands.is_to_stop() {
                        return Ok(());
                    }
                    reach.pause(PAUSE).await;
                    left = left.saturating_sub(PAUSE);
                }
            }
            hands.writes().remember(&self.record).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(words: &str) -> Result<Kind, String> {
        words.parse().map(|gate: Gate| gate.kind)
    }

    #[test]
    fn gates_as_they_are_typed() {
        let http = |uri: &'static str| Ok(Kind::Http(Uri::from_static(uri)));
        assert_eq!(kind("exec:redis-cli ping"), Ok(Kind::Exec("redis-cli ping".into())));
        assert_eq!(kind("http:https://shop/ok"), http("https://shop/ok"));
        assert_eq!(kind("http://shop:8080/ok?now"), http("http://shop:8080/ok?now"));
        assert_eq!(kind("https://shop/ok"), http("https://shop/ok"));
        let query = "http://prom:9090/api/v1/query?query=up%20%3E%200";
        for words in ["prom:http://prom:9090?up > 0", "prom:http://prom:9090/?query=up%20%3E%200"] {
            assert_eq!(kind(words), Ok(Kind::Prometheus(Uri::from_static(query))), "{words}");
        }
        for wrong in ["", "exec:", "ping", "http:shop/ok", "prom:http://prom:9090", "tcp:x"] {
            assert!(kind(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_query_passes_where_it_finds_something_that_is_not_0() {
        let vector = |values: &str| {
            format!(
                r#"{{"status":"success","data":{{"resultType":"vector","result":[{values}]}}}}"#
            )
        };
        let one = r#"{"metric":{},"value":[1.5,"1"]}"#;
        let none = r#"{"metric":{},"value":[1.5,"0"]}"#;
        assert_eq!(found(&vector(one)), Ok(()));
        assert_eq!(found(&vector("")), Err("the query finds nothing".into()));
        assert_eq!(found(&vector(&format!("{one},{none}"))), Err("1 of 2 values are 0".into()));
        assert_eq!(found(r#"{"data":{"resultType":"scalar","result":[1.5,"2"]}}"#), Ok(()));
        assert_eq!(found(r#"{"status":"error","error":"bad query"}"#), Err("bad query".into()));
        assert_eq!(found("404 page not found"), Err("404 page not found".into()));
    }
}
