//! Runs the asynchronous work of database primitives.

use super::api::{Call, STOP_CHECK_INTERVAL, Thrown};
use crate::fault::{Failure, Kind};
use crate::process::Token;
use crate::run::{enter, frame};
use copilot_dsql as dsql;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};

/// Resolves when the recipe is asked to stop.
pub(super) type Cancel = tokio::sync::oneshot::Receiver<()>;

/// The failure that a recipe sees.
pub(super) fn failure(error: &dsql::Error) -> Failure {
    let kind = match error {
        dsql::Error::MissingCredentials { .. } | dsql::Error::MissingRegion { .. } => Kind::Missing,
        dsql::Error::Io { .. } => Kind::File,
        _ => Kind::Dsql,
    };
    Failure {
        hint: error.hint(),
        ..Failure::new(kind, error.to_string())
    }
}

/// Runs `future` on a thread of its own, in a runtime of its own. `cancel` resolves when the
/// recipe is asked to stop; the future is then waited for, so it must end soon.
pub(super) fn block_on<T, F>(
    call: Call<'_>,
    future: impl FnOnce(Cancel) -> F + Send + 'static,
) -> Thrown<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T, dsql::Error>>,
{
    let (stop, cancel) = tokio::sync::oneshot::channel();
    let (tell, done) = channel();
    let frame = frame();
    let token: Arc<Token> = Arc::clone(&frame.token);
    std::thread::spawn(move || {
        let _frame = enter(frame);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let result = match runtime {
            Ok(runtime) => runtime
                .block_on(future(cancel))
                .map_err(|error| failure(&error)),
            Err(error) => Err(Failure::new(
                Kind::Dsql,
                format!("cannot start a runtime: {error}"),
            )),
        };
        // The receiver waits for it.
        let _received = tell.send(result);
    });
    let mut stop = Some(stop);
    loop {
        match done.recv_timeout(STOP_CHECK_INTERVAL) {
            Ok(_) if token.stop().is_some() => return call.stopped(),
            Ok(result) => return call.check(result),
            Err(RecvTimeoutError::Disconnected) => {
                return call.throw(Failure::new(
                    Kind::Dsql,
                    "the thread of the connection ended early",
                ));
            }
            Err(RecvTimeoutError::Timeout) => {
                if token.stop().is_some()
                    && let Some(stop) = stop.take()
                {
                    // It may have ended in this moment.
                    let _heard = stop.send(());
                }
            }
        }
    }
}
