//! `dev/docker/render-and-start.sh`, under dash with the system's awk and under busybox with its own,
//! which is what the image has.

use crate::harness::rendering::{
    COUNT_VARIABLES, PORT_VARIABLES, Shell, TEXT_VARIABLES, Values, complete, shipped_template,
};
use proptest::prelude::*;
use serde_json::{Map, Value};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// The template as YAML, with each placeholder replaced in the tree instead of in the text.
fn expected(value: Value, values: &Values) -> Value {
    match value {
        Value::String(text) => leaf(&text, values),
        Value::Array(items) => items.into_iter().map(|it| expected(it, values)).collect(),
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, value)| (key, expected(value, values)))
                .collect::<Map<_, _>>(),
        ),
        other => other,
    }
}

fn leaf(text: &str, values: &Values) -> Value {
    let mut parts = text.split("${");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap();
        let default = OsString::from("verify-full");
        let value = values.get(name).unwrap_or(&default).to_str().unwrap();
        if COUNT_VARIABLES.contains(&name) {
            return value.parse::<u32>().unwrap().into();
        }
        out += value;
        out += rest;
    }
    out.into()
}

fn any_text() -> impl Strategy<Value = OsString> {
    let nasty = prop::sample::select(vec![
        "\"",
        "'",
        "\\",
        "/",
        "&",
        " ",
        "$",
        "${ES_HOST}",
        "$ES_HOST",
        "\n",
        "\r\n",
        "\t",
        ": ",
        " #",
        "#",
        "- ",
        "{{",
        "%",
        "|",
        "*",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{7f}",
        "é",
        "日本",
        "🦀",
        "\\n",
        "\\0",
        "null",
        "0x10",
        "x",
    ])
    .prop_map(str::to_owned);
    let any = any::<char>().prop_filter("no NUL", |it| *it != '\0');
    let piece = prop_oneof![3 => nasty, 1 => any.prop_map(String::from)];
    prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat().into())
}

fn any_values() -> impl Strategy<Value = Values> {
    let number =
        |name, most: u32| (1..=most).prop_map(move |it| (name, OsString::from(it.to_string())));
    let texts = TEXT_VARIABLES.map(|name| any_text().prop_map(move |it| (name, it)));
    let ports = PORT_VARIABLES.map(|name| number(name, 65535));
    let counts = COUNT_VARIABLES.map(|name| number(name, 999_999_999));
    (texts, ports, counts).prop_map(|(texts, ports, counts)| {
        let mut values = complete();
        values.extend(texts);
        values.extend(ports);
        values.extend(counts);
        values
    })
}

#[test]
fn any_complete_set_of_values_arrives_as_it_is() {
    let braces = shipped_template();
    let bare = braces.replace("${", "$").replace('}', "");
    let tree: Value = serde_saphyr::from_str(&braces).unwrap();
    let shells = Shell::all();
    let config = ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(values in any_values(), with_braces: bool)| {
        let template = if with_braces { &braces } else { &bare };
        let expected = expected(tree.clone(), &values);
        for shell in &shells {
            prop_assert_eq!(&shell.render(template, &values), &expected);
        }
    });
}

#[test]
fn what_is_missing_or_empty_is_named_at_once() {
    for shell in Shell::all() {
        let template = shipped_template();
        let mut none = Values::from([("ES_HOST", OsString::new())]);
        none.insert("TEMPORAL_BROADCAST_ADDRESS", "10.0.0.1".into());
        let said = shell.refusal(&template, &none);
        let mut named: Vec<_> = said
            .strip_prefix("missing or empty: ")
            .unwrap()
            .split(' ')
            .collect();
        named.sort_unstable();
        let mut all: Vec<_> = complete().into_keys().collect();
        all.retain(|name| *name != "TEMPORAL_BROADCAST_ADDRESS");
        assert_eq!(named, all);
        for name in complete().into_keys() {
            if name != "TEMPORAL_BROADCAST_ADDRESS" {
                let mut values = complete();
                values.insert(name, OsString::new());
                let said = shell.refusal(&template, &values);
                assert_eq!(said, format!("missing or empty: {name}"));
            }
        }
    }
}

#[test]
fn what_is_no_number_or_no_text_is_named_at_once() {
    for shell in Shell::all() {
        let mut values = complete();
        values.insert("TEMPORAL_LOG_LEVEL", "verbose".into());
        values.insert("DSQL_SSLMODE", "disable".into());
        values.insert("ES_PORT", "65536".into());
        values.insert("TEMPORAL_SQL_PORT", "5432\n".into());
        values.insert("TEMPORAL_HISTORY_SHARDS", "0".into());
        values.insert("TEMPORAL_SQL_MAX_CONNS", "010".into());
        values.insert("TEMPORAL_SQL_MAX_IDLE_CONNS", "-1".into());
        values.insert("TEMPORAL_SQL_USER", OsStr::from_bytes(b"a\xffb").into());
        values.insert("ES_HOST", OsStr::from_bytes(b"\xed\xa0\x80").into());
        values.insert("AWS_REGION", OsString::new());
        assert_eq!(
            shell.refusal(&shipped_template(), &values),
            "TEMPORAL_LOG_LEVEL must be one of debug info warn error dpanic panic fatal, and is \"verbose\"\n\
             TEMPORAL_HISTORY_SHARDS must be a number from 1 up, and is \"0\"\n\
             TEMPORAL_SQL_PORT must be a port, 1 to 65535, and is \"5432\\x0A\"\n\
             TEMPORAL_SQL_USER is not UTF-8\n\
             DSQL_SSLMODE must be verify-full, verify-ca or require, since the token is a password, and is \"disable\"\n\
             TEMPORAL_SQL_MAX_CONNS must be a number from 1 up, and is \"010\"\n\
             TEMPORAL_SQL_MAX_IDLE_CONNS must be a number from 1 up, and is \"-1\"\n\
             ES_HOST is not UTF-8\n\
             ES_PORT must be a port, 1 to 65535, and is \"65536\"\n\
             missing or empty: AWS_REGION"
        );
    }
}

