//! A parameter of a recipe, as `PARAMS` declares it.

use super::parse_duration;
use serde::Serialize;

/// How a parameter is given on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ParamKind {
    /// As a positional argument.
    Arg,
    /// As `--name VALUE`.
    Option,
    /// As `--name`, without a value.
    Flag,
    /// As all remaining words.
    Rest,
}

impl ParamKind {
    /// The names of the kinds in `PARAMS`.
    pub(crate) const NAMES: [&str; 4] = ["arg", "option", "flag", "rest"];

    /// The kind called `name` in `PARAMS`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "arg" => Some(Self::Arg),
            "option" => Some(Self::Option),
            "flag" => Some(Self::Flag),
            "rest" => Some(Self::Rest),
            _ => None,
        }
    }
}

/// What a value must parse as. The recipe still gets it as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ParamType {
    /// An integer, which `parse_int` accepts.
    Integer,
    /// A duration, which `timeout` accepts.
    Duration,
}

impl ParamType {
    /// The names of the types in `PARAMS`.
    pub(crate) const NAMES: [&str; 2] = ["integer", "duration"];

    /// The type called `name` in `PARAMS`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "integer" => Some(Self::Integer),
            "duration" => Some(Self::Duration),
            _ => None,
        }
    }

    /// Checks that `text` is a value of this type; fails with the end of a message: "not …".
    pub(crate) fn check(self, text: &str) -> Result<(), &'static str> {
        match self {
            Self::Integer if text.parse::<i64>().is_err() => Err("not a whole number"),
            Self::Duration if parse_duration(text).is_none() => {
                Err("not a time: write 90s, 2m, 1h30m or a number of seconds")
            }
            _ => Ok(()),
        }
    }
}

/// One entry of `PARAMS`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Param {
    /// Its name on the command line.
    pub name: String,
    /// How it is given there.
    pub kind: ParamKind,
    /// The short form of an option or a flag, `-x`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short: Option<char>,
    /// The placeholder for its value in the help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The value when the parameter is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
    /// It must be given.
    pub required: bool,
    /// What its value must parse as; any text if `None`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub value_type: Option<ParamType>,
    /// The allowed values; any if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// What a shell completes it with: `services` or `files`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete: Option<String>,
    /// The environment variable that provides it when the command line does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// Its value is masked in all output.
    #[serde(rename = "secret", skip_serializing_if = "std::ops::Not::not")]
    pub is_secret: bool,
    /// One line of help.
    pub help: String,
}

impl Param {
    /// The name of the constant that holds its value in the recipe.
    pub(crate) fn constant(&self) -> String {
        self.name.replace('-', "_")
    }
}
