//! No argument of a primitive makes the host panic.

use crate::harness::{Repo, assert_contains};
use serde_json::Value;
use std::fmt::Write;

/// Values of every type that are unusual for one of the primitives.
const VALUES: &str = r#"
    let text = "x";
    let inf = 1.0 / 0.0;
    let long = "x"; long.pad(100000, "x");
    let values = [
        (), true, 0, 1, -1, 9223372036854775807, -9223372036854775807 - 1,
        0.5, -0.5, 1e308, inf, inf - inf,
        "", " ", "x", "-", "--", "..", "/", "../../..", "\x00", "a\x00b", "e\u0301😀", "\n", "‹x›", "$", "${", "'", "\"", long,
        "1s", "1e400", "99999999999h", "http://", "http://[", "http://x:99999", "postgresql://", "postgresql://%", "cluster:0",
        'c', [], [""], [()], ["x"], ["x", "\x00"], [[], #{}], [1, 2.5, true], #{}, #{ "": () }, #{ a: #{ b: [] } },
        || 1, |x| x, blob(3, 255), 0..3,
    ];
"#;

/// A recipe that calls the function `name` with each value in each place, and with each of its options.
fn calls(primitive: &Value) -> String {
    let name = primitive["name"].as_str().unwrap();
    let mut text = VALUES.to_owned();
    let empty = Vec::new();
    for overload in primitive["overloads"].as_array().unwrap() {
        let count = overload["params"].as_array().unwrap().len();
        let args: Vec<_> = (0..count)
            .map(|place| format!("values[(n * {}) % values.len()]", 2 * place + 1))
            .collect();
        let args = args.join(", ");
        writeln!(
            text,
            "for n in 0..values.len() {{ try {{ {name}({args}); }} catch (err) {{ }} }}"
        )
        .unwrap();
    }
    let options = primitive["options"].as_array().unwrap_or(&empty);
    let required: Vec<_> = options
        .iter()
        .filter(|option| option["required"] == true)
        .map(|option| format!("opts[\"{}\"] = \"x\";", option["name"].as_str().unwrap()))
        .collect();
    let required = required.join(" ");
    for overload in primitive["overloads"].as_array().unwrap() {
        let params = overload["params"].as_array().unwrap();
        let Some(map) = params.iter().position(|param| param["type"] == "map") else {
            continue;
        };
        let args: Vec<_> = params
            .iter()
            .enumerate()
            .map(|(place, param)| match param["type"].as_str().unwrap() {
                _ if place == map => "opts",
                "array" => "[\"x\"]",
                "closure" => "|| 1",
                "int" => "1",
                // In a variable, since `check` would look a recipe of this name up.
                _ => "text",
            })
            .collect();
        let args = args.join(", ");
        for option in options {
            let option = option["name"].as_str().unwrap();
            writeln!(
                text,
                "for value in values {{ let opts = #{{}}; {required} opts[\"{option}\"] = value; \
                 try {{ {name}({args}); }} catch (err) {{ }} }}"
            )
            .unwrap();
        }
    }
    text.push_str("print(\"survived\");\n");
    text
}

#[test]
fn no_argument_makes_the_host_panic() {
    let listed = Repo::new().dev("api --output json").any_stdout().run();
    let listed: Value = serde_json::from_slice(&listed.raw).unwrap();
    let families = listed["families"].as_array().unwrap();
    let primitives = families
        .iter()
        .flat_map(|family| family["primitives"].as_array().unwrap());
    let mut repo = Repo::new();
    let mut tests = String::new();
    let mut count = 0;
    for primitive in primitives {
        let name = primitive["name"].as_str().unwrap().replace('_', "-");
        repo = repo.recipe(&format!("any/{name}"), &calls(primitive));
        writeln!(
            tests,
            "test(\"{name}\", || {{ run(\"any/{name}\"); says(\"survived\"); }});"
        )
        .unwrap();
        count += 1;
    }
    assert!(count > 30, "{count} primitives");
    let repo = repo.recipe("_tests/any", &tests);
    let mut live = repo.start("test any");
    let code = live.wait();
    let text = format!("{}{}", live.stdout(), live.stderr());
    assert!(!text.contains("panicked"), "{text}");
    assert_eq!(code, 0, "{text}");
}

#[test]
fn a_time_that_no_clock_has_is_refused() {
    for call in [
        "sleep(9223372036854775807)",
        "sleep(1e300)",
        "exec([\"true\"], #{ timeout: time })",
        "capture([\"true\"], #{ timeout: time })",
        "retry(2, time, || ())",
        "run_steps([step(\"a\", \"A\", #{ timeout: time }, || ())])",
        "run_steps([step(\"a\", \"A\", #{ retry: #{ times: 2, pause: time } }, || ())])",
        "wait_http(\"http://127.0.0.1:9\", time)",
        "compose_wait([], time)",
    ] {
        let recipe = format!("let time = \"9223372036854775807\";\n{call};\n");
        let ended = Repo::new()
            .recipe("it", &recipe)
            .file("dev/compose.yaml", "services: {}\n")
            .dev("it")
            .any_output()
            .status(3)
            .run();
        assert_contains(&ended.stderr, "not a time");
        assert_contains(&ended.stderr, "or a number of seconds, up to 100 years");
    }
}
