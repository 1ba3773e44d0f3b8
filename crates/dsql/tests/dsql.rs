//! A DSQL target: token as password, `sys.jobs`, and one round trip a
//! statement. A plain server stands in, with DSQL's `sys` schema and a
//! procedure where DSQL has `CREATE INDEX ASYNC`.

mod support;

use std::time::{Duration, Instant};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::time::SystemTimeSource;
use copilot_dsql::{
    ApplyOptions, ConnectOptions, Error, Event, Outcome, Script, SdkConfig, SslMode, Target, apply,
};
use support::{Certificate, Postgres};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Instant as Moment, sleep_until},
};

const SYS: &str = "
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
    run(server.port, SYS, &mut |_| {}).await.expect("applied");

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

const INDEX: &str = "CREATE TABLE t (a int);\nCREATE INDEX ASYNC by_a ON t (a)";

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
    let error = run_on(&elsewhere, &connect, INDEX, &mut |_| {})
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
    let outcome = run(server.port, INDEX, &mut |_| {}).await.expect("applied");
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

/// Copies bytes and delivers them `delay` later, as a longer line would.
async fn delayed(
    mut from: impl AsyncReadExt + Unpin + Send + 'static,
    mut to: impl AsyncWriteExt + Unpin + Send + 'static,
    delay: Duration,
) {
    let (send, mut receive) = mpsc::unbounded_channel::<(Moment, Vec<u8>)>();
    tokio::spawn(async move {
        while let Some((due, bytes)) = receive.recv().await {
            sleep_until(due).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let due = Moment::now() + delay;
        if send.send((due, buffer[..count].to_vec())).is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_statement_is_one_round_trip() {
    const STATEMENTS: u32 = 20;
    const ONE_WAY: Duration = Duration::from_millis(25);

    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let behind = server.port;
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(("127.0.0.1", behind))
                .await
                .expect("connected");
            for stream in [&client, &server] {
                stream.set_nodelay(true).expect("nodelay");
            }
            let (client_read, client_write) = client.into_split();
            let (server_read, server_write) = server.into_split();
            tokio::spawn(delayed(client_read, server_write, ONE_WAY));
            tokio::spawn(delayed(server_read, client_write, ONE_WAY));
        }
    });

    let mut started = None;
    let sql = "SELECT 1;".repeat(STATEMENTS as usize);
    run(port, &sql, &mut |event| {
        if let Event::Finished(_) = event {
            started.get_or_insert_with(Instant::now);
        }
    })
    .await
    .expect("applied");
    let took = started.expect("started").elapsed();
    let round_trips = ONE_WAY * 2 * (STATEMENTS - 1);
    // A second round trip would double it; the rest is room for a busy machine.
    assert!(
        took < round_trips.mul_f64(1.3),
        "{took:?} for {round_trips:?} of waiting"
    );
}
