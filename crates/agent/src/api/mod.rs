//! The API: what the worker wrote, for people, Grafana and Prometheus. It only reads.

mod answer;
mod now;
mod params;
mod routes;
mod server;
mod services;

pub use {routes::router, server::serve};

use crate::{config::Config, error::Error, store::Store, telemetry::Metrics};

/// Connections to the store: a request takes one for a few milliseconds.
const CONNECTIONS: usize = 8;

/// Runs the API until it is told to stop.
///
/// # Errors
/// [`Error::Listen`], or [`Error::Config`].
pub async fn run(config: Config) -> Result<(), Error> {
    let metrics = Metrics::api().map_err(|error| Error::Config(error.to_string()))?;
    let store = Store::new(&config.store, "copilot-api", CONNECTIONS, metrics.clone());
    let listen = config.api_listen;
    serve(
        listen,
        router(config, store, metrics),
        crate::stop::signal(),
    )
    .await
}
