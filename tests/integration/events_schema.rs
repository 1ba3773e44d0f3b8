//! docs/events.schema.json describes the events of real runs, all of them, to the last field.

use crate::harness::Repo;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn schema() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/events.schema.json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

/// The names of the events that the schema knows.
fn known() -> BTreeSet<String> {
    let schema = schema();
    let names = schema["oneOf"].as_array().unwrap().iter().map(|one| {
        let name = one["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
        assert_eq!(schema["$defs"][name]["properties"]["event"]["const"], name);
        name.to_owned()
    });
    names.collect()
}

const EVERY_EVENT_RECIPE: &str = r#"
    const PARAMS = [
        #{ name: "who", kind: "arg" },
        #{ name: "api-token", kind: "option", default_value: "x" },
        #{ name: "more", kind: "rest" },
        #{ name: "fast", kind: "flag" },
    ];
    title("Begin");
    print([who, api_token, more, fast]);
    table([#{ name: "web", ports: [1, 2] }]);
    table([["x", 1]]);
    run_steps([
        step("a", "Step A", || { warn("careful"); exec(["echo", "in a"]); table([["x"]]); recipe("schema/setup"); }),
        step("b.1", "Step B", #{ when: false, after: ["a"] }, || info("never")),
        step("c", "Step C", #{ allow_failure: true }, || exec(["sh", "-c", "echo why >&2; exit 7"])),
        step("d", "Step D", || #{ changed: false }),
        step("e", "Step E", || { try { wait_http("http://127.0.0.1:1/", "50ms"); } catch {} confirm("Sure?"); }),
    ]);
    run_steps([
        step("f", "Step F", || fail("no", "make one")),
        step("g", "Step G", #{ after: "f" }, || ()),
        step("h", "Step H", || env_require(["NOT_SET"])),
    ], #{ keep_going: true, jobs: 2 });
"#;

const SETUP_RECIPE: &str = "run_steps([step(\"tables\", \"Tables\", || success(\"made\"))]);\n";

/// The events of real runs: one with everything, and each way to end.
fn runs() -> Vec<Vec<Value>> {
    let repo = Repo::new()
        .recipe("it", EVERY_EVENT_RECIPE)
        .recipe("schema/setup", SETUP_RECIPE)
        .recipe(
            "dry",
            "exec([\"true\"]); env_set(\"A\", \"1\"); confirm(\"Sure?\");\n",
        )
        .recipe(
            "stops",
            "run_steps([step(\"a\", \"A\", || fail(\"no\")), step(\"b\", \"B\", || ())]);\n",
        )
        .recipe("bug", "let a = [1];\nlet b = a[5];\n")
        .recipe("broken", "let x = ;\n")
        .recipe("missing", "exec([\"no-such-program-here\"]);\n")
        .file("dev/.env", "");
    let lines = [
        ("it me x y --fast", 1),
        ("it --dry-run", 1),
        ("it --only c --skip d", 0),
        ("schema setup -q", 0),
        ("dry --dry-run", 0),
        ("stops", 1),
        ("bug", 3),
        ("broken", 3),
        ("missing", 4),
        ("itt", 2),
        ("it --nope", 2),
    ];
    let run = |(line, status): &(&str, i32)| {
        let line = format!("{line} --output json");
        repo.dev(&line)
            .input("y\n")
            .any_stdout()
            .status(*status)
            .run()
            .events()
    };
    lines.iter().map(run).collect()
}

#[test]
fn the_events_of_real_runs_are_as_the_schema_says() {
    let validator = validator();
    let mut seen = BTreeSet::new();
    let mut fields = BTreeSet::new();
    for event in runs().into_iter().flatten() {
        let name = event["event"].as_str().unwrap().to_owned();
        let wrong: Vec<_> = validator
            .iter_errors(&event)
            .map(|e| e.to_string())
            .collect();
        assert!(wrong.is_empty(), "{event:#}\n{wrong:#?}");
        for field in event.as_object().unwrap().keys() {
            fields.insert(format!("{name}.{field}"));
        }
        seen.insert(name);
    }
    assert_eq!(seen, known());
    // Nor does it describe a field that is never there.
    let schema = schema();
    let described = known().into_iter().flat_map(|name| {
        let properties = schema["$defs"][&name]["properties"].as_object().unwrap();
        let keys: Vec<_> = properties
            .keys()
            .map(|key| format!("{name}.{key}"))
            .collect();
        keys
    });
    let described: BTreeSet<_> = described.collect();
    assert_eq!(fields, described);
}

/// A schema that takes anything would describe nothing.
#[test]
fn what_is_no_event_is_refused() {
    let validator = validator();
    for event in runs().into_iter().flatten() {
        let mut more = event.clone();
        more["colour"] = json!("red");
        assert!(!validator.is_valid(&more), "{more}");
        let mut nameless = event.clone();
        nameless.as_object_mut().unwrap().remove("event");
        assert!(!validator.is_valid(&nameless), "{nameless}");
    }
    for wrong in [
        json!({ "event": "run_started", "v": 2, "recipe": "it", "params": {}, "dry_run": false }),
        json!({ "event": "output", "stream": "both", "line": "x" }),
        json!({ "event": "step_finished", "step": "a", "title": "A", "state": "done", "seconds": 1 }),
        json!({ "event": "step_finished", "step": "a b", "title": "A", "state": "ok", "seconds": 1 }),
        json!({ "event": "run_finished", "code": 1, "seconds": 1 }),
        json!({ "event": "run_finished", "code": 0, "seconds": 1, "error": "no" }),
        json!({ "event": "nope" }),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn the_schema_is_one_itself() {
    let schema = schema();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    jsonschema::meta::validate(&schema).unwrap();
}

#[test]
fn the_guide_names_every_event() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/events.md");
    let guide = fs::read_to_string(file).unwrap();
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| `"));
    let named: BTreeSet<_> = rows
        .filter_map(|row| row.split('`').next().map(str::to_owned))
        .collect();
    assert_eq!(named, known());
}

/// Whoever shows a run knows each step before it begins, and hears how each one ended.
#[test]
fn every_step_is_announced_and_ends() {
    let all = &runs()[0];
    let of = |name: &'static str| all.iter().filter(move |event| event["event"] == name);
    let planned: Vec<_> = of("plan")
        .flat_map(|plan| plan["steps"].as_array().unwrap())
        .map(|step| &step["step"])
        .collect();
    assert_eq!(planned.len(), 9);
    let mut ended: Vec<_> = of("step_finished")
        .map(|event| event["step"].to_string())
        .collect();
    let mut names: Vec<_> = planned.iter().map(ToString::to_string).collect();
    ended.sort_unstable();
    names.sort_unstable();
    assert_eq!(ended, names);
    let nested = of("plan").find(|plan| plan["step"] == "a").unwrap();
    assert_eq!(nested["steps"][0]["step"], "schema/setup:tables");
    assert_eq!(
        of("plan").next().unwrap()["steps"][1]["after"],
        json!(["a"])
    );
}
