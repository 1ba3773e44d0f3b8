//! The outcome of SQL: as recipes get it, and as tests of recipes give it.

use super::value::{from_json, keyed_map};
use crate::fault::{Failure, Kind};
use crate::run::Answer;
use copilot_dsql::Outcome;
use rhai::{Array, Dynamic};
use serde_json::Value;

/// The keys of the map that recipes get.
pub(super) const OUTCOME_KEYS: [&str; 5] = ["changed", "applied", "unchanged", "retried", "rows"];

/// The outcome that a test of a recipe gives: rows, or `#{ applied, unchanged, rows }`.
pub(super) fn recorded(answer: &Answer, reads: bool) -> Result<Outcome, Failure> {
    if !answer.ok() {
        return Err(Failure::new(
            Kind::Dsql,
            answer.stderr_or("the server refused it"),
        ));
    }
    let mut outcome = Outcome {
        applied: usize::from(!reads),
        ..Outcome::default()
    };
    let object = |row| match row {
        Value::Object(row) => Some(row),
        _ => None,
    };
    match serde_json::from_str(&answer.stdout).unwrap_or_default() {
        Value::Array(rows) => outcome.rows = rows.into_iter().filter_map(object).collect(),
        Value::Object(mut told) => {
            let count = |value: &Value| value.as_u64().and_then(|count| count.try_into().ok());
            let counted = |key: &str| told.get(key).and_then(count).unwrap_or_default();
            (outcome.applied, outcome.unchanged) = (counted("applied"), counted("unchanged"));
            if let Some(Value::Array(rows)) = told.remove("rows") {
                outcome.rows = rows.into_iter().filter_map(object).collect();
            }
        }
        _ => {}
    }
    Ok(outcome)
}

/// The outcome as recipes get it.
pub(super) fn result(outcome: Outcome) -> Dynamic {
    let count = |count: usize| Dynamic::from(i64::try_from(count).unwrap_or(i64::MAX));
    let rows = outcome
        .rows
        .into_iter()
        .map(|row| from_json(Value::Object(row)));
    let values = [
        (outcome.applied > 0).into(),
        count(outcome.applied),
        count(outcome.unchanged),
        count(outcome.retried),
        rows.collect::<Array>().into(),
    ];
    keyed_map(OUTCOME_KEYS, values).into()
}
