//! `recipe`, which runs another recipe in the same run, and `dry_run`.

use super::api::{Api, Call, Thrown};
use super::options::Opts;
use super::spec::{Argument, Effect, EffectRule, Opt, Primitive, Shape, Type};
use crate::fault::{Failure, Unknown, did_you_mean};
use crate::recipe::{Param, ParamKind, RecipeName, Source, compile, read_header};
use crate::run::{Frame, enter, frame};
use rhai::{Array, Dynamic, EvalAltResult, ImmutableString, Map, NativeCallContext};

const NAME: Argument = Argument::plain("name", Type::Text);
const PARAMS: Argument = Argument::plain("params", Type::Map);

pub(super) const RECIPE: Primitive = Primitive {
    name: "recipe",
    forms: &[&[NAME], &[NAME, PARAMS], &[NAME, PARAMS, Argument::OPTIONS]],
    docs: "Runs another recipe in the same run; its steps are shown under its name, as in\n\
        `schema/setup:copilot-app`. `params` are its parameters by name, with `_` for `-`.\n\
        \n\
        It changes whatever that recipe changes.",
    options: &[&[Opt::new(
        "dry_run",
        Shape::Flag,
        "true to change nothing, as with `--dry-run`.",
    )]],
    effect: EffectRule::Always(Effect::Changes),
    ..Primitive::BASE
};

