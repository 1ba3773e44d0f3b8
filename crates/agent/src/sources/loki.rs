//! Finds patterns of trouble in the logs of a cluster, with Loki.

use super::Http;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Log lines that mean that something is wrong.
#[derive(Debug)]
pub struct Pattern {
    /// Part of the fingerprint.
    pub name: &'static str,
    /// Regular expression (RE2) that the lines match.
    pub regex: &'static str,
    /// Lines within a minute that make it an issue.
    pub min_lines: f64,
    /// Whether the issue is critical rather than a warning.
    pub critical: bool,
    /// Whether the recent start of a service excuses it.
    pub start_explains: bool,
    /// Title of the issue: what is wrong.
    pub title: &'static str,
    /// The recommended action.
    pub action: &'static str,
}

/// Delay of the query for lines that a start excuses: by then the metrics show the start.
const START_DELAY_NANOS: i128 = 30_000_000_000;

/// The range of a query: one minute.
const WINDOW_NANOS: i128 = 60_000_000_000;

/// Every pattern.
pub const LOG_PATTERNS: &[Pattern] = &[
    Pattern {
        name: "panic",
        regex: "(?i)panic:|\"level\":\"(panic|fatal)\"",
        min_lines: 1.0,
        critical: true,
        start_explains: false,
        title: "A process panics",
        action: "Read the stack trace in the log; report it if it is the server's.",
    },
    Pattern {
        name: "access_denied",
        regex: "access denied|Signature expired|ExpiredToken",
        min_lines: 1.0,
        critical: true,
        start_explains: false,
        title: "The database denies access",
        action: "Sign in to AWS again, and check the role of the service.",
    },
    Pattern {
        name: "connection_refused",
        regex: "connection refused|no such host|i/o timeout",
        min_lines: 3.0,
        critical: false,
        start_explains: true,
        title: "An address cannot be reached",
        action: "Check that the service at the address in the line runs.",
    },
    Pattern {
        name: "too_many_connections",
        regex: "SQLSTATE 5330[0]|SQLSTATE 53400|too many connections|rate limit exceeded for new connections",
        min_lines: 1.0,
        critical: false,
        start_explains: false,
        title: "The database takes no more connections",
        action: "Lower TEMPORAL_SQL_MAX_CONNS, or start fewer services at once.",
    },
    Pattern {
        name: "conflict",
        regex: "SQLSTATE 40001|OC00[01]",
        min_lines: 30.0,
        critical: false,
        start_explains: false,
        title: "Transactions conflict",
        action: "Find the workflow or queue with many concurrent writers.",
    },
    Pattern {
        name: "shard_lost",
        regex: "(?i)shard ownership lost|shard status unknown",
        min_lines: 3.0,
        critical: false,
        start_explains: true,
        title: "History loses shards",
        action: "Look for restarts of history and at persistence latency.",
    },
    Pattern {
        name: "deadline",
        regex: "context deadline exceeded",
        min_lines: 20.0,
        critical: false,
        start_explains: false,
        title: "Calls run out of time",
        action: "Look at latency of the service that the line names.",
    },
];

/// A pattern that was found in the log of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogFinding {
    /// Name of the pattern.
    pub pattern: String,
    /// Name of the service, without `temporal-`.
    pub service: String,
    /// Matching lines within a minute.
    pub lines: f64,
    /// One of these lines, shortened.
    pub example: String,
}

/// A client of Loki's query API.
#[derive(Debug, Clone)]
pub struct Loki {
    http: Http,
    url: String,
}

impl Loki {
    /// `url` is the base URL, without `/loki/api/v1`.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self {
            http: Http::default(),
            url,
        }
    }

    /// Finds patterns in the logs of a cluster in the minute before `at` (Unix time in nanoseconds).
    ///
    /// # Errors
    /// [`Error::Logs`] if a query fails.
    pub async fn read(&self, cluster: &str, at: i128) -> Result<Vec<LogFinding>, Error> {
        let mut found = Vec::new();
        for pattern in LOG_PATTERNS {
            let lines = format!(
                "{{cluster={cluster:?}, service=~\".*temporal.*\"}} |~ `{}`",
                pattern.regex
            );
            let at = if pattern.start_explains {
                at - START_DELAY_NANOS
            } else {
                at
            };
            let count = format!("sum by (service) (count_over_time({lines} [1m]))");
            let counted = self
                .ask("query", vec![("query", count), ("time", at.to_string())])
                .await?;
            for row in &counted {
                let number = row["value"][1].as_str().and_then(|text| text.parse().ok());
                let Some(number) = number.filter(|number: &f64| *number >= pattern.min_lines)
                else {
                    continue;
                };
                let service = row["metric"]["service"].as_str().unwrap_or("cluster");
                found.push(LogFinding {
                    pattern: pattern.name.to_owned(),
                    service: service.trim_start_matches("temporal-").to_owned(),
                    lines: number,
                    example: String::new(),
                });
            }
            if let Some(example) = self.example(&lines, at, !counted.is_empty()).await? {
                for finding in found.iter_mut().filter(|it| it.pattern == pattern.name) {
                    finding.example.clone_from(&example);
                }
            }
        }
        Ok(found)
    }

    async fn example(&self, query: &str, at: i128, there: bool) -> Result<Option<String>, Error> {
        if !there {
            return Ok(None);
        }
        let parameters = vec![
            ("query", query.to_owned()),
            ("start", (at - WINDOW_NANOS).to_string()),
            ("end", at.to_string()),
            ("limit", "1".to_owned()),
        ];
        let streams = self.ask("query_range", parameters).await?;
        let line = streams.first().and_then(|it| it["values"][0][1].as_str());
        Ok(line.map(|line| line.chars().take(300).collect()))
    }

    async fn ask(
        &self,
        kind: &str,
        parameters: Vec<(&'static str, String)>,
    ) -> Result<Vec<Value>, Error> {
        let url = format!("{}/loki/api/v1/{kind}", self.url);
        let answer = self.http.get(url, parameters).await.map_err(Error::Logs)?;
        match answer["data"]["result"].as_array() {
            Some(rows) if answer["status"] == "success" => Ok(rows.clone()),
            _ => Err(Error::Logs("the response has no result".to_owned())),
        }
    }
}
