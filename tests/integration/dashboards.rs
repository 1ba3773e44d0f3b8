//! The dashboards in `grafana/` keep every rule.

use crate::boards::board::{Board, SHIPPED_BOARDS, files, text};
use crate::boards::catalog::Catalog;
use crate::boards::facts::{Facts, datasources};
use crate::boards::names::{Exporter, Kind, series};
use crate::boards::world::{Load, open_metrics};
use crate::boards::{limits, problems, read};
use std::collections::BTreeSet;

#[test]
fn they_keep_every_rule() {
    let facts = Facts::load();
    let mut found = Vec::new();
    for board in Board::shipped() {
        let wrong = problems(&board, &facts);
        found.extend(
            wrong
                .into_iter()
                .map(|wrong| format!("{}: {wrong}", board.uid())),
        );
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn there_are_three_and_their_addresses_are_agreed() {
    let mut shipped = SHIPPED_BOARDS.map(str::to_owned);
    shipped.sort();
    assert_eq!(files(), shipped);
    let uids: Vec<_> = Board::shipped()
        .iter()
        .map(|board| board.uid().to_owned())
        .collect();
    assert_eq!(uids, ["temporal-server", "dsql-persistence", "sre-copilot"]);
}

/// So that a change in Grafana, exported, differs in that change alone.
#[test]
fn they_are_formatted() {
    for path in SHIPPED_BOARDS {
        let formatted = serde_json::to_string_pretty(&Board::read(path).json).unwrap();
        assert!(
            read(path) == formatted + "\n",
            "{path}: format it with `jq .`"
        );
    }
}

#[test]
fn the_datasources_are_those_agreed() {
    let found = datasources(&read("dev/config/grafana-datasources.yaml"));
    let found: Vec<_> = found
        .iter()
        .map(|(uid, kind)| format!("{uid}: {kind}"))
        .collect();
    let agreed = [
        "cloudwatch: cloudwatch",
        "copilot: yesoreyeram-infinity-datasource",
        "loki: loki",
        "prometheus: prometheus",
    ];
    assert_eq!(found, agreed);
}

/// The processes whose series the expressions are tried on are those that are scraped, under the same
/// labels.
#[test]
fn the_processes_are_those_that_are_scraped() {
    let quoted = |line: &str, key: &str| {
        let (_, rest) = line.split_once(&format!("\"{key}\" = \""))?;
        Some(rest.split('"').next()?.to_owned())
    };
    let config = read("dev/config/alloy.alloy");
    let scraped: BTreeSet<_> = config
        .lines()
        .filter_map(|line| Some((quoted(line, "service")?, quoted(line, "cluster")?)))
        .collect();
    let series = open_metrics(&Catalog::load(), Load::Busy, Exporter::Now);
    let known: BTreeSet<_> = series
        .lines()
        .filter_map(|line| line.strip_prefix("up{cluster=\""))
        .filter_map(|rest| {
            let (cluster, rest) = rest.split_once('"')?;
            let job = rest.split_once("job=\"")?.1.split('"').next()?;
            Some((job.to_owned(), cluster.to_owned()))
        })
        .collect();
    assert_eq!(known, scraped);
    assert_eq!(known.len(), 7);
}

/// What AWS counts is there even where the plugin counts nothing.
#[test]
fn conflicts_are_shown_as_aws_counts_them() {
    let board = Board::read("grafana/dsql/persistence.json");
    for panel in [
        "Conflicts, as AWS counts",
        "Conflicts and transactions, as AWS counts",
    ] {
        let target = &board.panel(panel)["targets"][0];
        assert_eq!(text(target, "metricName"), "OccConflicts", "{panel}");
    }
    assert!(
        board
            .first_row()
            .any(|panel| text(panel, "title") == "Conflicts, as AWS counts"),
        "conflicts are not in the first row"
    );
}

/// A healthy cluster is not called bad.
#[test]
fn limits_are_above_what_was_measured() {
    let facts = Facts::load();
    let healthy = limits::healthy(&read("tests/data/healthy-cluster.txt"));
    let mut found = Vec::new();
    for board in Board::shipped() {
        found.extend(limits::problems(&board, &facts, &healthy));
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// A later exporter leaves `_ratio` out where the server's has it.
#[test]
fn names_are_made_as_the_exporter_makes_them() {
    let newer = |family, kind| series(family, kind, Exporter::Newer)[0].0.clone();
    assert_eq!(
        newer("pending_tasks_ratio", Kind::Histogram),
        "pending_tasks_bucket"
    );
    assert_eq!(
        newer("history_size_bytes", Kind::Histogram),
        "history_size_bytes_bucket"
    );
    assert_eq!(
        newer("copilot_signal_pressure_ratio", Kind::Gauge),
        "copilot_signal_pressure_ratio"
    );
    assert_eq!(
        newer("dsql_pool_wait_total", Kind::Counter),
        "dsql_pool_wait_total"
    );
}

/// A metric of another server's is none of ours.
#[test]
fn the_catalog_has_what_the_server_has() {
    let catalog = Catalog::load();
    for name in [
        "tasks_added_total",
        "dsql_slot_blocks_owned",
        "go_goroutines",
    ] {
        assert!(!catalog.series.contains_key(name), "{name}");
    }
    let labels = |name: &str| {
        let labels = catalog.series[name].labels.keys();
        labels.map(String::as_str).collect::<Vec<_>>()
    };
    assert_eq!(
        labels("persistence_latency_milliseconds_bucket"),
        [
            "cluster",
            "instance",
            "job",
            "le",
            "namespace",
            "operation",
            "service_name"
        ]
    );
    assert_eq!(
        labels("copilot_issues_open"),
        ["cluster", "instance", "job", "severity"]
    );
    assert_eq!(labels("up"), ["cluster", "instance", "job"]);
}

#[test]
fn datasources_are_read_from_their_file() {
    let yaml = "
apiVersion: 1
deleteDatasources:
  - name: Old
    uid: old
datasources:
  - name: One
    type: prometheus
    uid: \"one\" # as agreed
    jsonData:
      type: inner
      list:
        - name: inner
          uid: inner
  - uid: two
    type: loki
";
    let found = datasources(yaml.trim_start());
    let found: Vec<_> = found
        .iter()
        .map(|(uid, kind)| format!("{uid} {kind}"))
        .collect();
    assert_eq!(found, ["one prometheus", "two loki"]);
}
