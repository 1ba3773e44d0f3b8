//! A parameter of a recipe, as its `PARAMS` declare it.

use super::parse_duration;
use serde::Serialize;

/// How a parameter stands on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamKind {
    /// By its place.
    Arg,
    /// `--name VALUE`.
    Option,
    /// `--name`.
    Flag,
    /// All the words that are left.
    Rest,
}

impl ParamKind {
    /// The words for the kinds, as `PARAMS` has them.
    pub const NAMES: [&str; 4] = ["arg", "option", "flag", "rest"];

    /// The kind that `name` stands for.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "arg" => Some(Self::Arg),
            "option" => Some(Self::Option),
            "flag" => Some(Self::Flag),
            "rest" => Some(Self::Rest),
            _ => None,
        }
    }
}

/// What a value must read as. The recipe gets it as the text that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamType {
    /// A whole number: `parse_int` takes it.
    Integer,
    /// A time, as `timeout` takes it.
    Duration,
}

impl ParamType {
    /// The words for the types, as `PARAMS` has them.
    pub const NAMES: [&str; 2] = ["integer", "duration"];

    /// The type that `name` stands for.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "integer" => Some(Self::Integer),
            "duration" => Some(Self::Duration),
            _ => None,
        }
    }

    /// Fails with what such a value looks like if `text` is none.
    pub fn check(self, text: &str) -> Result<(), &'static str> {
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
pub struct Param {
    /// Its name on the command line.
    pub name: String,
    /// How it stands there.
    pub kind: ParamKind,
    /// `-x`, for an option or a flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short: Option<char>,
    /// What the help calls its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What it is when it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
    /// It must be given.
    pub required: bool,
    /// What its value must read as; any text if there is none.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub value_type: Option<ParamType>,
    /// The values it can have; any if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// What a shell completes it with, as `services`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete: Option<String>,
    /// The environment variable that gives it when the command line does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// One line of help.
    pub help: String,
}

impl Param {
    /// The constant that the recipe gets it as.
    pub fn constant(&self) -> String {
        self.name.replace('-', "_")
    }
}
