//! `copilot dev test`: tests of recipes, against a recorder in the place of the world.

mod harness;

use harness::{Repo, Signal, eventually};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// A repository with the recipe `it` and its tests.
fn repo(recipe: &str, tests: &str) -> Repo {
    Repo::new().recipe("it", recipe).recipe("_tests/it", tests)
}

#[test]
fn a_line_a_test_and_the_sum() {
    repo(
        r#"exec(["make", "all the things"]);"#,
        r#"
            test("makes", || { run("it"); expect("make 'all the things'"); code_is(0); });
            test("fails", || { fails("make *", 3, "no rule"); run("it"); code_is(3); says("no rule"); });
        "#,
    )
    .dev("test")
    .stdout(
        "
        passed  it: makes
        passed  it: fails
        2 passed, 0 failed in <time>
        ",
    )
    .run();
}

#[test]
fn what_differs_is_shown_with_its_place() {
    repo(
        r#"
            exec(["one"]);
            capture(["which", "two"]);
            exec(["two"]);
            warn("careful");
        "#,
        r#"
            test("one and three", || {
                reply("uname", "Linux");
                run("it");
                expect(["one", "three"]);
            });
        "#,
    )
    .dev("test")
    .stdout(
        "
        failed  it: one and three
            the commands differ (- expected, + found):
                one
              - three
              + two
            the run ended with code 0 and said:
                warning: careful
            answered with nothing, for want of a reply:
                which two
            replies that nothing asked for:
                uname
            at recipes/_tests/it.rhai:4:5
        0 passed, 1 failed in <time>
        ",
    )
    .status(1)
    .run();
}

