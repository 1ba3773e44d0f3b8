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

/// The task queue of the worker.
pub const QUEUE: &str = "copilot-task-queue";
/// Pause between tries to reach the server.
const PAUSE: Duration = Duration::from_secs(2);
/// How long closed runs are kept: three days.
const RETENTION: Duration = Duration::from_hours(72);
/// For opening the connection.
const CONNECT: Duration = Duration::from_secs(10);

/// Connects, and sees to the namespace; tries until it succeeds.
///
/// # Errors
/// [`Error::Config`] for an address that is none.
pub async fn connected(config: &Config) -> Result<Client, Error> {
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
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn try_connect(config: &Config, url: Url) -> Result<Client, Error> {
    let options = ConnectionOptions::new(url)
        .identity("copilot-agent")
        .connect_timeout(CONNECT)
        .build();
    let connection = Connection::connect(options).await.map_err(failed)?;
    see_to_namespace(&connection, &config.temporal_namespace).await?;
    let options = ClientOptions::new(config.temporal_namespace.clone()).build();
    Client::new(connection, options).map_err(failed)
}

async fn see_to_namespace(connection: &Connection, name: &str) -> Result<(), Error> {
    let mut service = connection.workflow_service();
    let request = DescribeNamespaceRequest {
        namespace: name.to_owned(),
        ..Default::default()
    };
    match service.describe_namespace(request.into_request()).await {
        Ok(_) => return Ok(()),
        Err(status) if status.code() == Code::NotFound => {}
        Err(status) => return Err(said(&status)),
    }
    let options = RegisterNamespaceOptions::builder()
        .namespace(name)
        .description("The Copilot's own workflows")
        .workflow_execution_retention_period(RETENTION)
        .build();
    let request = RegisterNamespaceRequest::from(options);
    match service.register_namespace(request.into_request()).await {
        Ok(_) => event(
            Severity::Info,
            "the namespace is registered",
            &[("namespace", json!(name))],
        ),
        // Somebody else was faster.
        Err(status) if status.code() == Code::AlreadyExists => {}
        Err(status) => return Err(said(&status)),
    }
    Ok(())
}

/// Starts the three workflows where they do not run.
///
/// # Errors
/// [`Error::Temporal`]; a namespace that was just registered is known to all only after seconds.
pub async fn start_workflows(client: &Client, cluster: &str) -> Result<(), Error> {
    let options = |what: &str| {
        WorkflowStartOptions::new(QUEUE, format!("copilot-{what}-{cluster}"))
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

fn said(status: &Status) -> Error {
    Error::Temporal(status.message().to_owned())
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Temporal(error.to_string())
}
