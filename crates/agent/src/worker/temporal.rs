//! Connects to the Copilot's Temporal server and starts the workflows there.

use super::workflows::{AssessHealth, Carried, ObserveCluster, WatchLogs};
use crate::{
    config::Config,
    error::Error,
    telemetry::{Severity, event},
};
use serde_json::json;
use std::time::Duration;
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, RegisterNamespaceOptions, Url,
    WorkflowIdConflictPolicy, WorkflowStartOptions,
    tonic::{Code, IntoRequest, Status},
};
use temporalio_common::protos::temporal::api::workflowservice::v1::{
    DescribeNamespaceRequest, RegisterNamespaceRequest,
};

pub(super) const TASK_QUEUE: &str = "copilot-task-queue";
const CONNECT_RETRY_INTERVAL: Duration = Duration::from_secs(2);
/// How long closed runs are kept.
const NAMESPACE_RETENTION: Duration = Duration::from_hours(72);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Connects, and registers the namespace if needed; retries until it succeeds.
///
/// # Errors
/// [`Error::Config`] for an invalid address.
pub(super) async fn connect(config: &Config) -> Result<Client, Error> {
    let address = &config.temporal_address;
    let url = Url::parse(&format!("http://{address}"))
        .map_err(|error| Error::Config(format!("TEMPORAL_ADDRESS {address:?}: {error}")))?;
    loop {
        match try_connect(config, url.clone()).await {
            Ok(client) => return Ok(client),
            Err(error) => {
                let fields = [
                    ("address", json!(address)),
                    ("error", json!(error.to_string())),
                ];
                event(Severity::Warn, "the Temporal server is not ready", &fields);
                tokio::time::sleep(CONNECT_RETRY_INTERVAL).await;
            }
        }
    }
}

async fn try_connect(config: &Config, url: Url) -> Result<Client, Error> {
    let options = ConnectionOptions::new(url)
        .identity("copilot-agent")
        .connect_timeout(CONNECT_TIMEOUT)
        .build();
    let connection = Connection::connect(options).await.map_err(failed)?;
    ensure_namespace(&connection, &config.temporal_namespace).await?;
    let options = ClientOptions::new(config.temporal_namespace.clone()).build();
    Client::new(connection, options).map_err(failed)
}

async fn ensure_namespace(connection: &Connection, name: &str) -> Result<(), Error> {
    let mut service = connection.workflow_service();
    let request = DescribeNamespaceRequest {
        namespace: name.to_owned(),
        ..Default::default()
    };
    match service.describe_namespace(request.into_request()).await {
        Ok(_) => return Ok(()),
        Err(status) if status.code() == Code::NotFound => {}
        Err(status) => return Err(refused(&status)),
    }
    let options = RegisterNamespaceOptions::builder()
        .namespace(name)
        .description("The Copilot's own workflows")
        .workflow_execution_retention_period(NAMESPACE_RETENTION)
        .build();
    let request = RegisterNamespaceRequest::from(options);
    match service.register_namespace(request.into_request()).await {
        Ok(_) => event(
            Severity::Info,
            "the namespace is registered",
            &[("namespace", json!(name))],
        ),
        // Another worker was faster.
        Err(status) if status.code() == Code::AlreadyExists => {}
        Err(status) => return Err(refused(&status)),
    }
    Ok(())
}

/// Starts those of the three workflows that do not run.
///
/// # Errors
/// [`Error::Temporal`]; a new namespace takes seconds to become known to all servers.
pub(super) async fn start_workflows(client: &Client, cluster: &str) -> Result<(), Error> {
    let options = |what: &str| {
        WorkflowStartOptions::new(TASK_QUEUE, format!("copilot-{what}-{cluster}"))
            .id_conflict_policy(WorkflowIdConflictPolicy::UseExisting)
            .build()
    };
    let input = Carried::default;
    client
        .start_workflow(ObserveCluster::run, input(), options("observe"))
        .await
        .map_err(failed)?;
    client
        .start_workflow(WatchLogs::run, input(), options("logs"))
        .await
        .map_err(failed)?;
    client
        .start_workflow(AssessHealth::run, input(), options("assess"))
        .await
        .map_err(failed)?;
    Ok(())
}

fn refused(status: &Status) -> Error {
    Error::Temporal(status.message().to_owned())
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Temporal(error.to_string())
}
