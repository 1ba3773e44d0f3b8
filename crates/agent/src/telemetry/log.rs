//! The log: lines of JSON on standard error.

use serde_json::{Map, Value, json};
use std::io::Write;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The level of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Normal operation.
    Info,
    /// Something is unavailable; the program continues.
    Warn,
    /// The program ends.
    Error,
}

/// Logs a line with `time`, `level`, `message` and the fields.
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
    // A log that cannot be written must not stop the program.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
