//! A DSQL target: the token as password, `sys.jobs`, and one round trip per
//! statement. A plain server replaces the cluster, with DSQL's `sys` schema and
//! a procedure in place of `CREATE INDEX ASYNC`.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use crate::support::{Certificate, Postgres};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::time::SystemTimeSource;
use copilot_dsql::{
    ApplyOptions, ConnectOptions, Error, Event, Outcome, Script, SdkConfig, SslMode, Target, apply,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const SYS_SCHEMA_SQL: &str = "
    CREATE SCHEMA sys;
    CREATE TABLE sys.jobs (job_id text, status text, details text);
    CREATE PROCEDURE start_job(id text, status text, details text, OUT job_id text)
    LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO sys.jobs VALUES (id, status, details);
        job_id := id;
    END $$;
    CREATE PROCEDURE sys.wait_for_job(id text) LANGUAGE plpgsql AS $$ BEGIN
        UPDATE sys.jobs SET status = 'completed' WHERE job_id = id AND status = 'processing';
    END $$;";

fn options() -> ConnectOptions {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    ConnectOptions {
        aws: Some(
            SdkConfig::builder()
                .credentials_provider(SharedCredentialsProvider::new(credentials))
                .time_source(SystemTimeSource::new())
                .build(),
        ),
        ..ConnectOptions::default()
    }
}

fn target(at: u16) -> Target {
    Target::Dsql {
        endpoint: "localhost".into(),
        port: at,
        user: "admin".into(),
        database: "postgres".into(),
        region: Some("eu-west-1".into()),
        sslmode: SslMode::Require,
    }
}

async fn run(
    port: u16,
    sql: &str,
    progress: &mut (dyn FnMut(Event<'_>) + Send),
) -> Result<Outcome, Error> {
    run_on(&target(port), &options(), sql, progress).await
}

async fn run_on(
    target: &Target,
    connect: &ConnectOptions,
    sql: &str,
    progress: &mut (dyn FnMut(Event<'_>) + Send),
) -> Result<Outcome, Error> {
    apply(
        target,
        connect,
        Script {
            sql,
            name: Some("app.sql"),
        },
        &ApplyOptions::default(),
        progress,
        std::future::pending(),
    )
    .await
}

#[tokio::test]
async fn index_jobs_are_followed_to_their_end() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    run(server.port, SYS_SCHEMA_SQL, &mut |_| {})
        .await
        .expect("applied");

    let mut events = Vec::new();
    run(
        server.port,
        "CALL start_job('a1', 'processing', NULL, NULL);
         CALL start_job('b2', 'completed', NULL, NULL);
         SELECT 'c3' AS job_id",
        &mut |event| match event {
            Event::WaitingForIndex { job, .. } => events.push(job.to_owned()),
            Event::Finished(done) => events.push(done.index.to_string()),
            _ => {}
        },
    )
    .await
    .expect("completed");
    assert_eq!(events, ["1", "2", "3", "a1", "b2"]);

    // A constraint that takes an index over needs it finished.
    events.clear();
    run(
        server.port,
        "CREATE TABLE u (a int);
         CREATE UNIQUE INDEX by_a ON u (a);
         CALL start_job('e5', 'processing', NULL, NULL);
         ALTER TABLE u ADD CONSTRAINT by_a UNIQUE USING INDEX by_a",
        &mut |event| match event {
            Event::WaitingForIndex { job, .. } => events.push(job.to_owned()),
            Event::Finished(done) => events.push(done.index.to_string()),
            _ => {}
        },
    )
    .await
    .expect("applied");
    assert_eq!(events, ["1", "2", "3", "e5", "4"]);

    let error = run(
        server.port,
        "SELECT 1;\nCALL start_job('d4', 'failed', 'duplicate key', NULL)",
        &mut |_| {},
    )
    .await
    .expect_err("failed");
    assert_eq!(
        error.to_string(),
        "app.sql:2: index job d4 failed: duplicate key\n  \
         in: CALL start_job('d4', 'failed', 'duplicate key', NULL)"
    );
}

const ASYNC_INDEX_SQL: &str = "CREATE TABLE t (a int);\nCREATE INDEX ASYNC by_a ON t (a)";

#[tokio::test]
async fn async_is_left_in_for_a_cluster() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    // The same machine by an address that is not only its own.
    let mut elsewhere = target(server.port);
    if let Target::Dsql {
        endpoint, sslmode, ..
    } = &mut elsewhere
    {
        "0.0.0.0".clone_into(endpoint);
        *sslmode = SslMode::VerifyFull;
    }
    let connect = ConnectOptions {
        sslrootcert: Some(server.ca.clone()),
        ..options()
    };
    let error = run_on(&elsewhere, &connect, ASYNC_INDEX_SQL, &mut |_| {})
        .await
        .expect_err("refused");
    assert_eq!(
        (error.kind(), error.sqlstate()),
        ("statement", Some("42601")),
        "{error}"
    );
    assert!(error.to_string().starts_with("app.sql:2: "), "{error}");
}

#[tokio::test]
async fn async_is_left_out_for_a_postgresql_on_this_machine_that_stands_for_a_cluster() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let outcome = run(server.port, ASYNC_INDEX_SQL, &mut |_| {})
        .await
        .expect("applied");
    assert_eq!((outcome.applied, outcome.retried), (2, 0));
    // It was asked as a cluster first.
    let log = std::fs::read_to_string(server.socket.join("log")).expect("a log");
    assert!(
        log.contains("STATEMENT:  CREATE INDEX ASYNC by_a ON t (a)"),
        "{log}"
    );
    // An error that has nothing to do with it stays what it is.
    let wrong = "CREATE INDEX ASYNC nope ON t (a) WHERE WHERE";
    let error = run(server.port, wrong, &mut |_| {})
        .await
        .expect_err("refused");
    assert_eq!(
        error.to_string(),
        "app.sql:1: syntax error at or near \"WHERE\" [42601]\n  \
         in: CREATE INDEX ASYNC nope ON t (a) WHERE WHERE"
    );
}

/// A proxy that counts round trips: how often the client sends something after
/// the server has.
struct RoundTrips {
    port: u16,
    count: Arc<AtomicUsize>,
}

impl RoundTrips {
    async fn in_front_of(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", server))
                    .await
                    .expect("connected");
                let (client_read, client_write) = client.into_split();
                let (server_read, server_write) = server.into_split();
                let clients_turn = Arc::new(AtomicBool::new(true));
                tokio::spawn(copy(server_read, client_write, {
                    let clients_turn = clients_turn.clone();
                    move || clients_turn.store(true, Ordering::SeqCst)
                }));
                let counter = counter.clone();
                tokio::spawn(copy(client_read, server_write, move || {
                    let starts = clients_turn.swap(false, Ordering::SeqCst);
                    counter.fetch_add(usize::from(starts), Ordering::SeqCst);
                }));
            }
        });
        Self { port, count }
    }

    fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

/// Copies bytes; calls `seen` before it passes them on.
async fn copy(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    seen: impl Fn(),
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        seen();
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_statement_is_one_round_trip() {
    const STATEMENT_COUNT: usize = 20;

    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let proxy = RoundTrips::in_front_of(server.port).await;
    let mut after_first = None;
    let sql = "SELECT 1;".repeat(STATEMENT_COUNT);
    run(proxy.port, &sql, &mut |event| {
        if let Event::Finished(_) = event {
            after_first.get_or_insert_with(|| proxy.count());
        }
    })
    .await
    .expect("applied");
    // Closing the connection sends something as well, which may come now or later.
    let round_trips = proxy.count() - after_first.expect("finished");
    assert!(
        (STATEMENT_COUNT - 1..=STATEMENT_COUNT).contains(&round_trips),
        "{round_trips} round trips for {} statements",
        STATEMENT_COUNT - 1
    );
}
