//! Scheduled assessments: the current state, explained anew.

use crate::{
    config::Config,
    error::Error,
    explain::{Explainer, Explanation, Facts},
    health::State,
    store::{Assessment, NewAssessment, Store, Trigger, reading},
};
use time::OffsetDateTime;

/// Writes an assessment, unless the newest observation is too old or has just changed the state.
pub(super) async fn write_scheduled(
    config: &Config,
    store: &Store,
    explainer: &Explainer,
    at: OffsetDateTime,
) -> Result<(), Error> {
    let cluster = &config.cluster;
    let snapshot = store.snapshot(cluster).await?;
    let before = store.assessment(cluster).await?;
    let (Some(snapshot), Some(before)) = (snapshot, before) else {
        return Ok(());
    };
    if at - snapshot.at > config.stale_after() || snapshot.state != before.state {
        return Ok(());
    }
    let reading = reading(&snapshot.signals);
    let facts = Facts {
        cluster: cluster.clone(),
        state: before.state,
        previous: None,
        since: before.since,
        at: snapshot.at,
        just_started: reading.just_started(),
        signals: reading.measured(&config.thresholds, before.state),
        logs: open_log_issues(store, cluster).await?,
        gap: None,
    };
    let explanation = if before.state == State::Unknown {
        // Only the observation itself knows why data is missing.
        explanation_of(&before)
    } else {
        explainer.explain(&facts).await
    };
    let assessment = NewAssessment {
        cluster,
        at,
        state: before.state,
        previous: before.state,
        since: before.since,
        trigger: Trigger::Schedule,
        signals: &facts.signals,
        logs: &facts.logs,
        explanation: &explanation,
    };
    store.write_assessment(&assessment).await.map(drop)
}

/// Title and evidence of the open issues from logs.
pub(super) async fn open_log_issues(store: &Store, cluster: &str) -> Result<Vec<String>, Error> {
    let open = store.open_issues(cluster, 20).await?;
    let from_logs = open.into_iter().filter(|it| it.source == "logs");
    Ok(from_logs
        .map(|it| format!("{} ({}): {}", it.title, it.service, it.evidence))
        .collect())
}

fn explanation_of(before: &Assessment) -> Explanation {
    Explanation {
        summary: before.summary.clone(),
        what: before.what.clone(),
        cause: before.cause.clone(),
        action: before.action.clone(),
        confidence: before.confidence,
        model_id: None,
    }
}
