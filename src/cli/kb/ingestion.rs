//! `copilot kb start-ingestion`.

use super::args::REGION;
use super::jobs::{counts, show_job};
use super::runtime::{self, Session};
use super::text::wants_json;
use crate::cli::show;
use crate::fault::{Error, Result};
use crate::process::quote;
use clap::ArgMatches;
use copilot_kb::{Agent, Job};
use std::time::Duration;

/// A job takes minutes; the first look is for those that end at once.
const FIRST_LOOK: Duration = Duration::from_secs(1);
const LAST_LOOK: Duration = Duration::from_secs(10);

/// Runs `copilot kb start-ingestion`.
pub fn run(matches: &ArgMatches) -> Result<u8> {
    let text = |name| matches.get_one::<String>(name).cloned().unwrap_or_default();
    let (base, source, region) = (text("kb-id"), text("ds-id"), text("region"));
    let (wait, wants_json) = (matches.get_flag("wait"), wants_json(matches));
    runtime::run(matches, |session| async move {
        let agent = Agent::new(&session.config);
        let job = session.wait(agent.start(&base, &source)).await?;
        let how = follow_it(&job, &region);
        if !wants_json {
            show::answer(&format!("started ingestion job {}", job.id));
            show::answer(&format!("follow it: {how}"));
        }
        let job = if wait {
            let job = follow(&session, &agent, job, wants_json, &how).await?;
            if !job.is_complete() {
                if wants_json {
                    show_job(&job, true);
                    return Ok(1);
                }
                return Err(ended_badly(&job, &how));
            }
            job
        } else {
            job
        };
        if wants_json {
            show_job(&job, true);
        } else if wait {
            show::answer("the job is complete");
        }
        Ok(0)
    })
}

/// The command that shows how the job is.
fn follow_it(job: &Job, region: &str) -> String {
    let mut words = vec!["copilot", "kb", "status", "--kb-id", &job.knowledge_base];
    words.extend(["--ds-id", &job.data_source, "--job-id", &job.id]);
    if region != REGION {
        words.extend(["--region", region]);
    }
    let words: Vec<_> = words.into_iter().map(quote).collect();
    words.join(" ")
}

/// Waits for the end of `job`, and says each change of its counts.
async fn follow(
    session: &Session,
    agent: &Agent,
    mut job: Job,
    quiet: bool,
    how: &str,
) -> Result<Job> {
    let mut said = String::new();
    let mut pause = FIRST_LOOK;
    loop {
        let counts = job.statistics.as_ref().map(counts);
        let line = format!(
            "{}: {}",
            job.status,
            counts.as_deref().unwrap_or("not begun")
        );
        if !quiet && line != said {
            show::say(&line);
            said = line;
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
                show::say(&format!("the job goes on; follow it: {how}"));
                return Err(error);
            }
        }
        pause = (pause * 2).min(LAST_LOOK);
    }
}

fn ended_badly(job: &Job, how: &str) -> Error {
    let why = if job.failures.is_empty() {
        String::new()
    } else {
        format!(": {}", job.failures.join("; "))
    };
    Error::Service {
        kind: "failed",
        message: format!("ingestion job {} ended as {}{why}", job.id, job.status),
        hint: Some(how.to_owned()),
    }
}
