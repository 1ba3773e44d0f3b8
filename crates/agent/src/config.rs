//! Settings, from environment variables.

use crate::{error::Error, signals::Thresholds};
use std::{net::SocketAddr, path::Path, time::Duration};

/// The variables that the agent reads; `dev/.env.example` says what each means.
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

/// Settings of both programs.
#[derive(Debug, Clone)]
pub struct Config {
    /// The cluster that is watched: the label `cluster` of its metrics and logs.
    pub cluster: String,
    /// Where the store is.
    pub store: StoreAt,
    /// Where the API listens.
    pub api_listen: SocketAddr,
    /// Where the worker's metrics listen.
    pub metrics_listen: SocketAddr,
    /// `host:port` of the Temporal server that the worker works for.
    pub temporal_address: String,
    /// Its namespace.
    pub temporal_namespace: String,
    /// Prefix of the Prometheus API, without `/api/v1`.
    pub prometheus_url: String,
    /// Loki, without `/loki/api/v1`.
    pub loki_url: String,
    /// Pause between looks at metrics and at logs.
    pub observe_every: Duration,
    /// Pause between scheduled assessments.
    pub assess_every: Duration,
    /// How long rows are kept.
    pub retention: Duration,
    /// Limits in use.
    pub thresholds: Thresholds,
    /// Bedrock model that words explanations; without one the template does.
    pub model_id: Option<String>,
    /// Knowledge base whose passages the model gets.
    pub knowledge_base_id: Option<String>,
}

/// Where the store is.
#[derive(Debug, Clone)]
pub enum StoreAt {
    /// A plain PostgreSQL: `postgresql://…`.
    Url(String),
    /// An Aurora DSQL cluster.
    Dsql {
        /// Host name of the cluster.
        endpoint: String,
        /// Port.
        port: u16,
        /// Database role.
        user: String,
        /// Database.
        database: String,
        /// Region, where the endpoint does not say it.
        region: Option<String>,
        /// Whether the certificate is verified in full.
        verify: bool,
    },
}

/// How variables are looked up.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Config {
    /// Settings of the process's own variables.
    ///
    /// # Errors
    /// [`Error::Config`] with the variable's name.
    pub fn from_env() -> Result<Self, Error> {
        Self::read(&|name| std::env::var(name).ok())
    }

    /// Settings of these variables; an empty one is as good as none.
    ///
    /// # Errors
    /// [`Error::Config`] with the variable's name.
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
                .ok_or_else(|| wrong(name, &value, "a number of seconds, 1 to 86400"))
        };
        let address = |name: &str, default: &str| {
            let value = or(name, default);
            value
                .parse::<SocketAddr>()
                .map_err(|_| wrong(name, &value, "an address such as 0.0.0.0:8080"))
        };
        let days = or("COPILOT_RETENTION_DAYS", "30");
        let retention = days
            .parse::<u64>()
            .ok()
            .filter(|days| (1..=3650).contains(days))
            .map(|days| Duration::from_secs(days * 86_400))
            .ok_or_else(|| wrong("COPILOT_RETENTION_DAYS", &days, "1 to 3650"))?;
        let thresholds = match get("COPILOT_THRESHOLDS") {
            Some(file) => Thresholds::read(Path::new(&file))?,
            None => Thresholds::default(),
        };
        let url = |name: &str, default: &str| {
            let value = or(name, default).trim_end_matches('/').to_owned();
            if value.starts_with("http://") || value.starts_with("https://") {
                Ok(value)
            } else {
                Err(wrong(name, &value, "a URL, http:// or https://"))
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

    /// Age from which a look at the cluster says nothing about now any more.
    #[must_use]
    pub fn stale_after(&self) -> Duration {
        self.observe_every * 3 + Duration::from_secs(10)
    }
}

fn store(get: &dyn Fn(&str) -> Option<String>) -> Result<StoreAt, Error> {
    if let Some(url) = get("COPILOT_STORE_URL") {
        return Ok(StoreAt::Url(url));
    }
    let Some(endpoint) = get("COPILOT_DSQL_ENDPOINT") else {
        return Err(Error::Config(
            "COPILOT_DSQL_ENDPOINT is not set (nor COPILOT_STORE_URL for a plain PostgreSQL)"
                .into(),
        ));
    };
    let port = get("COPILOT_DSQL_PORT").unwrap_or_else(|| "5432".into());
    let mode = get("DSQL_SSLMODE").unwrap_or_else(|| "verify-full".into());
    Ok(StoreAt::Dsql {
        endpoint,
        port: port
            .parse()
            .map_err(|_| wrong("COPILOT_DSQL_PORT", &port, "a port, 1 to 65535"))?,
        user: get("COPILOT_DSQL_USER").unwrap_or_else(|| "admin".into()),
        database: get("COPILOT_DSQL_DATABASE").unwrap_or_else(|| "postgres".into()),
        region: get("AWS_REGION"),
        verify: match mode.as_str() {
            "verify-full" => true,
            "require" => false,
            _ => return Err(wrong("DSQL_SSLMODE", &mode, "verify-full or require")),
        },
    })
}

fn wrong(name: &str, value: &str, expected: &str) -> Error {
    Error::Config(format!("{name} must be {expected}, and is {value:?}"))
}
