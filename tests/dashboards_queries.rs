//! Each rule of `PromQL` and `LogQL` finds a query that breaks it.

mod boards;

use boards::catalog::Catalog;
use boards::variables::substitute;
use boards::{logql, promql};
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
        r#"sum by (operation) (rate(service_requests_total{cluster="a", operation!~"Poll.*"}[5m]))"#,
        r#"histogram_quantile(0.9, sum by (le, job) (rate(service_latency_milliseconds_bucket{job="a"}[5m])))"#,
        r#"sum(rate({__name__=~"pending_tasks_ratio_sum|pending_tasks_sum", cluster="a"}[5m]))"#,
        r#"topk(3, sum by (job) (dsql_pool_in_use{job="a"}))"#,
        r#"sum by (job) (up{job="a"}) / on (job) sum by (job) (up{job="a"})"#,
        r#"sum(delta(dsql_db_closed_max_idle_total{job="a"}[5m]))"#,
        r#"max by (job) (resets(service_requests_total{job="a"}[5m]))"#,
        r#"rate(service_error_with_type_total{job="a", error_type!~".*(NotFound|Canceled).*"}[5m])"#,
    ] {
        assert_eq!(promql::problems(expr, &catalog), [""; 0], "{expr}");
    }
}

#[test]
fn promql_parses() {
    let wrong = promql::problems("sum(up{job=\"a\"}", &Catalog::load());
    assert!(wrong[0].starts_with("not PromQL: "), "{wrong:?}");
    let wrong = promql::problems("rate(up{job=\"a\"})", &Catalog::load());
    assert!(wrong[0].starts_with("not PromQL: "), "{wrong:?}");
}

#[test]
fn metrics_are_real() {
    each(&[
        (
            r#"sum(process_cpu_seconds_total{job="a"})"#,
            "there is no metric process_cpu_seconds_total",
        ),
        // Without the exporter's suffix; of another server; a part that it does not have.
        (
            r#"sum(rate(service_requests{job="a"}[5m]))"#,
            "there is no metric service_requests",
        ),
        (
            r#"sum(rate(tasks_added_total{job="a"}[5m]))"#,
            "there is no metric tasks_added_total",
        ),
        (r#"sum(up_bucket{job="a"})"#, "there is no metric up_bucket"),
        (r#"{job="a"}"#, r#"{job="a"} names no metric"#),
        (
            r#"{__name__=~"up|down", job="a"}"#,
            "there is no metric down",
        ),
    ]);
}

#[test]
fn both_names_are_asked_for() {
    each(&[
        (
            r#"sum(rate(pending_tasks_ratio_bucket{job="a"}[5m]))"#,
            "pending_tasks is pending_tasks_bucket with another exporter",
        ),
        (
            r#"sum(rate({__name__=~"pending_tasks_bucket", job="a"}[5m]))"#,
            "pending_tasks is pending_tasks_ratio_bucket with another exporter",
        ),
    ]);
}

#[test]
fn labels_are_real() {
    each(&[
        (r#"up{job="a", operation="b"}"#, "up has no label operation"),
        (
            r#"sum by (operation) (up{job="a"})"#,
            "there is no label operation to group or match by",
        ),
        (
            r#"sum without (operation) (up{job="a"})"#,
            "there is no label operation to group or match by",
        ),
        (
            r#"sum by (instance) (sum by (job) (up{job="a"}))"#,
            "there is no label instance to group or match by",
        ),
        (
            r#"sum by (job) (up{job="a"}) / on (instance) up{job="a"}"#,
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
            r#"sum(service_requests_total{job="a"})"#,
            "service_requests only grows and is shown as it is",
        ),
        (
            r#"sum(rate(up{job="a"}[5m]))"#,
            "rate of up, which is a gauge",
        ),
        (
            r#"sum(avg_over_time(service_requests_total{job="a"}[5m]))"#,
            "avg_over_time of service_requests, which grows",
        ),
    ]);
}

#[test]
fn a_quantile_is_of_buckets() {
    each(&[(
        r#"histogram_quantile(0.9, sum by (job) (rate(service_latency_milliseconds_bucket{job="a"}[5m])))"#,
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
        let expr = format!("sum(rate(service_error_with_type_total{{job=\"a\"{matcher}}}[5m]))");
        each(&[(&expr, "service_error_with_type counts what clients cause")]);
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
