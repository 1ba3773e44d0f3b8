//! Each rule of `PromQL` and `LogQL` finds a query that breaks it.

use crate::boards::catalog::Catalog;
use crate::boards::variables::substitute;
use crate::boards::{logql, promql};
use std::collections::BTreeMap;

/// Fails unless each expression has its one problem.
#[track_caller]
fn each(cases: &[(&str, &str)]) {
    let catalog = Catalog::load();
    for (expr, expected) in cases {
        assert_eq!(promql::problems(expr, &catalog), [*expected], "{expr}");
    }
}

#[test]
fn good_promql_has_no_fault() {
    let catalog = Catalog::load();
    for expr in [
        "1",
        r#"sum by (operation) (rate(service_requests_total{cluster="copilot", operation!~"Poll.*"}[5m]))"#,
        r#"histogram_quantile(0.9, sum by (le, job) (rate(persistence_latency_milliseconds_bucket{cluster="copilot"}[5m])))"#,
        r#"sum(rate({__name__=~"pending_tasks_ratio_sum|pending_tasks_sum", cluster="copilot"}[5m]))"#,
        r#"topk(3, sum by (job) (dsql_pool_in_use{cluster="copilot"}))"#,
        r#"sum by (job) (up{cluster="copilot"}) / on (job) sum by (job) (up{cluster="copilot"})"#,
        r#"sum(increase(dsql_db_closed_max_idle_total{cluster="copilot"}[5m]))"#,
        r#"max by (job) (resets(service_requests_total{cluster="copilot"}[5m]))"#,
        r#"rate(service_error_with_type_total{cluster="copilot", error_type!~".*(NotFound|Canceled).*"}[5m])"#,
    ] {
        assert_eq!(promql::problems(expr, &catalog), [""; 0], "{expr}");
    }
}

#[test]
fn promql_parses() {
    let wrong = promql::problems("sum(up{cluster=\"copilot\"}", &Catalog::load());
    assert!(wrong[0].starts_with("not PromQL: "), "{wrong:?}");
    let wrong = promql::problems("rate(up{cluster=\"copilot\"})", &Catalog::load());
    assert!(wrong[0].starts_with("not PromQL: "), "{wrong:?}");
}

#[test]
fn metrics_are_real() {
    each(&[
        (
            r#"sum(process_cpu_seconds_total{cluster="copilot"})"#,
            "there is no metric process_cpu_seconds_total",
        ),
        // Without the exporter's suffix; of another server; a part that it does not have.
        (
            r#"sum(rate(service_requests{cluster="copilot"}[5m]))"#,
            "there is no metric service_requests",
        ),
        (
            r#"sum(rate(tasks_added_total{cluster="copilot"}[5m]))"#,
            "there is no metric tasks_added_total",
        ),
        (
            r#"sum(up_bucket{cluster="copilot"})"#,
            "there is no metric up_bucket",
        ),
        (
            r#"{cluster="copilot"}"#,
            r#"{cluster="copilot"} names no metric"#,
        ),
        (
            r#"{__name__=~"up|down", cluster="copilot"}"#,
            "there is no metric down",
        ),
    ]);
}

#[test]
fn both_names_are_asked_for() {
    each(&[
        (
            r#"sum(rate(pending_tasks_ratio_bucket{cluster="copilot"}[5m]))"#,
            "pending_tasks_ratio is pending_tasks_bucket with another exporter",
        ),
        (
            r#"sum(rate({__name__=~"pending_tasks_bucket", cluster="copilot"}[5m]))"#,
            "pending_tasks_ratio is pending_tasks_ratio_bucket with another exporter",
        ),
    ]);
}

#[test]
fn labels_are_real() {
    each(&[
        (
            r#"up{cluster="copilot", operation="b"}"#,
            "up has no label operation",
        ),
        (
            r#"sum by (operation) (up{cluster="copilot"})"#,
            "there is no label operation to group or match by",
        ),
        (
            r#"sum without (operation) (up{cluster="copilot"})"#,
            "there is no label operation to group or match by",
        ),
        (
            r#"sum by (instance) (sum by (job) (up{cluster="copilot"}))"#,
            "there is no label instance to group or match by",
        ),
        (
            r#"sum by (job) (up{cluster="copilot"}) / on (instance) up{cluster="copilot"}"#,
            "there is no label instance to group or match by",
        ),
    ]);
}

#[test]
fn a_cluster_or_a_process_is_chosen() {
    each(&[("sum(up)", "up is asked for of every cluster")]);
}

#[test]
fn what_grows_is_shown_as_a_rate_and_a_gauge_is_not() {
    each(&[
        (
            r#"sum(service_requests_total{cluster="copilot"})"#,
            "service_requests_total only grows and is shown as it is",
        ),
        (
            r#"sum(rate(up{cluster="copilot"}[5m]))"#,
            "rate of up, which is a gauge",
        ),
        (
            r#"sum(avg_over_time(service_requests_total{cluster="copilot"}[5m]))"#,
            "avg_over_time of service_requests_total, which grows",
        ),
    ]);
}

#[test]
fn values_of_labels_are_real() {
    each(&[
        (
            r#"up{job="temporal-backend"}"#,
            r#"up has no value for job="temporal-backend""#,
        ),
        (
            r#"sum(numshards_gauge{cluster="copilot", service_name=~"frontend|matching"})"#,
            r#"numshards_gauge has no value for service_name=~"frontend|matching""#,
        ),
        (
            r#"sum(rate(cache_miss_total{cluster="copilot", cache_type="workflow"}[5m]))"#,
            r#"cache_miss_total has no value for cache_type="workflow""#,
        ),
    ]);
    // Of more values than four none is listed.
    let any = r#"sum(rate(persistence_requests_total{cluster="copilot", operation="Any"}[5m]))"#;
    assert_eq!(promql::problems(any, &Catalog::load()), [""; 0]);
}

