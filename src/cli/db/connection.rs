//! `copilot db check-connection`: connects and prints the server's version.

use super::answer::Answer;
use super::cluster::Cluster;
use super::work::{Work, say};
use crate::fault::Result;
use copilot_dsql::{self as dsql, ApplyOptions, Script};
use serde_json::{Value, json};

/// Connects and queries the version.
pub(super) fn check(cluster: &Cluster, work: &Work) -> Result<Answer> {
    let script = Script {
        sql: "SELECT version() AS version, current_user AS role",
        name: None,
    };
    let outcome = work.wait(cluster, async {
        let connect = work.unless_stopped(cluster.connect_options()).await?;
        let options = ApplyOptions::default();
        let mut progress = |event: dsql::Event<'_>| say(&event);
        let stop = work.stopped();
        dsql::apply(
            &cluster.target(),
            &connect,
            script,
            &options,
            &mut progress,
            stop,
        )
        .await
    })?;
    let row = outcome.rows.into_iter().next().unwrap_or_default();
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
    let (version, user) = (text("version"), text("role"));
    let (address, database) = (cluster.address(), &cluster.database);
    Ok(Answer {
        text: format!("connected to {address}, database {database}, as {user}\n{version}"),
        fields: json!({ "user": user, "version": version }),
    })
}
