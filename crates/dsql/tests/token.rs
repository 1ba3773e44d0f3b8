//! The shape of a token, as AWS documents it, and the token that AWS's own library for Python makes.

use std::{
    collections::BTreeSet,
    time::{Duration, UNIX_EPOCH},
};

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

/// What botocore 1.44.8 signs for the same key, time and host, by
/// `generate_db_connect_admin_auth_token` and `generate_db_connect_auth_token` of its client
/// `dsql`, with `botocore.auth.get_current_datetime` standing still.
const BY_BOTOCORE: [&str; 2] = [
    "abc.dsql.eu-west-1.on.aws/?Action=DbConnectAdmin&X-Amz-Algorithm=AWS4-HMAC-SHA256\
     &X-Amz-Credential=AKIDEXAMPLE%2F20260921%2Feu-west-1%2Fdsql%2Faws4_request\
     &X-Amz-Date=20260921T141320Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host\
     &X-Amz-Security-Token=session%2Fwith%2Bodd%3Dcharacters\
     &X-Amz-Signature=d08deec838d54de73adc4856c654d8f43319f4e8cf2be5152407c3b5b2d75b81",
    "localhost/?Action=DbConnect&X-Amz-Algorithm=AWS4-HMAC-SHA256\
     &X-Amz-Credential=AKIDEXAMPLE%2F20260921%2Fus-east-1%2Fdsql%2Faws4_request\
     &X-Amz-Date=20260921T141320Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host\
     &X-Amz-Signature=542dc3bf19f6ca13149b81c60ac9a6488ea0ea74a99d698780b459d76045fdb6",
];

/// Host and parameters, whose order means nothing.
fn parts(token: &str) -> (&str, BTreeSet<&str>) {
    let (host, query) = token.split_once("/?").expect("a query");
    (host, query.split('&').collect())
}

#[tokio::test]
async fn is_the_one_that_botocore_signs() {
    let secret = "secret/with+odd=characters";
    let for_admin = sign(
        &config_of(secret, Some("session/with+odd=characters")),
        ENDPOINT,
        "admin",
        None,
        DEFAULT_TOKEN_LIFETIME,
    )
    .await;
    let for_reader = sign(
        &config_of(secret, None),
        "localhost",
        "reader",
        Some("us-east-1"),
        Duration::from_mins(1),
    )
    .await;
    let tokens = [for_admin, for_reader];
    for (token, expected) in tokens.iter().zip(BY_BOTOCORE) {
        let token = token.as_ref().expect("signed").expose();
        assert_eq!(parts(token), parts(expected));
    }
}
