//! `copilot db setup-schema`: applies the schema of the state store.

use super::super::show;
use super::answer::Answer;
use super::cluster::Cluster;
use super::work::{Work, say};
use crate::fault::Result;
use copilot_dsql::{self as dsql, ApplyOptions, Script};
use serde_json::json;

/// The schema at the time of the build, so that no checkout is needed.
const SCHEMA: Script<'static> = Script {
    sql: include_str!("../../../dev/schema/copilot.sql"),
    name: Some("dev/schema/copilot.sql"),
};

/// Applies the schema.
pub(super) fn set_up(cluster: &Cluster, work: &Work) -> Result<Answer> {
    let mut done = (0, 0);
    let result = work.wait(cluster, async {
        let connect = work.unless_stopped(cluster.connect_options()).await?;
        let options = ApplyOptions::default();
        let mut progress = |event: dsql::Event<'_>| {
            if let dsql::Event::Finished(applied) = &event {
                done = (applied.index, applied.total);
            }
            say(&event);
        };
        let stop = work.stopped();
        dsql::apply(
            &cluster.target(),
            &connect,
            SCHEMA,
            &options,
            &mut progress,
            stop,
        )
        .await
    });
    if result.is_err() && done.0 > 0 {
        let (index, total) = done;
        show::say(&format!(
            "{index} of {total} statements are done; rerun the command to continue"
        ));
    }
    let outcome = result?;
    let dsql::Outcome {
        applied,
        unchanged,
        retried,
        ..
    } = outcome;
    let (address, database) = (cluster.address(), &cluster.database);
    Ok(Answer {
        text: format!(
            "schema of {address}, database {database}: {applied} applied, {unchanged} unchanged"
        ),
        fields: json!({
            "changed": applied > 0,
            "applied": applied,
            "unchanged": unchanged,
            "retried": retried,
        }),
    })
}
