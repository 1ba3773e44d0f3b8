//! Translates the SDK's errors to [`Error`].

use crate::error::{Error, Scope};
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error as StdError;

/// Error codes for credentials that AWS does not accept, and what they mean.
const REFUSED_CREDENTIALS: [(&str, &str); 8] = [
    ("ExpiredToken", "the AWS credentials have expired"),
    ("ExpiredTokenException", "the AWS credentials have expired"),
    ("TokenRefreshRequired", "the AWS credentials have expired"),
    ("InvalidAccessKeyId", "AWS does not know the access key"),
    (
        "UnrecognizedClientException",
        "AWS does not know the access key",
    ),
    ("InvalidClientTokenId", "AWS does not know the access key"),
    (
        "SignatureDoesNotMatch",
        "the secret key does not match the access key",
    ),
    ("InvalidToken", "AWS does not accept the session token"),
];

/// `scope` describes the request that failed.
pub(crate) fn translate<E>(error: &SdkError<E, HttpResponse>, scope: &Scope) -> Error
where
    E: StdError + ProvideErrorMetadata + 'static,
{
    match error {
        SdkError::ServiceError(response) => service(response.err(), response.raw(), scope),
        SdkError::ResponseError(response) => Error::Refused {
            scope: Box::new(scope.clone()),
            said: format!("a malformed response ({})", response.raw().status()),
            hint: Some("check AWS_ENDPOINT_URL, and any proxy in between".into()),
        },
        _ => no_response(error, scope),
    }
}

fn service(error: &impl ProvideErrorMetadata, response: &HttpResponse, scope: &Scope) -> Error {
    let code = error.code().unwrap_or_default();
    let message = error.message().unwrap_or_default().trim();
    let status = response.status().as_u16();
    if let Some((_, why)) = REFUSED_CREDENTIALS.iter().find(|(known, _)| *known == code) {
        return Error::Credentials {
            message: (*why).to_owned(),
            hint: renew(),
        };
    }
    let other_region = response
        .headers()
        .get("x-amz-bucket-region")
        .filter(|region| *region != scope.region);
    match (code, status, other_region) {
        (
            "PermanentRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException",
            _,
            Some(region),
        )
        | (_, 301 | 307, Some(region)) => Error::Region {
            what: scope.what.clone(),
            here: scope.region.clone(),
            there: region.to_owned(),
        },
        ("AccessDenied" | "AccessDeniedException" | "AllAccessDisabled" | "Forbidden", ..)
        | ("", 403, _) => Error::Denied {
            scope: Box::new(scope.clone()),
            said: (!message.is_empty() && message != "Access Denied").then(|| message.to_owned()),
        },
        ("NoSuchBucket" | "ResourceNotFoundException" | "NotFound", ..) => {
            Error::NotFound(Box::new(scope.clone()))
        }
        (
            "SlowDown"
            | "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "TooManyRequestsException"
            | "RequestLimitExceeded",
            ..,
        )
        | ("", 429 | 503, _) => Error::Throttled(Box::new(scope.clone())),
        _ => {
            let code = if code.is_empty() {
                format!("status {status}")
            } else {
                code.to_owned()
            };
            let hint = match code.as_str() {
                "AuthorizationHeaderMalformed" | "PermanentRedirect" => {
                    Some("it is in another region: check --region")
                }
                "RequestTimeTooSkewed" => Some("correct this machine's clock"),
                "ConflictException" => {
                    Some("a job may already be running: see copilot kb list-jobs")
                }
                _ => None,
            };
            Error::Refused {
                scope: Box::new(scope.clone()),
                said: if message.is_empty() {
                    code
                } else {
                    format!("{code}: {message}")
                },
                hint: hint.map(str::to_owned),
            }
        }
    }
}

/// The request was not sent, or got no response.
fn no_response(error: &(dyn StdError + 'static), scope: &Scope) -> Error {
    let mut causes = vec![error];
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause);
        next = cause.source();
    }
    let credentials = causes
        .iter()
        .find_map(|cause| cause.downcast_ref::<CredentialsError>());
    let last = causes.last().map(ToString::to_string).unwrap_or_default();
    let all = causes
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ");
    let lower = all.to_lowercase();
    match credentials {
        Some(_) if lower.contains("sso") && (lower.contains("expired") || lower.contains("token")) => {
            Error::Credentials {
                message: "the SSO session has expired, or there is none".into(),
                hint: sign_in(),
            }
        }
        Some(CredentialsError::CredentialsNotLoaded(_)) => Error::Credentials {
            message: match named_profile() {
                Some(profile) => format!("there are no AWS credentials in the profile {profile}"),
                None => "there are no AWS credentials".into(),
            },
            hint: match named_profile() {
                Some(_) => "set AWS_PROFILE to one of the profiles that `aws configure list-profiles` shows".into(),
                None => "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with `aws sso login`".into(),
            },
        },
        Some(_) => Error::Credentials {
            message: format!("cannot get AWS credentials: {last}"),
            hint: renew(),
        },
        None => Error::Unreachable {
            scope: Box::new(scope.clone()),
            reason: last,
        },
    }
}

fn renew() -> String {
    format!("{}, or set other credentials", sign_in())
}

fn sign_in() -> String {
    match named_profile() {
        Some(profile) => format!("sign in again: aws sso login --profile {profile}"),
        None => "sign in again: aws sso login".into(),
    }
}

fn named_profile() -> Option<String> {
    let profile = std::env::var("AWS_PROFILE").ok();
    profile.filter(|profile| !profile.is_empty())
}
