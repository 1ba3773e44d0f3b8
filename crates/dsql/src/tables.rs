//! Lists the tables of a database with their row counts.

use serde_json::Value;

use crate::{
    ApplyOptions, ConnectOptions, Error, Statement, Target,
    event::{Event, Progress},
    session::Session,
    split,
};

/// Without views, whose count would be that of their query.
const TABLE_NAMES_SQL: &str = "SELECT table_name AS name FROM information_schema.tables \
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name";

const NO_SUCH_TABLE_SQLSTATE: &str = "42P01";
const NOT_PERMITTED_SQLSTATE: &str = "42501";

/// A table of the schema `public`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The name, unquoted.
    pub name: String,
    /// The number of rows; `None` if the role may not read the table.
    pub rows: Option<u64>,
}

/// Counts the rows of each table of the schema `public`, ordered by name. Each
/// count is a query of its own, so they are not a consistent snapshot. A table
/// that is dropped meanwhile is omitted.
///
/// Retries and cancels as [`apply`](crate::apply()) does.
pub async fn tables(
    target: &Target,
    connect: &ConnectOptions,
    options: &ApplyOptions,
    progress: &mut (dyn FnMut(Event<'_>) + Send),
    cancel: impl Future<Output = ()>,
) -> Result<Vec<Table>, Error> {
    let mut session = Session::new(target, connect, options, None);
    tokio::select! {
        biased;
        () = cancel => {}
        found = count_rows(&mut session, options, progress) => return found,
    }
    session.cancel().await;
    Err(Error::Cancelled)
}

async fn count_rows(
    session: &mut Session<'_>,
    options: &ApplyOptions,
    progress: Progress<'_>,
) -> Result<Vec<Table>, Error> {
    let mut tables = Vec::new();
    let names = single_statement(TABLE_NAMES_SQL)?;
    let limit = options.statement_timeout;
    let found = session.run(&names, limit, progress).await?;
    for row in found.reply.rows.unwrap_or_default() {
        let Some(Value::String(name)) = row.get("name") else {
            continue;
        };
        let quoted = name.replace('"', "\"\"");
        let count = single_statement(&format!("SELECT count(*) AS rows FROM public.\"{quoted}\""))?;
        let rows = match session.run(&count, limit, progress).await {
            Ok(done) => {
                let rows = done.reply.rows.unwrap_or_default();
                rows.first()
                    .and_then(|row| row.get("rows"))
                    .and_then(Value::as_u64)
            }
            Err(error) => match error.sqlstate() {
                Some(NO_SUCH_TABLE_SQLSTATE) => continue,
                Some(NOT_PERMITTED_SQLSTATE) => None,
                _ => return Err(error),
            },
        };
        tables.push(Table {
            name: name.clone(),
            rows,
        });
    }
    Ok(tables)
}

fn single_statement(sql: &str) -> Result<Statement, Error> {
    let statement = split(sql)?.into_iter().next();
    statement.ok_or_else(|| Error::Config("there is no statement".into()))
}
