//! `copilot dev test`: tests of recipes, against a recorder in the place of the world.

use crate::harness::{Repo, Signal, assert_contains, eventually};
use serde_json::{Value, json};
use std::fs;

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
            the run exited with code 0; standard error:
                warning: careful
            answered with an empty reply, since the test defines none:
                which two
            unused replies:
                uname
            at recipes/_tests/it.rhai:4:5
        0 passed, 1 failed in <time>
        ",
    )
    .status(1)
    .run();
}

/// A test that cannot fail would be taken for one that passes, and so would an answer that the
/// recipe never hears. What a function that sets the scene for many says is not needed by each.
#[test]
fn a_test_that_says_too_little_or_too_much_fails() {
    repo(
        r#"exec(["true"]); sleep("1h");"#,
        r#"
            fn scene() { reply("git *", ""); }
            test("no judgement", || { run("it"); sleep(3600); sleep(3600.0); sleep("1h"); });
            test("unheard", || { scene(); fails("docker *", 1); run("it"); code_is(0); });
            test("fine", || { scene(); run("it"); if true { reply("true", ""); } run("it"); expect("true"); });
        "#,
    )
    .dev("test")
    .stdout(
        "
        failed  it: no judgement
            the test checks nothing: call `code_is(0)`, `expect([…])` or another check
            the run exited with code 0; standard error is empty
            at recipes/_tests/it.rhai:2:1
        failed  it: unheard
            no call matched these replies of the test:
                docker *
            the run exited with code 0; standard error is empty
            at recipes/_tests/it.rhai:3:1
        passed  it: fine
        1 passed, 2 failed in <time>
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
        let of_the_run = message.find("\nthe run exited").unwrap_or(message.len());
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
            "the commands of the dry run differ{diff}  + set WHO=you in dev/.env\n  + write out.txt (4 bytes)\n    true you"
        )
    );
    assert_eq!(
        said("would, and did"),
        format!("the dry run changes something{diff}  + true you")
    );
    assert_eq!(
        said("asked"),
        "no call matches `false *`; the calls were:\n    true you"
    );
    assert_eq!(said("not asked"), "a call matches `true *`");
    assert_eq!(said("code"), "the exit code is 0, not 1");
    assert_eq!(said("says"), "the output does not contain \"no such text\"");
    assert_eq!(said("says not"), "the output contains \"-- s: S\"");
    assert_eq!(
        said("steps"),
        format!("the steps differ{diff}    s: ok\n  - t: ok\n  + t: skipped")
    );
    assert_eq!(said("env"), "WHO in dev/.env is \"me\", expected \"you\"");
    assert_eq!(
        said("env, not set"),
        "WHO in dev/.env is \"me\", expected not set"
    );
    assert_eq!(
        said("file"),
        format!("out.txt differs{diff}    a\n  - c\n  + b")
    );
    assert_eq!(said("no file"), "the file in.txt does not exist");
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
            test("good", || { run("a"); code_is(0); });
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
          "message": "the exit code is 0, not 2\nthe run exited with code 0; standard error is empty",
          "place": "recipes/_tests/a.rhai:2:28" },
        { "event": "test_file_wrong", "recipe": "b", "file": "recipes/_tests/b.rhai",
          "message": "unknown function `tets`", "hint": "did you mean `test`?", "place": "recipes/_tests/b.rhai:1:1" },
        { "event": "tests_finished", "passed": 1, "failed": 1, "wrong": 1, "code": 3, "seconds": 0 },
    ]);
    assert_eq!(Value::Array(events), expected);
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
    let told = "the run does not end: 2001 calls so far\n";
    assert_contains(&ended.stdout, told);
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
