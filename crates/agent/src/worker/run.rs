//! Runs the worker until it is told to stop.

use super::{
    activities::Activities,
    temporal::{TASK_QUEUE, connect, start_workflows},
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

/// Three workflows run one statement at a time each.
const STORE_CONNECTIONS: usize = 3;
/// Time for activities to finish after the signal to stop.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);
/// [`SHUTDOWN_GRACE`] and some time for the server's responses; then the process ends.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(8);
/// Between two checks of the workflows: one that failed or was terminated is started again.
const CHECK_INTERVAL: Duration = Duration::from_mins(1);
/// The same, until they run.
const START_RETRY_INTERVAL: Duration = Duration::from_secs(1);
/// More than the three workflows that exist.
const MAX_CACHED_WORKFLOWS: usize = 10;

/// Runs the worker until SIGTERM or SIGINT.
///
/// # Errors
/// [`Error::Listen`], [`Error::Config`], or [`Error::Temporal`] if the worker fails.
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
                "{\"error\":\"not connected to the Temporal server yet\"}",
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
        client = connect(&config) => client?,
        () = &mut stop => return Ok(()),
    };
    let store = Store::new(
        config.store.clone(),
        "copilot-worker",
        STORE_CONNECTIONS,
        metrics.clone(),
    );
    let cluster = config.cluster.clone();
    let options = WorkerOptions::new(TASK_QUEUE)
        .register_activities(Activities::new(config, store, metrics))
        .register_workflow::<ObserveCluster>()
        .map_err(failed)?
        .register_workflow::<WatchLogs>()
        .map_err(failed)?
        .register_workflow::<AssessHealth>()
        .map_err(failed)?
        .max_cached_workflows(MAX_CACHED_WORKFLOWS)
        .graceful_shutdown_period(SHUTDOWN_GRACE)
        // A workflow that a new version cannot continue fails, and restarts from the store.
        .workflow_failure_errors(HashSet::from([WorkflowErrorType::Nondeterminism]))
        .build();
    let runtime = Runtime::from_current_tokio(temporalio_sdk::runtime::RuntimeOptions::default())
        .map_err(failed)?;
    let mut worker = Worker::new(&runtime, client.clone(), options).map_err(failed)?;
    let shut_down = worker.shutdown_handle();
    let starting = tokio::spawn(keep_started(client, cluster, working));
    event(Severity::Info, "working", &[("queue", json!(TASK_QUEUE))]);
    let running = worker.run();
    tokio::pin!(running);
    let ended = tokio::select! {
        ended = &mut running => ended.map_err(failed),
        () = stop => {
            event(Severity::Info, "stopping", &[]);
            starting.abort();
            shut_down();
            match tokio::time::timeout(SHUTDOWN_TIMEOUT, running).await {
                Ok(ended) => ended.map_err(failed),
                // The next worker does what is left.
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
                CHECK_INTERVAL
            }
            Err(error) => {
                let fields = [("error", json!(error.to_string()))];
                event(Severity::Warn, "cannot start the workflows", &fields);
                START_RETRY_INTERVAL
            }
        };
        tokio::time::sleep(pause).await;
    }
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Temporal(error.to_string())
}
