//! `env` and its family: variables of the environment and of `dev/.env`.

use super::api::{Api, Call, Thrown};
use super::args::{distinct_words, text_argument};
use super::crashed::lock_checkout;
use super::secret::{is_secret, without_password};
use super::spec::{Argument, Effect, EffectRule, Meaning, Primitive, Type};
use super::value::keyed_map;
use super::variables::{
    Variables, apply, as_planned, env_path, failure, lookup, not_read_because, planned,
    planned_text, project, shell,
};
use crate::dotenv::{self, Document, Environment, Secrecy};
use crate::fault::{Failure, Unknown};
use crate::run::{PlannedEnv as Changes, is_stopped};
use rhai::{Array, Dynamic, ImmutableString, Map, NativeCallContext};

const KEY: Argument = Argument::plain("key", Type::Text);

pub(super) const ENV: Primitive = Primitive {
    name: "env",
    forms: &[&[KEY], &[KEY, Argument::plain("default_value", Type::Any)]],
    returns: Type::Any,
    docs: "A variable: from the shell, else from `.env` of the project, as Docker Compose reads them;\n\
        `default_value` or `()` if it is not set or empty. A program that a recipe starts sees the same\n\
        value. The shell comes first even where its variable is empty.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

pub(super) const ENV_SOURCE: Primitive = Primitive {
    name: "env_source",
    forms: &[&[KEY]],
    returns: Type::Any,
    docs: "Where `env` finds a variable: \"environment\", the path of a file such as \"dev/.env\", or `()`\n\
        if it is not set.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

const VARIABLE_KEYS: [&str; 2] = ["name", "value"];

pub(super) const ENV_FILE: Primitive = Primitive {
    name: "env_file",
    forms: &[&[Argument::new("path", Type::Text, Meaning::Path)]],
    returns: Type::Array,
    keys: &VARIABLE_KEYS,
    docs: "The variables that a file in the format of `.env` sets, in its order: each is\n\
        `#{ name, value }`.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

pub(super) const ENV_REQUIRE: Primitive = Primitive {
    name: "env_require",
    forms: &[&[Argument::plain("keys", Type::Array)]],
    docs: "Throws if any of these variables is not set; the error names all that are missing.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

pub(super) const ENV_SET: Primitive = Primitive {
    name: "env_set",
    forms: &[
        &[
            Argument::new("key", Type::Text, Meaning::Variable),
            Argument::plain("value", Type::Any),
        ],
        &[Argument::new("values", Type::Map, Meaning::Variables)],
    ],
    returns: Type::Bool,
    docs: "Sets variables in `.env` of the project in place: comments, order and other lines are kept.\n\
        The variables of a map are written at once. True if the file has changed. A new file is readable\n\
        by its owner alone, and so is an existing one that is given a secret.\n\
        \n\
        A dry run prints the change, and `env` returns the new value from then on.",
    effect: EffectRule::Always(Effect::Changes),
    ..Primitive::BASE
};

pub(super) const ENV_UNSET: Primitive = Primitive {
    name: "env_unset",
    forms: &[&[KEY]],
    returns: Type::Bool,
    docs: "Removes a variable from `.env` of the project. True if it was there.\n\
        \n\
        A dry run prints the change.",
    effect: EffectRule::Always(Effect::Changes),
    ..Primitive::BASE
};

fn env(call: Call<'_>, key: &str, default: Dynamic) -> Thrown<Dynamic> {
    let value = call.check(lookup(call, key))?;
    Ok(match value {
        Some(value) if call.dry() && Unknown::is_in(&value) => Unknown::value(format!("env {key}")),
        Some(value) => value.into(),
        None => default,
    })
}

/// Where the value of [`lookup`] comes from.
fn env_source(call: Call<'_>, key: &str) -> Thrown<Dynamic> {
    let variables = call.check(Variables::of_run(call.run))?;
    let source = variables.source(key);
    Ok(source.map_or(Dynamic::UNIT, |source| source.to_owned().into()))
}

/// The variables that a file of this format sets, in its order.
fn env_file(call: Call<'_>, file: &Dynamic) -> Thrown<Array> {
    let file = call.check(text_argument("the path of `env_file`", file))?;
    let full = call.run.path(&file);
    let document = if full == env_path(call.run) {
        as_planned(call.run)
    } else {
        let environment = shell(&call.run.outside);
        dotenv::read(&full, &environment, || !is_stopped()).map_err(|error| failure(&error))
    };
    let document = call.check(document)?;
    let variable = |name: &str| {
        let value = document.get(name).unwrap_or_default();
        let value = if call.dry() && Unknown::is_in(&value) {
            Unknown::value(format!("env {name}"))
        } else {
            value.into()
        };
        Dynamic::from(keyed_map(VARIABLE_KEYS, [name.into(), value]))
    };
    Ok(document.keys().map(variable).collect())
}

fn env_require(call: Call<'_>, keys: &Array) -> Thrown<()> {
    let keys = call.check(distinct_words("env_require", keys))?;
    let mut missing = Vec::new();
    let variables = call.check(Variables::of_run(call.run))?;
    for key in keys {
        if variables.get(&key).is_none() {
            missing.push(key);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(", ");
    let (plural, is) = if missing.len() == 1 {
        ("", "is")
    } else {
        ("s", "are")
    };
    let file = project(call.run).env_file();
    let path = env_path(call.run);
    if planned_text(call.run, &path).is_some() || path.exists() {
        let message = format!("the variable{plural} {names} {is} not set");
        return call.throw(Failure::missing(message, format!("set {names} in {file}")));
    }
    let has_init = call.run.path("recipes/init.rhai").is_file();
    let hint = if has_init {
        format!("run `copilot dev init` to create {file}, then set {names} in it")
    } else {
        format!("create {file} and set {names} in it")
    };
    let message = format!("{file} does not exist, and the variable{plural} {names} {is} not set");
    call.throw(Failure::missing(message, hint))
}

/// Changes several variables at once; `None` removes one. True if the file has changed.
fn change(call: Call<'_>, changes: &Changes) -> Thrown<bool> {
    call.check_stopped()?;
    let file = project(call.run).env_file();
    if let Some(variable) = call.check(not_read_because(call.run))? {
        let message = format!("{file} is not read, since {variable} is set");
        return call.throw(Failure::missing(message, format!("unset {variable}")));
    }
    if call.dry() {
        return call.check(plan(call, changes));
    }
    lock_checkout(call)?;
    call.check_stopped()?;
    let secrecy = if changes.iter().any(holds_secret) {
        Secrecy::Secret
    } else {
        Secrecy::Public
    };
    let path = env_path(call.run);
    let environment = shell(&call.run.outside);
    let wanted = || !is_stopped();
    let edited = dotenv::edit(&path, &environment, secrecy, wanted, |document| {
        apply(document, changes)
    });
    if edited.is_err() {
        call.check_stopped()?;
    }
    call.check(edited.map_err(|error| failure(&error)))
}

/// True if a variable is set to a value that is not shown.
fn holds_secret((key, value): (&String, &Option<String>)) -> bool {
    let value = value.as_deref().unwrap_or_default();
    !value.is_empty() && shown(key, value) != value
}

/// Prints what would change, and finds what would fail.
fn plan(call: Call<'_>, changes: &Changes) -> Result<bool, Failure> {
    let mut document = as_planned(call.run)?;
    let file = project(call.run).env_file();
    let mut changed = false;
    for (key, value) in changes {
        let one = Changes::from([(key.clone(), value.clone())]);
        if !apply(&mut document, &one).map_err(|error| failure(&error))? {
            continue;
        }
        changed = true;
        call.run.reporter.print_would(&match value {
            Some(value) => format!("set {key}={} in {file}", shown(key, value)),
            None => format!("remove {key} from {file}"),
        });
    }
    planned(call.run).extend(changes.clone());
    Ok(changed)
}

fn shown(key: &str, value: &str) -> String {
    if is_secret(key) {
        "***".to_owned()
    } else {
        without_password(value)
    }
}

fn value_text(key: &str, value: &Dynamic) -> Result<String, Failure> {
    if value.is_unit() || value.is_array() || value.is_map() {
        let message = format!(
            "`env_set`: the value of {key} is {}, not text",
            super::value::show(value)
        );
        let hint = "`env_unset` removes a variable";
        return Err(Failure::recipe(message).with_hint(hint));
    }
    Ok(super::value::text(value))
}

/// The error of `env_set` for this variable, whatever the file contains.
pub(crate) fn check_variable(key: &str, value: &Dynamic) -> Result<(), Failure> {
    let value = value_text(key, value)?;
    let set = Document::empty(&Environment::empty()).set(key, &value);
    set.map(drop).map_err(|error| failure(&error))
}

/// Registers the family.
pub(super) fn register(api: &mut Api<'_>) {
    api.add(&ENV, |run| {
        move |ctx: NativeCallContext<'_>, key: ImmutableString| {
            env(Call::new(&run, &ctx), &key, Dynamic::UNIT)
        }
    });
    api.add(&ENV, |run| {
        move |ctx: NativeCallContext<'_>, key: ImmutableString, default: Dynamic| {
            env(Call::new(&run, &ctx), &key, default)
        }
    });
    api.add(&ENV_SOURCE, |run| {
        move |ctx: NativeCallContext<'_>, key: ImmutableString| {
            env_source(Call::new(&run, &ctx), &key)
        }
    });
    api.add(&ENV_FILE, |run| {
        move |ctx: NativeCallContext<'_>, path: Dynamic| env_file(Call::new(&run, &ctx), &path)
    });
    api.add(&ENV_REQUIRE, |run| {
        move |ctx: NativeCallContext<'_>, keys: Array| env_require(Call::new(&run, &ctx), &keys)
    });
    api.add(&ENV_SET, |run| {
        move |ctx: NativeCallContext<'_>, key: ImmutableString, value: Dynamic| {
            let call = Call::new(&run, &ctx);
            let value = call.check(value_text(&key, &value))?;
            change(call, &Changes::from([(key.to_string(), Some(value))]))
        }
    });
    api.add(&ENV_SET, |run| {
        move |ctx: NativeCallContext<'_>, values: Map| {
            let call = Call::new(&run, &ctx);
            let values = values
                .iter()
                .map(|(key, value)| Ok((key.to_string(), Some(value_text(key, value)?))))
                .collect();
            change(call, &call.check(values)?)
        }
    });
    api.add(&ENV_UNSET, |run| {
        move |ctx: NativeCallContext<'_>, key: ImmutableString| {
            let call = Call::new(&run, &ctx);
            change(call, &Changes::from([(key.to_string(), None)]))
        }
    });
}
