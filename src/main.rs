//! Parse, run, exit.

use std::process::ExitCode;

use tokio::runtime::Builder;

fn main() -> ExitCode {
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
        return kubectl_sts::ui::Exit::Unanswered.into();
    };
    let exit = runtime.block_on(kubectl_sts::command::run(std::env::args_os()));
    // A name that DNS still looks up is not waited for.
    runtime.shutdown_background();
    exit.into()
}
