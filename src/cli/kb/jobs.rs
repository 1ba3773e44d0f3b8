//! `copilot kb status` and `copilot kb list-jobs`: show ingestion jobs.

use super::runtime;
use super::text::{JSON_FORMAT_VERSION, json, wants_json};
use crate::cli::show;
use crate::fault::Result;
use clap::ArgMatches;
use console::{measure_text_width, style};
use copilot_kb::{Agent, Job, KnowledgeBase, Statistics};
use serde_json::{Value, json};

/// Runs `copilot kb status`.
pub(super) fn status(matches: &ArgMatches) -> Result<u8> {
    let text = |name| matches.get_one::<String>(name).cloned();
    let base = text("kb-id").unwrap_or_default();
    let (job, source) = (text("job-id"), text("ds-id"));
    let wants_json = wants_json(matches);
    runtime::run(matches, |session| async move {
        let agent = Agent::new(&session.config);
        let Some(job) = job else {
            let found = session.wait(agent.knowledge_base(&base)).await?;
            if wants_json {
                json(&json!({ "v": JSON_FORMAT_VERSION, "knowledge_base": base_as_json(&found) }));
            } else {
                base_as_text(&found);
            }
            return Ok(0);
        };
        let source = match source {
            Some(source) => source,
            None => session.wait(agent.only_data_source(&base)).await?,
        };
        let found = session.wait(agent.job(&base, &source, &job)).await?;
        show_job(&found, wants_json);
        Ok(0)
    })
}

/// Runs `copilot kb list-jobs`.
pub(super) fn list(matches: &ArgMatches) -> Result<u8> {
    let text = |name| matches.get_one::<String>(name).cloned().unwrap_or_default();
    let (base, source) = (text("kb-id"), text("ds-id"));
    let limit = matches.get_one::<u32>("limit").copied().unwrap_or(10);
    let wants_json = wants_json(matches);
    runtime::run(matches, |session| async move {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let agent = Agent::new(&session.config);
        let jobs = session.wait(agent.jobs(&base, &source, limit)).await?;
        if wants_json {
            let jobs: Vec<_> = jobs.iter().map(as_json).collect();
            json(&json!({ "v": JSON_FORMAT_VERSION, "jobs": jobs }));
        } else if jobs.is_empty() {
            show::answer("no jobs yet");
        } else {
            table(&jobs);
        }
        Ok(0)
    })
}

/// Prints all about one job.
pub(super) fn show_job(job: &Job, wants_json: bool) {
    if wants_json {
        json(&json!({ "v": JSON_FORMAT_VERSION, "job": as_json(job) }));
        return;
    }
    let mut rows = vec![
        ("job", job.id.clone()),
        ("knowledge base", job.knowledge_base.clone()),
        ("data source", job.data_source.clone()),
        ("status", job.status.clone()),
        ("started", job.started.clone()),
        ("updated", job.updated.clone()),
    ];
    if let Some(statistics) = &job.statistics {
        rows.push(("documents", counts(statistics)));
    }
    rows.extend(job.failures.iter().map(|why| ("failure", why.clone())));
    pairs(&rows);
}

/// The counts of a job's documents, on one line.
pub(super) fn counts(statistics: &Statistics) -> String {
    format!(
        "{} scanned, {} new, {} modified, {} deleted, {} failed",
        statistics.scanned,
        statistics.new,
        statistics.modified,
        statistics.deleted,
        statistics.failed
    )
}

fn as_json(job: &Job) -> Value {
    let statistics = job.statistics.map(|found| {
        json!({
            "scanned": found.scanned,
            "new": found.new,
            "modified": found.modified,
            "deleted": found.deleted,
            "failed": found.failed,
        })
    });
    json!({
        "id": job.id,
        "knowledge_base": job.knowledge_base,
        "data_source": job.data_source,
        "status": job.status,
        "started": job.started,
        "updated": job.updated,
        "documents": statistics,
        "failures": job.failures,
    })
}

fn base_as_json(base: &KnowledgeBase) -> Value {
    json!({
        "id": base.id,
        "name": base.name,
        "description": base.description,
        "status": base.status,
        "created": base.created,
        "updated": base.updated,
        "failures": base.failures,
    })
}

fn base_as_text(base: &KnowledgeBase) {
    let mut rows = vec![
        ("knowledge base", base.id.clone()),
        ("name", base.name.clone()),
    ];
    rows.extend(base.description.clone().map(|text| ("description", text)));
    rows.extend([
        ("status", base.status.clone()),
        ("created", base.created.clone()),
        ("updated", base.updated.clone()),
    ]);
    rows.extend(base.failures.iter().map(|why| ("failure", why.clone())));
    pairs(&rows);
}

fn pairs(rows: &[(&str, String)]) {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in rows {
        show::answer(&format!("{name:width$}  {value}"));
    }
}

fn table(jobs: &[Job]) {
    let heading = ["job", "status", "started", "documents"].map(str::to_owned);
    let rows = jobs.iter().map(|job| {
        let documents = job.statistics.as_ref().map(counts);
        [
            job.id.clone(),
            job.status.clone(),
            job.started.clone(),
            documents.unwrap_or_default(),
        ]
    });
    let rows: Vec<_> = std::iter::once(heading).chain(rows).collect();
    let width = |column: usize| {
        let widths = rows.iter().map(|row| measure_text_width(&row[column]));
        widths.max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..3).map(width).collect();
    for (index, row) in rows.iter().enumerate() {
        let line = format!(
            "{:a$}  {:b$}  {:c$}  {}",
            row[0],
            row[1],
            row[2],
            row[3],
            a = widths[0],
            b = widths[1],
            c = widths[2],
        );
        let line = line.trim_end();
        if index == 0 {
            show::answer(&style(line).bold().to_string());
        } else {
            show::answer(line);
        }
    }
}
