//! `root`, `path_exists`, `read_file`, `write_file`, `glob`: files of the repository.

use super::api::{Api, Call, Thrown};
use super::args::text_argument;
use super::crashed::lock_checkout;
use super::options::Opts;
use super::spec::{Argument, Effect, EffectRule, Meaning, Opt, Primitive, Shape, Type};
use crate::fault::{Failure, Kind, Unknown, lock};
use rhai::{Array, Dynamic, ImmutableString, Map, NativeCallContext};
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::MutexGuard;

/// The largest file that `read_file` takes into memory.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

const PATH: Argument = Argument::new("path", Type::Text, Meaning::Path);
const TEXT: Argument = Argument::plain("text", Type::Any);

pub(super) const ROOT: Primitive = Primitive {
    name: "root",
    forms: &[&[]],
    returns: Type::Text,
    docs: "The absolute path of the repository.",
    ..Primitive::BASE
};

pub(super) const PATH_EXISTS: Primitive = Primitive {
    name: "path_exists",
    forms: &[&[PATH]],
    returns: Type::Bool,
    docs: "True if there is a file or directory at `path`, relative to the repository.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

pub(super) const READ_FILE: Primitive = Primitive {
    name: "read_file",
    forms: &[&[PATH]],
    returns: Type::Text,
    docs: "The text of a file, up to 64 MiB.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

pub(super) const WRITE_FILE: Primitive = Primitive {
    name: "write_file",
    forms: &[&[PATH, TEXT], &[PATH, TEXT, Argument::OPTIONS]],
    docs: "Writes a file atomically, and creates its directories.\n\
        \n\
        A dry run prints it, and later reads see the new text.",
    options: &[&[Opt::new(
        "mode",
        Shape::Parsed(Type::Text, |text| octal(text).map(drop)),
        "its permissions, such as \"600\"; by default those of the old file, or 644.",
    )]],
    effect: EffectRule::Always(Effect::Changes),
    ..Primitive::BASE
};

pub(super) const GLOB: Primitive = Primitive {
    name: "glob",
    forms: &[&[Argument::plain("pattern", Type::Text)]],
    returns: Type::Array,
    docs: "The paths that match a pattern (`*`, `**`, `?`, `[…]`), sorted, relative to the repository.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

fn failed(action: &str, path: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Kind::File, format!("cannot {action} {path}: {error}"))
}

fn read_file(call: Call<'_>, path: &Dynamic) -> Thrown<Dynamic> {
    let path = &call.check(text_argument("the path of `read_file`", path))?;
    if call.dry() && Unknown::is_in(path) {
        return Ok(Unknown::value(format!("text of {path}")));
    }
    let full = call.run.path(path);
    if let Some(text) = planned(call).get(&full) {
        return Ok(text.clone().into());
    }
    let read = || {
        let meta = fs::metadata(&full)?;
        // A pipe or a device can block, or never end.
        if !meta.is_file() && !meta.is_dir() {
            return Err(io::Error::other("it is a pipe, a socket or a device"));
        }
        let mut text = Vec::new();
        // The reported size is not always true: files in /proc have 0.
        if meta.len() <= MAX_FILE_BYTES {
            fs::File::open(&full)?
                .take(MAX_FILE_BYTES + 1)
                .read_to_end(&mut text)?;
        }
        if meta.len().max(text.len() as u64) > MAX_FILE_BYTES {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "it is larger than 64 MiB",
            ));
        }
        String::from_utf8(text).map_err(|_| io::Error::other("it is not UTF-8 text"))
    };
    let text = read().map_err(|error| failed("read", path, &error));
    call.check(text.map(Dynamic::from))
}

