//! Errors, with a hint on how to fix each.

use std::{fmt, io, path::PathBuf, time::Duration};

use tokio_postgres::error::DbError;

/// What went wrong; [`Error::hint`] says how to fix it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name does not resolve, nothing listens, or the server did not answer
    /// in time.
    #[error("cannot reach {target}: {reason}")]
    Unreachable {
        /// The address, without the password.
        target: String,
        /// The addresses that were tried, each with its error.
        reason: String,
    },
    /// The server could not be verified, or does not speak TLS.
    #[error("no trusted connection to {target}: {reason}")]
    Tls {
        /// The address, without the password.
        target: String,
        /// What is wrong with the certificate, or the TLS library's error.
        reason: String,
    },
    /// The server rejects the token or password.
    #[error("{target} denies access to user `{user}`: {server}")]
    Denied {
        /// The address, without the password.
        target: String,
        /// The database role.
        user: String,
        /// The server's error.
        server: Box<ServerError>,
    },
    /// The server requires a password, and none was given.
    #[error("{target} requires a password for user `{user}`, and none was given")]
    PasswordMissing {
        /// The address, without the password.
        target: String,
        /// The database role.
        user: String,
    },
    /// The server refuses the connection for another reason, such as too many
    /// connections or an unknown database.
    #[error("{target} refuses the connection: {server}")]
    Refused {
        /// The address, without the password.
        target: String,
        /// The server's error.
        server: Box<ServerError>,
    },
    /// There are no valid AWS credentials.
    #[error("no AWS credentials to sign a DSQL token: {reason}")]
    MissingCredentials {
        /// The error of the credential chain.
        reason: String,
    },
    /// Neither options, endpoint nor configuration name the region.
    #[error("the AWS region of {endpoint} is unknown")]
    MissingRegion {
        /// The cluster's host name.
        endpoint: String,
    },
    /// The token could not be signed.
    #[error("the DSQL token could not be signed: {0}")]
    Token(String),
    /// An invalid option or URL.
    #[error("{0}")]
    Config(String),
    /// A file could not be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file's path.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The script cannot be split into statements, or contains one that cannot
    /// run from a script. Nothing was run.
    #[error("{place}: {reason}")]
    Syntax {
        /// Where it is.
        place: Place,
        /// What is wrong.
        reason: String,
    },
    /// The server reported an error for a statement.
    #[error("{place}: {server}\n  in: {statement}")]
    Statement {
        /// The position that the server reported, else the statement's start.
        place: Place,
        /// The statement's first line.
        statement: String,
        /// The server's error.
        server: Box<ServerError>,
    },
    /// The connection was lost while a statement ran that must not run twice:
    /// whether it took effect is unknown.
    #[error(
        "{place}: the connection was lost, whether the statement took effect is unknown: {reason}\n  in: {statement}"
    )]
    Lost {
        /// Where the statement starts.
        place: Place,
        /// The statement's first line.
        statement: String,
        /// How the connection was lost.
        reason: String,
    },
    /// An asynchronous index job failed.
    #[error("{place}: index job {job}\n  in: {statement}")]
    Index {
        /// Where the statement starts.
        place: Place,
        /// The statement's first line.
        statement: String,
        /// The row of `sys.jobs`.
        job: Box<FailedJob>,
    },
    /// A statement took longer than allowed.
    #[error("{place}: timed out after {limit:?} and was cancelled\n  in: {statement}")]
    Timeout {
        /// Where the statement starts.
        place: Place,
        /// The statement's first line.
        statement: String,
        /// The longest time that the statement was allowed to take.
        limit: Duration,
    },
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// A stable word for the kind of error, for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::Tls { .. } => "tls",
            Self::Denied { .. } | Self::PasswordMissing { .. } => "denied",
            Self::Refused { .. } => "refused",
            Self::MissingCredentials { .. } => "missing_credentials",
            Self::MissingRegion { .. } => "missing_region",
            Self::Token(_) => "token",
            Self::Config(_) => "config",
            Self::Io { .. } => "io",
            Self::Syntax { .. } => "syntax",
            Self::Statement { .. } => "statement",
            Self::Lost { .. } => "lost",
            Self::Index { .. } => "index",
            Self::Timeout { .. } => "timeout",
            Self::Cancelled => "cancelled",
        }
    }

    /// How to fix it, if known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::MissingCredentials { reason } if reason.contains("SSO") => {
                "run `aws sso login`, \
                 with `--profile NAME` unless it is the default one"
                    .into()
            }
            Self::MissingCredentials { .. } => "run `aws sso login`, or set AWS_PROFILE, or \
                 AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                .into(),
            Self::MissingRegion { .. } => {
                "pass the region, or set AWS_REGION; an endpoint such as \
                 <id>.dsql.<region>.on.aws also names it"
                    .into()
            }
            Self::Tls { .. } => "for a private certificate authority, pass its certificate as \
                 sslrootcert, or set SSL_CERT_FILE"
                .into(),
            Self::Denied { server, .. } => match (&server.hint, server.sqlstate.as_str()) {
                (Some(hint), _) => hint.clone(),
                (None, "28P01") => "check the password in the URL or in PGPASSWORD".into(),
                (None, _) => "check that the credentials are allowed dsql:DbConnectAdmin (user \
                     admin) or dsql:DbConnect on this cluster"
                    .into(),
            },
            Self::PasswordMissing { .. } => "put it into the URL, or set PGPASSWORD".into(),
            Self::Refused { server, .. } | Self::Statement { server, .. } => server.hint.clone()?,
            Self::Lost { .. } => "check whether it took effect before running it again".into(),
            Self::Index { .. } => {
                "drop the index, fix the cause that the job reports, and apply the script again"
                    .into()
            }
            _ => return None,
        })
    }

    /// The SQLSTATE, if it is the server's error.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Denied { server, .. }
            | Self::Refused { server, .. }
            | Self::Statement { server, .. } => Some(&server.sqlstate),
            _ => None,
        }
    }

    /// The place in the script, if the error concerns a single statement.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Syntax { place, .. }
            | Self::Statement { place, .. }
            | Self::Lost { place, .. }
            | Self::Index { place, .. }
            | Self::Timeout { place, .. } => Some(place),
            _ => None,
        }
    }
}

/// A line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The script's name as given to [`apply`](crate::apply()).
    pub file: Option<String>,
    /// Line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}:{}", self.line),
            None => write!(f, "line {}", self.line),
        }
    }
}

/// An error as the server reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError {
    /// SQLSTATE, five characters.
    pub sqlstate: String,
    /// The primary message.
    pub message: String,
    /// Further detail.
    pub detail: Option<String>,
    /// What the server advises.
    pub hint: Option<String>,
}

impl From<&DbError> for ServerError {
    fn from(error: &DbError) -> Self {
        Self {
            sqlstate: error.code().code().into(),
            message: error.message().into(),
            detail: error.detail().map(Into::into),
            hint: error.hint().map(Into::into),
        }
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if let Some(detail) = &self.detail {
            write!(f, " ({detail})")?;
        }
        write!(f, " [{}]", self.sqlstate)
    }
}

/// A row of `sys.jobs` whose job did not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedJob {
    /// The column `job_id`.
    pub id: String,
    /// The column `status`.
    pub status: String,
    /// The column `details`.
    pub details: String,
}

impl fmt::Display for FailedJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.id, self.status, self.details)
    }
}
