//! `env`, `env_file`, `env_source`, `env_require`, `env_set`, `env_unset`: variables of the environment and of `dev/.env`.

use super::api::{Api, Call, Thrown};
use super::args::{names, text_argument};
use super::secret::{is_secret, without_password};
use crate::dotenv::{self, Document, Environment};
use crate::fault::{Failure, Kind, Unknown};
use crate::run::{PlannedEnv as Changes, Run, is_stopped};
use rhai::{Array, Dynamic, ImmutableString, Map, NativeCallContext};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard, PoisonError};

/// The file, relative to the repository. Docker Compose reads it too.
const FILE: &str = "dev/.env";

fn path(run: &Run) -> PathBuf {
    run.root.join(FILE)
}

/// The variables of the process, which come before those of the file.
fn environment(run: &Run) -> Arc<Environment> {
    let outside = run.outside.clone();
    Arc::new(move |name: &str| {
        let value = outside.variable(name)?;
        Some(value.to_string_lossy().into_owned())
    })
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

/// `dev/.env` as it stands, or as a dry run would have written it; nothing if it is not there.
fn document(run: &Run) -> Result<Option<Document>, Failure> {
    if let Some(text) = planned_text(run) {
        let parsed =
            Document::parse(&text, &environment(run)).map_err(|error| error.of(&path(run)));
        return parsed.map(Some).map_err(|error| failure(&error));
    }
    match dotenv::read(&path(run), &environment(run)) {
        Ok(document) => Ok(Some(document)),
        Err(dotenv::Error::Missing { .. }) => Ok(None),
        Err(error) => Err(failure(&error)),
    }
}

/// The process environment comes before the file, as it does for Docker Compose. A variable
/// that is set to nothing is as good as not set: the example file leaves values open so.
pub fn lookup(call: Call<'_>, key: &str) -> Result<Option<String>, Failure> {
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

/// `dev/.env` as it is; in a dry run, as it would be by now.
fn as_planned(call: Call<'_>) -> Result<Document, Failure> {
    let mut document =
        document(call.run)?.unwrap_or_else(|| Document::empty(&environment(call.run)));
    if call.dry() {
        let planned = planned(call.run);
        apply(&mut document, &planned).map_err(|error| failure(&error))?;
    }
    Ok(document)
}

/// The whole file as a dry run would have written it, if it knows all of it.
fn planned_text(run: &Run) -> Option<String> {
    let files = run.planned_files.lock();
    let files = files.unwrap_or_else(PoisonError::into_inner);
    let text = files.get(&path(run)).cloned();
    text.filter(|text| !Unknown::is_in(text))
}

/// Must be told of each file that a dry run would write: this one anew, and nothing is left of changes before.
pub fn replaces(run: &Run, file: &Path) {
    if file == path(run) {
        planned(run).clear();
    }
}

/// Variables for a program that reads `dev/.env` by itself.
pub struct Difference {
    /// Those of our environment that it must not get.
    pub without: Vec<OsString>,
    /// Those that it must get besides.
    pub with: Vec<(OsString, OsString)>,
}

/// What lets Docker Compose see every variable as [`lookup`] does: for it a variable that is set to nothing hides
/// the one in the file, and of what a dry run would have written it knows nothing.
pub fn for_compose(call: Call<'_>) -> Result<Difference, Failure> {
    let outside = &call.run.outside;
    let empty = outside.empty_variables();
    let mut difference = Difference {
        without: Vec::new(),
        with: Vec::new(),
    };
    if empty.is_empty() && !call.dry() {
        return Ok(difference);
    }
    let document = as_planned(call)?;
    let value = |key: &str| document.get(key).filter(|value| !value.is_empty());
    let in_file = |key: &OsString| key.to_str().and_then(value).is_some();
    difference.without = empty.into_iter().filter(in_file).collect();
    let mut changed: Vec<_> = planned(call.run).keys().cloned().collect();
    if planned_text(call.run).is_some() {
        changed.extend(document.keys().map(str::to_owned));
    }
    for key in changed {
        let ours = outside.variable(&key).filter(|value| !value.is_empty());
        let value = document.get(&key).unwrap_or_default();
        if ours.is_none() && !Unknown::is_in(&value) {
            difference.with.push((key.into(), value.into()));
        }
    }
    Ok(difference)
}

fn planned(run: &Run) -> MutexGuard<'_, Changes> {
    run.planned_env
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

fn env(call: Call<'_>, key: &str, default: Dynamic) -> Thrown<Dynamic> {
    let value = call.check(lookup(call, key))?;
    Ok(match value {
        Some(value) if call.dry() && Unknown::is_in(&value) => Unknown::value(format!("env {key}")),
        Some(value) => value.into(),
        None => default,
    })
}

/// Where `key` comes from: what [`lookup`] looks at first.
fn env_source(call: Call<'_>, key: &str) -> Thrown<Dynamic> {
    let value = call.run.outside.variable(key);
    if value.is_some_and(|value| !value.is_empty()) {
        return Ok("environment".into());
    }
    let value = call.check(as_planned(call))?.get(key);
    let is_set = value.is_some_and(|value| !value.is_empty());
    Ok(if is_set { FILE.into() } else { Dynamic::UNIT })
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
        Dynamic::from(Map::from([
            ("name".into(), name.into()),
            ("value".into(), value),
        ]))
    };
    Ok(document.keys().map(variable).collect())
}

fn env_require(call: Call<'_>, keys: &Array) -> Thrown<()> {
    let keys = call.check(names("env_require", keys))?;
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
    if planned_text(call.run).is_some() || path(call.run).exists() {
        let message = format!("not set: the variable{plural} {names}");
        return call.throw(Failure::missing(message, format!("set {names} in {FILE}")));
    }
    let has_init = call.run.path("recipes/init.rhai").is_file();
    let hint = if has_init {
        format!("run `copilot dev init` to make {FILE}, then set {names} in it")
    } else {
        format!("make {FILE} and set {names} in it")
    };
    let message = format!("there is no {FILE}, and not set: the variable{plural} {names}");
    call.throw(Failure::missing(message, hint))
}

/// Changes several variables in one go; `None` takes one out. True if the file has changed.
fn change(call: Call<'_>, changes: &Changes) -> Thrown<bool> {
    call.still_wanted()?;
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
        call.still_wanted()?;
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

/// Says what would change, and finds what would fail.
fn plan(call: Call<'_>, changes: &Changes) -> Result<bool, Failure> {
    let mut document = as_planned(call)?;
    let mut changed = false;
    for (key, value) in changes {
        let one = Changes::from([(key.clone(), value.clone())]);
        if !apply(&mut document, &one).map_err(|error| failure(&error))? {
            continue;
        }
        changed = true;
        call.run.reporter.would(&match value {
            Some(value) => format!("set {key}={} in {FILE}", shown(key, value)),
            None => format!("take {key} out of {FILE}"),
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
        let hint = "`env_unset` takes a variable out";
        return Err(Failure::recipe(message).with_hint(hint));
    }
    Ok(super::value::text(value))
}

fn no_environment() -> Arc<Environment> {
    Arc::new(|_: &str| None)
}

/// What `env_set` would say of this variable, whatever is in the file.
pub fn check_variable(key: &str, value: &Dynamic) -> Result<(), Failure> {
    let value = value_text(key, value)?;
    let set = Document::empty(&no_environment()).set(key, &value);
    set.map(drop).map_err(|error| failure(&error))
}

/// Registers the family.
pub fn register(api: &mut Api<'_>) {
    const ENV: &str = "/// A variable: from the environment, else from `dev/.env`, else `default_value` or `()`.\n\
        /// One that is set to nothing counts as not set; Docker Compose, started by a recipe, sees it so too.\n\
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
        "env_source",
        &["key: string", "any"],
        "/// Where `env` finds a variable: \"environment\", \"dev/.env\", or `()` where it is not set.\n///\n/// Reads.",
        move |ctx: NativeCallContext<'_>, key: ImmutableString| {
            env_source(Call::new(&run, &ctx), &key)
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "env_file",
        &["path: string", "array"],
        "/// The variables that a file like `dev/.env` sets, in its order: each is `#{ name, value }`.\n///\n/// Reads.",
        move |ctx: NativeCallContext<'_>, path: Dynamic| env_file(Call::new(&run, &ctx), &path),
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
            let value = call.check(value_text(&key, &value))?;
            change(call, &Changes::from([(key.to_string(), Some(value))]))
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
                .map(|(key, value)| Ok((key.to_string(), Some(value_text(key, value)?))))
                .collect();
            change(call, &call.check(values)?)
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
                &Changes::from([(key.to_string(), None)]),
            )
        },
    );
}
