//! One file into the bucket, if it is not there as it is.

use crate::content::{Checksums, WHOLE};
use crate::error::{Error, Result};
use crate::local::LocalFile;
use crate::multipart;
use crate::remote::{Bucket, Object};
use crate::sync::{Cancel, Outcome};
use crate::words;
use aws_sdk_s3::primitives::ByteStream;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a Markdown object says it is.
pub(crate) const CONTENT_TYPE: &str = "text/markdown";

/// Bytes that may be held in memory, over all uploads.
pub(crate) const MEMORY: usize = 64 * 1024 * 1024;

/// Uploads files.
#[derive(Clone, Debug)]
pub(crate) struct Uploader {
    pub(crate) bucket: Bucket,
    pub(crate) memory: Arc<Semaphore>,
    pub(crate) cancel: Cancel,
    pub(crate) dry_run: bool,
}

impl Uploader {
    pub(crate) async fn file(&self, file: &LocalFile, there: Option<&Object>) -> Result<Outcome> {
        if self.cancel.is_asked() {
            return Err(Error::Stopped);
        }
        if file.size > WHOLE {
            return self.large(file, there).await;
        }
        tokio::select! {
            outcome = self.small(file, there) => outcome,
            () = self.cancel.asked() => Err(Error::Stopped),
        }
    }

    async fn small(&self, file: &LocalFile, there: Option<&Object>) -> Result<Outcome> {
        let _memory = self.reserve(file.size).await?;
        let bytes = tokio::fs::read(&file.path)
            .await
            .map_err(|error| Error::read(file.path.display(), &error))?;
        let checksums = Checksums::of(&bytes);
        let is_as_long = there.filter(|there| there.size == bytes.len() as u64);
        if self.is_same(&file.key, is_as_long, &checksums).await {
            return Ok(Outcome::Unchanged);
        }
        if self.dry_run {
            return Ok(Outcome::Uploaded(file.size));
        }
        let length = bytes.len() as u64;
        let scope = self.bucket.objects("s3:PutObject");
        self.bucket
            .client
            .put_object()
            .bucket(&self.bucket.name)
            .key(&file.key)
            .content_type(CONTENT_TYPE)
            .checksum_sha256(checksums.sha256)
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map_err(|error| words::error(&error, &scope))?;
        Ok(Outcome::Uploaded(length))
    }

    async fn large(&self, file: &LocalFile, there: Option<&Object>) -> Result<Outcome> {
        let compared = tokio::select! {
            compared = self.has_large(file, there) => compared,
            () = self.cancel.asked() => Err(Error::Stopped),
        };
        if compared? {
            return Ok(Outcome::Unchanged);
        }
        if self.dry_run {
            return Ok(Outcome::Uploaded(file.size));
        }
        multipart::upload(self, file).await?;
        Ok(Outcome::Uploaded(file.size))
    }

    async fn has_large(&self, file: &LocalFile, there: Option<&Object>) -> Result<bool> {
        let Some(there) = there.filter(|there| there.size == file.size) else {
            return Ok(false);
        };
        let (path, size) = (file.path.clone(), file.size);
        let checksums = tokio::task::spawn_blocking(move || Checksums::of_file(&path, size))
            .await
            .map_err(std::io::Error::other)
            .flatten()
            .map_err(|error| Error::read(file.path.display(), &error))?;
        Ok(self.is_same(&file.key, Some(there), &checksums).await)
    }

    async fn is_same(&self, key: &str, there: Option<&Object>, here: &Checksums) -> bool {
        let Some(there) = there else { return false };
        there.etag == here.etag
            // With keys of KMS the ETag is no checksum of the content.
            || self.bucket.sha256(key).await.as_deref() == Some(&here.sha256)
    }

    /// Waits until `size` bytes may be read.
    pub(crate) async fn reserve(&self, size: u64) -> Result<OwnedSemaphorePermit> {
        let permits = u32::try_from(size.clamp(1, MEMORY as u64)).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.memory).acquire_many_owned(permits).await;
        // It is never closed.
        permit.map_err(|_| Error::Stopped)
    }
}
