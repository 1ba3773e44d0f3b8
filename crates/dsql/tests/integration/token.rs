//! Tokens have the form that AWS documents, and equal those of AWS's library for Python.

use std::{
    collections::BTreeSet,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, UNIX_EPOCH},
};

use crate::support::skipped;
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::time::StaticTimeSource;
use copilot_dsql::{DEFAULT_TOKEN_LIFETIME, SdkConfig, sign};

const ENDPOINT: &str = "abc.dsql.eu-west-1.on.aws";

fn config() -> SdkConfig {
    config_of("secret", Some("session"))
}

fn config_of(secret: &str, session: Option<&str>) -> SdkConfig {
    let session = session.map(Into::into);
    let credentials = Credentials::new("AKIDEXAMPLE", secret, session, None, "test");
    SdkConfig::builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .time_source(StaticTimeSource::new(
            UNIX_EPOCH + Duration::from_secs(1_790_000_000),
        ))
        .build()
}

#[tokio::test]
async fn is_a_presigned_url_without_scheme() {
    let token = sign(&config(), ENDPOINT, "admin", None, DEFAULT_TOKEN_LIFETIME)
        .await
        .expect("signed");
    let text = token.expose();
    assert!(
        text.starts_with(&format!("{ENDPOINT}/?Action=DbConnectAdmin&")),
        "{text}"
    );
    for part in [
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "X-Amz-Credential=AKIDEXAMPLE%2F20260921%2Feu-west-1%2Fdsql%2Faws4_request",
        "X-Amz-Date=20260921T",
        "X-Amz-Expires=900",
        "X-Amz-Security-Token=session",
        "X-Amz-SignedHeaders=host",
        "X-Amz-Signature=",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(format!("{token} {token:?}"), "*** ***");
}

#[tokio::test]
async fn other_roles_ask_for_another_action() {
    let token = sign(
        &config(),
        "localhost",
        "reader",
        Some("us-east-1"),
        Duration::from_mins(1),
    )
    .await
    .expect("signed");
    let text = token.expose();
    assert!(text.starts_with("localhost/?Action=DbConnect&"), "{text}");
    assert!(text.contains("%2Fus-east-1%2Fdsql%2F") && text.contains("X-Amz-Expires=60"));
}

/// Prints a token for each line of host, user, region, secret, session and seconds.
const BOTOCORE_SCRIPT: &str = r#"
import datetime, sys
import botocore.auth, botocore.session
now = datetime.datetime.fromtimestamp(1790000000, datetime.timezone.utc)
botocore.auth.get_current_datetime = lambda remove_tzinfo=True: now.replace(tzinfo=None)
for line in sys.stdin:
    host, user, region, secret, session, seconds = line.rstrip("\n").split("\t")
    client = botocore.session.Session().create_client(
        "dsql", region_name=region, aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key=secret, aws_session_token=session or None)
    name = "generate_db_connect_admin_auth_token" if user == "admin" else "generate_db_connect_auth_token"
    print(getattr(client, name)(host, region, int(seconds)))
"#;

/// Host and parameters, whose order means nothing.
fn parts(token: &str) -> (&str, BTreeSet<&str>) {
    let (host, query) = token.split_once("/?").expect("a query");
    (host, query.split('&').collect())
}

#[tokio::test]
async fn is_the_one_that_botocore_signs() {
    let library = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/test-tools/moto");
    if !Path::new(library).join("botocore").is_dir() {
        skipped::skipped("botocore (scripts/test installs it with moto)");
        return;
    }
    let odd = "odd/with+=characters&?%";
    let asked = [
        (ENDPOINT, "admin", "eu-west-1", "secret", "", 900),
        (ENDPOINT, "admin", "eu-west-1", odd, odd, 900),
        ("localhost", "reader", "us-east-1", odd, "", 60),
        ("127.0.0.1", "a reader", "ap-southeast-2", "s", odd, 604_800),
    ];
    let mut python = Command::new("python3")
        .args(["-c", BOTOCORE_SCRIPT])
        .env("PYTHONPATH", library)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    let mut stdin = python.stdin.take().expect("a pipe");
    for (host, user, region, secret, session, seconds) in asked {
        let line = format!("{host}\t{user}\t{region}\t{secret}\t{session}\t{seconds}\n");
        stdin.write_all(line.as_bytes()).expect("python reads");
    }
    drop(stdin);
    let output = python.wait_with_output().expect("python ends");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(text.lines().count(), asked.len());
    for ((host, user, region, secret, session, seconds), theirs) in asked.iter().zip(text.lines()) {
        let session = (!session.is_empty()).then_some(*session);
        let lifetime = Duration::from_secs(*seconds);
        let ours = sign(
            &config_of(secret, session),
            host,
            user,
            Some(region),
            lifetime,
        )
        .await;
        assert_eq!(parts(ours.expect("signed").expose()), parts(theirs));
    }
}
