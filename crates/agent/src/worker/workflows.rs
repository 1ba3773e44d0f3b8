//! Workflow code: deterministic. Time is the workflow's, all else comes from activities.

use super::{
    activities::Activities,
    observation::{Look, Observation},
};
use crate::health::Memory;
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};
use temporalio_client::RetryPolicy;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, ContinueAsNewOptions, WorkflowContext, WorkflowResult};
use time::OffsetDateTime;

/// Looks of one run: about 20 events each, so that a history stays under some 2,000 events.
pub const LOOKS: u32 = 100;
/// Looks without a change that wait for a store that is away; those with a change wait longer.
const WAITING: usize = 10;
/// Changes that wait for a store that is away.
const CHANGES: usize = 30;
/// Pause after a look that failed as a whole.
const PAUSE: Duration = Duration::from_secs(5);

/// What one run of the observing workflow hands on to the next.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Carried {
    /// What the last look handed on.
    pub memory: Option<Memory>,
    /// Looks that the store does not have yet.
    pub waiting: Vec<Observation>,
}

/// Looks at the cluster, again and again.
#[workflow]
#[derive(Default)]
pub struct ObserveCluster;

#[workflow_methods]
impl ObserveCluster {
    /// One run of [`LOOKS`] looks, then a new one.
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, mut carried: Carried) -> WorkflowResult<()> {
        for _ in 0..LOOKS {
            let at = now(ctx.workflow_time());
            let look = Look {
                at,
                memory: carried.memory.clone(),
            };
            let seen = ctx
                .execute_activity(Activities::observe, look, options(30, 2))
                .await;
            let Ok(mut seen) = seen else {
                ctx.timer(PAUSE).await;
                continue;
            };
            if seen.changed() {
                // Without an explanation the change would not be written: the next look tries again,
                // as if this one had not been.
                let explained = ctx
                    .execute_activity(Activities::explain, seen, options(40, 3))
                    .await;
                let Ok(explained) = explained else {
                    ctx.timer(PAUSE).await;
                    continue;
                };
                seen = explained;
            }
            let every = Duration::from_millis(seen.every_millis);
            carried.memory = Some(seen.memory.clone());
            carried.waiting.push(seen);
            let looks = carried.waiting.clone();
            match ctx
                .execute_activity(Activities::record, looks, options(30, 1))
                .await
            {
                Ok(()) => carried.waiting.clear(),
                Err(_) => carried.waiting = kept(&carried.waiting),
            }
            ctx.timer(rest(at, every, now(ctx.workflow_time()))).await;
        }
        ctx.continue_as_new(carried, ContinueAsNewOptions::default())?;
        Ok(())
    }
}

/// Looks for trouble in the logs, again and again.
#[workflow]
#[derive(Default)]
pub struct WatchLogs;

#[workflow_methods]
impl WatchLogs {
    /// One run of [`LOOKS`] looks, then a new one.
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _carried: Carried) -> WorkflowResult<()> {
        for _ in 0..LOOKS {
            let at = now(ctx.workflow_time());
            let look = Look { at, memory: None };
            let every = ctx
                .execute_activity(Activities::watch_logs, look, options(120, 2))
                .await
                .map_or(PAUSE, Duration::from_millis);
            ctx.timer(rest(at, every, now(ctx.workflow_time()))).await;
        }
        ctx.continue_as_new(Carried::default(), ContinueAsNewOptions::default())?;
        Ok(())
    }
}

/// Writes how it is, again and again.
#[workflow]
#[derive(Default)]
pub struct AssessHealth;

#[workflow_methods]
impl AssessHealth {
    /// One run of [`LOOKS`] assessments, then a new one.
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _carried: Carried) -> WorkflowResult<()> {
        for _ in 0..LOOKS {
            let at = now(ctx.workflow_time());
            let look = Look { at, memory: None };
            let every = ctx
                .execute_activity(Activities::assess, look, options(180, 2))
                .await
                .map_or(PAUSE, Duration::from_millis);
            ctx.timer(rest(at, every, now(ctx.workflow_time()))).await;
        }
        ctx.continue_as_new(Carried::default(), ContinueAsNewOptions::default())?;
        Ok(())
    }
}

/// Time of the workflow, in whole seconds.
fn now(time: Option<SystemTime>) -> OffsetDateTime {
    let time = time.map_or(OffsetDateTime::UNIX_EPOCH, OffsetDateTime::from);
    time.replace_nanosecond(0).unwrap_or(time)
}

/// What is left of the pause until the next look; at least a second, where looks are not closer.
fn rest(began: OffsetDateTime, every: Duration, now: OffsetDateTime) -> Duration {
    let spent = Duration::try_from(now - began).unwrap_or_default();
    every
        .saturating_sub(spent)
        .max(every.min(Duration::from_secs(1)))
}

/// What waits for the store: the newest looks, and the newest changes whatever their age.
fn kept(waiting: &[Observation]) -> Vec<Observation> {
    let recent = waiting.len().saturating_sub(WAITING);
    let (old, new) = waiting.split_at(recent);
    let changes: Vec<_> = old.iter().filter(|it| it.changed()).cloned().collect();
    let from = changes.len().saturating_sub(CHANGES);
    [&changes[from..], new].concat()
}

fn options(seconds: u64, attempts: u32) -> ActivityOptions {
    let retry = RetryPolicy::builder()
        .initial_interval(Duration::from_secs(1))
        .maximum_interval(Duration::from_secs(5))
        .maximum_attempts(attempts)
        .build();
    ActivityOptions::with_start_to_close_timeout(Duration::from_secs(seconds))
        .retry_policy(retry)
        .build()
}
