//! Reads a `.env` file and replaces it atomically.

use super::document::Document;
use super::error::Error;
use super::grammar::Environment;
use super::lock::lock;
use super::pipe::{is_pipe, read_pipe};
use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The mode of a new file: it will hold secrets.
const PRIVATE_MODE: u32 = 0o600;

/// The bits of a mode that let others read the file.
const OTHERS_READ: u32 = 0o044;

/// What the names of temporary copies start and end with. A copy that a killed process left behind
/// holds secrets; the next change removes it.
const COPY_PREFIX: &str = ".env.copilot-";
const COPY_SUFFIX: &str = ".tmp";

/// How long another writer may take.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// As many symbolic links in a row as Linux follows (`path_resolution(7)`).
const MAX_SYMLINKS: usize = 40;

/// Reads a file: [`Error::Missing`], [`Error::Unreadable`] or [`Error::Malformed`] if it cannot.
/// A named pipe is read once by each process; the wait for its writer ends once it is not `wanted` any more.
pub(crate) fn read(
    path: &Path,
    environment: &Environment,
    wanted: impl Fn() -> bool,
) -> Result<Document, Error> {
    Ok(load(path, path, environment, wanted)?.0)
}

/// Changes a file, or makes it. Two that do so at once do it one after the other, and each sees
/// what the other has done.
///
/// The file is written only if its text has changed and `change` has not failed. A reader sees
/// the old text or the new one, never a part, also if the program is killed or the disk is full.
/// A new file has mode 0600, and so has one that others can read if `secrecy` says that the change
/// sets a secret; otherwise the mode is kept. Of a symbolic link, the file it leads to
/// is changed.
///
/// Errors are those of [`read`] but `Missing`, those of `change`, [`Error::Pipe`],
/// [`Error::ReadOnly`], [`Error::Locked`] after 10 seconds, or once it is not `wanted` any more, and
/// [`Error::Write`]; the file is unchanged.
pub(crate) fn edit<T>(
    path: &Path,
    environment: &Environment,
    secrecy: Secrecy,
    wanted: impl Fn() -> bool,
    change: impl FnOnce(&mut Document) -> Result<T, Error>,
) -> Result<T, Error> {
    let target = resolve(path).map_err(Error::write(path, "follow the symbolic link"))?;
    if is_pipe(&target) {
        return Err(Error::Pipe {
            path: path.to_owned(),
        });
    }
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let lock = lock(folder, path, LOCK_TIMEOUT, &wanted)?;
    remove_old_copies(folder);
    let (mut document, old) = match load(&target, path, environment, wanted) {
        Ok((document, old)) => (document, Some(old)),
        Err(Error::Missing { .. }) => (Document::empty(environment), None),
        Err(error) => return Err(error),
    };
    let before = document.to_string();
    let result = change(&mut document)?;
    let after = document.to_string();
    let mode = match old.as_ref().map(|old| old.mode() & 0o777) {
        Some(mode) if secrecy == Secrecy::Public || mode & OTHERS_READ == 0 => mode,
        _ => PRIVATE_MODE,
    };
    if after != before {
        replace(&target, folder, &after, mode, old.as_ref(), path)?;
        // The change is made; a file system that cannot sync a folder has no better way.
        let _ = lock.sync_all();
    } else if old.is_some_and(|old| old.mode() & 0o777 != mode) {
        fs::set_permissions(&target, Permissions::from_mode(mode))
            .map_err(Error::write(path, "set its mode"))?;
    }
    Ok(result)
}

/// Whether a change sets a value that others must not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrecy {
    /// Anybody may read the values.
    Public,
    /// One of them is a secret.
    Secret,
}

/// Removes the copies that killed processes left behind. The caller holds the lock, so that no copy
/// is in use.
fn remove_old_copies(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(COPY_PREFIX) && name.ends_with(COPY_SUFFIX) {
            // It may belong to another user; the change itself does not depend on it.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn load(
    target: &Path,
    shown: &Path,
    environment: &Environment,
    wanted: impl Fn() -> bool,
) -> Result<(Document, Metadata), Error> {
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => Error::Missing {
            path: shown.to_owned(),
        },
        _ => Error::Unreadable {
            path: shown.to_owned(),
            source,
        },
    };
    let metadata = fs::metadata(target).map_err(unreadable)?;
    let bytes = if metadata.file_type().is_fifo() {
        read_pipe(target, wanted)
    } else if metadata.is_file() {
        fs::read(target)
    } else {
        Err(io::Error::other("not a file"))
    };
    let bytes = bytes.map_err(unreadable)?;
    let text = str::from_utf8(&bytes).map_err(|error| {
        let good = &bytes[..error.valid_up_to()];
        Error::Malformed {
            path: Some(shown.to_owned()),
            line: good.split(|byte| *byte == b'\n').count(),
            what: "it is not UTF-8".to_owned(),
        }
    })?;
    let document = Document::parse(text, environment).map_err(|error| error.in_file(shown))?;
    Ok((document, metadata))
}

/// The file that a symbolic link leads to, whether it is there or not.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_SYMLINKS {
        match fs::read_link(&path) {
            Ok(next) => path = path.parent().unwrap_or(Path::new("")).join(next),
            // Not a link, or not there.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::NotFound
                ) =>
            {
                return Ok(path);
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("the symbolic links form a loop"))
}

fn replace(
    target: &Path,
    folder: &Path,
    text: &str,
    mode: u32,
    old: Option<&Metadata>,
    shown: &Path,
) -> Result<(), Error> {
    if old.is_some_and(|old| old.permissions().readonly()) {
        return Err(Error::ReadOnly {
            path: shown.to_owned(),
        });
    }
    let mut new = tempfile::Builder::new()
        .prefix(COPY_PREFIX)
        .suffix(COPY_SUFFIX)
        .tempfile_in(folder)
        .map_err(Error::write(shown, "make a temporary file beside it"))?;
    let write = |file: &mut File| {
        file.write_all(text.as_bytes())?;
        file.set_permissions(Permissions::from_mode(mode))?;
        file.sync_all()
    };
    write(new.as_file_mut()).map_err(Error::write(shown, "write the temporary file beside it"))?;
    if let Some(old) = old {
        // Under sudo the file stays its owner's; nobody else may give it away, nor needs to.
        let _ = fchown(new.as_file(), Some(old.uid()), Some(old.gid()));
    }
    new.persist(target)
        .map_err(|error| Error::write(shown, "put the new file in its place")(error.error))?;
    Ok(())
}
