//! Each rule of form finds a dashboard that breaks it.

mod boards;

use boards::sample::{after, each, good};
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
