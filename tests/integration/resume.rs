//! `--resume`: the steps that the last run did are skipped.

use crate::harness::chain::{CHAIN_RECIPE, journals, printed};
use crate::harness::{Marker, Repo, Signal, one, unindent};
use std::fs;

#[test]
fn what_had_not_succeeded_runs_again() {
    let repo = one(CHAIN_RECIPE);
    assert_eq!(printed(&repo, "it", 1), "a b");
    repo.write("ready", "");
    repo.dev("it --resume")
        .stdout("b\nc\n")
        .stderr(
            "
            -- b: B
            -- b: ok (<time>)
            -- c: C
            -- c: ok (<time>)

            it: 2 ok, 2 skipped in <time>
              skipped   a  A  <time>  (done in the last run)
              ok        b  B  <time>
              ok        c  C  <time>
              skipped   d  D  <time>  (done in the last run)
        ",
        )
        .run();
    assert_eq!(journals(&repo, "it"), 2);
    assert_eq!(repo.read(".copilot/.gitignore"), "*\n");
}

#[test]
fn a_resumed_run_can_be_resumed() {
    let repo = one(CHAIN_RECIPE);
    assert_eq!(printed(&repo, "it", 1), "a b");
    assert_eq!(printed(&repo, "it --resume", 1), "b");
    assert_eq!(printed(&repo, "it --resume", 1), "b");
    repo.write("ready", "");
    assert_eq!(printed(&repo, "it --resume", 0), "b c");
    // All was done: nothing is left.
    assert_eq!(printed(&repo, "it --resume", 0), "");
    assert_eq!(printed(&repo, "it", 0), "a b c");
}

