//! Rules of form: what a panel must say, and where it stands.

use super::board::{Board, list, text};
use serde_json::Value;
use std::collections::BTreeSet;

/// Panels that every Grafana has.
const PANEL_TYPES: [&str; 5] = ["logs", "stat", "state-timeline", "table", "timeseries"];

/// Grafana's names of the units that the dashboards use.
const PANEL_UNITS: [&str; 11] = [
    "bytes",
    "cpm",
    "dateTimeFromNow",
    "ms",
    "none",
    "ops",
    "percentunit",
    "reqps",
    "s",
    "short",
    "string",
];

/// What is wrong with the form of `board`.
pub(crate) fn problems(board: &Board) -> Vec<String> {
    let mut found = Vec::new();
    head(board, &mut found);
    ids(board, &mut found);
    grid(board, &mut found);
    first_row(board, &mut found);
    for panel in board.shown() {
        says(panel, &mut found);
    }
    found
}

fn head(board: &Board, found: &mut Vec<String>) {
    // The last version of the classic model: later changes are made in schema 2 only.
    if board.json["schemaVersion"] != 42 {
        found.push("schemaVersion is not 42".to_owned());
    }
    for key in ["uid", "title", "description", "refresh"] {
        if text(&board.json, key).is_empty() {
            found.push(format!("the dashboard has no {key}"));
        }
    }
    if !text(&board.json["time"], "from").starts_with("now-") {
        found.push("the dashboard has no time to start with".to_owned());
    }
}

fn ids(board: &Board, found: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    let mut titles = BTreeSet::new();
    for panel in board.panels() {
        let title = text(panel, "title");
        match panel["id"].as_u64() {
            Some(id @ 1..) if seen.insert(id) => {}
            _ => found.push(format!("{title}: its id is missing or taken")),
        }
        if title.is_empty() || !titles.insert(title) {
            found.push(format!("{title}: its title is missing or taken"));
        }
    }
}

/// Left, top, right and bottom.
fn place(panel: &Value) -> Option<[u64; 4]> {
    let [x, y, w, h] = ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_u64());
    Some([x?, y?, x? + w?, y? + h?])
}

fn grid(board: &Board, found: &mut Vec<String>) {
    places(board.top(), found);
    // What is in a collapsed row has the place of what follows, which moves down when it opens.
    for row in board.collapsed() {
        places(list(row, "panels"), found);
    }
}

fn places(panels: &[Value], found: &mut Vec<String>) {
    let mut before: Vec<(&str, [u64; 4])> = Vec::new();
    for panel in panels {
        let title = text(panel, "title");
        let Some(at) = place(panel) else {
            found.push(format!("{title}: it has no place"));
            continue;
        };
        if at[2] > 24 || at[0] >= at[2] || at[1] >= at[3] {
            found.push(format!("{title}: it does not fit in 24 columns"));
        }
        for (other, there) in &before {
            if at[0] < there[2] && there[0] < at[2] && at[1] < there[3] && there[1] < at[3] {
                found.push(format!("{title}: it lies over {other}"));
            }
        }
        before.push((title, at));
    }
}

/// The state is seen in five seconds: one line of single figures at the top.
fn first_row(board: &Board, found: &mut Vec<String>) {
    let panels: Vec<_> = board.first_row().collect();
    if panels.len() < 6 {
        found.push("the first row has fewer than 6 panels".to_owned());
    }
    let top = board.top().first().map(|panel| text(panel, "type"));
    if top != Some("row") {
        found.push("the dashboard does not begin with a row".to_owned());
    }
    for panel in panels {
        let title = text(panel, "title");
        if text(panel, "type") != "stat" {
            found.push(format!("{title}: it is in the first row and not a stat"));
        }
        if place(panel).is_none_or(|at| at[3] > 6) {
            found.push(format!("{title}: it is in the first row and too far down"));
        }
    }
}

fn says(panel: &Value, found: &mut Vec<String>) {
    let title = text(panel, "title");
    if !text(panel, "description").contains("Good") {
        found.push(format!(
            "{title}: its description does not say what is good"
        ));
    }
    let defaults = &panel["fieldConfig"]["defaults"];
    let unit = text(defaults, "unit");
    if !PANEL_UNITS.contains(&unit) {
        found.push(format!(
            "{title}: it has no unit that Grafana knows: {unit}"
        ));
    }
    let kind = text(panel, "type");
    if !PANEL_TYPES.contains(&kind) {
        found.push(format!("{title}: it is of an unknown type: {kind}"));
    }
    let steps = list(&defaults["thresholds"], "steps");
    let values: Vec<_> = steps.iter().map(|step| step["value"].as_f64()).collect();
    if values.first() != Some(&None) || !values.is_sorted() {
        found.push(format!("{title}: its thresholds do not ascend from null"));
    }
    if list(panel, "targets").is_empty() {
        found.push(format!("{title}: it asks for nothing"));
    }
    if kind == "stat" && text(defaults, "noValue").is_empty() {
        found.push(format!("{title}: it does not say what no value means"));
    }
}
