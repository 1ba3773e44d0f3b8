//! Aurora DSQL for programs that apply SQL files to it: sign the token,
//! connect over verified TLS, split the file, run each statement in a
//! transaction of its own.
//!
//! - [`token`] signs an IAM token with the official SDK. No network is needed
//!   to sign; the default credential chain may use it to find credentials.
//! - [`connect`] opens one connection to a [`Target`]: a DSQL endpoint, or a
//!   `postgresql://` URL for a plain PostgreSQL.
//! - [`split`] cuts a script into statements, each with its line.
//! - [`apply`] runs a script over one connection, one round trip a statement.
//! - [`tables`] counts the rows of each table.
//!
//! What [`apply`] promises:
//!
//! - A statement whose object is already there counts as unchanged.
//! - A statement that lost a race (SQLSTATE 40001) is run again, with backoff.
//! - A dropped connection is opened again with a new token. The statement in
//!   flight is run again only if doing it twice cannot do more than doing it
//!   once (DDL); otherwise [`Error::Lost`] says that its outcome is unknown.
//! - `CREATE INDEX ASYNC` is followed to the end of its job on DSQL, and is
//!   sent without `ASYNC` to a plain PostgreSQL.
//! - An error names the file, the line and the server's own message; it never
//!   holds a token or a password.
//!
//! DSQL's rules move monthly; those used here are as of November 2026.

mod apply;
mod backoff;
mod classify;
mod connection;
mod dial;
mod error;
mod handshake;
mod jobs;
mod kind;
mod options;
mod plan;
mod reply;
mod rows;
mod secret;
mod session;
mod split;
mod tables;
mod target;
mod tls;
mod token;
mod url;
mod wire;

pub use aws_config::SdkConfig;

pub use {
    apply::{Applied, Effect, Event, Outcome, Row, Script, apply},
    connection::{Connection, connect},
    error::{Error, FailedJob, Place, ServerError},
    options::{ApplyOptions, ConnectOptions},
    secret::Secret,
    split::{Statement, split},
    tables::{Table, tables},
    target::{SslMode, Target, region_of},
    token::{DEFAULT_TOKEN_LIFETIME, sdk_config, sdk_config_with, sign, token},
};
