//! A value that a dry run cannot know.

use rhai::{
    Dynamic, Engine, EvalAltResult, FuncRegistration, ImmutableString, NativeCallContext, Position,
};

use super::Failure;

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

    fn part(&self, key: &str) -> Self {
        Self(format!("{} {key}", self.0))
    }
}

/// What a recipe can do about a value that is not known.
pub const HINT: &str = "what a dry run does not know has the type Unknown: show it, pass it on, or ask `known(value)` first";

impl IntoIterator for Unknown {
    type Item = Result<Dynamic, Box<EvalAltResult>>;
    type IntoIter = std::iter::Once<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        let message = format!("{self} is not known in a dry run and cannot be gone through");
        let failure = Failure::recipe(message).with_hint(HINT);
        std::iter::once(Err(failure.at(Position::NONE)))
    }
}

type Compared = Result<bool, Box<EvalAltResult>>;

/// Teaches `engine` what can be done with an [`Unknown`].
pub fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Unknown>("Unknown");
    for name in ["to_string", "to_debug"] {
        FuncRegistration::new(name)
            .register_into_engine(engine, |unknown: &mut Unknown| unknown.to_string());
    }
    engine.register_indexer_get(|unknown: &mut Unknown, key: ImmutableString| unknown.part(&key));
    engine.register_indexer_get(|unknown: &mut Unknown, index: i64| {
        unknown.part(&format!("[{index}]"))
    });
    // To go over nothing, or over something, would each be a guess.
    engine.register_iterator_result::<Unknown, Dynamic>();
    engine.register_fn("+", |text: &str, unknown: Unknown| {
        format!("{text}{unknown}")
    });
    engine.register_fn("+", |unknown: Unknown, text: &str| {
        format!("{unknown}{text}")
    });
    for operator in ["==", "!=", "<", "<=", ">", ">="] {
        engine.register_fn(
            operator,
            |ctx: NativeCallContext<'_>, left: Unknown, _right: Dynamic| -> Compared {
                Err(refuse(&ctx, &left))
            },
        );
        engine.register_fn(
            operator,
            |ctx: NativeCallContext<'_>, _left: Dynamic, right: Unknown| -> Compared {
                Err(refuse(&ctx, &right))
            },
        );
        engine.register_fn(
            operator,
            |ctx: NativeCallContext<'_>, left: Unknown, _right: Unknown| -> Compared {
                Err(refuse(&ctx, &left))
            },
        );
    }
}

fn refuse(ctx: &NativeCallContext<'_>, unknown: &Unknown) -> Box<EvalAltResult> {
    Failure::recipe(format!(
        "{unknown} is not known in a dry run and cannot be compared"
    ))
    .with_hint(HINT)
    .at(ctx.call_position())
}
