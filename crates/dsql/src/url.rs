//! What the PostgreSQL driver does not read in a URL: `sslmode=verify-*` and
//! `sslrootcert`; and how a URL is shown.

use std::path::PathBuf;

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

/// A URL with the parameters that the driver does not know taken out.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) config: tokio_postgres::Config,
    pub(crate) sslmode: UrlSslMode,
    pub(crate) sslrootcert: Option<PathBuf>,
}

/// The parts before and after the first `?`.
fn cut(url: &str) -> (&str, &str) {
    url.split_once('?').unwrap_or((url, ""))
}

/// The URL without its scheme and query, cut into credentials and the rest.
fn cut_credentials(url: &str) -> (&str, &str) {
    let (base, _) = cut(url);
    let base = base.split_once("://").map_or(base, |(_, rest)| rest);
    // The last `@`: a password may hold one by mistake, and must not show.
    base.rsplit_once('@').unwrap_or(("", base))
}

/// The host part, without port.
pub(crate) fn host(url: &str) -> &str {
    let (_, rest) = cut_credentials(url);
    let authority = rest.split('/').next().unwrap_or_default();
    authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host)
}

/// The URL without password and parameters.
pub(crate) fn redact(url: &str) -> String {
    let (credentials, rest) = cut_credentials(url);
    let user = credentials.split(':').next().unwrap_or_default();
    if user.is_empty() {
        format!("postgresql://{rest}")
    } else {
        format!("postgresql://{user}@{rest}")
    }
}

/// Reads a URL.
pub(crate) fn parse(url: &str) -> Result<Parsed, Error> {
    if !url.starts_with("postgresql://") && !url.starts_with("postgres://") {
        return Err(Error::Config(
            "a database URL starts with postgresql://".into(),
        ));
    }
    let (base, query) = cut(url);
    let (credentials, _) = cut_credentials(url);
    if credentials.contains(['@', '/']) {
        return Err(Error::Config(
            "the user or password in the database URL has a character that must be \
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
                // `system` is libpq's word for the system's own store.
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
        Error::Config(format!("the database URL is not valid: {reason}"))
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
                "unknown sslmode `{other}`: disable, prefer, require, verify-ca or verify-full"
            )));
        }
    })
}

/// Undoes percent-encoding; what is not a valid escape stays as it is.
fn decode(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%')
            .then(|| value.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(escape.unwrap_or(bytes[at]));
        at += if escape.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
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
