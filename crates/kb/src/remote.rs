//! The bucket: lists and deletes its objects.

use crate::cancel::Cancel;
use crate::error::{Error, Result, Scope};
use crate::local::is_markdown;
use crate::sdk_error;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{ChecksumMode, Delete, ObjectIdentifier};
use std::collections::HashMap;
use std::path::Path;

/// S3's own limit for one request.
const MAX_KEYS_PER_DELETE: usize = 1000;

/// The bucket that files are uploaded to.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    pub(crate) client: Client,
    pub(crate) name: String,
    pub(crate) region: String,
}

/// An object, as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) size: u64,
    pub(crate) etag: String,
}

impl Bucket {
    pub(crate) fn scope(&self, action: &'static str) -> Scope {
        Scope {
            action,
            what: format!("bucket `{}`", self.name),
            arn: Some(format!("arn:aws:s3:::{}", self.name)),
            region: self.region.clone(),
        }
    }

    /// As [`Bucket::scope`], for an action on its objects.
    pub(crate) fn objects(&self, action: &'static str) -> Scope {
        Scope {
            arn: Some(format!("arn:aws:s3:::{}/*", self.name)),
            ..self.scope(action)
        }
    }

    /// Every Markdown object, by key. Other objects are none of our business.
    pub(crate) async fn list(&self) -> Result<HashMap<String, Object>> {
        let mut found = HashMap::new();
        let mut pages = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| sdk_error::translate(&error, &self.scope("s3:ListBucket")))?;
            for object in page.contents() {
                let Some(key) = object.key().filter(|key| is_markdown(Path::new(key))) else {
                    continue;
                };
                let etag = object.e_tag().unwrap_or_default().trim_matches('"');
                let size = object.size().and_then(|size| u64::try_from(size).ok());
                found.insert(
                    key.to_owned(),
                    Object {
                        size: size.unwrap_or_default(),
                        etag: etag.to_owned(),
                    },
                );
            }
        }
        Ok(found)
    }

    /// The SHA-256 of an object, if S3 has one and we may read it.
    pub(crate) async fn sha256(&self, key: &str) -> Option<String> {
        // Whatever fails here, the file is uploaded, which is always correct.
        let head = self
            .client
            .head_object()
            .bucket(&self.name)
            .key(key)
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await
            .ok()?;
        head.checksum_sha256().map(str::to_owned)
    }

    /// Deletes `keys` until cancelled. Returns the deleted keys, and the failed ones with their
    /// errors. After a cancellation the batch in flight is in neither list: it may be deleted or not.
    pub(crate) async fn delete(
        &self,
        keys: &[String],
        cancel: &Cancel,
    ) -> (Vec<String>, Vec<(String, Error)>) {
        let (mut deleted, mut failed) = (Vec::new(), Vec::new());
        for batch in keys.chunks(MAX_KEYS_PER_DELETE) {
            let answer = tokio::select! {
                answer = self.delete_batch(batch) => answer,
                () = cancel.asked() => break,
            };
            match answer {
                Ok(refused) => {
                    let is_gone = |key: &&String| !refused.iter().any(|(other, _)| other == *key);
                    deleted.extend(batch.iter().filter(is_gone).cloned());
                    failed.extend(refused);
                }
                Err(error) => {
                    failed.extend(batch.iter().map(|key| (key.clone(), error.clone())));
                }
            }
        }
        (deleted, failed)
    }

    async fn delete_batch(&self, keys: &[String]) -> Result<Vec<(String, Error)>> {
        let scope = self.objects("s3:DeleteObject");
        let unusable = |error: &dyn std::error::Error| Error::Refused {
            scope: Box::new(scope.clone()),
            said: error.to_string(),
            hint: None,
        };
        let mut objects = Vec::with_capacity(keys.len());
        for key in keys {
            let object = ObjectIdentifier::builder().key(key).build();
            objects.push(object.map_err(|error| unusable(&error))?);
        }
        let delete = Delete::builder()
            .set_objects(Some(objects))
            .quiet(true)
            .build()
            .map_err(|error| unusable(&error))?;
        let answer = self
            .client
            .delete_objects()
            .bucket(&self.name)
            .delete(delete)
            .send()
            .await
            .map_err(|error| sdk_error::translate(&error, &scope))?;
        let refused = answer.errors().iter().map(|refused| {
            let error = if refused.code() == Some("AccessDenied") {
                Error::Denied {
                    scope: Box::new(scope.clone()),
                    said: None,
                }
            } else {
                let code = refused.code().unwrap_or("unknown");
                Error::Refused {
                    scope: Box::new(scope.clone()),
                    said: format!("{code}: {}", refused.message().unwrap_or_default()),
                    hint: None,
                }
            };
            (refused.key().unwrap_or_default().to_owned(), error)
        });
        Ok(refused.collect())
    }
}
