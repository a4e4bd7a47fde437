//! The server's configuration as the pod names it: the file, and where in the cluster that file is.

use super::container;
use crate::model::{Container, EnvSource, KeyRef, Mount, Pod, Seen, Unread, VolumeSource};
use crate::reach::Reach;
use secrecy::{ExposeSecret, SecretString};

/// Where a file of a container comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    ConfigMap(KeyRef),
    Secret(KeyRef),
}

/// The mount that a path in a container leads to; none for what is in its image.
fn mount<'a>(container: &'a Container, path: &str) -> Option<&'a Mount> {
    let mounts = container.mounts.iter().filter(|mount| below(path, &mount.path).is_some());
    mounts.max_by_key(|mount| mount.path.len())
}

/// The volume behind a path in a container.
pub fn volume<'a>(pod: &'a Pod, container: &Container, path: &str) -> Option<&'a VolumeSource> {
    let name = &mount(container, path)?.volume;
    pod.volumes.iter().find(|volume| volume.name == *name).map(|volume| &volume.source)
}

/// The object behind a path in a container, if it is one that can be read without the container.
pub fn place(pod: &Pod, container: &Container, path: &str) -> Option<Place> {
    let mount = mount(container, path)?;
    let inside = below(path, &mount.path)?;
    let key = match (&mount.sub_path, inside) {
        (Some(key), "") => key.clone(),
        (Some(folder), file) => format!("{folder}/{file}"),
        (None, file) => file.to_owned(),
    };
    // A key holds no slash: an item mounted at a deeper path is not followed.
    let key = (!key.is_empty() && !key.contains('/')).then_some(key)?;
    match volume(pod, container, path)? {
        VolumeSource::ConfigMap(object) => {
            Some(Place::ConfigMap(KeyRef { object: object.clone(), key }))
        }
        VolumeSource::Secret(object) => Some(Place::Secret(KeyRef { object: object.clone(), key })),
        _ => None,
    }
}

/// The rest of a path under a mount: empty for the mount itself.
fn below<'a>(path: &'a str, mount: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(mount.trim_end_matches('/'))?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
}

/// The configuration files that the command names, whole; the first of them that could not be read.
#[derive(Clone, Debug, Default)]
pub struct Config {
    texts: Vec<SecretString>,
    pub unread: Option<Unread>,
}

impl Config {
    pub async fn read(reach: &dyn Reach, pod: &Pod, container: &Container) -> Self {
        let mut config = Self::default();
        for path in container::config_paths(container) {
            let text: Seen<SecretString> = match place(pod, container, path) {
                Some(Place::ConfigMap(key)) => {
                    reach.config_map(&pod.namespace, &key).await.map(SecretString::from)
                }
                Some(Place::Secret(key)) => reach.secret(&pod.namespace, &key).await,
                None => continue,
            };
            match text {
                Ok(text) => config.texts.push(text),
                Err(unread) => config.unread = config.unread.or(Some(unread)),
            }
        }
        config
    }

    /// The value of a setting: the last one holds, as in Redis (`loadServerConfigFromString`).
    pub fn setting(&self, name: &str) -> Option<String> {
        self.texts.iter().rev().find_map(|text| setting(text.expose_secret(), name))
    }
}

fn setting(text: &str, name: &str) -> Option<String> {
    let line = text.lines().rev().find_map(|line| {
        let (key, value) = line.trim().split_once(char::is_whitespace)?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })?;
    let bare = line
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .or_else(|| line.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')))
        .unwrap_or(line);
    (!bare.is_empty()).then(|| bare.to_owned())
}

/// The literal value of an environment variable.
pub fn literal<'a>(container: &'a Container, name: &str) -> Option<&'a SecretString> {
    let variable = container.env.iter().find(|variable| variable.name == name)?;
    match &variable.source {
        EnvSource::Literal(value) => value.as_ref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Volume;

    fn pod() -> (Pod, Container) {
        let mount = |volume: &str, path: &str, sub_path: Option<&str>| Mount {
            volume: volume.into(),
            path: path.into(),
            sub_path: sub_path.map(Into::into),
        };
        let container = Container {
            mounts: vec![
                mount("data", "/data", None),
                mount("conf", "/conf/", None),
                mount("conf", "/etc/redis.conf", Some("redis.conf")),
                mount("key", "/conf/secret", None),
            ],
            ..Container::default()
        };
        let volume = |name: &str, source| Volume { name: name.into(), source };
        let pod = Pod {
            volumes: vec![
                volume("data", VolumeSource::Claim("data-redis-0".into())),
                volume("conf", VolumeSource::ConfigMap("redis".into())),
                volume("key", VolumeSource::Secret("auth".into())),
            ],
            ..Pod::default()
        };
        (pod, container)
    }

    #[test]
    fn a_path_leads_to_the_deepest_mount() {
        let (pod, container) = pod();
        let key = |object: &str, key: &str| KeyRef { object: object.into(), key: key.into() };
        for (path, expected) in [
            ("/conf/redis.conf", Some(Place::ConfigMap(key("redis", "redis.conf")))),
            ("/etc/redis.conf", Some(Place::ConfigMap(key("redis", "redis.conf")))),
            ("/conf/secret/password", Some(Place::Secret(key("auth", "password")))),
            ("/data/nodes.conf", None),
            ("/confusing/redis.conf", None),
            ("/conf", None),
        ] {
            assert_eq!(place(&pod, &container, path), expected, "{path}");
        }
    }

    #[test]
    fn the_last_setting_holds() {
        let text = "# port 1\nport 6379\r\n  requirepass \"a b\"\nPORT 7000\ntls-port 0\n";
        assert_eq!(setting(text, "port").as_deref(), Some("7000"));
        assert_eq!(setting(text, "requirepass").as_deref(), Some("a b"));
        assert_eq!(setting(text, "masterauth"), None);
    }
}
