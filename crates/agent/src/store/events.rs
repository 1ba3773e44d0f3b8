//! Events: single occurrences that are not a problem by themselves, such as the start of a service.

use super::{Store, read::unexpected};
use crate::{
    error::Error,
    health::{RESTART_LIMIT, RESTART_WINDOW},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use tokio_postgres::{Row, types::Type};

/// [`Event::kind`] of the start of a service.
pub const START_KIND: &str = "start";

/// A row of `cluster_events`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Time of the first observation that shows it.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The service that it concerns, such as `history`.
    pub service: String,
    /// The kind of event, such as [`START_KIND`].
    pub kind: String,
    /// A sentence without its full stop.
    pub text: String,
}

impl Event {
    /// The start of a service, the `count`th within [`RESTART_WINDOW`].
    #[must_use]
    pub fn start(at: OffsetDateTime, service: &str, count: usize) -> Self {
        let within = RESTART_WINDOW.whole_minutes();
        let text = match count {
            0 | 1 => format!("{service} has started"),
            again if again < RESTART_LIMIT => {
                format!("{service} has started again, {again} times within {within} minutes")
            }
            again => format!(
                "{service} has started again, {again} times within {within} minutes, so it gets no more time to settle"
            ),
        };
        Self {
            at,
            service: service.to_owned(),
            kind: START_KIND.to_owned(),
            text,
        }
    }
}

impl Store {
    /// Writes an event, and returns whether it is new. Idempotent.
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

    /// Events from `from` to `to` inclusive, newest first.
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

    /// Times of starts within [`RESTART_WINDOW`] before `now`, by service, oldest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn starts(
        &self,
        cluster: &str,
        now: OffsetDateTime,
    ) -> Result<BTreeMap<String, Vec<OffsetDateTime>>, Error> {
        let mut starts = BTreeMap::<String, Vec<OffsetDateTime>>::new();
        let events = self.events(cluster, now - RESTART_WINDOW, now, 1_000);
        for event in events.await?.into_iter().rev() {
            if event.kind == START_KIND {
                starts.entry(event.service).or_default().push(event.at);
            }
        }
        Ok(starts)
    }
}
