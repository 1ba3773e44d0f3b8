//! What `psql_dsql` makes of a script: parameters, transactions, notices, values.

use crate::harness::postgres::{Certificate, Postgres};
use crate::harness::{Repo, assert_contains, one};

/// A repository whose recipe `it` runs `recipe` on the server at URL.
fn repo(server: &Postgres, recipe: &str) -> Repo {
    one(&recipe.replace("URL", &server.url("postgres")))
}

#[test]
fn parameters_are_values_and_never_sql() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    repo(
        &server,
        r#"
        let sql = |sql, params| psql_dsql(#{ url: "URL", sql: sql, params: params });
        sql.call("CREATE TABLE t (id int PRIMARY KEY, name text, at timestamptz, n numeric, ok bool)", []);
        let nasty = "it's \\'; DROP TABLE t; --\n\t€ $1";
        sql.call("INSERT INTO t VALUES ($1, $2, $3, $4, $5)", [1, nasty, "2026-01-02", 0.5, true]);
        sql.call("INSERT INTO t (id, name, ok) VALUES (2 - $1, $2, $3)", [-1, (), false]);
        let rows = sql.call("SELECT * FROM t WHERE name = $1 AND id IN ($2, $2 + 1) LIMIT $3", [nasty, 1, 5]).rows;
        print(`${rows.len()} ${rows[0].name == nasty} ${rows[0].ok} ${rows[0].n}`);
        print(sql.call("SELECT count(*) AS count FROM t WHERE name IS NOT DISTINCT FROM $1", [()]).rows);
        "#,
    )
    .dev("it")
    .stdout("1 true true 0.5\n[#{\"count\": 1}]\n")
    .any_stderr()
    .run();
    for (sql, params, error) in [
        ("SELECT $2", "[1]", "there is no parameter $2 among 1"),
        ("SELECT $1", "[1, 2]", "no statement uses the parameter $2"),
        ("SELECT $1", "[[]]", "parameter 1 is of type array"),
        ("SELECT $1", "\"x\"", "`params` is \"x\", not an array"),
        ("SELECT $1", "[\"a\\x00\"]", "has a NUL character"),
    ] {
        let recipe = format!(r#"psql_dsql(#{{ url: "URL", sql: "{sql}", params: {params} }});"#);
        let code = if error.starts_with("parameter") || error.starts_with('`') {
            3
        } else {
            1
        };
        let repo = repo(&server, &recipe);
        let ended = repo.dev("it").any_output().status(code).run();
        assert_contains(&ended.stderr, error);
    }
    // A value is not shown by an error.
    let secret = r#"psql_dsql(#{ url: "URL", sql: "SELECT $1::int", params: ["hidden"] });"#;
    let ended = repo(&server, secret).dev("it").any_output().status(1).run();
    assert_contains(&ended.stderr, "SELECT $1::int");
}

#[test]
fn a_transaction_is_all_or_nothing() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    repo(
        &server,
        r#"
        let count = || psql_dsql(#{ url: "URL", sql: "SELECT to_regclass('t') IS NULL AS none", reads: true }).rows[0].none;
        let script = "CREATE TABLE t (id int); INSERT INTO t VALUES (1); SELECT 1 / $1 AS one";
        try {
            psql_dsql(#{ url: "URL", transaction: true, sql: script, params: [0] });
        } catch (err) {
            print(err.message);
        }
        print(count.call());
        print(psql_dsql(#{ url: "URL", transaction: true, sql: script, params: [1] }));
        print(count.call());
        "#,
    )
    .dev("it")
    .stdout(
        "
        line 1: division by zero [22012]
          in: SELECT 1 / $1 AS one
        true
        #{\"applied\": 2, \"changed\": true, \"retried\": 0, \"rows\": [#{\"one\": 1}], \"unchanged\": 0}
        false
        ",
    )
    .any_stderr()
    .run();
}

#[test]
fn a_transaction_fails_with_the_reason() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let recipe =
        r#"psql_dsql(#{ url: "URL", transaction: true, sql: "SELECT 1; SELECT * FROM nope" });"#;
    let ended = repo(&server, recipe).dev("it").any_output().status(1).run();
    assert_contains(&ended.stderr, "relation \"nope\" does not exist [42P01]");
}

#[test]
fn what_the_server_says_is_shown() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    repo(
        &server,
        r#"
        psql_dsql(#{ url: "URL", sql: "SELECT 1;\nDO $$ BEGIN RAISE NOTICE 'noted'; RAISE WARNING 'careful'; END $$" });
        psql_dsql(#{ url: "URL", sql: "DROP TABLE IF EXISTS none" });
        "#,
    )
    .dev("it")
    .stderr("line 2: NOTICE: noted\nwarning: line 2: WARNING: careful\n")
    .run();
}

#[test]
fn digits_and_byte_order_marks_are_kept_apart() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    repo(
        &server,
        r#"
        print(psql_dsql(#{ url: "URL", sql: "SELECT 12345678901234567890.123456789::numeric AS n, 1.5::float8 AS f" }).rows);
        print(psql_dsql(#{ url: "URL", file: "dev/bom.sql" }).rows);
        "#,
    )
    .file("dev/bom.sql", "\u{feff}SELECT 1 AS one;\n")
    .dev("it")
    .stdout(
        "
        [#{\"f\": 1.5, \"n\": \"12345678901234567890.123456789\"}]
        [#{\"one\": 1}]
        ",
    )
    .any_stderr()
    .run();
}

#[test]
fn options_that_belong_into_a_url_are_refused() {
    for (option, name) in [
        (r#"sslmode: "verify-full""#, "sslmode"),
        (r#"user: "me""#, "user"),
        (r#"database: "db""#, "database"),
        ("port: 5433", "port"),
        (r#"region: "eu""#, "region"),
    ] {
        let recipe = format!(
            r#"
            const PARAMS = [#{{ name: "url", kind: "option" }}];
            psql_dsql(#{{ url: url, sql: "SELECT 1", {option} }});
            "#
        );
        let message = format!("`psql_dsql`: `{name}` has no effect beside `url`");
        let checked = one(&recipe).dev("check").any_output().status(3).run();
        assert_contains(&format!("{}{}", checked.stdout, checked.stderr), &message);
        // In a map that only a run makes.
        let recipe = format!(
            r#"
            let opts = #{{ {option} }};
            psql_dsql(#{{ url: "postgresql://127.0.0.1:9/db", sql: "SELECT 1" }} + opts);
            "#
        );
        let ended = one(&recipe).dev("it").any_output().status(3).run();
        assert_contains(&ended.stderr, &message);
    }
    let ended = one(r#"psql_dsql(#{ endpoint: "x", sql: "SELECT 1", transaction: true });"#)
        .dev("it")
        .any_output()
        .status(3)
        .run();
    assert_contains(
        &ended.stderr,
        "`transaction` has no effect beside `endpoint`",
    );
}

#[test]
fn the_password_can_be_in_the_file() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let url = server.url("postgres");
    let (before, rest) = url.split_once("://").unwrap();
    let (login, host) = rest.split_once('@').unwrap();
    let (user, _) = login.split_once(':').unwrap();
    let recipe = format!(
        r#"print(psql_dsql(#{{ url: "{before}://{user}@{host}", sql: "SELECT 1 AS one" }}).rows);"#
    );
    let password = crate::harness::postgres::PASSWORD;
    one(&recipe)
        .file(
            "dev/.env",
            &format!("PGPASSWORD='{}'\n", password.replace('\'', "\\'")),
        )
        .dev("it")
        .stdout("[#{\"one\": 1}]\n")
        .any_stderr()
        .run();
}

#[test]
fn keys_and_region_can_be_in_the_file() {
    one(
        r#"print(dsql_token(#{ endpoint: "a.dsql.example" }).contains("AKIDOFTHEFILE%2F"));
        print(dsql_token(#{ endpoint: "a.dsql.example" }).contains("us-east-2"));"#,
    )
    .file(
        "dev/.env",
        "AWS_ACCESS_KEY_ID=AKIDOFTHEFILE\nAWS_SECRET_ACCESS_KEY=secret\nAWS_REGION=us-east-2\n",
    )
    .dev("it")
    .stdout("true\ntrue\n")
    .run();
}
