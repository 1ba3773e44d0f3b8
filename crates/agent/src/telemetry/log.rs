use serde_json::{Map, Value, json};
use std::io::Write;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The usual course.
    Info,
    /// Something was away; it goes on.
    Warn,
    /// It does not go on.
    Error,
}

/// Writes a line of JSON to standard error: `time`, `level`, `message` and the fields.
pub fn event(severity: Severity, message: &str, fields: &[(&str, Value)]) {
    let level = match severity {
        Severity::Info => "info",
        Severity::Warn => "warn",
        Severity::Error => "error",
    };
    let now = OffsetDateTime::now_utc().format(&Rfc3339);
    let mut line = Map::new();
    line.insert("time".to_owned(), json!(now.unwrap_or_default()));
    line.insert("level".to_owned(), json!(level));
    line.insert("message".to_owned(), json!(message));
    for (name, value) in fields {
        line.insert((*name).to_owned(), value.clone());
    }
    let text = format!("{}\n", Value::Object(line));
    // A log that cannot be written must not end what is logged.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
