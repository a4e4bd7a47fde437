//! A byte stream to a port of a pod, through the API server.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

use super::connect::Connection;
use super::explain;
use super::read::Asked;
use crate::model::{Access, Seen, Why};

const REFUSED: &str = "connection refused";

/// Bytes to and from one port of one pod. It ends when it is dropped.
///
/// Write a request at once: `kube` leaves Nagle's algorithm on, so two small writes in a row cost 44 ms.
/// The end of a connection the pod closed arrives about a second later than its last byte.
///
/// Shutting its write side down ends it as well: what the pod says after that is lost.
pub struct PortStream {
    stream: DuplexStream,
    /// None once it has spoken.
    error: Option<Pin<Box<dyn Future<Output = Option<String>> + Send>>>,
    failed: Option<String>,
}

impl Connection {
    /// Reaches the port as a program in the pod would reach it on 127.0.0.1.
    ///
    /// A port nobody listens on is known only at the first read: an error that says so.
    pub async fn portforward(&self, namespace: &str, pod: &str, port: u16) -> Seen<PortStream> {
        let asked = Asked {
            what: format!("connect to {pod}:{port}"),
            access: Access {
                // A missing `get` is named by the server; for a missing `create`, asked for since Kubernetes 1.35,
                // it answers without words.
                verb: "create".to_owned(),
                group: String::new(),
                resource: "pods/portforward".to_owned(),
                namespace: Some(namespace.to_owned()),
            },
        };
        let open = async {
            let pods: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
            pods.portforward(pod, &[port])
                .await
                .map_err(|error| asked.unread(explain::error(&error, &asked.access, &self.peer)))
        };
        let mut forwarder = self.within(&asked.what, open).await?;
        let (Some(stream), Some(error)) = (forwarder.take_stream(port), forwarder.take_error(port))
        else {
            return Err(asked.unread(Why::Unreachable("the port was not opened".to_owned())));
        };
        Ok(PortStream { stream, error: Some(Box::pin(error)), failed: None })
    }
}

impl PortStream {
    /// What went wrong on the far side, if it has been said.
    fn failure(&mut self, cx: &mut Context<'_>) -> Option<io::Error> {
        if let Some(error) = &mut self.error
            && let Poll::Ready(said) = error.as_mut().poll(cx)
        {
            self.error = None;
            self.failed = Some(match said {
                Some(text) => reason(&text).to_owned(),
                // The forwarder ended without a farewell of the server.
                None => "the port-forward broke off".to_owned(),
            });
        }
        let text = self.failed.as_ref()?;
        let kind = if text == REFUSED {
            io::ErrorKind::ConnectionRefused
        } else {
            io::ErrorKind::ConnectionReset
        };
        Some(io::Error::new(kind, text.clone()))
    }
}

/// The container runtime's words are long, and differ; the one case everybody meets gets plain ones.
fn reason(text: &str) -> &str {
    if text.contains(REFUSED) { REFUSED } else { text.trim() }
}

impl AsyncRead for PortStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        let nothing_came = match &read {
            Poll::Pending => true,
            Poll::Ready(Ok(())) => buf.filled().len() == before && buf.remaining() > 0,
            Poll::Ready(Err(_)) => false,
        };
        match nothing_came.then(|| this.failure(cx)).flatten() {
            Some(error) => Poll::Ready(Err(error)),
            None => read,
        }
    }
}

impl AsyncWrite for PortStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(error) = this.failure(cx) {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut this.stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::sync::oneshot;

    use super::*;

    /// A stream, the pod's end of it, and the pod's error channel.
    fn stream() -> (PortStream, DuplexStream, oneshot::Sender<String>) {
        let (near, far) = duplex(1024);
        let (say, said) = oneshot::channel();
        let error = async { said.await.ok() };
        (PortStream { stream: near, error: Some(Box::pin(error)), failed: None }, far, say)
    }

    #[tokio::test]
    async fn bytes_go_both_ways_and_an_end_is_an_end() {
        let (mut near, mut far, _say) = stream();
        near.write_all(b"PING").await.unwrap();
        let mut buffer = [0; 4];
        far.read_exact(&mut buffer).await.unwrap();
        assert_eq!(&buffer, b"PING");
        far.write_all(b"PONG").await.unwrap();
        drop(far);
        let mut all = Vec::new();
        near.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"PONG");
    }

    #[tokio::test]
    async fn nobody_listening_in_the_pod_is_an_error_with_its_cause() {
        for ends in [true, false] {
            let (mut near, far, say) = stream();
            say.send(
                "error forwarding port 1 to pod abc, uid : failed to execute portforward in network namespace: \
                 failed to connect to localhost:1 inside namespace \"abc\", IPv4: dial tcp4 127.0.0.1:1: connect: \
                 connection refused IPv6 dial tcp6: address localhost: no suitable address found\n"
                    .to_owned(),
            )
            .unwrap();
            let far = (!ends).then_some(far);
            for _ in 0..2 {
                let error = near.read_u8().await.unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
                assert_eq!(error.to_string(), "connection refused");
            }
            assert!(near.write_all(b"x").await.is_err());
            drop(far);
        }
    }

    #[tokio::test]
    async fn a_forwarder_that_dies_is_no_end() {
        let (mut near, far, say) = stream();
        drop((far, say));
        let error = near.read_to_end(&mut Vec::new()).await.unwrap_err();
        assert_eq!(error.to_string(), "the port-forward broke off");
    }

    #[tokio::test]
    async fn what_came_before_the_error_is_read() {
        let (mut near, mut far, say) = stream();
        far.write_all(b"bye").await.unwrap();
        say.send("lost connection to pod".to_owned()).unwrap();
        let mut buffer = [0; 3];
        near.read_exact(&mut buffer).await.unwrap();
        assert_eq!(&buffer, b"bye");
        assert_eq!(near.read_u8().await.unwrap_err().to_string(), "lost connection to pod");
    }
}
