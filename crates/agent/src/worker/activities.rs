//! The activities: everything that the workflows do outside of their own code.

use super::{
    assessment::{open_log_issues, write_scheduled},
    findings::{issue, start_explains},
    observation::{Observation, Tick},
};
use crate::{
    config::Config,
    error::Error,
    explain::Explainer,
    health::{Machine, Memory, Starts, is_settling},
    signals::Reading,
    sources::{LogFinding, Loki, Prometheus},
    store::{NewAssessment, NewSnapshot, Store, Trigger},
    telemetry::{Metrics, Severity, event},
};
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use time::OffsetDateTime;

const QUERY_RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Holds the clients of everything outside the worker.
pub(crate) struct Activities {
    config: Config,
    store: Store,
    prometheus: Prometheus,
    loki: Loki,
    explainer: Explainer,
    metrics: Metrics,
}

#[activities]
impl Activities {
    /// Reads the signals and judges them. Mimir being unavailable is not a failure but a reading
    /// without data.
    #[activity]
    pub(crate) async fn observe(
        self: Arc<Self>,
        _context: ActivityContext,
        tick: Tick,
    ) -> Result<Observation, ActivityError> {
        let began = Instant::now();
        let memory = match tick.memory {
            Some(memory) => memory,
            None => self.memory_from_store(tick.at).await.map_err(failed)?,
        };
        let read = self.read_with_retry(tick.at).await;
        let unavailable = read.is_err();
        let reading = read.unwrap_or_else(|error| {
            self.log_failure("observe", &error);
            Reading::without_data("the metrics cannot be read")
        });
        let mut seen = Observation::judge(tick.at, &memory, reading, &self.config.thresholds);
        seen.millis = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        seen.every_millis = millis(self.config.observe_every);
        self.metrics.set_state(seen.state());
        for signal in &seen.signals {
            self.metrics.set_pressure(&signal.name, signal.pressure());
        }
        if unavailable {
            self.metrics
                .observed("observe", began.elapsed(), Some("mimir"));
        }
        Ok(seen)
    }

    /// Explains a change of state.
    #[activity]
    pub(crate) async fn explain(
        self: Arc<Self>,
        _context: ActivityContext,
        mut seen: Observation,
    ) -> Result<Observation, ActivityError> {
        // An explanation does not need the store.
        seen.logs = open_log_issues(&self.store, &self.config.cluster)
            .await
            .unwrap_or_default();
        let facts = seen.facts(&self.config.cluster, seen.logs.clone());
        seen.explanation = Some(self.explainer.explain(&facts).await);
        Ok(seen)
    }

    /// Writes observations to the store, oldest first. Idempotent.
    #[activity]
    pub(crate) async fn record(
        self: Arc<Self>,
        _context: ActivityContext,
        observations: Vec<Observation>,
    ) -> Result<(), ActivityError> {
        let began = Instant::now();
        let last_has_data = observations
            .last()
            .is_some_and(|it| it.reading.gap.is_none());
        for seen in &observations {
            if let Err(error) = self.write_observation(seen).await {
                self.log_failure("observe", &error);
                self.metrics
                    .observed("observe", began.elapsed(), Some("store"));
                return Err(failed(error));
            }
        }
        self.count_issues().await.map_err(failed)?;
        let millis = observations
            .last()
            .map_or(0, |it| u64::try_from(it.millis).unwrap_or(0));
        if last_has_data {
            let took = began.elapsed() + Duration::from_millis(millis);
            self.metrics.observed("observe", took, None);
        }
        Ok(())
    }

    /// Turns patterns in the logs into issues. Returns the interval until the next iteration, in
    /// milliseconds.
    #[activity]
    pub(crate) async fn watch_logs(
        self: Arc<Self>,
        _context: ActivityContext,
        tick: Tick,
    ) -> Result<u64, ActivityError> {
        let began = Instant::now();
        let ended = self.record_log_issues(tick.at).await;
        let failed_source = ended.as_ref().err().map(|error| {
            self.log_failure("logs", error);
            error.source_name()
        });
        self.metrics
            .observed("logs", began.elapsed(), failed_source);
        Ok(millis(self.config.observe_every))
    }

    /// Writes an assessment and deletes old rows. Returns the interval until the next iteration, in
    /// milliseconds.
    #[activity]
    pub(crate) async fn assess(
        self: Arc<Self>,
        _context: ActivityContext,
        tick: Tick,
    ) -> Result<u64, ActivityError> {
        let began = Instant::now();
        let ended = self.write_scheduled_assessment(tick.at).await;
        let failed_source = ended.as_ref().err().map(|error| {
            self.log_failure("assess", error);
            error.source_name()
        });
        self.metrics
            .observed("assess", began.elapsed(), failed_source);
        Ok(millis(self.config.assess_every))
    }
}

impl Activities {
    pub(crate) fn new(config: Config, store: Store, metrics: Metrics) -> Self {
        Self {
            prometheus: Prometheus::new(config.prometheus_url.clone()),
            loki: Loki::new(config.loki_url.clone()),
            explainer: Explainer::new(&config, metrics.clone()),
            config,
            store,
            metrics,
        }
    }

