//! What is known of the cluster now.

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

/// What is known of the cluster now.
pub struct Now {
    /// The state; Unknown when nobody looks any more.
    pub state: State,
    /// Since when, if anybody ever looked.
    pub since: Option<OffsetDateTime>,
    /// The newest look.
    pub snapshot: Option<Snapshot>,
    /// The newest assessment, if it is of now.
    pub assessment: Option<Assessment>,
    /// Why there is nothing to say, if there is not.
    pub silent: Option<String>,
}

impl Now {
    /// Reads it from the store.
    pub async fn read(store: &Store, config: &Config) -> Result<Self, Error> {
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
        let silent = match &snapshot {
            None => Some("The worker has not looked at the cluster yet.".to_owned()),
            Some(look) if now - look.at > stale_after => Some(format!(
                "The worker has not looked at the cluster since {}.",
                utc(look.at)
            )),
            Some(_) => None,
        };
        let seen = snapshot.as_ref().map(|look| look.at);
        let (state, since) = match (&silent, &assessment, &snapshot) {
            (Some(_), ..) | (None, None, None) => (State::Unknown, seen),
            // The snapshot is the newer of the two while an assessment is being worded.
            (None, Some(said), Some(look)) if said.state == look.state => {
                (said.state, Some(said.since))
            }
            (None, _, Some(look)) => (look.state, Some(look.at)),
            (None, Some(said), None) => (said.state, Some(said.since)),
        };
        let assessment = assessment.filter(|said| silent.is_none() && said.state == state);
        Self {
            state,
            since,
            snapshot,
            assessment,
            silent,
        }
    }

    /// One line.
    pub fn summary(&self) -> String {
        match (&self.silent, &self.assessment) {
            (Some(silent), _) => silent.clone(),
            (None, Some(said)) => said.summary.clone(),
            (None, None) => format!(
                "The cluster is {}; it is not explained yet.",
                self.state.name()
            ),
        }
    }

    /// How sure that is.
    pub fn confidence(&self) -> f64 {
        self.assessment.as_ref().map_or(0.0, |said| said.confidence)
    }

    /// The newest values, as a reading; none when nobody looks.
    pub fn reading(&self) -> Reading {
        match (&self.silent, &self.snapshot) {
            (None, Some(look)) => reading(&look.signals),
            _ => reading(&Value::Null),
        }
    }

    /// Every signal, judged.
    pub fn signals(&self, config: &Config) -> Vec<Measured> {
        self.reading().measured(&config.thresholds, self.state)
    }
}

/// A time as the API writes it: UTC, RFC 3339.
pub fn utc(time: OffsetDateTime) -> String {
    let time = time.to_offset(time::UtcOffset::UTC);
    time.format(&Rfc3339).unwrap_or_default()
}
