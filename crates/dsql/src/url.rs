//! Parses what the PostgreSQL driver does not support in a URL
//! (`sslmode=verify-*`, `sslrootcert`), and redacts URLs for display.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::Error;

/// libpq's `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UrlSslMode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// A URL, with the parameters that the driver does not know separated.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) config: tokio_postgres::Config,
    pub(crate) sslmode: UrlSslMode,
    pub(crate) sslrootcert: Option<PathBuf>,
}

/// The parts before and after the first `?`.
fn split_query(url: &str) -> (&str, &str) {
    url.split_once('?').unwrap_or((url, ""))
}

/// The URL without scheme and query, split into credentials and the rest.
fn split_credentials(url: &str) -> (&str, &str) {
    let (base, _) = split_query(url);
    let base = base.split_once("://").map_or(base, |(_, rest)| rest);
    // The last `@`: an unencoded one in the password must not make part of it visible.
    base.rsplit_once('@').unwrap_or(("", base))
}

/// The host, without the port.
pub(crate) fn host(url: &str) -> &str {
    let (_, rest) = split_credentials(url);
    let authority = rest.split('/').next().unwrap_or_default();
    authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host)
}

/// The URL without its password and parameters.
pub(crate) fn redact(url: &str) -> String {
    let (credentials, rest) = split_credentials(url);
    let user = credentials.split(':').next().unwrap_or_default();
    if user.is_empty() {
        format!("postgresql://{rest}")
    } else {
        format!("postgresql://{user}@{rest}")
    }
}

pub(crate) fn parse(url: &str) -> Result<Parsed, Error> {
    if !url.starts_with("postgresql://") && !url.starts_with("postgres://") {
        return Err(Error::Config(
            "a database URL must start with postgresql://".into(),
        ));
    }
    let (base, query) = split_query(url);
    let (credentials, _) = split_credentials(url);
    if credentials.contains(['@', '/']) {
        return Err(Error::Config(
            "the user or password in the database URL contains a character that must be \
             percent-encoded (`@` is %40, `/` is %2F, `?` is %3F, `#` is %23)"
                .into(),
        ));
    }
    let mut sslmode = UrlSslMode::Prefer;
    let mut sslrootcert = None;
    let mut kept = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", value)) => sslmode = parse_sslmode(value)?,
            Some(("sslrootcert", value)) => {
                // libpq's `system` stands for the system's own store.
                sslrootcert = (value != "system").then(|| PathBuf::from(decode(value)));
                if sslrootcert.is_none() {
                    sslmode = UrlSslMode::VerifyFull;
                }
            }
            _ => kept.push(pair),
        }
    }
    let config = if kept.is_empty() {
        base.parse()
    } else {
        format!("{base}?{}", kept.join("&")).parse()
    };
    let config = config.map_err(|error: tokio_postgres::Error| {
        let reason = std::error::Error::source(&error)
            .map_or_else(|| error.to_string(), ToString::to_string);
        Error::Config(format!("invalid database URL: {reason}"))
    })?;
    Ok(Parsed {
        config,
        sslmode,
        sslrootcert,
    })
}

fn parse_sslmode(value: &str) -> Result<UrlSslMode, Error> {
    Ok(match value {
        "disable" => UrlSslMode::Disable,
        "allow" | "prefer" => UrlSslMode::Prefer,
        "require" => UrlSslMode::Require,
        "verify-ca" => UrlSslMode::VerifyCa,
        "verify-full" => UrlSslMode::VerifyFull,
        other => {
            return Err(Error::Config(format!(
                "unknown sslmode `{other}`: use disable, prefer, require, verify-ca or verify-full"
            )));
        }
    })
}

fn decode(value: &str) -> String {
    percent_decode_str(value).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssl_parameters_are_taken_out() {
        let parsed =
            parse("postgresql://u@h/d?sslmode=verify-ca&application_name=x&sslrootcert=%2Fa%20b")
                .expect("valid");
        assert_eq!(parsed.sslmode, UrlSslMode::VerifyCa);
        assert_eq!(parsed.sslrootcert, Some(PathBuf::from("/a b")));
        assert_eq!(parsed.config.get_application_name(), Some("x"));
    }

    #[test]
    fn a_password_that_is_not_encoded_is_refused_and_not_shown() {
        for url in [
            "postgresql://u:hun@ter2@h/d",
            "postgresql://u:hun/ter2@h/d",
            "postgresql://u:hunter2@h:port/d",
        ] {
            let error = parse(url).expect_err("refused");
            assert!(!format!("{error} {error:?}").contains("ter2"), "{error}");
            assert!(!redact(url).contains("ter2"));
        }
    }

    #[test]
    fn unknown_sslmode_is_refused() {
        assert!(parse("postgresql://h/d?sslmode=verify").is_err());
        assert!(parse("mysql://h/d").is_err());
    }

    #[test]
    fn host_is_found() {
        assert_eq!(host("postgresql://u:p@h.example:1/d?x=y"), "h.example");
        assert_eq!(host("postgres://h"), "h");
    }
}
