//! Reads the signals of a cluster from Prometheus (Mimir).

use super::Http;
use crate::{
    error::Error,
    signals::{BACKGROUND_FAILURES_QUERY, Reading, SERVICES, SIGNALS, ServiceReading, Thresholds},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Age of the newest sample from which it no longer describes the present: four scrapes of 15 s were
/// missed.
const STALE_AFTER_SECONDS: f64 = 75.0;

/// Age of the newest sample, in seconds.
const SAMPLE_AGE_QUERY: &str = "time() - max(timestamp(up{$S}))";
/// Number of processes that answer.
const ANSWERING_QUERY: &str = "sum(up{$S})";
/// Number of series about their work.
const ACTIVITY_QUERY: &str =
    r#"count({__name__=~"service_requests_total|persistence_requests_total", $S})"#;
/// Whether every process of a job answers.
const UP_QUERY: &str = "min by (job) (up{$S})";
/// Age of the youngest process of each job, in whole minutes: the server checks for deadlocks when it
/// starts and every minute after. There is no series with the start time of a process.
const PROCESS_AGE_QUERY: &str =
    "60 * (min by (job) (dd_namespace_registry_lock_latency_milliseconds_count{$S}) - 1)";

/// Queries for each service. Errors are those of calls for users' namespaces, and count only from a
/// rate of calls at which a single error is no trouble.
const SERVICE_QUERIES: [(&str, &str); 3] = [
    (
        "request_rate",
        r"sum by (service_name) (rate(service_requests_total{$S}[$W]))",
    ),
    (
        "error_ratio",
        r#"(sum by (service_name) (rate(service_errors_total{$S, namespace!~"temporal-system|_unknown_"}[$W])) or 0 * sum by (service_name) (rate(service_requests_total{$S, namespace!~"temporal-system|_unknown_"}[$W]))) / (sum by (service_name) (rate(service_requests_total{$S, namespace!~"temporal-system|_unknown_"}[$W])) > 0.5)"#,
    ),
    (
        "p99",
        r#"histogram_quantile(0.99, sum by (le, service_name) (rate(service_latency_milliseconds_bucket{$S, operation!~"Poll.*|GetWorkflowExecutionHistory|UpdateWorkflowExecution|QueryWorkflow|GetTaskQueueUserData|ListNexusEndpoints"}[$W]))) / 1000"#,
    ),
];

/// Every query, with `$S` for the label of the cluster and `$W` for the window.
pub fn queries() -> impl Iterator<Item = &'static str> {
    let of_signals = SIGNALS.iter().map(|signal| signal.query);
    let of_services = SERVICE_QUERIES.iter().map(|(_, query)| *query);
    let others = [
        SAMPLE_AGE_QUERY,
        ANSWERING_QUERY,
        ACTIVITY_QUERY,
        UP_QUERY,
        PROCESS_AGE_QUERY,
        BACKGROUND_FAILURES_QUERY,
    ];
    of_signals.chain(of_services).chain(others)
}

/// A client of Prometheus' query API, which Mimir also has.
#[derive(Debug, Clone)]
pub struct Prometheus {
    http: Http,
    url: String,
}