#[test]
fn what_is_never_there_is_not_made_0() {
    let up = r#"sum(up{cluster="copilot"})"#;
    let failures = r#"sum(rate(dsql_token_refresh_failures_total{cluster="copilot"}[5m]))"#;
    let waits = r#"sum(rate(dsql_pool_wait_total{cluster="copilot"}[5m]))"#;
    let size = r#"sum(dsql_reservoir_size{cluster="copilot"})"#;
    each(&[
        (
            &format!("{failures} or 0 * {up}"),
            "`or` gives a value to dsql_token_refresh_failures_total, which is absent",
        ),
        (
            &format!("{size} / 2 or 0 * {up}"),
            "`or` gives a value to dsql_reservoir_size, which is absent",
        ),
        (
            &format!("{waits} or vector(0)"),
            "`or` gives a value where nothing is measured",
        ),
    ]);
    let good = format!("{waits} or 0 * {up}");
    assert_eq!(promql::problems(&good, &Catalog::load()), [""; 0]);
}

#[test]
fn long_polls_are_not_among_latencies() {
    let latency = |operations: &str| {
        format!(
            "sum(rate(service_latency_milliseconds_count{{cluster=\"copilot\"{operations}}}[5m]))"
        )
    };
    let said = |poll| format!("service_latency_milliseconds is asked for with {poll}, which waits");
    for (operations, poll) in [
        ("", "GetTaskQueueUserData"),
        (r#", operation=~".*""#, "GetTaskQueueUserData"),
        (
            r#", operation!~"Poll.*|GetTaskQueueUserData""#,
            "QueryWorkflow",
        ),
    ] {
        each(&[(&latency(operations), &said(poll))]);
    }
    let good = latency(
        r#", operation=~".*", operation!~"Poll.*|Get.*|QueryWorkflow|UpdateWorkflowExecution""#,
    );
    assert_eq!(promql::problems(&good, &Catalog::load()), [""; 0]);
    for good in [
        r#", operation="StartWorkflowExecution""#,
        r#", service_name="frontend", operation!~"Poll.*|QueryWorkflow|UpdateWorkflowExecution""#,
    ] {
        assert_eq!(promql::problems(&latency(good), &Catalog::load()), [""; 0]);
    }
}

#[test]
fn a_total_has_no_quantile() {
    let bucket = "dsql_pool_wait_duration_milliseconds_bucket";
    let expr =
        format!("histogram_quantile(0.9, sum by (le) (rate({bucket}{{cluster=\"copilot\"}}[5m])))");
    let said = "dsql_pool_wait_duration_milliseconds has totals, of which no quantile is";
    each(&[(&expr, said)]);
}

#[test]
fn a_quantile_is_of_buckets() {
    each(&[(
        r#"histogram_quantile(0.9, sum by (job) (rate(persistence_latency_milliseconds_bucket{cluster="copilot"}[5m])))"#,
        "histogram_quantile of what has no le",
    )]);
}

#[test]
fn what_clients_cause_is_no_error() {
    for matcher in [
        "",
        r#", error_type="x""#,
        r#", error_type!~"NotFound""#,
        r#", error_type=~"NotFound|Canceled""#,
    ] {
        let expr =
            format!("sum(rate(service_error_with_type_total{{cluster=\"copilot\"{matcher}}}[5m]))");
        each(&[(
            &expr,
            "service_error_with_type_total counts what clients cause",
        )]);
    }
}

#[test]
fn logql_is_balanced_and_its_labels_are_real() {
    for good in [
        r#"{cluster="a", service=~"b.*"}"#,
        r#"sum by (service) (count_over_time({cluster="a"} |~ `"?}(` != "\"{" [1m]))"#,
    ] {
        assert_eq!(logql::problems(good), [""; 0], "{good}");
    }
    for (query, expected) in [
        (r#"{cluster="a""#, "a { has no other half"),
        (r#"sum(rate({cluster="a"}[1m])"#, "a ( has no other half"),
        (r#"{cluster="a"})"#, "a ) has no other half"),
        (r#"{cluster="a"} |= "b"#, "a \" is not closed"),
        (r#"{cluster="a"} |= `b"#, "a ` is not closed"),
        (r#"{container="a"}"#, "no line has a label container"),
        ("{cluster=a}", "cluster is compared with no string"),
        ("error", "it selects no stream"),
        (
            r#"sum by (level) (rate({cluster="a"}[1m]))"#,
            "no line has a label level",
        ),
    ] {
        assert_eq!(logql::problems(query), [expected], "{query}");
    }
}

#[test]
fn variables_are_put_in() {
    let values =
        BTreeMap::from([("a", "1"), ("a_b", "2")].map(|(k, v)| (k.to_owned(), v.to_owned())));
    for (query, expected) in [
        ("$a ${a} ${a:csv} $a_b$", Ok("1 1 1 2$")),
        ("$c", Err("$c")),
        ("${a", Err("${a")),
        ("${c:csv}", Err("$c")),
    ] {
        let got = substitute(query, &values);
        assert_eq!(got.as_deref().map_err(String::as_str), expected, "{query}");
    }
}
