//! `root`, `path_exists`, `read_file`, `write_file`, `glob`.

use super::api::{Api, Call, Thrown};
use super::args::{Opts, text_argument};
use crate::fault::{Failure, Kind, Unknown};
use rhai::{Array, Dynamic, ImmutableString, Map, NativeCallContext};
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard, PoisonError};

/// The largest file that `read_file` takes into memory, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

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
        // A pipe or a device can keep its reader waiting, or never end.
        if !meta.is_file() && !meta.is_dir() {
            return Err(io::Error::other("it is a pipe, a socket or a device"));
        }
        let mut text = Vec::new();
        // The size that is told is not always true: files in /proc say 0.
        if meta.len() <= LARGEST {
            fs::File::open(&full)?
                .take(LARGEST + 1)
                .read_to_end(&mut text)?;
        }
        if meta.len().max(text.len() as u64) > LARGEST {
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

/// The files that there would be by now, if this were no dry run.
fn planned(call: Call<'_>) -> MutexGuard<'_, BTreeMap<PathBuf, String>> {
    let planned = call.run.planned_files.lock();
    planned.unwrap_or_else(PoisonError::into_inner)
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
    let mut opts = Opts::new("write_file", opts);
    let mode = call.check(
        opts.text("mode")
            .and_then(|mode| mode.as_deref().map(octal).transpose()),
    )?;
    call.check(opts.end())?;
    let text = super::value::text(text);
    call.still_wanted()?;
    if call.dry() {
        let size = if Unknown::is_in(&text) {
            String::new()
        } else {
            format!(" ({} bytes)", text.len())
        };
        call.run.reporter.would(&format!("write {path}{size}"));
        let full = call.run.path(path);
        super::env::replaces(call.run, &full);
        planned(call).insert(full, text);
        return Ok(());
    }
    let full = call.run.path(path);
    call.check(replace(&full, text.as_bytes(), mode).map_err(|error| failed("write", path, &error)))
}

pub(super) fn octal(mode: &str) -> Result<u32, Failure> {
    u32::from_str_radix(mode, 8)
        .ok()
        .filter(|mode| *mode <= 0o777)
        .ok_or_else(|| {
            Failure::recipe(format!(
                "`write_file`: the mode {mode:?} is not one like \"600\""
            ))
        })
}

/// Writes beside `path` and renames, so that the old file is whole until the new one is.
fn replace(path: &Path, text: &[u8], mode: Option<u32>) -> io::Result<()> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)
        .map_err(|error| io::Error::other(format!("could not make its folder: {error}")))?;
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

/// The most paths that `glob` gives: as many values as an array may have.
const MOST: usize = 1_000_000;

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
    // A folder that may not be read holds nothing that a recipe could use.
    for path in paths.filter_map(Result::ok) {
        // `/**` is as good as endless.
        call.still_wanted()?;
        if found.len() == MOST {
            let message = format!("`glob`: more than {MOST} paths are like {pattern:?}");
            let hint = "begin it with the folder that is meant";
            return call.throw(Failure::new(Kind::Fail, message).with_hint(hint));
        }
        let relative = path.strip_prefix(&call.run.root).unwrap_or(&path);
        found.push(call.run.outside.shown(&relative.to_string_lossy()));
    }
    found.sort();
    Ok(found.into_iter().map(Dynamic::from).collect())
}

/// Registers the family.
pub fn register(api: &mut Api<'_>) {
    const WRITE: &str = "/// Writes a file whole or not at all, with its folders.\n\
        ///\n\
        /// Options:\n\
        /// - `mode: string`: its permissions, as \"600\"; those of the old file, or 644, by default.\n\
        ///\n\
        /// Changes: a dry run says it, and finds it there from then on.";
    let run = Arc::clone(&api.run);
    api.add(
        "root",
        &["string"],
        "/// The repository, as an absolute path.",
        move || run.outside.shown(&run.root.to_string_lossy()),
    );
    let run = Arc::clone(&api.run);
    api.add(
        "path_exists",
        &["path: string", "bool"],
        "/// True if there is a file or folder at `path`, relative to the repository.\n///\n/// Reads.",
        move |ctx: NativeCallContext<'_>, path: Dynamic| {
            path_exists(Call::new(&run, &ctx), &path)
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "read_file",
        &["path: string", "string"],
        "/// The text of a file, up to 64 MiB.\n///\n/// Reads.",
        move |ctx: NativeCallContext<'_>, path: Dynamic| read_file(Call::new(&run, &ctx), &path),
    );
    let run = Arc::clone(&api.run);
    api.add(
        "write_file",
        &["path: string", "text: any", "()"],
        WRITE,
        move |ctx: NativeCallContext<'_>, path: Dynamic, text: Dynamic| {
            write_file(Call::new(&run, &ctx), &path, &text, Map::new())
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "write_file",
        &["path: string", "text: any", "opts: map", "()"],
        WRITE,
        move |ctx: NativeCallContext<'_>, path: Dynamic, text: Dynamic, opts: Map| {
            write_file(Call::new(&run, &ctx), &path, &text, opts)
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "glob",
        &["pattern: string", "array"],
        "/// The paths that match a pattern (`*`, `**`, `?`, `[…]`), sorted, relative to the\n\
         /// repository.\n///\n/// Reads.",
        move |ctx: NativeCallContext<'_>, pattern: ImmutableString| {
            glob(Call::new(&run, &ctx), &pattern)
        },
    );
}
