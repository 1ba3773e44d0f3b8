//! What a primitive throws: recipes see it as a map with `kind`, `message`, `hint` and more.

use super::Unknown;
use rhai::{Dynamic, EvalAltResult, Map, Position};
use serde::Serialize;

/// The kind of failure; recipes see it as `err.kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// A program exited with a code other than 0 or was killed by a signal.
    Exit,
    /// It exceeded its timeout.
    Timeout,
    /// A program, engine, variable or credential is missing.
    Missing,
    /// A `.env` file has a malformed line.
    Env,
    /// Another run changes things in this checkout.
    Locked,
    /// A file cannot be read or written.
    File,
    /// An HTTP request failed.
    Http,
    /// A database rejected a statement or a connection.
    Dsql,
    /// The recipe called `fail()`.
    Fail,
    /// The recipe used `throw`.
    Throw,
    /// Steps of a plan failed.
    Steps,
    /// The command line is wrong.
    Usage,
    /// The recipe has a bug, as opposed to a failure of what it does.
    Recipe,
}

/// The names of the kinds as recipes see them.
const KIND_NAMES: [(&str, Kind); 13] = [
    ("exit", Kind::Exit),
    ("timeout", Kind::Timeout),
    ("missing", Kind::Missing),
    ("env", Kind::Env),
    ("locked", Kind::Locked),
    ("file", Kind::File),
    ("http", Kind::Http),
    ("dsql", Kind::Dsql),
    ("fail", Kind::Fail),
    ("throw", Kind::Throw),
    ("steps", Kind::Steps),
    ("usage", Kind::Usage),
    ("recipe", Kind::Recipe),
];

impl Kind {
    fn name(self) -> &'static str {
        KIND_NAMES
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("fail", |(name, _)| name)
    }

    fn named(name: &str) -> Option<Self> {
        KIND_NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, kind)| *kind)
    }
}

/// A failure of a primitive, `fail()` or `throw`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    /// The kind, as `err.kind`.
    pub kind: Kind,
    /// What went wrong, in a sentence or a few lines.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The exit code of the child that failed, or the number of failed steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// The last lines that the child wrote to standard error.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stderr_tail: Vec<String>,
}

impl Failure {
    /// A failure with only a message.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            code: None,
            stderr_tail: Vec::new(),
        }
    }

    /// Something needed is missing, with how to get it as the hint.
    pub(crate) fn missing(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Kind::Missing, message).with_hint(hint)
    }

    /// The recipe has a bug, such as a wrong argument of a primitive.
    pub(crate) fn recipe(message: impl Into<String>) -> Self {
        Self::new(Kind::Recipe, message)
    }

    /// Adds what to do about it.
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The exit code of `copilot` if nothing catches this.
    pub(crate) fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::Missing | Kind::Locked => 4,
            Kind::Recipe => 3,
            Kind::Usage | Kind::Env => 2,
            Kind::Exit => self
                .code
                .and_then(|code| u8::try_from(code).ok())
                .filter(|code| *code != 0)
                .unwrap_or(1),
            _ => 1,
        }
    }

    /// The failure as an error of Rhai at `position`: a map, so that `catch` can read the fields.
    pub(crate) fn at(self, position: Position) -> Box<EvalAltResult> {
        let mut map = Map::new();
        map.insert("kind".into(), self.kind.name().into());
        map.insert("message".into(), self.message.into());
        map.insert(
            "hint".into(),
            self.hint.map_or(Dynamic::UNIT, Dynamic::from),
        );
        let code = self.code.map(|code| Dynamic::from(i64::from(code)));
        map.insert("code".into(), code.unwrap_or(Dynamic::UNIT));
        map.insert("stderr_tail".into(), self.stderr_tail.join("\n").into());
        Box::new(EvalAltResult::ErrorRuntime(map.into(), position))
    }

    /// Converts a thrown value back. Values not made by [`Failure::at`] were thrown by the recipe.
    pub(crate) fn from_thrown(value: &Dynamic) -> Self {
        let Some(map) = value.read_lock::<Map>() else {
            return Self::new(Kind::Throw, show(value));
        };
        let text = |key: &str| map.get(key).filter(|value| !value.is_unit()).map(show);
        let known = text("kind").as_deref().and_then(Kind::named);
        match (known, text("message")) {
            (Some(kind), Some(message)) => Self {
                kind,
                message,
                hint: text("hint"),
                code: map
                    .get("code")
                    .and_then(|code| code.as_int().ok())
                    .and_then(|code| i32::try_from(code).ok()),
                stderr_tail: text("stderr_tail")
                    .map(|tail| tail.lines().map(str::to_owned).collect())
                    .unwrap_or_default(),
            },
            // Rhai's own error as `catch` sees it: a bug stays a bug when it is thrown again.
            (None, Some(message)) if map.contains_key("error") => Self::recipe(message),
            (_, Some(message)) => Self {
                hint: text("hint"),
                ..Self::new(Kind::Throw, message)
            },
            _ => Self::new(Kind::Throw, show(value)),
        }
    }
}

fn show(value: &Dynamic) -> String {
    if let Some(unknown) = value.read_lock::<Unknown>() {
        unknown.to_string()
    } else if value.is_unit() {
        "the recipe threw an error without a message".to_owned()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_the_round_trip_through_rhai() {
        for (name, kind) in KIND_NAMES {
            let failure = Failure {
                hint: Some("do this".to_owned()),
                code: Some(7),
                stderr_tail: vec!["one".to_owned(), "two".to_owned()],
                ..Failure::new(kind, "it broke")
            };
            let EvalAltResult::ErrorRuntime(value, _) = *failure.clone().at(Position::NONE) else {
                panic!("{name}: not a runtime error");
            };
            assert_eq!(Failure::from_thrown(&value), failure);
        }
    }

    #[test]
    fn a_thrown_string_is_the_message() {
        let failure = Failure::from_thrown(&"no such cluster".into());
        assert_eq!((failure.kind, failure.exit_code()), (Kind::Throw, 1));
        assert_eq!(failure.message, "no such cluster");
    }
}
