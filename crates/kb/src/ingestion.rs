//! Ingestion jobs: they make a knowledge base read its documents.

use crate::client;
use crate::error::{Error, Result, Scope};
use crate::sdk_error;
use aws_sdk_bedrockagent::Client;
use aws_sdk_bedrockagent::types::{
    IngestionJob, IngestionJobSortBy, IngestionJobSortByAttribute, IngestionJobStatistics,
    IngestionJobSummary, SortOrder,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_types::SdkConfig;

/// Bedrock's own limit for one response.
const MAX_JOBS_PER_PAGE: usize = 1000;

/// A client of Bedrock's API for knowledge bases.
#[derive(Clone, Debug)]
pub struct Agent {
    client: Client,
    region: String,
}

/// A knowledge base. Times are RFC 3339, in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnowledgeBase {
    /// Assigned by Bedrock.
    pub id: String,
    /// Chosen by its owner.
    pub name: String,
    /// Written by its owner.
    pub description: Option<String>,
    /// `ACTIVE`, `CREATING`, `FAILED`, …
    pub status: String,
    /// When it was created.
    pub created: String,
    /// When it was last changed.
    pub updated: String,
    /// Reasons, if it failed.
    pub failures: Vec<String>,
}

/// An ingestion job. Times are RFC 3339, in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Assigned by Bedrock.
    pub id: String,
    /// The id of the knowledge base.
    pub knowledge_base: String,
    /// The id of the data source it reads.
    pub data_source: String,
    /// `STARTING`, `IN_PROGRESS`, `COMPLETE`, `FAILED`, `STOPPING`, `STOPPED`.
    pub status: String,
    /// When it was started.
    pub started: String,
    /// When it last changed.
    pub updated: String,
    /// Counts of documents, once the job has begun.
    pub statistics: Option<Statistics>,
    /// Reasons, if it failed.
    pub failures: Vec<String>,
}

/// Counts of documents, by what a job did with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Documents examined.
    pub scanned: i64,
    /// Indexed for the first time.
    pub new: i64,
    /// Indexed again.
    pub modified: i64,
    /// Removed from the index.
    pub deleted: i64,
    /// Not indexed, because of an error.
    pub failed: i64,
}

impl Job {
    /// Whether its status is final.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.status.as_str(), "COMPLETE" | "FAILED" | "STOPPED")
    }

    /// Whether it ended without failing as a whole; single documents may have failed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.status == "COMPLETE"
    }

    fn from_sdk(job: &IngestionJob) -> Self {
        Self {
            id: job.ingestion_job_id().to_owned(),
            knowledge_base: job.knowledge_base_id().to_owned(),
            data_source: job.data_source_id().to_owned(),
            status: job.status().as_str().to_owned(),
            started: time(job.started_at()),
            updated: time(job.updated_at()),
            statistics: job.statistics().map(Statistics::from_sdk),
            failures: job.failure_reasons().to_vec(),
        }
    }

    fn from_summary(job: &IngestionJobSummary) -> Self {
        Self {
            id: job.ingestion_job_id().to_owned(),
            knowledge_base: job.knowledge_base_id().to_owned(),
            data_source: job.data_source_id().to_owned(),
            status: job.status().as_str().to_owned(),
            started: time(job.started_at()),
            updated: time(job.updated_at()),
            statistics: job.statistics().map(Statistics::from_sdk),
            failures: Vec::new(),
        }
    }
}

impl Statistics {
    fn from_sdk(found: &IngestionJobStatistics) -> Self {
        Self {
            scanned: found.number_of_documents_scanned(),
            new: found.number_of_new_documents_indexed(),
            modified: found.number_of_modified_documents_indexed(),
            deleted: found.number_of_documents_deleted(),
            failed: found.number_of_documents_failed(),
        }
    }
}

