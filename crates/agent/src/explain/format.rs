//! Formats values, limits and times for people.

use crate::health::{EASING_FACTOR, Judged, Level, Limits};
use time::{OffsetDateTime, UtcOffset};

/// Formats a value with its unit.
pub(crate) fn amount(value: Option<f64>, unit: &str) -> String {
    let Some(value) = value else {
        return "no value".to_owned();
    };
    let short = |value: f64| {
        let digits = if value.abs() >= 100.0 { 0 } else { 2 };
        let text = format!("{value:.digits$}");
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    };
    match unit {
        "ratio" => format!("{} %", short(value * 100.0)),
        "count" => short(value),
        "/s" => format!("{} a second", short(value)),
        unit => format!("{} {unit}", short(value)),
    }
}

/// Formats a value with the time of its observation.
pub(crate) fn judged(judged: Judged, unit: &str) -> String {
    let value = amount(Some(judged.value), unit);
    format!("{value} at {}", time_of_day(judged.at))
}

/// Formats the limit that gives a value this level. A value below the limit has the level because
/// of the eased limit.
pub(crate) fn limit(limits: Limits, level: Level, value: Option<f64>, unit: &str) -> String {
    let (name, limit) = match level {
        Level::Critical => ("Critical", limits.critical),
        Level::Calm | Level::Stressed => ("Stressed", limits.stressed),
    };
    if value.is_some_and(|value| value < limit) {
        format!(
            "{name} ends below {}",
            amount(Some(limit * EASING_FACTOR), unit)
        )
    } else {
        format!("limit {}", amount(Some(limit), unit))
    }
}

/// Formats hours, minutes and seconds, in UTC.
pub(crate) fn time_of_day(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (hour, minute, second) = at.to_hms();
    format!("{hour:02}:{minute:02}:{second:02} UTC")
}

/// Formats date and time, in UTC.
pub(crate) fn date_time(at: OffsetDateTime) -> String {
    format!(
        "{} {}",
        at.to_offset(UtcOffset::UTC).date(),
        time_of_day(at)
    )
}
