//! Whether a server reads what another version wrote. AOF files begin with an RDB part, and a full synchronisation sends one.

use super::container;
use super::facts::Facts;
use super::info::Product;
use crate::model::{Pod, Snapshot, Version};
use crate::plan::ENGINE_DOWNGRADE;
use crate::rules::{Finding, Object, Violation};

/// A server, by what of its version changes what it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Server {
    product: Product,
    major: u32,
    minor: u32,
}

impl Server {
    /// RDB_VERSION of its rdb.h. Valkey kept 11 up to 8.x (valkey-io/valkey#665), and takes 12 to 79 for Redis'.
    const fn format(self) -> u32 {
        match (self.product, self.major, self.minor) {
            (Product::Redis, ..7, _) => 9,
            (Product::Redis, 7, ..2) => 10,
            (Product::Redis, 7, 2..4) | (Product::Valkey, ..9, _) => 11,
            (Product::Redis, 7, _) | (Product::Redis, 8, ..6) => 12,
            (Product::Redis, ..) => 13,
            (Product::Valkey, ..) => 80,
        }
    }

    /// Whether nobody knows yet what the next versions write.
    const fn is_newest(self) -> bool {
        matches!(self.format(), 13 | 80)
    }

    fn reads(self, writer: Self) -> bool {
        let is_foreign = self.product == Product::Valkey && matches!(writer.format(), 12..80);
        let is_older = self.product == writer.product
            && self.is_newest()
            && (self.major, self.minor) < (writer.major, writer.minor);
        self.format() >= writer.format() && !is_foreign && !is_older
    }

    fn words(self) -> String {
        format!("{} {}.{}", self.product.name(), self.major, self.minor)
    }
}

pub fn downgrade(now: &Snapshot, facts: &Facts, template: &Pod) -> Option<Finding> {
    let image = container::server(template)?.0.image.as_str();
    let running = running(now, facts);
    let next = of_image(image, &running)?;
    let (pod, _, server) = running.iter().find(|(.., server)| !next.reads(*server))?;
    let says = "it has run {server}, and {next} does not read what that writes: {image} would not start on its data, nor follow \
                a primary that it is";
    let next_words = "go on to the newer version; to go back, what the pods on the newer one hold has to be thrown away first";
    let violation = Violation::new(Object::pod(pod), says)
        .with("server", server.words())
        .with("next", next.words())
        .with("image", image)
        .next(next_words);
    Some(Finding::refusal(ENGINE_DOWNGRADE, violation))
}

/// Of each pod that answered: its name, the image of its server, and what that is.
fn running(now: &Snapshot, facts: &Facts) -> Vec<(String, String, Server)> {
    let pods = now.pods().unwrap_or_default();
    let of_seat = |seat: &super::facts::Seat| {
        let info = seat.info()?;
        let version = Version::parse(info.version()?)?;
        let found = pods.iter().find(|it| it.name == seat.reply.pod)?;
        let image = container::server(found)?.0.image.clone();
        let server = Server { product: info.product(), major: version.major, minor: version.minor };
        Some((found.name.clone(), image, server))
    };
    facts.look.seats.iter().filter_map(of_seat).collect()
}

/// By what its pods say that run it, or by its tag; None where neither tells.
fn of_image(image: &str, running: &[(String, String, Server)]) -> Option<Server> {
    let same = running.iter().find(|(_, it, _)| it == image);
    same.map(|(.., server)| *server).or_else(|| of_tag(image))
}

/// `redis:7.0-alpine`, `docker.io/valkey/valkey:9.1.2@sha256:…`.
fn of_tag(image: &str) -> Option<Server> {
    let (name, tag) = image.rsplit('/').next()?.split('@').next()?.split_once(':')?;
    let product = if name.contains("valkey") { Product::Valkey } else { Product::Redis };
    let mut numbers = tag.trim_start_matches('v').split(['.', '-']).map(str::parse);
    let (major, minor) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some(Server { product, major, minor })
}

#[cfg(test)]
mod tests {
    use super::super::example::Model;
    use super::*;

    fn server(image: &str) -> Server {
        of_tag(image).expect("a version")
    }

    #[test]
    fn versions_as_tags_say_them() {
        let redis = |major, minor| Some(Server { product: Product::Redis, major, minor });
        let valkey = |major, minor| Some(Server { product: Product::Valkey, major, minor });
        for (image, expected) in [
            ("redis:7.0", redis(7, 0)),
            ("docker.io/library/redis:7.2.4-alpine", redis(7, 2)),
            ("host:5000/valkey/valkey:9.1.2@sha256:abc", valkey(9, 1)),
            ("bitnami/valkey-cluster:8.0-debian-12", valkey(8, 0)),
            ("redis:7", None),
            ("redis:latest", None),
            ("redis", None),
            ("redis@sha256:abc", None),
        ] {
            assert_eq!(of_tag(image), expected, "{image}");
        }
    }

    #[test]
    fn who_reads_what_whom_wrote() {
        for (reader, writer, reads) in [
            ("redis:7.2", "redis:7.0", true),
            ("redis:7.0", "redis:7.2", false),
            ("redis:6.2", "redis:6.0", true),
            ("redis:8.0", "redis:7.4", true),
            ("redis:7.4", "redis:8.4", true),
            ("redis:8.4", "redis:8.6", false),
            ("redis:8.6", "redis:8.8", false),
            ("valkey:9.1", "redis:7.0", true),
            ("valkey:9.1", "redis:7.4", false),
            ("valkey:8.1", "redis:7.2", true),
            ("redis:7.2", "valkey:8.1", true),
            ("redis:7.0", "valkey:8.1", false),
            ("redis:8.6", "valkey:9.0", false),
            ("valkey:8.1", "valkey:9.0", false),
            ("valkey:9.0", "valkey:9.1", false),
            ("valkey:9.1", "valkey:9.1", true),
        ] {
            assert_eq!(server(reader).reads(server(writer)), reads, "{reader} after {writer}");
        }
    }

    #[test]
    fn one_that_ran_a_newer_version_does_not_go_back() {
        let mut model = Model::healthy();
        let image = |model: &mut Model, image: &str| {
            model.world.set.template.pod.containers[0].image = image.to_owned();
        };
        let found = |model: &Model| {
            let (now, facts) = model.facts();
            downgrade(&now, &facts, &now.set.template.pod)
        };
        image(&mut model, "redis:7.0.15");
        assert_eq!(found(&model), None);
        model.member(5).info.insert("valkey_version", "9.1.2".to_owned());
        model.world.pods[5].containers[0].image = "valkey:9.1.2".into();
        let refused = found(&model).expect("refused");
        assert_eq!(
            (refused.rule, refused.violation.object.name.as_str()),
            (ENGINE_DOWNGRADE, "redis-5")
        );
        image(&mut model, "valkey:9.1.2");
        assert_eq!(found(&model), None);
        image(&mut model, "redis:latest");
        assert_eq!(found(&model), None, "nobody knows");
    }
}