impl Agent {
    /// Creates a client for the region of `config`. Sends nothing.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            client: client::agent(config),
            region: client::region(config),
        }
    }

    fn scope(&self, action: &'static str, what: String) -> Scope {
        Scope {
            action,
            what,
            arn: None,
            region: self.region.clone(),
        }
    }

    fn base_scope(&self, action: &'static str, id: &str) -> Scope {
        self.scope(action, format!("knowledge base `{id}`"))
    }

    fn source_scope(&self, action: &'static str, base: &str, source: &str) -> Scope {
        let what = format!("data source `{source}` of knowledge base `{base}`");
        self.scope(action, what)
    }

    /// Describes a knowledge base.
    pub async fn knowledge_base(&self, id: &str) -> Result<KnowledgeBase> {
        let scope = self.base_scope("bedrock:GetKnowledgeBase", id);
        let answer = self
            .client
            .get_knowledge_base()
            .knowledge_base_id(id)
            .send()
            .await
            .map_err(|error| sdk_error::translate(&error, &scope))?;
        let found = answer.knowledge_base().ok_or_else(|| empty(&scope))?;
        Ok(KnowledgeBase {
            id: found.knowledge_base_id().to_owned(),
            name: found.name().to_owned(),
            description: found.description().map(str::to_owned),
            status: found.status().as_str().to_owned(),
            created: time(found.created_at()),
            updated: time(found.updated_at()),
            failures: found.failure_reasons().to_vec(),
        })
    }

    /// The id of a knowledge base's only data source; an error if it has none, or several.
    pub async fn only_data_source(&self, base: &str) -> Result<String> {
        let scope = self.base_scope("bedrock:ListDataSources", base);
        let mut pages = self
            .client
            .list_data_sources()
            .knowledge_base_id(base)
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| sdk_error::translate(&error, &scope))?;
            let ids = page.data_source_summaries().iter();
            found.extend(ids.map(|source| source.data_source_id().to_owned()));
        }
        match found.as_slice() {
            [only] => Ok(only.clone()),
            [] => Err(Error::Unusable {
                message: format!("knowledge base `{base}` has no data source"),
                hint: "add one first: the bucket that holds its documents".into(),
            }),
            several => Err(Error::Unusable {
                message: format!("knowledge base `{base}` has {} data sources", several.len()),
                hint: format!("pass one of them to --ds-id: {}", several.join(", ")),
            }),
        }
    }

    /// Starts a job.
    pub async fn start(&self, base: &str, source: &str) -> Result<Job> {
        let scope = self.source_scope("bedrock:StartIngestionJob", base, source);
        let answer = self
            .client
            .start_ingestion_job()
            .knowledge_base_id(base)
            .data_source_id(source)
            .send()
            .await
            .map_err(|error| sdk_error::translate(&error, &scope))?;
        answer
            .ingestion_job()
            .map(Job::from_sdk)
            .ok_or_else(|| empty(&scope))
    }

    /// Describes a job.
    pub async fn job(&self, base: &str, source: &str, job: &str) -> Result<Job> {
        let what = format!("job `{job}` of data source `{source}` of knowledge base `{base}`");
        let scope = self.scope("bedrock:GetIngestionJob", what);
        let answer = self
            .client
            .get_ingestion_job()
            .knowledge_base_id(base)
            .data_source_id(source)
            .ingestion_job_id(job)
            .send()
            .await
            .map_err(|error| sdk_error::translate(&error, &scope))?;
        answer
            .ingestion_job()
            .map(Job::from_sdk)
            .ok_or_else(|| empty(&scope))
    }

    /// Lists up to `limit` jobs, newest first.
    pub async fn jobs(&self, base: &str, source: &str, limit: usize) -> Result<Vec<Job>> {
        let scope = self.source_scope("bedrock:ListIngestionJobs", base, source);
        let sort = IngestionJobSortBy::builder()
            .attribute(IngestionJobSortByAttribute::StartedAt)
            .order(SortOrder::Descending)
            .build()
            .map_err(|error| Error::Refused {
                scope: Box::new(scope.clone()),
                said: error.to_string(),
                hint: None,
            })?;
        let mut jobs = Vec::new();
        let mut token = None;
        loop {
            let page = limit.saturating_sub(jobs.len()).min(MAX_JOBS_PER_PAGE);
            let answer = self
                .client
                .list_ingestion_jobs()
                .knowledge_base_id(base)
                .data_source_id(source)
                .sort_by(sort.clone())
                .max_results(i32::try_from(page).unwrap_or(i32::MAX))
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| sdk_error::translate(&error, &scope))?;
            jobs.extend(
                answer
                    .ingestion_job_summaries()
                    .iter()
                    .map(Job::from_summary),
            );
            token = answer.next_token().map(str::to_owned);
            if token.is_none() || jobs.len() >= limit {
                break;
            }
        }
        jobs.truncate(limit);
        Ok(jobs)
    }
}

fn empty(scope: &Scope) -> Error {
    Error::Refused {
        scope: Box::new(scope.clone()),
        said: "the response is empty".into(),
        hint: None,
    }
}

/// RFC 3339 in whole seconds.
fn time(time: &DateTime) -> String {
    DateTime::from_secs(time.secs())
        .fmt(Format::DateTime)
        .unwrap_or_else(|_| time.secs().to_string())
}
