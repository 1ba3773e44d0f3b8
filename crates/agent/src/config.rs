//! Reads the settings from environment variables.

use crate::{error::Error, signals::Thresholds};
use copilot_dsql::{SslMode, Target};
use std::{net::SocketAddr, path::Path, time::Duration};

/// Every variable that the agent reads; `dev/.env.example` explains them.
pub const VARIABLES: &[&str] = &[
    "AWS_REGION",
    "COPILOT_API_LISTEN",
    "COPILOT_ASSESS_SECONDS",
    "COPILOT_CLUSTER",
    "COPILOT_DSQL_DATABASE",
    "COPILOT_DSQL_ENDPOINT",
    "COPILOT_DSQL_PORT",
    "COPILOT_DSQL_USER",
    "COPILOT_LOKI_URL",
    "COPILOT_METRICS_LISTEN",
    "COPILOT_MODEL_ID",
    "COPILOT_OBSERVE_SECONDS",
    "COPILOT_PROMETHEUS_URL",
    "COPILOT_RETENTION_DAYS",
    "COPILOT_STORE_URL",
    "COPILOT_THRESHOLDS",
    "DSQL_SSLMODE",
    "KNOWLEDGE_BASE_ID",
    "TEMPORAL_ADDRESS",
    "TEMPORAL_NAMESPACE",
];

/// The settings of the worker and the API.
#[derive(Debug, Clone)]
pub struct Config {
    /// The observed cluster: the label `cluster` of its metrics and logs.
    pub cluster: String,
    /// The database that holds observations: a DSQL cluster or a plain PostgreSQL.
    pub store: Target,
    /// Address that the API listens on.
    pub api_listen: SocketAddr,
    /// Address that the worker serves its metrics on.
    pub metrics_listen: SocketAddr,
    /// `host:port` of the Temporal server that runs the worker's workflows.
    pub temporal_address: String,
    /// Namespace of these workflows.
    pub temporal_namespace: String,
    /// Base URL of the Prometheus API, without `/api/v1`.
    pub prometheus_url: String,
    /// Base URL of Loki, without `/loki/api/v1`.
    pub loki_url: String,
    /// Interval between observations of metrics, and of logs.
    pub observe_every: Duration,
    /// Interval between scheduled assessments.
    pub assess_every: Duration,
    /// Age at which rows of the store are deleted.
    pub retention: Duration,
    /// Limits and window of the signals.
    pub thresholds: Thresholds,
    /// Bedrock model that writes explanations; without one, a template does.
    pub model_id: Option<String>,
    /// Knowledge base whose passages are given to the model.
    pub knowledge_base_id: Option<String>,
}

