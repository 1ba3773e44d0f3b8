//! What Loki has of the logs of a cluster.

use super::Http;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Lines of a service that say something is wrong.
#[derive(Debug)]
pub struct Pattern {
    /// Its name: part of the fingerprint.
    pub name: &'static str,
    /// Regular expression (RE2) of the line.
    pub regex: &'static str,
    /// Lines within a minute from which it counts.
    pub from: f64,
    /// Whether it is critical; else a warning.
    pub critical: bool,
    /// Whether the start of a service explains it.
    pub start_explains: bool,
    /// What is wrong.
    pub title: &'static str,
    /// What to do.
    pub action: &'static str,
}

/// How much later lines are looked at that the start of a service explains: by then the metrics show
/// the start.
const LATER: i128 = 30_000_000_000;

/// What is looked for.
pub const PATTERNS: &[Pattern] = &[
    Pattern {
        name: "panic",
        regex: "(?i)panic:|\"level\":\"(panic|fatal)\"",
        from: 1.0,
        critical: true,
        start_explains: false,
        title: "A process panics",
        action: "Read the stack trace in the log; report it if it is the server's.",
    },
    Pattern {
        name: "access_denied",
        regex: "access denied|Signature expired|ExpiredToken",
        from: 1.0,
        critical: true,
        start_explains: false,
        title: "The database denies access",
        action: "Sign in to AWS again, and check the role of the service.",
    },
    Pattern {
        name: "connection_refused",
        regex: "connection refused|no such host|i/o timeout",
        from: 3.0,
        critical: false,
        start_explains: true,
        title: "Something cannot be reached",
        action: "See which address the line names, and whether that service runs.",
    },
    Pattern {
        name: "too_many_connections",
        regex: "SQLSTATE 5330[0]|SQLSTATE 53400|too many connections|rate limit exceeded for new connections",
        from: 1.0,
        critical: false,
        start_explains: false,
        title: "The database takes no more connections",
        action: "Lower TEMPORAL_SQL_MAX_CONNS, or start fewer services at once.",
    },
    Pattern {
        name: "conflict",
        regex: "SQLSTATE 40001|OC00[01]",
        from: 30.0,
        critical: false,
        start_explains: false,
        title: "Transactions conflict",
        action: "Look for a workflow or a queue that is written by many at once.",
    },
    Pattern {
        name: "shard_lost",
        regex: "(?i)shard ownership lost|shard status unknown",
        from: 3.0,
        critical: false,
        start_explains: true,
        title: "History loses shards",
        action: "Look for restarts of history and at persistence latency.",
    },
    Pattern {
        name: "deadline",
        regex: "context deadline exceeded",
        from: 20.0,
        critical: false,
        start_explains: false,
        title: "Calls run out of time",
        action: "Look at latency of the service that the line names.",
    },
];

/// A pattern that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogFinding {
    /// Name of the pattern.
    pub pattern: String,
    /// Service whose log it is, without `temporal-`.
    pub service: String,
    /// Lines within the last minute.
    pub lines: f64,
    /// One of them, shortened.
    pub example: String,
}

/// The query API of Loki.
#[derive(Debug, Clone)]
pub struct Loki {
    http: Http,
    url: String,
}

impl Loki {
    /// One at this address.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self {
            http: Http::default(),
            url,
        }
    }

    /// What the logs of a cluster said in the minute before `at` (Unix time in nanoseconds).
    ///
    /// # Errors
    /// [`Error::Logs`] when a query is not answered.
    pub async fn read(&self, cluster: &str, at: i128) -> Result<Vec<LogFinding>, Error> {
        let mut found = Vec::new();
        for pattern in PATTERNS {
            let lines = format!(
                "{{cluster={cluster:?}, service=~\".*temporal.*\"}} |~ `{}`",
                pattern.regex
            );
            let at = if pattern.start_explains {
                at - LATER
            } else {
                at
            };
            let count = format!("sum by (service) (count_over_time({lines} [1m]))");
            let counted = self
                .ask("query", vec![("query", count), ("time", at.to_string())])
                .await?;
            for row in &counted {
                let number = row["value"][1].as_str().and_then(|text| text.parse().ok());
                let Some(number) = number.filter(|number: &f64| *number >= pattern.from) else {
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
            ("start", (at - 60_000_000_000).to_string()),
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
            _ => Err(Error::Logs("no result".to_owned())),
        }
    }
}
