//! Runs requests to the cluster until they finish or a signal arrives.

use super::super::show;
use super::super::signals::{Signals, block_on};
use super::cluster::Cluster;
use crate::fault::{Error, Result};
use crate::run::show_duration;
use copilot_dsql as dsql;
use tokio::runtime::Builder;

/// Runs work that a signal stops in an orderly way.
pub(super) struct Work {
    signals: Signals,
}

impl Work {
    /// Starts listening for signals.
    pub(super) fn begin() -> Result<Self> {
        Signals::listen().map(|signals| Self { signals })
    }

    /// Runs `work` to its end. `work` must end with [`dsql::Error::Cancelled`] when
    /// [`Work::stopped`] resolves.
    pub(super) fn wait<T>(
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

    /// Resolves when a signal arrives.
    pub(super) async fn stopped(&self) {
        self.signals.received().await;
    }

    /// The result of `future`, unless a signal arrives first.
    pub(super) async fn unless_stopped<T>(
        &self,
        future: impl Future<Output = T>,
    ) -> Result<T, dsql::Error> {
        tokio::select! {
            done = future => Ok(done),
            () = self.stopped() => Err(dsql::Error::Cancelled),
        }
    }
}

/// Prints events that explain a delay.
pub(super) fn say(event: &dsql::Event<'_>) {
    match event {
        dsql::Event::Retrying {
            attempt,
            pause,
            error,
            ..
        } => {
            let again = show_duration(*pause);
            show::say(&format!(
                "warning: attempt {attempt} failed: {error}; retrying in {again}"
            ));
        }
        dsql::Event::Notice {
            statement,
            severity,
            message,
        } => {
            let line = statement.line;
            show::say(&format!("line {line}: {severity}: {message}"));
        }
        dsql::Event::WaitingForIndex { statement, job } => {
            let line = statement.line;
            show::say(&format!("line {line}: waiting for the index job {job}"));
        }
        _ => {}
    }
}
