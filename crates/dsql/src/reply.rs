//! Runs one statement and collects its rows.

use tokio_postgres::{Client, Error, SimpleQueryMessage, error::SqlState};

use crate::{
    kind::Verb,
    rows::{Row, row},
    split::Statement,
};

/// The server's answer to a statement.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    /// The rows, if the statement returns any.
    pub(crate) rows: Option<Vec<Row>>,
    /// Number of rows inserted, updated or deleted, if the statement does that.
    pub(crate) affected: Option<u64>,
}

/// Runs `text` in one round trip.
///
/// The simple protocol has no column types, so a statement with rows is also
/// prepared: both messages are sent together, and the types arrive first.
pub(crate) async fn run(
    client: &Client,
    statement: &Statement,
    text: &str,
) -> Result<Reply, Error> {
    let (types, messages) = if statement.kind.has_rows {
        let (prepared, messages) = tokio::join!(client.prepare(text), client.simple_query(text));
        let messages = match (messages, &prepared) {
            // In a transaction the preparation has failed first, and the server refuses the rest.
            (Err(error), Err(_)) if error.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION) => {
                return Err(prepared.err().unwrap_or(error));
            }
            (messages, _) => messages?,
        };
        // The error of the query is the better one. If only the preparation
        // failed, the statement has run, and its values stay text.
        let types = prepared.map_or_else(
            |_| Vec::new(),
            |prepared| {
                let columns = prepared.columns().iter();
                columns.map(|column| column.type_().clone()).collect()
            },
        );
        (types, messages)
    } else {
        (Vec::new(), client.simple_query(text).await?)
    };

    let mut reply = Reply::default();
    for message in &messages {
        match message {
            SimpleQueryMessage::RowDescription(_) => reply.rows = Some(Vec::new()),
            SimpleQueryMessage::Row(found) => {
                reply.rows.get_or_insert_default().push(row(found, &types));
            }
            SimpleQueryMessage::CommandComplete(count) => {
                reply.affected = counts_rows(statement).then_some(*count);
            }
            _ => {}
        }
    }
    Ok(reply)
}

/// The driver reports 0 rows for commands that do not count rows.
fn counts_rows(statement: &Statement) -> bool {
    let verb = statement.text.get(..6).unwrap_or_default();
    statement.kind.verb == Verb::Write
        && ["INSERT", "UPDATE", "DELETE"]
            .iter()
            .any(|counting| verb.eq_ignore_ascii_case(counting))
}
