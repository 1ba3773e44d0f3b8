//! The metrics that the worker and the API expose to Prometheus.

use crate::health::State;
use prometheus::{
    Encoder, GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};
use std::time::Duration;

/// The metrics of one program. Clones share the same values.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    state: IntGauge,
    changes: IntCounterVec,
    issues: IntGaugeVec,
    pressure: GaugeVec,
    observations: IntCounterVec,
    failures: IntCounterVec,
    durations: HistogramVec,
    last: GaugeVec,
    explanations: IntCounterVec,
    fallbacks: IntCounterVec,
    store_errors: IntCounterVec,
    requests: IntCounterVec,
    request_durations: HistogramVec,
}

const WORKFLOWS: [&str; 3] = ["observe", "logs", "assess"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    Worker,
    Api,
}

impl Metrics {
    /// The worker's metrics, all registered.
    ///
    /// # Errors
    /// A duplicate name, which is a bug in this file.
    pub fn worker() -> Result<Self, prometheus::Error> {
        Self::new(Program::Worker)
    }

    /// The API's metrics, all registered.
    ///
    /// # Errors
    /// A duplicate name, which is a bug in this file.
    pub fn api() -> Result<Self, prometheus::Error> {
        Self::new(Program::Api)
    }

    fn new(program: Program) -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str, labels: &[&str]| {
            IntCounterVec::new(Opts::new(name, help), labels)
        };
        let buckets = vec![
            0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
        ];
        let histogram = |name: &str, help: &str, labels: &[&str]| {
            HistogramVec::new(
                HistogramOpts::new(name, help).buckets(buckets.clone()),
                labels,
            )
        };
        let metrics = Self {
            registry: Registry::new(),
            state: IntGauge::new(
                "copilot_health_state",
                "The state: 0 unknown, 1 happy, 2 stressed, 3 critical",
            )?,
            changes: counter(
                "copilot_state_changes_total",
                "Changes of state",
                &["from", "to"],
            )?,
            issues: IntGaugeVec::new(
                Opts::new("copilot_issues_open", "Open issues"),
                &["severity"],
            )?,
            pressure: GaugeVec::new(
                Opts::new(
                    "copilot_signal_pressure_ratio",
                    "Value of a signal divided by its Critical limit",
                ),
                &["signal"],
            )?,
            observations: counter(
                "copilot_observations_total",
                "Observations, including failed ones",
                &["workflow"],
            )?,
            failures: counter(
                "copilot_observation_failures_total",
                "Failed observations, by the source that failed",
                &["workflow", "source"],
            )?,
            durations: histogram(
                "copilot_observation_duration_seconds",
                "Duration of an observation",
                &["workflow"],
            )?,
            last: GaugeVec::new(
                Opts::new(
                    "copilot_last_observation_timestamp_seconds",
                    "Unix time of the last successful observation",
                ),
                &["workflow"],
            )?,
            explanations: counter(
                "copilot_explanations_total",
                "Explanations written",
                &["source"],
            )?,
            fallbacks: counter(
                "copilot_explanation_fallbacks_total",
                "Explanations by the template because the model failed",
                &["reason"],
            )?,
            store_errors: counter(
                "copilot_store_errors_total",
                "Calls to the store that failed after retries",
                &["operation"],
            )?,
            requests: counter(
                "copilot_http_requests_total",
                "Responses",
                &["method", "path", "status"],
            )?,
            request_durations: histogram(
                "copilot_http_request_duration_seconds",
                "Time to the response",
                &["method", "path"],
            )?,
        };
        metrics.register(program)?;
        metrics.start_at_zero(program);
        Ok(metrics)
    }

    fn register(&self, program: Program) -> Result<(), prometheus::Error> {
        let add =
            |it: &dyn Fn() -> Box<dyn prometheus::core::Collector>| self.registry.register(it());
        add(&|| Box::new(self.store_errors.clone()))?;
        if program == Program::Api {
            add(&|| Box::new(self.requests.clone()))?;
            return add(&|| Box::new(self.request_durations.clone()));
        }
        add(&|| Box::new(self.state.clone()))?;
        add(&|| Box::new(self.changes.clone()))?;
        add(&|| Box::new(self.issues.clone()))?;
        add(&|| Box::new(self.pressure.clone()))?;
        add(&|| Box::new(self.observations.clone()))?;
        add(&|| Box::new(self.failures.clone()))?;
        add(&|| Box::new(self.durations.clone()))?;
        add(&|| Box::new(self.last.clone()))?;
        add(&|| Box::new(self.explanations.clone()))?;
        add(&|| Box::new(self.fallbacks.clone()))
    }

    /// A missing counter cannot be distinguished from one that is not scraped.
    fn start_at_zero(&self, program: Program) {
        for operation in ["read", "write"] {
            self.store_errors.with_label_values(&[operation]);
        }
        if program == Program::Api {
            return;
        }
        for from in State::ALL {
            for to in State::ALL.into_iter().filter(|to| *to != from) {
                if from != State::Happy || to != State::Critical {
                    self.changes.with_label_values(&[from.name(), to.name()]);
                }
            }
        }
        for severity in ["warning", "critical"] {
            self.issues.with_label_values(&[severity]);
        }
        for workflow in WORKFLOWS {
            self.observations.with_label_values(&[workflow]);
            self.durations.with_label_values(&[workflow]);
            for source in ["mimir", "loki", "store"] {
                self.failures.with_label_values(&[workflow, source]);
            }
        }
        for source in ["template", "model"] {
            self.explanations.with_label_values(&[source]);
        }
        for reason in ["timeout", "error"] {
            self.fallbacks.with_label_values(&[reason]);
        }
    }

    /// Sets the state of the cluster.
    pub fn set_state(&self, state: State) {
        self.state.set(state.gauge());
    }

    /// Counts a change of state.
    pub fn state_changed(&self, from: State, to: State) {
        self.changes
            .with_label_values(&[from.name(), to.name()])
            .inc();
    }

    /// Sets the numbers of open issues.
    pub fn set_issues(&self, warning: i64, critical: i64) {
        self.issues.with_label_values(&["warning"]).set(warning);
        self.issues.with_label_values(&["critical"]).set(critical);
    }

    /// Sets the ratio of a signal's value to its upper limit.
    pub fn set_pressure(&self, signal: &str, ratio: f64) {
        self.pressure.with_label_values(&[signal]).set(ratio);
    }

    /// Counts an observation; `failed_source` is what made it fail, if it did.
    pub fn observed(&self, workflow: &str, took: Duration, failed_source: Option<&str>) {
        self.observations.with_label_values(&[workflow]).inc();
        self.durations
            .with_label_values(&[workflow])
            .observe(took.as_secs_f64());
        if let Some(source) = failed_source {
            self.failures.with_label_values(&[workflow, source]).inc();
        } else {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            let seconds = now.map_or(0.0, |now| now.as_secs_f64());
            self.last.with_label_values(&[workflow]).set(seconds);
        }
    }

    /// Counts an explanation by `template` or `model`.
    pub fn explained(&self, source: &str) {
        self.explanations.with_label_values(&[source]).inc();
    }

    /// Counts a failure of the model by `timeout` or `error`.
    pub fn fell_back(&self, reason: &str) {
        self.fallbacks.with_label_values(&[reason]).inc();
    }

    /// Counts a failed call to the store.
    pub fn store_failed(&self, read: bool) {
        let operation = if read { "read" } else { "write" };
        self.store_errors.with_label_values(&[operation]).inc();
    }

    /// Counts a response of the API.
    pub fn answered(&self, method: &str, path: &str, status: u16, took: Duration) {
        self.requests
            .with_label_values(&[method, path, &status.to_string()])
            .inc();
        self.request_durations
            .with_label_values(&[method, path])
            .observe(took.as_secs_f64());
    }
}

/// Encodes the metrics in Prometheus' text format.
///
/// # Errors
/// A message; it is a bug in this file.
pub fn expose(metrics: &Metrics) -> Result<String, String> {
    let mut text = Vec::new();
    TextEncoder::new()
        .encode(&metrics.registry.gather(), &mut text)
        .map_err(|error| error.to_string())?;
    String::from_utf8(text).map_err(|error| error.to_string())
}
