use super::Store;
use crate::error::Error;
use serde_json::Value;
use time::OffsetDateTime;
use tokio_postgres::types::Type;

/// Something wrong, as one look saw it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewIssue {
    /// Same trouble, same fingerprint.
    pub fingerprint: String,
    /// Part of the cluster.
    pub service: String,
    /// Signal or pattern.
    pub kind: String,
    /// Whether it is critical; else a warning.
    pub critical: bool,
    /// What is wrong.
    pub title: String,
    /// What it was seen in; its `text` is shown.
    pub evidence: Value,
    /// What it usually comes from.
    pub cause: Option<String>,
    /// What to do.
    pub action: String,
}

/// An issue that is not over.
#[derive(Debug, Clone)]
pub struct OpenIssue {
    /// `warning` or `critical`.
    pub severity: String,
    /// Part of the cluster.
    pub service: String,
    /// What is wrong.
    pub title: String,
    /// What it was seen in, in words.
    pub evidence: String,
    /// What to do.
    pub action: String,
    /// Since when.
    pub since: OffsetDateTime,
    /// `metrics` or `logs`.
    pub source: String,
}

const SEEN: &str = "UPDATE issues SET last_seen_at = $3, occurrences = occurrences + 1, severity = $4, \
     title = $5, evidence = $6, description = $7 \
     WHERE cluster = $1 AND fingerprint = $2 AND resolved_at IS NULL AND last_seen_at < $3";

const OPENED: &str = "INSERT INTO issues (cluster, fingerprint, opened_at, last_seen_at, severity, title, evidence, \
     description, service, kind, source, likely_cause, remediation) \
     SELECT $1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 \
     WHERE NOT EXISTS (SELECT 1 FROM issues WHERE cluster = $1 AND fingerprint = $2 AND resolved_at IS NULL) \
     ON CONFLICT (fingerprint, opened_at) DO NOTHING";

const OVER: &str = "UPDATE issues SET resolved_at = greatest($3, opened_at) \
     WHERE cluster = $1 AND source = $2 AND resolved_at IS NULL AND last_seen_at <= $3 \
     AND NOT (fingerprint = ANY($4))";

impl Store {
    /// Makes the issues of one source be these: counts those that are open, opens new ones and ends
    /// those that were not seen. The same look again changes nothing.
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
            let common: [super::pool::Parameter<'_>; 7] = [
                (&cluster, Type::TEXT),
                (&issue.fingerprint, Type::TEXT),
                (&at, Type::TIMESTAMPTZ),
                (&severity, Type::TEXT),
                (&issue.title, Type::TEXT),
                (&issue.evidence, Type::JSONB),
                (&description, Type::TEXT),
            ];
            self.write(SEEN, &common).await?;
            let rest: [super::pool::Parameter<'_>; 5] = [
                (&issue.service, Type::TEXT),
                (&issue.kind, Type::TEXT),
                (&source, Type::TEXT),
                (&issue.cause, Type::TEXT),
                (&issue.action, Type::TEXT),
            ];
            self.write(OPENED, &[&common[..], &rest[..]].concat())
                .await?;
        }
        let seen: Vec<&str> = issues.iter().map(|it| it.fingerprint.as_str()).collect();
        self.write(
            OVER,
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

    /// Open issues of a cluster, critical ones first, then the oldest.
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
            .map_err(super::read::unexpected)
    }
}
