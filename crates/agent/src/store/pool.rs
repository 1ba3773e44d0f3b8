use crate::{config::StoreAt, error::Error, telemetry::Metrics};
use copilot_dsql::{ConnectOptions, Connection, SslMode, Target, connect};
use std::{
    sync::{Arc, Mutex, PoisonError},
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

/// DSQL ends a connection after 60 minutes; ours is replaced before.
const CONNECTION_AGE: Duration = Duration::from_mins(50);
/// For a statement with everything around it. A request that waits longer helps nobody.
const DEADLINE: Duration = Duration::from_secs(4);
/// For opening a connection, so that one that hangs leaves time to say so.
const CONNECT: Duration = Duration::from_secs(3);
/// Tries of a statement that lost a race or its connection.
const TRIES: u32 = 5;
/// Pause before the second try; it doubles.
const PAUSE: Duration = Duration::from_millis(50);

/// A parameter of a statement with its type, so that one round trip does.
pub type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// A store with a few connections, opened when they are needed.
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

/// Whether a statement changes something: how its failure is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

impl Store {
    /// One that keeps at most `connections`. Nothing is opened yet.
    #[must_use]
    pub fn new(at: &StoreAt, name: &str, connections: usize, metrics: Metrics) -> Self {
        let options = ConnectOptions {
            timeout: CONNECT,
            application_name: name.to_owned(),
            ..ConnectOptions::default()
        };
        Self {
            target: target(at),
            options,
            pool: Arc::new(Pool {
                idle: Mutex::default(),
                permits: Semaphore::new(connections),
            }),
            metrics,
        }
    }

    /// Whether it answers.
    ///
    /// # Errors
    /// [`Error::Store`] if not.
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
        let result = timeout(DEADLINE, Box::pin(self.tries(sql, parameters)))
            .await
            .unwrap_or_else(|_| Err(Error::Store(format!("no answer within {DEADLINE:?}"))));
        if result.is_err() {
            self.metrics.store_failed(access == Access::Read);
        }
        result
    }

    async fn tries(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Error> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match self.once(sql, parameters).await {
                Err(Failure::Again(_)) => {
                    sleep(pause.mul_f64(0.5 + fraction())).await;
                    pause *= 2;
                }
                Err(Failure::Final(error)) => return Err(error),
                Ok(rows) => return Ok(rows),
            }
        }
        self.once(sql, parameters)
            .await
            .map_err(|error| match error {
                Failure::Again(error) | Failure::Final(error) => error,
            })
    }

    async fn once(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Failure> {
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
                Err(Failure::Again(Error::Store(words(&error))))
            }
            Err(error) => {
                let conflict = error.code() == Some(&SqlState::T_R_SERIALIZATION_FAILURE);
                let said = Error::Store(words(&error));
                self.pool.give(pooled);
                Err(if conflict {
                    Failure::Again(said)
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
    Again(Error),
    Final(Error),
}

impl Pool {
    fn take(&self) -> Option<Pooled> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(pooled) = idle.pop() {
            if pooled.is_good() {
                return Some(pooled);
            }
        }
        None
    }

    fn give(&self, pooled: Pooled) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(pooled);
    }
}

impl Pooled {
    fn is_good(&self) -> bool {
        !self.connection.is_closed() && self.opened.elapsed() < CONNECTION_AGE
    }
}

fn target(at: &StoreAt) -> Target {
    match at {
        StoreAt::Url(url) => Target::url(url),
        StoreAt::Dsql {
            endpoint,
            port,
            user,
            database,
            region,
            verify: true,
        } => Target::Dsql {
            endpoint: endpoint.clone(),
            port: *port,
            user: user.clone(),
            database: database.clone(),
            region: region.clone(),
            sslmode: SslMode::VerifyFull,
        },
        // An emulator takes any password; a real token is never sent to who is not verified.
        StoreAt::Dsql {
            endpoint,
            port,
            user,
            database,
            ..
        } => Target::url(format!(
            "postgresql://{user}:emulator@{endpoint}:{port}/{database}?sslmode=require"
        )),
    }
}

fn words(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} (SQLSTATE {})", said.message(), said.code().code()),
        None => error.to_string(),
    }
}

/// Something between 0 and 1 that two processes seldom share.
fn fraction() -> f64 {
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.subsec_nanos());
    f64::from(nanos % 1_000_000) / 1_000_000.0
}
