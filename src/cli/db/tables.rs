//! `copilot db list-tables`: lists tables with their row counts.

use super::answer::Answer;
use super::cluster::Cluster;
use super::work::{Work, say};
use crate::fault::Result;
use console::{measure_text_width, style};
use copilot_dsql::{self as dsql, ApplyOptions, Table};
use serde_json::json;

/// Counts the rows of each table.
pub(super) fn list(cluster: &Cluster, work: &Work) -> Result<Answer> {
    let tables = work.wait(cluster, async {
        let connect = work.unless_stopped(cluster.connect_options()).await?;
        let options = ApplyOptions::default();
        let mut progress = |event: dsql::Event<'_>| say(&event);
        let stop = work.stopped();
        dsql::tables(&cluster.target(), &connect, &options, &mut progress, stop).await
    })?;
    let rows = tables.iter();
    let fields = rows.map(|table| json!({ "name": table.name, "rows": table.rows }));
    Ok(Answer {
        text: text(&tables, &cluster.database),
        fields: json!({ "tables": fields.collect::<Vec<_>>() }),
    })
}

fn text(tables: &[Table], database: &str) -> String {
    if tables.is_empty() {
        return format!("no tables in the schema `public` of the database {database}");
    }
    let rows = |table: &Table| {
        let rows = table.rows.map(|rows| rows.to_string());
        rows.unwrap_or_else(|| "not permitted".to_owned())
    };
    let lines: Vec<_> = tables
        .iter()
        .map(|table| (&*table.name, rows(table)))
        .collect();
    let heading = ("table", "rows".to_owned());
    let all = || lines.iter().chain([&heading]);
    let widest = all().map(|(name, _)| measure_text_width(name)).max();
    let longest = all().map(|(_, rows)| rows.len()).max();
    let (widest, longest) = (widest.unwrap_or(0), longest.unwrap_or(0));
    let line = |(name, rows): &(&str, String)| {
        let gap = " ".repeat(widest - measure_text_width(name));
        format!("{name}{gap}  {rows:>longest$}")
    };
    let first = style(line(&heading)).bold().to_string();
    let rest = lines.iter().map(line);
    std::iter::once(first)
        .chain(rest)
        .collect::<Vec<_>>()
        .join("\n")
}