/// What each judgement says when it is not so, without what is said of the run.
#[test]
fn every_judgement_can_fail() {
    let repo = repo(
        r#"
            const PARAMS = [#{ name: "who", kind: "arg", default_value: "you" }];
            env_set("WHO", who);
            write_file("out.txt", "a\nb\n");
            run_steps([step("s", "S", || exec(["true", who])), step("t", "T", #{ when: false }, || 1)]);
        "#,
        r#"
            test("expect", || { run("it"); expect([]); });
            test("any order", || { run("it"); expect_any_order(["b", "true you"]); });
            test("would", || { run("it --dry-run"); would("true you"); });
            test("would, and did", || { run("it"); would([]); });
            test("asked", || { run("it"); asked("false *"); });
            test("not asked", || { run("it"); not_asked("true *"); });
            test("code", || { run("it"); code_is(1); });
            test("says", || { run("it"); says("no such text"); });
            test("says not", || { run("it"); says_not("-- s: S"); });
            test("steps", || { run("it"); steps_are(#{ s: "ok", t: "ok" }); });
            test("env", || { run("it me"); env_is("WHO", "you"); });
            test("env, not set", || { run("it me"); env_is("WHO", ()); });
            test("file", || { run("it"); file_is("out.txt", "a\nc\n"); });
            test("no file", || { run("it"); file_is("in.txt", ""); });
            test("assert", || { let ran = run("it"); assert(ran.env.WHO == "me", "it is " + ran.env.WHO); });
            test("throw", || { run("it"); throw "mine"; });
        "#,
    )
    .file("dev/kept.txt", "");
    let ended = repo.dev("test --output json").any_stdout().status(1).run();
    let events = ended.events();
    let said = |name: &str| {
        let event = events.iter().find(|event| event["test"] == name).unwrap();
        assert_eq!(event["state"], "failed", "{name}");
        let message = event["message"].as_str().unwrap();
        let of_the_run = message.find("\nthe run ended").unwrap_or(message.len());
        message[..of_the_run].to_owned()
    };
    let diff = " (- expected, + found):\n";
    assert_eq!(
        said("expect"),
        format!("the commands differ{diff}  + true you")
    );
    assert_eq!(said("any order"), format!("the commands differ{diff}  - b"));
    assert_eq!(
        said("would"),
        format!(
            "what it would do differs{diff}  + set WHO=you in dev/.env\n  + write out.txt (4 bytes)\n    true you"
        )
    );
    assert_eq!(
        said("would, and did"),
        format!("it changes something{diff}  + true you")
    );
    assert_eq!(
        said("asked"),
        "`false *` was not asked; these were:\n    true you"
    );
    assert_eq!(said("not asked"), "`true *` was asked");
    assert_eq!(said("code"), "the exit code is 0, not 1");
    assert_eq!(said("says"), "it does not say \"no such text\"");
    assert_eq!(said("says not"), "it says \"-- s: S\"");
    assert_eq!(
        said("steps"),
        format!("the steps differ{diff}    s: ok\n  - t: ok\n  + t: skipped")
    );
    assert_eq!(said("env"), "WHO in dev/.env is \"me\", should be \"you\"");
    assert_eq!(
        said("env, not set"),
        "WHO in dev/.env is \"me\", should be not set"
    );
    assert_eq!(
        said("file"),
        format!("out.txt differs{diff}    a\n  - c\n  + b")
    );
    assert_eq!(said("no file"), "there is no file in.txt");
    assert_eq!(said("assert"), "it is you");
    assert_eq!(said("throw"), "mine");
    assert_eq!(events.last().unwrap()["failed"], 16);
}

#[test]
fn events_tell_it_all() {
    let repo = Repo::new()
        .recipe("a", "exec([\"true\"]);")
        .recipe(
            "_tests/a",
            r#"
            test("good", || { run("a"); });
            test("bad", || { run("a"); code_is(2); });
            "#,
        )
        .recipe("_tests/b", "tets(1);");
    let mut events = repo
        .dev("test --output json")
        .any_stdout()
        .status(3)
        .run()
        .events();
    for event in &mut events {
        if let Some(seconds) = event.get_mut("seconds") {
            assert!(seconds.is_f64());
            *seconds = json!(0);
        }
    }
    let expected = json!([
        { "event": "tests_started", "v": 1, "files": 2 },
        { "event": "test_finished", "recipe": "a", "test": "good", "state": "passed", "seconds": 0 },
        { "event": "test_finished", "recipe": "a", "test": "bad", "state": "failed", "seconds": 0,
          "message": "the exit code is 0, not 2\nthe run ended with code 0 and said nothing",
          "place": "recipes/_tests/a.rhai:2:28" },
        { "event": "test_file_wrong", "recipe": "b", "file": "recipes/_tests/b.rhai",
          "message": "unknown function `tets`", "hint": "did you mean `test`?", "place": "recipes/_tests/b.rhai:1:1" },
        { "event": "tests_finished", "passed": 1, "failed": 1, "wrong": 1, "code": 3, "seconds": 0 },
    ]);
    assert_eq!(Value::Array(events), expected);
}

/// Recipes that would leave their marks if anything of them were real.
const MARKS: &str = r#"
    exec(["touch", root() + "/mark"]);
    exec(["touch", "/tmp/copilot-mark-of-a-test"]);
    write_file("/tmp/copilot-mark-of-a-test", "x");
    write_file("../../../../../../../tmp/copilot-mark-of-a-test", "x");
    env_set("MARK", env("FROM_OUTSIDE", "nothing"));
    info(`sees ${path_exists("/etc/passwd")} ${glob("/etc/*").len()} ${glob("../../../../../*").len()} ${glob("dev/k*")}`);
    info(root() + " " + env("HOME") + " " + env("PATH", "no PATH"));
"#;

#[test]
fn nothing_outside_is_touched_or_seen() {
    let repo = repo(
        MARKS,
        r#"
            test("marks", || {
                run("it");
                code_is(0);
                expect(["touch /repository/mark", "touch /tmp/copilot-mark-of-a-test"]);
                says("sees false 0 3 [\"dev/kept.txt\"]");
                says("/repository /home no PATH");
                env_is("MARK", "nothing");
                env_is("SECRET", ());
                file_is("/tmp/copilot-mark-of-a-test", "x");
            });
            test("afresh", || {
                assert(file("/tmp/copilot-mark-of-a-test") == (), "the file of another test");
                assert(file("dev/.env") == (), "the variables of another test");
                assert(file("dev/kept.txt") == "kept", "the repository");
                assert(file("dev/.env.example") == "A=1\n", "the example");
            });
        "#,
    )
    .file("dev/.env", "SECRET=1\n")
    .file("dev/.env.example", "A=1\n")
    .file("dev/kept.txt", "kept");
    fs::create_dir(repo.path().join("../temporary")).unwrap();
    let temporary = repo.path().join("../temporary").canonicalize().unwrap();
    let before = repo.tree();
    repo.dev("test")
        .env("FROM_OUTSIDE", "something")
        .env("TMPDIR", &temporary)
        .stdout("passed  it: marks\npassed  it: afresh\n2 passed, 0 failed in <time>\n")
        .run();
    assert_eq!(repo.tree(), before);
    assert!(!Path::new("/tmp/copilot-mark-of-a-test").exists());
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
}

#[test]
fn everything_outside_goes_through_the_recorder() {
    repo(
        r#"
            exec(["a"], #{ env: #{ KEY: "value" }, stdin: "text" });
            let b = capture(["b"]);
            compose(["up", "-d"]);
            terraform(["apply"]);
            docker_run(#{ image: "i", cmd: ["c"], volumes: ["./x:/x"] });
            image_exists("i");
            let rows = psql_dsql(#{ endpoint: "h", sql: "SELECT 1", reads: true }).rows;
            let done = psql_dsql(#{ url: "postgresql://u:secret@h/d", file: "dev/s.sql" });
            let token = dsql_token(#{ endpoint: "h", region: "eu-west-1" });
            let page = http("GET", "http://h/");
            let lost = http("POST", "http://h/", #{ check: false });
            wait_http("http://h/ready", "1m");
            compose_wait(["web"], "1m");
            let there = compose_ps();
            let out = terraform_output();
            if confirm("Sure?") { sleep("1h"); }
            info(`${b.stdout} ${rows} ${done.applied} ${token} ${page.json.x} ${lost.status} ${lost.body} ${there[0].service} ${out.o}`);
        "#,
        r#"
            test("all", || {
                file("dev/docker-compose.yml", "");
                file("dev/s.sql", "SELECT 1;");
                folder("terraform/dev");
                reply("b", "B");
                reply("psql_dsql h:5432 *", [#{ n: 1 }]);
                reply("psql_dsql postgresql:*", #{ applied: 3, unchanged: 1 });
                reply("dsql_token *", "T");
                reply("http GET *", #{ x: 1 });
                fails("http POST *", 0, "no route");
                reply("docker compose * ps *", [#{ Service: "web", Publishers: [] }]);
                reply("terraform * output *", #{ o: #{ value: "O" } });
                reply("ask: Sure?", true);
                let ran = run("it");
                code_is(0);
                says(`B [#{"n": 1}] 3 T 1 0 no route web O`);
                let lines = ran.calls.map(|it| (if it.changes { "! " } else { "? " }) + it.command);
                let all = "";
                for line in lines { all += line + "\n"; }
                file("lines", all);
                file_is("lines", all_lines());
                let a = ran.calls[0];
                assert(a.env.KEY == "value" && a.input == "text", "what it is given");
            });

            fn all_lines() {
                `
! a
? b
! docker compose --project-directory dev up -d
! terraform -chdir=terraform/dev apply
! docker run --rm --name * --volume /repository/x:/x i c
? docker image inspect --format {{.Id}} i
? psql_dsql h:5432 --command "SELECT 1"
! psql_dsql postgresql://u@h/d --file dev/s.sql
? dsql_token admin@h
? http GET http://h/
! http POST http://h/
? wait for http://h/ready
? wait until web runs and is healthy
? docker compose --project-directory dev ps --all --format json
? terraform -chdir=terraform/dev output -json -no-color
? ask: Sure?
`
            }
        "#,
    )
    .dev("test")
    .stdout("passed  it: all\n1 passed, 0 failed in <time>\n")
    .run();
}

#[test]
fn failures_are_those_of_the_world() {
    repo(
        r#"
            const PARAMS = [#{ name: "what", kind: "arg" }];
            switch what {
                "exec" => exec(["p"]),
                "capture" => info("ok " + capture(["p"]).ok),
                "slow" => exec(["p"], #{ timeout: "1m" }),
                "http" => http("GET", "http://h/"),
                "sql" => psql_dsql(#{ endpoint: "h", sql: "X" }),
                "token" => dsql_token(#{ endpoint: "h" }),
                "wait" => compose_wait(["web"], "1m"),
                "ready" => wait_http("http://h/", "1m"),
                "ask" => confirm("Sure?"),
                "compose" => compose(["up"]),
                "retry" => retry(3, "1h", || exec(["p"])),
                _ => run_steps([step("s", "S", #{ retry: 2 }, || exec(["p"]))]),
            }
        "#,
        r#"
            test("exec", || { fails("p", 7, "oops"); run("it exec"); code_is(7); says("`p` exited with code 7"); });
            test("capture", || { fails("p", 7); run("it capture"); code_is(0); says("ok false"); });
            test("not there", || { lacks("p"); run("it exec"); code_is(4); says("p is not installed"); });
            test("slow", || { times_out("p"); run("it slow"); code_is(1); says("took longer than 1m00s"); });
            test("http", || { fails("http *", 503, "later"); run("it http"); code_is(1); says("503 Service Unavailable: later"); });
            test("no server", || { fails("http *", 0, "refused"); run("it http"); code_is(1); says("GET http://h/: refused"); });
            test("sql", || { fails("psql_dsql *", 1, "syntax error"); run("it sql"); code_is(1); says("error: syntax error"); });
            test("token", || { fails("dsql_token *", 1); run("it token"); code_is(4); says("hint: run `aws sso login`"); });
            test("wait", || { fails("wait until *", 1); run("it wait"); code_is(1); says("not all services came up: web"); });
            test("ready", || { fails("wait for *", 1); run("it ready"); code_is(1); says("http://h/ does not answer"); });
            test("nobody", || { run("it ask"); code_is(2); says("There is nobody to ask"); });
            test("yes", || { run("it ask --yes"); code_is(0); not_asked("*"); });
            test("no engine", || {
                file("dev/compose.yaml", "");
                fails("docker compose *", 1, "Cannot connect to the Docker daemon");
                run("it compose");
                code_is(4);
                says("the Docker engine does not answer");
            });
            test("retry", || { fails("p", 1).then_fails(2, "still").then(""); run("it retry"); code_is(0); expect(["p", "p", "p"]); });
            test("retried in vain", || { fails("p", 1).then_fails(2); run("it retry"); code_is(2); });
            test("step", || { fails("p", 1).then(""); run("it step"); steps_are(#{ s: "ok" }); });
            test("usage", || { run("it --nonsense"); code_is(2); says("unexpected argument '--nonsense'"); });
            test("help", || { let ran = run("it --help"); code_is(0); assert(ran.stdout.contains("Usage"), "on stdout"); });
        "#,
    )
    .dev("test")
    .stdout(
        "
        passed  it: exec
        passed  it: capture
        passed  it: not there
        passed  it: slow
        passed  it: http
        passed  it: no server
        passed  it: sql
        passed  it: token
        passed  it: wait
        passed  it: ready
        passed  it: nobody
        passed  it: yes
        passed  it: no engine
        passed  it: retry
        passed  it: retried in vain
        passed  it: step
        passed  it: usage
        passed  it: help
        18 passed, 0 failed in <time>
        ",
    )
    .run();
}

#[test]
fn a_bug_in_the_recipe_is_code_3_of_its_run() {
    repo(
        "let map = #{};\ninfo(map.nothing);",
        r#"test("bug", || { run("it"); code_is(3); says("recipes/it.rhai:2:10"); });"#,
    )
    .dev("test")
    .stdout("passed  it: bug\n1 passed, 0 failed in <time>\n")
    .run();
}

#[test]
fn steps_that_run_side_by_side_come_in_any_order() {
    repo(
        r#"
            run_steps([
                step("a", "A", || { exec(["a1"]); exec(["a2"]); }),
                step("b", "B", || exec(["b1"])),
                step("c", "C", #{ after: ["a"] }, || exec(["c1"])),
            ], #{ jobs: 3, keep_going: true });
        "#,
        r#"
            test("all", || {
                let ran = run("it");
                expect_any_order(["c1", "b1", "a2", "a1"]);
                let of_a = ran.calls.filter(|it| it.step == "a").map(|it| it.command);
                assert(of_a == ["a1", "a2"], "of one step they come in order");
            });
            test("one fails", || {
                fails("a2", 1).then("");
                run("it");
                code_is(1);
                steps_are(#{ a: "failed", b: "ok", c: "blocked" });
                run("it --resume");
                code_is(0);
                steps_are(#{ a: "ok", b: "skipped", c: "ok" });
            });
        "#,
    )
    .dev("test")
    .stdout("passed  it: all\npassed  it: one fails\n2 passed, 0 failed in <time>\n")
    .run();
}

#[test]
fn a_run_without_an_end_is_ended() {
    let ended = repo(
        r#"while !capture(["ready"]).stdout.contains("yes") { sleep("1s"); }"#,
        r#"test("waits", || { run("it"); });"#,
    )
    .dev("test")
    .any_stdout()
    .status(1)
    .run();
    let told = "the run does not end: 2001 commands so far\n";
    assert!(ended.stdout.contains(told), "{}", ended.stdout);
}

#[test]
fn ctrl_c_ends_the_tests_and_leaves_nothing() {
    let repo = repo("loop { }", r#"test("loops", || { run("it"); });"#);
    fs::create_dir(repo.path().join("../temporary")).unwrap();
    let temporary = repo.path().join("../temporary").canonicalize().unwrap();
    let repo = repo.with("TMPDIR", &temporary);
    let mut live = repo.start("test");
    eventually("the test's folder", || {
        fs::read_dir(&temporary).unwrap().count() == 1
    });
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    let (out, err) = live.output();
    assert_eq!(String::from_utf8_lossy(&out), "");
    let err = String::from_utf8_lossy(&err);
    assert_eq!(err, "error: stopped by Ctrl-C (SIGINT)\n");
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
}
