//! Secrets that must not be shown: values by the names of their variables, and passwords in URLs.

/// Parts of names whose values are not shown.
const SECRET_NAME_PARTS: [&str; 8] = [
    "PASSWORD",
    "PASSWD",
    "SECRET",
    "TOKEN",
    "CREDENTIAL",
    "API_KEY",
    "APIKEY",
    "PRIVATE_KEY",
];

/// True if a value with this name must not be shown.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_uppercase().replace('-', "_");
    SECRET_NAME_PARTS.iter().any(|part| name.contains(part))
}

/// `url` without the user and password before its host. In a malformed URL, everything up to the last
/// `@` is removed, since it may contain a password.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let at = match rest[..end].rfind('@') {
        Some(at) => Some(at),
        // A password with an unescaped `/`.
        None if rest[..end].contains(':') && !is_port(&rest[..end]) => rest.rfind('@'),
        None => None,
    };
    at.map_or_else(
        || url.to_owned(),
        |at| format!("{scheme}://***{}", &rest[at..]),
    )
}

/// True if what follows the last `:` can be a port.
fn is_port(authority: &str) -> bool {
    let (_, port) = authority.rsplit_once(':').unwrap_or_default();
    port.chars().all(|c| c.is_ascii_digit()) || authority.ends_with(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        let rows = [
            ("http://me:pass@host:1/x?y@z", "http://***@host:1/x?y@z"),
            ("http://host/a@b", "http://host/a@b"),
            ("http://host:80/a@b", "http://host:80/a@b"),
            ("http://[::1]/a@b", "http://[::1]/a@b"),
            ("http://me:p@ss@host", "http://***@host"),
            ("http://me:p/ss@host/x", "http://***@host/x"),
            ("http://me:p#ss@host", "http://***@host"),
            ("a value", "a value"),
        ];
        for (url, shown) in rows {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn names_tell_what_is_secret() {
        for name in ["PGPASSWORD", "aws_secret_access_key", "api-key"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["AWS_REGION", "KEY_NAME", "AWS_ACCESS_KEY_ID"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
