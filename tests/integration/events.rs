//! `--output json`: a run as events, one JSON object a line.

use crate::harness::{Repo, one};
use serde_json::{Value, json};

/// The events of a run that ends with `status` and writes nothing else; what was measured is 0.
#[track_caller]
fn events(repo: &Repo, line: &str, status: i32) -> Vec<Value> {
    let mut events = repo.dev(line).any_stdout().status(status).run().events();
    for event in &mut events {
        if let Some(seconds) = event.get_mut("seconds") {
            assert!(seconds.is_f64());
            *seconds = json!(0);
        }
    }
    events
}

#[test]
fn everything_that_happens_is_an_event() {
    let repo = one(r#"
        const PARAMS = [#{ name: "who", kind: "arg" }, #{ name: "more", kind: "rest" }, #{ name: "fast", kind: "flag" }];
        title("Begin");
        exec(["sh", "-c", "echo out; echo err >&2; printf unended"]);
        print("one\ntwo");
        table([#{ name: "web", ports: [1, 2] }]);
        run_steps([
            step("a", "Step A", || { warn("careful"); exec(["echo", "in a"]); table([["x"]]); }),
            step("b", "Step B", #{ when: false }, || info("never")),
            step("c", "Step C", #{ allow_failure: true }, || {
                exec(["sh", "-c", "echo why >&2; exit 7"]);
            }),
            step("d", "Step D", || #{ changed: false }),
        ]);
        success("Done");
    "#);
    let expected = json!([
        { "event": "run_started", "v": 1, "recipe": "it", "params": { "who": "me", "more": ["x"], "fast": false }, "dry_run": false },
        { "event": "message", "level": "title", "text": "Begin" },
        { "event": "command", "command": "sh -c 'echo out; echo err >&2; printf unended'", "runs": true },
        { "event": "output", "stream": "stdout", "line": "out" },
        { "event": "output", "stream": "stderr", "line": "err" },
        { "event": "output", "stream": "stdout", "line": "unended" },
        { "event": "output", "stream": "stdout", "line": "one" },
        { "event": "output", "stream": "stdout", "line": "two" },
        { "event": "table", "rows": [{ "name": "web", "ports": [1, 2] }] },
        { "event": "plan", "jobs": 1, "steps": [
            { "step": "a", "title": "Step A", "after": [] },
            { "step": "b", "title": "Step B", "after": [] },
            { "step": "c", "title": "Step C", "after": [] },
            { "step": "d", "title": "Step D", "after": [] },
        ] },
        { "event": "step_started", "step": "a", "title": "Step A" },
        { "event": "message", "step": "a", "level": "warning", "text": "careful" },
        { "event": "command", "step": "a", "command": "echo 'in a'", "runs": true },
        { "event": "output", "step": "a", "stream": "stdout", "line": "in a" },
        { "event": "table", "step": "a", "rows": [["x"]] },
        { "event": "step_finished", "step": "a", "title": "Step A", "state": "ok", "seconds": 0 },
        { "event": "step_finished", "step": "b", "title": "Step B", "state": "skipped", "seconds": 0, "reason": "condition is false" },
        { "event": "step_started", "step": "c", "title": "Step C" },
        { "event": "command", "step": "c", "command": "sh -c 'echo why >&2; exit 7'", "runs": true },
        { "event": "output", "step": "c", "stream": "stderr", "line": "why" },
        {
            "event": "step_finished", "step": "c", "title": "Step C", "state": "failed", "seconds": 0,
            "allowed_to_fail": true,
            "failure": {
                "kind": "exit",
                "message": "`sh -c 'echo why >&2; exit 7'` exited with code 7",
                "code": 7,
                "stderr_tail": ["why"],
            },
            "place": "recipes/it.rhai:10:9",
            "output_tail": ["why"],
        },
        { "event": "step_started", "step": "d", "title": "Step D" },
        { "event": "step_finished", "step": "d", "title": "Step D", "state": "unchanged", "seconds": 0 },
        { "event": "message", "level": "success", "text": "Done" },
        { "event": "run_finished", "code": 0, "seconds": 0 },
    ]);
    let mut found = events(&repo, "it me x --output json", 0);
    // The two streams of one program come in any order.
    found[3..6].sort_by_key(|event| (event["line"] == "unended", event["stream"] == "stderr"));
    assert_eq!(Value::from(found), expected);
}

#[test]
fn quietly_there_are_the_same_events() {
    let repo = one(r#"title("T"); info("I"); warn("W"); exec(["echo", "x"]);"#);
    assert_eq!(
        events(&repo, "it --output=json -q", 0),
        events(&repo, "it --output json -v", 0)
    );
}

#[test]
fn an_error_is_in_the_last_event() {
    let last = |text: &str, status: i32| {
        let events = events(&one(text), "it --output json", status);
        assert_eq!(events[0]["event"], "run_started");
        events.last().unwrap().clone()
    };
    assert_eq!(
        last("fail(\"No cluster\", \"make one\");\n", 1),
        json!({ "event": "run_finished", "code": 1, "seconds": 0, "error": "No cluster", "hint": "make one", "place": "recipes/it.rhai:1:1" })
    );
    assert_eq!(
        last("exec([\"sh\", \"-c\", \"exit 42\"]);\n", 42),
        json!({ "event": "run_finished", "code": 42, "seconds": 0, "error": "`sh -c 'exit 42'` exited with code 42", "place": "recipes/it.rhai:1:1" })
    );
    assert_eq!(
        last("let a = [1];\nlet b = a[5];\n", 3),
        json!({ "event": "run_finished", "code": 3, "seconds": 0, "error": "Array index 5 out of bounds: only 1 element in array", "place": "recipes/it.rhai:2:11" })
    );
    assert_eq!(
        last("env_require([\"X\"]);\n", 4)["hint"],
        "create .env and set X in it"
    );
    assert_eq!(
        last("run_steps([step(\"a\", \"A\", || fail(\"no\"))]);\n", 1),
        json!({ "event": "run_finished", "code": 1, "seconds": 0, "error": "1 of 1 steps failed" })
    );
}

/// A program gets an event also where there was nothing to begin.
#[test]
fn a_run_that_cannot_begin_is_one_event() {
    let only = |repo: &Repo, line: &str, code: i32, error: &str| {
        let events = events(repo, line, code);
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["event"], "run_finished");
        assert_eq!(events[0]["code"], code);
        assert_eq!(events[0]["error"], error);
        events[0].clone()
    };
    let broken = only(&one("let x = ;\n"), "it --output json", 3, "Unexpected ';'");
    assert_eq!(broken["place"], "recipes/it.rhai:1:9");
    let header = only(
        &one("const PARAMS = 1;\n"),
        "it --output=json",
        3,
        "PARAMS must be an array literal of maps: [ #{ name: … }, … ]",
    );
    assert_eq!(header["place"], "recipes/it.rhai:1:16");
    let unknown = only(&one(""), "itt --output json", 2, "there is no verb `itt`");
    assert_eq!(unknown["hint"], "did you mean `copilot dev it`?");
    only(
        &one(""),
        "it --output json --nope",
        2,
        "unexpected argument '--nope' found\n\nUsage: copilot dev it --output <FORMAT>\n\nFor more information, try '--help'.",
    );
    let step = only(
        &one("run_steps([step(\"build\", \"B\", || ())]);\n"),
        "it --output json --only biuld",
        2,
        "there is no step `biuld`",
    );
    assert_eq!(step["hint"], "did you mean `build`?");
}

#[test]
fn a_dry_run_is_one_too() {
    let repo = one(r#"
        exec(["echo", "x"]);
        env_set("A", "1");
        confirm("Sure?");
        wait_http("http://localhost/", "1m");
    "#)
    .file("dev/.env", "");
    let found = events(&repo, "it --dry-run --output json", 0);
    assert_eq!(
        Value::from(found),
        json!([
            { "event": "run_started", "v": 1, "recipe": "it", "params": {}, "dry_run": true },
            { "event": "command", "command": "echo x", "runs": false },
            { "event": "command", "command": "set A=1 in dev/.env", "runs": false },
            { "event": "command", "command": "ask: Sure?", "runs": false },
            { "event": "command", "command": "wait for http://localhost/", "runs": false },
            { "event": "run_finished", "code": 0, "seconds": 0 },
        ])
    );
}

#[test]
fn waiting_and_asking_are_events() {
    let repo = one(r#"
        run_steps([step("a", "A", || {
            try { wait_http("http://127.0.0.1:1/", "100ms"); } catch {}
            confirm("Sure?");
        })]);
    "#);
    let events = repo
        .dev("it --output json")
        .input("y\n")
        .any_stdout()
        .run()
        .events();
    assert_eq!(
        events[3],
        json!({ "event": "waiting", "step": "a", "text": "http://127.0.0.1:1/" })
    );
    assert_eq!(
        events[4],
        json!({ "event": "prompt", "step": "a", "question": "Sure?" })
    );
}

#[test]
fn side_by_side_every_line_is_whole() {
    let repo = one(r#"
        run_steps([
            step("a", "A", || exec(["sh", "-c", "for n in $(seq 300); do echo out $n; echo err $n >&2; done"])),
            step("b", "B", || exec(["sh", "-c", "for n in $(seq 300); do echo out $n; echo err $n >&2; done"])),
        ], #{ jobs: 2 });
    "#);
    let events = events(&repo, "it --output json", 0);
    for step in ["a", "b"] {
        for (stream, word) in [("stdout", "out"), ("stderr", "err")] {
            let lines: Vec<_> = events
                .iter()
                .filter(|event| event["event"] == "output")
                .filter(|event| event["step"] == step && event["stream"] == stream)
                .map(|event| event["line"].as_str().unwrap().to_owned())
                .collect();
            let expected: Vec<_> = (1..=300).map(|n| format!("{word} {n}")).collect();
            assert_eq!(lines, expected);
        }
    }
}

#[test]
fn what_is_not_utf_8_is_replaced() {
    let repo = one(r#"exec(["printf", "a\\377b\\r\\n"]);"#);
    let events = events(&repo, "it --output json", 0);
    assert_eq!(events[2]["line"], "a\u{fffd}b");
}

/// Names say what is secret; a URL can hide a password under any name.
#[test]
fn secrets_are_in_no_event_and_in_no_journal() {
    let repo = one(r#"
        const PARAMS = [
            #{ name: "db-password", kind: "option", env: "THE_PASSWORD" },
            #{ name: "url", kind: "option" },
        ];
        print(db_password == "hidden1" && url.contains("hidden2"));
        env_set("API_TOKEN", "hidden3");
        env_set("DATABASE_URL", "postgresql://me:hidden4@host/db");
        run_steps([step("a", "A", #{ allow_failure: true }, || {
            try { psql_dsql(#{ url: "postgresql://me:hidden5@127.0.0.1:1/db", sql: "SELECT 1" }); } catch (err) { warn(err); }
            http("POST", "http://me:hidden6@127.0.0.1:1/");
        })]);
    "#)
    .file("dev/.env", "");
    for line in ["it --output json --dry-run", "it --output json", "it -v"] {
        let ended = repo
            .dev(&format!("{line} --url postgresql://me:hidden2@host/db"))
            .env("THE_PASSWORD", "hidden1")
            .any_output()
            .run();
        let all = ended.stdout + &ended.stderr;
        assert!(!all.contains("hidden"), "{all}");
    }
    let journals: Vec<_> = repo
        .tree()
        .into_iter()
        .filter(|(path, _)| path.starts_with(repo.path().join(".copilot")))
        .filter_map(|(_, bytes)| bytes)
        .collect();
    assert_eq!(journals.len(), 2);
    for bytes in journals {
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("hidden"), "{text}");
    }
}
