//! Connections over which members are changed. Each belongs to one run of one server: what answers by the same name later is
//! another.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{Either, join_all, select};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Pipeline, RedisConnectionInfo, RedisResult, Value};
use secrecy::ExposeSecret;

use super::command::{Answer, Command};
use super::credentials::{self, Found, Password};
use super::info::Info;
use super::members::short;
use super::migrate::{Question, Reply};
use super::replies::Door;
use super::tls::Identity;
use crate::model::{Container, Pod};
use crate::plan::Hands;
use crate::reach::{Reach, Stream};
use crate::writes::Failed;

/// The way to a member, as it was found when it was looked at.
#[derive(Clone)]
pub struct Way {
    pub pod: Arc<Pod>,
    pub container: Container,
    pub door: Door,
    /// Of the process: another one may have other data.
    pub run_id: Option<String>,
}

/// By node id. Steps carry it along; it says nothing of what they do.
#[derive(Clone, Default)]
pub struct Ways(pub Arc<BTreeMap<String, Way>>);

impl fmt::Debug for Ways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ways")
    }
}

pub struct Sessions {
    open: BTreeMap<String, Session>,
    password: Option<Password>,
}

struct Session {
    /// Of its pod.
    name: String,
    connection: MultiplexedConnection,
    /// What moves its bytes; polled while an answer is waited for.
    driver: Pin<Box<dyn Future<Output = ()>>>,
}

/// An answer that takes no work.
const PATIENCE: Duration = Duration::from_secs(15);
/// Saving to disk, or a large key on its way.
const WORK: Duration = Duration::from_secs(90);

impl Sessions {
    /// Connects to these nodes, all at once, and sees to it that each is the process that was looked at. None where no more
    /// than that is tried.
    ///
    /// # Errors
    /// When one is not reached, or another answers for it.
    pub async fn open(
        ways: &Ways,
        ids: impl IntoIterator<Item = &String>,
        hands: &Hands<'_>,
    ) -> Result<Option<Self>, Failed> {
        let reach = hands.reach()?;
        let wanted: BTreeMap<&String, &Way> = ids
            .into_iter()
            .map(|id| {
                let way = ways.0.get(id);
                Ok((id, way.ok_or_else(|| unreached(&unnamed(id), "no pod runs it"))?))
            })
            .collect::<Result<_, Failed>>()?;
        let needs = |test: fn(&Door) -> bool| wanted.values().find(|way| test(&way.door)).copied();
        let password = match needs(|door| door.password.is_some()) {
            None => None,
            Some(way) => match credentials::find(reach, &way.pod, &way.container).await {
                Found::Password(found) => Some(found),
                Found::Nothing => {
                    return Err(unreached(&way.pod.name, "its password is no longer named"));
                }
                Found::Unread(unread) => return Err(Failed::Unknown(unread.to_string())),
            },
        };
        let identity = match needs(|door| door.tls) {
            None => None,
            Some(way) => Some(Identity::read(reach, &way.pod, &way.container).await),
        };
        let opened = wanted.iter().map(async |(id, way)| {
            let secret = password.as_ref().filter(|_| way.door.password.is_some());
            let opening = Session::open(id, way, identity.as_ref(), secret, reach);
            let session = tokio::time::timeout(PATIENCE, opening).await;
            session
                .map_err(|_| unreached(&way.pod.name, "no answer in time"))?
                .map(|it| ((*id).clone(), it))
        });
        let opened: Result<BTreeMap<String, Session>, Failed> =
            join_all(opened).await.into_iter().collect();
        let open = opened?;
        Ok((!hands.is_trial()).then_some(Self { open, password }))
    }

    /// Asks several nodes at once. Before anything is changed the lease has to be ours.
    ///
    /// # Errors
    /// When one does not answer: what it did is not known.
    pub async fn ask(
        &mut self,
        questions: Vec<Question>,
        hands: &Hands<'_>,
    ) -> Result<Vec<Reply>, Failed> {
        if questions.iter().flat_map(|it| &it.commands).any(Command::is_write) {
            hands.writes().hold().await?;
            hands.begins();
        }
        let mut waiting: BTreeMap<&String, &mut Session> = self.open.iter_mut().collect();
        let password = self.password.as_ref();
        let mut asked = Vec::with_capacity(questions.len());
        for question in &questions {
            let session = waiting.remove(&question.to);
            let session =
                session.ok_or_else(|| unreached(&unnamed(&question.to), "it is not connected"))?;
            asked.push(async move {
                let began = Instant::now();
                let answers = session.ask(&question.commands, password).await?;
                Ok(Reply { from: question.to.clone(), answers, took: began.elapsed() })
            });
        }
        join_all(asked).await.into_iter().collect()
    }

