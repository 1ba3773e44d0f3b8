use std::{path::PathBuf, time::Duration};

use aws_config::SdkConfig;

use crate::Secret;

/// How to open a connection.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// For the whole way: name look-up, TCP, TLS and the server's answer.
    /// Signing a token comes before it and has 30 s of its own, because
    /// finding credentials may mean asking AWS.
    pub timeout: Duration,
    /// PEM file of the authorities to trust instead of the system's. The
    /// `sslrootcert` of a URL comes first.
    pub sslrootcert: Option<PathBuf>,
    /// How the connection shows on the server.
    pub application_name: String,
    /// For a URL without password. Without this either, `PGPASSWORD` of the
    /// process is used. A DSQL target ignores it.
    pub password: Option<Secret>,
    /// Credentials and region for the token. Without it, the SDK's default
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

/// How to run a script.
#[derive(Clone, Debug)]
pub struct ApplyOptions {
    /// The longest that one statement may take; the server is asked to cancel
    /// it then. The end of an index job is waited for without this limit.
    pub statement_timeout: Option<Duration>,
    /// How often a statement is tried in all, when it lost a race or its
    /// connection. At least 1.
    pub tries: u32,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self {
            statement_timeout: None,
            tries: 5,
        }
    }
}
