//! The ways to run a cluster.

/// A cluster by what differs from one to the other.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one way to run it, and any may be combined"
)]
pub struct Redis {
    pub image: &'static str,
    pub server: &'static str,
    pub pods: u32,
    pub replicas_per_shard: u32,
    pub port: u16,
    /// In a Secret, which the pods name in a variable.
    pub password: Option<&'static str>,
    /// What members tell each other instead of it.
    pub masterauth: Option<&'static str>,
    /// Only TLS, and only with a client certificate.
    pub tls: bool,
    /// Members announce names instead of addresses.
    pub hostnames: bool,
    /// Another container comes before the server.
    pub exporter_first: bool,
    /// Processes of a pod see each other, so that a server can be stopped from inside.
    pub shared_processes: bool,
    /// Started one after the other, each when the one before is ready.
    pub ordered: bool,
    /// Ready and alive by what a server says, instead of by its port.
    pub probed: bool,
    /// Snapshots instead of an append-only file.
    pub snapshots: bool,
    /// Valkey 9 has several databases in a cluster.
    pub databases: bool,
    /// A disk that is soon full and goes with its pod, instead of a claim.
    pub small_disk: bool,
    /// A server that has ended is started again in its container at once.
    pub supervised: bool,
    /// In this order ordinals become primaries, then replicas; those not named follow.
    pub first: &'static [u32],
}

/// Redis 7.0, three shards with a replica each.
pub fn redis() -> Redis {
    Redis {
        image: "redis:7.0",
        server: "redis-server",
        pods: 6,
        replicas_per_shard: 1,
        port: 6379,
        password: None,
        masterauth: None,
        tls: false,
        hostnames: false,
        exporter_first: false,
        shared_processes: false,
        ordered: false,
        probed: false,
        snapshots: false,
        databases: false,
        small_disk: false,
        supervised: false,
        first: &[],
    }
}

/// Three primaries: all that most faults need.
pub fn primaries() -> Redis {
    primaries_of(redis())
}

pub fn primaries_of(redis: Redis) -> Redis {
    Redis { pods: 3, replicas_per_shard: 0, ..redis }
}

pub fn valkey() -> Redis {
    Redis { image: "valkey:9.1", server: "valkey-server", ..redis() }
}

/// Redis that moves whole slots by itself.
pub fn redis_8() -> Redis {
    Redis { image: "redis:8.6", ..redis() }
}

/// All that makes it hard to scale: a password, TLS, names, and pods that start in order and are ready only where the
/// cluster serves.
pub fn hard() -> Redis {
    Redis {
        password: Some("open sesame"),
        tls: true,
        hostnames: true,
        ordered: true,
        probed: true,
        ..redis()
    }
}

pub fn hard_8() -> Redis {
    Redis { image: redis_8().image, ..hard() }
}

/// But for TLS, which the Valkey of these tests is built without.
pub fn hard_valkey() -> Redis {
    Redis { image: valkey().image, server: valkey().server, tls: false, ..hard() }
}

impl Redis {
    /// Whether slots move key by key, and are open meanwhile, where nothing else is said.
    pub fn moves_by_keys(&self) -> bool {
        self.image == redis().image
    }

    /// The client that comes with the server, and how it gets in.
    pub fn client(&self) -> Vec<String> {
        let client = self.server.replace("-server", "-cli");
        let mut words = vec![client, "-p".to_owned(), self.port.to_string()];
        if self.tls {
            let files =
                ["--cacert", "/tls/ca.crt", "--cert", "/tls/tls.crt", "--key", "/tls/tls.key"];
            words.push("--tls".to_owned());
            words.extend(files.map(str::to_owned));
        }
        words
    }
}
