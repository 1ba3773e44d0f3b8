//! Limits how many bytes of files all uploads together hold in memory.

use crate::error::{Error, Result};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const BUDGET_BYTES: usize = 64 * 1024 * 1024;

/// Shared by all uploads of a [`sync`](crate::sync()).
#[derive(Clone, Debug)]
pub(crate) struct MemoryBudget(Arc<Semaphore>);

impl MemoryBudget {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(BUDGET_BYTES)))
    }

    /// Waits until `bytes` may be read. A file larger than the budget gets all of it.
    pub(crate) async fn reserve(&self, bytes: u64) -> Result<OwnedSemaphorePermit> {
        let permits = u32::try_from(bytes.clamp(1, BUDGET_BYTES as u64)).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.0).acquire_many_owned(permits).await;
        // The semaphore is never closed.
        permit.map_err(|_| Error::Stopped)
    }
}
