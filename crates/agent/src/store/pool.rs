//! The connections to the store, and how a statement is run on one of them.

use crate::{error::Error, telemetry::Metrics};
use copilot_dsql::{ConnectOptions, Connection, Target, connect, retry_pause};
use parking_lot::Mutex;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_postgres::{
    Row,
    error::SqlState,
    types::{ToSql, Type},
};

/// DSQL closes a connection after 60 minutes; it is replaced before.
const MAX_CONNECTION_AGE: Duration = Duration::from_mins(50);
/// For a statement with its connection and retries. Nobody waits longer for a request.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(4);
/// Shorter than [`STATEMENT_TIMEOUT`], so that a hanging connection is reported as such.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Attempts of a statement that meets a conflict or loses its connection.
const MAX_ATTEMPTS: u32 = 5;

/// A parameter with its type, so that a statement needs a single round trip.
pub(super) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// The store, with a few connections that are opened when needed.
#[derive(Clone)]
pub struct Store {
    target: Target,
    options: ConnectOptions,
    pool: Arc<Pool>,
    metrics: Metrics,
}

struct Pool {
    idle: Mutex<Vec<Pooled>>,
    permits: Semaphore,
}

struct Pooled {
    connection: Connection,
    opened: Instant,
}

/// How a failure of the statement is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

impl Store {
    /// A store with at most `connections`; none is opened yet.
    #[must_use]
    pub fn new(target: Target, name: &str, connections: usize, metrics: Metrics) -> Self {
        let options = ConnectOptions {
            timeout: CONNECT_TIMEOUT,
            application_name: name.to_owned(),
            ..ConnectOptions::default()
        };
        Self {
            target,
            options,
            pool: Arc::new(Pool {
                idle: Mutex::default(),
                permits: Semaphore::new(connections),
            }),
            metrics,
        }
    }

    /// Checks that the store answers.
    ///
    /// # Errors
    /// [`Error::Store`] if it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        self.query("SELECT 1", &[]).await.map(drop)
    }

    pub(crate) async fn query(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Error> {
        self.run(Access::Read, sql, parameters).await
    }

    pub(crate) async fn write(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Error> {
        self.run(Access::Write, sql, parameters).await
    }

    async fn run(
        &self,
        access: Access,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Error> {
        let result = timeout(
            STATEMENT_TIMEOUT,
            Box::pin(self.run_with_retries(sql, parameters)),
        )
        .await
        .unwrap_or_else(|_| {
            Err(Error::Store(format!(
                "no answer within {STATEMENT_TIMEOUT:?}"
            )))
        });
        if result.is_err() {
            self.metrics.store_failed(access == Access::Read);
        }
        result
    }

    async fn run_with_retries(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Error> {
        for attempt in 1..MAX_ATTEMPTS {
            match self.run_once(sql, parameters).await {
                Err(Failure::Retryable(_)) => sleep(retry_pause(attempt)).await,
                Err(Failure::Final(error)) => return Err(error),
                Ok(rows) => return Ok(rows),
            }
        }
        self.run_once(sql, parameters)
            .await
            .map_err(|error| match error {
                Failure::Retryable(error) | Failure::Final(error) => error,
            })
    }

    async fn run_once(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Failure> {
        let _permit = self
            .pool
            .permits
            .acquire()
            .await
            .map_err(|error| Failure::Final(Error::Store(error.to_string())))?;
        let pooled = match self.pool.take() {
            Some(pooled) => pooled,
            None => self.open().await?,
        };
        match pooled
            .connection
            .client()
            .query_typed(sql, parameters)
            .await
        {
            Ok(rows) => {
                self.pool.give(pooled);
                Ok(rows)
            }
            Err(error) if pooled.connection.is_closed() => {
                Err(Failure::Retryable(Error::Store(describe(&error))))
            }
            Err(error) => {
                let conflict = error.code() == Some(&SqlState::T_R_SERIALIZATION_FAILURE);
                let said = Error::Store(describe(&error));
                self.pool.give(pooled);
                Err(if conflict {
                    Failure::Retryable(said)
                } else {
                    Failure::Final(said)
                })
            }
        }
    }

    async fn open(&self) -> Result<Pooled, Failure> {
        let connection = connect(&self.target, &self.options)
            .await
            .map_err(|error| Failure::Final(Error::Store(error.to_string())))?;
        Ok(Pooled {
            connection,
            opened: Instant::now(),
        })
    }
}

enum Failure {
    Retryable(Error),
    Final(Error),
}

impl Pool {
    fn take(&self) -> Option<Pooled> {
        let mut idle = self.idle.lock();
        while let Some(pooled) = idle.pop() {
            if pooled.is_usable() {
                return Some(pooled);
            }
        }
        None
    }

    fn give(&self, pooled: Pooled) {
        let mut idle = self.idle.lock();
        idle.push(pooled);
    }
}

impl Pooled {
    fn is_usable(&self) -> bool {
        !self.connection.is_closed() && self.opened.elapsed() < MAX_CONNECTION_AGE
    }
}

fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} (SQLSTATE {})", said.message(), said.code().code()),
        None => error.to_string(),
    }
}
