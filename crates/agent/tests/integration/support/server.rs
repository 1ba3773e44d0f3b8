//! Stand-ins: the metrics of a Temporal cluster in any condition, what Loki would say, and what Bedrock
//! would. They speak the real protocols; Prometheus scrapes the first, and the agent asks the others.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Instant,
};

/// How the cluster is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Condition {
    /// Age of the oldest task, in seconds.
    pub backlog_age: f64,
    /// Share of database calls that fail.
    pub persistence_errors: f64,
    /// Calls a second of an operation of the database that always fails.
    pub background_failures: f64,
    /// Minutes that the services run, the one that began included.
    pub minutes: u32,
    /// Lines a minute that say `SQLSTATE 40001`, in Loki.
    pub conflicts_logged: u32,
    /// Lines a minute that say `shard status unknown`, in Loki.
    pub shards_lost: u32,
}

impl Condition {
    /// Nothing waits, nothing fails.
    pub(crate) const HEALTHY: Self = Self {
        backlog_age: 0.0,
        persistence_errors: 0.0,
        background_failures: 0.0,
        minutes: 60,
        conflicts_logged: 0,
        shards_lost: 0,
    };
}

struct Counters {
    condition: Condition,
    since: Instant,
    requests: f64,
    errors: f64,
    background: f64,
}

/// A server that plays a cluster.
#[derive(Clone)]
pub(crate) struct Played {
    /// Port on 127.0.0.1 of its metrics, of Loki and of the model.
    pub port: u16,
    counters: Arc<Mutex<Counters>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Played {
    /// Starts it, with a cluster that is well.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let played = Self {
            port: listener.local_addr().unwrap().port(),
            counters: Arc::new(Mutex::new(Counters {
                condition: Condition::HEALTHY,
                since: Instant::now(),
                requests: 1_000.0,
                errors: 0.0,
                background: 0.0,
            })),
            asked: Arc::default(),
        };
        let shared = played.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                shared.answer(stream);
            }
        });
        played
    }

    /// From now on the cluster is like this.
    pub(crate) fn play(&self, condition: Condition) {
        let mut counters = self.counters.lock().unwrap();
        counters.advance();
        counters.condition = condition;
    }

    fn answer(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut request = String::new();
        if reader.read_line(&mut request).is_err() {
            return;
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut sent = vec![0; length];
        if reader.read_exact(&mut sent).is_err() {
            return;
        }
        let path = request.split(' ').nth(1).unwrap_or_default();
        let (kind, body) = if path.starts_with("/loki/") {
            ("application/json", self.loki(path))
        } else if path.starts_with("/model/") || path.starts_with("/knowledgebases/") {
            let sent = String::from_utf8(sent).unwrap();
            self.asked.lock().unwrap().push(format!("{path} {sent}"));
            ("application/json", bedrock(path))
        } else {
            ("text/plain; version=0.0.4", self.metrics())
        };
        let status = if body.is_empty() {
            "500 Internal Server Error"
        } else {
            "200 OK"
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        // Who asks may have gone.
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(body.as_bytes());
    }

    /// What Bedrock was asked: path and body.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn metrics(&self) -> String {
        let mut counters = self.counters.lock().unwrap();
        counters.advance();
        let (requests, errors) = (counters.requests, counters.errors);
        let age = counters.condition.backlog_age;
        let waiting = if age > 0.0 { 500 } else { 0 };
        let background = counters.background;
        let minutes = counters.condition.minutes;
        format!(
            "service_requests_total{{service_name=\"frontend\"}} {requests}\n\
             service_errors_total{{service_name=\"frontend\"}} 0\n\
             persistence_requests_total{{service_name=\"history\",operation=\"UpdateShard\"}} {requests}\n\
             persistence_errors_total{{service_name=\"history\",operation=\"UpdateShard\"}} {errors}\n\
             approximate_backlog_age_seconds{{taskqueue=\"orders\"}} {age}\n\
             approximate_backlog_count{{taskqueue=\"orders\"}} {waiting}\n\
             dsql_pool_in_use 19\n\
             dsql_pool_max_open 20\n\
             persistence_requests_total{{service_name=\"matching\",namespace=\"system\",operation=\"ListNexusEndpoints\"}} {background}\n\
             persistence_errors_total{{service_name=\"matching\",namespace=\"system\",operation=\"ListNexusEndpoints\"}} {background}\n\
             dd_namespace_registry_lock_latency_milliseconds_count {minutes}\n"
        )
    }

    fn loki(&self, path: &str) -> String {
        let condition = self.counters.lock().unwrap().condition;
        let conflict = "change conflicts with another transaction (OC000) (SQLSTATE 40001)";
        let (lines, line) = if path.contains("40001") {
            (condition.conflicts_logged, conflict)
        } else if path.contains("shard") {
            (condition.shards_lost, "shard status unknown")
        } else {
            (0, "")
        };
        let result = match (lines, path.starts_with("/loki/api/v1/query_range")) {
            (0, _) => String::new(),
            (_, false) => format!(
                r#"{{"metric":{{"service":"temporal-history"}},"value":[1800000000,"{lines}"]}}"#
            ),
            (_, true) => format!(
                r#"{{"stream":{{"service":"temporal-history"}},"values":[["1800000000000000000","{line}"]]}}"#
            ),
        };
        format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{result}]}}}}"#)
    }
}

impl Counters {
    fn advance(&mut self) {
        let seconds = self.since.elapsed().as_secs_f64();
        self.since = Instant::now();
        self.background += seconds * self.condition.background_failures;
        self.requests += seconds * 100.0;
        self.errors += seconds * 100.0 * self.condition.persistence_errors;
    }
}

/// What Bedrock answers; nothing for a model that is broken. The model tries to set another state, which
/// it cannot.
fn bedrock(path: &str) -> String {
    if path.starts_with("/knowledgebases/") {
        return r#"{"retrievalResults":[{"content":{"text":"Runbook 7: restart the order workers."}}]}"#.to_owned();
    }
    if path.contains("broken") {
        return String::new();
    }
    r#"{"output":{"message":{"role":"assistant","content":[{"text":"```json\n{\"state\":\"critical\",\"summary\":\"Orders wait.\",\"what\":\"Orders wait for workers.\",\"cause\":null,\"action\":\"See runbook 7.\"}\n```"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1}}"#.to_owned()
}
