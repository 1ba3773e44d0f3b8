//! The host's error type: what went wrong, where, what to do about it, and the exit code.

mod diagnostic;
mod failure;
mod interrupt;
mod lock;
mod nearest;
mod unknown;

pub(crate) use diagnostic::{
    DATA_RACE, Diagnostic, NOTHING_HINT, Place, import_file, not_imported, parse_message, types,
};
pub(crate) use failure::{Failure, Kind};
pub(crate) use interrupt::Interrupt;
pub(crate) use lock::lock;
pub(crate) use nearest::{did_you_mean, nearest, suggest};
pub(crate) use unknown::{UNKNOWN_HINT, Unknown};

/// A result whose error is [`Error`].
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that ends `copilot` early. [`Error::code`] is the exit code.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The command line is wrong: an unknown verb, an invalid parameter.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to type instead.
        hint: Option<String>,
    },
    /// clap rejected the arguments; it renders the message itself.
    #[error("{0}")]
    Arguments(Box<clap::Error>),
    /// A recipe is invalid: it does not parse, or has a bug that only running it revealed.
    #[error("{}", .0.message)]
    Recipe(Box<Diagnostic>),
    /// A failed primitive, `fail()` or `throw` that the recipe did not catch.
    #[error("{}", .failure.message)]
    Failed {
        /// What went wrong.
        failure: Box<Failure>,
        /// Where in the recipe it was raised.
        at: Box<Diagnostic>,
    },
    /// Steps failed; the report has already shown which and why.
    #[error("{failed} of {total} steps failed")]
    Steps {
        /// The number of steps that failed.
        failed: usize,
        /// The number of steps in the report.
        total: usize,
    },
    /// A service that a command needs rejected the request or could not be reached.
    #[error("{message}")]
    Service {
        /// A stable identifier for programs, such as `denied`.
        kind: &'static str,
        /// The error of the service.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A signal ended the run, or its reader has gone.
    #[error("interrupted")]
    Interrupted(Interrupt),
    /// Something needed is missing: a program, a file, a repository.
    #[error("{message}")]
    Missing {
        /// What is missing and where it was expected.
        message: String,
        /// How to get it.
        hint: String,
    },
    /// The system reported an error for a file or another resource.
    #[error("cannot {action} {path}: {source}")]
    File {
        /// What failed, as in "cannot `read` …".
        action: &'static str,
        /// The file or resource, as the user would name it.
        path: String,
        /// The system's error.
        source: std::io::Error,
    },
}

impl Error {
    /// A usage error, with what to type instead if that is known.
    pub(crate) fn usage(message: impl Into<String>, hint: Option<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint,
        }
    }

    /// The process exit code; `copilot help exit-codes` prints the table.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage { .. } => 2,
            Self::Arguments(error) => u8::try_from(error.exit_code()).unwrap_or(2),
            Self::Recipe(_) => 3,
            Self::Failed { failure, .. } => failure.exit_code(),
            Self::Steps { .. } | Self::Service { .. } | Self::File { .. } => 1,
            Self::Missing { .. } => 4,
            Self::Interrupted(interrupt) => interrupt.exit_code(),
        }
    }

    /// The location in a recipe, as `file:line:column`.
    pub(crate) fn place(&self) -> Option<String> {
        match self {
            Self::Recipe(at) | Self::Failed { at, .. } => at.places().first().cloned(),
            _ => None,
        }
    }

    /// A stable identifier for programs.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Usage { .. } | Self::Arguments(_) => "usage",
            Self::Recipe(_) => "recipe",
            Self::Failed { .. } | Self::Steps { .. } => "failed",
            Self::Service { kind, .. } => kind,
            Self::Interrupted(_) => "interrupted",
            Self::Missing { .. } => "missing",
            Self::File { .. } => "file",
        }
    }

    /// What to do about it, if that is known.
    pub(crate) fn hint(&self) -> Option<&str> {
        match self {
            Self::Usage { hint, .. } | Self::Service { hint, .. } => hint.as_deref(),
            Self::Missing { hint, .. } => Some(hint),
            Self::Failed { failure, .. } => failure.hint.as_deref(),
            Self::Recipe(diagnostic) => diagnostic.hint.as_deref(),
            _ => None,
        }
    }
}
