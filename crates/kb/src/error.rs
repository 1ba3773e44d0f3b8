//! What can go wrong, in words.

use std::fmt;

/// What a request was about, so that an error can name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The right that the request needs, such as `s3:PutObject`.
    pub action: &'static str,
    /// What it was about, such as ``bucket `docs` ``.
    pub what: String,
    /// The ARN that a policy must name, as far as it is known.
    pub arn: Option<String>,
    /// The region that was asked.
    pub region: String,
}

/// Result of anything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A file or folder on this machine cannot be read.
    #[error("cannot read {path}: {reason}")]
    Read {
        /// As the user would name it.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// No credentials, or none that AWS takes.
    #[error("{message}")]
    Credentials {
        /// What is wrong with them.
        message: String,
        /// What to do.
        hint: String,
    },
    /// The identity may not do this.
    #[error("access denied: {} on {}", .scope.action, .scope.what)]
    Denied {
        /// What was asked.
        scope: Box<Scope>,
        /// AWS's own words.
        said: Option<String>,
    },
    /// The bucket is in another region.
    #[error("{what} is in {there}, not in {here}")]
    Region {
        /// The bucket.
        what: String,
        /// The region that was asked.
        here: String,
        /// The region that has it.
        there: String,
    },
    /// There is no such bucket, knowledge base, data source or job.
    #[error("there is no {} in {}", .0.what, .0.region)]
    NotFound(Box<Scope>),
    /// AWS said that it is asked too often, also after retries.
    #[error("{} was throttled on {} too often", .0.action, .0.what)]
    Throttled(Box<Scope>),
    /// No answer: no network, no such host, or it took too long.
    #[error("no answer to {}: {reason}", .scope.action)]
    Unreachable {
        /// What was asked.
        scope: Box<Scope>,
        /// Why.
        reason: String,
    },
    /// Anything else that AWS refuses.
    #[error("{} failed on {}: {said}", .scope.action, .scope.what)]
    Refused {
        /// What was asked.
        scope: Box<Scope>,
        /// AWS's code and words.
        said: String,
        /// What to do, where it is known.
        hint: Option<String>,
    },
    /// What was asked for cannot be, whatever AWS says.
    #[error("{message}")]
    Unusable {
        /// Why.
        message: String,
        /// What to do.
        hint: String,
    },
    /// It was asked to stop.
    #[error("stopped")]
    Stopped,
}

impl Error {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Credentials { hint, .. } | Self::Unusable { hint, .. } => Some(hint.clone()),
            Self::Denied { scope, said } => Some(denied(scope, said.as_deref())),
            Self::Region { there, .. } => Some(format!("give --region {there}")),
            Self::NotFound(_) => {
                Some("look at its name, at --region, and at the account of the credentials".into())
            }
            Self::Throttled(_) => Some("wait a while, then do it again: what is done stays".into()),
            Self::Unreachable { .. } => Some(
                "look at the network, at --region, and at AWS_ENDPOINT_URL if it is set".into(),
            ),
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
                std::io::ErrorKind::NotFound => "it is not there".into(),
                std::io::ErrorKind::PermissionDenied => "permission denied".into(),
                std::io::ErrorKind::UnexpectedEof => "it became shorter meanwhile".into(),
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
