//! Rules of template variables, and what a query is when they have their defaults.

use super::board::{Board, text};
use super::facts::Facts;
use super::promql;
use serde_json::Value;
use std::collections::BTreeMap;

/// What Grafana itself puts in, with values of a usual screen.
const BUILT_IN: [(&str, &str); 5] = [
    ("__rate_interval", "1m"),
    ("__interval", "15s"),
    ("__range", "1h"),
    ("__from", "2026-11-24T10:00:00.000Z"),
    ("__to", "2026-11-24T11:00:00.000Z"),
];

/// The values of the variables before anybody chooses.
pub(crate) type Values = BTreeMap<String, String>;

/// The value that each variable of `board` has when it is opened.
pub(crate) fn defaults(board: &Board) -> Values {
    let own = board.variables().iter().map(|one| {
        (
            text(one, "name").to_owned(),
            // One without a value is a problem of its own.
            default(one).unwrap_or_else(|| ".*".to_owned()),
        )
    });
    let built_in = BUILT_IN.map(|(name, value)| (name.to_owned(), value.to_owned()));
    own.chain(built_in).collect()
}

/// The value that a variable starts with.
fn default(variable: &Value) -> Option<String> {
    let value = &variable["current"]["value"];
    let value = value.get(0).unwrap_or(value).as_str()?;
    if value != "$__all" {
        return Some(value.to_owned()).filter(|value| !value.is_empty());
    }
    let all = variable["includeAll"] == true;
    Some(text(variable, "allValue").to_owned()).filter(|value| all && !value.is_empty())
}

/// `query` with `values` put in; the name that is none otherwise.
pub(crate) fn substitute(query: &str, values: &Values) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = query;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let braced = after.strip_prefix('{');
        let start = braced.unwrap_or(after);
        let end = start.find(|c| !part(c)).unwrap_or(start.len());
        let name = &start[..end];
        rest = &start[end..];
        if braced.is_some() {
            let Some((_, after)) = rest.split_once('}') else {
                return Err(format!("${{{name}"));
            };
            rest = after;
        }
        match values.get(name) {
            Some(value) => out.push_str(value),
            // The end of a regular expression.
            None if name.is_empty() && braced.is_none() => out.push('$'),
            None => return Err(format!("${name}")),
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// What is wrong with the variables of `board`.
pub(crate) fn problems(board: &Board, facts: &Facts) -> Vec<String> {
    let mut found = Vec::new();
    let values = defaults(board);
    let panels = board.json["panels"].to_string();
    for variable in board.variables() {
        let name = text(variable, "name");
        if text(variable, "label").is_empty() {
            found.push(format!("${name}: it has no label"));
        }
        let others = board
            .variables()
            .iter()
            .filter(|other| text(other, "name") != name);
        let used = others
            .map(|other| other["query"].to_string())
            .chain([panels.clone()])
            .any(|text| text.contains(&format!("${name}")) || text.contains(&format!("${{{name}")));
        if !used {
            found.push(format!("${name}: nothing uses it"));
        }
        let Some(default) = default(variable) else {
            found.push(format!("${name}: it starts with no value"));
            continue;
        };
        match text(variable, "type") {
            "custom" => custom(variable, &default, &mut found),
            "query" => query(variable, &values, facts, &mut found),
            other => found.push(format!("${name}: nobody checks a variable of type {other}")),
        }
    }
    found
}

fn custom(variable: &Value, default: &str, found: &mut Vec<String>) {
    let options = text(variable, "query").split(',').map(str::trim);
    // `text : value`, or what is both.
    let mut options = options.map(|one| one.rsplit(" : ").next().unwrap_or(one));
    let all = variable["current"]["value"].to_string().contains("$__all");
    if !all && !options.any(|option| option == default) {
        found.push(format!(
            "${}: {default} is none of its values",
            text(variable, "name")
        ));
    }
}

fn query(variable: &Value, values: &Values, facts: &Facts, found: &mut Vec<String>) {
    let name = text(variable, "name");
    let source = &variable["datasource"];
    if facts
        .datasources
        .get(text(source, "uid"))
        .map(String::as_str)
        != Some(text(source, "type"))
    {
        found.push(format!("${name}: there is no datasource {source}"));
    }
    let query = &variable["query"];
    match text(source, "type") {
        "prometheus" => {
            let asked = text(query, "query");
            let parts = asked
                .strip_prefix("label_values(")
                .and_then(|rest| rest.strip_suffix(')'))
                .and_then(|inner| inner.rsplit_once(','));
            let Some((selector, label)) = parts else {
                found.push(format!("${name}: not a label_values(…, …): {asked}"));
                return;
            };
            match substitute(selector, values) {
                Ok(selector) => {
                    let wrong = promql::label_values(&selector, label.trim(), &facts.catalog);
                    found.extend(wrong.into_iter().map(|wrong| format!("${name}: {wrong}")));
                }
                Err(unknown) => found.push(format!("${name}: there is no {unknown}")),
            }
        }
        "cloudwatch" if text(query, "queryType") == "regions" => {}
        "cloudwatch" => {
            let known = facts.cloudwatch.contains(text(query, "metricName"))
                && text(query, "namespace") == "AWS/AuroraDSQL"
                && text(query, "dimensionKey") == "ClusterId";
            if !known {
                found.push(format!("${name}: CloudWatch has no such figures"));
            }
        }
        other => found.push(format!("${name}: nobody checks a query of {other}")),
    }
}
