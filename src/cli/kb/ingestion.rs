//! `copilot kb start-ingestion`: starts an ingestion job and can wait for it.

use super::args::DEFAULT_REGION;
use super::jobs::{counts, show_job};
use super::runtime::{self, Session};
use super::text::wants_json;
use crate::cli::show;
use crate::fault::{Error, Result};
use crate::process::quote;
use clap::ArgMatches;
use copilot_kb::{Agent, Job};
use std::time::Duration;

/// The first poll is early for jobs that end at once; the interval then doubles.
const FIRST_POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Most jobs take minutes.
const MAX_POLL_INTERVAL: Duration = Duration::from_secs(10);

/// Runs `copilot kb start-ingestion`.
pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let text = |name| matches.get_one::<String>(name).cloned().unwrap_or_default();
    let (base, source, region) = (text("kb-id"), text("ds-id"), text("region"));
    let (wait, wants_json) = (matches.get_flag("wait"), wants_json(matches));
    runtime::run(matches, |session| async move {
        let agent = Agent::new(&session.config);
        let job = session.wait(agent.start(&base, &source)).await?;
        let status_command = status_command(&job, &region);
        if !wants_json {
            show::answer(&format!("started ingestion job {}", job.id));
            show::answer(&format!("show its status: {status_command}"));
        }
        let job = if wait {
            let job = follow(&session, &agent, job, wants_json, &status_command).await?;
            if !job.is_complete() {
                if wants_json {
                    show_job(&job, true);
                    return Ok(1);
                }
                return Err(job_failed(&job, &status_command));
            }
            job
        } else {
            job
        };
        if wants_json {
            show_job(&job, true);
        } else if wait {
            show::answer("the job has completed");
        }
        Ok(0)
    })
}

/// The command that shows the status of the job.
fn status_command(job: &Job, region: &str) -> String {
    let mut words = vec!["copilot", "kb", "status", "--kb-id", &job.knowledge_base];
    words.extend(["--ds-id", &job.data_source, "--job-id", &job.id]);
    if region != DEFAULT_REGION {
        words.extend(["--region", region]);
    }
    let words: Vec<_> = words.into_iter().map(quote).collect();
    words.join(" ")
}

/// Waits for the end of `job`, and prints its status and counts whenever they change.
async fn follow(
    session: &Session,
    agent: &Agent,
    mut job: Job,
    quiet: bool,
    status_command: &str,
) -> Result<Job> {
    let mut printed = String::new();
    let mut pause = FIRST_POLL_INTERVAL;
    loop {
        let counts = job.statistics.as_ref().map(counts);
        let line = format!(
            "{}: {}",
            job.status,
            counts.as_deref().unwrap_or("not started")
        );
        if !quiet && line != printed {
            show::say(&line);
            printed = line;
        }
        if job.has_ended() {
            return Ok(job);
        }
        let next = async {
            tokio::time::sleep(pause).await;
            agent
                .job(&job.knowledge_base, &job.data_source, &job.id)
                .await
        };
        match session.wait(next).await {
            Ok(next) => job = next,
            Err(error) => {
                show::say(&format!(
                    "the job continues; show its status: {status_command}"
                ));
                return Err(error);
            }
        }
        pause = (pause * 2).min(MAX_POLL_INTERVAL);
    }
}

fn job_failed(job: &Job, status_command: &str) -> Error {
    let why = if job.failures.is_empty() {
        String::new()
    } else {
        format!(": {}", job.failures.join("; "))
    };
    Error::Service {
        kind: "failed",
        message: format!(
            "ingestion job {} ended with status {}{why}",
            job.id, job.status
        ),
        hint: Some(status_command.to_owned()),
    }
}
