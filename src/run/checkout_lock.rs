//! The lock of a checkout, which one process at a time holds.

use super::journal::ignore;
use super::show_duration;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The file that is locked (flock(2)), relative to the repository. A process that ends, however it
/// ends, no longer holds it.
pub(super) const LOCK_FILE: &str = ".copilot/lock";

/// Who holds the lock, in the file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Holder {
    verb: String,
    /// The process.
    pub pid: u32,
    /// Seconds since 1970.
    since: u64,
}

/// What a run has of the lock.
#[derive(Debug, Default)]
pub(super) enum CheckoutLock {
    #[default]
    NotTaken,
    Held(#[expect(dead_code, reason = "dropping the file releases the lock")] File),
    /// An ancestor holds it, or there can be no lock.
    Waived,
}

/// The outcome of an attempt to take the lock.
pub(super) enum Attempt {
    Taken(File),
    /// `None` if the holder has not written who it is yet.
    HeldBy(Option<Holder>),
}

/// Takes the lock of the checkout at `root` for `verb`, unless another process holds it.
pub(super) fn try_lock(root: &Path, verb: String) -> io::Result<Attempt> {
    let path = root.join(LOCK_FILE);
    fs::create_dir_all(path.parent().unwrap_or(root))?;
    ignore(root)?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)?;
    match file.try_lock() {
        Ok(()) => {
            let holder = Holder {
                verb,
                pid: std::process::id(),
                since: now(),
            };
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(&serde_json::to_vec(&holder)?)?;
            Ok(Attempt::Taken(file))
        }
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            Ok(Attempt::HeldBy(serde_json::from_str(&text).ok()))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}
/// The holder in a message.
pub(super) fn shown(holder: Option<&Holder>) -> String {
    let Some(Holder { verb, pid, since }) = holder else {
        return "another run".to_owned();
    };
    let ago = Duration::from_secs(now().saturating_sub(*since));
    let ago = show_duration(ago);
    format!("`copilot dev {verb}` (process {pid}, for {ago})")
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}
