//! Rules of queries: each asks a datasource that there is for something that it has.

use super::board::{Board, Target, list, text};
use super::facts::Facts;
use super::variables::{Values, defaults, substitute};
use super::{logql, promql};
use serde_json::Value;

/// What is wrong with the queries of `board`.
pub(crate) fn problems(board: &Board, facts: &Facts) -> Vec<String> {
    let mut found = Vec::new();
    let values = defaults(board);
    for panel in board.shown() {
        if !known(&panel["datasource"], facts) {
            let title = text(panel, "title");
            found.push(format!(
                "{title}: there is no datasource {}",
                panel["datasource"]
            ));
        }
        let mut ids = list(panel, "targets")
            .iter()
            .map(|target| text(target, "refId"));
        if !ids
            .clone()
            .all(|id| ids.clone().filter(|other| *other == id).count() == 1)
            || ids.any(str::is_empty)
        {
            found.push(format!(
                "{}: a refId is missing or taken",
                text(panel, "title")
            ));
        }
    }
    for target in board.targets() {
        let wrong = check(&target, &values, facts);
        found.extend(
            wrong
                .into_iter()
                .map(|wrong| format!("{}: {wrong}", target.panel)),
        );
    }
    found
}

fn known(source: &Value, facts: &Facts) -> bool {
    let kind = facts.datasources.get(text(source, "uid"));
    kind.map(String::as_str) == Some(text(source, "type"))
}

fn check(target: &Target<'_>, values: &Values, facts: &Facts) -> Vec<String> {
    let json = target.json;
    let source = &json["datasource"];
    if !known(source, facts) {
        return vec![format!("there is no datasource {source}")];
    }
    let expr = substitute(text(json, "expr"), values);
    match (text(source, "type"), expr) {
        ("prometheus", Ok(expr)) => promql::problems(&expr, &facts.catalog),
        ("loki", Ok(expr)) => logql::problems(&expr),
        ("cloudwatch", _) => cloudwatch(json, values, facts),
        ("yesoreyeram-infinity-datasource", _) => api(json, values, facts),
        (_, Err(unknown)) => vec![format!("there is no {unknown}")],
        (other, _) => vec![format!("nobody checks a query of {other}")],
    }
}

fn cloudwatch(json: &Value, values: &Values, facts: &Facts) -> Vec<String> {
    let mut found = Vec::new();
    let metric = text(json, "metricName");
    if text(json, "namespace") != "AWS/AuroraDSQL" || !facts.cloudwatch.contains(metric) {
        found.push(format!("CloudWatch has no {metric} of Aurora DSQL"));
    }
    let dimensions = json["dimensions"].as_object();
    if dimensions.is_none_or(|all| all.keys().ne(["ClusterId"])) {
        found.push(format!("{metric} is not asked for by ClusterId alone"));
    }
    let period: u32 = text(json, "period").parse().unwrap_or_default();
    if period == 0 || !period.is_multiple_of(60) {
        found.push(format!("{metric} has no period of whole minutes"));
    }
    if text(json, "statistic").is_empty() {
        found.push(format!("{metric} has no statistic"));
    }
    for word in [text(json, "region"), text(&json["dimensions"], "ClusterId")] {
        match substitute(word, values) {
            Ok(value) if value != word => {}
            Ok(_) => found.push(format!("{metric}: {word} is no variable")),
            Err(unknown) => found.push(format!("there is no {unknown}")),
        }
    }
    found
}

fn api(json: &Value, values: &Values, facts: &Facts) -> Vec<String> {
    let path = text(json, "url");
    let Some(mut answer) = facts.api.get(path) else {
        return vec![format!("the API has no {path}")];
    };
    let mut found = Vec::new();
    if text(json, "parser") != "backend" || text(json, "source") != "url" {
        found.push(format!("{path} is not asked for by Grafana's server"));
    }
    let root = text(json, "root_selector");
    if !root.is_empty() {
        answer = &answer[root][0];
    }
    for column in list(json, "columns") {
        let selector = text(column, "selector");
        let fits = match &answer[selector] {
            Value::String(value) if text(column, "type") == "timestamp" => value.ends_with('Z'),
            Value::String(_) => text(column, "type") == "string",
            Value::Number(_) => text(column, "type") == "number",
            _ => false,
        };
        if !fits {
            let kind = text(column, "type");
            found.push(format!(
                "{path} answers with no {selector} that is a {kind}"
            ));
        }
    }
    for parameter in list(&json["url_options"], "params") {
        if let Err(unknown) = substitute(text(parameter, "value"), values) {
            found.push(format!("there is no {unknown}"));
        }
    }
    found
}
