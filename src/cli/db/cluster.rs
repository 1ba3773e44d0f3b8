//! Which cluster is meant, and how it is reached.

use crate::fault::{Error, Result};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches};
use copilot_dsql::{self as dsql, ConnectOptions, SslMode, Target};

const ENDPOINT: &str = "COPILOT_DSQL_ENDPOINT";
const PORT: u16 = 5432;
const USER: &str = "admin";

/// The one database that Aurora DSQL has.
const DATABASE_OF_DSQL: &str = "postgres";

/// The options that say which cluster.
pub fn options() -> [Arg; 4] {
    [
        Arg::new("endpoint")
            .long("endpoint")
            .short('e')
            .value_name("HOST")
            .help(format!(
                "Host of the cluster, with `:PORT` if that is not {PORT} [env: {ENDPOINT}]"
            )),
        Arg::new("database")
            .long("database")
            .short('d')
            .value_name("NAME")
            .default_value("copilot")
            .help("The database; a cluster of Aurora DSQL has one, `postgres`"),
        Arg::new("region")
            .long("region")
            .short('r')
            .value_name("REGION")
            .default_value("eu-west-1")
            .help("AWS region of the cluster, unless its host names it"),
        Arg::new("sslmode")
            .long("sslmode")
            .value_name("MODE")
            .value_parser(["verify-full", "require"])
            .default_value("verify-full")
            .help("How the server is verified; `require` is for an emulator on this machine"),
    ]
}

/// A cluster.
pub struct Cluster {
    pub database: String,
    host: String,
    port: u16,
    region: String,
    sslmode: SslMode,
}

impl Cluster {
    /// The one that the command line and the environment name.
    pub fn read(matches: &ArgMatches) -> Result<Self> {
        let value = |name: &str| matches.get_one::<String>(name).cloned();
        let outside = || std::env::var(ENDPOINT).ok();
        let endpoint = value("endpoint")
            .or_else(outside)
            .filter(|endpoint| !endpoint.is_empty())
            .ok_or_else(|| Error::Service {
                kind: "missing",
                message: "no endpoint is given".to_owned(),
                hint: Some(format!("give `--endpoint HOST`, or set {ENDPOINT}")),
            })?;
        let (host, port) = address(&endpoint)?;
        let mut region = value("region").unwrap_or_default();
        if let Some(named) = dsql::region_of(&host)
            && named != region
        {
            if matches.value_source("region") == Some(ValueSource::CommandLine) {
                return Err(Error::usage(
                    format!("{host} is not in the region {region}"),
                    Some(format!("leave `--region` out, or give {named}")),
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

    /// Host and port.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub fn target(&self) -> Target {
        Target::Dsql {
            endpoint: self.host.clone(),
            port: self.port,
            user: USER.to_owned(),
            database: self.database.clone(),
            region: Some(self.region.clone()),
            sslmode: self.sslmode,
        }
    }

    /// With credentials from the default chain. Finding the configuration may ask AWS.
    pub async fn connect_options(&self) -> ConnectOptions {
        // The future that finds it is large.
        let aws = Box::pin(dsql::sdk_config(None, Some(&self.region))).await;
        ConnectOptions {
            aws: Some(aws),
            ..ConnectOptions::default()
        }
    }

    /// What went wrong with this cluster.
    pub fn error(&self, error: &dsql::Error) -> Error {
        let hint = match error {
            dsql::Error::Refused { server, .. }
                if server.message.contains("database") && self.database != DATABASE_OF_DSQL =>
            {
                Some(format!(
                    "Aurora DSQL has one database: give `--database {DATABASE_OF_DSQL}`"
                ))
            }
            dsql::Error::Denied { server, .. } => Some(server.hint.clone().unwrap_or_else(|| {
                format!(
                    "the credentials must be allowed dsql:DbConnectAdmin on this cluster, and it \
                     must be in {}",
                    self.region
                )
            })),
            dsql::Error::Tls { .. } => Some(
                "if the server's authority is a private one, give its certificate in SSL_CERT_FILE"
                    .to_owned(),
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

/// Host and port. What is neither is not repeated: it may be a URL with a password.
fn address(endpoint: &str) -> Result<(String, u16)> {
    let wrong = || {
        Error::usage(
            "the endpoint is not a host, or host and port",
            Some("give it as abc.dsql.eu-west-1.on.aws or localhost:5432".to_owned()),
        )
    };
    if endpoint.contains(|c: char| c.is_whitespace() || "/@?".contains(c)) {
        return Err(wrong());
    }
    let (host, port) = match endpoint.rsplit_once(':') {
        // More colons are an address of version 6; with a port it stands in brackets.
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().map_err(|_| wrong())?)
        }
        _ => (endpoint, PORT),
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
    fn what_is_no_endpoint_is_not_repeated() {
        for wrong in ["postgresql://me:secret@h/d", "h:secret", "h:0", ":5432", ""] {
            let error = address(wrong).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
