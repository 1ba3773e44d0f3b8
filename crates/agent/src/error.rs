//! Errors, and their exit codes.

use thiserror::Error;

/// What went wrong, by the part that failed.
#[derive(Debug, Error)]
pub enum Error {
    /// An invalid command line.
    #[error("{0}")]
    Usage(String),
    /// An invalid environment variable or settings file.
    #[error("{0}")]
    Config(String),
    /// Mimir, or another server with the Prometheus API.
    #[error("metrics: {0}")]
    Metrics(String),
    /// Loki is unavailable, or its response is invalid.
    #[error("logs: {0}")]
    Logs(String),
    /// The state store is unavailable, slow, or reports an error.
    #[error("store: {0}")]
    Store(String),
    /// The Temporal server, or its SDK.
    #[error("temporal: {0}")]
    Temporal(String),
    /// The model failed, or its answer is unusable.
    #[error("model: {0}")]
    Model(String),
    /// The program cannot listen on its address.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// As set by the environment variable.
        address: String,
        /// The operating system's error.
        cause: std::io::Error,
    },
    /// The health check failed.
    #[error("not healthy: {0}")]
    Unhealthy(String),
}

impl Error {
    /// The exit code: 2 for an invalid command line, 4 for an invalid setting, else 1.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Config(_) => 4,
            _ => 1,
        }
    }

    /// The part that failed, as the label `source` of `copilot_observation_failures_total`.
    #[must_use]
    pub fn source_name(&self) -> &'static str {
        match self {
            Self::Metrics(_) => "mimir",
            Self::Logs(_) => "loki",
            _ => "store",
        }
    }
}
