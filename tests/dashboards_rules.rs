//! Each rule of form, of links and of variables finds a dashboard that breaks it.

mod boards;

use boards::board::Board;
use boards::facts::Facts;
use boards::problems;
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
fn good() -> Value {
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
fn after(changes: &[(&str, Value)]) -> Vec<String> {
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
fn each(changes: &[(&str, Value, &str)]) {
    for (pointer, value, expected) in changes {
        assert_eq!(
            after(&[(pointer, value.clone())]),
            [*expected],
            "{pointer} = {value}"
        );
    }
}

#[test]
fn a_good_one_has_no_fault() {
    assert_eq!(after(&[]), [""; 0]);
}

#[test]
fn the_head_is_complete() {
    each(&[
        ("/schemaVersion", json!(39), "schemaVersion is not 42"),
        ("/title", json!(""), "the dashboard has no title"),
        (
            "/description",
            Value::Null,
            "the dashboard has no description",
        ),
        ("/refresh", json!(""), "the dashboard has no refresh"),
        (
            "/time/from",
            json!("yesterday"),
            "the dashboard has no time to start with",
        ),
    ]);
}

#[test]
fn ids_and_titles_are_unique() {
    each(&[
        (
            "/panels/3/id",
            json!(2),
            "Panel 4: its id is missing or taken",
        ),
        (
            "/panels/3/id",
            Value::Null,
            "Panel 4: its id is missing or taken",
        ),
        (
            "/panels/3/title",
            json!("Panel 2"),
            "Panel 2: its title is missing or taken",
        ),
        (
            "/panels/3/targets/0/refId",
            json!(""),
            "Panel 4: a refId is missing or taken",
        ),
    ]);
    let target = good()["panels"][1]["targets"][0].clone();
    assert_eq!(
        after(&[("/panels/1/targets", json!([target, target]))]),
        ["Panel 2: a refId is missing or taken"]
    );
}

#[test]
fn panels_have_a_place_of_their_own() {
    each(&[
        (
            "/panels/3/gridPos/x",
            json!(7),
            "Panel 4: it lies over Panel 3",
        ),
        (
            "/panels/6/gridPos/w",
            json!(5),
            "Panel 7: it does not fit in 24 columns",
        ),
        (
            "/panels/6/gridPos/h",
            json!(0),
            "Panel 7: it does not fit in 24 columns",
        ),
    ]);
    let no_place = after(&[("/panels/3/gridPos", Value::Null)]);
    assert_eq!(no_place[0], "Panel 4: it has no place");
}

#[test]
fn the_first_row_is_seen_at_once() {
    each(&[
        (
            "/panels/3/type",
            json!("timeseries"),
            "Panel 4: it is in the first row and not a stat",
        ),
        (
            "/panels/3/gridPos/h",
            json!(8),
            "Panel 4: it is in the first row and too far down",
        ),
        (
            "/panels/3/type",
            json!("row"),
            "the first row has fewer than 6 panels",
        ),
    ]);
    let without = after(&[("/panels/0/type", json!("text"))]);
    assert!(
        without.contains(&"the dashboard does not begin with a row".to_owned()),
        "{without:?}"
    );
}

#[test]
fn a_panel_says_what_is_good() {
    let defaults = "/panels/3/fieldConfig/defaults";
    let at = |key: &str| format!("{defaults}/{key}");
    each(&[
        (
            "/panels/3/description",
            json!("Conflicts."),
            "Panel 4: its description does not say what is good",
        ),
        (
            &at("unit"),
            Value::Null,
            "Panel 4: it has no unit that Grafana knows: ",
        ),
        (
            &at("unit"),
            json!("millis"),
            "Panel 4: it has no unit that Grafana knows: millis",
        ),
        (
            &at("noValue"),
            json!(""),
            "Panel 4: it does not say what no value means",
        ),
        (
            &at("thresholds"),
            Value::Null,
            "Panel 4: its thresholds do not ascend from null",
        ),
        (
            &at("thresholds/steps/1/value"),
            json!(3),
            "Panel 4: its thresholds do not ascend from null",
        ),
    ]);
    let unknown = after(&[("/panels/3/type", json!("graph"))]);
    assert!(
        unknown.contains(&"Panel 4: it is of an unknown type: graph".to_owned()),
        "{unknown:?}"
    );
    let nothing = after(&[("/panels/1/targets", json!([]))]);
    assert_eq!(nothing, ["Panel 2: it asks for nothing"]);
}

#[test]
fn links_lead_somewhere() {
    each(&[
        (
            "/panels/3/links/0/url",
            json!("/d/nowhere?x"),
            "Panel 4: its link leads nowhere: /d/nowhere?x",
        ),
        (
            "/panels/3/links/0/url",
            json!("/d/sre-copilot?var-cluster=monitored"),
            "Panel 4: sre-copilot has no variable cluster",
        ),
        (
            "/panels/3/fieldConfig/defaults/links",
            json!([{ "url": "https://example.com" }]),
            "Panel 4: its link leads nowhere: https://example.com",
        ),
        (
            "/links/1/url",
            json!("/d/dsql-persistence"),
            "no link leads to sre-copilot",
        ),
    ]);
}

#[test]
fn variables_start_with_a_value_and_are_used() {
    let list = |index: usize, key: &str| format!("/templating/list/{index}/{key}");
    each(&[
        (&list(0, "label"), Value::Null, "$cluster: it has no label"),
        (
            &list(0, "current"),
            json!({ "value": "other" }),
            "$cluster: other is none of its values",
        ),
        (
            &list(1, "current"),
            json!({ "value": "" }),
            "$job: it starts with no value",
        ),
        (
            &list(1, "allValue"),
            json!(""),
            "$job: it starts with no value",
        ),
        (
            &list(1, "includeAll"),
            json!(false),
            "$job: it starts with no value",
        ),
        (
            &list(2, "type"),
            json!("adhoc"),
            "$region: nobody checks a variable of type adhoc",
        ),
        (
            &list(1, "query"),
            json!({ "query": "query_result(up)" }),
            "$job: not a label_values(…, …): query_result(up)",
        ),
        (
            &list(1, "query"),
            json!({ "query": "label_values(up{cluster=\"$other\"}, job)" }),
            "$job: there is no $other",
        ),
        (
            &list(1, "query"),
            json!({ "query": "label_values(up{cluster=\"$cluster\"}, operation)" }),
            "$job: up{cluster=\"monitored\"} has no label operation",
        ),
        (
            &list(1, "query"),
            json!({ "query": "label_values(go_info{cluster=\"$cluster\"}, job)" }),
            "$job: there is no metric go_info",
        ),
        (
            &list(3, "query/metricName"),
            json!("Other"),
            "$cluster_id: CloudWatch has no such figures",
        ),
        (
            &list(1, "datasource"),
            json!({ "type": "prometheus", "uid": "mimir" }),
            "$job: there is no datasource {\"type\":\"prometheus\",\"uid\":\"mimir\"}",
        ),
        (
            "/panels/5/targets/0/expr",
            json!("max(up{cluster=\"$cluster\"})"),
            "$job: nothing uses it",
        ),
    ]);
}

#[test]
fn queries_ask_for_what_there_is() {
    let target = |panel: usize, key: &str| format!("/panels/{panel}/targets/0/{key}");
    each(&[
        (
            &target(1, "expr"),
            json!("sum(up{cluster=\"$x\"})"),
            "Panel 2: there is no $x",
        ),
        (
            &target(1, "expr"),
            json!("sum(upp{cluster=\"a\"})"),
            "Panel 2: there is no metric upp",
        ),
        (
            &target(2, "expr"),
            json!("{cluster=\"a\", pod=\"b\"}"),
            "Panel 3: no line has a label pod",
        ),
        (
            &target(1, "datasource/uid"),
            json!("mimir"),
            "Panel 2: there is no datasource {\"type\":\"prometheus\",\"uid\":\"mimir\"}",
        ),
        (
            "/panels/1/datasource/type",
            json!("loki"),
            "Panel 2: there is no datasource {\"type\":\"loki\",\"uid\":\"prometheus\"}",
        ),
        (
            &target(3, "metricName"),
            json!("CPUUtilization"),
            "Panel 4: CloudWatch has no CPUUtilization of Aurora DSQL",
        ),
        (
            &target(3, "namespace"),
            json!("AWS/RDS"),
            "Panel 4: CloudWatch has no OccConflicts of Aurora DSQL",
        ),
        (
            &target(3, "dimensions"),
            json!({ "ClusterId": "$cluster_id", "Zone": "a" }),
            "Panel 4: OccConflicts is not asked for by ClusterId alone",
        ),
        (
            &target(3, "period"),
            json!("90"),
            "Panel 4: OccConflicts has no period of whole minutes",
        ),
        (
            &target(3, "statistic"),
            json!(""),
            "Panel 4: OccConflicts has no statistic",
        ),
        (
            &target(4, "url"),
            json!("/state"),
            "Panel 5: the API has no /state",
        ),
        (
            &target(4, "parser"),
            json!("simple"),
            "Panel 5: /status/timeline is not asked for by Grafana's server",
        ),
        (
            &target(4, "columns/1/selector"),
            json!("state"),
            "Panel 5: /status/timeline answers with no state that is a string",
        ),
        (
            &target(4, "columns/1/type"),
            json!("number"),
            "Panel 5: /status/timeline answers with no to that is a number",
        ),
        (
            &target(4, "url_options/params/0/value"),
            json!("${start}"),
            "Panel 5: there is no $start",
        ),
    ]);
    let fixed = after(&[(&target(3, "region"), json!("eu-west-1"))]);
    assert!(
        fixed.contains(&"Panel 4: OccConflicts: eu-west-1 is no variable".to_owned()),
        "{fixed:?}"
    );
}
