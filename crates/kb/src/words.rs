//! From the SDK's errors to [`Error`].

use crate::error::{Error, Scope};
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error as StdError;

/// Codes that mean that AWS does not take the credentials, and why.
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
        "the secret key does not fit the access key",
    ),
    ("InvalidToken", "AWS does not take the session token"),
];

/// What `error` means for the request that `scope` describes.
pub(crate) fn error<E>(error: &SdkError<E, HttpResponse>, scope: &Scope) -> Error
where
    E: StdError + ProvideErrorMetadata + 'static,
{
    match error {
        SdkError::ServiceError(answer) => service(answer.err(), answer.raw(), scope),
        SdkError::ResponseError(answer) => Error::Refused {
            scope: Box::new(scope.clone()),
            said: format!("an answer that is none ({})", answer.raw().status()),
            hint: Some("look at AWS_ENDPOINT_URL, or at the proxy between".into()),
        },
        _ => no_answer(error, scope),
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
    let there = response
        .headers()
        .get("x-amz-bucket-region")
        .filter(|there| *there != scope.region);
    match (code, status, there) {
        (
            "PermanentRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException",
            _,
            Some(there),
        )
        | (_, 301 | 307, Some(there)) => Error::Region {
            what: scope.what.clone(),
            here: scope.region.clone(),
            there: there.to_owned(),
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
                    Some("it is in another region: look at --region")
                }
                "RequestTimeTooSkewed" => Some("set the clock of this machine"),
                "ConflictException" => {
                    Some("a job may be running already: copilot kb list-jobs shows it")
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

/// The request was not sent, or nothing came back.
fn no_answer(error: &(dyn StdError + 'static), scope: &Scope) -> Error {
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
                Some(_) => "`aws configure list-profiles` shows the profiles there are; AWS_PROFILE names one of them".into(),
                None => "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with `aws sso login`".into(),
            },
        },
        Some(_) => Error::Credentials {
            message: format!("the AWS credentials cannot be had: {last}"),
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