    /// Asks one node.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn one(
        &mut self,
        to: &str,
        commands: Vec<Command>,
        hands: &Hands<'_>,
    ) -> Result<Vec<Answer>, Failed> {
        let question = Question { to: to.to_owned(), commands };
        let replies = self.ask(vec![question], hands).await?;
        Ok(replies.into_iter().next().map(|it| it.answers).unwrap_or_default())
    }

    /// One change, which has to be answered with OK.
    ///
    /// # Errors
    /// When it is not, or not at all.
    pub async fn change(
        &mut self,
        to: &str,
        command: Command,
        hands: &Hands<'_>,
    ) -> Result<(), Failed> {
        match self.one(to, vec![command], hands).await?.pop() {
            Some(Answer::Bytes(_)) => Ok(()),
            other => Err(self.refused(to, other)),
        }
    }

    /// Of the pod of a node, or what is known of the node where there is none.
    pub fn name(&self, node: &str) -> String {
        self.open.get(node).map_or_else(|| unnamed(node), |session| session.name.clone())
    }

    /// In the words of the server.
    pub fn refused(&self, node: &str, answer: Option<Answer>) -> Failed {
        let words = match answer {
            Some(Answer::Error(words)) => words,
            other => format!("{other:?}"),
        };
        Failed::Rejected(format!("{} says {words:?}", self.name(node)))
    }
}

fn unnamed(node: &str) -> String {
    format!("node {}", short(node))
}

fn unreached(name: &str, why: &str) -> Failed {
    Failed::Unknown(format!("cannot reach {name}: {why}"))
}

impl Session {
    async fn open(
        id: &str,
        way: &Way,
        identity: Option<&Identity>,
        password: Option<&Password>,
        reach: &dyn Reach,
    ) -> Result<Self, Failed> {
        let name = way.pod.name.clone();
        let lost = |why: &dyn fmt::Display| unreached(&way.pod.name, &why.to_string());
        let stream =
            reach.connect(&way.pod, way.door.port).await.map_err(|unread| lost(&unread.why))?;
        let stream: Box<dyn Stream> = match identity.filter(|_| way.door.tls) {
            Some(identity) => Box::new(identity.connect(stream).await.map_err(|it| lost(&it))?),
            None => stream,
        };
        let mut settings = RedisConnectionInfo::default().set_skip_set_lib_name();
        if let Some(Password { secret, user, .. }) = password {
            settings = settings.set_password(secret.expose_secret());
            if let Some(user) = user {
                settings = settings.set_username(user);
            }
        }
        let limits = AsyncConnectionConfig::new().set_response_timeout(None);
        let (connection, driver) =
            MultiplexedConnection::new_with_config(&settings, stream, limits)
                .await
                .map_err(|it| lost(&it))?;
        let mut session = Self { name, connection, driver: Box::pin(driver.fuse()) };
        let commands = [Command::MyId, Command::Info("server")];
        let answers = session.ask(&commands, None).await?;
        let [me, server] = answers.as_slice() else { return Err(Failed::Changed) };
        let run_id = Info::parse(server.text().unwrap_or_default());
        let is_same = way.run_id.as_deref().is_none_or(|known| run_id.get("run_id") == Some(known));
        if me.text() == Some(id) && is_same { Ok(session) } else { Err(Failed::Changed) }
    }

    async fn ask(
        &mut self,
        commands: &[Command],
        password: Option<&Password>,
    ) -> Result<Vec<Answer>, Failed> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = Pipeline::with_capacity(commands.len());
        pipeline.ignore_errors();
        for command in commands {
            pipeline.add_command(command.wire(password));
        }
        let works = |it: &Command| {
            matches!(
                it,
                Command::Migrate { .. }
                    | Command::Knock { .. }
                    | Command::Read { .. }
                    | Command::Save
                    | Command::FlushAll
                    | Command::ResetHard
            )
        };
        let patience = if commands.iter().any(works) { WORK } else { PATIENCE };
        let asking = pipeline.query_async(&mut self.connection);
        let driven = async {
            match select(Box::pin(asking), &mut self.driver).await {
                Either::Left((replies, _)) => replies,
                // The stream has ended: the request learns of it now.
                Either::Right(((), asking)) => asking.await,
            }
        };
        let replies: RedisResult<Vec<RedisResult<Value>>> = tokio::time::timeout(patience, driven)
            .await
            .map_err(|_| unreached(&self.name, "no answer in time"))?;
        let replies = replies.map_err(|error| unreached(&self.name, &error.to_string()))?;
        Ok(replies.into_iter().map(Answer::from).collect())
    }
}
