//! The commands: arguments and wiring. What is decided is decided in `rules`, what is said is said by `render`.

mod again;
mod allowed;
pub mod check;
mod choice;
mod complete;
pub mod completion;
mod confirm;
#[cfg(test)]
mod eyes;
mod file;
#[cfg(test)]
mod guards;
mod interrupt;
mod live;
mod login;
pub mod man;
mod name;
mod nearest;
mod operation;
mod pace;
mod program;
pub mod pvc;
pub mod repair;
mod review;
pub mod rollout;
mod run;
pub mod scale;
pub mod version;
mod world;

use std::ffi::OsString;

use anyhow::{Result, anyhow};
use clap::{ColorChoice, FromArgMatches};

use crate::cli::{Cli, Command, Target};
use crate::cluster::{Connection, Options, connect};
use crate::model::{Unread, Why};
use crate::render;
use crate::ui::{Exit, Ui};
use program::Program;

/// Parses, runs and reports: the whole program but for the process around it.
pub async fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let program = Program::started_as(arguments.first().map(OsString::as_os_str));
    render::go_by(program.usage());
    // Its words are those of another command line, with flags that clap would take for its own.
    if arguments.get(1).is_some_and(|word| word == complete::WORD) {
        let words = arguments.get(2..).unwrap_or_default();
        let _ = Ui::new(ColorChoice::Never).result(&complete::run(&program, words).await);
        return Exit::Ok;
    }
    let parsed = program
        .parser()
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(help) => {
            // clap knows which of the two streams its text belongs to.
            let is_asked_for = !help.use_stderr();
            let _ = help.print();
            return if is_asked_for { Exit::Ok } else { Exit::Unanswered };
        }
    };
    let ui = Ui::new(cli.color);
    match dispatch(&cli, &program, &ui).await {
        Ok(exit) => exit,
        Err(error) => {
            ui.error(&error);
            Exit::Unanswered
        }
    }
}

/// Runs one command.
///
/// # Errors
/// When the question could not be answered at all; one sentence.
async fn dispatch(cli: &Cli, program: &Program, ui: &Ui) -> Result<Exit> {
    match &cli.command {
        Command::Check(args) => check::run(args, &cli.target, ui).await,
        Command::Pvc(args) => pvc::run(args, &cli.target, ui).await,
        Command::Scale(args) => scale::run(args, &cli.target, ui).await,
        Command::Rollout(args) => rollout::run(args, &cli.target, ui).await,
        Command::Repair(args) => repair::run(args, &cli.target, ui).await,
        Command::Completion(args) => completion::run(args, program, ui),
        Command::Man(args) => man::run(args, program, ui),
        Command::Version(args) => version::run(args, &cli.target, ui).await,
    }
}

/// A read without which there is no answer, as a sentence.
fn cannot(unread: &Unread) -> anyhow::Error {
    match &unread.why {
        Why::Forbidden(Some(access)) => anyhow!("{unread} (the missing RBAC rule is {access})"),
        _ => anyhow!("{unread}"),
    }
}

async fn connection(target: &Target) -> Result<Connection> {
    let target = target.clone();
    connect(&Options {
        kubeconfig: target.kubeconfig,
        context: target.context,
        cluster: target.cluster,
        user: target.user,
        as_: target.as_user,
        as_groups: target.as_groups,
        as_uid: target.as_uid,
        token: target.token,
        server: target.server,
        tls_server_name: target.tls_server_name,
        certificate_authority: target.certificate_authority,
        client_certificate: target.client_certificate,
        client_key: target.client_key,
        insecure_skip_tls_verify: target.insecure_skip_tls_verify,
        request_timeout: target.request_timeout,
        namespace: target.namespace,
        interactive: true,
        silent: false,
    })
    .await
}
