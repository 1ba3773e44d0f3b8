//! Registers [`Unknown`] with Rhai: what recipes can do with a value that a dry run cannot know.

use crate::fault::{Failure, UNKNOWN_HINT, Unknown};
use rhai::{
    Dynamic, Engine, EvalAltResult, FuncRegistration, ImmutableString, NativeCallContext, Position,
};

impl IntoIterator for Unknown {
    type Item = Result<Dynamic, Box<EvalAltResult>>;
    type IntoIter = std::iter::Once<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        let message = format!("{self} is not known in a dry run and cannot be iterated over");
        let failure = Failure::recipe(message).with_hint(UNKNOWN_HINT);
        std::iter::once(Err(failure.at(Position::NONE)))
    }
}

type Compared = Result<bool, Box<EvalAltResult>>;

/// Teaches `engine` what can be done with an [`Unknown`].
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Unknown>("Unknown");
    for name in ["to_string", "to_debug"] {
        FuncRegistration::new(name)
            .register_into_engine(engine, |unknown: &mut Unknown| unknown.to_string());
    }
    engine.register_indexer_get(|unknown: &mut Unknown, key: ImmutableString| unknown.part(&key));
    engine.register_indexer_get(|unknown: &mut Unknown, index: i64| {
        unknown.part(&format!("[{index}]"))
    });
    // To iterate over nothing, or over something, would each be a guess.
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
    .with_hint(UNKNOWN_HINT)
    .at(ctx.call_position())
}
