//! Which container of a pod is the server, and by what that shows.

use secrecy::ExposeSecret;

use crate::model::{Container, Phase, Pod, Run, Timestamp};

/// Ports of the cluster bus are 10000 above their client port (Redis `CLUSTER_PORT_INCR`).
const BUS: u16 = 10_000;
const DEFAULT_PORT: u16 = 6379;

const SERVERS: &[&str] = &["redis-server", "valkey-server"];
const IMAGES: &[&str] =
    &["redis", "redis-cluster", "redis-stack", "redis-stack-server", "valkey", "valkey-cluster"];
/// Programs of the same images that are no server.
const OTHERS: &[&str] = &[
    "redis-benchmark",
    "redis-cli",
    "redis-sentinel",
    "valkey-benchmark",
    "valkey-cli",
    "valkey-sentinel",
];

/// The server of a pod, and what shows it: `container redis runs redis-server`.
pub fn server(pod: &Pod) -> Option<(&Container, String)> {
    let by_words = pod.containers.iter().find_map(|container| {
        let program = program(container, SERVERS).filter(|_| !is_sentinel(container))?;
        Some((container, format!("container {} runs {program}", container.name)))
    });
    by_words.or_else(|| {
        let container = pod.containers.iter().find(|container| {
            IMAGES.contains(&image_name(&container.image))
                && !runs_other(container)
                && !is_sentinel(container)
        })?;
        Some((container, format!("container {} has image {}", container.name, container.image)))
    })
}

/// Where nothing shows the server: the container with its port, or the only one.
pub fn likely_server(pod: &Pod) -> Option<&Container> {
    let has_port = |c: &&Container| c.ports.iter().any(|port| port.number == DEFAULT_PORT);
    pod.containers.iter().find(has_port).or(match pod.containers.as_slice() {
        [only] => Some(only),
        _ => None,
    })
}

/// A container that runs Sentinel, beside the server or instead of it.
pub fn sentinel(pod: &Pod) -> Option<&Container> {
    pod.containers.iter().find(|container| is_sentinel(container))
}

fn is_sentinel(container: &Container) -> bool {
    words(container).any(|word| {
        matches!(program_name(word), "redis-sentinel" | "valkey-sentinel") || word == "--sentinel"
    }) || matches!(image_name(&container.image), "redis-sentinel" | "valkey-sentinel")
}

/// Whether the server could answer: its container runs, and its time is not up.
pub fn should_answer(pod: &Pod, container: &Container, now: Timestamp) -> bool {
    let runs =
        |c: &Container| c.status.as_ref().is_none_or(|s| matches!(s.run, Run::Running { .. }));
    pod.phase == Phase::Running && runs(container) && pod.deleting.is_none_or(|due| due > now)
}

/// The value of an option among the words that may be shown: `--port 7000`.
pub fn shown_option<'a>(container: &'a Container, name: &str) -> Option<&'a str> {
    let mut words = words(container).skip_while(|word| *word != name);
    words.next()?;
    words.next()
}

/// The value of an option on the whole command line.
pub fn option<'a>(container: &'a Container, name: &str) -> Option<&'a str> {
    let words = container.argv.iter().flat_map(|part| part.expose_secret().split_whitespace());
    let mut words = words.map(|word| word.trim_matches(['"', '\'', ';']));
    words.find(|word| *word == name)?;
    words.next().filter(|value| !value.is_empty())
}

/// Paths of configuration files that the command names.
pub fn config_paths(container: &Container) -> impl Iterator<Item = &str> {
    words(container)
        .filter(|word| word.starts_with('/') && has_extension(word, "conf"))
        .map(|word| word.trim_matches(['"', '\'', ';']))
}