impl Prometheus {
    /// `url` is the base URL, without `/api/v1`.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self {
            http: Http::default(),
            url,
        }
    }

    /// Reads every signal of a cluster as of `at` (Unix time in seconds).
    ///
    /// # Errors
    /// [`Error::Metrics`] if a query fails. A cluster without data is not an error but a gap.
    pub async fn read(
        &self,
        thresholds: &Thresholds,
        cluster: &str,
        at: f64,
    ) -> Result<Reading, Error> {
        let ask = |query: &str| self.query(thresholds.query(query, cluster), at);
        let age = single(&ask(SAMPLE_AGE_QUERY).await?);
        let answering = single(&ask(ANSWERING_QUERY).await?);
        let series = single(&ask(ACTIVITY_QUERY).await?);
        if let Some(gap) = gap(cluster, age, answering, series) {
            return Ok(Reading::without_data(gap));
        }
        let mut reading = Reading::default();
        for signal in SIGNALS {
            let value = single(&ask(signal.query).await?);
            reading.values.insert(signal.name.to_owned(), value);
        }
        for service in SERVICES {
            reading
                .services
                .insert(service.to_owned(), ServiceReading::default());
        }
        reading.background = by_label(&ask(BACKGROUND_FAILURES_QUERY).await?, "operation");
        let up = by_label(&ask(UP_QUERY).await?, "job");
        let ages = self.ages(thresholds, cluster, at).await?;
        for (service, row) in &mut reading.services {
            let job = format!("temporal-{service}");
            row.up = up.get(&job).copied();
            row.age_seconds = ages.get(&job).copied();
        }
        for (field, query) in SERVICE_QUERIES {
            for (service, value) in by_label(&ask(query).await?, "service_name") {
                let Some(row) = reading.services.get_mut(&service) else {
                    continue;
                };
                match field {
                    "request_rate" => row.request_rate = Some(value),
                    "error_ratio" => row.error_ratio = Some(value),
                    _ => row.p99_seconds = Some(value),
                }
            }
        }
        Ok(reading)
    }

    /// The services of which a process has just started, as of `at`.
    ///
    /// # Errors
    /// [`Error::Metrics`] if the query fails.
    pub async fn just_started(
        &self,
        thresholds: &Thresholds,
        cluster: &str,
        at: f64,
    ) -> Result<Vec<String>, Error> {
        let ages = self.ages(thresholds, cluster, at).await?;
        let service = |(job, age): (String, f64)| {
            let service = ServiceReading {
                age_seconds: Some(age),
                ..ServiceReading::default()
            };
            let name = job.trim_start_matches("temporal-").to_owned();
            service.has_just_started().then_some(name)
        };
        Ok(ages.into_iter().filter_map(service).collect())
    }

    async fn ages(
        &self,
        thresholds: &Thresholds,
        cluster: &str,
        at: f64,
    ) -> Result<BTreeMap<String, f64>, Error> {
        let rows = self
            .query(thresholds.query(PROCESS_AGE_QUERY, cluster), at)
            .await?;
        Ok(by_label(&rows, "job"))
    }

    async fn query(&self, query: String, at: f64) -> Result<Vec<Value>, Error> {
        let url = format!("{}/api/v1/query", self.url);
        let parameters = vec![("query", query.clone()), ("time", format!("{at:.3}"))];
        let answer = self
            .http
            .get(url, parameters)
            .await
            .map_err(Error::Metrics)?;
        match answer["data"]["result"].as_array() {
            Some(rows) if answer["status"] == "success" => Ok(rows.clone()),
            _ => Err(Error::Metrics(format!("no result for {query}"))),
        }
    }
}

fn gap(
    cluster: &str,
    age: Option<f64>,
    answering: Option<f64>,
    series: Option<f64>,
) -> Option<String> {
    match age {
        None => Some(format!("there are no metrics of the cluster {cluster}")),
        Some(age) if age > STALE_AFTER_SECONDS => Some(format!(
            "the newest metrics of the cluster {cluster} are {age:.0} s old"
        )),
        Some(_) if answering > Some(0.0) && series.is_none() => Some(format!(
            "the services of the cluster {cluster} answer, but without metrics of their work"
        )),
        Some(_) => None,
    }
}

/// The value of a row; a ratio without samples is NaN or infinite, and counts as missing.
fn number(row: &Value) -> Option<f64> {
    let value = row["value"][1].as_str()?.parse::<f64>().ok()?;
    value.is_finite().then_some(value)
}

fn single(rows: &[Value]) -> Option<f64> {
    rows.first().and_then(number)
}

fn by_label(rows: &[Value], label: &str) -> BTreeMap<String, f64> {
    let pair = |row: &Value| Some((row["metric"][label].as_str()?.to_owned(), number(row)?));
    rows.iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::gap;

    #[test]
    fn missing_data_is_a_gap() {
        let says = |age, answering, series| gap("c", age, answering, series);
        assert_eq!(
            says(None, None, None).unwrap(),
            "there are no metrics of the cluster c"
        );
        assert_eq!(
            says(Some(76.0), Some(4.0), Some(4.0)).unwrap(),
            "the newest metrics of the cluster c are 76 s old"
        );
        assert_eq!(
            says(Some(5.0), Some(4.0), None).unwrap(),
            "the services of the cluster c answer, but without metrics of their work"
        );
        assert_eq!(says(Some(5.0), Some(4.0), Some(1.0)), None);
        // No service answers: that is data, and bad.
        assert_eq!(says(Some(5.0), Some(0.0), None), None);
    }
}
