//! Waits for a signal to stop.

use tokio::signal::unix::{SignalKind, signal as listen};

/// Completes at the first SIGTERM or SIGINT.
pub(crate) async fn signal() {
    let mut signals = [SignalKind::terminate(), SignalKind::interrupt()].map(listen);
    let [terminate, interrupt] = &mut signals;
    let wait = async |signal: &mut std::io::Result<tokio::signal::unix::Signal>| match signal {
        Ok(signal) => {
            signal.recv().await;
        }
        // Without a handler, the signal terminates the process by itself.
        Err(_) => std::future::pending().await,
    };
    tokio::select! {
        () = wait(terminate) => {}
        () = wait(interrupt) => {}
    }
}
