//! Waits for the cluster, and for Ctrl-C.

use super::super::show;
use super::cluster::Cluster;
use crate::error::{Error, Result};
use crate::process::{Interrupt, Stop, Token, listen, watch};
use crate::run::show_duration;
use copilot_dsql as dsql;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked for a request to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Work that a signal stops in good order.
pub struct Work {
    token: Arc<Token>,
}

impl Work {
    /// From now on signals are heard.
    pub fn begin() -> Result<Self> {
        let token = Arc::new(Token::default());
        listen(Arc::clone(&token))?;
        watch();
        Ok(Self { token })
    }

    /// Runs `work` to its end. It stops by itself when [`Work::stopped`] resolves, and then gives
    /// [`dsql::Error::Cancelled`].
    pub fn wait<T>(
        &self,
        cluster: &Cluster,
        work: impl Future<Output = Result<T, dsql::Error>>,
    ) -> Result<T> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|source| Error::File {
                action: "start",
                path: "a runtime".to_owned(),
                source,
            })?;
        let result = runtime.block_on(work);
        // A look-up of a name goes on for as long as the system likes.
        runtime.shutdown_background();
        match (result, self.interrupt()) {
            (Err(dsql::Error::Cancelled), Some(interrupt)) => Err(Error::Interrupted(interrupt)),
            (result, _) => result.map_err(|error| cluster.error(&error)),
        }
    }

    fn interrupt(&self) -> Option<Interrupt> {
        match self.token.stop() {
            Some(Stop::Interrupt(interrupt)) => Some(interrupt),
            _ => None,
        }
    }

    /// Resolves when a signal asks to stop.
    pub async fn stopped(&self) {
        while self.token.stop().is_none() {
            tokio::time::sleep(LOOK).await;
        }
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