fn has_extension(path: &str, extension: &str) -> bool {
    let path = path.trim_matches(['"', '\'', ';']);
    std::path::Path::new(path)
        .extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// The client port by what the pod says of itself: the command, then named ports, then the lowest that
/// is neither a bus nor for metrics.
pub fn client_port(container: &Container) -> Option<u16> {
    let from_words = [shown_option(container, "--port"), shown_option(container, "--tls-port")];
    let mut from_words = from_words.into_iter().flatten().filter_map(|port| port.parse().ok());
    from_words.find(|port| *port != 0).or_else(|| declared_port(container))
}

fn declared_port(container: &Container) -> Option<u16> {
    const CLIENT: &[&str] =
        &["client", "redis", "valkey", "tcp-redis", "tcp-valkey", "redis-tls", "tcp-client"];
    let ports = &container.ports;
    let is_bus = |number: u16| {
        ports.len() > 1
            && number.checked_sub(BUS).is_some_and(|below| {
                below == DEFAULT_PORT || ports.iter().any(|port| port.number == below)
            })
    };
    let is_other = |name: &str| {
        ["bus", "gossip", "metric", "exporter", "sentinel", "http"]
            .iter()
            .any(|part| name.contains(part))
    };
    let named = ports
        .iter()
        .find(|port| port.name.as_deref().is_some_and(|name| CLIENT.contains(&name)))
        .map(|port| port.number);
    let lowest = || {
        let clients = ports
            .iter()
            .filter(|port| !is_bus(port.number) && !port.name.as_deref().is_some_and(is_other));
        clients.map(|port| port.number).min()
    };
    named.or_else(lowest)
}

/// The port of last resort, which both servers use when told nothing.
pub fn default_port() -> u16 {
    DEFAULT_PORT
}

/// The command may be one word of a shell: `exec redis-server /conf/redis.conf`.
fn words(container: &Container) -> impl Iterator<Item = &str> {
    container.words.iter().flat_map(|word| word.split_whitespace())
}

/// By the whole command line too, where there is one: a capture has only its words.
fn runs_other(container: &Container) -> bool {
    let is_other = |word: &str| OTHERS.contains(&program_name(word));
    words(container).any(is_other)
        || container.argv.iter().any(|part| part.expose_secret().split_whitespace().any(is_other))
}

fn program<'a>(container: &'a Container, names: &[&str]) -> Option<&'a str> {
    words(container).map(program_name).find(|name| names.contains(name))
}

fn program_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word).trim_matches(['"', '\'', ';'])
}

/// `bitnami/redis-cluster:7.2` is `redis-cluster`.
fn image_name(image: &str) -> &str {
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split(['@', ':']).next().unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Port;

    fn container(name: &str, image: &str, words: &[&str]) -> Container {
        Container {
            name: name.into(),
            image: image.into(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            ..Container::default()
        }
    }

    fn evidence(containers: Vec<Container>) -> Option<String> {
        server(&Pod { containers, ..Pod::default() }).map(|(_, words)| words)
    }

    #[test]
    fn a_server_is_known_by_its_command_or_its_image() {
        let found = |name, image, words: &[&str]| evidence(vec![container(name, image, words)]);
        assert_eq!(
            found(
                "db",
                "registry.local/base:1",
                &["sh", "-c", "exec /usr/bin/redis-server /c/r.conf"]
            )
            .as_deref(),
            Some("container db runs redis-server")
        );
        assert_eq!(
            found("redis", "docker.io/bitnami/redis-cluster:7.2", &["/bin/bash", "-c"]).as_deref(),
            Some("container redis has image docker.io/bitnami/redis-cluster:7.2")
        );
        assert!(found("redis", "redis:7.0", &[]).is_some());
        assert!(found("v", "localhost:5000/valkey/valkey@sha256:0", &[]).is_some());
    }

    #[test]
    fn what_only_talks_to_redis_is_no_server() {
        for (image, words) in [
            ("oliver006/redis_exporter:v1", &[][..]),
            ("bitnami/redis-exporter:1", &[]),
            ("bitnami/redis-sentinel:7", &[]),
            ("redis:7.0", &["redis-sentinel", "/conf/sentinel.conf"]),
            ("redis:7.0", &["redis-server", "/conf/sentinel.conf", "--sentinel"]),
            ("redis:7.0", &["redis-cli", "monitor"]),
            ("redisinsight:2", &[]),
            ("my/app-redis-client:1", &[]),
        ] {
            assert_eq!(evidence(vec![container("c", image, words)]), None, "{image}");
        }
    }

    #[test]
    fn an_exporter_may_come_first() {
        let exporter = container("metrics", "oliver006/redis_exporter:v1", &[]);
        let redis = container("redis", "redis:7.0", &["redis-server"]);
        assert_eq!(
            evidence(vec![exporter, redis]).as_deref(),
            Some("container redis runs redis-server")
        );
    }

    #[test]
    fn the_client_port_is_not_the_bus() {
        let port =
            |name: Option<&str>, number| Port { name: name.map(Into::into), number, host: None };
        let of = |ports: Vec<Port>, words: &[&str]| {
            client_port(&Container { ports, ..container("redis", "redis", words) })
        };
        assert_eq!(
            of(vec![port(Some("client"), 7000)], &["redis-server", "--port", "7001"]),
            Some(7001)
        );
        assert_eq!(of(vec![], &["redis-server --port 0 --tls-port 6380"]), Some(6380));
        assert_eq!(
            of(vec![port(Some("gossip"), 16379), port(Some("client"), 6379)], &[]),
            Some(6379)
        );
        assert_eq!(of(vec![port(None, 17000), port(None, 7000)], &[]), Some(7000));
        assert_eq!(of(vec![port(Some("metrics"), 9121), port(None, 6379)], &[]), Some(6379));
        assert_eq!(of(vec![port(Some("gossip"), 16379)], &[]), None);
        assert_eq!(of(vec![], &["redis-server"]), None);
    }
}
