//! What is old is deleted.

use super::Store;
use crate::error::Error;
use time::OffsetDateTime;
use tokio_postgres::types::Type;

/// Rows of one transaction; DSQL allows 3,000.
pub const BATCH: i64 = 2_500;
/// Batches of one table at a time; the rest waits for the next time.
const BATCHES: u32 = 20;

/// Tables with the column that says how old a row is. An open issue has no end and is kept.
const TABLES: [(&str, &str); 5] = [
    ("metrics_snapshots", "taken_at"),
    ("health_assessments", "assessed_at"),
    ("issues", "resolved_at"),
    ("cluster_events", "happened_at"),
    ("behaviour_profiles", "window_end"),
];

impl Store {
    /// Deletes what is older than `before`, in batches. The newest assessment of a cluster is kept
    /// whatever its age. Says how many rows went.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn forget(&self, before: OffsetDateTime) -> Result<u64, Error> {
        let mut gone = 0;
        for (table, column) in TABLES {
            let but = if table == "health_assessments" {
                " AND assessed_at < (SELECT max(newest.assessed_at) FROM health_assessments newest \
                 WHERE newest.cluster = health_assessments.cluster)"
            } else {
                ""
            };
            let sql = format!(
                "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {column} < $1{but} \
                 ORDER BY {column} LIMIT $2) RETURNING 1"
            );
            for _ in 0..BATCHES {
                let rows = self
                    .write(&sql, &[(&before, Type::TIMESTAMPTZ), (&BATCH, Type::INT8)])
                    .await?;
                gone += rows.len() as u64;
                if rows.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
                    break;
                }
            }
        }
        Ok(gone)
    }
}
