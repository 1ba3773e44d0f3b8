//! Waits for the cluster, and for Ctrl-C.

use super::super::show;
use super::super::signals::{Signals, block_on};
use super::cluster::Cluster;
use crate::fault::{Error, Result};
use crate::run::show_duration;
use copilot_dsql as dsql;
use tokio::runtime::Builder;

/// Work that a signal stops in good order.
pub struct Work {
    signals: Signals,
}

impl Work {
    /// From now on signals are heard.
    pub fn begin() -> Result<Self> {
        Signals::hear().map(|signals| Self { signals })
    }

    /// Runs `work` to its end. It stops by itself when [`Work::stopped`] resolves, and then gives
    /// [`dsql::Error::Cancelled`].
    pub fn wait<T>(
        &self,
        cluster: &Cluster,
        work: impl Future<Output = Result<T, dsql::Error>>,
    ) -> Result<T> {
        let result = block_on(Builder::new_current_thread(), work)?;
        match (result, self.signals.interrupt()) {
            (Err(dsql::Error::Cancelled), Some(interrupt)) => Err(Error::Interrupted(interrupt)),
            (result, _) => result.map_err(|error| cluster.error(&error)),
        }
    }

    /// Resolves when a signal asks to stop.
    pub async fn stopped(&self) {
        self.signals.come().await;
    }

    /// The end of `future`, unless a signal comes first.
    pub async fn unless_stopped<T>(
        &self,
        future: impl Future<Output = T>,
    ) -> Result<T, dsql::Error> {
        tokio::select! {
            done = future => Ok(done),
            () = self.stopped() => Err(dsql::Error::Cancelled),
        }
    }
}

/// Says what takes time.
pub fn say(event: &dsql::Event<'_>) {
    match event {
        dsql::Event::Retrying {
            attempt,
            pause,
            error,
            ..
        } => {
            let again = show_duration(*pause);
            show::say(&format!(
                "warning: try {attempt} failed: {error}; again in {again}"
            ));
        }
        dsql::Event::WaitingForIndex { statement, job } => {
            let line = statement.line;
            show::say(&format!("line {line}: waiting for the index job {job}"));
        }
        _ => {}
    }
}
