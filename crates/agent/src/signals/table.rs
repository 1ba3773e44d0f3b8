//! The table of signals: queries, limits and texts.

use crate::health::Limits;
use serde::{Deserialize, Serialize};

/// The purpose of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Shows whether work gets done. Primary signals decide the state.
    Primary,
    /// Shows why work does not get done. Amplifiers only explain.
    Amplifier,
}

/// A measured quantity. Higher is always worse.
#[derive(Debug)]
pub struct Signal {
    /// Name in the store, the API and the metrics.
    pub name: &'static str,
    /// Whether it decides the state or explains it.
    pub kind: Kind,
    /// Unit of the value: `s`, `/s`, `ratio` or `count`.
    pub unit: &'static str,
    /// The query, with `$S` for the label of the cluster and `$W` for the window.
    pub query: &'static str,
    /// Default limits.
    pub limits: Limits,
    /// Whether the recent start of a service excuses it: see [`crate::health::SETTLING_TIME`].
    pub start_explains: bool,
    /// Why these limits.
    pub reason: &'static str,
    /// The part of the cluster that it measures.
    pub service: &'static str,
    /// What is wrong when it exceeds a limit; a sentence without its full stop.
    pub title: &'static str,
    /// The usual cause.
    pub cause: &'static str,
    /// The recommended action.
    pub action: &'static str,
}

/// Services of a Temporal cluster, as in the label `service_name`.
pub const SERVICES: [&str; 4] = ["frontend", "history", "matching", "worker"];

/// Finds a signal by name.
#[must_use]
pub fn signal(name: &str) -> Option<&'static Signal> {
    SIGNALS.iter().find(|signal| signal.name == name)
}

/// Database operations that the server repeats on its own, and of which nearly all have failed for an
/// hour, or since they first appeared, and more than ten times.
macro_rules! failing {
    () => {
        "((sum by (operation) (rate(persistence_errors_total{$S, namespace=~\"system|temporal-system|_unknown_\"}[1h])) > 0.0028) / sum by (operation) (rate(persistence_requests_total{$S}[1h])) > 0.8)"
    };
}

/// The same, as long as they are at most half of the operations in use: then they say nothing about
/// the others. When the database is unavailable, all operations fail and none is excluded. Operations
/// that are called mostly for users' namespaces always count.
macro_rules! background {
    () => {
        concat!(
            "(",
            failing!(),
            " and on () (2 * count(",
            failing!(),
            ") <= count(sum by (operation) (rate(persistence_requests_total{$S}[$W])) > 0)))"
        )
    };
}

/// Failures per second of each operation that `persistence_error_ratio` excludes.
pub const BACKGROUND_FAILURES_QUERY: &str = concat!(
    "(sum by (operation) (rate(persistence_errors_total{$S}[$W])) > 0) and on (operation) ",
    background!()
);

const fn limits(stressed: f64, critical: f64) -> Limits {
    Limits { stressed, critical }
}

