//! Stop requests by signals, for commands that run asynchronous work.

use crate::fault::{Error, Interrupt, Result};
use crate::process::{self, Stop, Token, watch};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Builder;

/// How often to check for a signal.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Makes signals stop `token` instead of ending the process.
pub(super) fn listen(token: Arc<Token>) -> Result<()> {
    process::listen(token).map_err(|source| Error::File {
        action: "listen for",
        path: "signals".to_owned(),
        source,
    })
}

/// The signals that stop a command.
#[derive(Clone)]
pub(super) struct Signals {
    token: Arc<Token>,
}

impl Signals {
    /// Starts listening for signals.
    pub(super) fn listen() -> Result<Self> {
        let token = Arc::new(Token::default());
        self::listen(Arc::clone(&token))?;
        watch();
        Ok(Self { token })
    }

    /// The signal that has arrived, if any.
    pub(super) fn interrupt(&self) -> Option<Interrupt> {
        match self.token.stop() {
            Some(Stop::Interrupt(interrupt)) => Some(interrupt),
            _ => None,
        }
    }

    /// Resolves when a signal has arrived.
    pub(super) async fn received(&self) {
        while self.interrupt().is_none() {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }
}

/// Runs `work` to its end in its own runtime. Does not wait for blocking tasks left behind, such as
/// a name lookup or the reading of a file, which may take any time.
pub(super) fn block_on<T>(mut runtime: Builder, work: impl Future<Output = T>) -> Result<T> {
    let runtime = runtime.enable_all().build();
    let runtime = runtime.map_err(|source| Error::File {
        action: "start",
        path: "a runtime".to_owned(),
        source,
    })?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    Ok(result)
}
