//! The flags that all commands take, in kubectl's words.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::Styles;
use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};

use crate::cluster::parse_duration;
use crate::command::check::CheckArgs;
use crate::command::completion::CompletionArgs;
use crate::command::man::ManArgs;
use crate::command::pvc::PvcArgs;
use crate::command::repair::RepairArgs;
use crate::command::rollout::RolloutArgs;
use crate::command::scale::ScaleArgs;
use crate::command::version::VersionArgs;

/// Looks after StatefulSets that hold data.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-sts",
    bin_name = "kubectl sts",
    version,
    styles = Styles::plain(),
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub target: Target,
    /// When to colour what is printed
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Check(CheckArgs),
    Completion(CompletionArgs),
    Man(ManArgs),
    Pvc(PvcArgs),
    Repair(RepairArgs),
    Rollout(RolloutArgs),
    Scale(ScaleArgs),
    Version(VersionArgs),
}

/// Which cluster, as which user.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Cluster")]
pub struct Target {
    /// Namespace; default: the one of the context
    #[arg(long, short, global = true, value_name = "NS")]
    pub namespace: Option<String>,
    /// Path to the kubeconfig file
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// Cluster of the kubeconfig
    #[arg(long, global = true, value_name = "NAME")]
    pub cluster: Option<String>,
    /// User of the kubeconfig
    #[arg(long, global = true, value_name = "NAME")]
    pub user: Option<String>,
    /// Address of the API server
    #[arg(long, short, global = true, value_name = "URL")]
    pub server: Option<String>,
    /// Bearer token
    #[arg(long, global = true, value_name = "TOKEN")]
    pub token: Option<secrecy::SecretString>,
    /// User to impersonate
    #[arg(long = "as", global = true, value_name = "USER")]
    pub as_user: Option<String>,
    /// Group to impersonate; may be given several times
    #[arg(long = "as-group", global = true, value_name = "GROUP")]
    pub as_groups: Vec<String>,
    /// UID to impersonate
    #[arg(long = "as-uid", global = true, value_name = "UID")]
    pub as_uid: Option<String>,
    /// File of the authority that signed the server's certificate
    #[arg(long, global = true, value_name = "FILE")]
    pub certificate_authority: Option<PathBuf>,
    /// File of the client certificate
    #[arg(long, global = true, value_name = "FILE")]
    pub client_certificate: Option<PathBuf>,
    /// File of the client key
    #[arg(long, global = true, value_name = "FILE")]
    pub client_key: Option<PathBuf>,
    /// Name to expect in the server's certificate
    #[arg(long, global = true, value_name = "NAME")]
    pub tls_server_name: Option<String>,
    /// Do not check the server's certificate
    #[arg(long, global = true)]
    pub insecure_skip_tls_verify: bool,
    /// Longest wait for one answer of the server, such as 5s or 2m; 0 waits for ever [default: 30s]
    #[arg(long, global = true, value_name = "TIME", value_parser = parse_duration)]
    pub request_timeout: Option<Duration>,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    #[default]
    Table,
    /// The table with more columns
    Wide,
    Json,
    Yaml,
}

/// How far a plan goes that is only tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    /// It is shown
    Client,
    /// The server goes through every step as well, and keeps nothing
    Server,
}
