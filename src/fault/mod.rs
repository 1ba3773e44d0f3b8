//! The one error type of the host: what went wrong, where, what to do, and the exit code.

mod diagnostic;
mod failure;
mod interrupt;
mod nearest;
mod unknown;

pub use diagnostic::{
    DATA_RACE, Diagnostic, NOTHING_HINT, Place, import_file, not_imported, parse_message, types,
};
pub use failure::{Failure, Kind};
pub use interrupt::Interrupt;
pub use nearest::{did_you_mean, nearest};
pub use unknown::{HINT as UNKNOWN_HINT, Unknown};

/// Result of anything in the host that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that ends `copilot` early. [`Error::code`] is the exit code.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line is wrong: unknown verb, bad parameter.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to type instead.
        hint: Option<String>,
    },
    /// clap refused the arguments and has its own rendering of why.
    #[error("{0}")]
    Arguments(Box<clap::Error>),
    /// A recipe is invalid: it does not parse, or running it met a bug in it.
    #[error("{}", .0.message)]
    Recipe(Box<Diagnostic>),
    /// A primitive, `fail()` or `throw` that nothing in the recipe caught.
    #[error("{}", .failure.message)]
    Failed {
        /// What the primitive said.
        failure: Box<Failure>,
        /// Where in the recipe it was called.
        at: Box<Diagnostic>,
    },
    /// Steps failed; the report has already said which and why.
    #[error("{failed} of {total} steps failed")]
    Steps {
        /// Steps that failed.
        failed: usize,
        /// Steps in the plan.
        total: usize,
    },
    /// A service that a command needs has refused, or could not be reached.
    #[error("{message}")]
    Service {
        /// A stable word for programs, such as `denied`.
        kind: &'static str,
        /// What the service said.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// The user, or the system, ended the run.
    #[error("interrupted")]
    Interrupted(Interrupt),
    /// Something needed is missing: a program, a file, a repository.
    #[error("{message}")]
    Missing {
        /// What is missing.
        message: String,
        /// How to get it.
        hint: String,
    },
    /// A file of the host's own could not be read or written.
    #[error("cannot {action} {path}: {source}")]
    File {
        /// `read`, `write`, …
        action: &'static str,
        /// The file, as the user would name it.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    /// A usage error with a hint where there is one.
    pub fn usage(message: impl Into<String>, hint: Option<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint,
        }
    }

    /// The process exit code; `copilot help exit-codes` prints the table.
    pub fn code(&self) -> u8 {
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

    /// Where in a recipe, as `file:line:column`.
    pub fn place(&self) -> Option<String> {
        match self {
            Self::Recipe(at) | Self::Failed { at, .. } => at.places().first().cloned(),
            _ => None,
        }
    }

    /// A stable word for programs.
    pub fn kind(&self) -> &'static str {
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

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Usage { hint, .. } | Self::Service { hint, .. } => hint.as_deref(),
            Self::Missing { hint, .. } => Some(hint),
            Self::Failed { failure, .. } => failure.hint.as_deref(),
            Self::Recipe(diagnostic) => diagnostic.hint.as_deref(),
            _ => None,
        }
    }
}
