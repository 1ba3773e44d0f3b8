//! Applies SQL files to Aurora DSQL: signs the token, connects over verified
//! TLS, splits the file, and runs each statement in a transaction of its own.
//!
//! - [`token`] signs an IAM token with the official SDK. Signing is local; the
//!   default credential chain may use the network to find credentials.
//! - [`connect`] opens one connection to a [`Target`]: a DSQL endpoint, or a
//!   `postgresql://` URL for a plain PostgreSQL.
//! - [`split`] splits a script into statements, each with its line.
//! - [`apply`] runs a script over one connection, with one round trip per
//!   statement.
//! - [`tables`] counts the rows of each table.
//!
//! Guarantees of [`apply`]:
//!
//! - A statement whose object already exists counts as unchanged.
//! - A conflict (SQLSTATE 40001) is retried with backoff.
//! - A lost connection is reopened with a new token. The statement in flight is
//!   retried only if it is idempotent (DDL); otherwise [`Error::Lost`] says
//!   that its outcome is unknown.
//! - On DSQL, `CREATE INDEX ASYNC` is followed until its job ends; to a plain
//!   PostgreSQL it is sent without `ASYNC`.
//! - An error names the file, the line and the server's message; it never
//!   contains a token or a password.
//!
//! DSQL changes monthly; its rules here are those of November 2026.

mod apply;
mod backoff;
mod classify;
mod connect_error;
mod connection;
mod dial;
mod error;
mod event;
mod jobs;
mod kind;
mod options;
mod parameter;
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

pub use aws_config::SdkConfig;

pub use {
    apply::{Outcome, Script, apply},
    backoff::retry_pause,
    connection::{Connection, connect},
    error::{Error, FailedJob, Place, ServerError},
    event::{Applied, Effect, Event},
    options::{ApplyOptions, ConnectOptions},
    parameter::Parameter,
    rows::Row,
    secret::Secret,
    split::{Statement, split},
    tables::{Table, tables},
    target::{SslMode, Target, region_of},
    token::{AwsSettings, DEFAULT_TOKEN_LIFETIME, sdk_config, sdk_config_with, sign, token},
};
