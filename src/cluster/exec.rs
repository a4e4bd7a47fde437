//! A command in a container of a pod, through the API server.

use futures_util::future::join3;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::Api;
use kube::api::AttachParams;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::connect::Connection;
use super::explain;
use super::read::Asked;
use crate::model::{Access, Seen, Why};
use crate::reach::ShellCommand;

/// A line that is longer is told in parts.
const LINE: usize = 4096;

impl Connection {
    /// Runs it to its end; its exit code. It goes on in the pod if nobody waits for it any more.
    pub(super) async fn exec(&self, command: &ShellCommand, tell: &dyn Fn(&str)) -> Seen<i32> {
        let asked = Asked {
            what: format!("run the command in {}", command.pod),
            access: Access {
                verb: "create".to_owned(),
                group: String::new(),
                resource: "pods/exec".to_owned(),
                namespace: Some(command.namespace.clone()),
            },
        };
        match tokio::time::timeout(command.patience, self.run(command, &asked, tell)).await {
            Ok(seen) => seen,
            Err(_) => Err(asked.unread(Why::Deadline)),
        }
    }

    async fn run(&self, command: &ShellCommand, asked: &Asked, tell: &dyn Fn(&str)) -> Seen<i32> {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &command.namespace);
        let parameters = AttachParams::default().container(&command.container).stdin(false);
        let begin = async {
            pods.exec(&command.pod, ["sh", "-c", &command.script], &parameters)
                .await
                .map_err(|error| asked.unread(explain::error(&error, &asked.access, &self.peer)))
        };
        let mut process = self.within(&asked.what, begin).await?;
        let unopened = || asked.unread(Why::Unreachable("its output was not opened".to_owned()));
        let (stdout, stderr) = process.stdout().zip(process.stderr()).ok_or_else(unopened)?;
        let status = process.take_status().ok_or_else(unopened)?;
        let reading = join3(lines(stdout, tell), lines(stderr, tell), status);
        let ((), (), status) = reading.await;
        let broken =
            || Why::Unreachable("the connection broke off before its end was known".to_owned());
        let status = status.ok_or_else(|| asked.unread(broken()))?;
        exit_code(&status).ok_or_else(|| {
            asked.unread(Why::Unreachable(status.message.clone().unwrap_or_default()))
        })
    }
}

/// As the kubelet says it: `Success`, or a cause with the code.
fn exit_code(status: &Status) -> Option<i32> {
    if status.status.as_deref() == Some("Success") {
        return Some(0);
    }
    let causes = status.details.as_ref()?.causes.as_ref()?;
    let code = causes.iter().find(|cause| cause.reason.as_deref() == Some("ExitCode"))?;
    code.message.as_deref()?.parse().ok()
}

/// Tells line by line, until the end or an error: how it ended the status says.
async fn lines(mut stream: impl AsyncRead + Unpin, tell: &dyn Fn(&str)) {
    let mut line = Vec::new();
    let mut bytes = [0; 1024];
    while let Ok(read @ 1..) = stream.read(&mut bytes).await {
        for byte in &bytes[..read] {
            let is_end = *byte == b'\n';
            if !is_end {
                line.push(*byte);
            }
            if is_end || line.len() >= LINE {
                tell(String::from_utf8_lossy(&line).trim_end());
                line.clear();
            }
        }
    }
    if !line.is_empty() {
        tell(String::from_utf8_lossy(&line).trim_end());
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test]
    async fn output_is_told_line_by_line() {
        let told = RefCell::new(Vec::new());
        let tell = |line: &str| told.borrow_mut().push(line.to_owned());
        lines(&b"one\r\n\ntwo\nthe rest"[..], &tell).await;
        assert_eq!(*told.borrow(), ["one", "", "two", "the rest"]);
        told.borrow_mut().clear();
        lines(&vec![b'x'; LINE + 1][..], &tell).await;
        let lengths: Vec<usize> = told.borrow().iter().map(String::len).collect();
        assert_eq!(lengths, [LINE, 1]);
    }

    #[test]
    fn the_end_of_a_command_is_its_code() {
        let status = |text: &str| serde_json::from_str::<Status>(text).expect("a status");
        assert_eq!(exit_code(&status(r#"{"status": "Success"}"#)), Some(0));
        let failed = r#"{"status": "Failure", "reason": "NonZeroExitCode",
            "details": {"causes": [{"reason": "ExitCode", "message": "7"}]}}"#;
        assert_eq!(exit_code(&status(failed)), Some(7));
        let broken =
            r#"{"status": "Failure", "reason": "InternalError", "message": "no such container"}"#;
        assert_eq!(exit_code(&status(broken)), None);
    }
}
