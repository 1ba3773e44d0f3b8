//! The cluster that a command works on, from options and environment.

use crate::fault::{Error, Result};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches};
use copilot_dsql::{self as dsql, ConnectOptions, SslMode, Target};

/// The environment variable for `--endpoint`.
const ENDPOINT_VARIABLE: &str = "COPILOT_DSQL_ENDPOINT";
const DEFAULT_PORT: u16 = 5432;
const ADMIN_USER: &str = "admin";

/// The only database of an Aurora DSQL cluster.
const DSQL_DATABASE: &str = "postgres";

/// The options that identify the cluster.
pub(super) fn options() -> [Arg; 4] {
    [
        Arg::new("endpoint")
            .long("endpoint")
            .short('e')
            .value_name("HOST")
            .help(format!(
                "Host of the cluster, with `:PORT` if it is not {DEFAULT_PORT} [env: {ENDPOINT_VARIABLE}]"
            )),
        Arg::new("database")
            .long("database")
            .short('d')
            .value_name("NAME")
            .default_value("copilot")
            .help("The database; an Aurora DSQL cluster has only `postgres`"),
        Arg::new("region")
            .long("region")
            .short('r')
            .value_name("REGION")
            .default_value("eu-west-1")
            .help("AWS region of the cluster, if the host name does not contain it"),
        Arg::new("sslmode")
            .long("sslmode")
            .value_name("MODE")
            .value_parser(["verify-full", "require"])
            .default_value("verify-full")
            .help("How to verify the server; use `require` for a local emulator"),
    ]
}

/// A cluster, and the database to use.
pub(super) struct Cluster {
    pub database: String,
    host: String,
    port: u16,
    region: String,
    sslmode: SslMode,
}

impl Cluster {
    /// Reads the cluster from the command line and the environment.
    pub(super) fn read(matches: &ArgMatches) -> Result<Self> {
        let value = |name: &str| matches.get_one::<String>(name).cloned();
        let from_environment = || std::env::var(ENDPOINT_VARIABLE).ok();
        let endpoint = value("endpoint")
            .or_else(from_environment)
            .filter(|endpoint| !endpoint.is_empty())
            .ok_or_else(|| Error::Service {
                kind: "missing",
                message: "no endpoint given".to_owned(),
                hint: Some(format!(
                    "give `--endpoint HOST`, or set {ENDPOINT_VARIABLE}"
                )),
            })?;
        let (host, port) = address(&endpoint)?;
        let mut region = value("region").unwrap_or_default();
        if let Some(named) = dsql::region_of(&host)
            && named != region
        {
            if matches.value_source("region") == Some(ValueSource::CommandLine) {
                return Err(Error::usage(
                    format!("{host} is not in the region {region}"),
                    Some(format!("omit `--region`, or set it to {named}")),
                ));
            }
            named.clone_into(&mut region);
        }
        let sslmode = match value("sslmode").as_deref() {
            Some("require") => SslMode::Require,
            _ => SslMode::VerifyFull,
        };
        Ok(Self {
            database: value("database").unwrap_or_default(),
            host,
            port,
            region,
            sslmode,
        })
    }

    /// `host:port`.
    pub(super) fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub(super) fn target(&self) -> Target {
        Target::Dsql {
            endpoint: self.host.clone(),
            port: self.port,
            user: ADMIN_USER.to_owned(),
            database: self.database.clone(),
            region: Some(self.region.clone()),
            sslmode: self.sslmode,
        }
    }

    /// Options with credentials from the default chain. Loading the configuration may call AWS.
    pub(super) async fn connect_options(&self) -> ConnectOptions {
        // Boxed because the future is large.
        let aws = Box::pin(dsql::sdk_config(None, Some(&self.region))).await;
        ConnectOptions {
            aws: Some(aws),
            ..ConnectOptions::default()
        }
    }

    /// Converts an error of this cluster, with a hint.
    pub(super) fn error(&self, error: &dsql::Error) -> Error {
        let hint = match error {
            dsql::Error::Refused { server, .. }
                if server.message.contains("database") && self.database != DSQL_DATABASE =>
            {
                Some(format!(
                    "Aurora DSQL has one database: give `--database {DSQL_DATABASE}`"
                ))
            }
            dsql::Error::Denied { server, .. } => Some(server.hint.clone().unwrap_or_else(|| {
                format!(
                    "the credentials need dsql:DbConnectAdmin on this cluster, and the cluster must be \
                    in {}",
                    self.region
                )
            })),
            dsql::Error::Tls { .. } => Some(
                "for a private certificate authority, set SSL_CERT_FILE to its certificate".to_owned(),
            ),
            _ => error.hint(),
        };
        Error::Service {
            kind: error.kind(),
            message: error.to_string(),
            hint,
        }
    }
}

/// Parses host and port. The error does not repeat the endpoint: it may be a URL with a password.
fn address(endpoint: &str) -> Result<(String, u16)> {
    let wrong = || {
        Error::usage(
            "the endpoint is not HOST or HOST:PORT",
            Some("examples: abc.dsql.eu-west-1.on.aws, localhost:5432".to_owned()),
        )
    };
    if endpoint.contains(|c: char| c.is_whitespace() || "/@?".contains(c)) {
        return Err(wrong());
    }
    let (host, port) = match endpoint.rsplit_once(':') {
        // Several colons are an IPv6 address, which is in brackets if a port follows.
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().map_err(|_| wrong())?)
        }
        _ => (endpoint, DEFAULT_PORT),
    };
    if host.is_empty() || port == 0 {
        return Err(wrong());
    }
    Ok((host.trim_matches(['[', ']']).to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_endpoint_is_a_host_with_or_without_a_port() {
        for (endpoint, host, port) in [
            (
                "abc.dsql.eu-west-1.on.aws",
                "abc.dsql.eu-west-1.on.aws",
                5432,
            ),
            ("localhost:15433", "localhost", 15433),
            ("::1", "::1", 5432),
            ("[::1]:15433", "::1", 15433),
        ] {
            assert_eq!(address(endpoint).unwrap(), (host.to_owned(), port));
        }
    }

    #[test]
    fn an_invalid_endpoint_is_not_repeated() {
        for wrong in ["postgresql://me:secret@h/d", "h:secret", "h:0", ":5432", ""] {
            let error = address(wrong).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
