//! Uploads one file, unless the bucket already holds the same content.

use crate::cancel::Cancel;
use crate::content::{CONTENT_TYPE, Checksums, MAX_SINGLE_UPLOAD_BYTES};
use crate::error::{Error, Result};
use crate::local::LocalFile;
use crate::memory::MemoryBudget;
use crate::multipart;
use crate::remote::{Bucket, Object};
use crate::sdk_error;
use aws_sdk_s3::primitives::ByteStream;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// This many bytes were sent; in a dry run, would be sent.
    Uploaded(u64),
    /// The bucket has the same content.
    Unchanged,
}

/// Everything that uploading a file needs; cloned for each task.
#[derive(Clone, Debug)]
pub(crate) struct Uploader {
    pub(crate) bucket: Bucket,
    pub(crate) memory: MemoryBudget,
    pub(crate) cancel: Cancel,
    pub(crate) dry_run: bool,
}

impl Uploader {
    /// `remote` is the object with the file's key, if the bucket has one.
    pub(crate) async fn file(&self, file: &LocalFile, remote: Option<&Object>) -> Result<Outcome> {
        if self.cancel.is_asked() {
            return Err(Error::Stopped);
        }
        if file.size > MAX_SINGLE_UPLOAD_BYTES {
            return self.large(file, remote).await;
        }
        tokio::select! {
            outcome = self.small(file, remote) => outcome,
            () = self.cancel.asked() => Err(Error::Stopped),
        }
    }

    async fn small(&self, file: &LocalFile, remote: Option<&Object>) -> Result<Outcome> {
        let _reserved = self.memory.reserve(file.size).await?;
        let bytes = tokio::fs::read(&file.path)
            .await
            .map_err(|error| Error::read(file.path.display(), &error))?;
        let checksums = Checksums::from_bytes(&bytes);
        let same_size = remote.filter(|remote| remote.size == bytes.len() as u64);
        if self.is_same(&file.key, same_size, &checksums).await {
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
            .map_err(|error| sdk_error::translate(&error, &scope))?;
        Ok(Outcome::Uploaded(length))
    }

    async fn large(&self, file: &LocalFile, remote: Option<&Object>) -> Result<Outcome> {
        let compared = tokio::select! {
            compared = self.has_large(file, remote) => compared,
            () = self.cancel.asked() => Err(Error::Stopped),
        };
        if compared? {
            return Ok(Outcome::Unchanged);
        }
        if self.dry_run {
            return Ok(Outcome::Uploaded(file.size));
        }
        multipart::upload(&self.bucket, &self.memory, &self.cancel, file).await?;
        Ok(Outcome::Uploaded(file.size))
    }

    async fn has_large(&self, file: &LocalFile, remote: Option<&Object>) -> Result<bool> {
        let Some(remote) = remote.filter(|remote| remote.size == file.size) else {
            return Ok(false);
        };
        let (path, size) = (file.path.clone(), file.size);
        let checksums = tokio::task::spawn_blocking(move || Checksums::from_file(&path, size))
            .await
            .map_err(std::io::Error::other)
            .flatten()
            .map_err(|error| Error::read(file.path.display(), &error))?;
        Ok(self.is_same(&file.key, Some(remote), &checksums).await)
    }

    async fn is_same(&self, key: &str, remote: Option<&Object>, local: &Checksums) -> bool {
        let Some(remote) = remote else { return false };
        remote.etag == local.etag
            // Under SSE-KMS the ETag is not a checksum of the content.
            || self.bucket.sha256(key).await.as_deref() == Some(&local.sha256)
    }
}
