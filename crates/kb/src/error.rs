//! Errors, with a hint on how to fix each.

use std::fmt;

/// Describes a request, so that an error can name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The IAM action that the request needs, such as `s3:PutObject`.
    pub action: &'static str,
    /// The resource, such as ``bucket `docs` ``.
    pub what: String,
    /// The ARN that a policy must name, if known.
    pub arn: Option<String>,
    /// The region that the request was sent to.
    pub region: String,
}

/// The result of every fallible function of this crate.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong; [`Error::hint`] says how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A file or folder on this machine cannot be read.
    #[error("cannot read {path}: {reason}")]
    Read {
        /// The path as the user would write it.
        path: String,
        /// The operating system's error.
        reason: String,
    },
    /// There are no credentials, or AWS does not accept them.
    #[error("{message}")]
    Credentials {
        /// What is wrong with them.
        message: String,
        /// How to get valid ones.
        hint: String,
    },
    /// The identity lacks a permission.
    #[error("access denied: {} on {}", .scope.action, .scope.what)]
    Denied {
        /// The request.
        scope: Box<Scope>,
        /// AWS's message, if it adds anything.
        said: Option<String>,
    },
    /// The bucket is in another region.
    #[error("{what} is in {there}, not in {here}")]
    Region {
        /// The bucket, such as ``bucket `docs` ``.
        what: String,
        /// The region that the request was sent to.
        here: String,
        /// The region that the bucket is in.
        there: String,
    },
    /// There is no such bucket, knowledge base, data source or job.
    #[error("there is no {} in {}", .0.what, .0.region)]
    NotFound(Box<Scope>),
    /// AWS throttled the request, also after retries.
    #[error("{} on {} is still throttled after retries", .0.action, .0.what)]
    Throttled(Box<Scope>),
    /// No response: no network, no such host, or a timeout.
    #[error("no response to {}: {reason}", .scope.action)]
    Unreachable {
        /// The request.
        scope: Box<Scope>,
        /// The underlying error.
        reason: String,
    },
    /// Any other error response of AWS.
    #[error("{} failed on {}: {said}", .scope.action, .scope.what)]
    Refused {
        /// The request.
        scope: Box<Scope>,
        /// AWS's error code and message.
        said: String,
        /// How to fix it, if known.
        hint: Option<String>,
    },
    /// The arguments do not fit what is there.
    #[error("{message}")]
    Unusable {
        /// What does not fit.
        message: String,
        /// How to fix it.
        hint: String,
    },
    /// The caller cancelled.
    #[error("stopped")]
    Stopped,
}

impl Error {
    /// How to fix it, if known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Credentials { hint, .. } | Self::Unusable { hint, .. } => Some(hint.clone()),
            Self::Denied { scope, said } => Some(denied(scope, said.as_deref())),
            Self::Region { there, .. } => Some(format!("pass --region {there}")),
            Self::NotFound(_) => {
                Some("check the name, --region, and the account of the credentials".into())
            }
            Self::Throttled(_) => {
                Some("wait a while, then run it again: finished uploads are kept".into())
            }
            Self::Unreachable { .. } => {
                Some("check the network, --region, and AWS_ENDPOINT_URL if it is set".into())
            }
            Self::Refused { hint, .. } => hint.clone(),
            Self::Read { .. } | Self::Stopped => None,
        }
    }

    /// A stable word for the kind of error, for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Read { .. } => "io",
            Self::Credentials { .. } => "missing_credentials",
            Self::Denied { .. } => "denied",
            Self::Region { .. } => "region",
            Self::NotFound(_) => "not_found",
            Self::Throttled(_) => "throttled",
            Self::Unreachable { .. } => "unreachable",
            Self::Refused { .. } => "refused",
            Self::Unusable { .. } => "config",
            Self::Stopped => "interrupted",
        }
    }

    /// Whether every other request would fail in the same way.
    #[must_use]
    pub fn is_general(&self) -> bool {
        matches!(
            self,
            Self::Credentials { .. } | Self::Region { .. } | Self::NotFound(_)
        )
    }

    pub(crate) fn read(path: impl fmt::Display, error: &std::io::Error) -> Self {
        Self::Read {
            path: path.to_string(),
            reason: match error.kind() {
                std::io::ErrorKind::NotFound => "no such file or directory".into(),
                std::io::ErrorKind::PermissionDenied => "permission denied".into(),
                std::io::ErrorKind::UnexpectedEof => "it was truncated while being read".into(),
                _ => error.to_string(),
            },
        }
    }
}

fn denied(scope: &Scope, said: Option<&str>) -> String {
    let on = scope
        .arn
        .as_ref()
        .map(|arn| format!(" on {arn}"))
        .unwrap_or_default();
    let said = said
        .map(|said| format!(" (AWS: {said})"))
        .unwrap_or_default();
    format!("the identity needs {}{on}{said}", scope.action)
}
