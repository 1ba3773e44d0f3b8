//! The parameters of a run: as they are shown, and a keyed hash of them for the journal, which tells
//! runs with different secrets apart without storing any.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::fmt::{self, Write as _};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The length of the key, in bytes: that of a hash.
const KEY_BYTES: usize = 32;

/// The parameters of a run.
#[derive(Clone, Default)]
pub(crate) struct Params {
    /// By name, with secrets masked.
    shown: Value,
    /// By name, as they were given.
    given: Value,
}

impl fmt::Debug for Params {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Params").field(&self.shown).finish()
    }
}

impl Params {
    /// Parameters as they were `given`, and as they are `shown`.
    pub(crate) const fn new(shown: Value, given: Value) -> Self {
        Self { shown, given }
    }

    /// The parameters with secrets masked, for events.
    pub(crate) const fn shown(&self) -> &Value {
        &self.shown
    }

    /// The hash of the parameters with the key of this user. `None` if there is no key and none can be
    /// created, so that no two runs have the same parameters.
    pub(super) fn hash(&self) -> Option<String> {
        let key = key(&state_folder()?.join("journal-key")).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(self.given.to_string().as_bytes());
        let mut text = String::new();
        for byte in mac.finalize().into_bytes() {
            let _to_a_string = write!(text, "{byte:02x}");
        }
        Some(text)
    }
}

/// The folder for the state of this user: <https://specifications.freedesktop.org/basedir-spec>.
fn state_folder() -> Option<PathBuf> {
    let absolute = |name| {
        let path = std::env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let base = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    base.map(|base| base.join("copilot"))
}

/// The key in the file `path`, which is created if it does not exist.
fn key(path: &Path) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Ok(key) if key.len() == KEY_BYTES => return Ok(key),
        // A disk was full.
        Ok(_) => fs::remove_file(path)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mut key = vec![0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    // Complete when it appears: another run may create it at the same time, and the first one stays.
    let own = path.with_extension(std::process::id().to_string());
    let created = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&own)
        .and_then(|mut file| file.write_all(&key))
        .and_then(|()| fs::hard_link(&own, path));
    let _temporary = fs::remove_file(&own);
    match created {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::read(path),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_is_created_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/copilot/journal-key");
        let first = key(&path).unwrap();
        assert_eq!(first.len(), KEY_BYTES);
        assert_eq!(key(&path).unwrap(), first);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        fs::write(&path, "short").unwrap();
        assert_ne!(key(&path).unwrap(), first);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn what_was_given_is_not_in_the_debug_output() {
        let params = Params::new("***".into(), "hunter22".into());
        assert!(!format!("{params:?}").contains("hunter22"));
    }
}
