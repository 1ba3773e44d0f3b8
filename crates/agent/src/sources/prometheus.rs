//! What Prometheus (Mimir) says of a cluster.

use super::Http;
use crate::{
    error::Error,
    signals::{BACKGROUND, Reading, SERVICES, SIGNALS, ServiceReading, Thresholds},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Age in seconds from which the newest sample says nothing about now: four scrapes of 15 s missed.
const STALE: f64 = 75.0;

/// Age of the newest sample, in seconds.
const NEWEST: &str = "time() - max(timestamp(up{$S}))";
/// How many services answer.
const ANSWERING: &str = "sum(up{$S})";
/// Whether they measure their work.
const WORKING: &str =
    r#"count({__name__=~"service_requests_total|persistence_requests_total", $S})"#;
/// Whether each job answers.
const UP: &str = "min by (job) (up{$S})";
/// Age of the youngest process of each job, in whole minutes: the server looks for deadlocks when it
/// starts and every minute from then on. There is no series of a process's start.
const AGE: &str =
    "60 * (min by (job) (dd_namespace_registry_lock_latency_milliseconds_count{$S}) - 1)";

/// What is asked about each service. Errors are those of calls for namespaces of users, and from so many
/// calls on that a single one is no trouble.
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

/// Every query that is asked, with `$S` and `$W` for the labels of the cluster and the window.
pub fn queries() -> impl Iterator<Item = &'static str> {
    let of_signals = SIGNALS.iter().map(|signal| signal.query);
    let of_services = SERVICE_QUERIES.iter().map(|(_, query)| *query);
    let others = [NEWEST, ANSWERING, WORKING, UP, AGE, BACKGROUND];
    of_signals.chain(of_services).chain(others)
}

/// The query API of Prometheus, which Mimir speaks too.
#[derive(Debug, Clone)]
pub struct Prometheus {
    http: Http,
    url: String,
}

impl Prometheus {
    /// One at this prefix.
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
    /// [`Error::Metrics`] when a query is not answered. A cluster without data is no error but a gap.
    pub async fn read(
        &self,
        thresholds: &Thresholds,
        cluster: &str,
        at: f64,
    ) -> Result<Reading, Error> {
        let ask = |query: &str| self.query(thresholds.query(query, cluster), at);
        let age = single(&ask(NEWEST).await?);
        let answering = single(&ask(ANSWERING).await?);
        let series = single(&ask(WORKING).await?);
        if let Some(gap) = gap(cluster, age, answering, series) {
            return Ok(Reading::none(gap));
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
        reading.background = by_label(&ask(BACKGROUND).await?, "operation");
        let up = by_label(&ask(UP).await?, "job");
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

    /// Services of which a process has just started, as of `at`.
    ///
    /// # Errors
    /// [`Error::Metrics`] when the query is not answered.
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
        let rows = self.query(thresholds.query(AGE, cluster), at).await?;
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
        None => Some(format!("no metrics of the cluster {cluster} are there")),
        Some(age) if age > STALE => Some(format!(
            "the newest metrics of the cluster {cluster} are {age:.0} s old"
        )),
        Some(_) if answering > Some(0.0) && series.is_none() => Some(format!(
            "the services of the cluster {cluster} answer, but without a metric of their work"
        )),
        Some(_) => None,
    }
}

/// The number of a row; NaN and infinity are what a share of nothing gives.
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
    fn what_is_not_seen_is_a_gap() {
        let says = |age, answering, series| gap("c", age, answering, series);
        assert_eq!(
            says(None, None, None).unwrap(),
            "no metrics of the cluster c are there"
        );
        assert_eq!(
            says(Some(76.0), Some(4.0), Some(4.0)).unwrap(),
            "the newest metrics of the cluster c are 76 s old"
        );
        assert_eq!(
            says(Some(5.0), Some(4.0), None).unwrap(),
            "the services of the cluster c answer, but without a metric of their work"
        );
        assert_eq!(says(Some(5.0), Some(4.0), Some(1.0)), None);
        // Nobody answers: that is known, and bad.
        assert_eq!(says(Some(5.0), Some(0.0), None), None);
    }
}
