//! Each rule of what a dashboard names (dashboards, variables, datasources, figures) finds one that
//! breaks it.

use crate::boards::sample::{after, each};
use serde_json::{Value, json};

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
            &list(0, "query"),
            json!("first : other,copilot"),
            "$cluster: monitored is none of its values",
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
