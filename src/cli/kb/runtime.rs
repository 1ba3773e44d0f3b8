//! Runs requests to AWS until they finish or a signal arrives.

use super::super::signals::{Signals, block_on};
use crate::fault::{Error, Result};
use clap::ArgMatches;
use copilot_kb::{Cancel, SdkConfig};
use tokio::runtime::Builder;

/// The configuration and the stop request of a command.
pub(super) struct Session {
    /// Credentials and region.
    pub config: SdkConfig,
    /// The stop request, for the `kb` crate.
    pub cancel: Cancel,
    signals: Signals,
}

impl Session {
    /// The error for a command that was stopped.
    pub(super) fn stopped(&self) -> Error {
        match self.signals.interrupt() {
            Some(interrupt) => Error::Interrupted(interrupt),
            None => Error::Service {
                kind: "interrupted",
                message: "stopped".to_owned(),
                hint: None,
            },
        }
    }

    /// Waits for `work` or a signal. A request already sent may still take effect.
    pub(super) async fn wait<T>(
        &self,
        work: impl Future<Output = Result<T, copilot_kb::Error>>,
    ) -> Result<T> {
        tokio::select! {
            done = work => done.map_err(|error| failed(&error)),
            () = self.cancel.asked() => Err(self.stopped()),
        }
    }

    /// The signals, for code that polls.
    pub(super) fn signals(&self) -> &Signals {
        &self.signals
    }
}

/// Runs `work` with credentials from the default chain.
pub(super) fn run<F>(matches: &ArgMatches, work: impl FnOnce(Session) -> F) -> Result<u8>
where
    F: Future<Output = Result<u8>>,
{
    let signals = Signals::listen()?;
    let region = matches.get_one::<String>("region").map(String::as_str);
    block_on(Builder::new_multi_thread(), async {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let listener = signals.clone();
        tokio::spawn(async move {
            listener.received().await;
            // The receiver is gone once the work has ended.
            let _no_receiver = stop.send(true);
            std::future::pending::<()>().await;
        });
        let config = copilot_dsql::sdk_config(None, region).await;
        work(Session {
            config,
            cancel: Cancel::new(stopped),
            signals,
        })
        .await
    })?
}

/// `error` as an error of the host.
pub(super) fn failed(error: &copilot_kb::Error) -> Error {
    Error::Service {
        kind: error.kind(),
        message: error.to_string(),
        hint: error.hint(),
    }
}
