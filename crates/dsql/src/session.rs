//! Runs statements over one connection; retries them and reconnects.

use std::{borrow::Cow, sync::Arc, time::Duration};

use tokio::time::{sleep, timeout};
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use crate::{
    ApplyOptions, ConnectOptions, Connection, Error, Place, ServerError, Statement, Target,
    backoff::retry_pause,
    classify::{Failure, classify, had_nothing_to_do},
    connect,
    connect_error::error_text,
    event::{Event, Progress},
    kind::Verb,
    reply::{self, Reply},
};

/// Too many connections, too many new ones, server still starting.
const TRANSIENT_SQLSTATES: [&str; 3] = ["53300", "53400", "57P03"];

/// A connection that is opened when needed, and reopened when it is lost.
pub(crate) struct Session<'a> {
    target: &'a Target,
    connect: &'a ConnectOptions,
    options: &'a ApplyOptions,
    file: Option<&'a str>,
    dsql: bool,
    /// The server turned out to speak the other dialect.
    switched: bool,
    connection: Option<Arc<Connection>>,
    /// A connection was open before, so an unreachable server may come back.
    was_open: bool,
    /// `SET` and `RESET` statements so far, repeated on a new connection.
    settings: Vec<Statement>,
    commits: Commits,
    pub(crate) retried: usize,
}

/// When the server makes changes permanent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Commits {
    /// Each statement is a transaction.
    EachStatement,
    /// All statements are one transaction, which ends with the connection.
    AtTheEnd,
}

/// The result of a successful statement.
pub(crate) struct Done {
    pub(crate) reply: Reply,
    pub(crate) unchanged: bool,
    notices: Vec<DbError>,
}