/// Looks up a variable by name.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Config {
    /// Reads the variables of this process.
    ///
    /// # Errors
    /// [`Error::Config`] that names the variable.
    pub fn from_env() -> Result<Self, Error> {
        Self::read(&|name| std::env::var(name).ok())
    }

    /// Reads the given variables; an empty one counts as unset.
    ///
    /// # Errors
    /// [`Error::Config`] that names the variable.
    pub fn read(variables: Lookup<'_>) -> Result<Self, Error> {
        let get = |name: &str| {
            debug_assert!(VARIABLES.contains(&name), "{name}");
            variables(name).filter(|value| !value.trim().is_empty())
        };
        let or = |name: &str, default: &str| get(name).unwrap_or_else(|| default.to_owned());
        let seconds = |name: &str, default: u64| {
            let value = or(name, &default.to_string());
            let number = value.parse().ok().filter(|number| *number > 0);
            let number: Option<u64> = number.filter(|number| *number <= 86_400);
            number
                .map(Duration::from_secs)
                .ok_or_else(|| invalid(name, &value, "a number of seconds, 1 to 86400"))
        };
        let address = |name: &str, default: &str| {
            let value = or(name, default);
            value
                .parse::<SocketAddr>()
                .map_err(|_| invalid(name, &value, "an address such as 0.0.0.0:8080"))
        };
        let days = or("COPILOT_RETENTION_DAYS", "30");
        let retention = days
            .parse::<u64>()
            .ok()
            .filter(|days| (1..=3650).contains(days))
            .map(|days| Duration::from_secs(days * 86_400))
            .ok_or_else(|| invalid("COPILOT_RETENTION_DAYS", &days, "1 to 3650"))?;
        let thresholds = match get("COPILOT_THRESHOLDS") {
            Some(file) => Thresholds::read(Path::new(&file))?,
            None => Thresholds::default(),
        };
        let url = |name: &str, default: &str| {
            let value = or(name, default).trim_end_matches('/').to_owned();
            if value.starts_with("http://") || value.starts_with("https://") {
                Ok(value)
            } else {
                Err(invalid(name, &value, "a URL, http:// or https://"))
            }
        };
        Ok(Self {
            cluster: or("COPILOT_CLUSTER", "monitored"),
            store: store(&get)?,
            api_listen: address("COPILOT_API_LISTEN", "0.0.0.0:8080")?,
            metrics_listen: address("COPILOT_METRICS_LISTEN", "0.0.0.0:9090")?,
            temporal_address: or("TEMPORAL_ADDRESS", "localhost:7233"),
            temporal_namespace: or("TEMPORAL_NAMESPACE", "default"),
            prometheus_url: url("COPILOT_PROMETHEUS_URL", "http://mimir:9009/prometheus")?,
            loki_url: url("COPILOT_LOKI_URL", "http://loki:3100")?,
            observe_every: seconds("COPILOT_OBSERVE_SECONDS", 30)?,
            assess_every: seconds("COPILOT_ASSESS_SECONDS", 300)?,
            retention,
            thresholds,
            model_id: get("COPILOT_MODEL_ID"),
            knowledge_base_id: get("KNOWLEDGE_BASE_ID"),
        })
    }

    /// Age from which an observation no longer describes the present.
    #[must_use]
    pub fn stale_after(&self) -> Duration {
        self.observe_every * 3 + Duration::from_secs(10)
    }
}

fn store(get: &dyn Fn(&str) -> Option<String>) -> Result<Target, Error> {
    if let Some(url) = get("COPILOT_STORE_URL") {
        return Ok(Target::url(url));
    }
    let Some(endpoint) = get("COPILOT_DSQL_ENDPOINT") else {
        return Err(Error::Config(
            "COPILOT_DSQL_ENDPOINT is not set (nor COPILOT_STORE_URL for a plain PostgreSQL)"
                .into(),
        ));
    };
    let port = get("COPILOT_DSQL_PORT").unwrap_or_else(|| "5432".into());
    let port = port
        .parse()
        .map_err(|_| invalid("COPILOT_DSQL_PORT", &port, "a port, 1 to 65535"))?;
    let user = get("COPILOT_DSQL_USER").unwrap_or_else(|| "admin".into());
    let database = get("COPILOT_DSQL_DATABASE").unwrap_or_else(|| "postgres".into());
    let mode = get("DSQL_SSLMODE").unwrap_or_else(|| "verify-full".into());
    match mode.as_str() {
        "verify-full" => Ok(Target::Dsql {
            endpoint,
            port,
            user,
            database,
            region: get("AWS_REGION"),
            sslmode: SslMode::VerifyFull,
        }),
        // An emulator accepts any password; a real token is never sent to an unverified server.
        "require" => Ok(Target::url(format!(
            "postgresql://{user}:emulator@{endpoint}:{port}/{database}?sslmode=require"
        ))),
        _ => Err(invalid("DSQL_SSLMODE", &mode, "verify-full or require")),
    }
}

fn invalid(name: &str, value: &str, expected: &str) -> Error {
    Error::Config(format!("{name} must be {expected}, not {value:?}"))
}
