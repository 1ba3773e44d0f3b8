//! Targets to connect to: a DSQL cluster or a PostgreSQL URL.

use std::{fmt, net::IpAddr};

use crate::url;

/// How the server's certificate is verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SslMode {
    /// The chain and the name. The only mode for a real cluster.
    #[default]
    VerifyFull,
    /// Encrypted, not verified. Only accepted for a loopback endpoint: an
    /// emulator with a self-signed certificate.
    Require,
}

/// A server to connect to.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// An Aurora DSQL cluster; authenticates with an IAM token.
    Dsql {
        /// Host name, such as `<id>.dsql.eu-west-1.on.aws`.
        endpoint: String,
        /// TCP port, 5432 by default.
        port: u16,
        /// Database role. The token for `admin` is for `DbConnectAdmin`, those for
        /// others are for `DbConnect`.
        user: String,
        /// Database name; DSQL has only `postgres`.
        database: String,
        /// AWS region; defaults to the one in the endpoint, then to that of the
        /// SDK's configuration.
        region: Option<String>,
        /// How the certificate is verified.
        sslmode: SslMode,
    },
    /// A `postgresql://` URL, as libpq reads it: `sslmode`, `sslrootcert`,
    /// `sslnegotiation`, a socket directory as host.
    Url(String),
}

impl Target {
    /// A cluster with DSQL's defaults: port 5432, user `admin`, database
    /// `postgres`, the region of its name, certificate verified.
    pub fn dsql(endpoint: impl Into<String>) -> Self {
        Self::Dsql {
            endpoint: endpoint.into(),
            port: 5432,
            user: "admin".into(),
            database: "postgres".into(),
            region: None,
            sslmode: SslMode::VerifyFull,
        }
    }

    /// A plain PostgreSQL.
    pub fn url(url: impl Into<String>) -> Self {
        Self::Url(url.into())
    }

    /// Whether the server speaks DSQL's dialect (`INDEX ASYNC`, `sys.jobs`).
    #[must_use]
    pub fn is_dsql(&self) -> bool {
        match self {
            Self::Dsql { .. } => true,
            Self::Url(url) => region_of(url::host(url)).is_some(),
        }
    }

    /// Whether it is an emulator on this machine in place of a cluster.
    pub(crate) fn is_local_cluster(&self) -> bool {
        match self {
            Self::Dsql { endpoint, .. } => is_loopback(endpoint),
            Self::Url(_) => false,
        }
    }
}

/// The address without the password.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dsql { endpoint, port, .. } => write!(f, "{endpoint}:{port}"),
            Self::Url(url) => f.write_str(&url::redact(url)),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

/// Extracts the region from a cluster's name: `<id>.dsql.<region>.on.aws`.
#[must_use]
pub fn region_of(endpoint: &str) -> Option<&str> {
    let mut labels = endpoint.trim_end_matches('.').split('.').skip(1);
    // Clusters of other stages have `dsql-<stage>` as second label.
    if !labels.next()?.starts_with("dsql") {
        return None;
    }
    let region = labels.next()?;
    (labels.eq(["on", "aws"]) && !region.is_empty()).then_some(region)
}

/// Whether a name or address can only refer to this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_is_read_from_the_endpoint() {
        assert_eq!(region_of("abc.dsql.eu-west-1.on.aws"), Some("eu-west-1"));
        assert_eq!(
            region_of("abc.dsql-gamma.us-east-1.on.aws."),
            Some("us-east-1")
        );
        assert_eq!(region_of("db.example.com"), None);
        assert_eq!(region_of("abc.dsql.eu-west-1.example.com"), None);
        assert_eq!(region_of("localhost"), None);
    }

    #[test]
    fn a_url_is_printed_without_its_password() {
        let target = Target::url("postgresql://u:hunter2@db.example:5433/app?password=hunter2");
        assert_eq!(target.to_string(), "postgresql://u@db.example:5433/app");
        assert_eq!(
            format!("{target:?}"),
            "Target(postgresql://u@db.example:5433/app)"
        );
    }

    #[test]
    fn loopback_is_a_name_or_an_address() {
        assert!(is_loopback("LOCALHOST") && is_loopback("127.0.0.2") && is_loopback("::1"));
        assert!(!is_loopback("localhost.example.com") && !is_loopback("10.0.0.1"));
    }
}
