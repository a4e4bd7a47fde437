//! `kubectl sts version`: which program this is, and which server it talks to.

use std::time::Duration;

use anyhow::{Error, Result};
use clap::{Args, ValueEnum};

use super::cannot;
use crate::cli::Target;
use crate::render::{self, Client};
use crate::ui::{Exit, Ui};

/// Print the version of this program and of the server
///
/// Exit codes: 0 printed, 2 the server did not say.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kubectl sts version
  kubectl sts version --client -o json   no cluster needed")]
pub struct VersionArgs {
    /// Of this program only
    #[arg(long)]
    client: bool,
    /// Format of the output
    #[arg(long, short, value_enum, default_value_t)]
    output: Output,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Output {
    #[default]
    Table,
    Json,
    Yaml,
}

/// Nobody waits long for a version.
const DEADLINE: Duration = Duration::from_secs(5);

pub(super) async fn run(args: &VersionArgs, target: &Target, ui: &Ui) -> Result<Exit> {
    let (server, failed) = match ask(args, target).await {
        Ok(server) => (server, None),
        Err(error) => (None, Some(error)),
    };
    let client = client();
    let text = match args.output {
        Output::Table => render::version(&client, server.as_deref(), args.client),
        Output::Json => render::version_json(&client, server.as_deref())?,
        Output::Yaml => render::version_yaml(&client, server.as_deref())?,
    };
    ui.result(&text)?;
    Ok(failed.map_or(Exit::Ok, |error: Error| {
        ui.error(&error);
        Exit::Unanswered
    }))
}

/// None where it is not asked.
async fn ask(args: &VersionArgs, target: &Target) -> Result<Option<String>> {
    if args.client {
        return Ok(None);
    }
    let mut target = target.clone();
    target.request_timeout.get_or_insert(DEADLINE);
    let connection = super::connection(&target).await?;
    Ok(Some(connection.git_version().await.map_err(|unread| cannot(&unread))?))
}

/// A build from a checkout says no more than its version; a release is built with both variables.
fn client() -> Client {
    let given = |value: Option<&'static str>| value.filter(|it| !it.is_empty());
    Client {
        version: env!("CARGO_PKG_VERSION"),
        commit: given(option_env!("KUBECTL_STS_COMMIT")),
        built: given(option_env!("KUBECTL_STS_BUILD_DATE")),
        platform: (std::env::consts::OS, std::env::consts::ARCH),
    }
}
