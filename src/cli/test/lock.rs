//! Locks that outlive a panic.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The guard of `mutex`, also after a thread has panicked with it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
