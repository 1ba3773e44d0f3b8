//! Secrets that must not be shown: values that a recipe marks, values by the names of their variables, and
//! passwords in URLs.

use super::api::{Api, Call};
use super::spec::{Argument, Primitive, Type};
use crate::run::Level;
use crate::screen::{MIN_SECRET_BYTES, mask_from_now_on};
use rhai::{ImmutableString, NativeCallContext};

pub(super) const SECRET: Primitive = Primitive {
    name: "secret",
    forms: &[&[Argument::plain("text", Type::Text)]],
    returns: Type::Text,
    docs: "Returns `text`, and masks it from now on in everything that is printed, logged or stored.\n\
        \n\
        Also in the output of programs, except for a program that writes to the terminal itself.\n\
        A text of fewer than 8 bytes is not masked, and a warning says so.",
    ..Primitive::BASE
};

/// Masks `text` from now on, or warns that it is too short for that.
pub(super) fn mask(call: Call<'_>, text: &str) {
    if !text.is_empty() && !mask_from_now_on(text) {
        let warning =
            format!("a secret of fewer than {MIN_SECRET_BYTES} bytes is not masked in the output");
        call.run.reporter.message(Level::Warning, &warning);
    }
}

/// Registers `secret`.
pub(super) fn register(api: &mut Api<'_>) {
    api.add(&SECRET, |run| {
        move |ctx: NativeCallContext<'_>, text: ImmutableString| {
            mask(Call::new(&run, &ctx), &text);
            text
        }
    });
}

/// Words of names, separated by `_`, whose values are not shown.
const SECRET_WORDS: [&str; 15] = [
    "PASSWORD",
    "PASSWD",
    "PASS",
    "PASSPHRASE",
    "TOKEN",
    "TOKENS",
    "SECRET",
    "SECRETS",
    "CREDENTIAL",
    "CREDENTIALS",
    "KEY",
    "KEYS",
    "APIKEY",
    "AUTH",
    "PGPASSWORD",
];

/// Words before `KEY` that make it a name: `PUBLIC_KEY`.
const PLAIN_KEYS: [&str; 7] = [
    "PUBLIC",
    "PRIMARY",
    "FOREIGN",
    "PARTITION",
    "SORT",
    "CACHE",
    "HOT",
];

/// Words at the end of a name that describe a secret: `TOKEN_DURATION`, `PRIVATE_KEY_FILE`.
const DESCRIPTIONS: [&str; 18] = [
    "ALGORITHM",
    "ARN",
    "COUNT",
    "DIR",
    "DURATION",
    "EXPIRES",
    "FILE",
    "ID",
    "LENGTH",
    "METHOD",
    "MODE",
    "NAME",
    "PATH",
    "SIZE",
    "SOCK",
    "TTL",
    "TYPE",
    "VERSION",
];

/// True if a value with this name must not be shown.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_uppercase().replace('-', "_");
    let words: Vec<_> = name.split('_').collect();
    if words.last().is_some_and(|word| DESCRIPTIONS.contains(word)) {
        return false;
    }
    words.iter().enumerate().any(|(index, word)| {
        let before = index.checked_sub(1).map(|index| words[index]);
        let is_plain = *word == "KEY" && before.is_some_and(|before| PLAIN_KEYS.contains(&before));
        SECRET_WORDS.contains(word) && !is_plain
    })
}

/// `url` without the user and password before its host. Where a password with unescaped characters makes
/// it ambiguous, everything up to the last `@` is removed.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let at = if authority.contains('@') {
        // `q:top?secret@h`: after the first `@`, a path or query may contain another one.
        authority.rfind('@')
    } else if authority.contains(':') && !(scheme.starts_with("http") && is_port(authority)) {
        // A password with an unescaped `/`, `?` or `#`. An `@` in a path is common in the web only.
        rest.rfind('@')
    } else {
        None
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
            ("postgresql://q:top?secret@h", "postgresql://***@h"),
            ("postgresql://q:5432?secret@h/x", "postgresql://***@h/x"),
            ("http://host:80?to=a@b", "http://host:80?to=a@b"),
            ("a value", "a value"),
        ];
        for (url, shown) in rows {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn names_tell_what_is_secret() {
        for name in [
            "PGPASSWORD",
            "DB_PASS",
            "KEY_PASSPHRASE",
            "aws_secret_access_key",
            "AWS_SESSION_TOKEN",
            "api-key",
            "OPENAI_API_KEY",
            "SIGNING_KEY",
            "APIKEY",
            "GOOGLE_CREDENTIALS",
            "BASIC_AUTH",
            "TOKEN",
            "CLIENT_SECRET_2",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "AWS_REGION",
            "KEY_NAME",
            "AWS_ACCESS_KEY_ID",
            "DSQL_TOKEN_DURATION",
            "SSH_AUTH_SOCK",
            "PRIVATE_KEY_FILE",
            "PUBLIC_KEY",
            "CACHE_KEY",
            "MONKEY",
            "AUTHOR",
            "PASSENGER",
            "COMPASS",
            "TOKENIZER",
            "SECRETARY",
            "KEYBOARD",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
