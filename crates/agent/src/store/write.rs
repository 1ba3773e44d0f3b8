//! Writes assessments and snapshots.

use super::Store;
use crate::{
    error::Error,
    explain::Explanation,
    health::State,
    signals::{Kind, Measured},
};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tokio_postgres::types::Type;

/// The reason for an assessment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// An observation changed the state.
    Observation,
    /// An assessment was due.
    Schedule,
}

impl Trigger {
    fn name(self) -> &'static str {
        match self {
            Self::Observation => "observation",
            Self::Schedule => "schedule",
        }
    }
}

/// A row of `health_assessments`.
#[derive(Debug, Clone)]
pub struct NewAssessment<'a> {
    /// Name of the cluster.
    pub cluster: &'a str,
    /// Time of the observation or the schedule.
    pub at: OffsetDateTime,
    /// The state of the cluster.
    pub state: State,
    /// The previous state; the same if it did not change.
    pub previous: State,
    /// Start of the state.
    pub since: OffsetDateTime,
    /// Why it is written.
    pub trigger: Trigger,
    /// Every signal, compared with its limits.
    pub signals: &'a [Measured],
    /// Open issues from logs.
    pub logs: &'a [String],
    /// The explanation of the state.
    pub explanation: &'a Explanation,
}

/// A row of `metrics_snapshots`.
#[derive(Debug, Clone)]
pub struct NewSnapshot<'a> {
    /// Name of the cluster.
    pub cluster: &'a str,
    /// Time of the observation.
    pub at: OffsetDateTime,
    /// The state after the observation.
    pub state: State,
    /// Values by name.
    pub signals: Map<String, Value>,
    /// Duration of the queries, in milliseconds.
    pub millis: i64,
}

impl Store {
    /// Writes an assessment, and returns whether it is new. Idempotent.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn write_assessment(&self, new: &NewAssessment<'_>) -> Result<bool, Error> {
        let of = |kind| -> Value {
            let signals = new.signals.iter().filter(|signal| signal.kind == kind);
            signals.map(|signal| json!(signal)).collect()
        };
        let key = format!(
            "{}:{}:{}",
            new.trigger.name(),
            new.cluster,
            new.at.unix_timestamp()
        );
        let said = new.explanation;
        let rows = self
            .write(
                "INSERT INTO health_assessments (idempotency_key, cluster, assessed_at, state, previous_state, \
                 state_since, changed, triggered_by, primary_signals, amplifiers, log_patterns, summary, \
                 explanation, likely_cause, recommendation, confidence, explained_by, model_id) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
                 ON CONFLICT (idempotency_key) DO NOTHING RETURNING id",
                &[
                    (&key, Type::TEXT),
                    (&new.cluster, Type::TEXT),
                    (&new.at, Type::TIMESTAMPTZ),
                    (&new.state.name(), Type::TEXT),
                    (&new.previous.name(), Type::TEXT),
                    (&new.since, Type::TIMESTAMPTZ),
                    (&(new.state != new.previous), Type::BOOL),
                    (&new.trigger.name(), Type::TEXT),
                    (&of(Kind::Primary), Type::JSONB),
                    (&of(Kind::Amplifier), Type::JSONB),
                    (&json!(new.logs), Type::JSONB),
                    (&said.summary, Type::TEXT),
                    (&said.what, Type::TEXT),
                    (&said.cause, Type::TEXT),
                    (&said.action, Type::TEXT),
                    (&said.confidence, Type::FLOAT8),
                    (&said.source(), Type::TEXT),
                    (&said.model_id, Type::TEXT),
                ],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    /// Writes a snapshot. Idempotent.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn write_snapshot(&self, new: &NewSnapshot<'_>) -> Result<(), Error> {
        let missing: Value = new
            .signals
            .iter()
            .filter(|(_, value)| value.is_null())
            .map(|(name, _)| json!(name))
            .collect();
        self.write(
            "INSERT INTO metrics_snapshots (cluster, taken_at, state, signals, missing, query_millis) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (cluster, taken_at) DO NOTHING",
            &[
                (&new.cluster, Type::TEXT),
                (&new.at, Type::TIMESTAMPTZ),
                (&new.state.name(), Type::TEXT),
                (&Value::Object(new.signals.clone()), Type::JSONB),
                (&missing, Type::JSONB),
                (&new.millis, Type::INT8),
            ],
        )
        .await
        .map(drop)
    }
}
