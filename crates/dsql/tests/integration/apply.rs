//! Applies scripts to a real server: effects, rows and errors.

use crate::support::{Certificate, Postgres};
use copilot_dsql::{ApplyOptions, ConnectOptions, Error, Outcome, Script, Target, apply};
use serde_json::json;

async fn run(url: &str, sql: &str) -> Result<Outcome, Error> {
    apply(
        &Target::url(url),
        &ConnectOptions::default(),
        Script {
            sql,
            name: Some("dev/app.sql"),
        },
        &ApplyOptions::default(),
        &mut |_| {},
        std::future::pending(),
    )
    .await
}

#[tokio::test]
async fn a_wrong_statement_is_shown_with_its_line() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let url = server.database("wrong");

    let sql =
        "-- fine\nCREATE TABLE a (x int);\n\nSELECT x,\n       nosuch\nFROM a;\nCREATE TABLE b ()";
    let error = run(&url, sql).await.expect_err("no such column");
    assert_eq!(error.kind(), "statement");
    assert_eq!(error.sqlstate(), Some("42703"));
    assert_eq!(
        error.to_string(),
        "dev/app.sql:5: column \"nosuch\" does not exist [42703]\n  in: SELECT x, …"
    );
    let tables = run(
        &url,
        "SELECT count(*) AS n FROM pg_tables WHERE tablename IN ('a', 'b')",
    );
    assert_eq!(
        tables.await.expect("counted").rows[0]["n"],
        json!(1),
        "what came before stays, what came after was not run"
    );

    let error = run(&url, "SELECT 1;\nSELECT 'x")
        .await
        .expect_err("open quote");
    assert_eq!(
        error.to_string(),
        "dev/app.sql:2: Unterminated string literal"
    );
    let error = run(&url, "CREATE TABLE c ();\nBEGIN;")
        .await
        .expect_err("BEGIN");
    assert_eq!(
        error.to_string(),
        "dev/app.sql:2: `BEGIN`: a script cannot control transactions: each statement runs in one of its own, or all in one with the option `transaction`"
    );
    let none = run(&url, "SELECT 1 FROM pg_tables WHERE tablename = 'c'");
    assert!(
        none.await.expect("asked").rows.is_empty(),
        "nothing was run"
    );
}

#[tokio::test]
async fn what_is_already_there_is_unchanged() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let url = server.database("already");
    let sql = "
        CREATE SCHEMA s;
        CREATE TABLE s.t (a int PRIMARY KEY);
        ALTER TABLE s.t ADD COLUMN b int;
        ALTER TABLE s.t ADD COLUMN IF NOT EXISTS c int;
        ALTER TABLE s.t ADD CONSTRAINT positive CHECK (b > 0);
        CREATE UNIQUE INDEX ASYNC by_b ON s.t (b);
        CREATE INDEX ASYNC IF NOT EXISTS by_c ON s.t (c);
        CREATE VIEW s.v AS SELECT 1 AS one;
        INSERT INTO s.t VALUES (1, 1, 1) ON CONFLICT DO NOTHING;
        DROP TABLE IF EXISTS s.gone;
        SET search_path = s;
        SELECT a FROM t;";
    let first = run(&url, sql).await.expect("applied");
    assert_eq!((first.applied, first.unchanged, first.read), (9, 1, 2));
    let again = run(&url, sql).await.expect("applied");
    assert_eq!((again.applied, again.unchanged, again.read), (0, 10, 2));

    // The same codes where they do not mean that all is well.
    for (sql, sqlstate) in [
        ("CREATE TABLE s.twice (a int, a int)", "42701"),
        ("ALTER TABLE s.t RENAME COLUMN b TO c", "42701"),
        (
            "ALTER TABLE s.t ADD COLUMN b int, ADD COLUMN d int",
            "42701",
        ),
        ("INSERT INTO s.t VALUES (1)", "23505"),
    ] {
        let error = run(&url, sql).await.expect_err(sql);
        assert_eq!(error.sqlstate(), Some(sqlstate), "{sql}");
    }
}

#[tokio::test]
async fn rows_are_typed() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let url = server.database("typed");
    let outcome = run(
        &url,
        "SELECT 'not this one';
         SELECT count(*) AS n, 1.5::float8 AS f, 2.25 AS d, true AS b, NULL AS nothing,
                'x' AS t, '{\"a\": [1, null]}'::jsonb AS j, 'NaN'::float8 AS nan,
                date '2026-11-24' AS day;
         CREATE TABLE after ()",
    )
    .await
    .expect("asked");
    assert_eq!(
        outcome.rows,
        [serde_json::from_value(json!({
            "n": 1, "f": 1.5, "d": "2.25", "b": true, "nothing": null, "t": "x",
            "j": {"a": [1, null]}, "nan": "NaN", "day": "2026-11-24",
        }))
        .expect("a row")]
    );
    let written = run(
        &url,
        "CREATE TABLE k (id bigint GENERATED ALWAYS AS IDENTITY, ok bool);
         INSERT INTO k (ok) VALUES (true), (false) RETURNING id, ok",
    )
    .await
    .expect("written");
    assert_eq!(
        serde_json::to_value(written.rows).expect("JSON"),
        json!([{"id": 1, "ok": true}, {"id": 2, "ok": false}])
    );
}