    /// Restores the memory, so that a lost workflow continues where it was.
    async fn memory_from_store(&self, at: OffsetDateTime) -> Result<Memory, Error> {
        let before = self.store.assessment(&self.config.cluster).await?;
        // A store without the table of events has no starts.
        let starts = self
            .store
            .starts(&self.config.cluster, at)
            .await
            .unwrap_or_default();
        let memory = Memory {
            starts: starts
                .into_iter()
                .map(|(service, seen)| (service, Starts::seen(seen)))
                .collect(),
            ..Memory::new(at)
        };
        Ok(match before {
            Some(said) => Memory {
                machine: Machine::starting(said.state),
                since: said.since,
                ..memory
            },
            None => memory,
        })
    }

    async fn read_with_retry(&self, at: OffsetDateTime) -> Result<Reading, Error> {
        let read = || {
            let config = &self.config;
            self.prometheus
                .read(&config.thresholds, &config.cluster, seconds(at))
        };
        if let Ok(reading) = read().await {
            return Ok(reading);
        }
        tokio::time::sleep(QUERY_RETRY_PAUSE).await;
        read().await
    }

    async fn write_observation(&self, seen: &Observation) -> Result<(), Error> {
        let cluster = &self.config.cluster;
        self.store
            .write_snapshot(&NewSnapshot {
                cluster,
                at: seen.at,
                state: seen.state(),
                signals: seen.values(),
                millis: seen.millis,
            })
            .await?;
        if let Some(explanation) = &seen.explanation {
            let new = self
                .store
                .write_assessment(&NewAssessment {
                    cluster,
                    at: seen.at,
                    state: seen.state(),
                    previous: seen.previous,
                    since: seen.memory.since,
                    trigger: Trigger::Observation,
                    signals: &seen.signals,
                    logs: &seen.logs,
                    explanation,
                })
                .await?;
            if new {
                self.metrics.state_changed(seen.previous, seen.state());
                let fields = [
                    ("from", json!(seen.previous)),
                    ("to", json!(seen.state())),
                    ("summary", json!(explanation.summary)),
                ];
                event(Severity::Info, "the state changed", &fields);
            }
        }
        self.store
            .write_issues(cluster, "metrics", seen.at, &seen.issues())
            .await?;
        for it in &seen.events {
            match self.store.write_event(cluster, it).await {
                Ok(true) => {
                    let fields = [
                        ("service", json!(it.service)),
                        ("kind", json!(it.kind)),
                        ("text", json!(it.text)),
                    ];
                    event(Severity::Info, "cluster event", &fields);
                }
                Ok(false) => {}
                // A store without the table of events must not hold up observations.
                Err(error) => self.log_failure("observe", &error),
            }
        }
        Ok(())
    }

    async fn count_issues(&self) -> Result<(), Error> {
        let open = self.store.open_issues(&self.config.cluster, 1_000).await?;
        let critical = open.iter().filter(|it| it.severity == "critical").count();
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        self.metrics
            .set_issues(count(open.len() - critical), count(critical));
        Ok(())
    }

    async fn record_log_issues(&self, at: OffsetDateTime) -> Result<(), Error> {
        let cluster = &self.config.cluster;
        let found = self.loki.read(cluster, at.unix_timestamp_nanos()).await?;
        let settling = if found.iter().any(start_explains) {
            self.settling(at).await?
        } else {
            Vec::new()
        };
        let is_start = |it: &LogFinding| start_explains(it) && settling.contains(&it.service);
        let trouble = found.iter().filter(|it| !is_start(it));
        let issues: Vec<_> = trouble.filter_map(issue).collect();
        self.store
            .write_issues(cluster, "logs", at, &issues)
            .await?;
        self.count_issues().await
    }

    /// The services that get time to settle after a start; none without metrics.
    async fn settling(&self, at: OffsetDateTime) -> Result<Vec<String>, Error> {
        let config = &self.config;
        let started = self
            .prometheus
            .just_started(&config.thresholds, &config.cluster, seconds(at))
            .await
            .unwrap_or_default();
        let starts = self
            .store
            .starts(&config.cluster, at)
            .await
            .unwrap_or_default();
        let count = |service: &String| starts.get(service).map_or(0, Vec::len);
        let settling = started
            .into_iter()
            .filter(|it| is_settling(true, count(it)));
        Ok(settling.collect())
    }

    async fn write_scheduled_assessment(&self, at: OffsetDateTime) -> Result<(), Error> {
        write_scheduled(&self.config, &self.store, &self.explainer, at).await?;
        let deleted = self.store.delete_before(at - self.config.retention).await?;
        if deleted > 0 {
            event(
                Severity::Info,
                "deleted old rows",
                &[("rows", json!(deleted))],
            );
        }
        Ok(())
    }

    fn log_failure(&self, workflow: &str, error: &Error) {
        let fields = [
            ("workflow", json!(workflow)),
            ("cluster", json!(self.config.cluster)),
            ("error", json!(error.to_string())),
        ];
        event(Severity::Warn, "an observation failed", &fields);
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "whole seconds since 1970 fit a double"
)]
fn seconds(at: OffsetDateTime) -> f64 {
    at.unix_timestamp() as f64
}

fn millis(pause: Duration) -> u64 {
    u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)
}

fn failed(error: Error) -> ActivityError {
    ActivityError::from(error)
}
