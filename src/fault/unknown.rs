//! The value that a skipped command returns in a dry run.

use rhai::Dynamic;

/// Stands for what a skipped command would have returned. It prints as `‹what it is›`, can be
/// passed on and concatenated, and cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unknown(pub String);

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "‹{}›", self.0)
    }
}

impl Unknown {
    /// The unknown value of `what`, for a recipe.
    pub(crate) fn value(what: impl Into<String>) -> Dynamic {
        Dynamic::from(Self(what.into()))
    }

    /// True if `text` contains a printed unknown value, and so is unknown itself.
    pub(crate) fn is_in(text: &str) -> bool {
        text.split_once('‹')
            .is_some_and(|(_, rest)| rest.contains('›'))
    }

    /// The field `key` of this value, which is unknown too.
    pub(crate) fn part(&self, key: &str) -> Self {
        Self(format!("{} {key}", self.0))
    }
}

/// The hint for an operation on an unknown value.
pub(crate) const UNKNOWN_HINT: &str = "a value that a dry run cannot know has the type Unknown: print it, pass it on, or test `known(value)` first";
