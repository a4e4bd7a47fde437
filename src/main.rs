//! Parse, run, exit.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    kubectl_sts::command::run(std::env::args_os()).await.into()
}