/// Why an attempt failed.
enum AttemptError {
    Retryable(Error),
    Final(Error),
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        target: &'a Target,
        connect: &'a ConnectOptions,
        options: &'a ApplyOptions,
        file: Option<&'a str>,
    ) -> Self {
        Self {
            target,
            connect,
            options,
            file,
            dsql: target.is_dsql(),
            switched: false,
            connection: None,
            was_open: false,
            settings: Vec::new(),
            commits: Commits::EachStatement,
            retried: 0,
        }
    }

    pub(crate) fn is_dsql(&self) -> bool {
        self.dsql
    }

    /// Asks the server to cancel the running statement.
    pub(crate) async fn cancel(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.cancel().await;
        }
    }

    /// Begins the transaction of all statements. If one fails, the connection is closed, which undoes
    /// those before it.
    pub(crate) async fn begin(&mut self) -> Result<(), Error> {
        self.run_alone("BEGIN").await?;
        self.commits = Commits::AtTheEnd;
        Ok(())
    }

    /// Makes the changes of the transaction permanent.
    pub(crate) async fn commit(&mut self) -> Result<(), Error> {
        self.run_alone("COMMIT").await?;
        self.commits = Commits::EachStatement;
        Ok(())
    }

    async fn run_alone(&mut self, text: &str) -> Result<(), Error> {
        let statement = Statement::transaction(text);
        let attempt = self.attempt(&statement, None).await;
        attempt.map(drop).map_err(|error| match error {
            AttemptError::Retryable(error) | AttemptError::Final(error) => error,
        })
    }

    /// Runs a statement, with retries.
    pub(crate) async fn run(
        &mut self,
        statement: &Statement,
        limit: Option<Duration>,
        progress: Progress<'_>,
    ) -> Result<Done, Error> {
        let mut interrupted = false;
        let mut attempt = 1;
        loop {
            let error = match self.attempt(statement, limit).await {
                Ok(done) => {
                    if statement.kind.verb == Verb::Set {
                        self.settings.push(statement.clone());
                    }
                    // What exists after an interrupted attempt may be our own work.
                    let unchanged = done.unchanged && !interrupted;
                    // One that had nothing to do is counted instead.
                    for notice in done.notices.iter().filter(|_| !unchanged) {
                        progress(Event::Notice {
                            statement,
                            severity: notice.severity(),
                            message: notice.message(),
                        });
                    }
                    return Ok(Done { unchanged, ..done });
                }
                Err(AttemptError::Retryable(error))
                    if attempt < self.options.tries && self.commits == Commits::EachStatement =>
                {
                    error
                }
                Err(AttemptError::Retryable(error) | AttemptError::Final(error)) => {
                    return Err(error);
                }
            };
            interrupted |= matches!(error, Error::Lost { .. });
            let pause = retry_pause(attempt);
            progress(Event::Retrying {
                statement,
                attempt,
                pause,
                error: &error,
            });
            self.retried += 1;
            attempt += 1;
            sleep(pause).await;
        }
    }

    async fn attempt(
        &mut self,
        statement: &Statement,
        limit: Option<Duration>,
    ) -> Result<Done, AttemptError> {
        let connection = self.connected().await?;
        let text = if self.dsql {
            Cow::Borrowed(statement.text.as_str())
        } else {
            statement.plain()
        };
        connection.take_notices();
        let running = reply::run(connection.client(), statement, &text);
        let result = match limit {
            None => running.await,
            Some(limit) => {
                let Ok(result) = timeout(limit, running).await else {
                    self.cancel().await;
                    return Err(AttemptError::Final(Error::Timeout {
                        place: self.place(statement.line),
                        statement: statement.summary.clone(),
                        limit,
                    }));
                };
                result
            }
        };
        match result {
            Ok(reply) => {
                let notices = connection.take_notices();
                Ok(Done {
                    unchanged: had_nothing_to_do(&statement.kind, &reply, &notices),
                    reply,
                    notices,
                })
            }
            // In a transaction every error is final: the server refuses what follows it.
            Err(error) if self.commits == Commits::AtTheEnd => {
                self.connection = None;
                Err(AttemptError::Final(self.refused(statement, &error)))
            }
            Err(error) if !self.switched && self.is_other_dialect(statement, &error) => {
                self.switched = true;
                self.dsql = !self.dsql;
                Box::pin(self.attempt(statement, limit)).await
            }
            Err(error) => self.failed(statement, &error),
        }
    }

    /// Whether the server is an emulator behind a plain URL, or a plain PostgreSQL on this machine
    /// in place of a cluster.
    fn is_other_dialect(&self, statement: &Statement, error: &tokio_postgres::Error) -> bool {
        if !self.dsql {
            return wants_async(error);
        }
        let syntax = error.code() == Some(&SqlState::SYNTAX_ERROR);
        syntax && self.target.is_local_cluster() && matches!(statement.plain(), Cow::Owned(_))
    }

    fn failed(
        &mut self,
        statement: &Statement,
        error: &tokio_postgres::Error,
    ) -> Result<Done, AttemptError> {
        match classify(error, &statement.kind) {
            Failure::AlreadyExists => Ok(Done {
                reply: Reply::default(),
                unchanged: true,
                notices: Vec::new(),
            }),
            Failure::Conflict => Err(AttemptError::Retryable(self.refused(statement, error))),
            Failure::Refused => Err(AttemptError::Final(self.refused(statement, error))),
            Failure::Lost => {
                self.connection = None;
                let error = self.lost(statement, error);
                Err(if statement.kind.repeatable {
                    AttemptError::Retryable(error)
                } else {
                    AttemptError::Final(error)
                })
            }
        }
    }

    /// The open connection, or a new one with the settings so far.
    async fn connected(&mut self) -> Result<Arc<Connection>, AttemptError> {
        if let Some(connection) = &self.connection
            && !connection.is_closed()
        {
            return Ok(connection.clone());
        }
        if self.commits == Commits::AtTheEnd {
            let reason = "the connection was lost, and the transaction with it".to_owned();
            return Err(AttemptError::Final(Error::Unreachable {
                target: self.target.to_string(),
                reason,
            }));
        }
        let connection = match connect(self.target, self.connect).await {
            Ok(connection) => Arc::new(connection),
            Err(error) => {
                let is_transient = match &error {
                    Error::Refused { server, .. } => {
                        TRANSIENT_SQLSTATES.contains(&server.sqlstate.as_str())
                    }
                    Error::Unreachable { .. } => self.was_open,
                    _ => false,
                };
                return Err(if is_transient {
                    AttemptError::Retryable(error)
                } else {
                    AttemptError::Final(error)
                });
            }
        };
        self.was_open = true;
        for setting in &self.settings {
            if let Err(error) = connection.client().batch_execute(&setting.text).await {
                return Err(AttemptError::Retryable(self.refused(setting, &error)));
            }
        }
        self.connection = Some(connection.clone());
        Ok(connection)
    }

    pub(crate) fn place(&self, line: usize) -> Place {
        Place {
            file: self.file.map(Into::into),
            line,
        }
    }

    fn refused(&self, statement: &Statement, error: &tokio_postgres::Error) -> Error {
        let Some(server) = error.as_db_error() else {
            return self.lost(statement, error);
        };
        Error::Statement {
            place: self.place(statement.line + lines_before(statement, server)),
            statement: statement.summary.clone(),
            server: Box::new(ServerError::from(server)),
        }
    }

    fn lost(&self, statement: &Statement, error: &tokio_postgres::Error) -> Error {
        Error::Lost {
            place: self.place(statement.line),
            statement: statement.summary.clone(),
            reason: error
                .as_db_error()
                .map_or_else(|| error_text(error), |server| server.message().to_owned()),
        }
    }
}

/// Lines between the start of the statement and the position that the server
/// reports (in characters, from 1).
fn lines_before(statement: &Statement, error: &DbError) -> usize {
    let Some(ErrorPosition::Original(position)) = error.position() else {
        return 0;
    };
    let before = usize::try_from(*position).unwrap_or(1).saturating_sub(1);
    statement
        .text
        .chars()
        .take(before)
        .filter(|character| *character == '\n')
        .count()
}

/// Whether the server rejects an index because it lacks `ASYNC`, so it speaks DSQL's dialect.
fn wants_async(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|error| {
        *error.code() == SqlState::FEATURE_NOT_SUPPORTED
            && error.message().contains("CREATE INDEX ASYNC")
    })
}