/// The files that would have been written by now, if this were not a dry run.
fn planned(call: Call<'_>) -> MutexGuard<'_, BTreeMap<PathBuf, String>> {
    lock(&call.run.planned_files)
}

fn path_exists(call: Call<'_>, path: &Dynamic) -> Thrown<Dynamic> {
    let path = &call.check(text_argument("the path of `path_exists`", path))?;
    if call.dry() && Unknown::is_in(path) {
        return Ok(Unknown::value(format!("whether there is {path}")));
    }
    let full = call.run.path(path);
    Ok((planned(call).contains_key(&full) || full.exists()).into())
}

fn write_file(call: Call<'_>, path: &Dynamic, text: &Dynamic, opts: Map) -> Thrown<()> {
    let path = &call.check(text_argument("the path of `write_file`", path))?;
    let mut opts = Opts::new(&WRITE_FILE, opts);
    let mode = call.check(
        opts.text("mode")
            .and_then(|mode| mode.as_deref().map(octal).transpose()),
    )?;
    call.check(opts.end())?;
    if path.is_empty() {
        return call.throw(Failure::recipe("the path of `write_file` is empty"));
    }
    let text = super::value::text(text);
    call.check_stopped()?;
    if call.dry() {
        let size = if Unknown::is_in(&text) {
            String::new()
        } else {
            format!(" ({} bytes)", text.len())
        };
        call.run
            .reporter
            .print_would(&format!("write {path}{size}"));
        let full = call.run.path(path);
        super::variables::forget_planned_changes_to(call.run, &full);
        planned(call).insert(full, text);
        return Ok(());
    }
    lock_checkout(call)?;
    call.check_stopped()?;
    let full = call.run.path(path);
    call.check(replace(&full, text.as_bytes(), mode).map_err(|error| failed("write", path, &error)))
}

fn octal(mode: &str) -> Result<u32, Failure> {
    u32::from_str_radix(mode, 8)
        .ok()
        .filter(|mode| *mode <= 0o777)
        .ok_or_else(|| {
            Failure::recipe(format!(
                "`write_file`: the mode {mode:?} is not an octal number such as \"600\""
            ))
        })
}

/// Writes a temporary file beside `path` and renames it, so that `path` is complete at any time.
fn replace(path: &Path, text: &[u8], mode: Option<u32>) -> io::Result<()> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)
        .map_err(|error| io::Error::other(format!("could not create its directory: {error}")))?;
    let mode = match (mode, fs::metadata(&target)) {
        (Some(mode), _) => mode,
        (None, Ok(meta)) => meta.permissions().mode() & 0o777,
        (None, Err(_)) => 0o644,
    };
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text)?;
    file.as_file()
        .set_permissions(Permissions::from_mode(mode))?;
    file.as_file().sync_all()?;
    file.persist(&target)?;
    Ok(())
}

/// The most paths that `glob` returns: as many values as an array may have.
const MAX_PATHS: usize = 1_000_000;

fn glob(call: Call<'_>, pattern: &str) -> Thrown<Array> {
    let (folder, rest) = call.run.pattern(pattern);
    let folder = glob::Pattern::escape(&folder.to_string_lossy());
    let whole = format!("{}/{rest}", folder.trim_end_matches('/'));
    let paths = match glob::glob(&whole) {
        Ok(paths) => paths,
        Err(error) => {
            let message = format!("`glob`: {pattern:?} is not a pattern: {}", error.msg);
            return call.throw(Failure::recipe(message));
        }
    };
    let mut found = Vec::new();
    // A recipe could not use anything in a directory that it may not read.
    for path in paths.filter_map(Result::ok) {
        // `/**` takes very long.
        call.check_stopped()?;
        if found.len() == MAX_PATHS {
            let message = format!("`glob`: more than {MAX_PATHS} paths match {pattern:?}");
            let hint = "start the pattern with a directory";
            return call.throw(Failure::new(Kind::Fail, message).with_hint(hint));
        }
        let relative = path.strip_prefix(&call.run.root).unwrap_or(&path);
        found.push(call.run.outside.shown(&relative.to_string_lossy()));
    }
    found.sort();
    Ok(found.into_iter().map(Dynamic::from).collect())
}

/// Registers the family.
pub(super) fn register(api: &mut Api<'_>) {
    api.add(&ROOT, |run| {
        move || run.outside.shown(&run.root.to_string_lossy())
    });
    api.add(&PATH_EXISTS, |run| {
        move |ctx: NativeCallContext<'_>, path: Dynamic| path_exists(Call::new(&run, &ctx), &path)
    });
    api.add(&READ_FILE, |run| {
        move |ctx: NativeCallContext<'_>, path: Dynamic| read_file(Call::new(&run, &ctx), &path)
    });
    api.add(&WRITE_FILE, |run| {
        move |ctx: NativeCallContext<'_>, path: Dynamic, text: Dynamic| {
            write_file(Call::new(&run, &ctx), &path, &text, Map::new())
        }
    });
    api.add(&WRITE_FILE, |run| {
        move |ctx: NativeCallContext<'_>, path: Dynamic, text: Dynamic, opts: Map| {
            write_file(Call::new(&run, &ctx), &path, &text, opts)
        }
    });
    api.add(&GLOB, |run| {
        move |ctx: NativeCallContext<'_>, pattern: ImmutableString| {
            glob(Call::new(&run, &ctx), &pattern)
        }
    });
}
