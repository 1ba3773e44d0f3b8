//! A small dashboard, and what is wrong with it after a change.

use super::board::Board;
use super::facts::Facts;
use super::problems;
use serde_json::{Value, json};

fn stat(id: u64, target: &Value) -> Value {
    json!({
        "id": id,
        "type": "stat",
        "title": format!("Panel {id}"),
        "description": "Good: 1.",
        "datasource": target["datasource"],
        "gridPos": { "x": (id - 2) * 4, "y": 1, "w": 4, "h": 4 },
        "fieldConfig": { "defaults": {
            "unit": "short",
            "noValue": "none",
            "thresholds": { "steps": [{ "value": null }, { "value": 1 }, { "value": 2 }] },
        } },
        "links": [{ "url": "/d/dsql-persistence?var-cluster=${cluster}" }],
        "targets": [target],
    })
}

/// A small dashboard without fault.
pub(crate) fn good() -> Value {
    let metrics = json!({ "type": "prometheus", "uid": "prometheus" });
    let up =
        json!({ "refId": "A", "datasource": metrics, "expr": "sum(up{cluster=\"$cluster\"})" });
    let logs = json!({
        "refId": "A",
        "datasource": { "type": "loki", "uid": "loki" },
        "expr": "sum by (service) (rate({cluster=\"$cluster\"}[1m]))",
    });
    let aws = json!({
        "refId": "A",
        "datasource": { "type": "cloudwatch", "uid": "cloudwatch" },
        "namespace": "AWS/AuroraDSQL",
        "metricName": "OccConflicts",
        "statistic": "Sum",
        "period": "300",
        "region": "$region",
        "dimensions": { "ClusterId": "$cluster_id" },
    });
    let api = json!({
        "refId": "A",
        "datasource": { "type": "yesoreyeram-infinity-datasource", "uid": "copilot" },
        "source": "url",
        "parser": "backend",
        "url": "/status/timeline",
        "root_selector": "entries",
        "url_options": { "params": [{ "key": "from", "value": "${__from:date:iso}" }] },
        "columns": [
            { "selector": "at", "text": "At", "type": "timestamp" },
            { "selector": "to", "text": "To", "type": "string" },
            { "selector": "confidence", "text": "Confidence", "type": "number" },
        ],
    });
    json!({
        "uid": "temporal-server",
        "title": "Title",
        "description": "Text",
        "refresh": "30s",
        "schemaVersion": 42,
        "time": { "from": "now-1h", "to": "now" },
        "links": [
            { "title": "Database", "url": "/d/dsql-persistence" },
            { "title": "Copilot", "url": "/d/sre-copilot" },
        ],
        "templating": { "list": [
            {
                "name": "cluster", "label": "Cluster", "type": "custom", "query": "monitored,copilot",
                "current": { "value": "monitored" },
            },
            {
                "name": "job", "label": "Job", "type": "query", "datasource": metrics,
                "query": { "query": "label_values(up{cluster=\"$cluster\"}, job)" },
                "includeAll": true, "allValue": ".*", "current": { "value": ["$__all"] },
            },
            {
                "name": "region", "label": "Region", "type": "query", "datasource": aws["datasource"],
                "query": { "queryType": "regions" }, "current": { "value": "default" },
            },
            {
                "name": "cluster_id", "label": "Id", "type": "query", "datasource": aws["datasource"],
                "query": {
                    "queryType": "dimensionValues", "namespace": "AWS/AuroraDSQL",
                    "metricName": "TotalTransactions", "dimensionKey": "ClusterId",
                },
                "includeAll": true, "allValue": "*", "current": { "value": "$__all" },
            },
        ] },
        "panels": [
            {
                "id": 1, "type": "row", "title": "At a glance",
                "gridPos": { "x": 0, "y": 0, "w": 24, "h": 1 },
            },
            stat(2, &up),
            stat(3, &logs),
            stat(4, &aws),
            stat(5, &api),
            stat(6, &json!({
                "refId": "A", "datasource": metrics, "expr": "max(up{cluster=\"${cluster}\", job=~\"$job\"})",
            })),
            stat(7, &up),
        ],
    })
}

/// What is wrong after the value at each `pointer` has been replaced.
pub(crate) fn after(changes: &[(&str, Value)]) -> Vec<String> {
    let mut json = good();
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = json.pointer_mut(parent).expect(pointer);
        match key.parse::<usize>() {
            Ok(index) if parent.is_array() => parent[index] = value.clone(),
            _ => parent[key] = value.clone(),
        }
    }
    problems(&Board { json }, &Facts::load())
}

/// Fails unless each change alone leads to its one problem.
#[track_caller]
pub(crate) fn each(changes: &[(&str, Value, &str)]) {
    for (pointer, value, expected) in changes {
        assert_eq!(
            after(&[(pointer, value.clone())]),
            [*expected],
            "{pointer} = {value}"
        );
    }
}
