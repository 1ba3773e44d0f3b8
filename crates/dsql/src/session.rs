use std::{borrow::Cow, sync::Arc, time::Duration};

use tokio::time::{sleep, timeout};
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use crate::{
    ApplyOptions, ConnectOptions, Connection, Error, Event, Place, ServerError, Statement, Target,
    backoff::pause,
    classify::{Failure, classify, had_nothing_to_do},
    connect,
    handshake::error_text,
    kind::Verb,
    reply::{self, Reply},
};

/// Called with what happens.
pub(crate) type Progress<'a> = &'a mut (dyn FnMut(Event<'_>) + Send);

/// Too many connections, too many new ones, still starting: may pass.
const MAY_PASS: [&str; 3] = ["53300", "53400", "57P03"];

/// A connection that is opened when needed, and again when it is lost.
pub(crate) struct Session<'a> {
    target: &'a Target,
    connect: &'a ConnectOptions,
    options: &'a ApplyOptions,
    file: Option<&'a str>,
    dsql: bool,
    /// The server has shown that it speaks the other dialect.
    switched: bool,
    connection: Option<Arc<Connection>>,
    /// It was open once: a server that cannot be reached may come back.
    was_open: bool,
    /// `SET` and `RESET` so far, for a new connection.
    settings: Vec<Statement>,
    pub(crate) retried: usize,
}

/// A statement that did not fail.
pub(crate) struct Done {
    pub(crate) reply: Reply,
    pub(crate) unchanged: bool,
}

/// Why a try failed.
enum Trouble {
    /// Another try may succeed.
    Again(Error),
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
            retried: 0,
        }
    }

    pub(crate) fn is_dsql(&self) -> bool {
        self.dsql
    }

    /// Stops what runs, as far as the server lets us.
    pub(crate) async fn cancel(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.cancel().await;
        }
    }

    /// Runs a statement, again if need be.
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
                    // What is there after an interrupted try is our own work.
                    let unchanged = done.unchanged && !interrupted;
                    return Ok(Done { unchanged, ..done });
                }
                Err(Trouble::Again(error)) if attempt < self.options.tries => error,
                Err(Trouble::Again(error) | Trouble::Final(error)) => return Err(error),
            };
            interrupted |= matches!(error, Error::Lost { .. });
            let pause = pause(attempt);
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
    ) -> Result<Done, Trouble> {
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
                    return Err(Trouble::Final(Error::Timeout {
                        place: self.place(statement.line),
                        statement: statement.summary.clone(),
                        limit,
                    }));
                };
                result
            }
        };
        match result {
            Ok(reply) => Ok(Done {
                unchanged: had_nothing_to_do(&statement.kind, &reply, &connection.take_notices()),
                reply,
            }),
            Err(error) if !self.switched && self.is_other_dialect(statement, &error) => {
                self.switched = true;
                self.dsql = !self.dsql;
                Box::pin(self.attempt(statement, limit)).await
            }
            Err(error) => self.failed(statement, &error),
        }
    }

    /// True if it is an emulator, reached by a URL that does not tell, or a plain PostgreSQL on
    /// this machine that stands for a cluster.
    fn is_other_dialect(&self, statement: &Statement, error: &tokio_postgres::Error) -> bool {
        if !self.dsql {
            return wants_async(error);
        }
        let syntax = error.code() == Some(&SqlState::SYNTAX_ERROR);
        syntax && self.target.is_here() && matches!(statement.plain(), Cow::Owned(_))
    }

    fn failed(
        &mut self,
        statement: &Statement,
        error: &tokio_postgres::Error,
    ) -> Result<Done, Trouble> {
        match classify(error, &statement.kind) {
            Failure::Already => Ok(Done {
                reply: Reply::default(),
                unchanged: true,
            }),
            Failure::Conflict => Err(Trouble::Again(self.refused(statement, error))),
            Failure::Refused => Err(Trouble::Final(self.refused(statement, error))),
            Failure::Lost => {
                self.connection = None;
                let error = self.lost(statement, error);
                Err(if statement.kind.repeatable {
                    Trouble::Again(error)
                } else {
                    Trouble::Final(error)
                })
            }
        }
    }

    /// The open connection, or a new one with the settings made so far.
    async fn connected(&mut self) -> Result<Arc<Connection>, Trouble> {
        if let Some(connection) = &self.connection
            && !connection.is_closed()
        {
            return Ok(connection.clone());
        }
        let connection = match connect(self.target, self.connect).await {
            Ok(connection) => Arc::new(connection),
            Err(error) => {
                let may_pass = match &error {
                    Error::Refused { server, .. } => MAY_PASS.contains(&server.sqlstate.as_str()),
                    Error::Unreachable { .. } => self.was_open,
                    _ => false,
                };
                return Err(if may_pass {
                    Trouble::Again(error)
                } else {
                    Trouble::Final(error)
                });
            }
        };
        self.was_open = true;
        for setting in &self.settings {
            if let Err(error) = connection.client().batch_execute(&setting.text).await {
                return Err(Trouble::Again(self.refused(setting, &error)));
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

/// Lines between a statement's start and the place that the server names (a
/// position in characters, from 1).
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

/// True if the server refuses an index because it is not built asynchronously: it speaks DSQL's
/// dialect.
fn wants_async(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|error| {
        *error.code() == SqlState::FEATURE_NOT_SUPPORTED
            && error.message().contains("CREATE INDEX ASYNC")
    })
}
