//! What can go wrong.

use thiserror::Error;

/// What can go wrong, by what it is the fault of.
#[derive(Debug, Error)]
pub enum Error {
    /// The command line.
    #[error("{0}")]
    Usage(String),
    /// A variable or a file of settings.
    #[error("{0}")]
    Config(String),
    /// Mimir, or another Prometheus.
    #[error("metrics: {0}")]
    Metrics(String),
    /// Loki.
    #[error("logs: {0}")]
    Logs(String),
    /// The state store: it is away, slow, or refuses.
    #[error("store: {0}")]
    Store(String),
    /// The Temporal server.
    #[error("temporal: {0}")]
    Temporal(String),
    /// The model.
    #[error("model: {0}")]
    Model(String),
    /// An address that cannot be listened on.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address.
        address: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The answer of a health check.
    #[error("not healthy: {0}")]
    Unhealthy(String),
}

impl Error {
    /// The exit code: 2 for a wrong command line, 4 for a wrong setting, else 1.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Config(_) => 4,
            _ => 1,
        }
    }

    /// What was away, as `copilot_observation_failures_total` names it.
    #[must_use]
    pub fn source_name(&self) -> &'static str {
        match self {
            Self::Metrics(_) => "mimir",
            Self::Logs(_) => "loki",
            _ => "store",
        }
    }
}
