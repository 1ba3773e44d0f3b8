//! A value that a dry run cannot know.

use rhai::Dynamic;

/// Stands for what a skipped command would have returned. It prints as `‹what it is›`, can be
/// passed on and joined to text, and refuses to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown(pub String);

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "‹{}›", self.0)
    }
}

impl Unknown {
    /// As a value for a recipe.
    pub fn value(what: impl Into<String>) -> Dynamic {
        Dynamic::from(Self(what.into()))
    }

    /// True if `text` was made with one: it is no more known than that was.
    pub fn is_in(text: &str) -> bool {
        text.split_once('‹')
            .is_some_and(|(_, rest)| rest.contains('›'))
    }

    /// What is known of its part `key`: no more than of the whole.
    pub fn part(&self, key: &str) -> Self {
        Self(format!("{} {key}", self.0))
    }
}

/// What a recipe can do about a value that is not known.
pub const HINT: &str = "what a dry run does not know has the type Unknown: show it, pass it on, or ask `known(value)` first";
