use tokio_postgres::error::{DbError, Severity};

use crate::{
    kind::{Kind, Verb},
    reply::Reply,
};

/// What the failure of a statement means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Rolled back because another transaction came first: run it again.
    Conflict,
    /// The thing is already there.
    Already,
    /// The connection is gone, and with it the answer.
    Lost,
    /// The server does not want it.
    Refused,
}

/// SQLSTATEs of a notice that says that the thing is already there.
const DUPLICATE: [&str; 6] = ["42P07", "42701", "42710", "42P06", "42723", "42P04"];

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
        // Two `CREATE … IF NOT EXISTS` at once: one meets the other's catalog
        // row. The second time it sees the table.
        "23505" if kind.verb == Verb::Define && error.schema() == Some("pg_catalog") => {
            Failure::Conflict
        }
        code if kind.already.contains(&code) => Failure::Already,
        _ => Failure::Refused,
    }
}

/// Whether a statement that succeeded had nothing to do.
pub(crate) fn had_nothing_to_do(kind: &Kind, reply: &Reply, notices: &[DbError]) -> bool {
    match kind.verb {
        Verb::Define => kind.single && notices.iter().any(says_skipped),
        Verb::Write => reply.affected == Some(0),
        Verb::Read | Verb::Set => false,
    }
}

/// `IF NOT EXISTS` has a SQLSTATE of its own; `IF EXISTS` has only its text.
fn says_skipped(notice: &DbError) -> bool {
    DUPLICATE.contains(&notice.code().code()) || notice.message().ends_with(", skipping")
}