/// Every signal. The names of metrics are those of `framework: opentelemetry`.
///
/// A ratio has a guard against small numbers, so that a single failed request at night is no trouble.
/// Errors and latency of requests are those of clients: calls for `temporal-system` and without a
/// namespace are the server's own.
pub const SIGNALS: &[Signal] = &[
    Signal {
        name: "services_down",
        kind: Kind::Primary,
        unit: "count",
        query: r#"count(up{$S, job=~"temporal-.*|copilot-temporal"} == 0) or 0 * count(up{$S, job=~"temporal-.*|copilot-temporal"})"#,
        limits: limits(1.0, 2.0),
        start_explains: false,
        reason: "Each service does a part that no other does; one may be starting again.",
        service: "cluster",
        title: "Services do not answer",
        cause: "A process has ended or cannot be reached.",
        action: "See which one with `copilot dev ps`, and why in its log.",
    },
    Signal {
        name: "backlog_age",
        kind: Kind::Primary,
        unit: "s",
        query: r"max(approximate_backlog_age_seconds{$S})",
        limits: limits(30.0, 120.0),
        start_explains: true,
        reason: "Workers that keep up take a task within seconds; workflow tasks time out after minutes.",
        service: "matching",
        title: "Tasks wait longer than usual",
        cause: "Workers are too few or too slow, or matching cannot hand tasks out.",
        action: "Start more workers for the waiting queue, or find out what slows them down.",
    },
    Signal {
        name: "progress_shortfall",
        kind: Kind::Primary,
        unit: "ratio",
        query: r#"(1 - sum(rate({__name__=~"state_transition_count_ratio_count|state_transition_count_count", $S}[$W])) / (sum(rate({__name__=~"state_transition_count_ratio_count|state_transition_count_count", $S}[1h])) > 0)) and on() (sum(approximate_backlog_count{$S}) > 10)"#,
        limits: limits(0.5, 0.9),
        start_explains: true,
        reason: "State transitions are the work itself; a drop counts only while tasks wait, so an idle cluster is fine.",
        service: "history",
        title: "Workflows advance slower than in the last hour, and tasks wait",
        cause: "History cannot write, or workers do not answer.",
        action: "Look at persistence latency first, then at the workers.",
    },
    Signal {
        name: "workflow_failure_ratio",
        kind: Kind::Primary,
        unit: "ratio",
        query: r#"((sum(rate(workflow_failed_total{$S, namespace!="temporal-system"}[$W])) or 0 * sum(rate(service_requests_total{$S}[$W]))) + (sum(rate(workflow_timeout_total{$S, namespace!="temporal-system"}[$W])) or 0 * sum(rate(service_requests_total{$S}[$W])))) / ((sum(rate(workflow_success_total{$S, namespace!="temporal-system"}[$W])) or 0 * sum(rate(service_requests_total{$S}[$W]))) + (sum(rate(workflow_failed_total{$S, namespace!="temporal-system"}[$W])) or 0 * sum(rate(service_requests_total{$S}[$W]))) + (sum(rate(workflow_timeout_total{$S, namespace!="temporal-system"}[$W])) or 0 * sum(rate(service_requests_total{$S}[$W]))) > 0.1)"#,
        limits: limits(0.25, 0.6),
        start_explains: false,
        reason: "Some workflows fail by design, but not most of them.",
        service: "cluster",
        title: "Many workflows end in failure",
        cause: "The code of a workflow, or something that its activities call, is broken.",
        action: "Check failed workflows in the Temporal UI; each shows why it failed.",
    },
    Signal {
        name: "request_error_ratio",
        kind: Kind::Primary,
        unit: "ratio",
        query: r#"sum(rate(service_errors_total{$S, service_name="frontend", namespace!~"temporal-system|_unknown_"}[$W])) / (sum(rate(service_requests_total{$S, service_name="frontend", namespace!~"temporal-system|_unknown_"}[$W])) > 0.5)"#,
        limits: limits(0.02, 0.1),
        start_explains: true,
        reason: "Clients retry a few per cent without being noticed; at a tenth they fail.",
        service: "frontend",
        title: "Requests fail",
        cause: "A service behind the frontend fails or rejects requests.",
        action: "Look at errors by type in the server dashboard.",
    },
    Signal {
        name: "request_latency",
        kind: Kind::Primary,
        unit: "s",
        query: r#"histogram_quantile(0.99, sum by (le) (rate(service_latency_milliseconds_bucket{$S, service_name="frontend", namespace!~"temporal-system|_unknown_", operation!~"Poll.*|GetWorkflowExecutionHistory|UpdateWorkflowExecution|QueryWorkflow"}[$W]))) / 1000"#,
        limits: limits(1.0, 5.0),
        start_explains: true,
        reason: "A start takes some 100 ms; SDKs give up a call after 10 s.",
        service: "frontend",
        title: "Requests are slow",
        cause: "The database or another service is slow.",
        action: "Compare persistence latency with it: if that is low, look at the load of the services.",
    },
    Signal {
        name: "persistence_latency",
        kind: Kind::Primary,
        unit: "s",
        query: r"histogram_quantile(0.99, sum by (le) (rate(persistence_latency_milliseconds_bucket{$S}[$W]))) / 1000",
        limits: limits(0.5, 2.0),
        start_explains: true,
        reason: "DSQL commits in tens of milliseconds; history's own deadlines are a few seconds.",
        service: "history",
        title: "Calls to the database are slow",
        cause: "Conflicts are retried, connections are waited for, or the cluster is far away.",
        action: "Look at pool and conflicts in the persistence dashboard, and at CommitLatency in CloudWatch.",
    },
    Signal {
        name: "persistence_error_ratio",
        kind: Kind::Primary,
        unit: "ratio",
        query: concat!(
            "sum(sum by (operation) (rate(persistence_errors_total{$S}[$W])) unless on (operation) ",
            background!(),
            ") / (sum(sum by (operation) (rate(persistence_requests_total{$S}[$W])) unless on (operation) ",
            background!(),
            ") > 0.5)"
        ),
        limits: limits(0.01, 0.05),
        start_explains: false,
        reason: "Errors that a retry heals are under one per cent; at 5 %, shards are lost. An operation of the server's own that always fails is left out and reported as an issue.",
        service: "history",
        title: "Calls to the database fail",
        cause: "The database refuses, or its token has expired.",
        action: "Look at database errors by type, and in the logs for SQLSTATE.",
    },
    Signal {
        name: "poll_shortfall",
        kind: Kind::Primary,
        unit: "ratio",
        query: r"sum(rate(no_poller_tasks_total{$S}[$W])) / (sum(rate(no_poller_tasks_total{$S}[$W])) + (sum(rate(poll_success_total{$S}[$W])) or 0 * sum(rate(no_poller_tasks_total{$S}[$W]))) > 0.1)",
        limits: limits(0.1, 0.5),
        start_explains: true,
        reason: "Tasks without a poller are rare, as during a deployment; half of them is a queue without workers.",
        service: "matching",
        title: "Tasks find no poller",
        cause: "The workers of a queue are gone.",
        action: "Start the workers of the queue without pollers.",
    },
    Signal {
        name: "shard_churn",
        kind: Kind::Primary,
        unit: "/s",
        query: r"sum(rate(sharditem_created_count_total{$S}[$W]))",
        limits: limits(0.2, 1.0),
        start_explains: true,
        reason: "Shards are acquired when history starts or ends; while they move they do no work.",
        service: "history",
        title: "Shards change hands all the time",
        cause: "History loses its leases: it restarts, or the database is too slow for it.",
        action: "Look for restarts of history, then at persistence latency.",
    },
    Signal {
        name: "pool_saturation",
        kind: Kind::Amplifier,
        unit: "ratio",
        query: r"max(dsql_pool_in_use{$S} / (dsql_pool_max_open{$S} > 0))",
        limits: limits(0.8, 0.95),
        start_explains: true,
        reason: "Above four fifths bursts have to wait.",
        service: "history",
        title: "Database connections are nearly all in use",
        cause: "Every connection to the database is in use.",
        action: "Raise TEMPORAL_SQL_MAX_CONNS, or lower the load.",
    },
    Signal {
        name: "pool_waits",
        kind: Kind::Amplifier,
        unit: "/s",
        query: r"sum(rate(dsql_pool_wait_total{$S}[$W]))",
        limits: limits(1.0, 20.0),
        start_explains: true,
        reason: "Waiting now and then is what a pool is for.",
        service: "history",
        title: "Calls wait for a database connection",
        cause: "The pool of connections is too small for the load.",
        action: "Raise TEMPORAL_SQL_MAX_CONNS.",
    },
    Signal {
        name: "reservoir_shortfall",
        kind: Kind::Amplifier,
        unit: "ratio",
        query: r"max(1 - dsql_reservoir_size{$S} / (dsql_reservoir_target{$S} > 0))",
        limits: limits(0.5, 0.9),
        start_explains: true,
        reason: "A half-full reservoir still covers a burst; no data while the reservoir is off.",
        service: "history",
        title: "The reservoir of connections runs empty",
        cause: "New connections are opened slower than they are used up.",
        action: "Look at failed refills; DSQL allows 100 new connections a second.",
    },
    Signal {
        name: "cache_misses",
        kind: Kind::Amplifier,
        unit: "ratio",
        query: r"sum(rate(cache_miss_total{$S}[$W])) / (sum(rate(cache_requests_total{$S}[$W])) > 10)",
        limits: limits(0.5, 0.9),
        start_explains: true,
        reason: "A cold cache after a start is usual; half of all for long is not.",
        service: "history",
        title: "History misses its cache often",
        cause: "The cache of mutable state is too small, so the database is read more often.",
        action: "Give history more memory and a larger cache.",
    },
    Signal {
        name: "resource_exhausted",
        kind: Kind::Amplifier,
        unit: "/s",
        query: r"sum(rate(service_errors_resource_exhausted_total{$S}[$W]))",
        limits: limits(1.0, 20.0),
        start_explains: false,
        reason: "Limits are there to be hit by bursts, not all the time.",
        service: "frontend",
        title: "Requests are rejected by rate limits",
        cause: "A limit of the server is lower than the load.",
        action: "See which cause in the server dashboard, and raise that limit.",
    },
    Signal {
        name: "persistence_limited",
        kind: Kind::Amplifier,
        unit: "/s",
        query: r"sum(rate(persistence_errors_resource_exhausted_total{$S}[$W]))",
        limits: limits(1.0, 20.0),
        start_explains: false,
        reason: "The server holds itself back to spare the database.",
        service: "history",
        title: "The server holds back its own calls to the database",
        cause: "persistenceMaxQPS is lower than the load.",
        action: "Raise persistenceMaxQPS in the dynamic configuration, if the database has room.",
    },
    Signal {
        name: "lock_wait",
        kind: Kind::Amplifier,
        unit: "s",
        query: r#"histogram_quantile(0.99, sum by (le) (rate(cache_latency_milliseconds_bucket{$S, operation=~"HistoryCacheGetOrCreate.*"}[$W]))) / 1000"#,
        limits: limits(0.5, 2.0),
        start_explains: true,
        reason: "A workflow's lock is held for one write.",
        service: "history",
        title: "Calls wait for the lock of a workflow",
        cause: "Many calls reach the same workflow at once.",
        action: "Look for a workflow that gets many signals or updates.",
    },
    Signal {
        name: "no_sync_match",
        kind: Kind::Amplifier,
        unit: "ratio",
        query: r"1 - (sum(rate(poll_success_sync_total{$S}[$W])) or 0 * sum(rate(service_requests_total{$S}[$W]))) / (sum(rate(poll_success_total{$S}[$W])) > 1)",
        limits: limits(0.5, 0.9),
        start_explains: true,
        reason: "A waiting worker gets its task without a detour through the database.",
        service: "matching",
        title: "Tasks go through the database before a worker takes them",
        cause: "No worker is free when a task comes.",
        action: "Give workers more pollers, or start more of them.",
    },
];
