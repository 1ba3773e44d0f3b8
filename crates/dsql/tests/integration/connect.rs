//! Connecting to a real server: verification, passwords, and the errors.

use std::{
    net::TcpListener,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use crate::support::{Certificate, ENCODED_PASSWORD, PASSWORD, Postgres};
use copilot_dsql::{ConnectOptions, Error, SdkConfig, Secret, SslMode, Target, connect};

async fn fails(target: &Target, options: &ConnectOptions) -> Error {
    let error = connect(target, options).await.err().expect("refused");
    // No error may show the password, in whatever form it is printed.
    for shown in [
        format!("{error}"),
        format!("{error:?}"),
        format!("{:?}", error.hint()),
        format!("{target} {target:?} {options:?}"),
    ] {
        for secret in [PASSWORD, ENCODED_PASSWORD, "hunter2", "X-Amz-Signature"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    error
}

fn with_ca(ca: &Path) -> ConnectOptions {
    ConnectOptions {
        sslrootcert: Some(ca.to_owned()),
        ..ConnectOptions::default()
    }
}

fn url(server: &Postgres, host: &str, password: &str, parameters: &str) -> Target {
    let port = server.port;
    Target::url(format!(
        "postgresql://copilot:{password}@{host}:{port}/postgres?{parameters}"
    ))
}

#[tokio::test]
async fn the_server_is_verified() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let full = url(
        &server,
        "localhost",
        ENCODED_PASSWORD,
        "sslmode=verify-full",
    );
    connect(&full, &with_ca(&server.ca)).await.expect("trusted");

    let ip = url(
        &server,
        "127.0.0.1",
        ENCODED_PASSWORD,
        "sslmode=verify-full",
    );
    connect(&ip, &with_ca(&server.ca)).await.expect("trusted");

    let error = fails(&full, &with_ca(&server.other_ca)).await;
    assert_eq!(error.kind(), "tls");
    assert_eq!(
        error.to_string(),
        format!(
            "no trusted connection to postgresql://copilot@localhost:{}/postgres: \
             the server's certificate is not signed by a trusted authority",
            server.port
        )
    );

    let error = fails(&full, &with_ca(Path::new("/nowhere/ca.pem"))).await;
    assert_eq!(error.kind(), "io");
    assert!(error.to_string().starts_with("/nowhere/ca.pem: "));

    // `require` accepts any certificate, unless an authority is given.
    let require = url(&server, "localhost", ENCODED_PASSWORD, "sslmode=require");
    connect(&require, &ConnectOptions::default())
        .await
        .expect("not verified");
    let error = fails(&require, &with_ca(&server.other_ca)).await;
    assert_eq!(error.kind(), "tls");

    // An authority that would not be used is refused.
    for parameters in ["sslmode=disable", "sslmode=prefer", "", "host=/tmp"] {
        let unused = url(&server, "localhost", ENCODED_PASSWORD, parameters);
        let unused = match parameters {
            "host=/tmp" => Target::url("postgresql:///postgres?host=/tmp"),
            _ => unused,
        };
        let error = fails(&unused, &with_ca(&server.ca)).await;
        assert_eq!(error.kind(), "config", "{parameters}: {error}");
    }
}

#[tokio::test]
async fn the_name_is_verified() {
    let Some(server) = Postgres::start(Certificate::WrongName) else {
        return;
    };
    let full = url(
        &server,
        "localhost",
        ENCODED_PASSWORD,
        "sslmode=verify-full",
    );
    let error = fails(&full, &with_ca(&server.ca)).await;
    assert_eq!(error.kind(), "tls");
    let text = error.to_string();
    assert!(
        text.contains("not for `localhost` but for") && text.contains("elsewhere.example"),
        "{text}"
    );

    let chain = url(&server, "localhost", ENCODED_PASSWORD, "sslmode=verify-ca");
    connect(&chain, &with_ca(&server.ca)).await.expect("chain");
    let error = fails(&chain, &with_ca(&server.other_ca)).await;
    assert_eq!(error.kind(), "tls");
}

#[tokio::test]
async fn passwords() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let options = with_ca(&server.ca);
    let wrong = url(&server, "localhost", "hunter2", "sslmode=verify-full");
    let error = fails(&wrong, &options).await;
    assert_eq!((error.kind(), error.sqlstate()), ("denied", Some("28P01")));
    assert!(
        error
            .to_string()
            .contains("password authentication failed for user \"copilot\""),
        "{error}"
    );

    let bare = Target::url(format!(
        "postgresql://copilot@localhost:{}/postgres?sslmode=verify-full",
        server.port
    ));
    let error = fails(&bare, &options).await;
    assert_eq!(error.kind(), "denied");
    assert_eq!(
        error.hint().as_deref(),
        Some("put it into the URL, or set PGPASSWORD")
    );
    let given = ConnectOptions {
        password: Some(Secret::new(PASSWORD)),
        ..options.clone()
    };
    connect(&bare, &given).await.expect("password given");

    // The variable is read from the process, so another process is needed.
    let child = Command::new(std::env::current_exe().expect("this test"))
        .args(["connect::pgpassword_of_the_process", "--exact", "--ignored"])
        .env("PGPASSWORD", PASSWORD)
        .env(
            "TEST_URL",
            server
                .url("postgres")
                .replace(ENCODED_PASSWORD, "")
                .replace(":@", "@"),
        )
        .output()
        .expect("a child");
    let stdout = String::from_utf8_lossy(&child.stdout);
    assert!(stdout.contains("1 passed"), "{child:?}");

    let socket = Target::url(format!(
        "postgresql://copilot:{ENCODED_PASSWORD}@{}:{}/postgres",
        server.socket.display().to_string().replace('/', "%2F"),
        server.port
    ));
    connect(&socket, &ConnectOptions::default())
        .await
        .expect("by socket");

    let nowhere = Target::url(server.url("nosuch"));
    let error = fails(&nowhere, &ConnectOptions::default()).await;
    assert_eq!((error.kind(), error.sqlstate()), ("refused", Some("3D000")));
}

#[tokio::test]
#[ignore = "run by the test `passwords` with PGPASSWORD set"]
async fn pgpassword_of_the_process() {
    let url = std::env::var("TEST_URL").expect("run by `passwords`");
    connect(&Target::url(url), &ConnectOptions::default())
        .await
        .expect("PGPASSWORD is used");
}

#[tokio::test]
async fn unreachable_servers() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = |listener: &TcpListener| listener.local_addr().expect("bound").port();
    let closed_port = port(&closed);
    drop(closed);
    let target = |address: String| Target::url(format!("postgresql://u:hunter2@{address}/d"));

    let error = fails(
        &target(format!("127.0.0.1:{closed_port}")),
        &ConnectOptions::default(),
    )
    .await;
    assert_eq!(
        error.to_string(),
        format!(
            "cannot reach postgresql://u@127.0.0.1:{closed_port}/d: \
             127.0.0.1:{closed_port}: connection refused, nothing listens there"
        )
    );

    let error = fails(
        &target("no.such.host.invalid:1".into()),
        &ConnectOptions::default(),
    )
    .await;
    assert_eq!(error.kind(), "unreachable");
    assert!(
        error
            .to_string()
            .contains("the name `no.such.host.invalid` does not resolve"),
        "{error}"
    );

    let started = Instant::now();
    let options = ConnectOptions {
        timeout: Duration::from_millis(300),
        ..ConnectOptions::default()
    };
    let error = fails(&target(format!("127.0.0.1:{}", port(&silent))), &options).await;
    assert!(error.to_string().ends_with("no answer within 300ms"));
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn connecting_can_be_spawned() {
    fn sendable<T: Send>(_: T) {}
    sendable(connect(&Target::dsql("x"), &ConnectOptions::default()));
    sendable(async {
        connect(&Target::dsql("x"), &ConnectOptions::default())
            .await?
            .cancel()
            .await;
        Ok::<_, Error>(())
    });
}

#[tokio::test]
async fn a_cluster_is_always_verified() {
    let mut target = Target::dsql("abc.dsql.eu-west-1.on.aws");
    if let Target::Dsql { sslmode, .. } = &mut target {
        *sslmode = SslMode::Require;
    }
    let error = fails(&target, &ConnectOptions::default()).await;
    assert_eq!(error.kind(), "config");
    assert!(error.to_string().contains("use `verify-full`"));

    let options = ConnectOptions {
        aws: Some(SdkConfig::builder().build()),
        ..ConnectOptions::default()
    };
    let error = fails(&Target::dsql("abc.dsql.eu-west-1.on.aws"), &options).await;
    assert_eq!(error.kind(), "missing_credentials");
    let error = fails(&Target::dsql("db.example.com"), &options).await;
    assert_eq!(error.kind(), "missing_region");
}
