//! Requests to stop, for commands that wait without a recipe.

use crate::fault::{Error, Interrupt, Result};
use crate::process::{self, Stop, Token, watch};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Builder;

/// How often a signal is looked for.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Keeps signals from ending the process; each asks `token` to stop instead, once it is heard.
pub fn listen(token: Arc<Token>) -> Result<()> {
    process::listen(token).map_err(|source| Error::File {
        action: "listen for",
        path: "signals".to_owned(),
        source,
    })
}

/// The signals that ask a command to stop.
#[derive(Clone)]
pub struct Signals {
    token: Arc<Token>,
}

impl Signals {
    /// From now on signals are heard.
    pub fn hear() -> Result<Self> {
        let token = Arc::new(Token::default());
        listen(Arc::clone(&token))?;
        watch();
        Ok(Self { token })
    }

    /// The signal that came.
    pub fn interrupt(&self) -> Option<Interrupt> {
        match self.token.stop() {
            Some(Stop::Interrupt(interrupt)) => Some(interrupt),
            _ => None,
        }
    }

    /// Resolves when a signal has come.
    pub async fn come(&self) {
        while self.interrupt().is_none() {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }
}

/// The end of `work`, in a runtime of its own. What it left behind is not waited for: a look-up of
/// a name, or a file that is being read, goes on for as long as the system likes.
pub fn block_on<T>(mut runtime: Builder, work: impl Future<Output = T>) -> Result<T> {
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
