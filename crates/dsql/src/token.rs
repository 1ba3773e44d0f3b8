//! Signs DSQL tokens with the credentials of the AWS SDK.

use std::{path::PathBuf, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_dsql::auth_token::{AuthTokenGenerator, Config};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use crate::{Error, Secret, target::region_of};

/// How long a token can be used to open a connection; DSQL's own default. Open
/// connections outlive their token.
pub const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_mins(15);

/// Finding credentials may involve the SSO service or instance metadata.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(30);

/// Loads the SDK's configuration from the default chain: environment, profile,
/// SSO, container, instance. `profile` and `region` take precedence over it.
pub async fn sdk_config(profile: Option<&str>, region: Option<&str>) -> SdkConfig {
    let settings = AwsSettings {
        profile: profile.map(Into::into),
        region: region.map(Into::into),
        ..AwsSettings::default()
    };
    sdk_config_with(&settings).await
}

/// What replaces parts of the default chain.
#[derive(Clone, Debug, Default)]
pub struct AwsSettings {
    /// Name of a profile.
    pub profile: Option<String>,
    /// Region of requests and tokens.
    pub region: Option<String>,
    /// A file in place of `~/.aws/credentials`.
    pub credentials_file: Option<PathBuf>,
    /// Keys in place of all credentials: the id, the secret, and the token of a
    /// session.
    pub keys: Option<(String, Secret, Option<Secret>)>,
}

/// As [`sdk_config`], with more settings.
pub async fn sdk_config_with(settings: &AwsSettings) -> SdkConfig {
    let http = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
    // The SDK takes an empty variable as the name of a profile.
    let is_empty = std::env::var_os("AWS_PROFILE").is_some_and(|name| name.is_empty());
    let profile = settings.profile.as_deref();
    if let Some(profile) = profile.or_else(|| is_empty.then_some("default")) {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some((id, secret, session)) = &settings.keys {
        let session = session.as_ref().map(|token| token.expose().to_owned());
        loader = loader.credentials_provider(Credentials::new(
            id,
            secret.expose(),
            session,
            None,
            "variables",
        ));
    }
    if let Some(file) = &settings.credentials_file {
        let files = EnvConfigFiles::builder()
            .include_default_config_file(true)
            .with_file(EnvConfigFileKind::Credentials, file);
        loader = loader.profile_files(files.build());
    }
    loader.load().await
}

/// As [`sign`], with the default credential chain.
pub async fn token(
    endpoint: &str,
    user: &str,
    region: Option<&str>,
    expires: Duration,
) -> Result<Secret, Error> {
    let config = sdk_config(None, region).await;
    sign(&config, endpoint, user, region, expires).await
}

/// Signs a token with the credentials of `config`. It is the password of `user`
/// at `endpoint`, and valid for `expires`.
///
/// `region` defaults to the one in the endpoint's name, then to that of
/// `config`. Signing is local; no request is sent.
pub async fn sign(
    config: &SdkConfig,
    endpoint: &str,
    user: &str,
    region: Option<&str>,
    expires: Duration,
) -> Result<Secret, Error> {
    let region = region
        .or_else(|| region_of(endpoint))
        .map(|region| Region::new(region.to_owned()))
        .or_else(|| config.region().cloned())
        .ok_or_else(|| Error::MissingRegion {
            endpoint: endpoint.into(),
        })?;
    let generator = AuthTokenGenerator::new(
        Config::builder()
            .hostname(endpoint)
            .region(region)
            .expires_in(expires.as_secs())
            .credentials(credentials(config).await?)
            .build()
            .map_err(|error| Error::Token(with_causes(&*error)))?,
    );
    let token = if user == "admin" {
        generator.db_connect_admin_auth_token(config).await
    } else {
        generator.db_connect_auth_token(config).await
    };
    token
        .map(|token| Secret::new(token.as_str()))
        .map_err(|error| Error::Token(with_causes(&*error)))
}

/// Resolves the credentials separately, to distinguish missing credentials
/// from a failure to sign.
async fn credentials(config: &SdkConfig) -> Result<SharedCredentialsProvider, Error> {
    let missing = |reason: String| Error::MissingCredentials { reason };
    let provider = config
        .credentials_provider()
        .ok_or_else(|| missing("none are configured".into()))?;
    let found = tokio::time::timeout(CREDENTIALS_TIMEOUT, provider.provide_credentials())
        .await
        .map_err(|_| missing(format!("no answer within {CREDENTIALS_TIMEOUT:?}")))?
        .map_err(|error| missing(shorten(with_causes(&error))))?;
    Ok(SharedCredentialsProvider::new(found))
}

/// Shortens the SDK's messages for the common cases; returns others unchanged.
fn shorten(message: String) -> String {
    let profile = message
        .split_once("profile `")
        .and_then(|(_, after)| after.split_once("` was not defined"));
    if let Some((profile, _)) = profile {
        return format!("the profile `{profile}` is not defined in ~/.aws/config");
    }
    for (part, short) in [
        ("SSO token has expired", "the SSO session has expired"),
        ("cached SSO token", "there is no SSO session"),
        (
            "no credentials found in chain",
            "none found in the environment, a profile, the container or the instance",
        ),
    ] {
        if message.contains(part) {
            return short.to_owned();
        }
    }
    message
}

/// The error with all its causes; the SDK's most useful one is the last.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}
