//! `env` and its family: variables of the environment and of `dev/.env`.

use super::api::{Api, Call, Thrown};
use super::args::{distinct_words, text_argument};
use super::secret::{is_secret, without_password};
use super::spec::{Argument, Effect, EffectRule, Meaning, Primitive, Type};
use super::value::keyed_map;
use crate::dotenv::{self, Document, Environment};
use crate::fault::{Failure, Kind, Unknown, lock};
use crate::run::{PlannedEnv as Changes, Run, is_stopped};
use rhai::{Array, Dynamic, ImmutableString, Map, NativeCallContext};
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard};

/// The file, relative to the repository. Docker Compose reads it too.
const ENV_FILE_PATH: &str = "dev/.env";

const KEY: Argument = Argument::plain("key", Type::Text);

pub(super) const ENV: Primitive = Primitive {
    name: "env",
    forms: &[&[KEY], &[KEY, Argument::plain("default_value", Type::Any)]],
    returns: Type::Any,
    docs: "A variable: from the environment, else from `dev/.env`, else `default_value` or `()`.\n\
        An empty variable counts as not set, also in a Docker Compose that a recipe starts.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

pub(super) const ENV_SOURCE: Primitive = Primitive {
    name: "env_source",
    forms: &[&[KEY]],
    returns: Type::Any,
    docs: "Where `env` finds a variable: \"environment\", \"dev/.env\", or `()` if it is not set.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

const VARIABLE_KEYS: [&str; 2] = ["name", "value"];

pub(super) const ENV_FILE: Primitive = Primitive {
    name: "env_file",
    forms: &[&[Argument::new("path", Type::Text, Meaning::Path)]],
    returns: Type::Array,
    keys: &VARIABLE_KEYS,
    docs: "The variables that a file in the format of `dev/.env` sets, in its order: each is\n\
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
    docs: "Sets variables in `dev/.env` in place: comments, order and other lines are kept. The\n\
        variables of a map are written at once. True if the file has changed.\n\
        \n\
        A dry run prints the change, and `env` returns the new value from then on.",
    effect: EffectRule::Always(Effect::Changes),
    ..Primitive::BASE
};

pub(super) const ENV_UNSET: Primitive = Primitive {
    name: "env_unset",
    forms: &[&[KEY]],
    returns: Type::Bool,
    docs: "Removes a variable from `dev/.env`. True if it was there.\n\
        \n\
        A dry run prints the change.",
    effect: EffectRule::Always(Effect::Changes),
    ..Primitive::BASE
};

fn path(run: &Run) -> PathBuf {
    run.root.join(ENV_FILE_PATH)
}

/// The variables of the process, which come before those of the file.
fn environment(run: &Run) -> Arc<Environment> {
    let outside = run.outside.clone();
    Arc::new(move |name: &str| {
        let value = outside.variable(name)?;
        Some(value.to_string_lossy().into_owned())
    })
}

fn no_environment() -> Arc<Environment> {
    Arc::new(|_: &str| None)
}

fn failure(error: &dotenv::Error) -> Failure {
    let kind = match error {
        dotenv::Error::Missing { .. } | dotenv::Error::Unreadable { .. } => Kind::Missing,
        dotenv::Error::Malformed { .. } => Kind::Env,
        dotenv::Error::BadKey { .. } => Kind::Recipe,
        _ => Kind::File,
    };
    Failure {
        hint: error.hint(),
        ..Failure::new(kind, error.to_string())
    }
}

/// `dev/.env` as it is, or as a dry run would have written it; `None` if it does not exist.
fn document(run: &Run) -> Result<Option<Document>, Failure> {
    if let Some(text) = planned_text(run) {
        let parsed =
            Document::parse(&text, &environment(run)).map_err(|error| error.in_file(&path(run)));
        return parsed.map(Some).map_err(|error| failure(&error));
    }
    match dotenv::read(&path(run), &environment(run)) {
        Ok(document) => Ok(Some(document)),
        Err(dotenv::Error::Missing { .. }) => Ok(None),
        Err(error) => Err(failure(&error)),
    }
}

/// The value of a variable. The environment of the process comes before the file, as for Docker
/// Compose. An empty variable counts as not set, since the example file leaves values empty.
pub(super) fn lookup(call: Call<'_>, key: &str) -> Result<Option<String>, Failure> {
    if let Some(value) = call
        .run
        .outside
        .variable(key)
        .filter(|value| !value.is_empty())
    {
        return Ok(Some(value.to_string_lossy().into_owned()));
    }
    let value = as_planned(call)?.get(key);
    Ok(value.filter(|value| !value.is_empty()))
}

/// `dev/.env` as it is; in a dry run, as the run would have changed it by now.
pub(super) fn as_planned(call: Call<'_>) -> Result<Document, Failure> {
    let mut document =
        document(call.run)?.unwrap_or_else(|| Document::empty(&environment(call.run)));
    if call.dry() {
        let planned = planned(call.run);
        apply(&mut document, &planned).map_err(|error| failure(&error))?;
    }
    Ok(document)
}

/// The whole file as a dry run would have written it, if it knows all of it.
pub(super) fn planned_text(run: &Run) -> Option<String> {
    let text = lock(&run.planned_files).get(&path(run)).cloned();
    text.filter(|text| !Unknown::is_in(text))
}

/// Must be called for each file that a dry run would write: if it is `dev/.env`, changes planned before are
/// replaced too.
pub(super) fn forget_planned_changes_to(run: &Run, file: &Path) {
    if file == path(run) {
        planned(run).clear();
    }
}

/// The changes that a dry run would have made.
pub(super) fn planned(run: &Run) -> MutexGuard<'_, Changes> {
    lock(&run.planned_env)
}

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
    let value = call.run.outside.variable(key);
    if value.is_some_and(|value| !value.is_empty()) {
        return Ok("environment".into());
    }
    let value = call.check(as_planned(call))?.get(key);
    let is_set = value.is_some_and(|value| !value.is_empty());
    Ok(if is_set {
        ENV_FILE_PATH.into()
    } else {
        Dynamic::UNIT
    })
}

