use super::{
    activities::Activities,
    temporal::{QUEUE, connected, start_workflows},
    workflows::{AssessHealth, ObserveCluster, WatchLogs},
};
use crate::{
    api::serve,
    config::Config,
    error::Error,
    store::Store,
    telemetry::{Metrics, Severity, event, expose},
};
use axum::{Router, http::StatusCode, response::IntoResponse, routing::get};
use serde_json::json;
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use temporalio_client::Client;
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::WorkflowErrorType};

/// Connections to the store: three workflows, one statement at a time each.
const CONNECTIONS: usize = 3;
/// How long activities may go on once the worker is told to stop.
const GRACE: Duration = Duration::from_secs(5);
/// After that, and some for the server's answers, the process ends.
const DRAIN: Duration = Duration::from_secs(8);
/// How often the workflows are seen to: one that was terminated or has failed starts again.
const SEE_TO: Duration = Duration::from_mins(1);
/// The same while they do not run yet.
const SEE_TO_FIRST: Duration = Duration::from_secs(1);
/// Workflows that are kept in memory; there are three.
const CACHED: usize = 10;

/// Runs the worker until it is told to stop.
///
/// # Errors
/// [`Error::Listen`], [`Error::Config`], or [`Error::Temporal`] when the worker gives up.
pub async fn run(config: Config) -> Result<(), Error> {
    let metrics = Metrics::worker().map_err(|error| Error::Config(error.to_string()))?;
    let working = Arc::new(AtomicBool::new(false));
    let pages = pages(metrics.clone(), working.clone());
    let side = tokio::spawn(serve(config.metrics_listen, pages, std::future::pending()));
    tokio::select! {
        ended = side => ended.unwrap_or_else(|error| Err(Error::Temporal(error.to_string()))),
        ended = work(config, metrics, working) => ended,
    }
}

fn pages(metrics: Metrics, working: Arc<AtomicBool>) -> Router {
    let health = async move || {
        if working.load(Ordering::Relaxed) {
            (StatusCode::OK, "{\"status\":\"ok\"}")
        } else {
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "{\"error\":\"the Temporal server is not reached yet\"}",
            )
        }
    };
    let exposed = async move || match expose(&metrics) {
        Ok(text) => text.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error).into_response(),
    };
    Router::new()
        .route("/health", get(health))
        .route("/metrics", get(exposed))
}

async fn work(config: Config, metrics: Metrics, working: Arc<AtomicBool>) -> Result<(), Error> {
    let stop = crate::stop::signal();
    tokio::pin!(stop);
    let client = tokio::select! {
        client = connected(&config) => client?,
        () = &mut stop => return Ok(()),
    };
    let store = Store::new(
        &config.store,
        "copilot-worker",
        CONNECTIONS,
        metrics.clone(),
    );
    let cluster = config.cluster.clone();
    let options = WorkerOptions::new(QUEUE)
        .register_activities(Activities::new(config, store, metrics))
        .register_workflow::<ObserveCluster>()
        .map_err(failed)?
        .register_workflow::<WatchLogs>()
        .map_err(failed)?
        .register_workflow::<AssessHealth>()
        .map_err(failed)?
        .max_cached_workflows(CACHED)
        .graceful_shutdown_period(GRACE)
        // A workflow that a new version cannot continue ends, and starts again from the store.
        .workflow_failure_errors(HashSet::from([WorkflowErrorType::Nondeterminism]))
        .build();
    let runtime = Runtime::from_current_tokio(temporalio_sdk::runtime::RuntimeOptions::default())
        .map_err(failed)?;
    let mut worker = Worker::new(&runtime, client.clone(), options).map_err(failed)?;
    let shut_down = worker.shutdown_handle();
    let starting = tokio::spawn(keep_started(client, cluster, working));
    event(Severity::Info, "working", &[("queue", json!(QUEUE))]);
    let running = worker.run();
    tokio::pin!(running);
    let ended = tokio::select! {
        ended = &mut running => ended.map_err(failed),
        () = stop => {
            event(Severity::Info, "stopping", &[]);
            starting.abort();
            shut_down();
            match tokio::time::timeout(DRAIN, running).await {
                Ok(ended) => ended.map_err(failed),
                // What was not finished is done by the next worker.
                Err(_) => Ok(()),
            }
        }
    };
    event(Severity::Info, "stopped", &[]);
    ended
}

async fn keep_started(client: Client, cluster: String, working: Arc<AtomicBool>) {
    loop {
        let pause = match start_workflows(&client, &cluster).await {
            Ok(()) => {
                working.store(true, Ordering::Relaxed);
                SEE_TO
            }
            Err(error) => {
                let fields = [("error", json!(error.to_string()))];
                event(Severity::Warn, "the workflows are not started", &fields);
                SEE_TO_FIRST
            }
        };
        tokio::time::sleep(pause).await;
    }
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Temporal(error.to_string())
}
