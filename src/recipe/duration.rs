//! Parses durations as recipes and command lines write them.

use std::time::Duration;

/// The longest time: 100 years. An instant so far away is still one that the system can name.
const MAX_DURATION: Duration = Duration::from_hours(100 * 365 * 24);

/// Parses `"90s"`, `"2m"`, `"1h30m"`, `"250ms"` or a bare number of seconds, up to 100 years; `None` for
/// other text.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    parse(text.trim()).filter(|time| *time <= MAX_DURATION)
}

fn parse(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let scale = match &rest[..letters] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(number * scale).ok()?)?;
        rest = rest[letters..].trim_start();
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        let seconds = |text| parse_duration(text).map(|time| time.as_secs_f64());
        assert_eq!(seconds("2m"), Some(120.0));
        assert_eq!(seconds("1h30m"), Some(5400.0));
        assert_eq!(seconds("250ms"), Some(0.25));
        assert_eq!(seconds("1.5"), Some(1.5));
        assert_eq!(seconds("876000h"), Some(3_153_600_000.0));
        for wrong in [
            "",
            "soon",
            "3 weeks",
            "-1",
            "1e400",
            "m",
            "99999999999999999999999h",
            "9223372036854775807",
            "876001h",
            "inf",
            "NaN",
        ] {
            assert_eq!(seconds(wrong), None, "{wrong:?}");
        }
    }
}
