//! How to log in to the servers of a set: where its pods name a password, and how it is got.

use secrecy::{ExposeSecret, SecretString};

use super::config::{Config, Place, literal, place};
use super::container;
use super::replies::Origin;
use crate::model::{Container, EnvSource, KeyRef, Pod, Unread};
use crate::reach::{Login, Reach};

const VARIABLES: &[&str] =
    &["REDISCLI_AUTH", "REDIS_PASSWORD", "VALKEY_PASSWORD", "VALKEYCLI_AUTH"];

/// One place where a password may be.
#[derive(Clone, Debug)]
enum Source {
    Literal(SecretString),
    Secret(KeyRef),
    ConfigMap(KeyRef),
}

#[derive(Clone, Debug)]
pub struct Password {
    pub secret: SecretString,
    pub origin: Origin,
    /// Whose it is; None for the default user.
    pub user: Option<String>,
}

impl Password {
    /// What follows `AUTH`.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.user.as_deref().into_iter().chain([self.secret.expose_secret()])
    }
}

/// What the search came to.
#[derive(Clone, Debug)]
pub enum Found {
    Password(Password),
    Nothing,
    /// A place was named and could not be read.
    Unread(Unread),
}

/// Looks where the caller points to, then the pod, then where redis-cli looks; the first place that has
/// one is taken.
pub async fn find(reach: &dyn Reach, pod: &Pod, container: &Container) -> Found {
    let Login { user, password } = reach.login();
    let found = |secret: SecretString, origin: Origin| {
        Found::Password(Password { secret, origin, user: user.clone() })
    };
    if let Some(secret) = password {
        return found(secret, Origin::Given);
    }
    let mut unread = None;
    for (source, origin) in sources(pod, container) {
        let secret = match source {
            Source::Literal(secret) => Ok(secret),
            Source::Secret(key) => reach.secret(&pod.namespace, &key).await,
            Source::ConfigMap(key) => {
                reach.config_map(&pod.namespace, &key).await.map(SecretString::from)
            }
        };
        match secret.map(|secret| trimmed(&secret)) {
            Ok(Some(secret)) => return found(secret, origin),
            Ok(None) => {}
            Err(why) => unread = unread.or(Some(why)),
        }
    }
    let config = Config::read(reach, pod, container).await;
    if let Some(secret) = config.setting("requirepass") {
        return found(secret.into(), Origin::Configuration);
    }
    match (reach.variable("REDISCLI_AUTH"), unread.or(config.unread)) {
        (Some(secret), _) => found(secret, Origin::Given),
        (None, Some(unread)) => Found::Unread(unread),
        (None, None) => Found::Nothing,
    }
}

/// A file mostly ends with a newline; no password does.
fn trimmed(secret: &SecretString) -> Option<SecretString> {
    let text = secret.expose_secret().trim_end_matches(['\r', '\n']);
    (!text.is_empty()).then(|| text.to_owned().into())
}

/// What the pod names, in the order in which it is tried: variables, files, the command.
fn sources(pod: &Pod, container: &Container) -> Vec<(Source, Origin)> {
    let mut sources = Vec::new();
    let rank = |name: &str| VARIABLES.iter().position(|known| *known == name);
    let mut variables: Vec<_> = container.env.iter().filter(|v| is_password(&v.name)).collect();
    variables.sort_by_key(|variable| rank(&variable.name).unwrap_or(VARIABLES.len()));
    for variable in variables {
        sources.extend(variable_source(&variable.source, &variable.name));
    }
    for variable in container.env.iter().filter(|v| is_password_file(&v.name)) {
        let path = literal(container, &variable.name).map(ExposeSecret::expose_secret);
        if let Some(path) = path
            && let Some(source) = file_source(pod, container, path)
        {
            sources.push((source, Origin::File(path.to_owned())));
        }
    }
    sources.extend(command_source(container));
    sources
}

fn variable_source(source: &EnvSource, name: &str) -> Option<(Source, Origin)> {
    let source = match source {
        EnvSource::Literal(value) => Source::Literal(value.clone()?),
        EnvSource::Secret(key) => Source::Secret(key.clone()),
        EnvSource::ConfigMap(key) => Source::ConfigMap(key.clone()),
        EnvSource::Other => return None,
    };
    Some((source, Origin::Env(name.to_owned())))
}

