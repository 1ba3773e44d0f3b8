//! Options for connecting and for applying a script.

use std::{path::PathBuf, time::Duration};

use aws_config::SdkConfig;

use crate::{Secret, parameter::Parameter};

/// Options of [`connect`](crate::connect()).
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// For name lookup, TCP, TLS and the server's answer together. Signing a
    /// token comes before and has 30 s of its own, because finding credentials
    /// may involve requests to AWS.
    pub timeout: Duration,
    /// PEM file of the authorities to trust instead of the system's. The
    /// `sslrootcert` of a URL takes precedence.
    pub sslrootcert: Option<PathBuf>,
    /// The name under which the server lists the connection.
    pub application_name: String,
    /// For a URL without a password; defaults to the variable `PGPASSWORD`.
    /// Ignored for a DSQL target.
    pub password: Option<Secret>,
    /// Credentials and region for the token; defaults to the SDK's credential
    /// chain: environment, profile, SSO, container, instance.
    pub aws: Option<SdkConfig>,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            sslrootcert: None,
            application_name: "copilot".into(),
            password: None,
            aws: None,
        }
    }
}

/// Options of [`apply`](crate::apply()).
#[derive(Clone, Debug)]
pub struct ApplyOptions {
    /// After this time a statement is cancelled. Does not limit the wait for an
    /// index job.
    pub statement_timeout: Option<Duration>,
    /// The values of `$1`, `$2`… in the statements.
    pub parameters: Vec<Parameter>,
    /// All statements are one transaction. Only for a plain PostgreSQL. No
    /// statement is retried.
    pub transaction: bool,
    /// Attempts of a statement that meets a conflict or loses its connection,
    /// including the first. At least 1.
    pub tries: u32,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self {
            statement_timeout: None,
            parameters: Vec::new(),
            transaction: false,
            tries: 5,
        }
    }
}