pub(super) const DRY_RUN: Primitive = Primitive {
    name: "dry_run",
    forms: &[&[]],
    returns: Type::Bool,
    docs: "True in a dry run, where the results of earlier parts of the run may be missing.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

pub(super) const HOST_VERSION: Primitive = Primitive {
    name: "host_version",
    forms: &[&[]],
    returns: Type::Text,
    docs: "The version of `copilot`, such as \"0.1.0\". A repository states the one that it needs in\n\
        `recipes/host-version`.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

fn recipe(
    call: Call<'_>,
    ctx: &NativeCallContext<'_>,
    name: &str,
    params: Map,
    opts: Map,
) -> Thrown<()> {
    let mut opts = Opts::new(&RECIPE, opts);
    let dry_run = call.check(opts.flag("dry_run"))?;
    call.check(opts.end())?;
    let words = [name.to_owned()];
    let found = match RecipeName::find(&call.run.root, &words) {
        Ok(Some(found)) => found,
        Ok(None) => return call.throw(Failure::recipe(format!("there is no recipe `{name}`"))),
        Err(error) => return call.throw(Failure::recipe(error.to_string())),
    };
    call.check(refuse_cycle(call, found.name.as_str()))?;
    let file = found.name.file();
    let source = match Source::read(&found.path, file.clone()) {
        Ok(source) => source,
        Err(error) => return call.throw(Failure::recipe(error.to_string())),
    };
    let wrong = |diagnostic: crate::fault::Diagnostic| {
        let place = diagnostic
            .place
            .map_or_else(String::new, |place| format!("{place}: "));
        let failure = Failure::recipe(format!("{place}{}", diagnostic.message));
        Failure {
            hint: diagnostic.hint,
            ..failure
        }
    };
    let header = call.check(read_header(&source).map_err(wrong))?;
    let values = call.check(values(name, &header.params, params))?;
    let root = &call.run.root;
    let compiled = compile(
        ctx.engine(),
        root,
        &source,
        &header.params,
        values,
        call.run.check,
    );
    let mut compiled = call.check(compiled.map_err(wrong))?;

    let above = frame();
    let scope = match &above.scope {
        Some(scope) => format!("{scope}:{}", found.name),
        None => found.name.to_string(),
    };
    let _frame = enter(Frame {
        scope: Some(scope.into()),
        dry_run: above.dry_run || dry_run,
        ..above
    });
    ctx.engine()
        .run_ast_with_scope(&mut compiled.scope, &compiled.ast)
        .map_err(|error| {
            let callee = format!("recipe {}", found.name);
            Box::new(EvalAltResult::ErrorInFunctionCall(
                callee, file, error, call.at,
            ))
        })
}

/// A recipe that calls itself, directly or through others, would never end.
fn refuse_cycle(call: Call<'_>, name: &str) -> Result<(), Failure> {
    let scope = frame().scope;
    let above = scope.iter().flat_map(|scope| scope.split(':'));
    let chain: Vec<_> = std::iter::once(call.run.recipe.as_str())
        .chain(above)
        .collect();
    if chain.contains(&name) {
        let chain = chain.join(" calls ");
        return Err(Failure::recipe(format!(
            "recipes call each other in a circle: {chain} calls {name}"
        )));
    }
    Ok(())
}

/// The values of `params`, in their order, from a map by name.
fn values(name: &str, params: &[Param], mut given: Map) -> Result<Vec<Dynamic>, Failure> {
    let values = params
        .iter()
        .map(|param| param_value(name, param, given.remove(param.constant().as_str())))
        .collect::<Result<_, _>>()?;
    if let Some(unknown) = given.keys().next() {
        let known: Vec<_> = params.iter().map(Param::constant).collect();
        let hint = match did_you_mean(unknown, known.iter().map(String::as_str)) {
            Some(hint) => hint,
            None if known.is_empty() => "it has none".to_owned(),
            None => format!("parameters are {}", known.join(", ")),
        };
        let message = format!("the recipe `{name}` has no parameter `{unknown}`");
        return Err(Failure::recipe(message).with_hint(hint));
    }
    Ok(values)
}

/// The value of `param` of `recipe`, where `None` stands for a parameter that is not given.
pub(crate) fn param_value(
    recipe: &str,
    param: &Param,
    given: Option<Dynamic>,
) -> Result<Dynamic, Failure> {
    let name = &param.name;
    let wrong = |wanted: &str| {
        Failure::recipe(format!(
            "the parameter `{name}` of the recipe `{recipe}` is {wanted}"
        ))
    };
    let given = given.filter(|value| !value.is_unit());
    match (param.kind, given) {
        (ParamKind::Flag, None) => Ok(false.into()),
        (ParamKind::Flag, Some(value)) if value.is_bool() => Ok(value),
        (ParamKind::Flag, Some(_)) => Err(wrong("true or false")),
        (ParamKind::Rest, None) => Ok(Array::new().into()),
        (ParamKind::Rest, Some(value)) if value.is_array() => Ok(value),
        (ParamKind::Rest, Some(_)) => Err(wrong("an array")),
        (_, None) if param.required => Err(wrong("required")),
        (_, None) => Ok(param
            .default_value
            .clone()
            .map_or(Dynamic::UNIT, Dynamic::from)),
        (_, Some(value)) if value.is::<Unknown>() => Ok(value),
        (_, Some(value)) => {
            let text = value.to_string();
            if !param.values.is_empty() && !param.values.contains(&text) {
                return Err(wrong(&format!("one of {}", param.values.join(", "))));
            }
            if let Some(Err(why)) = param.value_type.map(|value_type| value_type.check(&text)) {
                return Err(wrong(&format!("`{text}`, {why}")));
            }
            Ok(text.into())
        }
    }
}

/// Registers `recipe` and `dry_run`.
pub(super) fn register(api: &mut Api<'_>) {
    api.add(&RECIPE, |run| {
        move |ctx: NativeCallContext<'_>, name: ImmutableString| {
            recipe(Call::new(&run, &ctx), &ctx, &name, Map::new(), Map::new())
        }
    });
    api.add(&RECIPE, |run| {
        move |ctx: NativeCallContext<'_>, name: ImmutableString, params: Map| {
            recipe(Call::new(&run, &ctx), &ctx, &name, params, Map::new())
        }
    });
    api.add(&RECIPE, |run| {
        move |ctx: NativeCallContext<'_>, name: ImmutableString, params: Map, opts: Map| {
            recipe(Call::new(&run, &ctx), &ctx, &name, params, opts)
        }
    });
    api.add(&DRY_RUN, |run| {
        move |ctx: NativeCallContext<'_>| Thrown::Ok(Call::new(&run, &ctx).dry())
    });
    api.add(&HOST_VERSION, |_| {
        |_: NativeCallContext<'_>| Thrown::Ok(crate::recipe::HOST_VERSION.to_owned())
    });
}
