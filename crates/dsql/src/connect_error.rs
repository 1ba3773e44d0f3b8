//! Explains why a connection could not be opened or was lost.

use std::io;

use crate::{Error, ServerError, plan::Plan, tls::describe};

/// Turns the driver's error while connecting into one that the user can act on.
pub(crate) fn explain(error: &tokio_postgres::Error, plan: &Plan) -> Error {
    let target = plan.label.clone();
    let user = plan.config.get_user().unwrap_or_default().to_owned();
    if let Some(server) = error.as_db_error() {
        let said = Box::new(ServerError::from(server));
        return if said.sqlstate.starts_with("28") || said.message.contains("access denied") {
            Error::Denied {
                target,
                user,
                server: said,
            }
        } else {
            Error::Refused {
                target,
                server: said,
            }
        };
    }
    if let Some(tls) = tls_error(error) {
        return Error::Tls {
            target,
            reason: describe(tls),
        };
    }
    let text = error_text(error);
    // The driver has no public error kind for these two.
    if text.contains("TLS handshake") {
        return Error::Tls {
            target,
            reason: text,
        };
    }
    if text.contains("password missing") {
        return Error::PasswordMissing { target, user };
    }
    Error::Unreachable {
        target,
        reason: text,
    }
}

/// The TLS library's error, which the driver wraps in an I/O error.
fn tls_error(error: &tokio_postgres::Error) -> Option<&rustls::Error> {
    let io = std::error::Error::source(error)?.downcast_ref::<io::Error>()?;
    io.get_ref()?.downcast_ref()
}

/// The driver's error with its cause; on its own it names only its kind.
pub(crate) fn error_text(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
