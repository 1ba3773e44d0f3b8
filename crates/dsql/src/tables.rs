use serde_json::Value;

use crate::{
    ApplyOptions, ConnectOptions, Error, Event, Statement, Target,
    session::{Progress, Session},
    split,
};

/// Tables, not views: a view's count would be that of its query.
const NAMES: &str = "SELECT table_name AS name FROM information_schema.tables \
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name";

const NO_SUCH_TABLE: &str = "42P01";
const NOT_PERMITTED: &str = "42501";

/// A table of the schema `public`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name, unquoted.
    pub name: String,
    /// How many rows it has; `None` if the role may not read it.
    pub rows: Option<u64>,
}

/// The tables of the schema `public` by name, each counted by a query of its
/// own: the counts are not of one moment. A table that is dropped meanwhile is
/// left out.
///
/// Tries again and cancels as [`apply`](crate::apply()) does.
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
        found = read(&mut session, options, progress) => return found,
    }
    session.cancel().await;
    Err(Error::Cancelled)
}

async fn read(
    session: &mut Session<'_>,
    options: &ApplyOptions,
    progress: Progress<'_>,
) -> Result<Vec<Table>, Error> {
    let mut tables = Vec::new();
    let names = one(NAMES)?;
    let limit = options.statement_timeout;
    let found = session.run(&names, limit, progress).await?;
    for row in found.reply.rows.unwrap_or_default() {
        let Some(Value::String(name)) = row.get("name") else {
            continue;
        };
        let quoted = name.replace('"', "\"\"");
        let count = one(&format!("SELECT count(*) AS rows FROM public.\"{quoted}\""))?;
        let rows = match session.run(&count, limit, progress).await {
            Ok(done) => {
                let rows = done.reply.rows.unwrap_or_default();
                rows.first()
                    .and_then(|row| row.get("rows"))
                    .and_then(Value::as_u64)
            }
            Err(error) => match error.sqlstate() {
                Some(NO_SUCH_TABLE) => continue,
                Some(NOT_PERMITTED) => None,
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

fn one(sql: &str) -> Result<Statement, Error> {
    let statement = split(sql)?.into_iter().next();
    statement.ok_or_else(|| Error::Config("there is no statement".into()))
}
