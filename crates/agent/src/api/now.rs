//! Reads the current state of the cluster from the store.

use crate::{
    config::Config,
    error::Error,
    health::State,
    signals::{Measured, Reading},
    store::{Assessment, Snapshot, Store, reading},
};
use serde_json::Value;
use std::time::Duration;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The current state of the cluster.
pub(super) struct Now {
    /// The state; Unknown when the worker no longer observes the cluster.
    pub state: State,
    /// Start of the state, if the cluster was ever observed.
    pub since: Option<OffsetDateTime>,
    /// The newest observation.
    pub snapshot: Option<Snapshot>,
    /// The newest assessment, if it is about the current state.
    pub assessment: Option<Assessment>,
    /// Why there is no current observation, if there is none.
    pub gap: Option<String>,
}

impl Now {
    /// Reads the newest rows of the store.
    pub(super) async fn read(store: &Store, config: &Config) -> Result<Self, Error> {
        let (snapshot, assessment) = tokio::join!(
            store.snapshot(&config.cluster),
            store.assessment(&config.cluster)
        );
        let now = OffsetDateTime::now_utc();
        Ok(Self::judge(
            snapshot?,
            assessment?,
            now,
            config.stale_after(),
        ))
    }

    fn judge(
        snapshot: Option<Snapshot>,
        assessment: Option<Assessment>,
        now: OffsetDateTime,
        stale_after: Duration,
    ) -> Self {
        let gap = match &snapshot {
            None => Some("The worker has not observed the cluster yet.".to_owned()),
            Some(snapshot) if now - snapshot.at > stale_after => Some(format!(
                "The worker has not observed the cluster since {}.",
                utc(snapshot.at)
            )),
            Some(_) => None,
        };
        let seen = snapshot.as_ref().map(|snapshot| snapshot.at);
        let (state, since) = match (&gap, &assessment, &snapshot) {
            (Some(_), ..) | (None, None, None) => (State::Unknown, seen),
            // The snapshot is newer than the assessment while an explanation is being written.
            (None, Some(said), Some(snapshot)) if said.state == snapshot.state => {
                (said.state, Some(said.since))
            }
            (None, _, Some(snapshot)) => (snapshot.state, Some(snapshot.at)),
            (None, Some(said), None) => (said.state, Some(said.since)),
        };
        let assessment = assessment.filter(|said| gap.is_none() && said.state == state);
        Self {
            state,
            since,
            snapshot,
            assessment,
            gap,
        }
    }

    /// The state in one line.
    pub(super) fn summary(&self) -> String {
        match (&self.gap, &self.assessment) {
            (Some(gap), _) => gap.clone(),
            (None, Some(said)) => said.summary.clone(),
            (None, None) => format!(
                "The cluster is {}; there is no explanation yet.",
                self.state.name()
            ),
        }
    }

    /// Confidence of the assessment, 0 to 1.
    pub(super) fn confidence(&self) -> f64 {
        self.assessment.as_ref().map_or(0.0, |said| said.confidence)
    }

    /// The newest values, as a reading; without values if there is a gap.
    pub(super) fn reading(&self) -> Reading {
        match (&self.gap, &self.snapshot) {
            (None, Some(snapshot)) => reading(&snapshot.signals),
            _ => reading(&Value::Null),
        }
    }

    /// Every signal, compared with its limits.
    pub(super) fn signals(&self, config: &Config) -> Vec<Measured> {
        self.reading().measured(&config.thresholds, self.state)
    }
}

/// Formats a time for the API: RFC 3339 in UTC.
pub(super) fn utc(time: OffsetDateTime) -> String {
    let time = time.to_offset(time::UtcOffset::UTC);
    time.format(&Rfc3339).unwrap_or_default()
}
