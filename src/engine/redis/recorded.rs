//! A stream that remembers how it began and how it ended, to say what answers there when it is not Redis.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const KEPT: usize = 64;

#[derive(Clone, Debug, Default)]
pub struct Record {
    pub first: Vec<u8>,
    pub error: Option<(io::ErrorKind, String)>,
}

pub struct Recorded<S> {
    stream: S,
    record: Arc<Mutex<Record>>,
}

impl<S> Recorded<S> {
    pub fn new(stream: S) -> (Self, Arc<Mutex<Record>>) {
        let record = Arc::new(Mutex::new(Record::default()));
        (Self { stream, record: record.clone() }, record)
    }

    fn note(&self, bytes: &[u8], error: Option<&io::Error>) {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEPT.saturating_sub(record.first.len());
        record.first.extend(bytes.iter().take(room));
        if let Some(error) = error {
            record.error.get_or_insert_with(|| (error.kind(), error.to_string()));
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Recorded<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buffer);
        match &read {
            Poll::Ready(Ok(())) => {
                this.note(buffer.filled().get(before..).unwrap_or_default(), None);
            }
            Poll::Ready(Err(error)) => this.note(&[], Some(error)),
            Poll::Pending => {}
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Recorded<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        if let Poll::Ready(Err(error)) = &written {
            this.note(&[], Some(error));
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
