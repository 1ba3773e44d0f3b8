//! Requests to AWS, and Ctrl-C while they run.

use crate::error::{Error, Result};
use crate::process::{Stop, Token, listen, watch};
use clap::ArgMatches;
use copilot_kb::{Cancel, SdkConfig};
use std::sync::Arc;
use std::time::Duration;

/// How often a signal is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// What a command is given to work with.
pub struct Session {
    /// Credentials and region.
    pub config: SdkConfig,
    /// The user's request to stop.
    pub cancel: Cancel,
    token: Arc<Token>,
}

impl Session {
    /// The error of a command that was stopped.
    pub fn stopped(&self) -> Error {
        match self.token.stop() {
            Some(Stop::Interrupt(interrupt)) => Error::Interrupted(interrupt),
            _ => Error::Service {
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
            done = work => done.map_err(|error| super::failed(&error)),
            () = self.cancel.asked() => Err(self.stopped()),
        }
    }

    /// The request to stop, for those who cannot wait.
    pub fn token(&self) -> &Token {
        &self.token
    }
}

/// Runs `work` with the credentials of the default chain. Nothing of AWS is built before.
pub fn run<F>(matches: &ArgMatches, work: impl FnOnce(Session) -> F) -> Result<u8>
where
    F: Future<Output = Result<u8>>,
{
    let token = Arc::new(Token::default());
    listen(Arc::clone(&token))?;
    watch();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::File {
            action: "start",
            path: "a runtime".to_owned(),
            source,
        })?;
    let region = matches.get_one::<String>("region").map(String::as_str);
    let code = runtime.block_on(async {
        let (ask, asked) = tokio::sync::watch::channel(false);
        let heard = Arc::clone(&token);
        tokio::spawn(async move {
            while heard.stop().is_none() {
                tokio::time::sleep(LOOK).await;
            }
            // Nobody listens once the work has ended.
            let _heard = ask.send(true);
            std::future::pending::<()>().await;
        });
        let config = copilot_dsql::sdk_config(None, region).await;
        work(Session {
            config,
            cancel: Cancel::new(asked),
            token,
        })
        .await
    });
    // A file that is being read is not waited for.
    runtime.shutdown_background();
    code
}
