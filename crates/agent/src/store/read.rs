//! Reads assessments, snapshots and the timeline.

use super::Store;
use crate::{
    error::Error,
    health::State,
    signals::{Reading, SERVICES, SIGNALS, ServiceReading},
};
use serde_json::Value;
use time::OffsetDateTime;
use tokio_postgres::{Row, types::Type};

/// A row of `health_assessments`.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// The state of the cluster.
    pub state: State,
    /// Start of the state.
    pub since: OffsetDateTime,
    /// When it was written.
    pub at: OffsetDateTime,
    /// All of it in one line.
    pub summary: String,
    /// What is happening, and since when.
    pub what: String,
    /// The likely cause, if known.
    pub cause: Option<String>,
    /// What to do, if anything.
    pub action: Option<String>,
    /// Confidence, 0 to 1.
    pub confidence: f64,
    /// `template` or `model`.
    pub source: String,
}

/// A row of `metrics_snapshots`.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Time of the observation.
    pub at: OffsetDateTime,
    /// The state after the observation.
    pub state: State,
    /// Values by name.
    pub signals: Value,
}

/// Restores a reading from the values of a snapshot; null gives a reading without values.
#[must_use]
pub fn reading(values: &Value) -> Reading {
    let mut reading = Reading::default();
    for signal in SIGNALS {
        let value = values[signal.name].as_f64();
        reading.values.insert(signal.name.to_owned(), value);
    }
    for service in SERVICES {
        let value = |field: &str| values[format!("{service}.{field}")].as_f64();
        let read = ServiceReading {
            up: value("up"),
            request_rate: value("request_rate"),
            error_ratio: value("error_ratio"),
            p99_seconds: value("p99_seconds"),
            age_seconds: value("age_seconds"),
        };
        reading.services.insert(service.to_owned(), read);
    }
    reading
}

/// A change of state.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Time of the change.
    pub at: OffsetDateTime,
    /// The previous state.
    pub from: State,
    /// The new state.
    pub to: State,
    /// The explanation in one line.
    pub summary: String,
    /// Confidence, 0 to 1.
    pub confidence: f64,
}

impl Store {
    /// The newest assessment of a cluster, if there is one.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn assessment(&self, cluster: &str) -> Result<Option<Assessment>, Error> {
        let rows = self
            .query(
                "SELECT state, state_since, assessed_at, summary, explanation, likely_cause, recommendation, \
                 confidence, explained_by FROM health_assessments WHERE cluster = $1 \
                 ORDER BY assessed_at DESC, changed DESC LIMIT 1",
                &[(&cluster, Type::TEXT)],
            )
            .await?;
        let assessment = |row: &Row| -> Result<Assessment, tokio_postgres::Error> {
            Ok(Assessment {
                state: state(row, 0)?,
                since: row.try_get(1)?,
                at: row.try_get(2)?,
                summary: row.try_get(3)?,
                what: row.try_get(4)?,
                cause: row.try_get(5)?,
                action: row.try_get(6)?,
                confidence: row.try_get(7)?,
                source: row.try_get(8)?,
            })
        };
        rows.first().map(assessment).transpose().map_err(unexpected)
    }

    /// The newest snapshot of a cluster, if there is one.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn snapshot(&self, cluster: &str) -> Result<Option<Snapshot>, Error> {
        let rows = self
            .query(
                "SELECT taken_at, state, signals FROM metrics_snapshots WHERE cluster = $1 \
                 ORDER BY taken_at DESC LIMIT 1",
                &[(&cluster, Type::TEXT)],
            )
            .await?;
        let snapshot = |row: &Row| -> Result<Snapshot, tokio_postgres::Error> {
            Ok(Snapshot {
                at: row.try_get(0)?,
                state: state(row, 1)?,
                signals: row.try_get(2)?,
            })
        };
        rows.first().map(snapshot).transpose().map_err(unexpected)
    }

    /// Changes of state from `from` to `to` inclusive, newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn timeline(
        &self,
        cluster: &str,
        from: OffsetDateTime,
        to: OffsetDateTime,
        limit: i64,
    ) -> Result<Vec<Entry>, Error> {
        let rows = self
            .query(
                "SELECT assessed_at, coalesce(previous_state, 'unknown'), state, summary, confidence \
                 FROM health_assessments WHERE cluster = $1 AND changed AND assessed_at >= $2 AND assessed_at <= $3 \
                 ORDER BY assessed_at DESC LIMIT $4",
                &[
                    (&cluster, Type::TEXT),
                    (&from, Type::TIMESTAMPTZ),
                    (&to, Type::TIMESTAMPTZ),
                    (&limit, Type::INT8),
                ],
            )
            .await?;
        let entry = |row: &Row| -> Result<Entry, tokio_postgres::Error> {
            Ok(Entry {
                at: row.try_get(0)?,
                from: state(row, 1)?,
                to: state(row, 2)?,
                summary: row.try_get(3)?,
                confidence: row.try_get(4)?,
            })
        };
        rows.iter()
            .map(entry)
            .collect::<Result<_, _>>()
            .map_err(unexpected)
    }
}

/// The schema's CHECK allows no other name; one from a newer schema reads as Unknown.
fn state(row: &Row, column: usize) -> Result<State, tokio_postgres::Error> {
    let name: String = row.try_get(column)?;
    Ok(State::named(&name).unwrap_or_default())
}

#[expect(clippy::needless_pass_by_value, reason = "it is passed to map_err")]
pub(crate) fn unexpected(error: tokio_postgres::Error) -> Error {
    Error::Store(format!("unexpected row: {error}"))
}
