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

/// How long answers in flight may take once it is told to stop.
const DRAIN: Duration = Duration::from_secs(6);

/// Serves until `stop` ends; then answers what it was asked before, for a few seconds.
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
        // An error is a server that has ended: there is nothing to wait for.
        let _ = stopping.await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        ended = server => ended.map_err(failed),
        () = drained => Ok(()),
    }
}
