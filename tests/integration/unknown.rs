//! What a dry run does not know, because it skipped the command that makes it.

use crate::harness::{Repo, dry_run, one};

#[test]
fn what_is_not_known_can_be_shown_and_passed_on() {
    let repo = one(r#"
        let out = capture(["make-cluster"], #{ reads: false });
        print(out.stdout);
        print(`at ${out.stdout}!`);
        print("at " + out.stdout + "!");
        print([out, #{ id: out["stdout"] }]);
        print(out[0]);
        let text = "at ";
        text += out.stdout;
        print(text);
        print([known(out), known(out.stdout), known("text"), known(())]);
        fn through(x) { x.stdout }
        print(through(out));
        exec(["use", out.stdout, `--id=${out.id}`], #{ env: #{ A: out }, stdin: out });
        table([#{ id: out.id }]);
        info(out.id);
        throw out.id;
    "#);
    let before = repo.tree();
    repo.dev("it --dry-run")
        .stdout(
            "
            ‹make-cluster stdout›
            at ‹make-cluster stdout›!
            at ‹make-cluster stdout›!
            [‹make-cluster›, #{\"id\": ‹make-cluster stdout›}]
            ‹make-cluster [0]›
            at ‹make-cluster stdout›
            [false, false, true, true]
            ‹make-cluster stdout›
            id
            ‹make-cluster id›
        ",
        )
        .stderr(
            "
            would run: make-cluster
            would run: use ‹make-cluster stdout› '--id=‹make-cluster id›'
            ‹make-cluster id›
            error: ‹make-cluster id›
              at recipes/it.rhai:16:1
        ",
        )
        .status(1)
        .run();
    assert_eq!(repo.tree(), before);
}

/// What nobody knows, nobody can be asked about.
#[test]
fn readers_are_not_asked_about_what_is_not_known() {
    let repo = one(r#"
        let out = capture(["make-cluster"], #{ reads: false });
        print(capture(["describe", out.id]).stdout);
        print(capture(["describe", `id-${out.id}`]));
        print(http("GET", `http://${out.host}/`).json.state);
        print(http("GET", out.url, #{ check: false }));
        wait_http(out.url, "1m");
        wait_http("http://" + out.host, "1m");
        print(read_file(out.path));
        print(path_exists(`dev/${out.name}`));
        write_file(out.path, "text");
        write_file("dev/file", `id=${out.id}`);
        confirm(`Delete ${out.id}?`);
        confirm(out.question);
    "#);
    dry_run(
        &repo,
        "
            ‹describe stdout›
            ‹describe›
            ‹GET http://‹make-cluster host›/ json state›
            ‹GET ‹make-cluster url››
            ‹text of ‹make-cluster path››
            ‹whether there is dev/‹make-cluster name››
        ",
        "
            would run: make-cluster
            would run: describe ‹make-cluster id›
            would run: describe 'id-‹make-cluster id›'
            would run: http GET http://‹make-cluster host›/
            would run: http GET ‹make-cluster url›
            would wait for ‹make-cluster url›
            would wait for http://‹make-cluster host›
            would write ‹make-cluster path› (4 bytes)
            would write dev/file
            would ask: Delete ‹make-cluster id›?
            would ask: ‹make-cluster question›
        ",
    );
}

#[test]
fn variables_are_as_they_would_be() {
    let repo = one(r#"
        let out = capture(["make-cluster"], #{ reads: false });
        print(env_set("SAME", "1"));
        print(env_set("NEW", "2"));
        print(env_set("NEW", "2"));
        print(env_unset("OLD"));
        print(env_unset("OLD"));
        print(env_unset("NEVER"));
        env_set(#{ ID: out.id, TEXT: `x-${out.id}`, EMPTY: "", URL: "postgresql://me:hidden@host/db" });
        env_require(["NEW", "SAME", "ID"]);
        print([env("NEW"), env("OLD", "gone"), env("EMPTY", "empty"), env("ID"), env("TEXT")]);
        print(known(env("ID")));
    "#)
    .file("dev/.env", "SAME=1\nOLD=1\n");
    dry_run(
        &repo,
        r#"
            false
            true
            false
            true
            false
            false
            ["2", "gone", "empty", ‹env ID›, ‹env TEXT›]
            false
        "#,
        "
            would run: make-cluster
            would set NEW=2 in dev/.env
            would remove OLD from dev/.env
            would set EMPTY= in dev/.env
            would set ID=‹make-cluster id› in dev/.env
            would set TEXT=x-‹make-cluster id› in dev/.env
            would set URL=postgresql://***@host/db in dev/.env
        ",
    );
}

#[test]
fn what_is_not_known_cannot_decide() {
    let made = "let out = capture([\"make\"], #{ reads: false });\n";
    let help = "a value that a dry run cannot know has the type Unknown: print it, pass it on, or test `known(value)` first";
    let compared = "‹make code› is not known in a dry run and cannot be compared";
    let rows = [
        ("if out.code == 0 { }", compared),
        ("if 0 != out.code { }", compared),
        ("if out.code == () { }", compared),
        ("while out.code < 3 { }", compared),
        ("print(out.code in [1, 2]);", compared),
        ("if out.code { }", "expected bool, found Unknown"),
        ("if out.ok && true { }", "expected bool, found Unknown"),
        ("if !out.ok { }", "`!` does not take (Unknown)"),
        ("print(out.code + 1);", "`+` does not take (Unknown, int)"),
        (
            "print(out.stdout.trim());",
            "`trim` does not take (Unknown)",
        ),
        ("print(out.stdout.len());", "`len` does not take (Unknown)"),
        (
            "parse_int(out.stdout);",
            "`parse_int` does not take (Unknown)",
        ),
        ("print([1, 2][out.code]);", "expected int, found Unknown"),
        (
            "for line in out.lines { print(line); }",
            "‹make lines› is not known in a dry run and cannot be iterated over",
        ),
        (
            "run_steps([step(\"a\", \"A\", #{ when: || out.code == 0 }, || ())]);",
            compared,
        ),
    ];
    for (line, message) in rows {
        let repo = Repo::new().recipe("it", &format!("{made}{line}\nprint(\"reached\");\n"));
        let ended = repo.dev("it --dry-run").any_stderr().status(3).run();
        let found: Vec<_> = ended
            .stderr
            .lines()
            .filter(|line| line.starts_with("error: ") || line.contains(" --> "))
            .collect();
        assert_eq!(found[0], format!("error: {message}"), "{line}");
        assert!(found[1].contains("recipes/it.rhai:2:"), "{}", found[1]);
        let hint = format!("= help: {help}");
        assert!(ended.stderr.contains(&hint), "{line}: {}", ended.stderr);
        assert!(ended.stderr.starts_with("would run: make\n"));
    }
}

#[test]
fn known_lets_a_recipe_decide() {
    let repo = one(r#"
        let code = exec(["sh", "-c", "exit 3"], #{ check: false });
        if known(code) && code == 3 { print("three"); } else { print("not known"); }
    "#);
    dry_run(&repo, "not known\n", "would run: sh -c 'exit 3'\n");
    repo.dev("it").stdout("three\n").run();
}

#[test]
fn terraform_is_printed_and_its_outputs_are_not_known() {
    let repo = one(r#"
        terraform(["init"]);
        terraform(["apply", "-auto-approve", "-var", "name=two words"]);
        let out = terraform_output();
        env_set(#{ KB_ID: out.kb_id, BUCKET: out.buckets[0] });
        psql_dsql(#{ endpoint: out.endpoint, file: "schema.sql" });
    "#)
    .file("terraform/dev/main.tf", "")
    .file("dev/.env", "")
    .file("schema.sql", "SELECT 1;\n");
    let before = repo.tree();
    let ended = repo.dev("it --dry-run").any_stderr().run();
    let mut lines = ended.stderr.lines();
    let expected = [
        "would run: terraform -chdir=terraform/dev init",
        "would run: terraform -chdir=terraform/dev apply -auto-approve -var 'name=two words'",
        "would set BUCKET=‹terraform output buckets [0]› in dev/.env",
        "would set KB_ID=‹terraform output kb_id› in dev/.env",
    ];
    assert_eq!(lines.by_ref().take(4).collect::<Vec<_>>(), expected);
    let last: Vec<_> = lines.collect();
    assert_eq!(last.len(), 1, "{last:?}");
    assert!(last[0].contains("‹terraform output endpoint›"), "{last:?}");
    assert_eq!(repo.tree(), before);
}
