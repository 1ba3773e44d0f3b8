//! Deletes old rows.

use super::Store;
use crate::error::Error;
use time::OffsetDateTime;
use tokio_postgres::types::Type;

/// Rows per transaction; DSQL allows 3,000.
pub(super) const BATCH_ROWS: i64 = 2_500;
/// Per table and call; the rest waits for the next call.
const MAX_BATCHES: u32 = 20;

/// Tables with the column that determines the age of a row. An open issue has no end, so it is kept.
const AGE_COLUMNS: [(&str, &str); 5] = [
    ("metrics_snapshots", "taken_at"),
    ("health_assessments", "assessed_at"),
    ("issues", "resolved_at"),
    ("cluster_events", "happened_at"),
    ("behaviour_profiles", "window_end"),
];

impl Store {
    /// Deletes rows older than `before`, in batches, and returns their number. The newest assessment
    /// of a cluster is kept regardless of its age.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn delete_before(&self, before: OffsetDateTime) -> Result<u64, Error> {
        let mut deleted = 0;
        for (table, column) in AGE_COLUMNS {
            let exception = if table == "health_assessments" {
                " AND assessed_at < (SELECT max(newest.assessed_at) FROM health_assessments newest \
                 WHERE newest.cluster = health_assessments.cluster)"
            } else {
                ""
            };
            let sql = format!(
                "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {column} < $1{exception} \
                 ORDER BY {column} LIMIT $2) RETURNING 1"
            );
            for _ in 0..MAX_BATCHES {
                let rows = self
                    .write(
                        &sql,
                        &[(&before, Type::TIMESTAMPTZ), (&BATCH_ROWS, Type::INT8)],
                    )
                    .await?;
                deleted += rows.len() as u64;
                if rows.len() < usize::try_from(BATCH_ROWS).unwrap_or(usize::MAX) {
                    break;
                }
            }
        }
        Ok(deleted)
    }
}
