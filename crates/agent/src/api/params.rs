use super::answer::Refusal;
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// The most entries of one answer.
pub const MOST: i64 = 1_000;
/// Entries of an answer when nothing is asked for.
const USUAL: i64 = 100;
/// The longest span of time of one answer.
const LONGEST: Duration = Duration::days(3_650);
/// The longest query string that is read.
const LENGTH: usize = 2_000;

/// The parameters of a request.
#[derive(Debug, Default)]
pub struct Params(BTreeMap<String, String>);

impl Params {
    /// Reads a query string; nothing but `known` is allowed in it, each once.
    pub fn read(query: Option<&str>, known: &[&str]) -> Result<Self, Refusal> {
        let query = query.unwrap_or_default();
        if query.len() > LENGTH {
            return Err(Refusal::bad(format!(
                "the query is longer than {LENGTH} characters"
            )));
        }
        let mut found = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if !known.contains(&name.as_str()) {
                let expected = if known.is_empty() {
                    "it has none".to_owned()
                } else {
                    format!("it has {}", known.join(", "))
                };
                return Err(Refusal::bad(format!(
                    "there is no parameter {name:?} here: {expected}"
                )));
            }
            if found.insert(name.clone(), value).is_some() {
                return Err(Refusal::bad(format!("{name} is given twice")));
            }
        }
        Ok(Self(found))
    }

    /// `limit`: 1 to [`MOST`].
    pub fn limit(&self) -> Result<i64, Refusal> {
        let Some(text) = self.0.get("limit") else {
            return Ok(USUAL);
        };
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| is_number);
        number
            .filter(|number| (1..=MOST).contains(number))
            .ok_or_else(|| Refusal::bad(format!("limit must be 1 to {MOST}, and is {text:?}")))
    }

    /// `from` and `to`; without them the last 24 hours.
    pub fn span(&self, now: OffsetDateTime) -> Result<(OffsetDateTime, OffsetDateTime), Refusal> {
        let to = self.time("to")?.unwrap_or(now);
        let from = match self.time("from")? {
            Some(from) => from,
            None => to.checked_sub(Duration::DAY).unwrap_or(to),
        };
        if from > to {
            return Err(Refusal::bad("from must not be after to"));
        }
        if to - from > LONGEST {
            return Err(Refusal::bad(
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
            Refusal::bad(format!(
                "{name} must be a time such as 2026-11-24T10:00:00Z, between the years 1970 and 2999, and is {text:?}"
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

fn decoded(text: &str) -> Result<String, Refusal> {
    let wrong = || Refusal::bad("the query is not encoded as UTF-8 with %XX");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || {
                    let digit = rest.next().map(char::from).and_then(|it| it.to_digit(16));
                    digit.and_then(|it| u8::try_from(it).ok()).ok_or_else(wrong)
                };
                digit()? * 16 + digit()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::{Params, Refusal};
    use time::OffsetDateTime;

    fn span(query: &str) -> Result<(OffsetDateTime, OffsetDateTime), Refusal> {
        let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
        Params::read(Some(query), &["from", "to"])?.span(now)
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
    fn what_is_wrong_is_named() {
        for (query, message) in [
            (
                "from=yesterday",
                "from must be a time such as 2026-11-24T10:00:00Z, between the years 1970 and 2999, and is \"yesterday\"",
            ),
            (
                "from=2026-11-24T10:00:00Z&to=2026-11-23T10:00:00Z",
                "from must not be after to",
            ),
            (
                "from=1971-01-01T00:00:00Z&to=2026-11-23T10:00:00Z",
                "from and to must not be more than 3650 days apart",
            ),
            ("from=%zz", "the query is not encoded as UTF-8 with %XX"),
            (
                "too=1",
                "there is no parameter \"too\" here: it has from, to",
            ),
            ("to=1&to=2", "to is given twice"),
        ] {
            assert_eq!(span(query).unwrap_err(), Refusal::bad(message), "{query}");
        }
    }

    #[test]
    fn a_limit_has_limits() {
        let limit = |query: &str| Params::read(Some(query), &["limit"]).unwrap().limit();
        assert_eq!(limit(""), Ok(100));
        assert_eq!(limit("limit=1000"), Ok(1000));
        for wrong in ["0", "1001", "-1", "", "1.5", "%2B5", "99999999999999999999"] {
            assert!(limit(&format!("limit={wrong}")).is_err(), "{wrong}");
        }
    }
}
