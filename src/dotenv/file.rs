//! Reads a `.env` file and replaces it atomically, with private permissions.

use super::document::Document;
use super::error::Error;
use super::grammar::Environment;
use super::lock::lock;
use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Secrets are in the file, so it is its owner's alone.
const FILE_MODE: u32 = 0o600;

/// How long another writer may take.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// As many symbolic links in a row as Linux follows (`path_resolution(7)`).
const MAX_SYMLINKS: usize = 40;

/// Reads a file: [`Error::Missing`], [`Error::Unreadable`] or [`Error::Malformed`] if it cannot.
pub(crate) fn read(path: &Path, environment: &Arc<Environment>) -> Result<Document, Error> {
    Ok(load(path, path, environment)?.0)
}

/// Changes a file, or makes it. Two that do so at once do it one after the other, and each sees
/// what the other has done.
///
/// The file is written only if its text has changed and `change` has not failed. A reader sees
/// the old text or the new one, never a part, also if the program is killed or the disk is full.
/// The file has mode 0600 afterwards. Of a symbolic link, the file it leads to is changed.
///
/// Errors are those of [`read`] but `Missing`, those of `change`, and [`Error::Locked`] after 10
/// seconds, or once it is not `wanted` any more, or [`Error::Write`], which leaves the file unchanged.
pub(crate) fn edit<T>(
    path: &Path,
    environment: &Arc<Environment>,
    wanted: impl Fn() -> bool,
    change: impl FnOnce(&mut Document) -> Result<T, Error>,
) -> Result<T, Error> {
    let target = resolve(path).map_err(Error::write(path, "follow the symbolic link"))?;
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let lock = lock(folder, path, LOCK_TIMEOUT, wanted)?;
    let (mut document, old) = match load(&target, path, environment) {
        Ok((document, old)) => (document, Some(old)),
        Err(Error::Missing { .. }) => (Document::empty(environment), None),
        Err(error) => return Err(error),
    };
    let before = document.to_string();
    let result = change(&mut document)?;
    let after = document.to_string();
    if after != before {
        replace(&target, folder, &after, old.as_ref(), path)?;
        // The change is made; a file system that cannot sync a folder has no better way.
        let _ = lock.sync_all();
    } else if old.is_some_and(|old| old.mode() & 0o777 != FILE_MODE) {
        fs::set_permissions(&target, Permissions::from_mode(FILE_MODE))
            .map_err(Error::write(path, "set its mode"))?;
    }
    Ok(result)
}

fn load(
    target: &Path,
    shown: &Path,
    environment: &Arc<Environment>,
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
    if !metadata.is_file() {
        // Reading a pipe would wait for ever.
        return Err(unreadable(io::Error::other("not a file")));
    }
    let bytes = fs::read(target).map_err(unreadable)?;
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
    old: Option<&Metadata>,
    shown: &Path,
) -> Result<(), Error> {
    let mut new = tempfile::Builder::new()
        .prefix(".env.")
        .tempfile_in(folder)
        .map_err(Error::write(shown, "make a temporary file beside it"))?;
    let write = |file: &mut File| {
        file.write_all(text.as_bytes())?;
        file.set_permissions(Permissions::from_mode(FILE_MODE))?;
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
