//! When somebody wants a command to stop.

use std::future::poll_fn;
use std::task::Poll;

use anyhow::{Context, Result};
use futures_util::future::{select, select_all};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::ui::Ui;

/// From now on these signals end nothing by themselves.
pub(super) struct Interrupt([Signal; 3]);

impl Interrupt {
    pub(super) fn new() -> Result<Self> {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [int, term, hup] = kinds.map(|kind| signal(kind).context("cannot listen for signals"));
        Ok(Self([int?, term?, hup?]))
    }

    /// Ends when one has come, or when nobody reads what is said any more.
    pub(super) async fn asked(mut self, ui: &Ui) {
        let signals = self.0.iter_mut().map(|signal| Box::pin(signal.recv()));
        let unheard = poll_fn(|_| if ui.is_unheard() { Poll::Ready(()) } else { Poll::Pending });
        select(select_all(signals), unheard).await;
    }
}
