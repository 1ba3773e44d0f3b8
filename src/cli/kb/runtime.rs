//! Requests to AWS, and Ctrl-C while they run.

use super::super::signals::{Signals, block_on};
use crate::fault::{Error, Result};
use clap::ArgMatches;
use copilot_kb::{Cancel, SdkConfig};
use tokio::runtime::Builder;

/// What a command is given to work with.
pub struct Session {
    /// Credentials and region.
    pub config: SdkConfig,
    /// The user's request to stop.
    pub cancel: Cancel,
    signals: Signals,
}

impl Session {
    /// The error of a command that was stopped.
    pub fn stopped(&self) -> Error {
        match self.signals.interrupt() {
            Some(interrupt) => Error::Interrupted(interrupt),
            None => Error::Service {
                kind: "interrupted",
                message: "stopped".to_owned(),
                hint: None,
            },
        }
    }

    /// Waits for `work`, unless the user asks to stop: what was sent may be done all the same.
    pub async fn wait<T>(
        &self,
        work: impl Future<Output = Result<T, copilot_kb::Error>>,
    ) -> Result<T> {
        tokio::select! {
            done = work => done.map_err(|error| failed(&error)),
            () = self.cancel.asked() => Err(self.stopped()),
        }
    }

    /// The request to stop, for those who cannot wait.
    pub fn signals(&self) -> &Signals {
        &self.signals
    }
}

/// Runs `work` with the credentials of the default chain. Nothing of AWS is built before.
pub fn run<F>(matches: &ArgMatches, work: impl FnOnce(Session) -> F) -> Result<u8>
where
    F: Future<Output = Result<u8>>,
{
    let signals = Signals::hear()?;
    let region = matches.get_one::<String>("region").map(String::as_str);
    block_on(Builder::new_multi_thread(), async {
        let (ask, asked) = tokio::sync::watch::channel(false);
        let heard = signals.clone();
        tokio::spawn(async move {
            heard.come().await;
            // Nobody listens once the work has ended.
            let _heard = ask.send(true);
            std::future::pending::<()>().await;
        });
        let config = copilot_dsql::sdk_config(None, region).await;
        work(Session {
            config,
            cancel: Cancel::new(asked),
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
