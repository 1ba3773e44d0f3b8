//! Resolves a target and options into what opening a connection requires.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use tokio_postgres::config::{Config, Host, SslMode as DriverSslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    ConnectOptions, Error, Secret, SslMode, Target,
    target::is_loopback,
    tls::{Check, connector},
    token::{DEFAULT_TOKEN_LIFETIME, sdk_config, sign},
    url::{self, UrlSslMode},
};

/// The server's address.
#[derive(Debug)]
pub(crate) enum Address {
    Tcp {
        host: String,
        /// From `hostaddr`: replaces the lookup; the name is still verified.
        ip: Option<IpAddr>,
        port: u16,
    },
    Unix(PathBuf),
}

/// Everything needed to open a connection, and a second one to cancel.
pub(crate) struct Plan {
    pub(crate) config: Config,
    pub(crate) address: Address,
    pub(crate) tls: Option<MakeRustlsConnect>,
    /// The address as errors show it.
    pub(crate) label: String,
}

impl Plan {
    pub(crate) async fn new(target: &Target, options: &ConnectOptions) -> Result<Self, Error> {
        let (endpoint, port, user, database, region, sslmode) = match target {
            Target::Url(url) => return Self::url(url, target.to_string(), options),
            Target::Dsql {
                endpoint,
                port,
                user,
                database,
                region,
                sslmode,
            } => (endpoint, port, user, database, region, sslmode),
        };
        if *sslmode == SslMode::Require && !is_loopback(endpoint) {
            return Err(Error::Config(format!(
                "sslmode `require` does not verify the server; it is for an emulator on this \
                 machine, not for {endpoint}: use `verify-full`"
            )));
        }
        let label = target.to_string();
        let check = match sslmode {
            SslMode::VerifyFull => Check::Full,
            SslMode::Require if options.sslrootcert.is_some() => Check::Chain,
            SslMode::Require => Check::Nothing,
        };
        let tls = connector(check, options.sslrootcert.as_deref(), &label)?;
        let aws = match &options.aws {
            Some(aws) => aws.clone(),
            None => sdk_config(None, region.as_deref()).await,
        };
        let token = sign(
            &aws,
            endpoint,
            user,
            region.as_deref(),
            DEFAULT_TOKEN_LIFETIME,
        )
        .await?;
        let mut config = Config::new();
        config
            .user(user)
            .dbname(database)
            .password(token.expose())
            .application_name(&options.application_name)
            .ssl_mode(DriverSslMode::Require);
        Ok(Self {
            config,
            address: Address::Tcp {
                host: endpoint.clone(),
                ip: None,
                port: *port,
            },
            tls: Some(tls),
            label,
        })
    }

    fn url(url: &str, label: String, options: &ConnectOptions) -> Result<Self, Error> {
        let url::Parsed {
            mut config,
            sslmode,
            sslrootcert,
        } = url::parse(url)?;
        let address = address(&config)?;
        if config.get_password().is_none()
            && let Some(password) = password(options)
        {
            config.password(password.expose());
        }
        if config.get_application_name().is_none() {
            config.application_name(&options.application_name);
        }
        let roots = sslrootcert.as_deref().or(options.sslrootcert.as_deref());
        let check = match &address {
            Address::Tcp { .. } => check(sslmode, roots),
            Address::Unix(_) => None,
        };
        if roots.is_some() && matches!(check, None | Some(Check::Nothing)) {
            return Err(Error::Config(
                "an authority (sslrootcert) is named, but the server would not be verified: use a \
                 host name and sslmode=verify-full in the database URL"
                    .into(),
            ));
        }
        config.ssl_mode(match (check, sslmode) {
            (None, _) => DriverSslMode::Disable,
            (Some(_), UrlSslMode::Prefer) => DriverSslMode::Prefer,
            (Some(_), _) => DriverSslMode::Require,
        });
        let tls = check
            .map(|check| connector(check, roots, &label))
            .transpose()?;
        Ok(Self {
            config,
            address,
            tls,
            label,
        })
    }
}

/// What libpq verifies for each `sslmode`; `require` with an authority equals
/// `verify-ca`.
fn check(sslmode: UrlSslMode, roots: Option<&Path>) -> Option<Check> {
    match sslmode {
        UrlSslMode::Disable => None,
        UrlSslMode::Prefer => Some(Check::Nothing),
        UrlSslMode::Require if roots.is_none() => Some(Check::Nothing),
        UrlSslMode::Require | UrlSslMode::VerifyCa => Some(Check::Chain),
        UrlSslMode::VerifyFull => Some(Check::Full),
    }
}

fn password(options: &ConnectOptions) -> Option<Secret> {
    options.password.clone().or_else(|| {
        std::env::var("PGPASSWORD")
            .ok()
            .filter(|password| !password.is_empty())
            .map(Secret::new)
    })
}

fn address(config: &Config) -> Result<Address, Error> {
    let port = config.get_ports().first().copied().unwrap_or(5432);
    match (config.get_hosts(), config.get_hostaddrs()) {
        ([Host::Tcp(host)], ips) if ips.len() <= 1 => Ok(Address::Tcp {
            host: host.clone(),
            ip: ips.first().copied(),
            port,
        }),
        #[cfg(unix)]
        ([Host::Unix(directory)], []) => {
            Ok(Address::Unix(directory.join(format!(".s.PGSQL.{port}"))))
        }
        ([], [ip]) => Ok(Address::Tcp {
            host: ip.to_string(),
            ip: Some(*ip),
            port,
        }),
        ([], []) => Err(Error::Config("the database URL has no host".into())),
        _ => Err(Error::Config(
            "the database URL has more than one host; only one is supported".into(),
        )),
    }
}
