//! Parses and validates the query parameters of a request.

use super::answer::Refusal;
use percent_encoding::percent_decode_str;
use std::{borrow::Cow, collections::BTreeMap};
use time::{Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// Upper bound of `limit`.
pub(super) const MAX_LIMIT: i64 = 1_000;
/// `limit`, if it is not given.
const DEFAULT_LIMIT: i64 = 100;
/// Longest time between `from` and `to`.
const MAX_SPAN: Duration = Duration::days(3_650);
const MAX_QUERY_BYTES: usize = 2_000;

/// The decoded parameters of a request.
#[derive(Debug, Default)]
pub(super) struct Params(BTreeMap<String, String>);

impl Params {
    /// Parses a query string; it may contain each of `known` once, and nothing else.
    pub(super) fn parse(query: Option<&str>, known: &[&str]) -> Result<Self, Refusal> {
        let query = query.unwrap_or_default();
        if query.len() > MAX_QUERY_BYTES {
            return Err(Refusal::bad_request(format!(
                "the query is longer than {MAX_QUERY_BYTES} bytes"
            )));
        }
        let mut found = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if !known.contains(&name.as_str()) {
                let expected = if known.is_empty() {
                    "this path has none".to_owned()
                } else {
                    format!("expected {}", known.join(", "))
                };
                return Err(Refusal::bad_request(format!(
                    "unknown parameter {name:?}: {expected}"
                )));
            }
            if found.insert(name.clone(), value).is_some() {
                return Err(Refusal::bad_request(format!(
                    "{name} is given more than once"
                )));
            }
        }
        Ok(Self(found))
    }

    /// `limit`: 1 to [`MAX_LIMIT`].
    pub(super) fn limit(&self) -> Result<i64, Refusal> {
        let Some(text) = self.0.get("limit") else {
            return Ok(DEFAULT_LIMIT);
        };
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| is_number);
        number
            .filter(|number| (1..=MAX_LIMIT).contains(number))
            .ok_or_else(|| {
                Refusal::bad_request(format!("limit must be 1 to {MAX_LIMIT}, not {text:?}"))
            })
    }

    /// `from` and `to`; by default the last 24 hours.
    pub(super) fn span(
        &self,
        now: OffsetDateTime,
    ) -> Result<(OffsetDateTime, OffsetDateTime), Refusal> {
        let to = self.time("to")?.unwrap_or(now);
        let from = match self.time("from")? {
            Some(from) => from,
            None => to.checked_sub(Duration::DAY).unwrap_or(to),
        };
        if from > to {
            return Err(Refusal::bad_request("from must not be after to"));
        }
        if to - from > MAX_SPAN {
            return Err(Refusal::bad_request(
                "from and to must not be more than 3650 days apart",
            ));
        }
        Ok((from, to))
    }

    fn time(&self, name: &str) -> Result<Option<OffsetDateTime>, Refusal> {
        let Some(text) = self.0.get(name) else {
            return Ok(None);
        };
        let wrong = || {
            Refusal::bad_request(format!(
                "{name} must be a time such as 2026-11-24T10:00:00Z, in the years 1970 to 2999, not {text:?}"
            ))
        };
        let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| wrong())?;
        let time = time.checked_to_offset(UtcOffset::UTC).ok_or_else(wrong)?;
        if (1970..=2999).contains(&time.year()) {
            Ok(Some(time))
        } else {
            Err(wrong())
        }
    }
}

/// Decodes `%XX` and `+`, and rejects what a lenient decoder would keep or replace.
fn decoded(text: &str) -> Result<String, Refusal> {
    let is_escape = |after: &str| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok();
    decoded
        .filter(|_| text.split('%').skip(1).all(is_escape))
        .map(Cow::into_owned)
        .ok_or_else(|| Refusal::bad_request("the query is not percent-encoded UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::{Params, Refusal};
    use time::OffsetDateTime;

    fn span(query: &str) -> Result<(OffsetDateTime, OffsetDateTime), Refusal> {
        let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
        Params::parse(Some(query), &["from", "to"])?.span(now)
    }

    #[test]
    fn a_span_ends_now_and_lasts_a_day() {
        let (from, to) = span("").unwrap();
        assert_eq!(to.unix_timestamp(), 1_800_000_000);
        assert_eq!((to - from).whole_hours(), 24);
    }

    #[test]
    fn times_may_have_an_offset_and_be_encoded() {
        let (from, to) =
            span("from=2026-11-24T10%3A00%3A00.000Z&to=2026-11-24T12:30:00%2B02:00").unwrap();
        assert_eq!((to - from).whole_minutes(), 30);
    }

    #[test]
    fn errors_name_the_parameter() {
        for (query, message) in [
            (
                "from=yesterday",
                "from must be a time such as 2026-11-24T10:00:00Z, in the years 1970 to 2999, not \"yesterday\"",
            ),
            (
                "from=2026-11-24T10:00:00Z&to=2026-11-23T10:00:00Z",
                "from must not be after to",
            ),
            (
                "from=1971-01-01T00:00:00Z&to=2026-11-23T10:00:00Z",
                "from and to must not be more than 3650 days apart",
            ),
            ("from=%zz", "the query is not percent-encoded UTF-8"),
            ("from=%2", "the query is not percent-encoded UTF-8"),
            ("from=%ff", "the query is not percent-encoded UTF-8"),
            ("too=1", "unknown parameter \"too\": expected from, to"),
            ("to=1&to=2", "to is given more than once"),
        ] {
            assert_eq!(
                span(query).unwrap_err(),
                Refusal::bad_request(message),
                "{query}"
            );
        }
    }

    #[test]
    fn a_limit_out_of_range_is_rejected() {
        let limit = |query: &str| Params::parse(Some(query), &["limit"]).unwrap().limit();
        assert_eq!(limit(""), Ok(100));
        assert_eq!(limit("limit=1000"), Ok(1000));
        for wrong in ["0", "1001", "-1", "", "1.5", "%2B5", "99999999999999999999"] {
            assert!(limit(&format!("limit={wrong}")).is_err(), "{wrong}");
        }
    }
}