#[test]
fn a_run_that_reached_no_step_is_the_last_one() {
    let repo = one(r#"
        const PARAMS = [#{ name: "stop", kind: "flag" }];
        if path_exists("early") { fail("before the plan"); }
        run_steps([step("a", "A", || print("a"))]);
    "#);
    repo.dev("it").stdout("a\n").any_stderr().run();
    repo.write("early", "");
    repo.dev("it").any_stderr().status(1).run();
    fs::remove_file(repo.path().join("early")).unwrap();
    repo.dev("it --resume").stdout("a\n").any_stderr().run();
    // One with other parameters is not the last run with these.
    repo.dev("it --stop").stdout("a\n").any_stderr().run();
    repo.dev("it --resume").any_stderr().run();
    // A resumed run continues, also if it reaches nothing.
    repo.write("early", "");
    repo.dev("it --resume").any_stderr().status(1).run();
    fs::remove_file(repo.path().join("early")).unwrap();
    repo.dev("it --resume").any_stderr().run();
}

#[test]
fn steps_with_a_computed_import_run_again_after_any_edit() {
    for work in [
        r#"import "_lib/" + "say" as say; say::say("a");"#,
        r#"recipe("call" + "ed");"#,
    ] {
        let repo = one(&format!(
            r#"
            run_steps([
                step("a", "A", || {{ {work} }}),
                step("b", "B", || fail("not ready")),
            ]);
            "#
        ))
        .recipe("_lib/say", "fn say(text) { print(text); }\n")
        .recipe("called", "print(\"a\");\n");
        assert_eq!(printed(&repo, "it", 1), "a");
        assert_eq!(printed(&repo, "it --resume", 1), "");
        repo.write(
            "recipes/_lib/say.rhai",
            "fn say(text) { print(`${text} edited`); }\n",
        );
        repo.write("recipes/called.rhai", "print(\"a edited\");\n");
        assert_eq!(printed(&repo, "it --resume", 1), "a edited");
    }
}

#[test]
fn steps_of_an_edited_recipe_run_again() {
    let lib = "fn say(text) { print(text); }\n";
    let called = "run_steps([step(\"inner\", \"Inner\", || print(\"inner\"))]);\n";
    let repo = one(r#"
        import "_lib/say" as say;
        run_steps([
            step("a", "A", || say::say("a")),
            step("call", "Call", || recipe("called")),
            step("b", "B", || { if !path_exists("ready") { fail("not ready"); } say::say("b"); }),
        ]);
    "#)
    .recipe("_lib/say", lib)
    .recipe("called", called);
    assert_eq!(printed(&repo, "it", 1), "a inner");
    assert_eq!(printed(&repo, "it --resume", 1), "");
    repo.write("recipes/_lib/say.rhai", format!("{lib}// edited\n"));
    let ended = repo.dev("it --resume").any_output().status(1).run();
    assert_eq!(ended.stdout, "a\n");
    let text =
        "recipes/_lib/say.rhai was edited since the last run: the steps that use it run again\n";
    assert!(ended.stderr.starts_with(text), "{}", ended.stderr);
    // The steps have run with the edited file, so that it counts as unchanged.
    assert_eq!(printed(&repo, "it --resume", 1), "");
    // A recipe that a step calls is a part of it.
    repo.write(
        "recipes/called.rhai",
        called.replace("print(\"inner\")", "print(\"edited\")"),
    );
    assert_eq!(printed(&repo, "it --resume", 1), "a edited");
}

#[test]
fn where_nothing_is_there_every_step_runs() {
    let repo = one(CHAIN_RECIPE);
    repo.write("ready", "");
    let ended = repo
        .dev("it --resume")
        .stdout("a\nb\nc\n")
        .any_stderr()
        .run();
    let first = ended.stderr.lines().next().unwrap();
    assert_eq!(
        first,
        "nothing to resume: no earlier run with these parameters; running all steps"
    );
}

#[test]
fn other_parameters_are_another_run() {
    let repo = one(CHAIN_RECIPE);
    assert_eq!(printed(&repo, "it", 1), "a b");
    assert_eq!(printed(&repo, "it --who me --resume", 1), "a b");
    assert_eq!(printed(&repo, "it --resume", 1), "b");
    assert_eq!(printed(&repo, "it --resume --who me", 1), "b");
}

#[test]
fn another_recipe_is_another_run() {
    let repo = one(CHAIN_RECIPE)
        .recipe("group/it", CHAIN_RECIPE)
        .recipe("group-it2", CHAIN_RECIPE);
    assert_eq!(printed(&repo, "it", 1), "a b");
    assert_eq!(printed(&repo, "group it --resume", 1), "a b");
    assert_eq!(printed(&repo, "run group-it --resume", 1), "b");
}

#[test]
fn steps_that_came_and_went() {
    let repo = one(CHAIN_RECIPE);
    assert_eq!(printed(&repo, "it", 1), "a b");
    repo.write(
        "recipes/it.rhai",
        unindent(
            r#"
            const PARAMS = [#{ name: "who", kind: "option" }];
            run_steps([
                step("a", "A", || print("a")),
                step("a2", "A2", || print("a2")),
                step("c", "C", || print("c")),
            ]);
            "#,
        ),
    );
    // The recipe was edited, so that what `a` did may not be what it does now.
    assert_eq!(printed(&repo, "it --resume", 0), "a a2 c");
}

/// Runs `it` until a step of it sleeps, and ends it with `signal`.
#[track_caller]
fn end_asleep(repo: &Repo, marker: &Marker, signal: Signal, code: i32) {
    let mut live = repo.start("it");
    marker.wait_for(1);
    live.signal(signal);
    assert_eq!(live.wait(), code);
}

#[test]
fn a_run_that_was_killed_or_interrupted_can_be_resumed() {
    for (signal, code) in [(Signal::SIGKILL, 137), (Signal::SIGINT, 130)] {
        let marker = Marker::new();
        let repo = one(&format!(
            r#"
            run_steps([
                step("a", "A", || print("a")),
                step("b", "B", || {{ print("b"); if !path_exists("ready") {{ exec(["sleep", "{}"]); }} }}),
                step("c", "C", || print("c")),
            ]);
            "#,
            marker.seconds()
        ));
        end_asleep(&repo, &marker, signal, code);
        repo.write("ready", "");
        assert_eq!(printed(&repo, "it --resume", 0), "b c");
    }
}

/// The last run counts, not the last that came to the end of a step.
#[test]
fn a_run_killed_in_its_first_step_is_the_last_run() {
    let marker = Marker::new();
    let text = format!(
        r#"
        run_steps([
            step("a", "A", || {{ print("a"); if path_exists("wait") {{ exec(["sleep", "{}"]); }} }}),
            step("b", "B", || fail("no")),
        ]);
        "#,
        marker.seconds()
    );
    let repo = one(&text);
    assert_eq!(printed(&repo, "it", 1), "a");
    repo.write("wait", "");
    end_asleep(&repo, &marker, Signal::SIGKILL, 137);
    fs::remove_file(repo.path().join("wait")).unwrap();
    assert_eq!(printed(&repo, "it --resume", 1), "a");
}

#[test]
fn steps_of_called_recipes_are_resumed_too() {
    let repo = Repo::new()
        .recipe(
            "bootstrap",
            r#"
            run_steps([
                step("infra", "Infrastructure", || recipe("infra/apply")),
                step("up", "Start", #{ after: ["infra"] }, || print("up")),
            ]);
            "#,
        )
        .recipe(
            "infra/apply",
            r#"
            run_steps([
                step("init", "Init", || print("init")),
                step("apply", "Apply", || { print("apply"); if !path_exists("ready") { fail("not ready"); } }),
            ]);
            "#,
        );
    assert_eq!(printed(&repo, "bootstrap", 1), "init apply");
    repo.write("ready", "");
    repo.dev("bootstrap --resume")
        .stdout("apply\nup\n")
        .stderr(
            "
            -- infra: Infrastructure
            -- infra/apply:apply: Apply
            -- infra/apply:apply: ok (<time>)
            -- infra: ok (<time>)
            -- up: Start
            -- up: ok (<time>)

            bootstrap: 3 ok, 1 skipped in <time>
              skipped   infra/apply:init   Init  <time>  (done in the last run)
              ok        infra/apply:apply  Apply  <time>
              ok        infra              Infrastructure  <time>
              ok        up                 Start  <time>
        ",
        )
        .run();
    assert_eq!(printed(&repo, "bootstrap --resume", 0), "");
    // Called by itself it is a run of its own.
    assert_eq!(printed(&repo, "infra apply --resume", 0), "init apply");
}

/// Steps of the same name in one run: each time is a time of its own.
#[test]
fn a_recipe_called_twice_is_not_taken_for_done() {
    let cluster = r#"
        const PARAMS = [#{ name: "name", kind: "arg", required: true }];
        run_steps([step("schema", "Schema", || {
            print(name);
            if name == "two" && !path_exists("ready") { fail("not ready"); }
        })]);
    "#;
    let in_a_loop = r#"for name in ["one", "two"] { recipe("cluster", #{ name: name }); }"#;
    let in_steps = r#"
        run_steps([
            step("one", "One", || recipe("cluster", #{ name: "one" })),
            step("two", "Two", || recipe("cluster", #{ name: "two" })),
        ], #{ keep_going: true });
    "#;
    let backwards = r#"
        run_steps([
            step("two", "Two", || recipe("cluster", #{ name: "two" })),
            step("one", "One", || recipe("cluster", #{ name: "one" })),
        ], #{ keep_going: true });
    "#;
    for (text, first) in [
        (in_a_loop, "one two"),
        (in_steps, "one two"),
        (backwards, "two one"),
    ] {
        let repo = Repo::new().recipe("all", text).recipe("cluster", cluster);
        assert_eq!(printed(&repo, "all", 1), first);
        repo.write("ready", "");
        assert_eq!(printed(&repo, "all --resume", 0), "two");
    }
}

#[test]
fn chosen_steps_and_resume() {
    let repo = one(CHAIN_RECIPE);
    assert_eq!(printed(&repo, "it --skip b", 0), "a c");
    // What was left out was not done.
    repo.write("ready", "");
    assert_eq!(printed(&repo, "it --resume", 0), "b");

    let repo = one(CHAIN_RECIPE);
    assert_eq!(printed(&repo, "it", 1), "a b");
    repo.write("ready", "");
    assert_eq!(printed(&repo, "it --resume --only b", 0), "b");
    assert_eq!(printed(&repo, "it --resume", 0), "c");
}

#[test]
fn what_is_skipped_by_its_condition_is_asked_again() {
    let repo = one(r#"
        run_steps([
            step("a", "A", #{ when: || path_exists("ready") }, || print("a")),
            step("b", "B", || print("b")),
        ]);
    "#);
    assert_eq!(printed(&repo, "it", 0), "b");
    repo.write("ready", "");
    assert_eq!(printed(&repo, "it --resume", 0), "a");
}

#[test]
fn a_dry_run_shows_what_resuming_would_do() {
    let repo = one(r#"
        run_steps([
            step("a", "A", || exec(["true"])),
            step("b", "B", || exec(["sh", "-c", "exit 1"])),
        ]);
    "#);
    assert_eq!(printed(&repo, "it", 1), "");
    let before = repo.tree();
    repo.dev("it --resume --dry-run")
        .stderr(
            "
            -- b: B
            would run: sh -c 'exit 1'
            -- b: ok (<time>)

            it: 1 ok, 1 skipped in <time>
              skipped   a  A  <time>  (done in the last run)
              ok        b  B  <time>
        ",
        )
        .run();
    assert_eq!(repo.tree(), before);
}

#[test]
fn choosing_steps_forgets_nothing_of_the_run_before() {
    let repo = one(CHAIN_RECIPE);
    assert_eq!(printed(&repo, "it", 1), "a b");
    assert_eq!(printed(&repo, "it --only b", 1), "b");
    repo.write("ready", "");
    assert_eq!(printed(&repo, "it --resume", 0), "b c");
}
