//! `--dry-run`: what reads runs, and what changes is printed.

use crate::harness::{dry_run, has_compose, one};

#[test]
fn readers_run_and_changers_are_printed() {
    let repo = one(r#"
        exec(["touch", "made by exec", "it's"]);
        exec(["touch", "x"], #{ cwd: "dev", env: #{ A: "1" }, check: false });
        exec(["echo", "reads"], #{ reads: true });
        print(capture(["echo", "captured"]).stdout);
        capture(["touch", "made"], #{ reads: false });
        write_file("new/file", "text");
        print(read_file("dev/a") + path_exists("new") + glob("dev/*"));
        env_set("A", 1);
        env_set(#{ B: "two words", PGPASSWORD: "hidden" });
        env_unset("OLD");
        http("POST", "http://localhost/x", #{ json: 1 });
        confirm("Sure?");
        defer(|| exec(["rm", "-r", "dev"]));
        sleep("1h");
        success("not said");
    "#)
    .file("dev/a", "text of a")
    .file("dev/.env", "OLD=1\n");
    dry_run(
        &repo,
        "
            reads
            captured

            text of afalse[\"dev/.env\", \"dev/a\"]
        ",
        "
            would run: touch 'made by exec' 'it'\\''s'
            would run: touch x
            would run: touch made
            would write new/file (4 bytes)
            would set A=1 in dev/.env
            would set B=two words in dev/.env
            would set PGPASSWORD=*** in dev/.env
            would remove OLD from dev/.env
            would run: http POST http://localhost/x
            would ask: Sure?
            would run: rm -r dev
        ",
    );
}

#[test]
fn a_file_that_would_be_written_is_there_from_then_on() {
    dry_run(
        &one(r#"
            print(path_exists("dev/new"));
            write_file("dev/new", "text");
            print(path_exists("dev/new"));
            print(read_file("dev/new"));
        "#),
        "
            false
            true
            text
        ",
        "would write dev/new (4 bytes)\n",
    );
}

#[test]
fn steps_go_through_and_leave_no_journal() {
    let repo = one(r#"
        let states = run_steps([
            step("a", "A", #{ retry: 3 }, || exec(["sh", "-c", "exit 1"])),
            step("b", "B", #{ after: ["a"], when: || exec(["true"]) == () || true }, || info("b")),
            step("c", "C", #{ when: false }, || exec(["true"])),
        ], #{ jobs: 2 });
        print(states);
    "#);
    let before = repo.tree();
    // Even there, comparing is refused.
    repo.dev("it --dry-run").any_output().status(3).run();
    assert_eq!(repo.tree(), before);

    let repo = one(r#"
        let states = run_steps([
            step("a", "A", #{ retry: 3 }, || exec(["sh", "-c", "exit 1"])),
            step("b", "B", #{ after: ["a"], when: || exec(["true"]) }, || info("b")),
            step("c", "C", #{ when: exec(["false"]) }, || exec(["true"])),
            step("d", "D", #{ when: false }, || exec(["true"])),
        ]);
        print(states.b);
    "#);
    dry_run(
        &repo,
        "ok\n",
        "
            would run: false
            -- a: A
            would run: sh -c 'exit 1'
            -- a: ok (<time>)
            would run: true
            -- b: B
            b
            -- b: ok (<time>)
            -- c: C
            would run: true
            -- c: ok (<time>)

            it: 3 ok, 1 skipped in <time>
              ok        a  A  <time>
              ok        b  B  <time>
              ok        c  C  <time>
              skipped   d  D  <time>  (condition is false)
        ",
    );
}

/// What would fail fails in a dry run too, where that can be known.
#[test]
fn what_cannot_be_set_is_found() {
    one("let key = \"a-b\";\nenv_set(key, \"1\");")
        .dev("it --dry-run")
        .stderr(
            r#"
            error: `a-b` is not the name of a variable
             --> recipes/it.rhai:2:1
              |
            2 | env_set(key, "1");
              | ^^^^^^^
              |
              = help: a name is letters, digits and `_`, and starts with no digit
        "#,
        )
        .status(3)
        .run();
}

/// What Docker would be told; its own tests see that nothing is left of it.
#[test]
fn docker_is_printed() {
    let repo = one(r#"
        docker_build(#{ tag: "h-dry:1", context: "dev/image", args: #{ A: "two words" } });
        docker_run(#{ image: "h-dry:1", cmd: ["sh", "-c", "echo"], env: #{ PGPASSWORD: "hidden" } });
    "#)
    .file("dev/image/Dockerfile", "FROM scratch\n");
    let before = repo.tree();
    let ended = repo.dev("it --dry-run").any_stderr().run();
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{}", ended.stderr);
    assert!(
        lines[0].starts_with("would run: docker build"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].starts_with("would run: docker run"),
        "{}",
        lines[1]
    );
    assert!(!ended.stderr.contains("hidden"));
    assert_eq!(repo.tree(), before);
}

#[test]
fn compose_is_printed() {
    if !has_compose() {
        return;
    }
    let repo = one(r#"
        compose(["up", "-d"]);
        compose(["exec", "web", capture(["make"], #{ reads: false }).name]);
        compose(["config", "--services"]);
    "#)
    .file(
        "dev/docker-compose.yml",
        "services: { web: { image: none } }\n",
    );
    let before = repo.tree();
    let mut test = repo.dev("it --dry-run");
    for key in ["DOCKER_CONFIG", "DOCKER_HOST"] {
        if let Some(value) = std::env::var_os(key) {
            test = test.env(key, value);
        }
    }
    let ended = test.stdout("web\n").any_stderr().run();
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ended.stderr);
    assert!(
        lines[0].starts_with("would run: docker compose"),
        "{}",
        lines[0]
    );
    assert!(lines[0].ends_with(" up -d"), "{}", lines[0]);
    assert!(lines[2].ends_with(" exec web ‹make name›"), "{}", lines[2]);
    assert_eq!(repo.tree(), before);
}

#[test]
fn a_called_recipe_is_dry_too() {
    let repo = one(r#"recipe("other", #{ who: "me" }); recipe("other", #{ who: capture(["make"], #{ reads: false }) });"#)
        .recipe(
            "other",
            r#"
            const PARAMS = [#{ name: "who", kind: "arg" }];
            run_steps([step("a", "A", || exec(["touch", who]))]);
            "#,
        );
    dry_run(
        &repo,
        "",
        "
            -- other:a: A
            would run: touch me
            -- other:a: ok (<time>)
            would run: make
            -- other:a: A
            would run: touch ‹make›
            -- other:a: ok (<time>)

            it: 2 ok in <time>
              ok        other:a  A  <time>
              ok        other:a  A  <time>
        ",
    );
}

#[test]
fn one_called_recipe_can_be_dry() {
    let repo = one(r#"
        recipe("other", #{}, #{ dry_run: true });
        print(env("A", "not set"));
        recipe("other");
        print(env("A", "not set"));
    "#)
    .recipe(
        "other",
        r#"
        run_steps([step("a", "A", || {
            exec(["touch", "made"]);
            env_set("A", "1");
            print(`in it: ${env("A")}`);
            success("Done");
        })]);
        defer(|| exec(["touch", "deferred"]));
        "#,
    )
    .file("dev/.env", "");
    repo.dev("it")
        .stdout("in it: 1\nnot set\nin it: 1\n1\n")
        .stderr(
            "
            -- other:a: A
            would run: touch made
            would set A=1 in dev/.env
            -- other:a: ok (<time>)
            -- other:a: A
            ok: Done
            -- other:a: ok (<time>)
            would run: touch deferred

            it: 2 ok in <time>
              ok        other:a  A  <time>
              ok        other:a  A  <time>
        ",
        )
        .run();
    assert!(repo.has("made"));
    // The journal knows of the one that did something.
    let journal = repo
        .tree()
        .into_iter()
        .find(|(path, _)| path.extension().is_some_and(|end| end == "jsonl"));
    let text = String::from_utf8(journal.unwrap().1.unwrap()).unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");
}

#[test]
fn a_failure_is_one_in_a_dry_run_too() {
    let repo = one(r#"
        exec(["true"]);
        read_file("nope");
    "#);
    let before = repo.tree();
    repo.dev("it --dry-run")
        .stderr(
            "
            would run: true
            error: cannot read nope: No such file or directory (os error 2)
              at recipes/it.rhai:2:1
        ",
        )
        .status(1)
        .run();
    assert_eq!(repo.tree(), before);
}
