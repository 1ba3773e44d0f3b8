//! `env`, `env_require`, `env_set`, `env_unset`: variables of the environment and of `dev/.env`.

use super::api::{Api, Call, Thrown};
use super::args::words;
use crate::dotenv::{self, Document};
use crate::run::{Failure, Kind, Run};
use rhai::{Array, Dynamic, ImmutableString, Map, NativeCallContext};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

/// The file, relative to the repository. Docker Compose reads it too.
const FILE: &str = "dev/.env";

/// Parts of names whose values are not shown.
const SECRETS: [&str; 5] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "CREDENTIAL"];

fn path(run: &Run) -> PathBuf {
    run.root.join(FILE)
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

/// `dev/.env` as it stands; nothing if it is not there.
fn document(run: &Run) -> Result<Option<Document>, Failure> {
    match dotenv::read(&path(run)) {
        Ok(document) => Ok(Some(document)),
        Err(dotenv::Error::Missing { .. }) => Ok(None),
        Err(error) => Err(failure(&error)),
    }
}

/// The process environment comes before the file, as it does for Docker Compose. A variable
/// that is set to nothing is as good as not set: the example file leaves values open so.
pub fn lookup(call: Call<'_>, key: &str) -> Result<Option<String>, Failure> {
    if let Some(value) = std::env::var_os(key).filter(|value| !value.is_empty()) {
        return Ok(Some(value.to_string_lossy().into_owned()));
    }
    let planned = call
        .run
        .planned_env
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if call.dry()
        && let Some(value) = planned.get(key)
    {
        return Ok(value.clone());
    }
    let value = document(call.run)?.and_then(|document| document.get(key));
    Ok(value.filter(|value| !value.is_empty()))
}

fn env(call: Call<'_>, key: &str, default: Dynamic) -> Thrown<Dynamic> {
    let value = call.check(lookup(call, key))?;
    Ok(value.map_or(default, Dynamic::from))
}

fn env_require(call: Call<'_>, keys: &Array) -> Thrown<()> {
    let keys = call.check(words("env_require", keys))?;
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
    let plural = if missing.len() == 1 { "" } else { "s" };
    if path(call.run).exists() {
        let message = format!("not set: the variable{plural} {names}");
        return call.throw(Failure::missing(message, format!("set {names} in {FILE}")));
    }
    let has_init = call.run.root.join("recipes/init.rhai").is_file();
    let hint = if has_init {
        format!("run `copilot dev init` to make {FILE}, then set {names} in it")
    } else {
        format!("make {FILE} and set {names} in it")
    };
    let message = format!("there is no {FILE}, and not set: the variable{plural} {names}");
    call.throw(Failure::missing(message, hint))
}

/// Changes several variables in one go; `None` takes one out. True if the file has changed.
fn change(call: Call<'_>, changes: &BTreeMap<String, Option<String>>) -> Thrown<bool> {
    call.still_wanted()?;
    if call.dry() {
        for (key, value) in changes {
            match value {
                Some(value) => call
                    .run
                    .reporter
                    .would(&format!("set {key}={} in {FILE}", shown(key, value))),
                None => call
                    .run
                    .reporter
                    .would(&format!("take {key} out of {FILE}")),
            }
        }
        let mut planned = call
            .run
            .planned_env
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        planned.extend(changes.clone());
        return Ok(true);
    }
    let edited = dotenv::edit(&path(call.run), |document| {
        let mut changed = false;
        for (key, value) in changes {
            changed |= match value {
                Some(value) => document.set(key, value)?,
                None => document.unset(key),
            };
        }
        Ok(changed)
    });
    call.check(edited.map_err(|error| failure(&error)))
}

fn shown<'a>(key: &str, value: &'a str) -> &'a str {
    let key = key.to_uppercase();
    if SECRETS.iter().any(|part| key.contains(part)) {
        "***"
    } else {
        value
    }
}

fn text(call: Call<'_>, key: &str, value: &Dynamic) -> Thrown<Option<String>> {
    if value.is_unit() || value.is_array() || value.is_map() {
        let message = format!(
            "`env_set`: the value of {key} is {}, not text",
            super::value::show(value)
        );
        let hint = "`env_unset` takes a variable out";
        return call.throw(Failure::recipe(message).with_hint(hint));
    }
    Ok(Some(super::value::text(value)))
}

/// Registers the family.
pub fn register(api: &mut Api<'_>) {
    const ENV: &str = "/// A variable: from the environment, else from `dev/.env`, else `default_value` or `()`.\n\
        /// One that is set to nothing counts as not set.\n\
        ///\n\
        /// Reads.";
    const SET: &str = "/// Sets variables in `dev/.env`, in place: comments, order and other lines stay. All of a\n\
        /// map are written in one go. True if the file has changed.\n\
        ///\n\
        /// Changes: a dry run says it, and `env` gives the new value from then on.";
    let run = Arc::clone(&api.run);
    api.add(
        "env",
        &["key: string", "any"],
        ENV,
        move |ctx: NativeCallContext<'_>, key: ImmutableString| {
            env(Call::new(&run, &ctx), &key, Dynamic::UNIT)
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "env",
        &["key: string", "default_value: any", "any"],
        ENV,
        move |ctx: NativeCallContext<'_>, key: ImmutableString, default: Dynamic| {
            env(Call::new(&run, &ctx), &key, default)
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "env_require",
        &["keys: array", "()"],
        "/// Throws, naming all of them, if some of these variables are not set.\n///\n/// Reads.",
        move |ctx: NativeCallContext<'_>, keys: Array| env_require(Call::new(&run, &ctx), &keys),
    );
    let run = Arc::clone(&api.run);
    api.add(
        "env_set",
        &["key: string", "value: any", "bool"],
        SET,
        move |ctx: NativeCallContext<'_>, key: ImmutableString, value: Dynamic| {
            let call = Call::new(&run, &ctx);
            let value = text(call, &key, &value)?;
            change(call, &BTreeMap::from([(key.to_string(), value)]))
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "env_set",
        &["values: map", "bool"],
        SET,
        move |ctx: NativeCallContext<'_>, values: Map| {
            let call = Call::new(&run, &ctx);
            let values = values
                .iter()
                .map(|(key, value)| Ok((key.to_string(), text(call, key, value)?)))
                .collect::<Thrown<_>>()?;
            change(call, &values)
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "env_unset",
        &["key: string", "bool"],
        "/// Takes a variable out of `dev/.env`. True if it was there.\n\
         ///\n\
         /// Changes: a dry run says it.",
        move |ctx: NativeCallContext<'_>, key: ImmutableString| {
            change(
                Call::new(&run, &ctx),
                &BTreeMap::from([(key.to_string(), None)]),
            )
        },
    );
}