fn file_source(pod: &Pod, container: &Container, path: &str) -> Option<Source> {
    match place(pod, container, path)? {
        Place::Secret(key) => Some(Source::Secret(key)),
        Place::ConfigMap(key) => Some(Source::ConfigMap(key)),
    }
}

/// `--requirepass X`, where X may be `$(NAME)` (kubelet), `$NAME` or `${NAME}` (shell).
fn command_source(container: &Container) -> Option<(Source, Origin)> {
    let value = container::option(container, "--requirepass")?;
    let Some(name) = variable_name(value) else {
        let literal = Source::Literal(value.to_owned().into());
        return (!value.is_empty()).then_some((literal, Origin::Configuration));
    };
    let variable = container.env.iter().find(|variable| variable.name == name)?;
    variable_source(&variable.source, name)
}

fn variable_name(value: &str) -> Option<&str> {
    let name = value.strip_prefix('$')?;
    let bare = |open, close| name.strip_prefix(open).and_then(|name| name.strip_suffix(close));
    Some(bare('(', ')').or_else(|| bare('{', '}')).unwrap_or(name))
}

fn is_password(name: &str) -> bool {
    VARIABLES.contains(&name)
        || ((name.contains("REDIS") || name.contains("VALKEY"))
            && (name.ends_with("PASSWORD") || name.ends_with("PASS"))
            && !name.contains("SENTINEL"))
}

fn is_password_file(name: &str) -> bool {
    name.strip_suffix("_FILE").is_some_and(is_password)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EnvVar, Mount, Volume, VolumeSource};

    fn env(name: &str, value: &str) -> EnvVar {
        EnvVar { name: name.into(), source: EnvSource::Literal(Some(value.to_owned().into())) }
    }

    fn shown(pod: &Pod, container: &Container) -> Vec<String> {
        let words = |source: &Source| match source {
            Source::Literal(secret) => secret.expose_secret().to_owned(),
            Source::Secret(key) => format!("secret {}/{}", key.object, key.key),
            Source::ConfigMap(key) => format!("config map {}/{}", key.object, key.key),
        };
        sources(pod, container).iter().map(|(source, _)| words(source)).collect()
    }

    #[test]
    fn variables_come_before_files_and_files_before_the_command() {
        let key = KeyRef { object: "redis".into(), key: "password".into() };
        let container = Container {
            env: vec![
                env("REDIS_SENTINEL_PASSWORD", "other"),
                env("REDIS_PASSWORD_FILE", "/secrets/redis-password"),
                env("MY_REDIS_PASSWORD", "third"),
                env("REDIS_PASSWORD", "second"),
                EnvVar { name: "REDISCLI_AUTH".into(), source: EnvSource::Secret(key) },
            ],
            mounts: vec![Mount { volume: "s".into(), path: "/secrets".into(), sub_path: None }],
            argv: vec!["redis-server".into(), "--requirepass".into(), "last".into()],
            ..Container::default()
        };
        let secrets = Volume { name: "s".into(), source: VolumeSource::Secret("auth".into()) };
        let pod = Pod { volumes: vec![secrets], ..Pod::default() };
        assert_eq!(
            shown(&pod, &container),
            ["secret redis/password", "second", "third", "secret auth/redis-password", "last"]
        );
    }

    #[test]
    fn a_variable_on_the_command_line_is_followed() {
        for argument in ["$(PW)", "$PW", "${PW}", "\"$PW\""] {
            let container = Container {
                env: vec![env("PW", "sesame")],
                argv: vec![
                    "sh".into(),
                    "-c".into(),
                    format!("exec redis-server --requirepass {argument} --port 1").into(),
                ],
                ..Container::default()
            };
            assert_eq!(shown(&Pod::default(), &container), ["sesame"], "{argument}");
        }
        let plain = Container { argv: vec!["--requirepass".into()], ..Container::default() };
        assert!(shown(&Pod::default(), &plain).is_empty());
    }
}
