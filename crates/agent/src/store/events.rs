//! Events: what happened to a cluster once, and is no trouble by itself.

use super::{Store, read::unexpected};
use crate::{
    error::Error,
    health::{STARTS, STARTS_WITHIN},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use tokio_postgres::{Row, types::Type};

/// The kind of an event that is a start of a service.
pub const START: &str = "start";

/// A row of `cluster_events`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Start of the look that saw it first.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Part of the cluster.
    pub service: String,
    /// What kind of event it is, such as [`START`].
    pub kind: String,
    /// What happened.
    pub text: String,
}

impl Event {
    /// The start of a service, `count` of them within [`STARTS_WITHIN`].
    #[must_use]
    pub fn start(at: OffsetDateTime, service: &str, count: usize) -> Self {
        let within = STARTS_WITHIN.whole_minutes();
        let text = match count {
            0 | 1 => format!("{service} has started"),
            again if again < STARTS => {
                format!("{service} has started again, {again} times within {within} minutes")
            }
            again => format!(
                "{service} has started again, {again} times within {within} minutes, so it gets no more time to settle"
            ),
        };
        Self {
            at,
            service: service.to_owned(),
            kind: START.to_owned(),
            text,
        }
    }
}

impl Store {
    /// Writes an event; the same one again changes nothing. Says whether it was new.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn write_event(&self, cluster: &str, event: &Event) -> Result<bool, Error> {
        let rows = self
            .write(
                "INSERT INTO cluster_events (cluster, happened_at, service, kind, description) \
                 VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (cluster, happened_at, service, kind) DO NOTHING RETURNING id",
                &[
                    (&cluster, Type::TEXT),
                    (&event.at, Type::TIMESTAMPTZ),
                    (&event.service, Type::TEXT),
                    (&event.kind, Type::TEXT),
                    (&event.text, Type::TEXT),
                ],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    /// Events from `from` to `to`, both included, newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn events(
        &self,
        cluster: &str,
        from: OffsetDateTime,
        to: OffsetDateTime,
        limit: i64,
    ) -> Result<Vec<Event>, Error> {
        let rows = self
            .query(
                "SELECT happened_at, service, kind, description FROM cluster_events \
                 WHERE cluster = $1 AND happened_at >= $2 AND happened_at <= $3 \
                 ORDER BY happened_at DESC, service, kind LIMIT $4",
                &[
                    (&cluster, Type::TEXT),
                    (&from, Type::TIMESTAMPTZ),
                    (&to, Type::TIMESTAMPTZ),
                    (&limit, Type::INT8),
                ],
            )
            .await?;
        let event = |row: &Row| -> Result<Event, tokio_postgres::Error> {
            Ok(Event {
                at: row.try_get(0)?,
                service: row.try_get(1)?,
                kind: row.try_get(2)?,
                text: row.try_get(3)?,
            })
        };
        rows.iter()
            .map(event)
            .collect::<Result<_, _>>()
            .map_err(unexpected)
    }

    /// When services started within [`STARTS_WITHIN`] before `now`, by service, the oldest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn starts(
        &self,
        cluster: &str,
        now: OffsetDateTime,
    ) -> Result<BTreeMap<String, Vec<OffsetDateTime>>, Error> {
        let mut starts = BTreeMap::<String, Vec<OffsetDateTime>>::new();
        let events = self.events(cluster, now - STARTS_WITHIN, now, 1_000);
        for event in events.await?.into_iter().rev() {
            if event.kind == START {
                starts.entry(event.service).or_default().push(event.at);
            }
        }
        Ok(starts)
    }
}
