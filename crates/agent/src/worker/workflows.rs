//! The workflows. Their code is deterministic: time is the workflow's, and everything else comes from
//! activities.

use super::{
    activities::Activities,
    observation::{Observation, Tick},
};
use crate::health::Memory;
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};
use temporalio_client::RetryPolicy;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, ContinueAsNewOptions, WorkflowContext, WorkflowResult};
use time::OffsetDateTime;

/// Each adds about 20 events, so that a history stays at about 2,000 events.
pub(crate) const ITERATIONS_PER_RUN: u32 = 100;
/// Newest observations that are kept while the store is unavailable.
const MAX_WAITING_OBSERVATIONS: usize = 10;
/// Older observations with a change of state that are kept as well.
const MAX_WAITING_CHANGES: usize = 30;
/// After an activity failed.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// What one run of [`ObserveCluster`] passes on to the next.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Carried {
    /// The memory after the last observation.
    pub(crate) memory: Option<Memory>,
    /// Observations that are not in the store yet.
    pub(crate) waiting: Vec<Observation>,
}

/// Observes the metrics of the cluster periodically.
#[workflow]
#[derive(Default)]
pub(crate) struct ObserveCluster;

#[workflow_methods]
impl ObserveCluster {
    /// Runs [`ITERATIONS_PER_RUN`] iterations, then continues as new.
    #[run]
    pub(crate) async fn run(
        ctx: &mut WorkflowContext<Self>,
        mut carried: Carried,
    ) -> WorkflowResult<()> {
        for _ in 0..ITERATIONS_PER_RUN {
            let at = now(ctx.workflow_time());
            let tick = Tick {
                at,
                memory: carried.memory.clone(),
            };
            let seen = ctx
                .execute_activity(Activities::observe, tick, options(30, 2))
                .await;
            let Ok(mut seen) = seen else {
                ctx.timer(RETRY_PAUSE).await;
                continue;
            };
            if seen.changed() {
                // Without an explanation the change would not be written: discard this observation, so
                // that the next one sees the change again.
                let explained = ctx
                    .execute_activity(Activities::explain, seen, options(40, 3))
                    .await;
                let Ok(explained) = explained else {
                    ctx.timer(RETRY_PAUSE).await;
                    continue;
                };
                seen = explained;
            }
            let every = Duration::from_millis(seen.every_millis);
            carried.memory = Some(seen.memory.clone());
            carried.waiting.push(seen);
            let waiting = carried.waiting.clone();
            match ctx
                .execute_activity(Activities::record, waiting, options(30, 1))
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

/// Searches the logs for patterns of trouble periodically.
#[workflow]
#[derive(Default)]
pub(crate) struct WatchLogs;

#[workflow_methods]
impl WatchLogs {
    /// Runs [`ITERATIONS_PER_RUN`] iterations, then continues as new.
    #[run]
    pub(crate) async fn run(
        ctx: &mut WorkflowContext<Self>,
        _carried: Carried,
    ) -> WorkflowResult<()> {
        for _ in 0..ITERATIONS_PER_RUN {
            let at = now(ctx.workflow_time());
            let tick = Tick { at, memory: None };
            let every = ctx
                .execute_activity(Activities::watch_logs, tick, options(120, 2))
                .await
                .map_or(RETRY_PAUSE, Duration::from_millis);
            ctx.timer(rest(at, every, now(ctx.workflow_time()))).await;
        }
        ctx.continue_as_new(Carried::default(), ContinueAsNewOptions::default())?;
        Ok(())
    }
}

/// Writes an assessment periodically, and deletes old rows.
#[workflow]
#[derive(Default)]
pub(crate) struct AssessHealth;

#[workflow_methods]
impl AssessHealth {
    /// Runs [`ITERATIONS_PER_RUN`] iterations, then continues as new.
    #[run]
    pub(crate) async fn run(
        ctx: &mut WorkflowContext<Self>,
        _carried: Carried,
    ) -> WorkflowResult<()> {
        for _ in 0..ITERATIONS_PER_RUN {
            let at = now(ctx.workflow_time());
            let tick = Tick { at, memory: None };
            let every = ctx
                .execute_activity(Activities::assess, tick, options(180, 2))
                .await
                .map_or(RETRY_PAUSE, Duration::from_millis);
            ctx.timer(rest(at, every, now(ctx.workflow_time()))).await;
        }
        ctx.continue_as_new(Carried::default(), ContinueAsNewOptions::default())?;
        Ok(())
    }
}

/// The workflow's time, in whole seconds.
fn now(time: Option<SystemTime>) -> OffsetDateTime {
    let time = time.map_or(OffsetDateTime::UNIX_EPOCH, OffsetDateTime::from);
    time.replace_nanosecond(0).unwrap_or(time)
}

/// The rest of the interval until the next iteration; at least a second, unless the interval is
/// shorter.
fn rest(began: OffsetDateTime, every: Duration, now: OffsetDateTime) -> Duration {
    let spent = Duration::try_from(now - began).unwrap_or_default();
    every
        .saturating_sub(spent)
        .max(every.min(Duration::from_secs(1)))
}

/// The observations to keep for the store: the newest ones, and the newest changes before them.
fn kept(waiting: &[Observation]) -> Vec<Observation> {
    let recent = waiting.len().saturating_sub(MAX_WAITING_OBSERVATIONS);
    let (old, new) = waiting.split_at(recent);
    let changes: Vec<_> = old.iter().filter(|it| it.changed()).cloned().collect();
    let from = changes.len().saturating_sub(MAX_WAITING_CHANGES);
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
