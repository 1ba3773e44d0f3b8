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

/// What an assessment came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// A look at the cluster changed the state.
    Observation,
    /// It was time.
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
    /// The cluster.
    pub cluster: &'a str,
    /// Start of the look it is of.
    pub at: OffsetDateTime,
    /// The state.
    pub state: State,
    /// The one before; the same where nothing changed.
    pub previous: State,
    /// Since when.
    pub since: OffsetDateTime,
    /// What it came from.
    pub trigger: Trigger,
    /// Every signal.
    pub signals: &'a [Measured],
    /// Open issues from logs.
    pub logs: &'a [String],
    /// What is said of it.
    pub explanation: &'a Explanation,
}

/// A row of `metrics_snapshots`.
#[derive(Debug, Clone)]
pub struct NewSnapshot<'a> {
    /// The cluster.
    pub cluster: &'a str,
    /// Start of the look.
    pub at: OffsetDateTime,
    /// The state after it.
    pub state: State,
    /// Names and values.
    pub signals: Map<String, Value>,
    /// Milliseconds that the queries took.
    pub millis: i64,
}

impl Store {
    /// Writes an assessment; the same one again changes nothing. Says whether it was new.
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

    /// Writes a snapshot; the same one again changes nothing.
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
