//! Issues: opened, counted while they last, and resolved.

use super::{Store, pool::Parameter, read::unexpected};
use crate::error::Error;
use serde_json::Value;
use time::OffsetDateTime;
use tokio_postgres::types::Type;

/// An issue in a single observation.
#[derive(Debug, Clone, PartialEq)]
pub struct NewIssue {
    /// Identifies the issue across observations.
    pub fingerprint: String,
    /// The part of the cluster.
    pub service: String,
    /// Name of the signal or the pattern.
    pub kind: String,
    /// Whether it is critical rather than a warning.
    pub critical: bool,
    /// What is wrong, in a few words.
    pub title: String,
    /// Values or log lines; the field `text` is displayed.
    pub evidence: Value,
    /// The usual cause.
    pub cause: Option<String>,
    /// The recommended action.
    pub action: String,
}

/// An issue that is not resolved.
#[derive(Debug, Clone)]
pub struct OpenIssue {
    /// `warning` or `critical`.
    pub severity: String,
    /// The part of the cluster.
    pub service: String,
    /// What is wrong, in a few words.
    pub title: String,
    /// The displayed evidence.
    pub evidence: String,
    /// The recommended action.
    pub action: String,
    /// When it was opened.
    pub since: OffsetDateTime,
    /// `metrics` or `logs`.
    pub source: String,
}

const UPDATE_SEEN_SQL: &str = "UPDATE issues SET last_seen_at = $3, occurrences = occurrences + 1, severity = $4, \
     title = $5, evidence = $6, description = $7 \
     WHERE cluster = $1 AND fingerprint = $2 AND resolved_at IS NULL AND last_seen_at < $3";

const INSERT_NEW_SQL: &str = "INSERT INTO issues (cluster, fingerprint, opened_at, last_seen_at, severity, title, evidence, \
     description, service, kind, source, likely_cause, remediation) \
     SELECT $1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 \
     WHERE NOT EXISTS (SELECT 1 FROM issues WHERE cluster = $1 AND fingerprint = $2 AND resolved_at IS NULL) \
     ON CONFLICT (fingerprint, opened_at) DO NOTHING";

const RESOLVE_UNSEEN_SQL: &str = "UPDATE issues SET resolved_at = greatest($3, opened_at) \
     WHERE cluster = $1 AND source = $2 AND resolved_at IS NULL AND last_seen_at <= $3 \
     AND NOT (fingerprint = ANY($4))";

impl Store {
    /// Replaces the open issues of one source by those of an observation: updates open ones, opens new
    /// ones and resolves the others. Idempotent.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn write_issues(
        &self,
        cluster: &str,
        source: &str,
        at: OffsetDateTime,
        issues: &[NewIssue],
    ) -> Result<(), Error> {
        for issue in issues {
            let severity = if issue.critical {
                "critical"
            } else {
                "warning"
            };
            let description = issue.evidence["text"].as_str().unwrap_or_default();
            let common: [Parameter<'_>; 7] = [
                (&cluster, Type::TEXT),
                (&issue.fingerprint, Type::TEXT),
                (&at, Type::TIMESTAMPTZ),
                (&severity, Type::TEXT),
                (&issue.title, Type::TEXT),
                (&issue.evidence, Type::JSONB),
                (&description, Type::TEXT),
            ];
            self.write(UPDATE_SEEN_SQL, &common).await?;
            let rest: [Parameter<'_>; 5] = [
                (&issue.service, Type::TEXT),
                (&issue.kind, Type::TEXT),
                (&source, Type::TEXT),
                (&issue.cause, Type::TEXT),
                (&issue.action, Type::TEXT),
            ];
            self.write(INSERT_NEW_SQL, &[&common[..], &rest[..]].concat())
                .await?;
        }
        let seen: Vec<&str> = issues.iter().map(|it| it.fingerprint.as_str()).collect();
        self.write(
            RESOLVE_UNSEEN_SQL,
            &[
                (&cluster, Type::TEXT),
                (&source, Type::TEXT),
                (&at, Type::TIMESTAMPTZ),
                (&seen, Type::TEXT_ARRAY),
            ],
        )
        .await
        .map(drop)
    }

    /// Open issues of a cluster, critical ones first, then by age.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn open_issues(&self, cluster: &str, limit: i64) -> Result<Vec<OpenIssue>, Error> {
        let rows = self
            .query(
                "SELECT severity, service, title, evidence->>'text', coalesce(remediation, ''), opened_at, source \
                 FROM issues WHERE cluster = $1 AND resolved_at IS NULL \
                 ORDER BY (severity = 'critical') DESC, opened_at, fingerprint LIMIT $2",
                &[(&cluster, Type::TEXT), (&limit, Type::INT8)],
            )
            .await?;
        let issue = |row: &tokio_postgres::Row| -> Result<OpenIssue, tokio_postgres::Error> {
            Ok(OpenIssue {
                severity: row.try_get(0)?,
                service: row.try_get(1)?,
                title: row.try_get(2)?,
                evidence: row.try_get::<_, Option<String>>(3)?.unwrap_or_default(),
                action: row.try_get(4)?,
                since: row.try_get(5)?,
                source: row.try_get(6)?,
            })
        };
        rows.iter()
            .map(issue)
            .collect::<Result<_, _>>()
            .map_err(unexpected)
    }
}
