//! Interprets the server's answer to a statement: what a failure means, and
//! whether a success had anything to do.

use tokio_postgres::error::{DbError, Severity};

use crate::{
    kind::{Kind, Verb},
    reply::Reply,
};

/// What the failure of a statement means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Rolled back because of a concurrent transaction: can be retried.
    Conflict,
    /// The object already exists.
    AlreadyExists,
    /// The connection is lost, and with it the answer.
    Lost,
    /// The statement is wrong, or not permitted.
    Refused,
}

/// SQLSTATEs of notices that an object already exists.
const ALREADY_EXISTS_SQLSTATES: [&str; 6] = ["42P07", "42701", "42710", "42P06", "42723", "42P04"];

pub(crate) fn classify(error: &tokio_postgres::Error, kind: &Kind) -> Failure {
    let Some(error) = error.as_db_error() else {
        return Failure::Lost;
    };
    if matches!(
        error.parsed_severity(),
        Some(Severity::Fatal | Severity::Panic)
    ) {
        return Failure::Lost;
    }
    match error.code().code() {
        "40001" | "40P01" => Failure::Conflict,
        // Of two concurrent `CREATE … IF NOT EXISTS`, one fails on the other's
        // catalog row. On retry it finds the table.
        "23505" if kind.verb == Verb::Define && error.schema() == Some("pg_catalog") => {
            Failure::Conflict
        }
        code if kind.already_exists.contains(&code) => Failure::AlreadyExists,
        _ => Failure::Refused,
    }
}

/// Whether a successful statement had nothing to do.
pub(crate) fn had_nothing_to_do(kind: &Kind, reply: &Reply, notices: &[DbError]) -> bool {
    match kind.verb {
        Verb::Define => kind.single && notices.iter().any(says_skipped),
        Verb::Write => reply.affected == Some(0),
        Verb::Read | Verb::Set => false,
    }
}

/// Notices of `IF NOT EXISTS` have a SQLSTATE; those of `IF EXISTS` only a text.
fn says_skipped(notice: &DbError) -> bool {
    ALREADY_EXISTS_SQLSTATES.contains(&notice.code().code())
        || notice.message().ends_with(", skipping")
}
