//! Serves a router, with graceful shutdown.

use crate::{
    error::Error,
    telemetry::{Severity, event},
};
use axum::Router;
use serde_json::json;
use std::{
    future::{Future, IntoFuture},
    net::SocketAddr,
    time::Duration,
};
use tokio::net::TcpListener;

/// Time for requests in flight to complete after the signal to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(6);

/// Serves until `stop` completes, then lets requests in flight complete.
///
/// # Errors
/// [`Error::Listen`].
pub async fn serve(
    listen: SocketAddr,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let failed = |cause| Error::Listen {
        address: listen.to_string(),
        cause,
    };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    event(
        Severity::Info,
        "listening",
        &[("address", json!(address.to_string()))],
    );
    let (told, stopping) = tokio::sync::oneshot::channel();
    let stop = async move {
        stop.await;
        let _ = told.send(());
    };
    let server = axum::serve(listener, router)
        .with_graceful_shutdown(stop)
        .into_future();
    let drained = async {
        // An error means that the server has already ended.
        let _ = stopping.await;
        tokio::time::sleep(DRAIN_TIMEOUT).await;
    };
    tokio::select! {
        ended = server => ended.map_err(failed),
        () = drained => Ok(()),
    }
}
