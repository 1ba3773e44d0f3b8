//! `psql_dsql` and `dsql_token` on a real PostgreSQL over TLS.

use crate::harness::postgres::{Certificate, ENCODED_PASSWORD, PASSWORD, Postgres};
use crate::harness::{Ended, Repo, Signal, assert_contains, assert_starts_with, eventually};
use std::net::TcpListener;

const SCHEMA_SQL: &str = "\
CREATE TABLE IF NOT EXISTS notes (id int PRIMARY KEY, text text);

CREATE INDEX ASYNC IF NOT EXISTS notes_by_text
    ON notes (text);
";

/// A repository whose recipe `it` runs `recipe` on the server at URL.
fn repo(server: &Postgres, recipe: &str) -> Repo {
    let recipe = recipe.replace("URL", &server.url("postgres"));
    Repo::new()
        .recipe("it", &recipe)
        .file("dev/notes.sql", SCHEMA_SQL)
}

/// Fails if the password, in whatever form, was shown.
fn without_password(ended: &Ended) {
    for text in [&ended.stdout, &ended.stderr] {
        for secret in [PASSWORD, ENCODED_PASSWORD] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn a_file_is_applied_and_then_unchanged() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let recipe = r#"
        let notes = #{ url: "URL", file: "dev/notes.sql" };
        run_steps([
            step("apply", "Apply", || psql_dsql(notes)),
            step("again", "Again", #{ after: ["apply"] }, || psql_dsql(notes)),
        ]);
        psql_dsql(#{ url: "URL", sql: "INSERT INTO notes VALUES (1, 'one'), (2, NULL)" });
        let found = psql_dsql(#{ url: "URL", sql: "SELECT * FROM notes ORDER BY id", reads: true });
        table(found.rows, #{ columns: ["id", "text"] });
    "#;
    let ended = repo(&server, recipe)
        .dev("it")
        .stdout(
            "
            id  text
            1   one
            2
            ",
        )
        .stderr(
            "
            -- apply: Apply
            dev/notes.sql: 2 applied, 0 unchanged
            -- apply: ok (<time>)
            -- again: Again
            dev/notes.sql: 0 applied, 2 unchanged
            -- again: unchanged (<time>)

            it: 1 ok, 1 unchanged in <time>
              ok        apply  Apply  <time>
              unchanged again  Again  <time>
            ",
        )
        .run();
    without_password(&ended);
}

#[test]
fn a_wrong_statement_fails_its_step_with_the_place_in_the_file() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let recipe = r#"
        run_steps([
            step("wrong", "Wrong", || psql_dsql(#{ url: "URL", file: "dev/wrong.sql" })),
            step("right", "Right", || psql_dsql(#{ url: "URL", file: "dev/notes.sql" })),
        ], #{ keep_going: true });
    "#;
    let repo = repo(&server, recipe).file(
        "dev/wrong.sql",
        "CREATE TABLE a (id int);\n\n-- A type that is not there.\nCREATE TABLE b (\n    id nonsense\n);\n",
    );
    let ended = repo
        .dev("it")
        .stderr(
            "
            -- wrong: Wrong
            -- wrong: failed (<time>)
            -- right: Right
            dev/notes.sql: 2 applied, 0 unchanged
            -- right: ok (<time>)

            it: 1 ok, 1 failed in <time>
              failed    wrong  Wrong  <time>
              ok        right  Right  <time>

            failed wrong: Wrong
              dev/wrong.sql:5: type \"nonsense\" does not exist [42704]
                in: CREATE TABLE b ( …
                at recipes/it.rhai:2:31
                at recipes/it.rhai:1:1

            error: 1 of 2 steps failed
            ",
        )
        .status(1)
        .run();
    without_password(&ended);
}

#[test]
fn a_server_that_is_not_there() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let recipe = format!(
        r#"psql_dsql(#{{ url: "postgresql://me:secret@127.0.0.1:{port}/db", sql: "SELECT 1" }});"#
    );
    let ended = Repo::new()
        .recipe("it", &recipe)
        .dev("it")
        .any_stderr()
        .status(1)
        .run();
    let said = format!("error: cannot reach postgresql://me@127.0.0.1:{port}/db: ");
    assert_starts_with(&ended.stderr, &said);
    assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
}

#[test]
fn a_certificate_of_another_host_is_refused() {
    let Some(server) = Postgres::start(Certificate::WrongName) else {
        return;
    };
    let ended = repo(&server, r#"psql_dsql(#{ url: "URL", sql: "SELECT 1" });"#)
        .dev("it")
        .any_stderr()
        .status(1)
        .run();
    assert_contains(&ended.stderr, "no trusted connection");
    without_password(&ended);
}

#[test]
fn a_wrong_password_is_said_and_not_shown() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let recipe = r#"psql_dsql(#{ url: "URL", sql: "SELECT 1" });"#;
    let url = server.url("postgres").replace(ENCODED_PASSWORD, "wr0ng");
    let ended = Repo::new()
        .recipe("it", &recipe.replace("URL", &url))
        .dev("it -v")
        .any_stderr()
        .status(1)
        .run();
    assert_contains(&ended.stderr, "password authentication failed");
    assert_contains(
        &ended.stderr,
        "hint: check the password in the URL or in PGPASSWORD",
    );
    assert!(!ended.stderr.contains("wr0ng"), "{}", ended.stderr);
}

#[test]
fn a_cluster_without_credentials_is_exit_code_4() {
    let recipe = r#"
        psql_dsql(#{ endpoint: "abc.dsql.eu-west-1.on.aws", region: "eu-west-1", sql: "SELECT 1" });
    "#;
    let ended = Repo::new()
        .recipe("it", recipe)
        .with("AWS_EC2_METADATA_DISABLED", "true")
        .dev("it")
        .any_stderr()
        .status(4)
        .run();
    assert_contains(
        &ended.stderr,
        "error: no AWS credentials to sign a DSQL token",
    );
    assert_contains(&ended.stderr, "hint: run `aws sso login`");
}

#[test]
fn a_token_reaches_the_cluster_and_nobody_else() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let recipe = r#"
        let cluster = #{ endpoint: "localhost", port: PORT, region: "eu-west-1", sslmode: "require" };
        let rows = psql_dsql(cluster + #{ sql: "SELECT current_user AS me", reads: true }).rows;
        print(rows[0].me);
        let token = dsql_token(#{ endpoint: "localhost", region: "eu-west-1" });
        print(token.contains("Action=DbConnectAdmin"));
    "#;
    let ended = Repo::new()
        .recipe("it", &recipe.replace("PORT", &server.port.to_string()))
        .with("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", "not-to-be-shown")
        .dev("it -v")
        .stdout("admin\ntrue\n")
        .any_stderr()
        .run();
    for secret in ["X-Amz-Signature", "not-to-be-shown", "AKIDEXAMPLE"] {
        assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
    }
}

#[test]
fn ctrl_c_stops_the_statement_on_the_server() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let repo = repo(
        &server,
        r#"psql_dsql(#{ url: "URL", sql: "SELECT pg_sleep(3600)", reads: true });"#,
    );
    let mut live = repo.start("it");
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'";
    eventually("the statement", || server.psql(running) == "1");
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    eventually("its end", || server.psql(running) == "0");
}

#[test]
fn a_statement_has_a_time_limit() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let recipe = r#"psql_dsql(#{ url: "URL", sql: "SELECT pg_sleep(3600)", timeout: "200ms" });"#;
    let ended = repo(&server, recipe).dev("it").any_stderr().status(1).run();
    assert_contains(
        &ended.stderr,
        "line 1: timed out after 200ms and was cancelled",
    );
}

#[test]
fn a_dry_run_connects_only_to_read() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let recipe = r#"
        psql_dsql(#{ url: "URL", file: "dev/notes.sql" });
        print(psql_dsql(#{ url: "URL", sql: "SELECT to_regclass('notes') IS NULL AS none", reads: true }).rows[0].none);
    "#;
    let ended = repo(&server, recipe)
        .dev("it --dry-run")
        .stdout("true\n")
        .any_stderr()
        .run();
    assert_starts_with(&ended.stderr, "would run: psql_dsql ");
    without_password(&ended);
}

#[test]
fn options_that_make_no_sense_are_mistakes_of_the_recipe() {
    for (options, says) in [
        (
            r#"sql: "SELECT 1""#,
            "`psql_dsql` needs `endpoint` or `url`",
        ),
        (
            r#"url: "postgresql:///x""#,
            "`psql_dsql` needs `file` or `sql`",
        ),
        (
            r#"url: "postgresql:///x", sql: "", fiel: 1"#,
            "`psql_dsql` has no option `fiel`",
        ),
    ] {
        let ended = Repo::new()
            .recipe("it", &format!("psql_dsql(#{{ {options} }});"))
            .dev("it")
            .any_stderr()
            .status(3)
            .run();
        assert_contains(&ended.stderr, says);
    }
}

#[test]
fn a_token_is_in_nothing_that_is_shown() {
    let repo = Repo::new()
        .recipe(
            "it",
            r#"
            let token = dsql_token(#{ endpoint: "a.dsql.eu-west-1.on.aws", region: "eu-west-1" });
            print(token);
            run_steps([
                step("a", "A", || exec(["sh", "-c", "echo \"$1\"; exit 3", "sh", token])),
                step("b", "B", || fail("no: " + token)),
            ], #{ keep_going: true, jobs: 2 });
            "#,
        )
        .with("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", "not-to-be-shown");
    for line in ["it -v", "it --output json"] {
        let ended = repo.dev(line).any_output().status(1).run();
        let shown = format!("{}{}", ended.stdout, ended.stderr);
        assert_contains(&shown, "***");
        assert!(!shown.contains("X-Amz-Signature"), "{shown}");
    }
}
