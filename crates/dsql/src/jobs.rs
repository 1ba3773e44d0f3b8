//! Waits for DSQL's asynchronous index jobs: `sys.jobs`, `sys.wait_for_job`.

use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use crate::{
    Error, FailedJob, Statement,
    event::{Event, Progress},
    kind::Verb,
    reply::Reply,
    session::Session,
};

/// Between two calls of `wait_for_job`, which gives up after 300 s, the limit
/// of a DSQL transaction; a large index takes longer.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// A job that a statement started.
pub(crate) struct Job<'a> {
    id: String,
    statement: &'a Statement,
}

impl<'a> Job<'a> {
    /// The job in a statement's reply: a single column `job_id`, from anything
    /// but a query.
    pub(crate) fn started_by(statement: &'a Statement, reply: &Reply) -> Option<Self> {
        if statement.kind.verb == Verb::Read {
            return None;
        }
        let row = reply.rows.as_ref()?.first()?;
        let id = match (row.len(), row.get("job_id")?) {
            (1, Value::String(id)) => id.clone(),
            _ => return None,
        };
        // The id becomes part of a statement; DSQL's are lower-case base 32.
        (!id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric()))
            .then_some(Self { id, statement })
    }

    /// Waits until the job has ended.
    pub(crate) async fn wait(
        &self,
        session: &mut Session<'_>,
        progress: Progress<'_>,
    ) -> Result<(), Error> {
        progress(Event::WaitingForIndex {
            statement: self.statement,
            job: &self.id,
        });
        let wait = self
            .statement
            .companion(format!("CALL sys.wait_for_job('{}')", self.id));
        let query = self.statement.companion(format!(
            "SELECT status, details FROM sys.jobs WHERE job_id = '{}'",
            self.id
        ));
        loop {
            let waited = session.run(&wait, None, progress).await;
            let found = session.run(&query, None, progress).await?;
            let row = found.reply.rows.unwrap_or_default().into_iter().next();
            let text = |name| row.as_ref()?.get(name)?.as_str();
            match text("status") {
                Some("completed") => return Ok(()),
                // The server deletes finished jobs after a while.
                None => return waited.map(|_| ()),
                Some(status @ ("failed" | "cancelled")) => {
                    return Err(Error::Index {
                        place: session.place(self.statement.line),
                        statement: self.statement.summary.clone(),
                        job: Box::new(FailedJob {
                            id: self.id.clone(),
                            status: status.into(),
                            details: text("details").unwrap_or("no details given").into(),
                        }),
                    });
                }
                Some(_) => sleep(POLL_INTERVAL).await,
            }
        }
    }
}
