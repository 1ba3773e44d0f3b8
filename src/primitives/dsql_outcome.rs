//! What came of SQL: as a recipe has it, and as a test says it.

use super::value::from_json;
use crate::fault::{Failure, Kind};
use crate::run::Answer;
use copilot_dsql::Outcome;
use rhai::{Array, Dynamic, Map};
use serde_json::Value;

/// What a test says that the server answers: rows, or `#{ applied, unchanged, rows }`.
pub fn recorded(answer: &Answer, reads: bool) -> Result<Outcome, Failure> {
    if !answer.ok() {
        return Err(Failure::new(Kind::Dsql, answer.why("the server refuses")));
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

/// As a recipe has it.
pub fn result(outcome: Outcome) -> Dynamic {
    let count = |count: usize| Dynamic::from(i64::try_from(count).unwrap_or(i64::MAX));
    let rows = outcome
        .rows
        .into_iter()
        .map(|row| from_json(Value::Object(row)));
    let mut map = Map::new();
    map.insert("changed".into(), (outcome.applied > 0).into());
    map.insert("applied".into(), count(outcome.applied));
    map.insert("unchanged".into(), count(outcome.unchanged));
    map.insert("retried".into(), count(outcome.retried));
    map.insert("rows".into(), rows.collect::<Array>().into());
    map.into()
}
