//! When somebody wants a command to stop.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use anyhow::{Context, Result};
use futures_util::future::{select, select_all};

use crate::reach::Boxed;
use crate::ui::Ui;

/// From now on these signals end nothing by themselves.
pub(super) struct Interrupt(Boxed<'static, ()>);

impl Interrupt {
    pub(super) fn new() -> Result<Self> {
        signals().map(Self).context("cannot listen for signals")
    }

    /// Ends when one has come, or when nobody reads what is said any more.
    pub(super) async fn asked(self, ui: &Ui) {
        let unheard = poll_fn(|_| if ui.is_unheard() { Poll::Ready(()) } else { Poll::Pending });
        select(self.0, unheard).await;
    }
}

/// Listens from the call on.
#[cfg(unix)]
fn signals() -> io::Result<Boxed<'static, ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [int, term, hup] = kinds.map(signal);
    let mut signals = [int?, term?, hup?];
    Ok(Box::pin(async move {
        select_all(signals.iter_mut().map(|signal| Box::pin(signal.recv()))).await;
    }))
}

/// Listens from the call on. A console that is closed gives no time to stop: that is a kill.
#[cfg(windows)]
fn signals() -> io::Result<Boxed<'static, ()>> {
    use tokio::signal::windows::{ctrl_break, ctrl_c};

    let (mut key, mut end) = (ctrl_c()?, ctrl_break()?);
    let signals: [Boxed<'static, ()>; 2] = [
        Box::pin(async move { _ = key.recv().await }),
        Box::pin(async move { _ = end.recv().await }),
    ];
    Ok(Box::pin(async move { _ = select_all(signals).await }))
}
