//! Conflicts, lost connections, timeouts and cancellation.

use std::time::{Duration, Instant};

use crate::support::{Certificate, Postgres};
use copilot_dsql::{
    ApplyOptions, ConnectOptions, Error, Event, Outcome, Script, Target, apply, connect,
};
use serde_json::json;

async fn run_with(
    url: &str,
    sql: &str,
    options: &ApplyOptions,
    progress: &mut (dyn FnMut(Event<'_>) + Send),
    cancel: impl Future<Output = ()>,
) -> Result<Outcome, Error> {
    let script = Script { sql, name: None };
    let connect = ConnectOptions::default();
    apply(
        &Target::url(url),
        &connect,
        script,
        options,
        progress,
        cancel,
    )
    .await
}

async fn run(url: &str, sql: &str) -> Result<Outcome, Error> {
    let options = ApplyOptions::default();
    run_with(url, sql, &options, &mut |_| {}, std::future::pending()).await
}

#[test]
fn applying_can_be_spawned() {
    fn sendable<T: Send>(_: T) {}
    sendable(run("", ""));
}

/// Fails with SQLSTATE 40001 until it has been called `$1` times; a sequence
/// counts because it is not rolled back.
const CONFLICT_FUNCTION_SQL: &str = "
    CREATE SEQUENCE tries;
    CREATE TABLE done (x int);
    CREATE FUNCTION conflict(times int) RETURNS int LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('tries') <= times THEN
            RAISE EXCEPTION 'change conflicts with another transaction (OC000)'
                USING ERRCODE = '40001';
        END IF;
        RETURN 1;
    END $$";

#[tokio::test]
async fn a_conflict_is_tried_again() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let url = server.database("conflict");
    run(&url, CONFLICT_FUNCTION_SQL).await.expect("applied");

    let mut attempts = Vec::new();
    let outcome = run_with(
        &url,
        "INSERT INTO done SELECT conflict(3); SELECT count(*) AS n FROM done",
        &ApplyOptions::default(),
        &mut |event| {
            if let Event::Retrying { attempt, error, .. } = event {
                attempts.push((attempt, error.sqlstate().map(ToOwned::to_owned)));
            }
        },
        std::future::pending(),
    )
    .await
    .expect("applied in the end");
    assert_eq!((outcome.applied, outcome.retried), (1, 3));
    assert_eq!(outcome.rows[0]["n"], json!(1));
    let conflict = Some("40001".to_owned());
    assert_eq!(
        attempts,
        [(1, conflict.clone()), (2, conflict.clone()), (3, conflict)]
    );

    let error = run(&url, "ALTER SEQUENCE tries RESTART; SELECT conflict(5)")
        .await
        .expect_err("five tries, no more");
    assert_eq!(
        error.to_string(),
        "line 1: change conflicts with another transaction (OC000) [40001]\n  \
         in: SELECT conflict(5)"
    );
}

/// Ends the session that is waiting for the lock on `held`.
async fn terminate_waiter(url: &str) {
    let admin = connect(&Target::url(url), &ConnectOptions::default())
        .await
        .expect("connected");
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE wait_event_type = 'Lock' AND datname = current_database()";
    loop {
        let ended = admin.client().query(sql, &[]).await.expect("asked");
        if !ended.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_lost_connection_is_opened_again_for_ddl_only() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let url = server.database("lost");
    run(&url, "CREATE TABLE held (x int)")
        .await
        .expect("applied");
    let holder = connect(&Target::url(&url), &ConnectOptions::default())
        .await
        .expect("connected");
    holder
        .client()
        .batch_execute("BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE")
        .await
        .expect("locked");

    let write = run(&url, "INSERT INTO held VALUES (1)");
    let (written, ()) = tokio::join!(write, terminate_waiter(&url));
    let error = written.expect_err("unknown outcome");
    assert_eq!(error.kind(), "lost");
    assert_eq!(
        error.to_string(),
        "line 1: the connection was lost, whether the statement took effect is unknown: \
         terminating connection due to administrator command\n  \
         in: INSERT INTO held VALUES (1)"
    );

    // A setting made before the loss holds after it.
    let sql = "SET search_path = pg_catalog, public;
               ALTER TABLE held ADD COLUMN y int;
               SHOW search_path";
    let ddl = run(&url, sql);
    let release = async {
        terminate_waiter(&url).await;
        drop(holder);
    };
    let (applied, ()) = tokio::join!(ddl, release);
    let outcome = applied.expect("applied");
    assert_eq!((outcome.applied, outcome.retried), (1, 1));
    assert_eq!(outcome.rows[0]["search_path"], json!("pg_catalog, public"));
}

#[tokio::test]
async fn cancelling_is_prompt_and_reaches_the_server() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let url = server.database("cancelled");
    let started = Instant::now();
    let error = run_with(
        &url,
        "SELECT pg_sleep(60)",
        &ApplyOptions::default(),
        &mut |_| {},
        tokio::time::sleep(Duration::from_millis(300)),
    )
    .await
    .expect_err("cancelled");
    assert_eq!(error.kind(), "cancelled");
    assert!(started.elapsed() < Duration::from_secs(2));
    nothing_sleeps(&url).await;

    let started = Instant::now();
    let options = ApplyOptions {
        statement_timeout: Some(Duration::from_millis(300)),
        ..ApplyOptions::default()
    };
    let sql = "SELECT 1;\nSELECT pg_sleep(60)";
    let error = run_with(&url, sql, &options, &mut |_| {}, std::future::pending())
        .await
        .expect_err("too slow");
    assert_eq!(error.kind(), "timeout");
    assert_eq!(
        error.to_string(),
        "line 2: timed out after 300ms and was cancelled\n  in: SELECT pg_sleep(60)"
    );
    assert!(started.elapsed() < Duration::from_secs(2));
    nothing_sleeps(&url).await;
}

async fn nothing_sleeps(url: &str) {
    let sql = "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    let deadline = Instant::now() + Duration::from_secs(5);
    while run(url, sql).await.expect("asked").rows[0]["n"] != json!(0) {
        assert!(Instant::now() < deadline, "the server was not told");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
