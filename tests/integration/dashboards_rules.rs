//! Each rule of form finds a dashboard that breaks it.

use crate::boards::board::Board;
use crate::boards::facts::Facts;
use crate::boards::limits;
use crate::boards::sample::{after, each, good};
use serde_json::{Value, json};

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

/// Panel 2 with this query, and this text where it has no value.
fn second(expr: &str, no_value: &str) -> Vec<String> {
    after(&[
        ("/panels/1/targets/0/expr", json!(expr)),
        ("/panels/1/fieldConfig/defaults/noValue", json!(no_value)),
    ])
}

#[test]
fn a_panel_without_data_says_why() {
    let waits = r#"sum(rate(dsql_pool_wait_total{cluster="$cluster"}[1m]))"#;
    let tokens = r#"sum(rate(dsql_token_refreshes_total{cluster="$cluster"}[1m]))"#;
    let up = r#"sum(up{cluster="$cluster"})"#;
    for (expr, why) in [
        (waits.to_owned(), "none so far"),
        (format!("{waits} / {up}"), "none so far"),
        (tokens.to_owned(), "not measured here"),
    ] {
        assert_eq!(second(&expr, why), [""; 0], "{expr}");
        let said = format!("Panel 2: without data it does not say: {why}");
        assert_eq!(second(&expr, "no data"), [said], "{expr}");
    }
    // It always has a value.
    assert_eq!(second(&format!("{waits} or 0 * {up}"), "no data"), [""; 0]);
    // A line that is never drawn is not missed among others.
    let both = json!([
        { "refId": "A", "datasource": good()["panels"][1]["datasource"], "expr": up },
        { "refId": "B", "datasource": good()["panels"][1]["datasource"], "expr": tokens },
    ]);
    assert_eq!(
        after(&[("/panels/1/targets", both)]),
        ["Panel 2: dsql_token_refreshes_total is never there, unlike the rest"]
    );
}

#[test]
fn what_is_off_is_in_a_collapsed_row_that_says_so() {
    let size = r#"sum(dsql_reservoir_size{cluster="$cluster"})"#;
    let shown = "Panel 2: dsql_reservoir_size is off by default and not in a collapsed row that \
        names DSQL_RESERVOIR_ENABLED=true";
    assert_eq!(second(size, "off"), [shown]);
    let mut panel = good()["panels"][1].clone();
    panel["id"] = json!(9);
    panel["title"] = json!("Panel 9");
    panel["targets"][0]["expr"] = json!(size);
    panel["fieldConfig"]["defaults"]["noValue"] = json!("off");
    let row = |title: &str, collapsed: bool| {
        let mut panels = good()["panels"].clone();
        let place = json!({ "x": 0, "y": 5, "w": 24, "h": 1 });
        panels.as_array_mut().unwrap().push(json!({
            "id": 8, "type": "row", "title": title, "gridPos": place,
            "collapsed": collapsed, "panels": [panel],
        }));
        after(&[("/panels", panels)])
    };
    assert_eq!(row("Off unless DSQL_RESERVOIR_ENABLED=true", true), [""; 0]);
    let shown = shown.replace("Panel 2", "Panel 9");
    for (title, collapsed) in [
        ("Reservoir", true),
        ("Off unless DSQL_RESERVOIR_ENABLED=true", false),
    ] {
        assert_eq!(row(title, collapsed), [&*shown], "{title}");
    }
}

#[test]
fn what_was_measured_of_a_healthy_cluster_is_green() {
    let mut json = good();
    for panel in [1, 5, 6] {
        json["panels"][panel]["fieldConfig"]["defaults"]["thresholds"] = json!({ "steps": [
            { "value": null, "color": "green" }, { "value": 1, "color": "red" },
        ] });
    }
    let board = Board { json };
    let measured = |rows: &str| {
        let rows = rows.replace("Panel", "temporal-server | Panel");
        limits::problems(&board, &Facts::load(), &limits::healthy(&rows))
    };
    assert_eq!(
        measured("Panel 2 | 0\nPanel 6 | 0.9\nPanel 7 | -1"),
        [""; 0]
    );
    assert_eq!(
        measured("Panel 2 | 1\nPanel 6 | 0\nPanel 3 | 0"),
        [
            "Panel 2: 1 is healthy, and red",
            "Panel 7: it has limits, and no measured value",
            "Panel 3: there is no such panel with limits",
        ]
    );
}
