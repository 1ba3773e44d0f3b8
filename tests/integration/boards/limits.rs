//! Rules of limits: what a healthy cluster was measured to be is not called bad.

use super::board::{Board, list, text};
use super::catalog::Presence;
use super::facts::Facts;
use super::promql::asked;
use super::table;
use super::variables::{defaults, substitute};
use serde_json::Value;
use std::collections::BTreeMap;

/// The worst value of a healthy cluster, by dashboard and panel.
pub(crate) type Healthy = BTreeMap<(String, String), f64>;

/// From `tests/data/healthy-cluster.txt`.
pub(crate) fn healthy(file: &str) -> Healthy {
    table(file)
        .map(|row| {
            let value = row[2].parse().expect(row[2]);
            ((row[0].to_owned(), row[1].to_owned()), value)
        })
        .collect()
}

/// The panels that have limits for what is measured.
fn limited<'a>(board: &'a Board, facts: &'a Facts) -> impl Iterator<Item = &'a Value> {
    let values = defaults(board);
    board.shown().filter(move |panel| {
        let limits = &panel["fieldConfig"]["defaults"]["thresholds"];
        let mut targets = list(panel, "targets").iter();
        list(limits, "steps").len() > 1
            && targets.any(|target| {
                let expr = substitute(text(target, "expr"), &values).unwrap();
                text(&target["datasource"], "type") == "prometheus"
                    && asked(&expr, &facts.catalog)
                        .iter()
                        .all(|series| matches!(series.presence, Presence::Always | Presence::Event))
            })
    })
}

/// The colour of the threshold step that `value` reaches in `panel`.
fn colour(panel: &Value, value: f64) -> &str {
    let limits = &panel["fieldConfig"]["defaults"]["thresholds"];
    let steps = list(limits, "steps").iter();
    let below = |step: &&Value| step["value"].as_f64().is_none_or(|limit| limit <= value);
    let step = steps.take_while(below).last();
    step.map(|step| text(step, "color")).unwrap_or_default()
}

/// What is wrong with the limits of `board`.
pub(crate) fn problems(board: &Board, facts: &Facts, healthy: &Healthy) -> Vec<String> {
    let mut found = Vec::new();
    for panel in limited(board, facts) {
        let title = text(panel, "title");
        match healthy.get(&(board.uid().to_owned(), title.to_owned())) {
            None => found.push(format!("{title}: it has limits, and no measured value")),
            Some(value) if colour(panel, *value) != "green" => {
                let colour = colour(panel, *value);
                found.push(format!("{title}: {value} is healthy, and {colour}"));
            }
            Some(_) => {}
        }
    }
    for (_, title) in healthy.keys().filter(|(uid, _)| uid == board.uid()) {
        if !limited(board, facts).any(|panel| text(panel, "title") == title) {
            found.push(format!("{title}: there is no such panel with limits"));
        }
    }
    found
}
