//! The lock of a checkout, which one process at a time holds.

use super::journal::ignore;
use super::show_duration;
use crate::process::{hold_file, release_file, run_id};
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The file that is locked (flock(2)), relative to the repository. A process that ends, however it
/// ends, no longer holds it.
pub(super) const LOCK_FILE: &str = ".copilot/lock";

/// Who holds the lock, in the file.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Holder {
    verb: String,
    /// The process.
    pub pid: u32,
    /// Seconds since 1970.
    since: u64,
    /// The id of its run, which marks its processes.
    #[serde(default)]
    pub run: String,
}

impl Holder {
    /// False if the process has ended: what it started may hold the lock still.
    pub(super) fn is_running(&self) -> bool {
        let pid = i32::try_from(self.pid).map(Pid::from_raw);
        pid.is_ok_and(|pid| kill(pid, None) != Err(Errno::ESRCH))
    }
}

/// The locked file. Dropping it releases the lock.
#[derive(Debug)]
pub(super) struct LockFile(File);

impl Drop for LockFile {
    fn drop(&mut self) {
        // A holder that stays in the file would look like a crash.
        let _next_run_says_so = self.0.set_len(0);
        // The watchdog has the file open too, so closing it would not release the lock at once.
        let _released_later = self.0.unlock();
        release_file();
    }
}

/// What a run has of the lock.
#[derive(Debug, Default)]
pub(super) enum CheckoutLock {
    #[default]
    NotTaken,
    Held(#[expect(dead_code, reason = "dropping the file releases the lock")] LockFile),
    /// An ancestor holds it, or there can be no lock.
    Waived,
}

/// The outcome of an attempt to take the lock.
pub(super) enum Attempt {
    Taken {
        lock: LockFile,
        /// The last holder, if it was killed or has crashed.
        crashed: Option<Holder>,
    },
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
                run: run_id().to_owned(),
            };
            let crashed = read(&mut file)?;
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(&serde_json::to_vec(&holder)?)?;
            hold_file(file.as_fd());
            let lock = LockFile(file);
            Ok(Attempt::Taken { lock, crashed })
        }
        Err(TryLockError::WouldBlock) => Ok(Attempt::HeldBy(read(&mut file)?)),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The holder that the file names. A run that ends in order empties the file.
fn read(file: &mut File) -> io::Result<Option<Holder>> {
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(serde_json::from_str(&text).ok())
}

/// The holder in a message.
pub(crate) fn shown(holder: Option<&Holder>) -> String {
    let Some(Holder {
        verb, pid, since, ..
    }) = holder
    else {
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