/// The variables that a file of this format sets, in its order.
fn env_file(call: Call<'_>, file: &Dynamic) -> Thrown<Array> {
    let file = call.check(text_argument("the path of `env_file`", file))?;
    let full = call.run.path(&file);
    let document = if full == path(call.run) {
        as_planned(call)
    } else {
        dotenv::read(&full, &environment(call.run)).map_err(|error| failure(&error))
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
    for key in keys {
        if call.check(lookup(call, &key))?.is_none() {
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
    if planned_text(call.run).is_some() || path(call.run).exists() {
        let message = format!("the variable{plural} {names} {is} not set");
        return call.throw(Failure::missing(
            message,
            format!("set {names} in {ENV_FILE_PATH}"),
        ));
    }
    let has_init = call.run.path("recipes/init.rhai").is_file();
    let hint = if has_init {
        format!("run `copilot dev init` to create {ENV_FILE_PATH}, then set {names} in it")
    } else {
        format!("create {ENV_FILE_PATH} and set {names} in it")
    };
    let message =
        format!("{ENV_FILE_PATH} does not exist, and the variable{plural} {names} {is} not set");
    call.throw(Failure::missing(message, hint))
}

/// Changes several variables at once; `None` removes one. True if the file has changed.
fn change(call: Call<'_>, changes: &Changes) -> Thrown<bool> {
    call.check_stopped()?;
    if call.dry() {
        return call.check(plan(call, changes));
    }
    let wanted = || !is_stopped();
    let edited = dotenv::edit(
        &path(call.run),
        &environment(call.run),
        wanted,
        |document| apply(document, changes),
    );
    if edited.is_err() {
        call.check_stopped()?;
    }
    call.check(edited.map_err(|error| failure(&error)))
}

fn apply(document: &mut Document, changes: &Changes) -> Result<bool, dotenv::Error> {
    let mut changed = false;
    for (key, value) in changes {
        changed |= match value {
            Some(value) => document.set(key, value)?,
            None => document.unset(key),
        };
    }
    Ok(changed)
}

/// Prints what would change, and finds what would fail.
fn plan(call: Call<'_>, changes: &Changes) -> Result<bool, Failure> {
    let mut document = as_planned(call)?;
    let mut changed = false;
    for (key, value) in changes {
        let one = Changes::from([(key.clone(), value.clone())]);
        if !apply(&mut document, &one).map_err(|error| failure(&error))? {
            continue;
        }
        changed = true;
        call.run.reporter.print_would(&match value {
            Some(value) => format!("set {key}={} in {ENV_FILE_PATH}", shown(key, value)),
            None => format!("remove {key} from {ENV_FILE_PATH}"),
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
    let set = Document::empty(&no_environment()).set(key, &value);
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
