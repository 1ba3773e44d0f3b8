//! The HTTP API: serves what the worker wrote to people, Grafana and Prometheus. Read-only.

mod answer;
mod now;
mod params;
mod routes;
mod server;
mod services;

pub use {routes::router, server::serve};

use crate::{config::Config, error::Error, store::Store, telemetry::Metrics};

/// A request needs a connection for a few milliseconds.
const STORE_CONNECTIONS: usize = 8;

/// Runs the API until SIGTERM or SIGINT.
///
/// # Errors
/// [`Error::Listen`], or [`Error::Config`].
pub async fn run(config: Config) -> Result<(), Error> {
    let metrics = Metrics::api().map_err(|error| Error::Config(error.to_string()))?;
    let store = Store::new(
        config.store.clone(),
        "copilot-api",
        STORE_CONNECTIONS,
        metrics.clone(),
    );
    let listen = config.api_listen;
    serve(
        listen,
        router(config, store, metrics),
        crate::stop::signal(),
    )
    .await
}