#[test]
fn the_clusters_are_verified_unless_an_emulator_is_asked_for() {
    for shell in Shell::all() {
        let sslmode = |values: &Values| {
            let tree = shell.render(&shipped_template(), values);
            let sql = &tree["persistence"]["datastores"]["dsql"]["sql"];
            sql["connectAttributes"]["sslmode"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let mut values = complete();
        assert_eq!(sslmode(&values), "verify-full");
        values.insert("DSQL_SSLMODE", "require".into());
        assert_eq!(sslmode(&values), "require");
        values.insert("DSQL_SSLMODE", "disable".into());
        assert_eq!(
            shell.refusal(&shipped_template(), &values),
            "DSQL_SSLMODE must be verify-full, verify-ca or require, since the token is a password, and is \"disable\""
        );
    }
}

#[test]
fn the_log_level_is_one_that_the_server_knows() {
    let levels = "debug info warn error dpanic panic fatal";
    for shell in Shell::all() {
        let mut values = complete();
        // The server takes capitals too.
        for level in levels.split(' ').chain(["WARN"]) {
            values.insert("TEMPORAL_LOG_LEVEL", level.into());
            let tree = shell.render(&shipped_template(), &values);
            assert_eq!(tree["log"]["level"], level);
        }
        for wrong in ["warning", "info warn", " info", "inf"] {
            values.insert("TEMPORAL_LOG_LEVEL", wrong.into());
            assert_eq!(
                shell.refusal(&shipped_template(), &values),
                format!("TEMPORAL_LOG_LEVEL must be one of {levels}, and is \"{wrong}\"")
            );
        }
    }
}

#[test]
fn what_is_left_over_in_a_template_is_refused() {
    let cases = [
        (
            "a: \"${ES_HOST:-here}\"",
            "line 1: not a placeholder: ${ES_HOST:-here}\"",
        ),
        (
            "a: 1\nb: \"${ES_HOST\"",
            "line 2: not a placeholder: ${ES_HOST\"",
        ),
        ("a: \"${}\"", "line 1: not a placeholder: ${}\""),
        ("a: \"$5\"", "line 1: not a placeholder: $5\""),
        ("a: \"costs $\"", "line 1: not a placeholder: $\""),
        (
            "a: ${ES_HOST}",
            "line 1: $ES_HOST is text and must stand in double quotes",
        ),
        (
            "a: '$ES_HOST'",
            "line 1: $ES_HOST is text and must stand in double quotes",
        ),
    ];
    for shell in Shell::all() {
        for (template, said) in cases {
            let refusal = shell.refusal(template, &complete());
            assert_eq!(refusal, format!("template.yaml, {said}"));
        }
        let template = "# costs $5 ${}\na: \"\\\"$ES_HOST\\\"\" # $\nb: \"#$ES_PORT\"\n";
        let tree = serde_json::json!({ "a": "\"the ES_HOST\"", "b": "#5432" });
        assert_eq!(shell.render(template, &complete()), tree);
    }
}

#[test]
fn what_is_not_shaped_like_yaml_is_refused() {
    let cases = [
        ("", "line 0: there is nothing in it"),
        ("# only this\n", "line 1: there is nothing in it"),
        (
            "a: \"${ES_HOST}",
            "line 1: a string that does not end where the line does",
        ),
        (
            "a: \"b\" c",
            "line 1: a string that does not end where the line does",
        ),
        ("a: b: c", "line 1: not a value: b: c"),
        ("a: {b", "line 1: not a value: {b"),
        ("a: 1\n  b: 2", "line 2: indented like no line above"),
        (
            "a:\n    b: 1\n  c: 2",
            "line 3: indented like no line above",
        ),
        ("a:\n\tb: 1", "line 2: not `key: value`: \tb: 1"),
        ("a:\n  just words", "line 2: not `key: value`: just words"),
        ("a:1", "line 1: not `key: value`: a:1"),
    ];
    for shell in Shell::all() {
        for (template, said) in cases {
            let refusal = shell.refusal(template, &complete());
            assert_eq!(refusal, format!("out/server.yaml, {said}"), "{template}");
        }
        let template = "a:\n  - $ES_PORT\n  - b: 'it''s'\n    c: -1\n\nd: /e\n";
        let tree = serde_json::json!({ "a": [5432, { "b": "it's", "c": -1 }], "d": "/e" });
        assert_eq!(shell.render(template, &complete()), tree);
    }
}

#[test]
fn the_command_takes_over_with_the_place_of_the_file() {
    for shell in Shell::all() {
        let output = shell.run(
            &shipped_template(),
            &complete(),
            &[
                "sh",
                "-c",
                "printf '%s|' \"$TEMPORAL_SERVER_CONFIG_FILE_PATH\" \"$@\"; exit 9",
                "sh",
                "a b",
                "*",
            ],
        );
        assert_eq!(output.status.code(), Some(9));
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "out/server.yaml|a b|*|"
        );
        let output = shell.run(&shipped_template(), &complete(), &[]);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "usage: render-and-start.sh TEMPLATE OUTPUT COMMAND [ARGUMENT...]\n"
        );
    }
}
