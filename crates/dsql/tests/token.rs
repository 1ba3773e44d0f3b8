//! The shape of a token, as AWS documents it.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::time::StaticTimeSource;
use copilot_dsql::{DEFAULT_TOKEN_LIFETIME, SdkConfig, sign};

const ENDPOINT: &str = "abc.dsql.eu-west-1.on.aws";

fn config() -> SdkConfig {
    let credentials = Credentials::new(
        "AKIDEXAMPLE",
        "secret",
        Some("session".into()),
        None,
        "test",
    );
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
