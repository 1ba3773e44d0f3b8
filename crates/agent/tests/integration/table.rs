//! The table of signals agrees with the dashboards and the documentation; a file overrides it.

use copilot_agent::{
    signals::{Kind, SIGNALS, Thresholds, signal},
    sources::queries,
};
use std::{collections::BTreeSet, fs, path::Path};

fn text(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap()
}

/// Words of a query that are names of metrics.
fn metrics(query: &str) -> BTreeSet<&str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = query.split(|c: char| !is_name(c));
    words
        .filter(|word| word.contains('_') && *word != "__name__")
        .filter(|word| !["histogram_quantile", "service_name", "_unknown_"].contains(word))
        .collect()
}

#[test]
fn every_metric_is_on_a_dashboard() {
    let boards = ["server/server.json", "dsql/persistence.json"]
        .map(|board| text(&format!("grafana/{board}")))
        .concat();
    let mut seen = 0;
    for signal in SIGNALS {
        for metric in metrics(signal.query) {
            assert!(
                boards.contains(metric),
                "{}: {metric} is on no dashboard",
                signal.name
            );
            seen += 1;
        }
    }
    assert!(seen > 25, "{seen}");
}

#[test]
fn limits_are_sound_and_names_are_unique() {
    let names: BTreeSet<_> = SIGNALS.iter().map(|signal| signal.name).collect();
    assert_eq!(names.len(), SIGNALS.len());
    for signal in SIGNALS {
        assert!(signal.limits.are_sound(), "{}", signal.name);
        assert!(
            !signal.title.ends_with('.') && signal.cause.ends_with('.'),
            "{}",
            signal.name
        );
    }
}

#[test]
fn every_query_is_about_one_cluster() {
    for query in queries() {
        let selectors = query.matches('{').count();
        assert_eq!(query.matches("$S").count(), selectors, "{query}");
        assert!(selectors > 0, "{query}");
    }
    assert_eq!(queries().count(), SIGNALS.len() + 9);
}

#[test]
fn the_document_has_the_table() {
    let document = text("docs/agent.md");
    let mut rows = 0;
    for signal in SIGNALS {
        let row = format!(
            "| `{}` | {} | {} | {} | {} | {} |",
            signal.name,
            signal.unit,
            signal.limits.stressed,
            signal.limits.critical,
            if signal.start_explains {
                "settles"
            } else {
                "counts"
            },
            signal.reason
        );
        assert!(document.contains(&row), "not in docs/agent.md: {row}");
        rows += 1;
    }
    let shown = document
        .lines()
        .filter(|line| line.starts_with("| `") && line.matches('|').count() == 7);
    assert_eq!(shown.count(), rows);
    let primary = SIGNALS
        .iter()
        .filter(|signal| signal.kind == Kind::Primary)
        .count();
    assert_eq!((primary, rows), (10, 18));
}

#[test]
fn a_file_changes_limits_and_the_window() {
    let own =
        r#"{ "window": "30s", "signals": { "backlog_age": { "stressed": 60, "critical": 300 } } }"#;
    let thresholds = Thresholds::parse(own).unwrap();
    let backlog = thresholds.limits(signal("backlog_age").unwrap());
    assert_eq!((backlog.stressed, backlog.critical), (60.0, 300.0));
    let churn = signal("shard_churn").unwrap();
    assert_eq!(thresholds.limits(churn), churn.limits);
    assert_eq!(
        thresholds.query("sum(rate(x{$S}[$W]))", "a\"b"),
        "sum(rate(x{cluster=\"a\\\"b\"}[30s]))"
    );
}

#[test]
fn invalid_files_are_explained() {
    for (text, message) in [
        (
            r#"{ "signals": { "backlog": { "stressed": 1, "critical": 2 } } }"#,
            "unknown signal \"backlog\"",
        ),
        (
            r#"{ "signals": { "backlog_age": { "stressed": 2, "critical": 2 } } }"#,
            "backlog_age: the limits must satisfy 0 < stressed < critical",
        ),
        (
            r#"{ "signals": { "backlog_age": { "stressed": 0, "critical": 2 } } }"#,
            "backlog_age: the limits must satisfy 0 < stressed < critical",
        ),
        (
            r#"{ "window": "2 minutes" }"#,
            "window \"2 minutes\" is not a duration such as 30s, 2m or 1h",
        ),
        (
            r#"{ "windows": "2m" }"#,
            "unknown field `windows`, expected `window` or `signals` at line 1 column 11",
        ),
    ] {
        assert_eq!(Thresholds::parse(text).unwrap_err(), message);
    }
}
