//! What is read from the store.

use super::Store;
use crate::{
    error::Error,
    health::State,
    signals::{Reading, SERVICES, SIGNALS, ServiceReading},
};
use serde_json::Value;
use time::OffsetDateTime;
use tokio_postgres::{Row, types::Type};

/// The newest assessment of a cluster.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// The state.
    pub state: State,
    /// Since when.
    pub since: OffsetDateTime,
    /// When it was written.
    pub at: OffsetDateTime,
    /// One line.
    pub summary: String,
    /// What is going on.
    pub what: String,
    /// The likely cause.
    pub cause: Option<String>,
    /// What to do.
    pub action: Option<String>,
    /// How sure that is.
    pub confidence: f64,
    /// `template` or `model`.
    pub source: String,
}

/// The newest look at a cluster.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Start of the look.
    pub at: OffsetDateTime,
    /// The state after it.
    pub state: State,
    /// Names and values.
    pub signals: Value,
}

/// The reading that a snapshot was made of; from null one without a value.
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
    /// When.
    pub at: OffsetDateTime,
    /// From which state.
    pub from: State,
    /// To which.
    pub to: State,
    /// Why.
    pub summary: String,
    /// How sure that is.
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

    /// The newest look at a cluster, if there is one.
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

    /// Changes of state from `from` to `to`, both included, newest first.
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

/// The schema's CHECK allows no other name; one from a newer schema is nothing that is known.
fn state(row: &Row, column: usize) -> Result<State, tokio_postgres::Error> {
    let name: String = row.try_get(column)?;
    Ok(State::named(&name).unwrap_or_default())
}

#[allow(clippy::needless_pass_by_value, reason = "it is given to map_err")]
pub(crate) fn unexpected(error: tokio_postgres::Error) -> Error {
    Error::Store(format!("a row is not as expected: {error}"))
}
