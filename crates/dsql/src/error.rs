use std::{fmt, io, path::PathBuf, time::Duration};

use tokio_postgres::error::DbError;

/// Everything that can go wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name does not resolve, nobody listens, or no answer came in time.
    #[error("cannot reach {target}: {reason}")]
    Unreachable {
        /// The address, without password.
        target: String,
        /// What was tried and what came of it.
        reason: String,
    },
    /// The server could not be verified, or does not speak TLS.
    #[error("no trusted connection to {target}: {reason}")]
    Tls {
        /// The address, without password.
        target: String,
        /// What is wrong, and for which name.
        reason: String,
    },
    /// The server does not accept the token or password.
    #[error("{target} denies access to user `{user}`: {server}")]
    Denied {
        /// The address, without password.
        target: String,
        /// The role that asked.
        user: String,
        /// What the server said.
        server: Box<ServerError>,
    },
    /// The server wants a password and there is none.
    #[error("{target} asks for a password for user `{user}`, and none was given")]
    PasswordMissing {
        /// The address, without password.
        target: String,
        /// The role that asked.
        user: String,
    },
    /// The server answered and does not take the connection for another
    /// reason: too many connections, no such database.
    #[error("{target} refuses the connection: {server}")]
    Refused {
        /// The address, without password.
        target: String,
        /// What the server said.
        server: Box<ServerError>,
    },
    /// No AWS credentials, or none that are still valid.
    #[error("no AWS credentials to sign a DSQL token: {reason}")]
    MissingCredentials {
        /// What the credential chain said.
        reason: String,
    },
    /// Nothing says in which region the cluster is.
    #[error("no AWS region is known for {endpoint}")]
    MissingRegion {
        /// The cluster's name.
        endpoint: String,
    },
    /// The token could not be signed.
    #[error("the DSQL token could not be signed: {0}")]
    Token(String),
    /// An option or a URL that cannot be.
    #[error("{0}")]
    Config(String),
    /// A file could not be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The script cannot be cut into statements, or holds one that cannot be
    /// run from a script. Nothing was run.
    #[error("{place}: {reason}")]
    Syntax {
        /// Where.
        place: Place,
        /// What is wrong.
        reason: String,
    },
    /// The server refused a statement.
    #[error("{place}: {server}\n  in: {statement}")]
    Statement {
        /// Where: the server's own position in the statement if it gave one.
        place: Place,
        /// The statement's first line.
        statement: String,
        /// What the server said.
        server: Box<ServerError>,
    },
    /// The connection went away while a statement ran that must not be run
    /// twice: whether it took effect is unknown.
    #[error(
        "{place}: the connection was lost, whether the statement took effect is unknown: {reason}\n  in: {statement}"
    )]
    Lost {
        /// Where the statement starts.
        place: Place,
        /// The statement's first line.
        statement: String,
        /// How it went away.
        reason: String,
    },
    /// An asynchronous index job failed.
    #[error("{place}: index job {job}\n  in: {statement}")]
    Index {
        /// Where the statement starts.
        place: Place,
        /// The statement's first line.
        statement: String,
        /// The job.
        job: Box<FailedJob>,
    },
    /// A statement took longer than allowed.
    #[error("{place}: not done within {limit:?}, cancelled\n  in: {statement}")]
    Timeout {
        /// Where the statement starts.
        place: Place,
        /// The statement's first line.
        statement: String,
        /// The limit.
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

    /// What to do about it, where that is known.
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
            Self::MissingRegion { .. } => "give the region, or set AWS_REGION; an endpoint like \
                 <id>.dsql.<region>.on.aws names it too"
                .into(),
            Self::Tls { .. } => "if the server's authority is a private one, give its \
                 certificate as sslrootcert, or in SSL_CERT_FILE"
                .into(),
            Self::Denied { server, .. } => match (&server.hint, server.sqlstate.as_str()) {
                (Some(hint), _) => hint.clone(),
                (None, "28P01") => "check the password in the URL or in PGPASSWORD".into(),
                (None, _) => "check that the credentials are allowed dsql:DbConnectAdmin (user \
                     admin) or dsql:DbConnect on this cluster"
                    .into(),
            },
            Self::PasswordMissing { .. } => "give it in the URL or in PGPASSWORD".into(),
            Self::Refused { server, .. } | Self::Statement { server, .. } => server.hint.clone()?,
            Self::Lost { .. } => "look whether it took effect before running it again".into(),
            Self::Index { .. } => "drop the index, mend what `details` says, apply again".into(),
            _ => return None,
        })
    }

    /// The five characters that the server gave, if the server spoke.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Denied { server, .. }
            | Self::Refused { server, .. }
            | Self::Statement { server, .. } => Some(&server.sqlstate),
            _ => None,
        }
    }

    /// Where in the script, if it is about one statement.
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

/// What the server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError {
    /// SQLSTATE, five characters.
    pub sqlstate: String,
    /// The message.
    pub message: String,
    /// More about it.
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

/// A row of `sys.jobs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedJob {
    /// Its `job_id`.
    pub id: String,
    /// Its `status`.
    pub status: String,
    /// Its `details`.
    pub details: String,
}

impl fmt::Display for FailedJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ended {}: {}", self.id, self.status, self.details)
    }
}
