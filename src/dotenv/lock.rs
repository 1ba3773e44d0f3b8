//! Locks the folder of a `.env` file against other writers.

use super::error::Error;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Keeps other writers of files in `folder` out until the result is dropped. `file` is for
/// messages; the wait ends early once it is not `wanted` any more.
///
/// It is the folder that is locked (flock(2)): a lock on the file itself would go with the old
/// file when the new one takes its place, and a lock file would stay behind.
pub(super) fn lock(
    folder: &Path,
    file: &Path,
    wait: Duration,
    wanted: impl Fn() -> bool,
) -> Result<File, Error> {
    let handle = File::open(folder).map_err(Error::write(file, "open its folder"))?;
    let started = Instant::now();
    loop {
        match handle.try_lock() {
            Ok(()) => return Ok(handle),
            Err(TryLockError::Error(source)) => {
                return Err(Error::write(file, "lock its folder")(source));
            }
            Err(TryLockError::WouldBlock) if started.elapsed() >= wait || !wanted() => {
                return Err(Error::Locked {
                    path: file.to_owned(),
                    waited: wait,
                });
            }
            Err(TryLockError::WouldBlock) => thread::sleep(POLL_INTERVAL),
        }
    }
}
